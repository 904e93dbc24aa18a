import { expect, test } from 'vitest';
import { seededRandom } from '../../contracts/lib/seeded-random.ts';
import { mean, median, quantile } from './statistics.ts';

test('a quantile lies between the values around its place', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect([quantile([1, 2, 3], 0), quantile([1, 2, 3], 1)]).toEqual([1, 3]);
  expect(median([7])).toBe(7);
  expect(mean([1, 2, 6])).toBe(3);
  expect(quantile([], 0.5)).toBeNaN();
});

test('the same seed gives the same numbers, spread evenly', () => {
  const random = seededRandom(7);
  const numbers = Array.from({ length: 10_000 }, random);
  expect(numbers).toEqual(Array.from({ length: 10_000 }, seededRandom(7)));
  expect(mean(numbers)).toBeCloseTo(0.5, 1);
  for (const share of [0.1, 0.25, 0.9]) expect(quantile(numbers, share)).toBeCloseTo(share, 1);
});
