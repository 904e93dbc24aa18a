import { describe, expect, it } from 'vitest';
import { Log } from './log.ts';
import { seededRandom } from './testing/simulate.ts';

/** Sends and settles single requests as listed: number, sent, received, fate. In the order of the events. */
function logOf(rows: readonly (readonly [number, number, number, 'admitted' | 'rejected'])[]): Log {
  const log = new Log();
  const events = rows.flatMap(([number, sentMs, receivedMs, fate]) => [
    { atMs: sentMs, run: () => log.send(log.open(number), number, sentMs) },
    { atMs: receivedMs, run: () => log.settle(number, receivedMs, fate) },
  ]);
  for (const { run } of events.sort((a, b) => a.atMs - b.atMs)) run();
  return log;
}

describe('a volley that is admitted after a rejection', () => {
  it('shows that quota returned', () => {
    const log = logOf([
      [1, 0, 50, 'rejected'],
      [2, 60, 110, 'admitted'],
    ]);
    expect(log.volleys[1]?.isAfterRejection).toBe(true);
  });

  it('shows nothing where the rejection overlapped an admission, which may have come after it', () => {
    const log = logOf([
      [1, 0, 50, 'admitted'],
      [2, 30, 90, 'rejected'],
      [3, 95, 140, 'admitted'],
    ]);
    expect(log.volleys[2]?.isAfterRejection).toBe(false);
  });
});

describe('a drought', () => {
  it('does not begin before everything was decided that was admitted', () => {
    const log = logOf([
      [1, 0, 200, 'admitted'],
      [2, 30, 90, 'rejected'],
      [3, 100, 140, 'rejected'],
      [4, 300, 340, 'rejected'],
    ]);
    expect(log.turns.droughts).toEqual([{ fromMs: 200, toMs: 299 }]);
  });
});

describe('settled volleys', () => {
  it('are not those that were opened and not sent yet: what becomes of them is still to be seen', () => {
    const log = logOf([[1, 0, 50, 'admitted']]);
    const volley = log.open(2);
    expect(log.settledVolleys).toBe(1);
    log.send(volley, 2, 60);
    expect(log.settledVolleys).toBe(1);
    log.settle(2, 70, 'rejected');
    expect(log.settledVolleys).toBe(2);
  });
});

describe('counts over a span', () => {
  it('are those of a count one by one, however often they are asked for, and wherever requests crowd', () => {
    const random = seededRandom(7);
    const log = new Log();
    const sent: { readonly sentMs: number; readonly receivedMs: number; readonly isAdmitted: boolean }[] = [];
    let nowMs = 0;
    for (let number = 1; number <= 120; number += 1) {
      // Whole milliseconds, so that many moments are equal; now and then a long silence.
      nowMs += random() < 0.05 ? 5000 : Math.floor(3 * random());
      const receivedMs = nowMs + Math.floor(20 * random());
      const isAdmitted = random() < 0.4;
      log.send(log.open(number), number, nowMs);
      log.settle(number, receivedMs, isAdmitted ? 'admitted' : 'rejected');
      // The log begins each interval one tick of a clock earlier.
      sent.push({ sentMs: nowMs - 1, receivedMs, isAdmitted });
      for (let asked = 0; asked < 60; asked += 1) {
        const one = sent[Math.floor(sent.length * random())]?.sentMs ?? 0;
        const fromMs = random() < 0.1 ? Number.NEGATIVE_INFINITY : one - Math.floor(3 * random());
        const toMs = random() < 0.1 ? Number.POSITIVE_INFINITY : one + Math.floor(random() * 100);
        const counts = [true, false].flatMap((admitted) => {
          const those = sent.filter((request) => request.isAdmitted === admitted);
          // Surely inside are those received by the end, but for as many as were sent before the beginning.
          const receivedByEnd = those.filter(({ receivedMs }) => receivedMs <= toMs).length;
          const sentBefore = those.filter(({ sentMs }) => sentMs < fromMs).length;
          return [
            toMs < fromMs ? 0 : Math.max(0, receivedByEnd - sentBefore),
            those.filter(({ sentMs, receivedMs }) => sentMs <= toMs && receivedMs >= fromMs && toMs >= fromMs).length,
          ];
        });
        expect([
          log.surelyAdmitted(fromMs, toMs),
          log.possiblyAdmitted(fromMs, toMs),
          log.surelyRejected(fromMs, toMs),
          log.possiblyRejected(fromMs, toMs),
        ]).toEqual(counts);
      }
    }
  });
});
