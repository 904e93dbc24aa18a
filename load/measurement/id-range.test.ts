import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idRange, lastMomentsMs } from './id-range.ts';

/** As the script keeps them; null: an answer without an id. Gives what was told. */
function toldOf(atOnceFromMs: number, answers: readonly (readonly [id: number | null, atMs: number])[]): number[] {
  const told: number[] = [];
  const sample = idRange(atOnceFromMs, (id) => told.push(id));
  let [low, high, nextAtMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const [id, atMs] of answers) {
    low = Math.min(low, id ?? low);
    high = Math.max(high, id ?? high);
    if (atMs >= nextAtMs) nextAtMs = sample(low, high, atMs);
  }
  return told;
}

test('the extremes told by a user are those of all its ids, when any answer comes after the last of them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(200)), { minLength: 1 }), (rows) => {
      let atMs = 0;
      const answers = rows.map(([id, pauseMs]): [number, number] => {
        atMs += pauseMs;
        return [id, atMs];
      });
      const ids = rows.map(([id]) => id);
      const extremes = [Math.min(...ids), Math.max(...ids)];
      for (const told of [
        toldOf(lastMomentsMs(99_999, false, false), [...answers, [null, atMs + 100]]),
        // In the last moments, and where the load may end at any time, nothing more needs to come.
        toldOf(lastMomentsMs(0, false, false), answers),
        toldOf(lastMomentsMs(60_000, true, true), answers),
        // Users ask until the end: their last answers come after it.
        toldOf(lastMomentsMs(atMs, true, false), answers),
      ])
        expect([Math.min(...told), Math.max(...told)]).toEqual(extremes);
    }),
    { seed: 1 },
  );
});

test('rising ids are not told one by one', () => {
  const told = toldOf(
    60_000,
    Array.from({ length: 10_000 }, (_, index) => [index + 1, index]),
  );
  expect(told.length).toBeLessThan(250);
  expect(told[0]).toBe(1);
});
