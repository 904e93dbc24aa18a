import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ExitCode, UserError } from '../../../contracts/lib/user-error.ts';
import { chosenContract } from '../../lib/chosen-contract.ts';
import type { Host } from '../../lib/host.ts';
import { type BenchServer, NotInstalled, type ServerSetting } from './bench-server.ts';
import { NODE_LIMITERS } from './node-limiters.ts';
import { OTHER_LIMITERS } from './other-limiters.ts';
import { recordTraces, TRACES_FILE } from './record-traces.ts';
import { type BenchRun, runBenchServer } from './run-bench-server.ts';

/**
 * `npm run bench:limiters`: looks for the limits of servers that nobody here wrote, one after another, over HTTP and
 * through k6, and prints what was found beside what is true. What is not installed is skipped with a word.
 *
 *     --only TEXT   those whose name or options hold TEXT
 *     --list        their names, options and truth, without a run
 *     --log FOLDER  limits.json of each run goes there
 *     --record      writes down what limiters of other languages decide, for their simulated counterparts
 */
export async function benchLimiters(args: string[], host: Host): Promise<ExitCode> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
      log: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  if (values.record) {
    host.out(`${recordTraces(host.packageRoot)} traces in ${TRACES_FILE}\n`);
    return ExitCode.Ok;
  }
  const chosen = [...NODE_LIMITERS, ...OTHER_LIMITERS].filter(({ name, options }) =>
    `${name} ${options}`.includes(values.only),
  );
  const setting: ServerSetting = {
    contract: chosenContract(host),
    apiKey: 'bench-key-5c1d',
    packageRoot: host.packageRoot,
  };
  // The runs speak for themselves only where they fail.
  const quiet: Host = { ...host, out: () => undefined, err: () => undefined };
  const outcomes = { right: 0, undecided: 0, wrong: 0, failed: 0, skipped: 0 };
  for (const server of chosen) {
    if (values.list) {
      host.out(`${titleOf(server)}\n    true: ${truthOf(server)}\n    source: ${server.source}\n`);
      continue;
    }
    try {
      const run = await runBenchServer(server, setting, quiet);
      outcomes[run.outcome] += 1;
      host.out(`${lineOf(server, run)}\n`);
      if (values.log !== undefined) writeLog(values.log, server, run);
    } catch (error) {
      const isSkipped = error instanceof NotInstalled;
      if (!isSkipped && !(error instanceof UserError)) throw error;
      outcomes[isSkipped ? 'skipped' : 'failed'] += 1;
      const why = isSkipped ? '' : ` (${error.why})`;
      host.out(`${(isSkipped ? 'skipped' : 'failed').padEnd(10)} ${titleOf(server)}: ${error.message}${why}\n`);
    }
  }
  if (values.list) return ExitCode.Ok;
  const { right, undecided, wrong, failed, skipped } = outcomes;
  host.out(`${right} right, ${undecided} undecided, ${wrong} wrong, ${failed} failed, ${skipped} skipped\n`);
  return wrong + failed > 0 ? ExitCode.Finding : ExitCode.Ok;
}

const titleOf = ({ name, options }: BenchServer): string => `${name} (${options})`;

function truthOf({ truth, penaltySeconds }: BenchServer): string {
  if (truth === null) return 'no exact answer';
  const tiers = truth.map(({ algorithm, capacity, windowSeconds, refillPerSecond, anchor, status, countsRejected }) =>
    [
      `${algorithm} ${capacity}`,
      ...(windowSeconds === undefined ? [] : [`per ${windowSeconds} s`]),
      ...(refillPerSecond === undefined ? [] : [`at ${refillPerSecond}/s`]),
      ...(anchor === undefined ? [] : [`from ${anchor}`]),
      ...(countsRejected === true ? ['counting rejected ones'] : []),
      ...(status === undefined ? [] : [`status ${status}`]),
    ].join(' '),
  );
  return [...tiers, ...(penaltySeconds === undefined ? [] : [`penalty ${penaltySeconds} s`])].join(' + ');
}

function lineOf(server: BenchServer, { outcome, mistakes, result }: BenchRun): string {
  const { verdict, summary, reason, cost } = result;
  return [
    `${outcome.padEnd(10)} ${titleOf(server)}`,
    `    true: ${truthOf(server)}`,
    `    said: ${verdict}: ${summary} (${cost.requests} requests, ${cost.seconds.toFixed(1)} s)`,
    ...(outcome === 'right' || reason === null ? [] : [`    because: ${reason}`]),
    ...mistakes.map((mistake) => `    wrong: ${mistake}`),
  ].join('\n');
}

function writeLog(folder: string, server: BenchServer, { result }: BenchRun): void {
  mkdirSync(folder, { recursive: true });
  const file = `${titleOf(server).replaceAll(/[^A-Za-z0-9]+/g, '-')}.json`;
  writeFileSync(join(folder, file), JSON.stringify(result));
}
