import { type Operation, successStatuses } from '../../contracts/lib/operation.ts';
import { countOf, emptyHistogram, merged, quantileOf } from '../../load/measurement/histogram.ts';
import { type CountKey, countedOf, type Snapshot } from './snapshots.ts';

/** From the snapshots of a run to what happened in each second and in all. Pure. */

/** What was counted in a span of time. */
export interface Tally {
  /** Requests by status of their answer and by latency; "0": requests without an answer. Statuses that never came are left out. */
  readonly byStatus: Readonly<Record<string, readonly number[]>>;
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
 * `startedAtMs`: when the first request was about to start. k6's pushes fall anywhere between whole seconds, so the
 * counts at a whole second are read off between the two around it, as if the requests between them were spread evenly;
 * what is counted in all, and after the warm-up, is exact.
 */
export function measure(
  snapshots: readonly Snapshot[],
  startedAtMs: number,
  warmUpSeconds: number,
  operation: Operation,
): Measurement {
  const ordered = inOrder(snapshots, startedAtMs);
  const endMs = ordered.at(-1)?.atMs ?? startedAtMs;
  const endSeconds = Math.max(0, (endMs - startedAtMs) / 1000);
  const countsAt = countsReader(ordered, startedAtMs);
  const seconds: Tally[] = [];
  let before: Counts = new Map();
  for (let second = 0; second < endSeconds; second += 1) {
    const after = second + 1 >= endSeconds ? countsAt(Number.POSITIVE_INFINITY) : countsAt(second + 1);
    seconds.push(tallyOf(before, after, operation, 'answer'));
    before = after;
  }
  const end = endSeconds > 0 ? before : countsAt(Number.POSITIVE_INFINITY);
  return {
    seconds,
    total: tallyOf(new Map(), end, operation, 'answer'),
    measured: tallyOf(countsReader(ordered, startedAtMs)(warmUpSeconds), end, operation, 'measured-answer'),
    endSeconds,
  };
}

/** Two snapshots are never at the same moment. */
const SHORTEST_TICK_MS = 1;

/** The same, where a clock was set back in the meantime: what was told later comes later. */
function inOrder(snapshots: readonly Snapshot[], startedAtMs: number): Snapshot[] {
  let setBackMs = 0;
  let lastMs = startedAtMs;
  const counted = snapshots.filter(({ counts }) => [...counts.values()].some((count) => count > 0));
  return counted.map(({ atMs, counts }) => {
    if (atMs + setBackMs <= lastMs) setBackMs = lastMs + SHORTEST_TICK_MS - atMs;
    lastMs = atMs + setBackMs;
    return { atMs: lastMs, counts };
  });
}

type Counts = ReadonlyMap<CountKey, number>;

/** Cumulative counts at moments that follow one another, in whole numbers, so that differences add up to the whole. */
function countsReader(snapshots: readonly Snapshot[], startedAtMs: number): (atSeconds: number) => Counts {
  let known: Counts = new Map();
  let knownAtMs = startedAtMs;
  let next = 0;
  return (atSeconds) => {
    const atMs = startedAtMs + atSeconds * 1000;
    for (;;) {
      const snapshot = snapshots[next];
      if (snapshot === undefined) return known;
      if (snapshot.atMs > atMs) {
        const share = Math.max(0, (atMs - knownAtMs) / (snapshot.atMs - knownAtMs));
        const counts = new Map(known);
        for (const [key, count] of snapshot.counts) {
          const before = known.get(key) ?? 0;
          counts.set(key, Math.round(before + (count - before) * share));
        }
        return counts;
      }
      known = new Map([...known, ...snapshot.counts]);
      knownAtMs = Math.max(knownAtMs, snapshot.atMs);
      next += 1;
    }
  };
}

/** What rose from one moment to another. `answers`: all of them, or those after the warm-up. */
function tallyOf(from: Counts, to: Counts, operation: Operation, answers: 'answer' | 'measured-answer'): Tally {
  const byStatus: Record<string, number[]> = {};
  const byRule: Record<string, number> = {};
  let [droppedIterations, violations] = [0, 0];
  for (const [key, count] of to) {
    const counted = countedOf(key);
    // What is measured begins with the warm-up's end by itself, request by request.
    const rise = count - (counted.kind === 'measured-answer' ? 0 : (from.get(key) ?? 0));
    if (rise <= 0) continue;
    if (counted.kind === answers) {
      const histogram = byStatus[counted.status] ?? emptyHistogram();
      byStatus[counted.status] = histogram;
      histogram[counted.bucket] = (histogram[counted.bucket] ?? 0) + rise;
    } else if (counted.kind === 'rule') byRule[counted.rule] = rise;
    else if (counted.kind === 'dropped') droppedIterations = rise;
    else if (counted.kind === 'violations') violations = rise;
  }
  const accepted = merged(successStatuses(operation).flatMap((status) => [byStatus[status] ?? []]));
  return { byStatus, accepted, droppedIterations, violations, byRule };
}

/** Counts by name, added up. */
export function added(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const part of parts) for (const [name, count] of Object.entries(part)) all[name] = (all[name] ?? 0) + count;
  return all;
}

/** Requests that ended in the span of a tally: accepted, rejected by a limiter, and failed in any other way. */
export function outcomes(tally: Tally): { requests: number; accepted: number; limited: number; failed: number } {
  const requests = Object.values(tally.byStatus).reduce((sum, histogram) => sum + countOf(histogram), 0);
  const accepted = countOf(tally.accepted);
  const limited = countOf(tally.byStatus[LIMITED_STATUS] ?? []);
  return { requests, accepted, limited, failed: requests - accepted - limited };
}

/** Requests by status of their answer; "0": without one. */
export function countsByStatus(tally: Tally): Record<string, number> {
  return Object.fromEntries(Object.entries(tally.byStatus).map(([status, histogram]) => [status, countOf(histogram)]));
}

/** Latency percentiles off the histogram: what is left of a run whose exact ones were lost. */
export function percentiles(accepted: readonly number[]) {
  const at = (quantile: number) => quantileOf(accepted, quantile);
  return { min: at(0), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: at(1) };
}
