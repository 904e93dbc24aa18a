import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketFromMs, bucketOfNative } from '../../load/measurement/histogram.ts';
import type { ThroughputResult } from '../results/results.ts';
import { sampleThroughput } from '../results/sample-results.fixture.ts';
import { mergedLoad } from './merge-loads.ts';

const nativeOf = (ms: number) => Math.ceil(Math.log2(ms / 1000) * 8);

/** A load in one second, with answers of these latencies. */
function load(latenciesMs: readonly number[], more: Partial<ThroughputResult> = {}): ThroughputResult {
  const sorted = [...latenciesMs].sort((left, right) => left - right);
  const counts = new Map<number, number>();
  for (const ms of sorted) counts.set(nativeOf(ms), (counts.get(nativeOf(ms)) ?? 0) + 1);
  const histogram = [...counts].map(([n, count]) => {
    const index = bucketOfNative(n);
    return { fromMs: bucketFromMs(index), toMs: bucketFromMs(index + 1), count };
  });
  const exact = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const latencyMs =
    sorted.length === 0
      ? null
      : {
          ...{ min: exact(0), p50: exact(0.5), p90: exact(0.9), p95: exact(0.95) },
          ...{ p99: exact(0.99), p999: exact(0.999), max: exact(1) },
        };
  const answers = sorted.length;
  return {
    ...sampleThroughput(),
    ...{ mode: 'open', valid: true, invalidBecause: null, partial: false, breakpoint: null, bound: null },
    ...{ requests: answers, requestsPerSecond: answers, acceptedPerSecond: answers, offeredPerSecond: answers },
    ...{ seconds: 1, byStatus: { 201: answers }, latencyMs, latencyMsByStatus: latencyMs ? { 201: latencyMs } : {} },
    ...{ histogram, histogramByStatus: { 201: histogram }, droppedIterations: 0 },
    contract: { checked: answers, violations: 0, byRule: {}, examples: [] },
    objectives: [{ expression: 'p95<50ms', value: latencyMs?.p95 ?? null, holds: true }],
    series: [
      {
        ...{ second: 0, requests: answers, accepted: answers, limited: 0, failed: 0, p50: null, p95: null, p99: null },
        ...{ offered: answers, dropped: 0, byStatus: { 201: answers }, buckets: [...counts] },
      },
    ],
    ...{ created: answers, vus: 3 },
    ...more,
  };
}

test('percentiles of the whole are those of all answers together, to a bucket, and lowest and highest exact', () => {
  const latencies = fc.array(fc.double({ min: 0.1, max: 20_000, noNaN: true }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(latencies, latencies, (left, right) => {
      const whole = mergedLoad([load(left), load(right)], ['a', 'b']);
      const exact = load([...left, ...right]);
      expect(whole.latencyMs?.min).toBe(exact.latencyMs?.min);
      expect(whole.latencyMs?.max).toBe(exact.latencyMs?.max);
      for (const name of ['p50', 'p90', 'p95', 'p99', 'p999'] as const)
        expect(Math.abs(Math.log2((whole.latencyMs?.[name] ?? 0) / (exact.latencyMs?.[name] ?? 1)))).toBeLessThan(
          1 / 8 + 0.001,
        );
      expect(whole.requests).toBe(left.length + right.length);
      expect(whole.series[0]?.accepted).toBe(left.length + right.length);
      expect(whole.series[0]?.p95).not.toBeNull();
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('a slow generator shows in the percentiles of the whole as much as it has answers, which no mean would tell', () => {
  const quick = load(new Array<number>(900).fill(10));
  const slow = load(new Array<number>(100).fill(1000));
  const { latencyMs, objectives } = mergedLoad([quick, slow], ['a', 'b']);
  expect(latencyMs?.p50).toBeLessThan(11);
  expect(latencyMs?.p95).toBeGreaterThan(900);
  expect(objectives).toEqual([{ expression: 'p95<50ms', value: latencyMs?.p95, holds: false }]);
});

test('counts, rates and violations add up, and what one generator doubts the whole does', () => {
  const example = { rule: '201 schema.type /id', status: 201, pointer: '/id', expected: 'integer', received: '"1"' };
  const broken = {
    contract: { checked: 10, violations: 4, byRule: { [example.rule]: 4 }, examples: [example, example] },
    ...{ valid: false, invalidBecause: 'the generator was the bottleneck', droppedIterations: 5 },
  };
  const whole = mergedLoad([load([1, 2], broken), load([3], broken)], ['one', 'two']);
  expect(whole).toMatchObject({
    ...{ generators: 2, valid: false, droppedIterations: 10, offeredPerSecond: 3, acceptedPerSecond: 3, vus: 6 },
    invalidBecause: 'one: the generator was the bottleneck; two: the generator was the bottleneck',
    contract: { checked: 20, violations: 8, byRule: { [example.rule]: 8 } },
  });
  expect(whole.contract.examples).toHaveLength(3);
  expect(mergedLoad([whole, load([4])], ['both', 'three']).generators).toBe(3);
});

test('a generator that began later is put where it began', () => {
  const { environment } = load([1]);
  const later = {
    environment: { ...environment, startedAt: new Date(Date.parse(environment.startedAt) + 3000).toISOString() },
  };
  expect(mergedLoad([load([1]), load([2], later)], ['a', 'b']).series.map(({ second }) => second)).toEqual([0, 3]);
});

test('generators that did not load the target at once are doubted, with who began when', () => {
  const begun = (afterSeconds: number) => ({
    ...{ seconds: 20, warmUpSeconds: 1 },
    environment: {
      ...load([1]).environment,
      startedAt: new Date(Date.parse(load([1]).environment.startedAt) + 1000 * afterSeconds).toISOString(),
    },
  });
  const whole = (afterSeconds: number) => mergedLoad([load([1], begun(0)), load([2], begun(afterSeconds))], ['a', 'b']);
  expect(whole(4)).toMatchObject({ valid: true, invalidBecause: null });
  expect(whole(30)).toMatchObject({
    valid: false,
    invalidBecause: 'b began 30 s after a, of loads of 21 s: the target never had all of it at once',
  });
});

test('segments of two different loads are no parts of one; one that was broken off is', () => {
  const part = (number: number, more: Partial<ThroughputResult> = {}) =>
    load([1, 2], {
      ...{ seconds: 15, offeredPerSecond: 150 },
      environment: { ...load([1]).environment, part: { number, of: 2 } },
      ...more,
    });
  const merge = (more: Partial<ThroughputResult>) => () => mergedLoad([part(1), part(2, more)], ['a', 'b']);
  expect(merge({ offeredPerSecond: 151 })().offeredPerSecond).toBe(301);
  expect(merge({ offeredPerSecond: 50 })).toThrow(
    expect.objectContaining({ why: 'a was offered 150 requests/s, b 50' }),
  );
  expect(merge({ seconds: 3 })).toThrow(expect.objectContaining({ why: 'a is of 15 s, b of 3 s' }));
  expect(merge({ seconds: 3, partial: true })().partial).toBe(true);
});

for (const [does, other, why] of [
  ['another mode', { mode: 'closed' }, 'of mode open, b of mode closed'],
  ['a search', { breakpoint: { requestsPerSecond: 1, because: '', steps: [] } }, 'breaking point'],
  ['another operation', { environment: { ...load([1]).environment, path: '/other' } }, '/other'],
  ['no histograms', { series: load([1]).series.map(({ buckets: _, ...point }) => point) }, 'older version'],
] as const) {
  test(`a part with ${does} is no part of the load`, () => {
    const part = { ...load([1]), ...other } as ThroughputResult;
    expect(() => mergedLoad([load([1]), part], ['a', 'b'])).toThrow(
      expect.objectContaining({ name: 'UserError', why: expect.stringContaining(why) }),
    );
  });
}
