/**
 * Random limiters of every kind, with what must be found of them: the sample of `npm run bench:limits` and of the
 * tests. The same random numbers give the same limiters.
 */
import {
  changingAt,
  roundRobin,
  unlimited,
  withBan,
  withCoarseClock,
  withRejection,
  withShedding,
} from '../../limiters/behaviours.ts';
import { concurrencyLimit } from '../../limiters/concurrency.ts';
import { fixedWindow } from '../../limiters/fixed-window.ts';
import { gcra } from '../../limiters/gcra.ts';
import { leakyQueue } from '../../limiters/leaky-queue.ts';
import type { Anchor, Limiter } from '../../limiters/limiter.ts';
import { slidingCounter } from '../../limiters/sliding-counter.ts';
import { slidingLog } from '../../limiters/sliding-log.ts';
import { tiers } from '../../limiters/tiers.ts';
import { tokenBucket } from '../../limiters/token-bucket.ts';
import type { Algorithm, LimitsVerdict } from '../engine.ts';
import type { Decider } from './simulate.ts';

/** What is true of one tier, as far as limits.json speaks of it. */
export interface Truth {
  readonly algorithm: Algorithm;
  readonly anchor?: 'first-request' | 'clock';
  readonly capacity: number;
  readonly windowMs?: number;
  readonly refillPerSecond?: number;
  readonly countsRejected?: boolean;
}

export interface Specimen {
  readonly kind: string;
  /** In words and numbers, to see what it is. */
  readonly description: string;
  readonly decider: Decider;
  /**
   * What must be found, tier by tier; or the verdict that is right where there is no sharp limit to be found. Of what
   * must not be called `exact` at all, any other verdict is right.
   */
  readonly truth: readonly Truth[] | LimitsVerdict['verdict'] | 'not exact';
  /** About how long one cycle takes: a window, or a full refill. */
  readonly cycleMs: number;
  /** Requests that one cycle takes. */
  readonly size: number;
  readonly serviceMs?: number;
  readonly failureRatio?: number;
  /** A rejection shuts everything out for so long. */
  readonly penaltyMs?: number;
}

type Random = () => number;

const between = (random: Random, low: number, high: number): number => low + (high - low) * random();
/** Between the two, small ones as likely as big ones. */
const spread = (random: Random, low: number, high: number): number => low * (high / low) ** random();
const pick = <Item>(random: Random, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(random() * items.length)] ?? items[0];

/** Windows are mostly round numbers, sometimes not. */
function drawWindowMs(random: Random): number {
  return random() < 0.7
    ? pick(random, [500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 300_000])
    : Math.round(spread(random, 500, 120_000));
}

function drawCapacity(random: Random): number {
  return random() < 0.6 ? pick(random, [2, 3, 5, 10, 20, 30, 50, 60, 100, 120]) : Math.round(spread(random, 2, 200));
}

function drawGrid(random: Random): Anchor {
  return { kind: 'grid', originMs: random() < 0.5 ? 0 : Math.round(between(random, 0, 1e6)) };
}

function windowed(
  kind: string,
  make: (options: { capacity: number; windowMs: number; random: Random }) => Limiter,
  truth: Omit<Truth, 'capacity' | 'windowMs'>,
): (random: Random) => Specimen {
  return (random) => {
    const capacity = drawCapacity(random);
    const windowMs = drawWindowMs(random);
    let decider = make({ capacity, windowMs, random });
    const isCoarse = random() < 0.3;
    if (isCoarse) decider = withCoarseClock(decider, 1);
    return {
      kind,
      description: `${kind} ${capacity} per ${windowMs} ms${isCoarse ? ', whole milliseconds' : ''}`,
      decider,
      truth: [{ ...truth, capacity, windowMs }],
      cycleMs: windowMs,
      size: capacity,
    };
  };
}

function bucket(
  kind: string,
  make: (options: { burst: number; refillPerSecond: number; random: Random }) => Limiter,
): (random: Random) => Specimen {
  return (random) => {
    const burst = drawCapacity(random);
    const cycleMs = drawWindowMs(random);
    const refillPerSecond = burst / (cycleMs / 1000);
    return {
      kind,
      description: `${kind} ${burst} at ${refillPerSecond.toFixed(4)}/s`,
      decider: make({ burst, refillPerSecond, random }),
      truth: [{ algorithm: 'token-bucket', capacity: burst, refillPerSecond }],
      cycleMs,
      size: burst,
    };
  };
}

function unsharp(
  kind: string,
  make: (options: { capacity: number; windowMs: number; random: Random }) => Limiter,
  truth: Specimen['truth'] = 'not exact',
): (random: Random) => Specimen {
  return (random) => {
    const capacity = drawCapacity(random);
    const windowMs = drawWindowMs(random);
    return {
      kind,
      description: `${kind} ${capacity} per ${windowMs} ms`,
      decider: make({ capacity, windowMs, random }),
      truth,
      cycleMs: windowMs,
      size: capacity,
    };
  };
}

/** Two servers with half of the capacity each, rounded up, admit an even number. */
function evenly(draw: (random: Random) => Specimen): (random: Random) => Specimen {
  return (random) => {
    const specimen = draw(random);
    const even = (truth: Truth): Truth => ({ ...truth, capacity: 2 * Math.ceil(truth.capacity / 2) });
    return typeof specimen.truth === 'string' ? specimen : { ...specimen, truth: specimen.truth.map(even) };
  };
}

const FIRST: Anchor = { kind: 'first-request' };

const DRAWERS: Record<string, (random: Random) => Specimen> = {
  'fixed-window/first-request': windowed(
    'fixed-window/first-request',
    ({ capacity, windowMs }) => fixedWindow({ capacity, windowMs, anchor: FIRST }),
    { algorithm: 'fixed-window', anchor: 'first-request' },
  ),
  'fixed-window/clock': windowed(
    'fixed-window/clock',
    ({ capacity, windowMs, random }) => fixedWindow({ capacity, windowMs, anchor: drawGrid(random) }),
    { algorithm: 'fixed-window', anchor: 'clock' },
  ),
  'sliding-log': windowed('sliding-log', (options) => slidingLog(options), {
    algorithm: 'sliding-log',
    countsRejected: false,
  }),
  'sliding-log/counts-rejected': windowed(
    'sliding-log/counts-rejected',
    (options) => slidingLog({ ...options, countsRejected: true }),
    { algorithm: 'sliding-log', countsRejected: true },
  ),
  'fixed-window/prolonged': windowed(
    'fixed-window/prolonged',
    ({ capacity, windowMs, random }) =>
      fixedWindow({ capacity, windowMs, anchor: FIRST, prolongedBy: pick(random, ['rejected', 'every']) }),
    { algorithm: 'fixed-window', anchor: 'first-request', countsRejected: true },
  ),
  'sliding-counter': windowed(
    'sliding-counter',
    ({ capacity, windowMs, random }) =>
      slidingCounter({
        capacity,
        windowMs,
        rounding: pick(random, ['down', 'up', 'nearest', 'none']),
        anchor: drawGrid(random),
      }),
    { algorithm: 'sliding-counter', countsRejected: false },
  ),
  'sliding-counter/first-request': windowed(
    'sliding-counter/first-request',
    ({ capacity, windowMs }) =>
      slidingCounter({
        capacity,
        windowMs,
        rounding: 'down',
        anchor: { kind: 'first-request' },
        countsRejected: true,
      }),
    { algorithm: 'sliding-counter', countsRejected: true },
  ),
  'token-bucket': bucket('token-bucket', (options) => tokenBucket(options)),
  gcra: bucket('gcra', ({ burst, refillPerSecond }) => gcra({ burst, emissionIntervalMs: 1000 / refillPerSecond })),
  'token-bucket/stepped': (random) => {
    const burst = Math.max(4, drawCapacity(random));
    const perStep = Math.max(1, Math.floor(burst / pick(random, [2, 3, 5, 10])));
    const intervalMs = Math.max(200, Math.round(drawWindowMs(random) / 5));
    const refillPerSecond = perStep / (intervalMs / 1000);
    return {
      kind: 'token-bucket/stepped',
      description: `token-bucket/stepped ${burst}, ${perStep} each ${intervalMs} ms`,
      decider: tokenBucket({ burst, refillPerSecond, step: { intervalMs, anchor: drawGrid(random) } }),
      truth: [{ algorithm: 'token-bucket', capacity: burst, refillPerSecond }],
      cycleMs: (burst / perStep) * intervalMs,
      size: burst,
    };
  },
  'one per window': (random) => {
    const windowMs = drawWindowMs(random);
    return {
      kind: 'one per window',
      description: `1 per ${windowMs} ms`,
      decider: fixedWindow({ capacity: 1, windowMs, anchor: FIRST }),
      truth: [{ algorithm: 'fixed-window', anchor: 'first-request', capacity: 1, windowMs }],
      cycleMs: windowMs,
      size: 1,
    };
  },
  'thousands per second': (random) => {
    const capacity = Math.round(between(random, 1000, 3000));
    return {
      kind: 'thousands per second',
      description: `${capacity} per 1000 ms`,
      decider: fixedWindow({ capacity, windowMs: 1000, anchor: FIRST }),
      truth: [{ algorithm: 'fixed-window', anchor: 'first-request', capacity, windowMs: 1000 }],
      cycleMs: 1000,
      size: capacity,
    };
  },
  'constant 503': windowed(
    'constant 503',
    ({ capacity, windowMs }) => withRejection(fixedWindow({ capacity, windowMs, anchor: FIRST }), { status: 503 }),
    { algorithm: 'fixed-window', anchor: 'first-request' },
  ),
  'slow 429': windowed(
    'slow 429',
    ({ capacity, windowMs }) => withRejection(fixedWindow({ capacity, windowMs, anchor: FIRST }), { delayMs: 150 }),
    { algorithm: 'fixed-window', anchor: 'first-request' },
  ),
  ban: (random) => {
    const capacity = drawCapacity(random);
    const windowMs = drawWindowMs(random);
    const penaltyMs = Math.round(windowMs * between(random, 1.5, 4));
    const isProlonged = random() < 0.3;
    return {
      kind: 'ban',
      description: `${capacity} per ${windowMs} ms, then shut for ${penaltyMs} ms${isProlonged ? ' from the latest' : ''}`,
      decider: withBan(fixedWindow({ capacity, windowMs, anchor: FIRST }), penaltyMs, isProlonged),
      truth: [{ algorithm: 'fixed-window', anchor: 'first-request', capacity, windowMs, countsRejected: isProlonged }],
      penaltyMs,
      cycleMs: windowMs + penaltyMs,
      size: capacity,
    };
  },
  'two tiers': (random) => {
    const capacity = pick(random, [5, 10, 20, 50]);
    const windowMs = pick(random, [500, 1000, 2000]);
    const times = pick(random, [4, 6, 10]);
    const longerMs = windowMs * times * pick(random, [2, 3, 5]);
    return {
      kind: 'two tiers',
      description: `two tiers, ${capacity} per ${windowMs} ms and ${capacity * times} per ${longerMs} ms`,
      decider: tiers([
        fixedWindow({ capacity, windowMs, anchor: FIRST }),
        fixedWindow({ capacity: capacity * times, windowMs: longerMs, anchor: FIRST }),
      ]),
      truth: [
        { algorithm: 'fixed-window', anchor: 'first-request', capacity, windowMs },
        { algorithm: 'fixed-window', anchor: 'first-request', capacity: capacity * times, windowMs: longerMs },
      ],
      cycleMs: longerMs,
      size: capacity * times,
    };
  },
  'round robin': evenly(
    windowed(
      'round robin',
      ({ capacity, windowMs }) =>
        roundRobin([
          fixedWindow({ capacity: Math.ceil(capacity / 2), windowMs, anchor: { kind: 'grid', originMs: 0 } }),
          fixedWindow({ capacity: Math.ceil(capacity / 2), windowMs, anchor: { kind: 'grid', originMs: 0 } }),
        ]),
      { algorithm: 'fixed-window', anchor: 'clock' },
    ),
  ),
  'leaky queue': (random) => {
    const queue = drawCapacity(random);
    const ratePerSecond = spread(random, 5, 100);
    return {
      kind: 'leaky queue',
      description: `leaky queue, ${queue} wait, ${ratePerSecond.toFixed(2)}/s`,
      decider: leakyQueue({ queue, ratePerSecond }),
      truth: [{ algorithm: 'leaky-queue', capacity: queue + 1, refillPerSecond: ratePerSecond }],
      cycleMs: (queue / ratePerSecond) * 1000,
      size: queue + 1,
    };
  },
  concurrency: (random) => {
    const capacity = pick(random, [2, 4, 8, 16]);
    return {
      kind: 'concurrency',
      description: `${capacity} in flight`,
      decider: concurrencyLimit({ capacity }),
      truth: [{ algorithm: 'concurrency', capacity }],
      cycleMs: 1000,
      size: capacity,
      serviceMs: between(random, 50, 500),
    };
  },
  'no limit': unsharp('no limit', () => unlimited, 'none'),
  'limit 0': unsharp('limit 0', ({ windowMs }) => fixedWindow({ capacity: 0, windowMs, anchor: FIRST })),
  'random shedding': unsharp('random shedding', ({ random }) =>
    withShedding(unlimited, between(random, 0.02, 0.5), random),
  ),
  'changing limit': unsharp('changing limit', ({ capacity, windowMs, random }) => {
    const afterMs = windowMs * between(random, 0.5, 3);
    const before = fixedWindow({ capacity, windowMs, anchor: FIRST });
    const after = fixedWindow({ capacity: Math.ceil(capacity * between(random, 1.2, 2)), windowMs, anchor: FIRST });
    // Before the first rejection nobody could tell that it had been another one.
    let limiter = before;
    return {
      decide(nowMs, key) {
        const decision = limiter.decide(nowMs, key);
        if (limiter === before && !decision.admitted) limiter = changingAt(nowMs + afterMs, before, after);
        return decision;
      },
      wouldAdmit: (nowMs, key) => limiter.wouldAdmit(nowMs, key),
    };
  }),
  'unsystematic 503s': (random) => ({
    ...unsharp('unsystematic 503s', () => unlimited)(random),
    failureRatio: between(random, 0.01, 0.1),
  }),
};

export const KINDS: readonly string[] = Object.keys(DRAWERS);

/** A random limiter of this kind; throws RangeError for a kind that there is not. */
export function drawSpecimen(kind: string, random: Random): Specimen {
  const draw = DRAWERS[kind];
  if (draw === undefined) throw new RangeError(`no kind "${kind}"`);
  return draw(random);
}
