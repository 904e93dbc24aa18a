import { UserError } from '../../contracts/lib/user-error.ts';
import { bucketOfNative, emptyHistogram, merged } from '../../load/measurement/histogram.ts';
import { parseObjectives, weigh } from '../../load/measurement/objectives.ts';
import { formatDecimal, formatRate } from '../report/numbers.ts';
import type { ThroughputResult } from '../results/results.ts';
import { added, LIMITED_STATUS, percentiles } from '../throughput/measurement.ts';
import { checkParts } from './check-parts.ts';

/**
 * One load of several generators that ran at once: counts add up, and percentiles are read off the histograms added up
 * (to a bucket of 9 %; a mean of percentiles would be none). Pure.
 */

type Series = ThroughputResult['series'][number];
type Buckets = NonNullable<ThroughputResult['histogram']>;
type LatencyMs = NonNullable<ThroughputResult['latencyMs']>;

/** Examples kept for each rule. */
const EXAMPLES_PER_RULE = 3;

/** Throws UserError where these are not parts of one load. `names` of the folders are for its words. */
export function mergedLoad(parts: readonly ThroughputResult[], names: readonly string[]): ThroughputResult {
  const [first] = parts;
  if (first === undefined) throw new Error('nothing to merge');
  checkMergeable(parts, names);
  checkParts(
    '--segment',
    parts.map(({ environment }) => environment),
    names,
  );
  const sum = (of: (part: ThroughputResult) => number) => parts.reduce((all, part) => all + of(part), 0);
  const most = (of: (part: ThroughputResult) => number | null | undefined) => largest(parts.map(of));
  const histogram = addedBuckets(parts.map((part) => part.histogram ?? []));
  const statuses = [...new Set(parts.flatMap((part) => Object.keys(part.histogramByStatus ?? {})))].sort();
  const histogramByStatus = Object.fromEntries(
    statuses.map((status) => [status, addedBuckets(parts.map((part) => part.histogramByStatus?.[status] ?? []))]),
  );
  const latencyMs = latencyOf(
    histogram,
    parts.flatMap((part) => part.latencyMs ?? []),
  );
  const byStatus = added(parts.map((part) => part.byStatus));
  const requests = sum((part) => part.requests);
  const contract = mergedContract(parts);
  const droppedIterations = sum((part) => part.droppedIterations);
  const limited = byStatus[LIMITED_STATUS] ?? 0;
  const accepted = histogram.reduce((all, { count }) => all + count, 0);
  const doubts = [
    ...parts.flatMap(({ valid, invalidBecause }, index) =>
      valid ? [] : [`${names[index]}: ${invalidBecause ?? 'no reason was given'}`],
    ),
    ...apartness(parts, names),
  ];
  const bounds = parts.map(({ bound }) => bound);
  const acceptedPerSecond = rounded(sum((part) => part.acceptedPerSecond));
  return {
    ...first,
    valid: doubts.length === 0,
    invalidBecause: doubts.length === 0 ? null : doubts.join('; '),
    partial: parts.some(({ partial }) => partial === true),
    bound: bounds.includes('limiter') ? 'limiter' : bounds.includes('capacity') ? 'capacity' : null,
    boundBy: parts.find(({ boundBy }) => (boundBy ?? null) !== null)?.boundBy ?? null,
    seconds: most(({ seconds }) => seconds) ?? 0,
    requests,
    offeredPerSecond: rounded(sum((part) => part.offeredPerSecond)),
    requestsPerSecond: rounded(sum((part) => part.requestsPerSecond)),
    acceptedPerSecond,
    byStatus,
    latencyMs,
    latencyMsByStatus: Object.fromEntries(
      statuses.flatMap((status) => {
        const known = parts.flatMap((part) => part.latencyMsByStatus[status] ?? []);
        const latency = known.length === 0 ? null : latencyOf(histogramByStatus[status] ?? [], known);
        return latency === null ? [] : [[status, latency]];
      }),
    ),
    histogram,
    histogramByStatus,
    droppedIterations,
    unfinished: parts.some(({ unfinished }) => typeof unfinished !== 'number')
      ? null
      : sum((part) => part.unfinished ?? 0),
    contract,
    generator: {
      cpuShare: most(({ generator }) => generator?.cpuShare),
      peakMemoryBytes: most(({ generator }) => generator?.peakMemoryBytes),
      startLagP95Ms: most(({ generator }) => generator?.startLagP95Ms),
      startLagMaxMs: most(({ generator }) => generator?.startLagMaxMs),
    },
    generators: sum((part) => part.generators ?? 1),
    objectives: parseObjectives(first.objectives.map(({ expression }) => expression).join(',')).map((objective) => {
      const { value, holds } = weigh(objective, {
        latencyMs,
        counts: {
          failed: requests - accepted - limited,
          limited,
          dropped: droppedIterations,
          violations: contract.violations,
        },
        requests,
        acceptedPerSecond,
      });
      return { expression: objective.expression, value: value === null ? null : rounded(value), holds };
    }),
    series: mergedSeries(parts),
    created: sum((part) => part.created ?? 0),
    vus: sum((part) => part.vus ?? 0),
    environment: {
      ...first.environment,
      part: null,
      startedAt: new Date(Math.min(...parts.map(startedAtMs))).toISOString(),
      seconds: most(({ environment }) => environment.seconds) ?? 0,
    },
  };
}

function checkMergeable(parts: readonly ThroughputResult[], names: readonly string[]): void {
  const refuse = (why: string, fix: string) => new UserError('these are not parts of one load', { why, fix });
  for (const [index, part] of parts.entries()) {
    const name = names[index] ?? '';
    const [first = part] = parts;
    if (part.breakpoint !== null)
      throw refuse(`${name} is a search for the breaking point`, 'run one load of a fixed rate on each generator');
    if (part.mode !== first.mode)
      throw refuse(
        `${names[0]} is of mode ${first.mode}, ${name} of mode ${part.mode}`,
        'give all generators one mode',
      );
    const promises = ({ environment: { contract, method, path } }: ThroughputResult) => `${contract} ${method} ${path}`;
    if (promises(part) !== promises(first))
      throw refuse(
        `${names[0]} is of ${promises(first)}, ${name} of ${promises(part)}`,
        'merge loads of one operation',
      );
    const difference = differenceOf(first, part, names[0] ?? '', name);
    if (difference !== null)
      throw refuse(difference, 'give all generators one rate and one duration, and merge what they made of it');
    if (part.series.some(({ accepted, buckets }) => accepted > 0 && buckets === undefined))
      throw refuse(`${name} was written by an older version, without histograms`, 'run the load again with this one');
  }
}

/** Parts of one load are alike, but for what rounding does to users; null where they are, or one ended early. */
function differenceOf(first: ThroughputResult, part: ThroughputResult, firstName: string, name: string): string | null {
  const isPart = (one: ThroughputResult) => (one.environment.part ?? null) !== null && one.partial !== true;
  if (!isPart(first) || !isPart(part)) return null;
  if (Math.abs(first.seconds - part.seconds) > 1)
    return `${firstName} is of ${formatDecimal(first.seconds)} s, ${name} of ${formatDecimal(part.seconds)} s`;
  const [rate, other] = [first.offeredPerSecond, part.offeredPerSecond];
  if (first.mode !== 'closed' && Math.abs(rate - other) > MAX_RATE_DIFFERENCE * Math.max(rate, other))
    return `${firstName} was offered ${formatRate(rate)} requests/s, ${name} ${formatRate(other)}`;
  return null;
}

/** A segment of a small rate has an arrival more or less in some second. */
const MAX_RATE_DIFFERENCE = 0.05;
/** Share of the load's time by which generators may begin apart. */
const MAX_APART = 0.2;

/** Rates add up to a load that there was only where the parts ran at the same time. */
function apartness(parts: readonly ThroughputResult[], names: readonly string[]): string[] {
  const starts = parts.map(startedAtMs);
  const [earliest, latest] = [Math.min(...starts), Math.max(...starts)];
  const apartSeconds = (latest - earliest) / 1000;
  const seconds = Math.min(...parts.map((part) => part.seconds + (part.warmUpSeconds ?? 0)));
  if (apartSeconds <= Math.max(1, MAX_APART * seconds)) return [];
  const nameAt = (startMs: number) => names[starts.indexOf(startMs)];
  return [
    `${nameAt(latest)} began ${formatDecimal(apartSeconds, 0)} s after ${nameAt(earliest)}, of loads of ${formatDecimal(seconds, 0)} s: the target never had all of it at once`,
  ];
}

function mergedContract(parts: readonly ThroughputResult[]): ThroughputResult['contract'] {
  const examples = parts.flatMap(({ contract }) => contract.examples);
  return {
    checked: parts.reduce((sum, { contract }) => sum + contract.checked, 0),
    violations: parts.reduce((sum, { contract }) => sum + contract.violations, 0),
    byRule: added(parts.map(({ contract }) => contract.byRule)),
    examples: examples.filter(
      (example, index) =>
        examples.slice(0, index).filter(({ rule }) => rule === example.rule).length < EXAMPLES_PER_RULE,
    ),
  };
}

/** Second by second of one clock: a generator that began later is put where it began. */
function mergedSeries(parts: readonly ThroughputResult[]): Series[] {
  const earliestMs = Math.min(...parts.map(startedAtMs));
  const points = parts.flatMap((part) => {
    const offset = Math.round((startedAtMs(part) - earliestMs) / 1000);
    return part.series.map((point) => ({ ...point, second: point.second + offset }));
  });
  const seconds = [...new Set(points.map(({ second }) => second))].sort((left, right) => left - right);
  return seconds.map((second) => {
    const here = points.filter((point) => point.second === second);
    const sum = (of: (point: Series) => number | undefined) => here.reduce((all, point) => all + (of(point) ?? 0), 0);
    const counts = merged(here.map(({ buckets = [] }) => countsOf(buckets)));
    const { p50, p95, p99 } = percentiles(counts);
    const round = (value: number | null) => (value === null ? null : rounded(value));
    const lengths = here.map(({ seconds: length = 1 }) => length);
    return {
      second,
      ...(Math.max(...lengths) < 1 ? { seconds: Math.max(...lengths) } : {}),
      ...{ requests: sum((one) => one.requests), accepted: sum((one) => one.accepted) },
      ...{ limited: sum((one) => one.limited), failed: sum((one) => one.failed) },
      ...{ p50: round(p50), p95: round(p95), p99: round(p99) },
      ...(here.some(({ offered }) => offered !== undefined) ? { offered: rounded(sum((one) => one.offered)) } : {}),
      dropped: sum((one) => one.dropped),
      byStatus: added(here.map(({ byStatus = {} }) => byStatus)),
      buckets: addedPairs(here.map(({ buckets = [] }) => buckets)),
    };
  });
}

function countsOf(pairs: readonly (readonly [number, number])[]): number[] {
  const counts = emptyHistogram();
  for (const [n, count] of pairs) counts[bucketOfNative(n)] = (counts[bucketOfNative(n)] ?? 0) + count;
  return counts;
}

function addedPairs(parts: readonly (readonly (readonly [number, number])[])[]): [number, number][] {
  const counts = new Map<number, number>();
  for (const [n, count] of parts.flat()) counts.set(n, (counts.get(n) ?? 0) + count);
  return [...counts].sort(([left], [right]) => left - right);
}

/** Bounds are the same in all of them. */
function addedBuckets(parts: readonly Buckets[]): { fromMs: number; toMs: number; count: number }[] {
  const byBound = new Map<number, { fromMs: number; toMs: number; count: number }>();
  for (const bucket of parts.flat()) {
    const known = byBound.get(bucket.toMs);
    byBound.set(bucket.toMs, { ...bucket, count: bucket.count + (known?.count ?? 0) });
  }
  return [...byBound.values()].sort((left, right) => left.toMs - right.toMs);
}

/** Percentiles of the histogram; lowest and highest are known exactly, and nothing lies beyond them. */
function latencyOf(histogram: Buckets, known: readonly LatencyMs[]): LatencyMs | null {
  if (known.length === 0) return null;
  const min = Math.min(...known.map((one) => one.min));
  const max = Math.max(...known.map((one) => one.max));
  const counts = countsOf(histogram.map(({ toMs, count }) => [Math.round(Math.log2(toMs / 1000) * 8), count]));
  const read = percentiles(counts);
  const at = (value: number | null) => rounded(Math.min(max, Math.max(min, value ?? max)));
  return { min, p50: at(read.p50), p90: at(read.p90), p95: at(read.p95), p99: at(read.p99), p999: at(read.p999), max };
}

function startedAtMs({ environment }: ThroughputResult): number {
  return Date.parse(environment.startedAt);
}

function largest(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value): value is number => typeof value === 'number');
  return known.length === 0 ? null : Math.max(...known);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
