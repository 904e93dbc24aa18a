import { describe, expect, it } from 'vitest';
import type { Range } from '../engine.ts';
import { type Fate, Log } from '../log.ts';
import type { Explanation } from './model.ts';
import { tokenBucket } from './token-bucket.ts';

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
