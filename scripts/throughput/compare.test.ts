import { expect, test } from 'vitest';
import { seededRandom } from '../../contracts/lib/seeded-random.ts';
import type { ThroughputResult } from '../results/results.ts';
import { compareLoads, studentQuantile } from './compare.ts';

/** A load of `seconds`, with noise that lasts a little, around these levels. */
function load(seed: number, seconds: number, levels: { accepted: number; p95: number }): ThroughputResult {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let drift = 0;
  const series = Array.from({ length: seconds }, (_, second) => {
    drift = 0.4 * drift + 0.1 * normal();
    const p95 = levels.p95 * Math.exp(drift);
    const accepted = Math.round(levels.accepted * Math.exp(0.02 * normal()));
    return {
      second,
      requests: accepted,
      accepted,
      limited: 0,
      failed: 0,
      p50: p95 / 2,
      p95,
      p99: p95 * 2 * Math.exp(0.2 * normal()),
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

for (const seconds of [8, 30, 120]) {
  test(`of two loads of ${seconds} s that are alike, at most 8 in 100 are said to differ`, () => {
    const runs = 400;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const { verdict } = compareLoads(load(2 * run, seconds, same), load(2 * run + 1, seconds, same), 0.05);
      if (verdict !== 'no-difference') alarms += 1;
    }
    expect(alarms / runs).toBeLessThan(0.08);
  });
}

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
