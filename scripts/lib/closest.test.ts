import { expect, test } from 'vitest';
import { closest } from './closest.ts';

const modes = ['open', 'closed', 'breakpoint', 'spike', 'soak'];
const rows: [typed: string, meant: string | null, why: string][] = [
  ['opne', 'open', 'two letters swapped'],
  ['close', 'closed', 'one left out'],
  ['breakpoints', 'breakpoint', 'one too many'],
  ['SPIKE', 'spike', 'case'],
  ['soka', 'soak', 'swapped at the end'],
  ['brakepiont', 'breakpoint', 'three wrong in ten'],
  ['steady', null, 'another word'],
  ['', null, 'nothing'],
];
for (const [typed, meant, why] of rows)
  test(`"${typed}" is ${meant === null ? 'none of them' : `meant to be ${meant}`}: ${why}`, () => {
    expect(closest(typed, modes)).toBe(meant);
  });
