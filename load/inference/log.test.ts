import { describe, expect, it } from 'vitest';
import { Log } from './log.ts';

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
