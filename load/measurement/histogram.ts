/**
 * Latency histograms that merge: buckets with fixed bounds that grow by a factor, so that counts of two runs, or of two
 * generators of one run, may be added. The bounds are those of Prometheus's native histograms of schema 3, which k6
 * makes of its Trends. A quantile is read off with a relative error of less than a bucket, 9.1 %. Pure.
 */

/** Eight buckets for each doubling of the latency. */
const BUCKETS_PER_DOUBLING = 8;
/** Bucket 0 holds all up to 2^-14 s. */
const LOWEST_DOUBLING = -14;
const NATIVE_OFFSET = -LOWEST_DOUBLING * BUCKETS_PER_DOUBLING;
const LOWEST_MS = 1000 * 2 ** LOWEST_DOUBLING;
/** 20 doublings: bucket 160 ends at 64 s, above every request timeout; the last one holds all beyond. */
export const BUCKET_COUNT = 20 * BUCKETS_PER_DOUBLING + 2;

/** Count of each bucket; BUCKET_COUNT of them. */
export type Histogram = readonly number[];

export function emptyHistogram(): number[] {
  return new Array<number>(BUCKET_COUNT).fill(0);
}

/** Bucket of what lies in (2^((n-1)/8), 2^(n/8)] seconds, n as in a native histogram of Prometheus of schema 3. */
export function bucketOfNative(n: number): number {
  return Math.min(BUCKET_COUNT - 1, Math.max(0, n + NATIVE_OFFSET));
}

/** The n of a bucket. */
export function nativeOfBucket(index: number): number {
  return index - NATIVE_OFFSET;
}

/** Lower bound of a bucket, ms, left out of it. The last one's upper bound is not known: Infinity. */
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
