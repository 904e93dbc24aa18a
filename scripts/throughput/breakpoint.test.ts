import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextStep, type Trial } from './breakpoint.ts';

const options = { startRate: 50, maxRate: 100_000, tolerance: 0.05, maxTrials: 60 };

function search(holds: (rate: number, trial: number) => boolean, more: Partial<typeof options> = {}) {
  const trials: Trial[] = [];
  for (;;) {
    const step = nextStep(trials, { ...options, ...more });
    if (step.kind === 'done') return { ...step, trials };
    trials.push({ ratePerSecond: step.ratePerSecond, holds: holds(step.ratePerSecond, trials.length) });
  }
}

test('the search ends just below any capacity, whatever the rate that it began with', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 50_000 }), fc.integer({ min: 1, max: 5000 }), (capacity, startRate) => {
      const { highest, isLimit, trials } = search((rate) => rate <= capacity, { startRate });
      expect(highest).toBeLessThanOrEqual(capacity);
      expect(highest).toBeGreaterThanOrEqual(capacity * 0.94 - 0.2);
      expect(isLimit).toBe(true);
      expect(trials.length).toBeLessThanOrEqual(45);
    }),
    { seed: 1 },
  );
});

test('one bad trial at a rate that holds is no limit', () => {
  const { highest } = search((rate, trial) => rate <= 1000 && trial !== 1 && trial !== 4);
  expect(highest).toBeGreaterThanOrEqual(940);
});

test('the rate that is reported was measured twice', () => {
  const { highest, trials } = search((rate) => rate <= 777);
  expect(trials.filter(({ ratePerSecond }) => ratePerSecond === highest).length).toBeGreaterThanOrEqual(2);
});

test('where nothing fails up to the highest rate, that is said', () => {
  expect(search(() => true, { maxRate: 300 })).toMatchObject({ highest: 300, isLimit: false });
});

test('where nothing holds, there is no rate', () => {
  expect(search(() => false)).toMatchObject({ highest: null, isLimit: true });
});

test('a rate that held once and then failed twice is not reported', () => {
  const seen = new Map<number, number>();
  const { highest } = search((rate) => {
    const times = (seen.get(rate) ?? 0) + 1;
    seen.set(rate, times);
    return rate <= 400 && !(rate > 380 && times > 1);
  });
  expect(highest).toBeLessThanOrEqual(400);
});
