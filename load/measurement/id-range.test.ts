import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idRange } from './id-range.ts';

/** As the script keeps them. */
function taking(endsAtMs: number): (id: number, atMs: number) => readonly number[] {
  const sample = idRange(endsAtMs);
  let [low, high, nextAtMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  return (id, atMs) => {
    low = Math.min(low, id);
    high = Math.max(high, id);
    if (atMs < nextAtMs) return [];
    const { due, nextAtMs: next } = sample(low, high, atMs);
    nextAtMs = next;
    return due;
  };
}

test('the extremes told by all users are those of all ids, when each user is heard near the end', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(200))), fc.nat(1000), (rows, last) => {
      const take = taking(30_000);
      let atMs = 0;
      const told = rows.flatMap(([id, pauseMs]) => {
        atMs += pauseMs;
        return take(id, atMs);
      });
      told.push(...take(last, 29_900));
      const ids = [...rows.map(([id]) => id), last];
      expect([Math.min(...told), Math.max(...told)]).toEqual([Math.min(...ids), Math.max(...ids)]);
    }),
    { seed: 1 },
  );
});

test('rising ids are not told one by one', () => {
  const take = taking(60_000);
  const told = Array.from({ length: 10_000 }, (_, index) => take(index + 1, index)).flat();
  expect(told.length).toBeLessThan(150);
  expect(told[0]).toBe(1);
});
