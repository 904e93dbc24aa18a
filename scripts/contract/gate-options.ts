/** Options of `assay contract` that are not Playwright's; what is left out is not given, so the environment decides. */
export interface GateOptions {
  readonly strict?: boolean;
  readonly baseline?: string;
  /** 0–100. */
  readonly minCoverage?: number;
  readonly minReached?: number;
}

/** The same as environment variables, which the suite reads. */
export function gateEnvironment(gates: GateOptions): Record<string, string> {
  return {
    ...(gates.strict === undefined ? {} : { ASSAY_STRICT: gates.strict ? '1' : '0' }),
    ...(gates.baseline === undefined ? {} : { ASSAY_BASELINE: gates.baseline }),
    ...(gates.minCoverage === undefined ? {} : { ASSAY_MIN_COVERAGE: String(gates.minCoverage) }),
    ...(gates.minReached === undefined ? {} : { ASSAY_MIN_REACHED: String(gates.minReached) }),
  };
}

/** Playwright's arguments with our reporter beside the ones that were asked for, which would replace it. */
export function withReporter(args: readonly string[], reporter: string): string[] {
  return args.map((arg, at) => {
    if (arg.startsWith('--reporter=')) return `${arg},${reporter}`;
    return args[at - 1] === '--reporter' ? `${arg},${reporter}` : arg;
  });
}
