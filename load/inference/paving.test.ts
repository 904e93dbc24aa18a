import { expect, it } from 'vitest';
import { Log } from './log.ts';
import { oneByOneBucket } from './models/token-bucket.ts';
import { Hypothesis } from './paving.ts';

const ROUND_TRIP_MS = 300;

/** Ten at once and one right after, each time at such a moment; every second one token more. */
function burstsOfTen(...moments: readonly number[]): Log {
  const log = new Log();
  log.isFresh = true;
  let number = 0;
  const send = (atMs: number, count: number, fate: 'admitted' | 'rejected'): void => {
    const volley = log.open(number + 1);
    const numbers = Array.from({ length: count }, (_, index) => number + index + 1);
    for (const one of numbers) log.send(volley, one, atMs);
    for (const one of numbers) log.settle(one, atMs + ROUND_TRIP_MS, fate);
    number += count;
  };
  for (const atMs of moments) {
    send(atMs, 10, 'admitted');
    send(atMs + ROUND_TRIP_MS, 1, 'rejected');
  }
  return log;
}

function capacityAfter(log: Log): readonly [number, number] | null {
  const hypothesis = new Hypothesis(oneByOneBucket, {
    capacity: [1, 22],
    windowMs: [990, 1010],
    refillPerMs: [0.0005, 0.002],
    boundaryMs: [0, 1010],
  });
  for (const _ of hypothesis.narrowCapacity(log, 10, 2000));
  return hypothesis.range('capacity');
}

it('leaves the size of a bucket open as long as a token may have come in each of its bursts', () => {
  expect(capacityAfter(burstsOfTen(1000, 13_000, 26_000))).toEqual([9, 10]);
});

it('finds no other size once bursts lie where no grid has a token for each of them', () => {
  expect(capacityAfter(burstsOfTen(1000, 13_500, 26_250, 39_750))).toEqual([10, 10]);
});
