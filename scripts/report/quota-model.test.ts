import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../contracts/lib/seeded-random.ts';
import { concurrencyLimit } from '../../load/limiters/concurrency.ts';
import { fixedWindow } from '../../load/limiters/fixed-window.ts';
import { leakyQueue } from '../../load/limiters/leaky-queue.ts';
import type { Limiter } from '../../load/limiters/limiter.ts';
import { slidingCounter } from '../../load/limiters/sliding-counter.ts';
import { slidingLog } from '../../load/limiters/sliding-log.ts';
import { tiers } from '../../load/limiters/tiers.ts';
import { tokenBucket } from '../../load/limiters/token-bucket.ts';
import type { LimitsResult, ObservationRow } from '../results/results.ts';
import { sampleLimits } from '../results/sample-results.fixture.ts';
import type { Tier } from './limits-model.ts';
import { type QuotaPoint, quotaLines } from './quota-model.ts';

/** The replay is held against the limiters of the reference API: what they say is left is what is drawn. */

const [sample] = sampleLimits().limits;
if (!sample) throw new Error('the sample has a limit');

function tier(more: Partial<Tier>): Tier {
  return { ...(sample as Tier), windowSeconds: null, anchor: null, ...more };
}

function found(limits: readonly Tier[], observations: readonly ObservationRow[]): LimitsResult {
  return { ...sampleLimits(), limits, evidence: { ...sampleLimits().evidence, quota: [], observations } };
}

interface Seen {
  readonly row: ObservationRow;
  readonly remaining: number;
}

/** Bursts and pauses against a limiter, from time 0, and what it said was left after each request. */
function asked(limiter: Limiter, seed: number): Seen[] {
  const random = seededRandom(seed);
  const seen: Seen[] = [];
  let atMs = 0;
  for (let number = 1; number <= 160; number += 1) {
    const { admitted, remaining = 0 } = limiter.decide(atMs, 'key');
    const at = atMs / 1000;
    seen.push({
      row: [number, at, at + 0.001, admitted ? 201 : 429, admitted ? 'admitted' : 'rejected', 'valid', 'primary'],
      remaining,
    });
    atMs += random() < 0.9 ? 5 + Math.floor(50 * random()) : 300 + Math.floor(1500 * random());
  }
  return seen;
}

/** The last value of a line at a time. */
function valueAt(points: readonly QuotaPoint[], second: number): number {
  return points.filter(([at]) => at <= second + 1e-9).at(-1)?.[1] ?? Number.NaN;
}

const WINDOW_MS = 1700;
const window = { capacity: 12, windowSeconds: WINDOW_MS / 1000 } as const;
const grid = { kind: 'grid', originMs: -730 } as const;
const rows: readonly { does: string; limiter: Limiter; tier: Tier; isShare?: true; isGuessed?: true }[] = [
  {
    does: 'a fixed window from the first request',
    limiter: fixedWindow({ capacity: 12, windowMs: WINDOW_MS, anchor: { kind: 'first-request' } }),
    tier: tier({ ...window, algorithm: 'fixed-window', anchor: 'first-request' }),
  },
  {
    does: 'a fixed window on the clock, whose phase no result tells',
    limiter: fixedWindow({ capacity: 12, windowMs: WINDOW_MS, anchor: grid }),
    tier: tier({ ...window, algorithm: 'fixed-window', anchor: 'clock' }),
    isGuessed: true,
  },
  {
    does: 'a sliding log',
    limiter: slidingLog({ capacity: 12, windowMs: WINDOW_MS }),
    tier: tier({ ...window, algorithm: 'sliding-log' }),
  },
  {
    does: 'a sliding log that counts rejected requests',
    limiter: slidingLog({ capacity: 12, windowMs: WINDOW_MS, countsRejected: true }),
    tier: tier({ ...window, algorithm: 'sliding-log', countsRejected: true }),
  },
  {
    does: 'a sliding counter',
    limiter: slidingCounter({
      capacity: 12,
      windowMs: WINDOW_MS,
      rounding: 'none',
      anchor: { kind: 'grid', originMs: 0 },
    }),
    tier: tier({ ...window, algorithm: 'sliding-counter', anchor: 'first-request' }),
    isShare: true,
  },
  {
    does: 'a bucket',
    limiter: tokenBucket({ burst: 12, refillPerSecond: 7 }),
    tier: tier({ capacity: 12, algorithm: 'token-bucket', refillPerSecond: 7 }),
    isShare: true,
  },
  {
    does: 'a bucket that refills in steps',
    limiter: tokenBucket({
      burst: 12,
      refillPerSecond: 8,
      step: { intervalMs: 500, anchor: { kind: 'first-request' } },
    }),
    tier: tier({ capacity: 12, algorithm: 'token-bucket', refillPerSecond: 8, refillIntervalSeconds: 0.5 }),
    isShare: true,
  },
  {
    does: 'a leaky queue',
    limiter: leakyQueue({ ratePerSecond: 8, queue: 11 }),
    tier: tier({ capacity: 12, algorithm: 'leaky-queue', refillPerSecond: 8 }),
    isShare: true,
  },
];

describe('the quota that is drawn is what the limiter says is left:', () => {
  for (const { does, limiter, tier: known, isShare, isGuessed } of rows)
    test(does, () => {
      const seen = asked(limiter, 4);
      expect(seen.filter(({ row }) => row[4] === 'rejected').length).toBeGreaterThan(10);
      const [line] = quotaLines(
        found(
          [known],
          seen.map(({ row }) => row),
        ),
      );
      const points = line?.points ?? [];
      const times = points.map(([at]) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const { row, remaining } of seen) {
        const drawn = valueAt(points, row[1]);
        // Limiters tell whole requests; a share of one that is on its way is drawn.
        if (isGuessed) expect(row[4] === 'rejected' ? drawn : 0, `request ${row[0]}`).toBe(0);
        else if (isShare) expect(Math.abs(drawn - remaining), `request ${row[0]}`).toBeLessThanOrEqual(1);
        else expect(drawn, `request ${row[0]}`).toBe(remaining);
      }
    });
});

test('a concurrency limit is drawn by what is in flight', () => {
  const limiter = concurrencyLimit({ capacity: 2 });
  const [first, second, third] = [0, 0.1, 0.2].map((at) => limiter.decide(at * 1000, 'key').admitted);
  expect([first, second, third]).toEqual([true, true, false]);
  const observation = (number: number, sent: number, received: number, isAdmitted: boolean): ObservationRow => [
    ...([number, sent, received, isAdmitted ? 201 : 429, isAdmitted ? 'admitted' : 'rejected'] as const),
    'valid',
    'primary',
  ];
  const [line] = quotaLines(
    found(
      [tier({ capacity: 2, algorithm: 'concurrency' })],
      [observation(1, 0, 1, true), observation(2, 0.1, 0.5, true), observation(3, 0.2, 0.21, false)],
    ),
  );
  expect([0, 0.1, 0.3, 0.5, 1].map((at) => valueAt(line?.points ?? [], at))).toEqual([1, 0, 0, 1, 2]);
});

test('each of two tiers has a line of its own, told apart by its name', () => {
  const limiter = tiers([
    fixedWindow({ capacity: 5, windowMs: 300, anchor: { kind: 'first-request' } }),
    slidingLog({ capacity: 12, windowMs: WINDOW_MS }),
  ]);
  const seen = asked(limiter, 9);
  const inner = tier({
    ...{ algorithm: 'fixed-window', anchor: 'first-request', capacity: 5, capacityRange: [5, 5] },
    ...{ windowSeconds: 0.3, windowSecondsRange: [0.3, 0.3] },
  });
  const outer = tier({
    ...{ ...window, algorithm: 'sliding-log', capacityRange: [12, 12], windowSecondsRange: [1.7, 1.7] },
  });
  const lines = quotaLines(
    found(
      [inner, outer],
      seen.map(({ row }) => row),
    ),
  );
  expect(lines.map(({ label }) => label)).toEqual(['5 requests per 0.3 s', '12 requests per 1.7 s']);
  for (const { row, remaining } of seen) {
    const left = Math.min(...lines.map(({ points }) => valueAt(points, row[1])));
    if (row[4] === 'rejected') expect(left, `request ${row[0]}`).toBe(0);
    else expect(left, `request ${row[0]}`).toBe(remaining);
  }
});

test('what the finder sampled is drawn where a ban keeps it from being replayed; an undecided limit has no line', () => {
  const sampled = sampleLimits();
  const banned = { ...sampled, penaltySeconds: 30 };
  const [line] = quotaLines(banned);
  expect(line?.points.at(-1)).toEqual([
    sampled.evidence.quota.at(-1)?.atSeconds,
    sampled.evidence.quota.at(-1)?.remaining,
  ]);
  expect(quotaLines({ ...banned, evidence: { ...sampled.evidence, quota: [] } })).toEqual([]);
  expect(quotaLines({ ...sampled, limits: [tier({ ...window, algorithm: 'unknown' })] })).toEqual([]);
  expect(quotaLines(found([], sampled.evidence.observations))).toEqual([]);
});

test('requests with another key, and invalid ones that do not count, use up nothing', () => {
  const seen = asked(slidingLog({ capacity: 12, windowMs: WINDOW_MS }), 4).map(({ row }) => row);
  const other = (
    [number, sent, received]: ObservationRow,
    kind: 'valid' | 'invalid',
    identity: 'primary' | 'second-key',
  ) =>
    [
      number,
      sent,
      received,
      kind === 'valid' ? 201 : 400,
      kind === 'valid' ? 'admitted' : 'other',
      kind,
      identity,
    ] as const;
  const known = tier({ ...window, algorithm: 'sliding-log' });
  const alone = quotaLines(found([known], seen));
  const mixed = [
    ...seen,
    ...seen.map((row) => other(row, 'valid', 'second-key')),
    ...seen.map((row) => other(row, 'invalid', 'primary')),
  ];
  expect(quotaLines(found([known], mixed))).toEqual(alone);
  const counts = quotaLines({ ...found([known], mixed), countsInvalid: true });
  expect(counts).not.toEqual(alone);
});

test('a quota that the answers are against is not drawn; one that others had begun to use is', () => {
  const rowsOf = (limiter: Limiter) => asked(limiter, 6).map(({ row }) => row);
  const seen = rowsOf(slidingLog({ capacity: 12, windowMs: WINDOW_MS }));
  const known = tier({ ...window, algorithm: 'sliding-log' });
  expect(quotaLines(found([known], seen))).toHaveLength(1);
  for (const wrong of [{ capacity: 7 }, { capacity: 20 }, { windowSeconds: 4 }, { windowSeconds: 0.6 }])
    expect(quotaLines(found([{ ...known, ...wrong }], seen)), JSON.stringify(wrong)).toEqual([]);
  const used = slidingLog({ capacity: 12, windowMs: WINDOW_MS });
  for (let request = 0; request < 4; request += 1) used.decide(0, 'key');
  expect(quotaLines(found([known], rowsOf(used)))).toHaveLength(1);
});
