/**
 * Latency histograms that merge: buckets with fixed bounds that grow by a factor, so that counts of two runs, or of two
 * generators of one run, may be added. A quantile is read off with a relative error of less than a bucket, 9.1 %.
 * Pure; used by the k6 script (one Counter a bucket) and by what reads its counters.
 */

/** Eight buckets for each doubling of the latency. */
const BUCKETS_PER_DOUBLING = 8;
/** Lower bound of bucket 1, ms; bucket 0 holds all below it. */
const LOWEST_MS = 0.0625;
/** 20 doublings: bucket 160 ends at 65 536 ms, above every request timeout; the last one holds all beyond. */
export const BUCKET_COUNT = 20 * BUCKETS_PER_DOUBLING + 2;

/** Count of each bucket; BUCKET_COUNT of them. */
export type Histogram = readonly number[];

export function emptyHistogram(): number[] {
  return new Array<number>(BUCKET_COUNT).fill(0);
}

/** Index of the bucket that holds a latency. */
export function bucketOf(latencyMs: number): number {
  if (!(latencyMs >= LOWEST_MS)) return 0;
  const index = 1 + Math.floor(Math.log2(latencyMs / LOWEST_MS) * BUCKETS_PER_DOUBLING);
  return index < BUCKET_COUNT ? index : BUCKET_COUNT - 1;
}

/** Lower bound of a bucket, ms, included in it. The last one's upper bound is not known: Infinity. */
export function bucketFromMs(index: number): number {
  if (index <= 0) return 0;
  return index < BUCKET_COUNT ? LOWEST_MS * 2 ** ((index - 1) / BUCKETS_PER_DOUBLING) : Number.POSITIVE_INFINITY;
}

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, count) => sum + count, 0);
}

export function merged(histograms: readonly Histogram[]): number[] {
  return emptyHistogram().map((_, index) => histograms.reduce((sum, histogram) => sum + (histogram[index] ?? 0), 0));
}

/**
 * The latency, ms, below which a share `quantile` (0 to 1) of the values lies, taken to be spread evenly over the
 * logarithm inside a bucket; null of an empty histogram. Of values beyond the last bound only that bound is known.
 */
export function quantileOf(histogram: Histogram, quantile: number): number | null {
  const total = countOf(histogram);
  if (total === 0) return null;
  let rank = quantile * total;
  for (const [index, count] of histogram.entries()) {
    if (count > 0 && rank <= count) return insideBucket(index, rank / count);
    rank -= count;
  }
  return bucketFromMs(histogram.findLastIndex((count) => count > 0) + 1);
}

/** `share` 0 is the bucket's lower bound, 1 its upper one. */
function insideBucket(index: number, share: number): number {
  if (index === 0) return LOWEST_MS * share;
  const fromMs = bucketFromMs(index);
  return index === BUCKET_COUNT - 1 ? fromMs : fromMs * 2 ** (share / BUCKETS_PER_DOUBLING);
}
