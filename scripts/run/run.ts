import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode, gravest, UserError } from '../../contracts/lib/user-error.ts';
import { planContract, planLimits, planThroughput } from '../budget/planners.ts';
import type { Planner } from '../budget/sending.ts';
import { runContract } from '../contract/run-contract.ts';
import { hasTarget, withTarget } from '../embedded/embedded.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { runLimits } from '../limits/run-limits.ts';
import { runReport } from '../report/run-report.ts';
import { runThroughput } from '../throughput/run-throughput.ts';

/** The limit of the embedded reference API for contract and limits. */
const EMBEDDED_LIMIT = '120/10s';

/** Results, and what is made from them and beside them; removed before a run, so that a report never mixes two. */
const RESULT_FILES = ['contract.json', 'limits.json', 'throughput.json'];
const OTHER_FILES = [
  'index.html',
  'summary.md',
  'junit.xml',
  'ctrf.json',
  'compare.json',
  'diff.sarif',
  'created.jsonl',
  'responses.ndjson',
];

/** What `runAll` is going to cost. */
export const planAll: Planner = (host, contract) => [
  planContract(host, []),
  planLimits(host, contract, null),
  planThroughput(host, contract, { rate: null, vus: null, durationSeconds: null }),
];

/**
 * The main job: contract, limits, throughput, report. A part that cannot be done is told and the others still run; the
 * gravest exit code wins. Without a target, contract and limits share one embedded reference API limited to
 * 120 per 10 s, and throughput gets one without a limit.
 */
export async function runAll(host: Host): Promise<ExitCode> {
  const contract = chosenContract(host);
  if (hasTarget(host)) parseTarget(host.env, contract.operation);
  const directory = outputDirectory(host);
  for (const file of [...RESULT_FILES, ...OTHER_FILES]) rmSync(join(directory, file), { force: true });

  const codes: ExitCode[] = [];
  const part = async (title: string, run: () => Promise<ExitCode>) => {
    if (host.signal.aborted) return;
    host.out(`\n── ${title} ${'─'.repeat(Math.max(0, 74 - title.length))}\n`);
    try {
      codes.push(await run());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      host.err(`${error.toText()}\n`);
      codes.push(error.exitCode);
    }
  };

  await withTarget(host, contract, EMBEDDED_LIMIT, async (limited) => {
    const documented = contract.operation.limit;
    const expected = hasTarget(host)
      ? documented && `${documented.requests}/${documented.windowSeconds}s`
      : EMBEDDED_LIMIT;
    await part('contract', async () => {
      return runContract({ playwrightArgs: [] }, limited);
    });
    await part('limits', async () => {
      return runLimits(
        { expect: expected ?? null, maxRequests: null, maxSeconds: null, isQuotaMaybeUsed: true },
        limited,
      );
    });
  });
  await withTarget(host, contract, 'none', (unlimited) =>
    part('throughput', async () => {
      return runThroughput({ rate: null, vus: null, durationSeconds: null }, unlimited);
    }),
  );
  if (RESULT_FILES.some((file) => existsSync(join(directory, file)))) {
    host.out(`\n── report ${'─'.repeat(68)}\n`);
    codes.push(await runReport(directory, host));
  }
  return host.signal.aborted ? ExitCode.Interrupted : gravest(codes);
}
