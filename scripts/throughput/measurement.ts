import { type Operation, successStatuses } from '../../contracts/lib/operation.ts';
import { countOf, emptyHistogram, merged, quantileOf } from '../../load/measurement/histogram.ts';
import {
  BROKEN_RULE,
  bucketMetric,
  LOST,
  statusMetric,
  UNDOCUMENTED,
  VIOLATIONS,
} from '../../load/measurement/metric-names.ts';
import type { Snapshot } from './record.ts';

/** From the snapshots of a run to what happened in each second and in all. Pure. */

/** What was counted in a span of time. */
export interface Tally {
  /** Answers by status; "0": requests without an answer. Statuses that never came are left out. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Accepted answers by latency. */
  readonly accepted: readonly number[];
  readonly droppedIterations: number;
  /** Answers that broke the contract, and by rule. */
  readonly violations: number;
  readonly byRule: Readonly<Record<string, number>>;
}

export interface Measurement {
  /** Each whole second from the start. The last one may be a part of a second. */
  readonly seconds: readonly Tally[];
  /** All of it, to the last answer. */
  readonly total: Tally;
  /** From the end of the warm-up to the last answer. */
  readonly measured: Tally;
  /** Time from the start to the last snapshot in which something was counted. */
  readonly endSeconds: number;
}

/** The status of a limiter's rejection. */
export const LIMITED_STATUS = 429;

/**
 * `startedAtMs`: when the first request was about to start. k6's ticks fall anywhere between whole seconds, so the
 * counts at a whole second are read off between the two ticks around it, as if the requests between them were spread
 * evenly; what is counted in all is exact.
 */
export function measure(
  snapshots: readonly Snapshot[],
  startedAtMs: number,
  warmUpSeconds: number,
  operation: Operation,
): Measurement {
  const knots: Knot[] = [{ atSeconds: 0, counts: new Map() }];
  let end = 0;
  /** Seconds by which a clock was set back in the meantime. */
  let setBack = 0;
  for (const snapshot of snapshots) {
    const last = knots.at(-1) ?? { atSeconds: 0, counts: new Map() };
    const toldAtSeconds = (snapshot.atMs - startedAtMs) / 1000;
    const counts = flat(snapshot);
    if (toldAtSeconds + setBack <= last.atSeconds) {
      if (!isMore(counts, last.counts)) continue;
      setBack = last.atSeconds + SHORTEST_TICK_SECONDS - toldAtSeconds;
    }
    const knot = { atSeconds: toldAtSeconds + setBack, counts };
    if (isMore(knot.counts, last.counts)) end = knots.length;
    knots.push(knot);
  }
  knots.splice(end + 1);
  const { atSeconds: endSeconds, counts: endCounts } = knots.at(-1) ?? { atSeconds: 0, counts: new Map() };
  const at = (atSeconds: number) => countsAt(knots, atSeconds);
  const tally = (from: Counts, to: Counts) => tallyOf(from, to, operation);
  const seconds: Tally[] = [];
  for (let second = 0; second < endSeconds; second += 1) seconds.push(tally(at(second), at(second + 1)));
  return {
    seconds,
    total: tally(new Map(), endCounts),
    measured: tally(at(warmUpSeconds), endCounts),
    endSeconds,
  };
}

/** Two ticks are never at the same moment. */
const SHORTEST_TICK_SECONDS = 0.001;

/** Key → cumulative count. */
type Counts = ReadonlyMap<string, number>;
interface Knot {
  readonly atSeconds: number;
  readonly counts: Counts;
}

const SEPARATOR = '\n';

function flat(snapshot: Snapshot): Counts {
  const counts = new Map(snapshot.counts);
  for (const [metric, details] of snapshot.countsByDetail) {
    for (const [detail, count] of details) counts.set(`${metric}${SEPARATOR}${detail}`, count);
  }
  return counts;
}

function isMore(counts: Counts, than: Counts): boolean {
  return [...counts].some(([key, count]) => count > (than.get(key) ?? 0));
}

/** Cumulative counts at a moment, in whole numbers, so that differences of them add up to the whole. */
function countsAt(knots: readonly Knot[], atSeconds: number): Counts {
  const after = knots.findIndex((knot) => knot.atSeconds >= atSeconds);
  const right = knots[after];
  if (right === undefined) return knots.at(-1)?.counts ?? new Map();
  const left = knots[after - 1];
  if (left === undefined) return right.counts;
  const share = (atSeconds - left.atSeconds) / (right.atSeconds - left.atSeconds);
  return new Map(
    [...right.counts].map(([key, count]) => {
      const before = left.counts.get(key) ?? 0;
      return [key, Math.round(before + (count - before) * share)];
    }),
  );
}

function tallyOf(from: Counts, to: Counts, operation: Operation): Tally {
  const rise = (key: string) => (to.get(key) ?? 0) - (from.get(key) ?? 0);
  const details = (metric: string): [string, number][] =>
    [...to.keys()]
      .filter((key) => key.startsWith(`${metric}${SEPARATOR}`))
      .map((key): [string, number] => [key.slice(metric.length + 1), rise(key)])
      .filter(([, count]) => count > 0);
  const accepted = emptyHistogram().map((_, index) => rise(bucketMetric(index)));
  const successes = successStatuses(operation);
  const byStatus: Record<string, number> = {};
  for (const status of Object.keys(operation.responses).map(Number)) {
    const isOnlySuccess = successes.length === 1 && status === successes[0];
    const count = isOnlySuccess ? countOf(accepted) : rise(statusMetric(status));
    if (count > 0) byStatus[status] = count;
  }
  for (const [status, count] of details(UNDOCUMENTED)) byStatus[status] = count;
  if (rise(LOST) > 0) byStatus['0'] = rise(LOST);
  return {
    byStatus,
    accepted,
    droppedIterations: rise('dropped_iterations'),
    violations: rise(VIOLATIONS),
    byRule: Object.fromEntries(details(BROKEN_RULE)),
  };
}

/** One load of several generators that ran at once: what each of them counted, added up second by second. */
export function mergedMeasurement(parts: readonly Measurement[]): Measurement {
  const longest = Math.max(0, ...parts.map(({ seconds }) => seconds.length));
  return {
    seconds: Array.from({ length: longest }, (_, second) =>
      mergedTally(parts.flatMap((part) => part.seconds[second] ?? [])),
    ),
    total: mergedTally(parts.map(({ total }) => total)),
    measured: mergedTally(parts.map(({ measured }) => measured)),
    endSeconds: Math.max(0, ...parts.map(({ endSeconds }) => endSeconds)),
  };
}

function mergedTally(tallies: readonly Tally[]): Tally {
  const sum = (of: 'droppedIterations' | 'violations') => tallies.reduce((all, tally) => all + tally[of], 0);
  return {
    byStatus: added(tallies.map(({ byStatus }) => byStatus)),
    accepted: merged(tallies.map(({ accepted }) => accepted)),
    droppedIterations: sum('droppedIterations'),
    violations: sum('violations'),
    byRule: added(tallies.map(({ byRule }) => byRule)),
  };
}

/** Counts by name, added up. */
export function added(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const part of parts) for (const [name, count] of Object.entries(part)) all[name] = (all[name] ?? 0) + count;
  return all;
}

/** Requests that ended in the span of a tally: accepted, rejected by a limiter, and failed in any other way. */
export function outcomes(tally: Tally): { requests: number; accepted: number; limited: number; failed: number } {
  const requests = Object.values(tally.byStatus).reduce((sum, count) => sum + count, 0);
  const accepted = countOf(tally.accepted);
  const limited = tally.byStatus[LIMITED_STATUS] ?? 0;
  return { requests, accepted, limited, failed: requests - accepted - limited };
}

/** Latency percentiles off the histogram: what is left of a run whose exact ones were lost. */
export function percentiles(accepted: readonly number[]) {
  const at = (quantile: number) => quantileOf(accepted, quantile);
  return { min: at(0), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) };
}
