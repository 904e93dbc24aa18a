import { parseArgs } from 'node:util';
import { ExitCode, UserError } from '../contracts/lib/user-error.ts';
import type { Host } from './lib/host.ts';
import { nodeHost } from './lib/node-host.ts';
import { durationSeconds, positiveNumber } from './lib/option-values.ts';

/** The benches by name. Those that read `process.argv` themselves find their own arguments there. */
const BENCHES: Readonly<Record<string, (args: string[], host: Host) => Promise<ExitCode | undefined>>> = {
  limits: async () => {
    await import('./bench-limits.ts');
    return undefined;
  },
  limiters: async (args, host) => (await import('./limits/bench-servers/bench-limiters.ts')).benchLimiters(args, host),
  diff: async () => {
    await import('./bench-diff.ts');
    return undefined;
  },
  faults: async (args, host) => (await import('./faults/bench-faults.ts')).benchFaults(args, host),
  mutants: async (args, host) => (await import('./contract/bench-mutants.ts')).benchMutants(args, host),
  report: async (_args, host) => (await import('./report/bench-report.ts')).benchReport(host),
  validation: async (args, host) =>
    (await import('./throughput/bench-validation.ts')).runBenchValidation(roundOptions(args, 12), host),
  soak: async (args, host) => (await import('./throughput/bench-soak.ts')).runBenchSoak(soakOptions(args), host),
  compare: async (args, host) =>
    (await import('./throughput/bench-compare.ts')).runBenchCompare(compareOptions(args), host),
  peers: async (args, host) => (await import('./throughput/bench-peers.ts')).runBenchPeers(roundOptions(args, 4), host),
  startup: async (args, host) => (await import('./package/bench-startup.ts')).benchStartup(args, host),
  matrix: async (args, host) => (await import('./package/bench-matrix.ts')).benchMatrix(args, host),
  schemathesis: async (args, host) => (await import('./package/bench-schemathesis.ts')).benchSchemathesis(args, host),
};

const ROUNDS = '[--rounds N] [--seconds N] [--vus N] [--together]';
/** What may follow `npm run bench:NAME --`. */
const USAGE: Readonly<Record<string, string>> = {
  limits: '[--count N] [--seed N] [--kind KIND] [--list]',
  limiters: '[--only TEXT] [--list] [--log FOLDER] [--record]',
  faults: '[--only PATTERN] [--verbose]',
  validation: ROUNDS,
  soak: '[--rate N] [--duration T]',
  compare: '[--runs N] [--seconds N] [--rate N]',
  peers: ROUNDS,
  startup: '[--rounds N]',
  matrix: '[--node 20,22,24] [--k6 PATH,PATH]',
  schemathesis: '[--every N] [--examples N] [--program PATH]',
};

function compareOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '12' },
      rate: { type: 'string', default: '100' },
    },
  });
  return { runs: Number(values.runs), seconds: Number(values.seconds), ratePerSecond: Number(values.rate) };
}

function soakOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: { rate: { type: 'string', default: '1000' }, duration: { type: 'string', default: '10m' } },
  });
  return {
    ratePerSecond: positiveNumber('--rate')(values.rate),
    seconds: durationSeconds('--duration')(values.duration),
  };
}

function roundOptions(args: string[], usualRounds: number) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: String(usualRounds) },
      seconds: { type: 'string', default: '4' },
      vus: { type: 'string', default: '4' },
      together: { type: 'boolean', default: false },
    },
  });
  return {
    ...{ rounds: Number(values.rounds), secondsPerRound: Number(values.seconds) },
    ...{ vus: Number(values.vus), together: values.together },
  };
}

/** Runs the bench that the first argument names, and ends with its exit code. */
export async function runBench(packageRoot: string): Promise<void> {
  const [name = ''] = process.argv.splice(2, 1);
  const bench = BENCHES[name];
  const host = nodeHost(packageRoot);
  if (bench === undefined) {
    host.err(
      `error: there is no bench ${name}\n  why: known are ${Object.keys(BENCHES).join(', ')}\n  fix: npm run bench:limits\n`,
    );
    process.exit(ExitCode.Usage);
  }
  const usage = `npm run bench:${name}${USAGE[name] === undefined ? '' : ` -- ${USAGE[name]}`}`;
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    host.out(`${usage}\n`);
    return;
  }
  try {
    const code = await bench(process.argv.slice(2), host);
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    const told = isWrongArgument(error)
      ? new UserError(`bench:${name} does not understand its arguments`, { why: error.message, fix: usage })
      : error;
    if (!(told instanceof UserError)) throw told;
    host.err(`${told.toText()}\n`);
    process.exitCode = told.exitCode;
  }
}

/** What parseArgs throws. */
function isWrongArgument(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
