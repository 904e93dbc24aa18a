import { describe, expect, it } from 'vitest';
import { isRandom } from './shedding.ts';
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
