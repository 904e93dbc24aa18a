import { describe, expect, it } from 'vitest';
import { seededRandom } from '../simulate.ts';
import { drawRealLimiter, REAL_KINDS, type RealLimiter } from './index.ts';

/** What is said to be true of each counterpart is what it does: its burst, and what comes back when. */

const NOW_MS = 1_000_003_500.25;

function burst(decide: (nowMs: number, key: string) => { admitted: boolean }, atMs: number, requests: number): number {
  let admitted = 0;
  for (
    let index = 0;
    index < requests;
    index += 1 // No two requests come at the very same moment: floats of seconds are rounded.
  )
    if (decide(atMs + index / 1000, 'key').admitted) admitted += 1;
  return admitted;
}

describe.each(REAL_KINDS)('%s', (kind) => {
  const drawn = (): RealLimiter[] => {
    const random = seededRandom(REAL_KINDS.indexOf(kind) + 1);
    return Array.from({ length: 20 }, () => drawRealLimiter(kind, random));
  };

  it('admits in one burst what it is said to', () => {
    for (const { decider, truth, description } of drawn()) {
      if (!Array.isArray(truth)) continue;
      const capacity = Math.min(...truth.map((tier) => tier.capacity));
      expect(burst(decider.decide, NOW_MS, capacity + 5), description).toBe(capacity);
    }
  });

  it('has all of it again after two cycles of silence, and nothing without silence', () => {
    for (const { decider, truth, cycleMs, penaltyMs = 0, description } of drawn()) {
      if (!Array.isArray(truth) || truth[0].algorithm === 'concurrency') continue;
      const capacity = Math.min(...truth.map((tier) => tier.capacity));
      burst(decider.decide, NOW_MS, capacity);
      expect(decider.decide(NOW_MS + 0.01, 'key').admitted, description).toBe(false);
      expect(burst(decider.decide, NOW_MS + 2 * cycleMs + penaltyMs + 2, capacity + 5), description).toBe(capacity);
    }
  });

  it('admits in the long run as many as its window or refill says', () => {
    for (const { decider, truth, cycleMs, penaltyMs, description } of drawn()) {
      const [tier] = Array.isArray(truth) && truth.length === 1 ? truth : [];
      // Those that count what they reject, or ban, admit next to nothing to a client that never rests.
      if (
        tier === undefined ||
        penaltyMs !== undefined ||
        tier.countsRejected === true ||
        tier.algorithm === 'concurrency'
      )
        continue;
      const perCycle = tier.windowMs === undefined ? (tier.refillPerSecond * cycleMs) / 1000 : tier.capacity;
      const cycles = 12;
      const stepMs = cycleMs / (8 * Math.max(perCycle, 1));
      let admitted = 0;
      for (let atMs = NOW_MS; atMs < NOW_MS + cycles * cycleMs; atMs += stepMs) {
        if (decider.decide(atMs, 'key').admitted) admitted += 1;
      }
      const expected = perCycle * cycles;
      // A window more or less by where the first and last one begin; steps and whole milliseconds cost a little.
      expect(admitted, description).toBeGreaterThan(0.85 * expected - tier.capacity - 1);
      expect(admitted, description).toBeLessThan(1.02 * expected + tier.capacity + 1);
    }
  });
});
