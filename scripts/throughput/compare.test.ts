import { expect, test } from 'vitest';
import { seededRandom } from '../../contracts/lib/seeded-random.ts';
import type { ThroughputResult } from '../results/results.ts';
import { compareLoads, studentQuantile } from './compare.ts';

/** A load of `seconds` around these levels, each second of which resembles the one before by a share of its noise. */
function load(
  seed: number,
  seconds: number,
  levels: { accepted: number; p95: number },
  resemblance = 0.4,
): ThroughputResult {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  /** An autoregressive series: what each value keeps of the one before, and as much new as leaves its spread at 1. */
  const noise = () => {
    let value = normal();
    return () => {
      value = resemblance * value + Math.sqrt(1 - resemblance ** 2) * normal();
      return value;
    };
  };
  const [ofRate, ofLatency, ofTail] = [noise(), noise(), noise()];
  const series = Array.from({ length: seconds }, (_, second) => {
    const p95 = levels.p95 * Math.exp(0.1 * ofLatency());
    const accepted = levels.accepted * Math.exp(0.02 * ofRate());
    return {
      second,
      requests: accepted,
      accepted,
      limited: 0,
      failed: 0,
      p50: p95 / 2,
      p95,
      p99: p95 * 2 * Math.exp(0.2 * ofTail()),
    };
  });
  return {
    schemaVersion: 1,
    mode: 'closed',
    valid: true,
    invalidBecause: null,
    bound: null,
    seconds,
    warmUpSeconds: 0,
    requests: 0,
    offeredPerSecond: 0,
    requestsPerSecond: 0,
    acceptedPerSecond: 0,
    byStatus: {},
    latencyMs: null,
    latencyMsByStatus: {},
    droppedIterations: 0,
    contract: { checked: 0, violations: 0, byRule: {}, examples: [] },
    objectives: [],
    breakpoint: null,
    series,
    environment: { assay: '1', node: '20', target: 'http://127.0.0.1', startedAt: '2026-01-02T03:04:05Z', seed: null },
  };
}

const same = { accepted: 500, p95: 20 };

/** Where 5 in 100 are meant, 8 in 100 of so many comparisons are chance. */
const RUNS = 250;

for (const [seconds, resemblance] of [
  [8, 0],
  [8, 0.7],
  [15, 0.4],
  [15, 0.85],
  [30, 0.7],
  [120, 0.95],
] as const) {
  test(`of two loads of ${seconds} s that are alike, 5 in 100 are said to differ, where seconds resemble the one before by ${resemblance}`, () => {
    let alarms = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const [a, b] = [load(2 * run, seconds, same, resemblance), load(2 * run + 1, seconds, same, resemblance)];
      if (compareLoads(a, b, 0.05).verdict !== 'no-difference') alarms += 1;
    }
    expect(alarms / RUNS).toBeLessThanOrEqual(0.08);
  });
}

test.each([
  [15, 0, 0.8],
  [60, 0.7, 0.7],
])(
  'of two loads of %i s whose seconds resemble each other by %d, one that takes 1.3 times as long is found in most cases',
  (seconds, resemblance, share) => {
    let found = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const [a, b] = [same, { ...same, p95: 1.3 * same.p95 }].map((levels, index) =>
        load(2 * run + index, seconds, levels, resemblance),
      ) as [ThroughputResult, ThroughputResult];
      if (compareLoads(a, b, 0.05).differences.some(({ metric, verdict }) => metric === 'p95' && verdict === 'worse'))
        found += 1;
    }
    expect(found / RUNS).toBeGreaterThan(share);
  },
);

test('a load that is worse beyond the tolerance is found, and one within it is no finding', () => {
  const worse = compareLoads(load(1, 60, same), load(2, 60, { accepted: 440, p95: 20 }), 0.05);
  expect(worse).toMatchObject({ verdict: 'worse', isWorseBeyondTolerance: true });
  const [accepted] = worse.differences;
  expect(accepted?.change).toBeCloseTo(-0.12, 1);
  expect(accepted?.changeRange?.[0]).toBeLessThan(-0.12);
  expect(accepted?.changeRange?.[1]).toBeGreaterThan(-0.12);
  const slightly = compareLoads(load(1, 60, same), load(2, 60, { accepted: 485, p95: 20 }), 0.05);
  expect(slightly).toMatchObject({ verdict: 'worse', isWorseBeyondTolerance: false });
});

test('quicker answers are better', () => {
  const { differences, verdict } = compareLoads(load(1, 60, same), load(2, 60, { accepted: 500, p95: 10 }), 0.05);
  expect(verdict).toBe('better');
  expect(differences.find(({ metric }) => metric === 'p95')?.verdict).toBe('better');
});

test('too few seconds show nothing, and that is said; so are loads that are not alike', () => {
  const short = compareLoads(load(1, 4, same), load(2, 4, { accepted: 5, p95: 900 }), 0.05);
  expect(short.verdict).toBe('no-difference');
  expect(short.differences[0]?.because).toBe('4 seconds with a value, and 5 are needed');
  const other = { ...load(2, 60, same), mode: 'open' as const, valid: false, invalidBecause: 'partial' };
  expect(compareLoads(load(1, 60, same), other, 0.05).cautions).toEqual([
    'A is of mode closed, B of mode open',
    'B is not valid: partial',
  ]);
});

test("Student's quantiles are those of the tables", () => {
  for (const [p, freedom, t] of [
    [0.05, 1, 12.706],
    [0.05, 10, 2.228],
    [0.01, 5, 4.032],
    [0.05, 1000, 1.962],
  ] as const)
    expect(studentQuantile(p, freedom)).toBeCloseTo(t, 2);
});
