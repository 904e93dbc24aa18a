import { expect, test } from 'vitest';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { ThroughputSummary } from '../../load/measurement/lines.ts';
import { parseLoadProfile } from '../../load/measurement/profile.ts';
import { measure } from './measurement.ts';
import { type Run, throughputResult } from './result.ts';
import { snapshotWith } from './snapshots.fixture.ts';
import { summaryLines } from './summary-lines.ts';

const { operation } = readContract('contracts/create-chat');

function run(
  { dropped, ...counts }: Record<string, number>,
  more: Partial<Run> = {},
  env: Record<string, string> = {},
): Run {
  const profile = parseLoadProfile(
    { ASSAY_RATE: '100', ASSAY_DURATION_SECONDS: '4', ...env },
    { isLoopback: true },
    operation.limit,
  );
  return {
    operation,
    profile,
    measurement: measure(
      Object.keys(counts).length === 0 ? [] : [snapshotWith(4000, counts, dropped === undefined ? {} : { dropped })],
      0,
      0,
      operation,
    ),
    summary: null,
    examples: [],
    brokenOff: null,
    unfinished: 0,
    k6CpuShare: 0.2,
    share: 1,
    mostUsers: 7,
    k6PeakMemoryBytes: 90_000_000,
    createdBefore: 1,
    environment: {
      assay: '1',
      node: '20',
      target: 'http://127.0.0.1',
      startedAt: '2026-01-02T03:04:05.000Z',
      seed: null,
    },
    ...more,
  };
}

const accepted = (count: number) => ({ 201: count });

test('a load that kept its rate is valid, bound by nothing, and has its percentiles within a bucket', () => {
  const result = throughputResult(run(accepted(400)));
  expect(result).toMatchObject({
    valid: true,
    bound: null,
    seconds: 4,
    requestsPerSecond: 100,
    offeredPerSecond: 100,
    created: 401,
  });
  expect(Math.abs(Math.log2((result.latencyMs?.p95 ?? 0) / 10))).toBeLessThan(1 / 8);
});

for (const [does, counts, more, because, bound] of [
  [
    'too many dropped arrivals',
    { ...accepted(390), dropped: 10 },
    {},
    '10 of 400 arrivals could not start',
    'capacity',
  ],
  [
    'a generator that took the processors',
    accepted(400),
    { k6CpuShare: 0.93 },
    'the generator was the bottleneck: k6 took 93 %',
    null,
  ],
  [
    'an interruption',
    accepted(150),
    { brokenOff: { atSeconds: 1.5, why: 'interrupted' } },
    'partial: interrupted after 1.5 s of 4 s',
    null,
  ],
  [
    'requests that never ended',
    accepted(150),
    { unfinished: 50 },
    '50 of 200 requests still had no answer 11 s after the load',
    null,
  ],
  ['no answer at all', { 0: 400 }, {}, 'no request was answered', null],
  ['nothing measured', {}, {}, 'no request ended', null],
] as const) {
  test(`a load is not valid for ${does}`, () => {
    const result = throughputResult(run(counts, more));
    expect(result).toMatchObject({ valid: false, invalidBecause: expect.stringContaining(because), bound });
    expect(summaryLines(result).at(-1)).toContain(because);
  });
}

const lagging = (p95: number): ThroughputSummary => {
  const ms = { min: 0, p50: 1, p90: 1, p95, p99: p95, p999: p95, max: 2 * p95 };
  return { acceptedMs: ms, byStatusMs: {}, startLagMs: ms, dropped: 0, violations: 0, createdIds: null };
};

test('a generator that starts requests late is the bottleneck, and without dropped arrivals that is known', () => {
  expect(throughputResult(run(accepted(400), { summary: lagging(250) }))).toMatchObject({
    valid: false,
    invalidBecause: expect.stringContaining('one request in 20 started more than 250 ms after its time'),
    generator: { cpuShare: 0.2, peakMemoryBytes: 90_000_000, startLagP95Ms: 250, startLagMaxMs: 500 },
  });
  expect(throughputResult(run(accepted(400), { summary: lagging(20) })).valid).toBe(true);
  expect(throughputResult(run({ ...accepted(399), dropped: 1 }, { summary: lagging(250) }))).toMatchObject({
    valid: true,
    generator: { startLagP95Ms: null, startLagMaxMs: null },
  });
});

test('arrivals dropped in one bad second make a load not valid, and do not say that the target is at its capacity', () => {
  const snapshots = [1, 2, 3, 4].map((second) =>
    snapshotWith(second * 1000, { 201: second * 95 }, { dropped: second === 1 ? 0 : 20 }),
  );
  const measurement = measure(snapshots, 0, 0, operation);
  expect(throughputResult(run({}, { measurement }))).toMatchObject({
    valid: false,
    invalidBecause:
      '20 of 400 arrivals could not start in time, in 1 of 4 s, because all 7 users still waited for answers, and k6 makes more of them (up to 200) only slowly',
    bound: null,
  });
});

test('a few dropped arrivals are told, and the load is still valid', () => {
  const result = throughputResult(run({ ...accepted(398), dropped: 2 }));
  expect(result).toMatchObject({ valid: true, droppedIterations: 2, bound: null });
  expect(summaryLines(result).join('\n')).toContain(
    '2 arrivals that could not start in time; percentiles leave them out',
  );
});

test('a load whose answers are rejected is limiter-bound, with the limit that bound it', () => {
  const result = throughputResult(run({ ...accepted(120), 429: 280 }));
  expect(result).toMatchObject({ bound: 'limiter', byStatus: { 201: 120, 429: 280 }, acceptedPerSecond: 30 });
  expect(summaryLines({ ...result, boundBy: '120/60s' }).join('\n')).toContain(
    'limiter-bound: the target rejects what is more (120/60s)',
  );
});

test('objectives are weighed by what was measured', () => {
  const result = throughputResult(run({ ...accepted(399), 0: 1 }, {}, { ASSAY_OBJECTIVES: 'p95<5ms,failed<1%' }));
  expect(result.objectives.map(({ holds }) => holds)).toEqual([false, true]);
  expect(result.objectives[1]?.value).toBe(0.25);
});
