import { describe, expect, it } from 'vitest';
import type { Range } from '../engine.ts';
import { type Fate, Log } from '../log.ts';
import { ban } from './ban.ts';
import type { Explanation } from './model.ts';
import { oneByOneBucket, steppedBucket, tokenBucket } from './token-bucket.ts';

/** Requests sent together: how many of them were answered so, and after how long; no `tookMs`: still under way. */
type Answers = readonly (readonly [count: number, fate: Fate, tookMs?: number])[];

/** Volleys by time of sending, in whole seconds of a clock that has run for a while. */
function logOf(volleys: readonly (readonly [atMs: number, ...answers: Answers])[]): Log {
  const log = new Log();
  log.isFresh = true;
  let number = 0;
  for (const [atMs, ...answers] of volleys) {
    const volley = log.open(number + 1);
    const settles: (() => void)[] = [];
    for (const [count, fate, tookMs] of answers) {
      for (let one = 0; one < count; one += 1) {
        number += 1;
        const id = number;
        log.send(volley, id, atMs);
        if (tookMs !== undefined) settles.push(() => log.settle(id, atMs + tookMs, fate));
      }
    }
    for (const settle of settles) settle();
  }
  return log;
}

function explain(log: Log, perSecond: Range, capacity: Range): Explanation {
  return tokenBucket.explain([[perSecond[0] / 1000, perSecond[1] / 1000]], capacity, log, [], 0);
}

describe('what is known of a bucket', () => {
  it('is not forgotten for one answer that is still missing', () => {
    const log = logOf([
      [1000, [10, 'admitted', 10], [1, 'rejected', 10]],
      [9500, [7, 'admitted', 10], [1, 'unknown']],
    ]);
    // 8.5 came until the second volley, 8 of them may have been taken, and 5.5 more came since.
    expect(explain(log, [1, 1], [10, 10]).quota(15_000, 15_010)[0]).toBe(5);
  });

  it('allows for an answer that is missing since long before', () => {
    const log = logOf([
      [1000, [1, 'unknown'], [9, 'admitted', 10]],
      [1020, [2, 'rejected', 10]],
    ]);
    // It was full again before the missing one may have taken its token.
    expect(explain(log, [1, 1], [10, 10]).quota(30_000, 30_010)).toEqual([9, 10]);
  });

  it('does not forget what was taken before one that is lost was given up', () => {
    const log = logOf([
      [1000, [10, 'admitted', 10], [1, 'rejected', 10]],
      [9000, [5, 'admitted', 10], [1, 'unknown', 21_000]],
      [14_000, [5, 'admitted', 10]],
      [19_000, [5, 'admitted', 10]],
      [24_000, [5, 'admitted', 10]],
      [29_000, [4, 'admitted', 10]],
    ]);
    // Had it been full just before the lost one took its token, it would be now. Else 32.99 came, and 25 were taken.
    expect(explain(log, [1, 1], [10, 10]).quota(34_000, 34_010)[0]).toBe(7);
  });

  it('is that it was empty when all of a volley was answered of which something was rejected', () => {
    const log = logOf([
      [1000, [10, 'admitted', 10], [1, 'rejected', 10]],
      [6500, [3, 'rejected', 10], [3, 'admitted', 12], [2, 'admitted', 14]],
    ]);
    expect(explain(log, [0.8, 1.2], [10, 10]).quota(10_600, 10_610)[0]).toBe(3);
  });

  it('is, right after a token came, that no other can have come', () => {
    const log = logOf([
      // Whether the lost one took a token is not known.
      [1000, [9, 'admitted', 10], [1, 'unknown', 10]],
      [1020, [1, 'rejected', 10]],
      [1900, [1, 'rejected', 10]],
      [2050, [1, 'admitted', 10]],
      [2070, [1, 'rejected', 10]],
    ]);
    // One came between 1.9 and 2.06 s: so the next one not before 2.9.
    const { quota } = explain(log, [1, 1], [10, 10]);
    expect(quota(2800, 2810)).toEqual([0, 0]);
    expect(quota(2800, 2910)[1]).toBe(1);
  });

  it('is how many it admitted before tokens can have come, whatever the stragglers of a volley took', () => {
    const log = logOf([[1000, [20, 'admitted', 10], [2, 'admitted', 300], [3, 'rejected', 300]]]);
    expect(explain(log, [10, 10], [1, 50]).capacity).toEqual([20, 22]);
  });
});

describe('a bucket is refuted', () => {
  it('by more rejections than requests without an answer can be to blame for', () => {
    // Were it refilled within a millisecond, each of these rejections would need a token to have been taken just before.
    const rejections = [1020, 1040, 1060, 1080].map((atMs) => [atMs, [1, 'rejected', 10]] as const);
    const oneLost = [1000, [9, 'admitted', 10], [1, 'unknown'], [1, 'rejected', 10]] as const;
    expect(explain(logOf([oneLost, ...rejections]), [1000, 2000], [1, 20]).contradiction).not.toBeNull();
    const fourLost = [1000, [6, 'admitted', 10], [4, 'unknown'], [1, 'rejected', 10]] as const;
    expect(explain(logOf([fourLost, ...rejections]), [1000, 2000], [1, 20]).contradiction).toBeNull();
  });

  it('by one token between two rejections, if two come at once', () => {
    const log = logOf([
      [1000, [10, 'admitted', 10], [1, 'rejected', 10]],
      [1500, [1, 'rejected', 10]],
      [1510, [1, 'admitted', 10]],
      [1520, [1, 'rejected', 10]],
    ]);
    const stepsOf = (tokens: number, model = steppedBucket): number | null =>
      model.explain(
        [
          [tokens, tokens],
          [500 * tokens, 700 * tokens],
          [1490, 1520],
        ],
        [1, 20],
        log,
        [],
        0,
      ).contradiction;
    expect(stepsOf(1, oneByOneBucket)).toBeNull();
    expect(stepsOf(2)).not.toBeNull();
    expect(stepsOf(3)).not.toBeNull();
  });
});

describe('what is admitted at once beyond the size of a bucket that gets one token at a time', () => {
  const bursts = (...atMs: readonly number[]) =>
    logOf(atMs.map((ms) => [ms, [10, 'admitted', 10], [1, 'rejected', 10]] as const));
  const contract = (log: Log, phaseMs: Range, capacity: Range) =>
    oneByOneBucket.contract?.([[1, 1], [1000, 1000], phaseMs], log, capacity);

  it('came while it was decided: there the grid lies', () => {
    const log = bursts(1000);
    expect(contract(log, [500, 1400], [1, 9])?.box?.[2]).toEqual([999, 1010]);
    expect(contract(log, [500, 1400], [1, 10])?.box?.[2]).toEqual([500, 1400]);
  });

  it('does not fit a smaller one twice, half an interval apart', () => {
    expect(contract(bursts(1000, 31_000), [500, 1400], [1, 9])?.contradiction).toBeNull();
    expect(contract(bursts(1000, 31_500), [500, 1400], [1, 9])).toMatchObject({ box: null, contradiction: 21 });
  });
});

describe('a ban', () => {
  const drained = (admitted: number, atMs: number) => [atMs, [admitted, 'admitted', 10], [1, 'rejected', 10]] as const;
  const explained = (log: Log) => ban.explain([[60, 5000]], [1, 200], log, [], 0).contradiction;

  it('ends with a new window: it is refuted by few that are admitted after it, and many another time', () => {
    expect(
      explained(logOf([[0, [1, 'admitted', 10]], drained(100, 1000), drained(5, 9000), drained(100, 60_000)])),
    ).not.toBeNull();
  });

  it('is not refuted by as many each time', () => {
    expect(
      explained(logOf([[0, [1, 'admitted', 10]], drained(99, 1000), drained(100, 9000), drained(100, 60_000)])),
    ).toBeNull();
  });
});
