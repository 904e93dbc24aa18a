import { describe, expect, it } from 'vitest';
import type { Outcome } from './engine.ts';
import type { Volley } from './log.ts';
import { askShedding, isRandom, type Shedding } from './shedding.ts';
import { seededRandom } from './testing/simulate.ts';

const row = (text: string): boolean[] => [...text].map((fate) => fate === '+');

describe('rejections at random', () => {
  it.each([0.05, 0.2, 0.5, 0.8])('are taken for that in nearly all cases: a share of %d', (share) => {
    let taken = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seededRandom(seed);
      if (isRandom(Array.from({ length: share < 0.1 ? 400 : 80 }, () => random() >= share))) taken += 1;
    }
    expect(taken).toBeGreaterThan(180);
  });

  it.each([
    ['a quota that is used up', '+'.repeat(40) + '-'.repeat(40)],
    ['windows that end in between', `${'+'.repeat(10)}${'-'.repeat(10)}`.repeat(4)],
    ['a steady refill', '+-'.repeat(40)],
    ['a steady refill, of which one request in ten is too much', '+++++++++-'.repeat(8)],
    ['two in a window that takes six', '++----'.repeat(10)],
    ['the same, not quite even', '++----++---++----++----++-----'.repeat(2)],
    ['too few to tell', '+++-+++++-++'.repeat(2)],
  ])('are not: %s', (_, text) => {
    expect(isRandom(row(text))).toBe(false);
  });
});

/** Asks a server that decides at once; each answer takes 2 to 6 ms, as the seed has it. */
function ask(seed: number, admits: (nowMs: number, random: () => number) => boolean): Shedding | null {
  const random = seededRandom(seed);
  const requests: { number: number; sentAtMs: number; receivedAtMs: number; outcome: Outcome; status: number }[] = [];
  const host = {
    nowMs: 0,
    roundTripMs: 4,
    remainingRequests: 10_000,
    probeKind: 'valid' as const,
    options: { maxInFlight: 1000 },
    requests,
  };
  const send = (): Outcome => {
    const receivedAtMs = host.nowMs + 2 + 4 * random();
    const outcome = admits(host.nowMs + 1, random) ? 'admitted' : 'rejected';
    const status = outcome === 'admitted' ? 201 : 429;
    requests.push({ number: requests.length + 1, sentAtMs: host.nowMs, receivedAtMs, outcome, status });
    return outcome;
  };
  const steps = askShedding(host);
  let volley: Volley | null = null;
  for (;;) {
    const step = steps.next(volley);
    if (step.done) return step.value;
    volley = null;
    if (step.value.kind === 'launch') send();
    else if (step.value.kind === 'settle') host.nowMs = requests.at(-1)?.receivedAtMs ?? host.nowMs;
    else if (step.value.kind === 'send') {
      const sentAtMs = host.nowMs;
      const fates = Array.from({ length: step.value.count }, send);
      const admitted = fates.filter((fate) => fate === 'admitted').length;
      volley = { admitted, rejected: fates.length - admitted, sentAtMs } as Volley;
      host.nowMs += 6;
    }
  }
}

describe('a client that keeps pace', () => {
  it.each([60, 120, 200])('does not take a bucket that is refilled with %d/s for rejections at random', (perSecond) => {
    for (let seed = 1; seed <= 100; seed += 1) {
      let [tokens, atMs] = [5, 0];
      const found = ask(seed, (nowMs) => {
        tokens = Math.min(50, tokens + ((nowMs - atMs) * perSecond) / 1000);
        atMs = nowMs;
        if (tokens < 1) return false;
        tokens -= 1;
        return true;
      });
      expect(found).toBeNull();
    }
  });

  it.each([0.1, 0.3, 0.7])('still sees rejections at random: a share of %d', (share) => {
    let seen = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const found = ask(seed, (_, random) => random() >= share);
      if (found !== null && found.share[0] <= share + 0.05 && found.share[1] >= share - 0.05) seen += 1;
    }
    expect(seen).toBeGreaterThan(80);
  });
});
