import { expect, it } from 'vitest';
import type { Decider } from '../simulate.ts';
import { cellRate } from './gcra.ts';
import { httprate, timeRate, ululeLimiter } from './go-libraries.ts';
import { bucket4j } from './managed.ts';
import { limitsFixedWindow, limitsMovingWindow, limitsSlidingWindowCounter } from './python-libraries.ts';
import recorded from './traces.json' with { type: 'json' };

/**
 * Each counterpart decides as the implementation did, which was run under a clock of its own
 * (`npm run bench:limiters -- --record`): five requests a second, fifteen hundred requests.
 */

/** 2000-01-01 and 2023-11-14: where the clocks of Go's tests and of the other programs begin. */
const GO_START_MS = 946_684_800_000;
const START_MS = 1_700_000_000_000;

const bucket = (refill: 'greedy' | 'intervally', refillTokens: number): Decider =>
  bucket4j({ capacity: 5, refillTokens, refillPeriodMs: 1000, refill, createdAtMs: START_MS });

const counterparts: Readonly<Record<keyof typeof recorded.traces, readonly [Decider, number]>> = {
  'x/time/rate': [timeRate(5, 5), GO_START_MS],
  throttled: [cellRate({ burst: 5, count: 5, periodMs: 1000 }), GO_START_MS],
  ulule: [ululeLimiter(5, 1000), GO_START_MS],
  httprate: [httprate(5, 1000, GO_START_MS), GO_START_MS],
  'limits fixed-window': [limitsFixedWindow(5, 1000), START_MS + 0.25],
  'limits moving-window': [limitsMovingWindow(5, 1000), START_MS + 0.25],
  'limits sliding-window-counter': [limitsSlidingWindowCounter(5, 1000), START_MS + 0.25],
  'bucket4j greedy': [bucket('greedy', 5), START_MS],
  'bucket4j greedy 7': [bucket('greedy', 7), START_MS],
  'bucket4j intervally': [bucket('intervally', 2), START_MS],
  'bucket4j intervally in full': [bucket('intervally', 5), START_MS],
  governor: [cellRate({ burst: 5, count: 5, periodMs: 1000 }), START_MS],
  'governor without a burst': [cellRate({ burst: 1, count: 5, periodMs: 1000 }), START_MS],
};

it.each(Object.entries(counterparts))('%s', (name, [counterpart, startMs]) => {
  let nowMs = startMs;
  let decisions = '';
  for (const gapMs of recorded.gapsMs) {
    nowMs += gapMs;
    decisions += counterpart.decide(nowMs, 'key').admitted ? '1' : '0';
  }
  const real = (recorded.traces as Record<string, string>)[name] ?? '';
  const differing = [...real].flatMap((decision, index) => (decision === decisions[index] ? [] : [index]));
  expect(differing).toEqual([]);
  expect(real).toHaveLength(recorded.gapsMs.length);
  expect(real.match(/0/g)?.length).toBeGreaterThan(300);
});
