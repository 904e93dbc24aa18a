import type { Algorithm } from '../../load/inference/engine.ts';
import type { LimitsResult } from '../results/results.ts';
import type { KnownLimiter, Truth } from './known-limiters.ts';

/** What came out for a limiter whose truth is known. */
export interface JudgedResult {
  /** 'undecided': nothing is wrong, but the verdict is not one of those that are right. */
  readonly outcome: 'right' | 'undecided' | 'wrong';
  /** What was said and is not so; of an exact verdict also what is not narrow enough. */
  readonly mistakes: readonly string[];
}

type Evidence = Pick<LimitsResult['evidence'], 'models' | 'foretold'>;
type Tier = LimitsResult['limits'][number];

/** Holds limits.json against the truth. Pure. */
export function judgeResult(
  {
    verdict,
    limits,
    evidence,
    penaltySeconds,
  }: Pick<LimitsResult, 'verdict' | 'limits' | 'penaltySeconds'> & { readonly evidence: Evidence },
  { truth, verdicts, penaltySeconds: penalty }: Pick<KnownLimiter, 'truth' | 'verdicts' | 'penaltySeconds'>,
): JudgedResult {
  const mistakes: string[] = [];
  if (verdict === 'exact') {
    const found = limits.toSorted((a, b) => a.capacity - b.capacity);
    if (truth === null) mistakes.push('there is no exact answer');
    else if (limits.length !== truth.length) mistakes.push(`${limits.length} tiers, there are ${truth.length}`);
    else mistakes.push(...truth.flatMap((tier, index) => exactMistakes(found[index], tier)));
    mistakes.push(...penaltyMistakes(penaltySeconds, penalty));
    if (evidence.foretold?.holds !== true) mistakes.push('no round was foretold that held');
    if (survivingKinds(evidence.models).size > limits.length) mistakes.push('rivals survive');
  } else if (verdict === 'none' && truth !== null) {
    mistakes.push('a limit was not seen');
  } else if (truth !== null && truth.length === limits.length) {
    mistakes.push(...truth.flatMap((tier, index) => rangeMistakes(limits[index], tier)));
  }
  const isRight = (verdicts as readonly string[]).includes(verdict);
  return { outcome: mistakes.length > 0 ? 'wrong' : isRight ? 'right' : 'undecided', mistakes };
}

/**
 * What stands, with what is one and the same counted once: a bucket that gets one token at a time is as big, and as fast,
 * as one that is refilled continuously; and of one request these say the same.
 */
const SAME_IF_ONE: ReadonlySet<string> = new Set([
  'fixed-window/first-request',
  'sliding-log',
  'token-bucket',
  'token-bucket/one-by-one',
]);

function survivingKinds(models: Evidence['models']): Set<string> {
  const surviving = models.filter(({ state }) => state === 'surviving');
  return new Set(
    surviving.map(({ name, parameters: { capacity } }) => {
      const [least, most] = capacity ?? [0, 0];
      const tier = name.startsWith('second/') ? 'second' : 'first';
      if (most === 1 && SAME_IF_ONE.has(name.replace('second/', ''))) return `${tier} one request`;
      return `${name.replace('/one-by-one', '')} ${least} to ${most}`;
    }),
  );
}

/** Within 1 %, or 10 ms. */
function penaltyMistakes(found: number | null, truth: number | undefined): string[] {
  if (found === null || truth === undefined) return differing('penalty', found, truth ?? null);
  return Math.abs(found - truth) <= Math.max(0.01, 0.01 * truth) ? [] : [`penalty ${found} s, is ${truth} s`];
}

/** With room for one request, a window that begins with a request, a log and a bucket are one and the same. */
const ONE_AND_THE_SAME: readonly Algorithm[] = ['fixed-window', 'sliding-log', 'token-bucket'];

function asNamed(truth: Truth, algorithm: Algorithm): Truth {
  const { refillPerSecond: rate, windowSeconds: seconds, ...rest } = truth;
  if (truth.capacity !== 1 || truth.algorithm === algorithm) return truth;
  if (!ONE_AND_THE_SAME.includes(truth.algorithm) || !ONE_AND_THE_SAME.includes(algorithm)) return truth;
  const length = seconds ?? (rate === undefined ? undefined : 1 / rate);
  if (length === undefined) return truth;
  return {
    ...rest,
    algorithm,
    ...(algorithm === 'token-bucket' ? { refillPerSecond: 1 / length } : { windowSeconds: length }),
  };
}

function exactMistakes(found: Tier | undefined, given: Truth): string[] {
  if (found === undefined) return ['a tier is missing'];
  const truth = asNamed(given, found.algorithm);
  if (found.capacity !== truth.capacity) return [`capacity ${found.capacity}, is ${truth.capacity}`];
  if (truth.capacity === 0) return [];
  return [
    ...differing('algorithm', found.algorithm, truth.algorithm),
    ...differing('status', found.status, truth.status ?? 429),
    ...(truth.anchor === undefined ? [] : differing('anchor', found.anchor, truth.anchor)),
    ...(truth.countsRejected === undefined
      ? []
      : differing('countsRejected', found.countsRejected, truth.countsRejected)),
    ...narrowMistakes('window', found.windowSecondsRange, found.windowSeconds, truth.windowSeconds),
    ...narrowMistakes('refill', found.refillPerSecondRange, found.refillPerSecond, truth.refillPerSecond),
  ];
}

const differing = (name: string, found: unknown, truth: unknown): string[] =>
  found === truth ? [] : [`${name} ${String(found)}, is ${String(truth)}`];

/** The truth lies in the range, the middle within 1 %, and the range is no wider than 2 %, or 20 ms if that is more. */
function narrowMistakes(
  name: string,
  range: readonly [number, number | null] | null,
  middle: number | null,
  truth: number | undefined,
): string[] {
  if (truth === undefined) return [];
  const [low, high] = [range?.[0] ?? Number.NaN, range?.[1] ?? Number.POSITIVE_INFINITY];
  // The range is held against its own middle, and is written with four digits.
  const widest = Math.max(0.02 * (middle ?? truth), 0.02) + 1e-4;
  const slack = Math.max(0.02 * truth, 0.02);
  return [
    ...(low <= truth && truth <= high ? [] : [`${name} ${low} to ${high}, is ${truth}`]),
    ...(high - low <= widest ? [] : [`${name} ${low} to ${high} is too wide`]),
    ...(Math.abs((middle ?? Number.NaN) - truth) <= slack / 2
      ? []
      : [`the middle of ${name} is ${middle}, not ${truth}`]),
  ];
}

/** Whatever the verdict: nothing is excluded that is true. */
function rangeMistakes(found: Tier | undefined, truth: Truth): string[] {
  if (found === undefined) return [];
  const outside = (
    name: string,
    range: readonly [number, number | null] | null,
    value: number | undefined,
  ): string[] =>
    range === null || value === undefined || (range[0] <= value && value <= (range[1] ?? Number.POSITIVE_INFINITY))
      ? []
      : [`${name} ${range[0]} to ${range[1]}, is ${value}`];
  const isKnown = found.algorithm === truth.algorithm;
  return [
    ...outside('capacity', found.capacityRange, truth.capacity),
    ...(isKnown ? outside('window', found.windowSecondsRange, truth.windowSeconds) : []),
    ...(isKnown ? outside('refill', found.refillPerSecondRange, truth.refillPerSecond) : []),
  ];
}
