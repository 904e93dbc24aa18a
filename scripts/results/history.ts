import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { readChecked, writeChecked } from './checked-file.ts';
import type { History as GeneratedHistory } from './generated/history.ts';
import historySchema from './history.schema.json' with { type: 'json' };
import type { ResultName, Results, RunEnvironment } from './results.ts';

/** `history.json`: the main figures of past runs, so that their trend can be drawn. */

export type History = GeneratedHistory;
export type PastRun = History['runs'][number];

export const HISTORY_SCHEMA: JsonSchema = historySchema;

/** Runs that are kept: the newest. About half a kilobyte each. */
const MAX_RUNS = 500;

/** What is kept in a file; null where there is none. One that cannot be read throws UserError (exit code 2). */
export function readHistory(path: string): History | null {
  return readChecked(path, HISTORY_SCHEMA) as History | null;
}

export function writeHistory(path: string, history: History, redact: (text: string) => string): void {
  writeChecked(path, HISTORY_SCHEMA, history, redact);
}

/** The history with this run in it, in the order of time; a run that is there already is replaced. */
export function withRun(history: History | null, run: PastRun): History {
  const others = (history?.runs ?? []).filter(
    ({ startedAt, subject }) => startedAt !== run.startedAt || subject !== run.subject,
  );
  const runs = [...others, run].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return { schemaVersion: 1, runs: runs.slice(-MAX_RUNS) };
}

const PARTS = ['contract', 'limits', 'throughput'] as const satisfies readonly ResultName[];

/** The main figures of the run that lies in a folder; null where nothing in it sent requests. */
export function pastRun(results: Results): PastRun | null {
  const environments = PARTS.flatMap((part) => results[part]?.environment ?? []);
  const [first] = environments.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  if (first === undefined) return null;
  const named = environments.find(({ contract }) => contract !== undefined) ?? first;
  return {
    startedAt: first.startedAt,
    subject: subjectOf(named),
    assay: first.assay,
    contract: pastContract(results),
    limits: pastLimits(results),
    throughput: pastThroughput(results),
  };
}

/** "POST /chats on https://…", or "POST /chats, embedded": the reference API has another port each time. */
function subjectOf({ contract, method, path, target, embedded }: RunEnvironment): string {
  const operation = method !== undefined && path !== undefined ? `${method} ${path}` : (contract ?? 'the endpoint');
  return embedded === true ? `${operation}, embedded` : `${operation} on ${target}`;
}

function pastContract({ contract }: Results): PastRun['contract'] {
  if (contract === null) return null;
  return {
    verdict: contract.verdict,
    cases: contract.cases.length,
    broken: contract.cases.filter(({ outcome, baseline }) => outcome === 'broken' && !baseline).length,
    coveragePercent: contract.coverage.percent ?? null,
  };
}

function pastLimits({ limits }: Results): PastRun['limits'] {
  if (limits === null) return null;
  const [tier] = limits.limits;
  return {
    verdict: limits.verdict,
    summary: limits.summary,
    capacity: tier?.capacity ?? null,
    windowSeconds: tier?.windowSeconds ?? null,
    refillPerSecond: tier?.refillPerSecond ?? null,
  };
}

function pastThroughput({ throughput }: Results): PastRun['throughput'] {
  if (throughput === null) return null;
  const { latencyMs } = throughput;
  return {
    mode: throughput.mode,
    valid: throughput.valid,
    offeredPerSecond: throughput.offeredPerSecond,
    acceptedPerSecond: throughput.breakpoint?.requestsPerSecond ?? throughput.acceptedPerSecond,
    p50: latencyMs?.p50 ?? null,
    p95: latencyMs?.p95 ?? null,
    p99: latencyMs?.p99 ?? null,
    violations: throughput.contract.violations,
  };
}
