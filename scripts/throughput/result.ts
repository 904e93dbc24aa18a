import type { Operation } from '../../contracts/lib/operation.ts';
import { bucketFromMs, nativeOfBucket } from '../../load/measurement/histogram.ts';
import type { ThroughputSummary } from '../../load/measurement/lines.ts';
import { type Objective, weigh } from '../../load/measurement/objectives.ts';
import { type LoadProfile, offeredRequests } from '../../load/measurement/profile.ts';
import { formatCount } from '../report/numbers.ts';
import type { RunEnvironment, ThroughputResult } from '../results/results.ts';
import { countsByStatus, type Measurement, outcomes, percentiles, type Tally } from './measurement.ts';

/** From what was measured to throughput.json. Pure. */

export type ViolationExample = ThroughputResult['contract']['examples'][number];

export interface Run {
  readonly operation: Operation;
  readonly profile: LoadProfile;
  /** Of the load, that this generator takes: 1, or less where it is divided among several. */
  readonly share: number;
  readonly measurement: Measurement;
  /** Exact percentiles; null where k6 did not come to its end. */
  readonly summary: ThroughputSummary | null;
  readonly examples: readonly ViolationExample[];
  /** When and why it ended before its time; null: it did not. */
  readonly brokenOff: { readonly atSeconds: number; readonly why: string } | null;
  /** Requests without an answer when the load was ended; null: k6 did not come to tell. */
  readonly unfinished: number | null;
  /** Processor time of k6, as a share of all processors over the run; null where the system does not tell. */
  readonly k6CpuShare: number | null;
  /** Most memory that k6 held; null where the system does not tell. */
  readonly k6PeakMemoryBytes: number | null;
  /** Users that k6 had made at most; null where it did not tell. */
  readonly mostUsers: number | null;
  /** Things created before the load: by the request that found out whether the target answers. */
  readonly createdBefore: number;
  readonly environment: RunEnvironment;
}

export function throughputResult(run: Run): ThroughputResult {
  const { profile, measurement, summary } = run;
  const { measured, total } = measurement;
  const endSeconds = run.brokenOff?.atSeconds ?? profile.durationSeconds;
  const seconds = Math.max(0, Math.min(endSeconds, profile.durationSeconds) - profile.warmUpSeconds);
  const counts = outcomes(measured);
  const perSecond = (count: number) => (seconds > 0 ? rounded(count / seconds) : 0);
  const invalidBecause = reasonToDoubt(run);
  const latencyMs = latencyOf(summary, measured);
  const weighed = (objective: Objective) => {
    const { value, holds } = weigh(objective, {
      latencyMs,
      counts: { ...counts, dropped: measured.droppedIterations, violations: total.violations },
      requests: counts.requests,
      acceptedPerSecond: perSecond(counts.accepted),
    });
    return { value: value === null ? null : rounded(value), holds };
  };
  return {
    schemaVersion: 1,
    mode: profile.mode,
    valid: invalidBecause === null,
    invalidBecause,
    partial: run.brokenOff !== null,
    bound: boundOf(run),
    seconds: rounded(seconds),
    warmUpSeconds: profile.warmUpSeconds,
    requests: counts.requests,
    offeredPerSecond: perSecond(offered(run, profile.warmUpSeconds, endSeconds) ?? counts.requests),
    requestsPerSecond: perSecond(counts.requests),
    acceptedPerSecond: perSecond(counts.accepted),
    byStatus: countsByStatus(measured),
    latencyMs,
    latencyMsByStatus: summary === null ? {} : mapped(summary.byStatusMs, roundedLatency),
    histogram: histogramOf(measured.accepted),
    histogramByStatus: mapped(measured.byStatus, histogramOf),
    droppedIterations: measured.droppedIterations,
    unfinished: run.unfinished,
    contract: {
      checked: outcomes(total).requests - (countsByStatus(total)['0'] ?? 0),
      violations: total.violations,
      byRule: total.byRule,
      examples: run.examples,
    },
    generator: {
      cpuShare: run.k6CpuShare === null ? null : rounded(run.k6CpuShare),
      peakMemoryBytes: run.k6PeakMemoryBytes,
      ...startLag(run),
    },
    objectives: profile.objectives.map((objective) => ({ expression: objective.expression, ...weighed(objective) })),
    breakpoint: null,
    series: withoutEmptyEnd(
      measurement.seconds.map((tally, second) =>
        seriesPoint(tally, second, Math.min(1, measurement.endSeconds - second), offered(run, second, second + 1)),
      ),
      profile,
    ),
    created: outcomes(total).accepted + run.createdBefore,
    ...(run.mostUsers === null ? {} : { vus: run.mostUsers }),
    environment: run.environment,
  };
}

/** Requests that this generator was to send in a span of time; null where that follows from the answers. */
function offered({ profile, share }: Run, fromSeconds: number, toSeconds: number): number | null {
  const all = offeredRequests(profile, fromSeconds, toSeconds);
  return all === null ? null : all * share;
}

/** After the load only late answers are worth a point. */
function withoutEmptyEnd(
  series: ThroughputResult['series'],
  { durationSeconds }: LoadProfile,
): ThroughputResult['series'] {
  return series.filter(({ second, requests }) => second < durationSeconds || requests > 0);
}

function seriesPoint(
  tally: Tally,
  second: number,
  lengthSeconds: number,
  toBeSent: number | null,
): ThroughputResult['series'][number] {
  const { p50, p95, p99 } = percentiles(tally.accepted);
  const round = (value: number | null) => (value === null ? null : rounded(value));
  return {
    second,
    ...(rounded(lengthSeconds) < 1 ? { seconds: Math.max(0.001, rounded(lengthSeconds)) } : {}),
    ...outcomes(tally),
    p50: round(p50),
    p95: round(p95),
    p99: round(p99),
    ...(toBeSent === null ? {} : { offered: rounded(toBeSent) }),
    dropped: tally.droppedIterations,
    byStatus: countsByStatus(tally),
    buckets: tally.accepted.flatMap((count, index): [number, number][] =>
      count === 0 ? [] : [[nativeOfBucket(index), count]],
    ),
  };
}

function histogramOf(counts: readonly number[]): NonNullable<ThroughputResult['histogram']> {
  return counts.flatMap((count, index) =>
    // The last bucket has no upper bound that JSON could say; nothing is ever in it, since requests time out before.
    count === 0 ? [] : [{ fromMs: bucketFromMs(index), toMs: Math.min(bucketFromMs(index + 1), 1e9), count }],
  );
}

function latencyOf(summary: ThroughputSummary | null, measured: Tally): ThroughputResult['latencyMs'] {
  if (summary !== null) return summary.acceptedMs === null ? null : roundedLatency(summary.acceptedMs);
  const { min, p50, p90, p95, p99, p999, max } = percentiles(measured.accepted);
  if (min === null || p50 === null || p90 === null || p95 === null) return null;
  return roundedLatency({ min, p50, p90, p95, p99: p99 ?? p95, p999: p999 ?? p95, max: max ?? p95 });
}

/** More dropped arrivals than this, and the percentiles leave out too much of what users would have felt. */
const MAX_DROPPED_SHARE = 0.01;
/** More requests than this whose end nobody saw, and the others tell too little. */
const MAX_UNFINISHED_SHARE = 0.01;
/** From this share of rejected requests on, the limiter decides what is accepted. */
const LIMITER_SHARE = 0.01;

/** Requests that start later than this after their time make another load than the one that was asked for. */
const MAX_START_LAG_MS = 100;

/** A dropped arrival would shift all that come after it, so that nothing is known then. */
function startLag({ summary, measurement }: Run): { startLagP95Ms: number | null; startLagMaxMs: number | null } {
  const lag = measurement.total.droppedIterations > 0 ? null : (summary?.startLagMs ?? null);
  return {
    startLagP95Ms: lag === null ? null : rounded(lag.p95),
    startLagMaxMs: lag === null ? null : rounded(lag.max),
  };
}

/** With more of all processors taken by k6, it waits for itself, and what it measures is not the server. */
const MAX_CPU_SHARE = 0.85;

function reasonToDoubt(run: Run): string | null {
  const { measurement, profile, brokenOff, k6CpuShare } = run;
  const { requests } = outcomes(measurement.measured);
  const dropped = measurement.measured.droppedIterations;
  if (brokenOff !== null)
    return `partial: ${brokenOff.why} after ${rounded(brokenOff.atSeconds)} s of ${profile.durationSeconds} s`;
  const unfinished = run.unfinished ?? 0;
  if (unfinished > MAX_UNFINISHED_SHARE * (unfinished + requests))
    return `${formatCount(unfinished)} of ${formatCount(unfinished + requests)} requests still had no answer ${profile.requestTimeoutMs / 1000 + 1} s after the load`;
  if (requests === 0) return 'no request ended in the time measured';
  if (requests === (countsByStatus(measurement.measured)['0'] ?? 0)) return 'no request was answered';
  if (k6CpuShare !== null && k6CpuShare > MAX_CPU_SHARE)
    return `the generator was the bottleneck: k6 took ${Math.round(100 * k6CpuShare)} % of all processors`;
  const { startLagP95Ms } = startLag(run);
  if (startLagP95Ms !== null && startLagP95Ms > MAX_START_LAG_MS)
    return `the generator was the bottleneck: one request in 20 started more than ${Math.round(startLagP95Ms)} ms after its time`;
  if (isMuch(dropped, requests)) {
    const { all, withDrops } = measuredSeconds(run);
    const users = profile.mode === 'closed' ? 0 : profile.maxVus;
    const made = run.mostUsers ?? users;
    return `${formatCount(dropped)} of ${formatCount(dropped + requests)} arrivals could not start in time, in ${formatCount(withDrops)} of ${formatCount(all)} s, because all ${formatCount(made)} users still waited for answers${made < users ? `, and k6 makes more of them (up to ${formatCount(users)}) only slowly` : ''}`;
  }
  return null;
}

/** Whether so many arrivals were dropped that it matters. */
function isMuch(dropped: number, requests: number): boolean {
  return dropped > MAX_DROPPED_SHARE * (dropped + requests);
}

/** Seconds after the warm-up and within the load, and those of them in which many arrivals were dropped. */
function measuredSeconds({ measurement, profile }: Run): { all: number; withDrops: number } {
  const seconds = measurement.seconds.slice(Math.ceil(profile.warmUpSeconds), Math.ceil(profile.durationSeconds));
  const withDrops = seconds.filter((tally) => isMuch(tally.droppedIterations, outcomes(tally).requests));
  return { all: seconds.length, withDrops: withDrops.length };
}

/** The target's capacity is what bound the load where arrivals were dropped for most of the time, not in a hiccup. */
function boundOf(run: Run): ThroughputResult['bound'] {
  const { requests, limited } = outcomes(run.measurement.measured);
  if (requests > 0 && limited >= LIMITER_SHARE * requests) return 'limiter';
  const { all, withDrops } = measuredSeconds(run);
  const isDropping = isMuch(run.measurement.measured.droppedIterations, requests);
  return isDropping && withDrops * 2 >= all ? 'capacity' : null;
}

/** Three digits behind the point: microseconds, where it is milliseconds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function roundedLatency<T extends Record<keyof T, number>>(latency: T): T {
  return mapped(latency, rounded) as T;
}

function mapped<V, W>(record: Readonly<Record<string, V>>, change: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
