import { describe, expect, it } from 'vitest';
import { withBan } from '../../limiters/behaviours.ts';
import { fixedWindow } from '../../limiters/fixed-window.ts';
import { slidingCounter } from '../../limiters/sliding-counter.ts';
import { slidingLog } from '../../limiters/sliding-log.ts';
import { tokenBucket } from '../../limiters/token-bucket.ts';
import type { Range } from '../engine.ts';
import { Log } from '../log.ts';
import { httpRequestRate } from '../testing/real/proxies.ts';
import type { Decider } from '../testing/simulate.ts';
import { seededRandom } from '../testing/simulate.ts';
import { fixedWindowFirstRequest, fixedWindowGrid } from './fixed-window.ts';
import type { Box, Model } from './model.ts';
import { penalised } from './penalty.ts';
import { slidingCounter as slidingCounterModel } from './sliding-counter.ts';
import { slidingLog as slidingLogModel } from './sliding-log.ts';
import { steppedBucket, tokenBucket as tokenBucketModel } from './token-bucket.ts';

const CLOCK_AT_ZERO_MS = 250_000;

/** Random volleys and silences against a limiter, over a network that is slow, uneven, and loses some answers. */
function record(limiter: Decider, cycleMs: number, capacity: number, seed: number): Log {
  const random = seededRandom(seed);
  const log = new Log();
  let nowMs = 0;
  let number = 0;
  for (let volleys = 0; volleys < 60; volleys += 1) {
    const volley = log.open(number + 1);
    const size = random() < 0.5 ? 1 : 1 + Math.floor(random() * capacity);
    const requests = Array.from({ length: size }, () => {
      number += 1;
      log.send(volley, number, nowMs);
      const tookMs = 1 + random() * 30;
      return { number, decidedMs: nowMs + random() * tookMs, receivedMs: nowMs + tookMs, isLost: random() < 0.01 };
    });
    for (const request of requests.sort((a, b) => a.decidedMs - b.decidedMs)) {
      const { admitted } = limiter.decide(request.decidedMs + CLOCK_AT_ZERO_MS, 'key');
      log.settle(request.number, request.receivedMs, request.isLost ? 'unknown' : admitted ? 'admitted' : 'rejected');
    }
    nowMs += 32 + random() ** 3 * cycleMs;
  }
  return log;
}

/**
 * The same without waiting for answers: short rows of single requests that overtake each other. What the model foretells
 * for each is held against what became of it, as `foretold` tells.
 */
function recordOverlapping(limiter: Decider, cycleMs: number, seed: number, foretold: (seen: Seen) => void): Log {
  const random = seededRandom(seed);
  const log = new Log();
  const agenda: { atMs: number; run: () => void }[] = [];
  let nowMs = 0;
  for (let number = 1; number <= 160; number += 1) {
    const sentMs = nowMs;
    const tookMs = 1 + random() * 40;
    const decidedMs = sentMs + random() * tookMs;
    const isLost = random() < 0.01;
    let admitted = false;
    agenda.push({
      atMs: sentMs,
      run: () => {
        log.send(log.open(number), number, sentMs);
      },
    });
    agenda.push({
      atMs: decidedMs,
      run: () => {
        admitted = limiter.decide(decidedMs + CLOCK_AT_ZERO_MS, 'key').admitted;
        foretold({ log, decidedMs, admitted });
      },
    });
    agenda.push({
      atMs: sentMs + tookMs,
      run: () => log.settle(number, sentMs + tookMs, isLost ? 'unknown' : admitted ? 'admitted' : 'rejected'),
    });
    nowMs += random() < 0.8 ? random() * 25 : random() * cycleMs;
  }
  for (const { run } of agenda.sort((a, b) => a.atMs - b.atMs)) run();
  return log;
}

interface Seen {
  readonly log: Log;
  readonly decidedMs: number;
  readonly admitted: boolean;
}

const FIRST = { kind: 'first-request' } as const;

const rows: { title: string; limiter: (seed: number) => Decider; model: Model; box: Box; capacity: number }[] = [
  {
    title: 'fixed window from the first request',
    limiter: () => fixedWindow({ capacity: 12, windowMs: 1500, anchor: { kind: 'first-request' } }),
    model: fixedWindowFirstRequest('nothing'),
    box: [[1500, 1500]],
    capacity: 12,
  },
  {
    title: 'window prolonged by rejected requests',
    limiter: () =>
      fixedWindow({ capacity: 12, windowMs: 700, anchor: { kind: 'first-request' }, prolongedBy: 'rejected' }),
    model: fixedWindowFirstRequest('rejected'),
    box: [[700, 700]],
    capacity: 12,
  },
  {
    title: 'window prolonged by every request',
    limiter: () =>
      fixedWindow({ capacity: 12, windowMs: 700, anchor: { kind: 'first-request' }, prolongedBy: 'every' }),
    model: fixedWindowFirstRequest('every'),
    box: [[700, 700]],
    capacity: 12,
  },
  {
    title: 'fixed window on a grid',
    limiter: () =>
      fixedWindow({ capacity: 12, windowMs: 1500, anchor: { kind: 'grid', originMs: CLOCK_AT_ZERO_MS + 333 } }),
    model: fixedWindowGrid,
    box: [
      [1500, 1500],
      [333, 333],
    ],
    capacity: 12,
  },
  {
    title: 'sliding log',
    limiter: () => slidingLog({ capacity: 12, windowMs: 1500 }),
    model: slidingLogModel(false),
    box: [[1500, 1500]],
    capacity: 12,
  },
  {
    title: 'sliding log that counts rejected requests',
    limiter: () => slidingLog({ capacity: 12, windowMs: 500, countsRejected: true }),
    model: slidingLogModel(true),
    box: [[500, 500]],
    capacity: 12,
  },
  ...(['down', 'nearest', 'up'] as const).map((rounding, index) => ({
    title: `sliding counter rounded ${rounding}`,
    limiter: () =>
      slidingCounter({
        capacity: 12,
        windowMs: 1500,
        rounding,
        anchor: { kind: 'grid', originMs: CLOCK_AT_ZERO_MS + 333 },
      }),
    model: slidingCounterModel(false),
    box: [
      [1500, 1500],
      [333, 333],
      [index, index],
    ] as Box,
    capacity: 12,
  })),
  {
    // Rejected requests do not count, and turn its windows over all the same.
    title: 'small sliding counter from the first request, rounded up',
    limiter: () => slidingCounter({ capacity: 2, windowMs: 300, rounding: 'up', anchor: { kind: 'first-request' } }),
    model: slidingCounterModel(false, 'first-request'),
    box: [
      [300, 300],
      [2, 2],
    ],
    capacity: 2,
  },
  {
    title: 'sliding counter of HAProxy',
    limiter: () => httpRequestRate(12, 500),
    model: slidingCounterModel(true, 'first-request'),
    box: [
      [500, 500],
      [0, 0],
    ],
    capacity: 12,
  },
  ...[true, false].map((countsRejected) => ({
    title: `sliding counter from the first request${countsRejected ? ', rejected requests count' : ''}`,
    limiter: () =>
      slidingCounter({
        capacity: 12,
        windowMs: 500,
        rounding: 'down',
        anchor: { kind: 'first-request' },
        countsRejected,
      }),
    model: slidingCounterModel(countsRejected, 'first-request'),
    box: [
      [500, 500],
      [0, 0],
    ] as Box,
    capacity: 12,
  })),
  {
    title: 'token bucket',
    limiter: () => tokenBucket({ burst: 12, refillPerSecond: 8 }),
    model: tokenBucketModel,
    box: [[0.008, 0.008]],
    capacity: 12,
  },
  {
    title: 'token bucket refilled in steps',
    limiter: () =>
      tokenBucket({
        burst: 12,
        refillPerSecond: 8,
        step: { intervalMs: 500, anchor: { kind: 'grid', originMs: CLOCK_AT_ZERO_MS + 333 } },
      }),
    model: steppedBucket,
    box: [
      [4, 4],
      [500, 500],
      [333, 333],
    ],
    capacity: 12,
  },
  ...(['first', 'latest'] as const).flatMap((from) => [
    {
      title: `window from the first request with a penalty from the ${from} rejection`,
      limiter: () => withBan(fixedWindow({ capacity: 6, windowMs: 700, anchor: FIRST }), 900, from === 'latest'),
      model: penalised(fixedWindowFirstRequest('nothing'), from),
      box: [
        [700, 700],
        [900, 900],
      ] as Box,
      capacity: 6,
    },
    {
      title: `window on a grid with a penalty from the ${from} rejection`,
      limiter: () =>
        withBan(
          fixedWindow({ capacity: 6, windowMs: 700, anchor: { kind: 'grid', originMs: CLOCK_AT_ZERO_MS + 333 } }),
          900,
          from === 'latest',
        ),
      model: penalised(fixedWindowGrid, from),
      box: [
        [700, 700],
        [333, 333],
        [900, 900],
      ] as Box,
      capacity: 6,
    },
    {
      title: `sliding log with a penalty from the ${from} rejection`,
      limiter: () => withBan(slidingLog({ capacity: 6, windowMs: 700 }), 900, from === 'latest'),
      model: penalised(slidingLogModel(false), from),
      box: [
        [700, 700],
        [900, 900],
      ] as Box,
      capacity: 6,
    },
    {
      title: `bucket with a penalty from the ${from} rejection`,
      limiter: () => withBan(tokenBucket({ burst: 6, refillPerSecond: 8 }), 900, from === 'latest'),
      model: penalised(tokenBucketModel, from),
      box: [
        [0.008, 0.008],
        [900, 900],
      ] as Box,
      capacity: 6,
    },
  ]),
];

describe('a model is never refuted by what its own kind of limiter does', () => {
  for (const { title, limiter, model, box, capacity } of rows)
    it(title, () => {
      for (let seed = 1; seed <= 25; seed += 1) {
        const log = record(limiter(seed), 1500, capacity, seed);
        const { contradiction, capacity: range } = model.explain(box, [1, 100], log, [], 0);
        expect({ seed, contradiction }).toEqual({ seed, contradiction: null });
        expect(range[0]).toBeLessThanOrEqual(capacity);
        expect(range[1]).toBeGreaterThanOrEqual(capacity);
      }
    });
});

describe('a model is not refuted by its own kind where requests overtake each other', () => {
  for (const { title, limiter, model, box, capacity } of rows)
    it(title, () => {
      for (let seed = 1; seed <= 25; seed += 1) {
        for (const isFresh of [false, true]) {
          const log = recordOverlapping(limiter(seed), 1500, seed, ({ log: soFar }) => {
            soFar.isFresh = isFresh;
          });
          const { contradiction, capacity: range } = model.explain(box, [1, 100], log, [], 0);
          expect({ seed, isFresh, contradiction }).toEqual({ seed, isFresh, contradiction: null });
          expect(range[0]).toBeLessThanOrEqual(capacity);
          expect(range[1]).toBeGreaterThanOrEqual(capacity);
          expect(model.contract?.(box, log, [1, 1000]).contradiction ?? null).toBeNull();
        }
      }
    });
});

describe('what is foretold comes true', () => {
  for (const { title, limiter, model, box, capacity } of rows)
    it(title, () => {
      for (let seed = 1; seed <= 12; seed += 1) {
        const wrong: number[] = [];
        recordOverlapping(limiter(seed), 1500, seed, ({ log, decidedMs, admitted }) => {
          log.isFresh = true;
          const [least, most] = model.explain(box, [capacity, capacity], log, [], 0).quota(decidedMs - 1, decidedMs);
          // The request itself is on its way, and may have been counted already as far as the log knows.
          if (admitted ? most <= 0 && log.inFlight === 1 : least >= 1) wrong.push(decidedMs);
        });
        expect({ seed, wrong }).toEqual({ seed, wrong: [] });
      }
    });
});

describe('a sliding counter that has forgotten everything', () => {
  it.each([0, 1, 2])('admits all of its capacity, and that is one number (rounding %i)', (rounding) => {
    const log = new Log();
    log.isFresh = true;
    const volley = log.open(1);
    for (let number = 1; number <= 31; number += 1) log.send(volley, number, 100);
    for (let number = 1; number <= 31; number += 1) log.settle(number, 105, number <= 30 ? 'admitted' : 'rejected');
    const box: Box = [
      [1500, 1500],
      [-400, -400],
      [rounding, rounding],
    ];
    const { capacity, quota } = slidingCounterModel(false).explain(box, [1, 100], log, [], 0);
    expect(capacity).toEqual([30, 30]);
    expect(quota(4000, 4001)).toEqual([30, 30]);
  });
});

describe('a window from the first request', () => {
  it('began no longer ago than its length, whatever a request without an answer may have begun', () => {
    const log = new Log();
    log.isFresh = true;
    const burst = log.open(1);
    for (let number = 1; number <= 10; number += 1) log.send(burst, number, 100);
    for (let number = 1; number <= 9; number += 1) log.settle(number, 105, 'admitted');
    const { quota } = fixedWindowFirstRequest('nothing').explain([[1000, 1000]], [10, 10], log, [], 0);
    expect(quota(600, 605)).toEqual([0, 1]);
    expect(quota(3000, 3005)[0]).toBe(9);
  });
});

describe('what narrows a box keeps the truth in it', () => {
  for (const { title, limiter, model, box } of rows)
    it.runIf(model.contract !== undefined)(title, () => {
      for (let seed = 1; seed <= 25; seed += 1) {
        const log = record(limiter(seed), 1500, 12, seed);
        const wide = box.map(([value], at): Range => {
          const { isWhole, lengthIndex } = model.parameters[at] ?? { isWhole: true };
          if (isWhole) return [value, value];
          return lengthIndex === undefined ? [0.4 * value, 1.9 * value] : [value - 400, value + 300];
        });
        const contracted = model.contract?.(wide, log, [1, 1000]);
        expect({ seed, contradiction: contracted?.contradiction }).toEqual({ seed, contradiction: null });
        for (const [at, [value]] of box.entries()) {
          const [low, high] = contracted?.box?.[at] ?? [0, 0];
          expect(low).toBeLessThanOrEqual(value + 1);
          expect(high).toBeGreaterThanOrEqual(value - 1);
        }
      }
    });
});

describe('a model is refuted', () => {
  it('by a limiter of another kind', () => {
    const log = record(tokenBucket({ burst: 12, refillPerSecond: 8 }), 1500, 12, 1);
    for (const windowMs of [300, 700, 1500, 3000]) {
      const explanation = fixedWindowFirstRequest('nothing').explain([[windowMs, windowMs]], [1, 100], log, [], 0);
      expect(explanation.contradiction).not.toBeNull();
    }
  });

  it('by a window of another length', () => {
    const log = record(slidingLog({ capacity: 12, windowMs: 1500 }), 1500, 12, 1);
    for (const windowMs of [1300, 1700])
      expect(slidingLogModel(false).explain([[windowMs, windowMs]], [1, 100], log, [], 0).contradiction).not.toBeNull();
  });
});
