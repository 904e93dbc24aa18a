import type { ThroughputResult } from '../results/results.ts';
import { mean } from './statistics.ts';

/**
 * Two loads, compared by the seconds that each of them lasted: the ratio of the geometric means of throughput and of
 * each percentile, with a confidence interval (Welch's t on logarithms, seconds that resemble their neighbours counting
 * as fewer). Pure. It knows the noise within each run; what differs from run to run (a busy neighbour, another day)
 * is what the tolerance is for.
 */

export const METRICS = ['accepted', 'p50', 'p95', 'p99'] as const;
export type Metric = (typeof METRICS)[number];

/** The intervals of all metrics together are meant to be wrong in 5 of 100 comparisons (Bonferroni). */
const ERROR_RATE = 0.05 / METRICS.length;
/** Fewer seconds tell nothing of their spread. */
const FEWEST_SECONDS = 5;

/** What is found of seconds that resemble each other more, or count as fewer, is not to be believed. */
const MOST_RESEMBLANCE = 0.97;
const FEWEST_INDEPENDENT = 1.5;

/** Percentiles of a second are read off buckets of 9 %: differences of a quarter of that, in logarithms, may be the reading's. */
const READING_ERROR = Math.LN2 / 8 / 4;

export interface Difference {
  readonly metric: Metric;
  /** Geometric means, per second or ms; null without enough seconds. */
  readonly a: number | null;
  readonly b: number | null;
  /** (b - a) / a, and where it lies with confidence; null without enough seconds. */
  readonly change: number | null;
  readonly changeRange: readonly [low: number, high: number] | null;
  readonly verdict: 'better' | 'worse' | 'no-difference';
  /** Why no verdict could be given; null where one could. */
  readonly because: string | null;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** The worst of them. */
  readonly verdict: Difference['verdict'];
  /** Some metric is worse, and by more than the tolerance. */
  readonly isWorseBeyondTolerance: boolean;
  readonly tolerance: number;
  /** What makes the two hard to compare. */
  readonly cautions: readonly string[];
}

/** `tolerance` 0.05: what is worse by at most 5 % is not held against B. */
export function compareLoads(a: ThroughputResult, b: ThroughputResult, tolerance: number): Comparison {
  const differences = METRICS.map((metric) => difference(metric, valuesOf(a, metric), valuesOf(b, metric)));
  const isWorse = ({ verdict }: Difference) => verdict === 'worse';
  const isBeyond = ({ metric, change }: Difference) =>
    change !== null && (metric === 'accepted' ? -change : change) > tolerance;
  const cautions = [
    ...(a.mode === b.mode ? [] : [`A is of mode ${a.mode}, B of mode ${b.mode}`]),
    ...(a.mode !== 'closed' && b.mode !== 'closed' && Math.abs(a.offeredPerSecond / b.offeredPerSecond - 1) > 0.01
      ? [`A was offered ${a.offeredPerSecond}/s, B ${b.offeredPerSecond}/s`]
      : []),
    ...[a, b].flatMap(({ valid, invalidBecause }, index) =>
      valid ? [] : [`${index === 0 ? 'A' : 'B'} is not valid: ${invalidBecause}`],
    ),
    ...(a.environment.target === b.environment.target || a.environment.embedded === true
      ? []
      : [`A is of ${a.environment.target}, B of ${b.environment.target}`]),
  ];
  return {
    differences,
    verdict: differences.some(isWorse)
      ? 'worse'
      : differences.some(({ verdict }) => verdict === 'better')
        ? 'better'
        : 'no-difference',
    isWorseBeyondTolerance: differences.some((one) => isWorse(one) && isBeyond(one)),
    tolerance,
    cautions,
  };
}

/** One value for each whole second after the warm-up. */
function valuesOf({ series, warmUpSeconds = 0, seconds }: ThroughputResult, metric: Metric): number[] {
  return series
    .filter(({ second }) => second >= warmUpSeconds && second + 1 <= warmUpSeconds + seconds)
    .map((point) => point[metric])
    .filter((value): value is number => value !== null && value > 0);
}

function difference(metric: Metric, a: readonly number[], b: readonly number[]): Difference {
  if (a.length < FEWEST_SECONDS || b.length < FEWEST_SECONDS) {
    const because = `${Math.min(a.length, b.length)} seconds with a value, and ${FEWEST_SECONDS} are needed`;
    return { metric, a: null, b: null, change: null, changeRange: null, verdict: 'no-difference', because };
  }
  const [left, right] = [momentsOf(a.map(Math.log)), momentsOf(b.map(Math.log))];
  const shift = right.mean - left.mean;
  const margin = Math.max(welchMargin(left, right), metric === 'accepted' ? 0 : READING_ERROR);
  const asChange = (log: number) => Math.exp(log) - 1;
  const changeRange = [asChange(shift - margin), asChange(shift + margin)] as const;
  const isHigher = changeRange[0] > 0;
  const isLower = changeRange[1] < 0;
  const isBetter = metric === 'accepted' ? isHigher : isLower;
  return {
    metric,
    a: Math.exp(left.mean),
    b: Math.exp(right.mean),
    change: asChange(shift),
    changeRange,
    verdict: !isHigher && !isLower ? 'no-difference' : isBetter ? 'better' : 'worse',
    because: null,
  };
}

interface Moments {
  readonly mean: number;
  /** Of the mean. */
  readonly variance: number;
  /** Values that were as good as independent. */
  readonly count: number;
}

function momentsOf(values: readonly number[]): Moments {
  const length = values.length;
  const average = mean(values);
  const deviations = values.map((value) => value - average);
  const square = (list: readonly number[]) => list.reduce((sum, value) => sum + value * value, 0);
  const squares = square(deviations);
  const neighbours = deviations.slice(1).reduce((sum, value, index) => sum + value * (deviations[index] ?? 0), 0);
  // Of few values it is found too low, by (1 + 3 r) / n in the mean (Marriott and Pope 1954, Kendall 1954), and then by
  // chance: half a standard error more keeps the share of false alarms, which compare.test.ts counts.
  const found = squares === 0 ? 0 : neighbours / squares;
  const unbiased = (length * found + 1) / (length - 3) + 0.5 / Math.sqrt(length);
  const resemblance = Math.min(MOST_RESEMBLANCE, Math.max(0, unbiased));
  // Of n values that each resemble the one before by r, n (1 - r) / (1 + r) are as good as independent; they spread
  // around their own mean by so much less than around the true one.
  const count = Math.max(FEWEST_INDEPENDENT, (length * (1 - resemblance)) / (1 + resemblance));
  const variance = squares / length / (1 - 1 / count);
  return { mean: average, variance: variance / count, count };
}

/** Half the interval of a difference of means with unequal variances (Welch 1947). */
function welchMargin(a: Moments, b: Moments): number {
  const variance = a.variance + b.variance;
  if (variance === 0) return 0;
  const freedom = variance ** 2 / (a.variance ** 2 / (a.count - 1) + b.variance ** 2 / (b.count - 1));
  return studentQuantile(ERROR_RATE, Math.max(1, freedom)) * Math.sqrt(variance);
}

/**
 * The t beyond which, on both sides together, a share `p` of Student's distribution lies: by halving, over the
 * distribution summed up from its density (Simpson's rule after x = tan u, which makes the tails finite).
 */
export function studentQuantile(p: number, freedom: number): number {
  const density = (u: number) => Math.cos(u) ** (freedom - 1);
  // With t = sqrt(freedom) tan u the density of u is proportional to cos(u)^(freedom - 1) on (-π/2, π/2).
  const area = (from: number, to: number) => {
    const steps = 100;
    const width = (to - from) / steps;
    let sum = density(from) + density(to);
    for (let step = 1; step < steps; step += 1) sum += density(from + step * width) * (step % 2 === 0 ? 2 : 4);
    return (sum * width) / 3;
  };
  const whole = area(0, Math.PI / 2);
  let [low, high] = [0, Math.PI / 2];
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (area(middle, Math.PI / 2) / whole > p) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan(low);
}
