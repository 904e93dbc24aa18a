import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLimit } from '../../contracts/lib/limit-grammar.ts';
import type { FoundLimit, LimitsVerdict } from '../../load/inference/engine.ts';
import { type Admission, admissionsBeyond, compareWithExpectation } from './expectation.ts';
import { fixedWindow, tokenBucket, unknownWindow, verdictWith } from './verdict-fixture.ts';

const exact = (...limits: FoundLimit[]) => verdictWith(limits);
const bounded = (...limits: FoundLimit[]) => verdictWith(limits, { verdict: 'bounded', reason: 'out of budget' });
const none = verdictWith([], { verdict: 'none' });
const fast: FoundLimit = {
  ...fixedWindow,
  capacity: 10,
  capacityRange: [10, 10],
  windowSeconds: 1,
  windowSecondsRange: [0.99, 1.01],
};
const log: FoundLimit = { ...fixedWindow, algorithm: 'sliding-log', anchor: null };
const concurrency: FoundLimit = {
  ...fixedWindow,
  algorithm: 'concurrency',
  capacity: 8,
  capacityRange: [8, 8],
  windowSeconds: null,
  windowSecondsRange: null,
};
const closed: FoundLimit = { ...unknownWindow, capacity: 0, capacityRange: [0, 0], windowSecondsRange: null };
const queue: FoundLimit = { ...tokenBucket, algorithm: 'leaky-queue' };

/** `count` requests, `everyMs` apart, each decided within 1 ms. */
const evenly = (count: number, everyMs: number): Admission[] =>
  Array.from({ length: count }, (_, index) => ({ sentAtMs: index * everyMs, receivedAtMs: index * everyMs + 1 }));

const cases: [
  does: string,
  expected: string,
  verdict: LimitsVerdict,
  admissions: Admission[],
  agrees: boolean | null,
  differences: string[],
][] = [
  ['agrees with the same N and T', '120/60s', exact(fixedWindow), [], true, []],
  ['agrees with T in other units', '120/1m', exact(fixedWindow), [], true, []],
  ['agrees with the algorithm too', 'fixed-window:120/60s', exact(fixedWindow), [], true, []],
  ['does not care for the algorithm unless one is named', '120/60s', exact(log), [], true, []],
  [
    'names another algorithm',
    'sliding-log:120/60s',
    exact(fixedWindow),
    [],
    false,
    ['expected sliding-log, found fixed-window'],
  ],
  ['names another N', '121/60s', exact(fixedWindow), [], false, ['expected a limit of 121, found 120']],
  ['names another T', '120/59s', exact(fixedWindow), [], false, ['expected a window of 59 s, found 59.97 to 60.02 s']],
  [
    'names both',
    '100/1s',
    exact(fixedWindow),
    [],
    false,
    ['expected a limit of 100, found 120', 'expected a window of 1 s, found 59.97 to 60.02 s'],
  ],
  // 20 per 4 s is a refill of 5 a second.
  ['takes a bucket whose burst is N and whose refill is N per T', '20/4s', exact(tokenBucket), [], true, []],
  [
    'refuses a bucket with another refill',
    '20/5s',
    exact(tokenBucket),
    [],
    false,
    ['expected a refill of 4/s, found 4.98 to 5.02/s'],
  ],
  [
    'refuses a bucket with another burst',
    '100/20s',
    exact(tokenBucket),
    [],
    false,
    ['expected a limit of 100, found 20'],
  ],
  [
    'refuses a bucket where a window is named',
    'fixed-window:20/4s',
    exact(tokenBucket),
    [],
    false,
    ['expected fixed-window, found token-bucket'],
  ],
  ['agrees with a bucket', 'bucket:20@5/s', exact(tokenBucket), [], true, []],
  [
    'names another refill',
    'bucket:20@4/s',
    exact(tokenBucket),
    [],
    false,
    ['expected a refill of 4/s, found 4.98 to 5.02/s'],
  ],
  [
    'refuses a window where a bucket is named',
    'bucket:120@2/s',
    exact(fixedWindow),
    [],
    false,
    ['expected a token bucket, found 120 requests per 59.97 to 60.02 s (fixed-window)'],
  ],
  [
    'refuses a queue where a bucket is named',
    'bucket:20@5/s',
    exact(queue),
    [],
    false,
    ['expected a token bucket, found a burst of 20, refilled at 4.98 to 5.02/s (leaky-queue)'],
  ],
  [
    'refuses a concurrency limit',
    '8/1s',
    exact(concurrency),
    [],
    false,
    ['expected 8/1s, found at most 8 requests in flight at once'],
  ],
  ['agrees with 0 whatever the window', '0/60s', exact(closed), [], true, []],
  [
    'names more than 0',
    '5/60s',
    exact(closed),
    [],
    false,
    ['expected a limit of 5, found 0', 'expected a window of 60 s, not found out'],
  ],
  ['agrees with two tiers in any order', '120/60s+10/1s', exact(fast, fixedWindow), [], true, []],
  [
    'names one tier too few',
    '120/60s',
    exact(fast, fixedWindow),
    [],
    false,
    ['not expected, but found: 10 requests per 0.99 to 1.01 s (fixed-window)'],
  ],
  [
    'names one tier too many, and more got through',
    '10/1s+120/60s',
    exact(fast),
    evenly(300, 105),
    false,
    ['expected 120/60s, but 241 requests were accepted in 25.2 s'],
  ],
  [
    'names one tier too many, and that few requests cannot tell',
    '10/1s+120/60s',
    exact(fast),
    evenly(100, 105),
    null,
    ['nothing was found of 120/60s, and too few requests were sent to exclude it'],
  ],
  [
    'is within the bounds',
    '120/60s',
    bounded(unknownWindow),
    [],
    null,
    ['expected a window of 60 s, found 55 to 65 s'],
  ],
  [
    'is excluded by the bounds',
    '120/66s',
    bounded(unknownWindow),
    [],
    false,
    ['expected a window of 66 s, found 55 to 65 s'],
  ],
  [
    'is excluded by N',
    '119/60s',
    bounded(unknownWindow),
    [],
    false,
    ['expected a limit of 119, found 120', 'expected a window of 60 s, found 55 to 65 s'],
  ],
  [
    'is within bounds without an end',
    '500/60s',
    bounded({ ...unknownWindow, capacityRange: [90, Number.POSITIVE_INFINITY], windowSecondsRange: null }),
    [],
    null,
    ['expected a limit of 500, found at least 90', 'expected a window of 60 s, not found out'],
  ],
  [
    'has an algorithm that was not found out',
    'sliding-log:120/60s',
    bounded(unknownWindow),
    [],
    null,
    ['expected sliding-log, the algorithm was not found out', 'expected a window of 60 s, found 55 to 65 s'],
  ],
  [
    'is a bucket that was not found out',
    'bucket:120@2/s',
    bounded(unknownWindow),
    [],
    null,
    ['expected token-bucket, the algorithm was not found out'],
  ],
  [
    'is met, but not proven',
    '120/60s',
    bounded({ ...unknownWindow, windowSecondsRange: [60, 60] }),
    [],
    null,
    ['120/60s is possible, not proven'],
  ],
  // 2 N may fall into T: the end of one window and the start of the next.
  [
    'is beyond what no rejection allows',
    '120/60s',
    none,
    evenly(241, 10),
    false,
    ['expected 120/60s, but 241 requests were accepted in 2.401 s'],
  ],
  [
    'is not beyond it with 2 N',
    '120/60s',
    none,
    evenly(240, 10),
    null,
    ['nothing was found of 120/60s, and too few requests were sent to exclude it'],
  ],
  [
    'is not beyond it where they took longer',
    '120/60s',
    none,
    evenly(241, 251),
    null,
    ['nothing was found of 120/60s, and too few requests were sent to exclude it'],
  ],
  [
    'names one tier too many, before the one that was found',
    '120/60s+10/1s',
    exact(fast),
    evenly(100, 105),
    null,
    ['nothing was found of 120/60s, and too few requests were sent to exclude it'],
  ],
  [
    'is a log, of which N + 1 are beyond',
    'sliding-log:120/60s',
    none,
    evenly(121, 10),
    false,
    ['expected sliding-log:120/60s, but 121 requests were accepted in 1.201 s'],
  ],
  [
    'is not decided by an inconclusive verdict',
    '120/60s',
    verdictWith([fixedWindow], { verdict: 'inconclusive', reason: 'it sheds at random' }),
    evenly(500, 1),
    null,
    ['nothing certain was found: it sheds at random'],
  ],
];

describe('an expectation', () => {
  it.each(cases)('%s (%s)', (_, expected, verdict, admissions, agrees, differences) => {
    expect(compareWithExpectation(parseLimit(expected), verdict, admissions)).toEqual({ agrees, differences });
  });

  it('pairs tiers so that the fewest differ', () => {
    const { agrees, differences } = compareWithExpectation(parseLimit('10/1s+120/30s'), exact(fixedWindow, fast), []);
    expect(agrees).toBe(false);
    expect(differences).toEqual(['expected a window of 30 s, found 59.97 to 60.02 s']);
  });
});

describe('admissions beyond a limit', () => {
  it('are never claimed of a limiter that admitted them', () => {
    fc.assert(
      fc.property(
        fc.record({ burst: fc.integer({ min: 0, max: 8 }), rate: fc.integer({ min: 1, max: 50 }) }),
        fc.array(fc.record({ gapMs: fc.nat(400), lagMs: fc.nat(30) }), { maxLength: 60 }),
        ({ burst, rate }, arrivals) => {
          // A token bucket that decides somewhere between sending and receiving.
          let tokens = burst;
          let lastMs = 0;
          let nowMs = 0;
          const admitted: Admission[] = [];
          for (const { gapMs, lagMs } of arrivals) {
            nowMs += gapMs;
            tokens = Math.min(burst, tokens + ((nowMs - lastMs) * rate) / 1000);
            lastMs = nowMs;
            if (tokens < 1) continue;
            tokens -= 1;
            admitted.push({ sentAtMs: nowMs - lagMs, receivedAtMs: nowMs + lagMs });
          }
          return admissionsBeyond({ kind: 'bucket', burst, refillPerSecond: rate }, admitted) === null;
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  it('are more than a full burst', () => {
    const atOnce = Array.from({ length: 3 }, () => ({ sentAtMs: 5, receivedAtMs: 5 }));
    expect(admissionsBeyond({ kind: 'bucket', burst: 3, refillPerSecond: 1 }, atOnce)).toBeNull();
    expect(admissionsBeyond({ kind: 'bucket', burst: 2, refillPerSecond: 1 }, atOnce)).toEqual({
      count: 3,
      seconds: 0,
    });
  });

  it('are found by the closest requests of a longer trace', () => {
    const admitted = [
      ...evenly(30, 1000),
      ...[40_000, 40_010, 40_020].map((sentAtMs) => ({ sentAtMs, receivedAtMs: sentAtMs + 5 })),
    ];
    // 2 + 1/s in 25 ms is 2.025 at most, and 3 were accepted.
    expect(admissionsBeyond({ kind: 'bucket', burst: 2, refillPerSecond: 1 }, admitted)).toEqual({
      count: 3,
      seconds: 0.025,
    });
  });
});
