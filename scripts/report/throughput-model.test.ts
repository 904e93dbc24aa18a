import { expect, test } from 'vitest';
import { sampleThroughput } from '../results/sample-results.fixture.ts';
import { drawnSeries, objectiveValueText } from './throughput-model.ts';

test('a long series is drawn with means of rates and the highest percentiles, and loses no request', () => {
  const { series } = sampleThroughput(3600, 200);
  const drawn = drawnSeries(series, 240);
  expect(drawn.intervals).toHaveLength(240);
  expect(drawn.intervalSeconds).toBe(15);
  const total = drawn.intervals.reduce((sum, interval) => sum + interval.acceptedPerSecond * drawn.intervalSeconds, 0);
  expect(total).toBeCloseTo(
    series.reduce((sum, point) => sum + point.accepted, 0),
    3,
  );
  expect(Math.max(...drawn.intervals.map((interval) => interval.p99 ?? 0))).toBe(
    Math.max(...series.map((point) => point.p99 ?? 0)),
  );
});

test('a short series is drawn as it is; half seconds are rates per second', () => {
  const point = { requests: 10, accepted: 8, limited: 1, failed: 1, p50: null, p95: null, p99: null };
  const drawn = drawnSeries(
    [
      { second: 0, seconds: 0.5, ...point },
      { second: 0.5, seconds: 0.5, ...point },
    ],
    240,
  );
  expect(drawn).toEqual({
    intervalSeconds: 0.5,
    intervals: [0, 0.5].map((second) => ({
      second,
      offeredPerSecond: null,
      acceptedPerSecond: 16,
      limitedPerSecond: 2,
      failedPerSecond: 2,
      droppedPerSecond: 0,
      p50: null,
      p95: null,
      p99: null,
    })),
  });
  expect(drawnSeries([], 240).intervals).toEqual([]);
});

test('seconds that were left out are empty, and a rest at the end is no drop of the rate', () => {
  const point = { requests: 10, accepted: 10, limited: 0, failed: 0, p50: 1, p95: 2, p99: 3 };
  const drawn = drawnSeries(
    [
      { second: 0, ...point },
      { second: 2, ...point },
      { second: 3, ...point, seconds: 0.75 },
      { second: 3.75, ...point, seconds: 0.25 },
      { second: 4, ...point, seconds: 0.01 },
    ],
    240,
  );
  expect(drawn.intervals.map(({ second, acceptedPerSecond, p50 }) => [second, acceptedPerSecond, p50])).toEqual([
    [0, 10, 1],
    [1, 0, null],
    [2, 10, 1],
    [3, 20, 1],
  ]);
});

test('an objective is measured in the unit of its expression', () => {
  expect(objectiveValueText('p95<300ms', 4.13)).toBe('4.13 ms');
  expect(objectiveValueText('failed<0.1%', 0.05)).toBe('0.05 %');
  expect(objectiveValueText('violations=0', 3)).toBe('3');
  expect(objectiveValueText('p99<2s', 1.5)).toBe('1.5 s');
  expect(objectiveValueText('p95<300ms', null)).toBe('nothing to measure');
});
