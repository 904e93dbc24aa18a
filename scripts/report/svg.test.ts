import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  horizontalScale,
  linePath,
  logScale,
  MARGIN,
  roundTicks,
  tagRows,
  timeScale,
  verticalScale,
  WIDTH,
} from './svg.ts';

test('ticks are round and lie within', () => {
  expect(roundTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(roundTicks(0, 0.03, 4)).toEqual([0, 0.01, 0.02, 0.03]);
  expect(roundTicks(3, 3, 4)).toEqual([3]);
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e3, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
      (low, span) => {
        const ticks = roundTicks(low, low + span, 6);
        expect(ticks.length).toBeLessThanOrEqual(14);
        for (const tick of ticks) expect(tick >= low - span * 1e-6 && tick <= low + span * (1 + 1e-6)).toBe(true);
      },
    ),
    { seed: 8, numRuns: 300 },
  );
});

test('an hour has ticks at full minutes, a minute at seconds', () => {
  expect(timeScale(0, 3600).ticks).toEqual([0, 600, 1200, 1800, 2400, 3000, 3600]);
  expect(timeScale(0, 60).ticks).toEqual([0, 10, 20, 30, 40, 50, 60]);
});

test('scales keep every value on the plot', () => {
  const x = horizontalScale(0, 33);
  expect([x(0), x(33)]).toEqual([MARGIN.left, WIDTH - MARGIN.right]);
  expect(horizontalScale(5, 5)(5)).toBe(MARGIN.left);
  const y = verticalScale(120, 10, 200);
  expect(y(0)).toBe(200);
  expect(y(120)).toBeGreaterThanOrEqual(10);
  expect(verticalScale(0, 10, 200)(0)).toBe(200);
  const log = logScale(0.5, 50, 0, 100);
  expect([log(0.5), log(5), log(50), log(0)]).toEqual([0, expect.closeTo(50), expect.closeTo(100), 0]);
  expect(log.ticks).toEqual([0.5, 1, 2, 5, 10, 20, 50]);
});

test('lines lift the pen where there is no value', () => {
  expect(linePath([[0, 1], [2, 3], null, [4, 5.126]])).toBe('M0 1L2 3M4 5.13');
});

test('tags that are close go to rows of their own', () => {
  expect(tagRows([0, 5, 6, 30, 31], 10, 2)).toEqual([0, 1, 0, 0, 1]);
  expect(tagRows([0, 1, 2], 10, 3)).toEqual([0, 1, 2]);
});
