import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BUCKET_COUNT,
  bucketFromMs,
  bucketOfNative,
  countOf,
  emptyHistogram,
  merged,
  nativeOfBucket,
  quantileOf,
} from './histogram.ts';

const latencyMs = fc.double({ min: 0.07, max: 60_000, noNaN: true });

/** As Prometheus places it, for schema 3. */
function bucketOf(ms: number): number {
  return ms > 0 ? bucketOfNative(Math.ceil(Math.log2(ms / 1000) * 8)) : 0;
}

function histogramOf(values: readonly number[]): number[] {
  const histogram = emptyHistogram();
  for (const value of values) histogram[bucketOf(value)] = (histogram[bucketOf(value)] ?? 0) + 1;
  return histogram;
}

test('a latency lies within the bounds of its bucket', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 200_000, noNaN: true }), (value) => {
      const index = bucketOf(value);
      expect(index).toBeGreaterThanOrEqual(0);
      expect(index).toBeLessThan(BUCKET_COUNT);
      // A bound itself may fall on either side by a rounding of the last bit.
      expect(value).toBeGreaterThanOrEqual(bucketFromMs(index) * (1 - 1e-12));
      expect(value).toBeLessThanOrEqual(bucketFromMs(index + 1) * (1 + 1e-12));
    }),
    { seed: 1 },
  );
});

test('a quantile lies within a bucket of the value of that rank', () => {
  fc.assert(
    fc.property(
      fc.array(latencyMs, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.999),
      (values, quantile) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0;
        const read = quantileOf(histogramOf(values), quantile) ?? 0;
        expect(Math.abs(Math.log2(read / exact))).toBeLessThanOrEqual(1 / 8 + 1e-9);
      },
    ),
    { seed: 1 },
  );
});

test('merging parts gives the histogram of the whole', () => {
  fc.assert(
    fc.property(fc.array(latencyMs), fc.array(latencyMs), (left, right) => {
      expect(merged([histogramOf(left), histogramOf(right)])).toEqual(histogramOf([...left, ...right]));
    }),
    { seed: 1 },
  );
});

test('an empty histogram has no quantiles, and what lies beyond all bounds is in the last bucket', () => {
  expect(quantileOf(emptyHistogram(), 0.5)).toBeNull();
  expect(bucketOf(0)).toBe(0);
  expect(countOf(histogramOf([1e9]))).toBe(1);
  expect(quantileOf(histogramOf([1e9]), 0.5)).toBe(64_000);
});

test('a bucket is the one of its number in Prometheus', () => {
  for (const n of [-112, -80, 0, 1, 48]) expect(nativeOfBucket(bucketOfNative(n))).toBe(n);
  expect(bucketFromMs(bucketOfNative(1))).toBe(1000);
});
