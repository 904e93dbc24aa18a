import { UserError } from '../../contracts/lib/user-error.ts';

/** Options of `assay contract` that are not Playwright's; null: not given, so the environment decides. */
export interface GateOptions {
  readonly strict: boolean | null;
  readonly baseline: string | null;
  /** 0–100. */
  readonly minCoveragePercent: number | null;
  readonly minReachedPercent: number | null;
}

/** Takes our options out of the arguments; the others go to Playwright as they are. Throws UserError. */
export function splitArguments(args: readonly string[]): { gates: GateOptions; playwrightArgs: string[] } {
  const gates: { -readonly [K in keyof GateOptions]: GateOptions[K] } = {
    strict: null,
    baseline: null,
    minCoveragePercent: null,
    minReachedPercent: null,
  };
  const playwrightArgs: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [name = '', ...rest] = (args[at] ?? '').split('=');
    const value = (example: string): string => {
      if (rest.length > 0) return rest.join('=');
      at += 1;
      const next = args[at];
      if (next === undefined || next.startsWith('--'))
        throw new UserError(`${name} needs a value`, {
          why: 'none was given',
          fix: `write for example ${name} ${example}`,
        });
      return next;
    };
    if (name === '--strict') gates.strict = true;
    else if (name === '--baseline') gates.baseline = value('baseline.json');
    else if (name === '--min-coverage') gates.minCoveragePercent = percent(name, value('90'));
    else if (name === '--min-reached') gates.minReachedPercent = percent(name, value('95'));
    else playwrightArgs.push(args[at] ?? '');
  }
  return { gates, playwrightArgs };
}

function percent(option: string, text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (/^\d{1,3}%?$/.test(text) && value <= 100) return value;
  throw new UserError(`${option} ${text} is not usable`, {
    why: `${option} takes a whole number from 0 to 100`,
    fix: `write for example ${option} 90`,
  });
}

/** The same as environment variables, which the suite reads. */
export function gateEnvironment(gates: GateOptions): Record<string, string> {
  return {
    ...(gates.strict === null ? {} : { ASSAY_STRICT: gates.strict ? '1' : '0' }),
    ...(gates.baseline === null ? {} : { ASSAY_BASELINE: gates.baseline }),
    ...(gates.minCoveragePercent === null ? {} : { ASSAY_MIN_COVERAGE: String(gates.minCoveragePercent) }),
    ...(gates.minReachedPercent === null ? {} : { ASSAY_MIN_REACHED: String(gates.minReachedPercent) }),
  };
}

/** Playwright's arguments with our reporter beside the ones that were asked for, which would replace it. */
export function withReporter(args: readonly string[], reporter: string): string[] {
  return args.map((arg, at) => {
    if (arg.startsWith('--reporter=')) return `${arg},${reporter}`;
    return args[at - 1] === '--reporter' ? `${arg},${reporter}` : arg;
  });
}
