import { describe, expect, it } from 'vitest';
import { type Answered, rateOf } from './in-flight.ts';
import { seededRandom } from './testing/simulate.ts';

/** Answers of a queue that lets one through every 20 ms, each on its way back for up to so long; some get lost. */
function answersOf(seed: number, wayMs: number, lossRatio: number, pauseAt: number | null): Answered[] {
  const random = seededRandom(seed);
  let turnMs = 1000;
  return Array.from({ length: 200 }, (_, index) => {
    // With a pause the queue ran dry: the next one came late and did not have to wait.
    const isLate = index === pauseAt;
    turnMs += isLate ? 300 : 20;
    const sentAtMs = isLate ? turnMs - 1 : turnMs - 150;
    const isLost = random() < lossRatio;
    return {
      number: index + 1,
      sentAtMs,
      receivedAtMs: turnMs + random() * wayMs,
      outcome: isLost ? 'lost' : 'admitted',
    };
  });
}

describe('the rate of a queue', () => {
  it.each([
    { wayMs: 4, lossRatio: 0, pauseAt: null },
    { wayMs: 4, lossRatio: 0.02, pauseAt: null },
    { wayMs: 4, lossRatio: 0, pauseAt: 100 },
    { wayMs: 12, lossRatio: 0.02, pauseAt: 60 },
  ])('encloses the truth: $wayMs ms, $lossRatio lost, dry at $pauseAt', ({ wayMs, lossRatio, pauseAt }) => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const [low, high] = rateOf(answersOf(seed, wayMs, lossRatio, pauseAt), wayMs);
      expect(low).toBeLessThanOrEqual(1 / 20);
      expect(high).toBeGreaterThanOrEqual(1 / 20);
      expect(high / low).toBeLessThan(1.06);
    }
  });
});
