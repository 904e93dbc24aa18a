import type { Json } from '../lib/operation.ts';
import { floorQuotient, isMultipleOf, leastCommonMultiple, multiple } from './decimal.ts';
import { FRACTION, INTEGER, type LeafFormula } from './formula.ts';
import { EMPTY, type Solution, UNKNOWN } from './solver.ts';

/** Multiples of the step that are tried before giving up. */
const MAX_TRIES = 4000;

/** Numbers: bounds, steps (wanted and unwanted), whole or not, excluded values. Exact on the decimals meant. */
export function solveNumber(leaves: readonly LeafFormula[], types: number, excluded: readonly Json[]): Solution {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [isLowOpen, isHighOpen] = [false, false];
  const steps: number[] = [];
  const refusedSteps: number[] = [];
  for (const { leaf, isNegated } of leaves) {
    if (leaf.kind === 'atLeast') [low, isLowOpen] = [leaf.n, leaf.exclusive];
    if (leaf.kind === 'atMost') [high, isHighOpen] = [leaf.n, leaf.exclusive];
    if (leaf.kind === 'multiple') (isNegated ? refusedSteps : steps).push(leaf.n);
  }
  const isInside = (value: number): boolean =>
    Number.isFinite(value) &&
    (isLowOpen ? value > low : value >= low) &&
    (isHighOpen ? value < high : value <= high) &&
    (types & (Number.isInteger(value) ? INTEGER : FRACTION)) !== 0;
  const isWanted = (value: number): boolean =>
    isInside(value) &&
    steps.every((step) => isMultipleOf(value, step)) &&
    !refusedSteps.some((step) => isMultipleOf(value, step)) &&
    !excluded.includes(value);
  if (low > high || (low === high && (isLowOpen || isHighOpen))) return EMPTY;
  const needsWhole = types === INTEGER;
  if (!needsWhole && steps.length === 0) return realNumber(low, high, isWanted, excluded.length, refusedSteps);

  const grid = leastCommonMultiple(needsWhole ? [1, ...steps] : steps);
  const from = low === Number.NEGATIVE_INFINITY ? null : floorQuotient(low, grid);
  const to = high === Number.POSITIVE_INFINITY ? null : floorQuotient(high, grid);
  if (refusedSteps.some((step) => isMultipleOf(multiple(grid, 1n), step))) return EMPTY;
  const start = from ?? to ?? 0n;
  const direction = from === null && to !== null ? -1n : 1n;
  const around = from !== null && from <= 1n && (to === null || to >= 1n) ? [1n, 0n, 2n, -1n] : [];
  for (const times of around)
    if (isWanted(multiple(grid, times))) return { kind: 'value', value: multiple(grid, times) };
  for (let tries = 0n; tries < BigInt(MAX_TRIES); tries++) {
    const times = start + direction * tries;
    if (to !== null && direction > 0n && times > to) return EMPTY;
    const value = multiple(grid, times);
    if (isWanted(value)) return { kind: 'value', value };
    const mirrored = multiple(grid, start - direction * tries);
    if (isWanted(mirrored)) return { kind: 'value', value: mirrored };
  }
  return UNKNOWN;
}

/** No step is asked for and fractions are allowed: something between the bounds will do. */
function realNumber(
  low: number,
  high: number,
  isWanted: (value: number) => boolean,
  excludedCount: number,
  refusedSteps: readonly number[],
): Solution {
  if (low === high) return isWanted(low) ? { kind: 'value', value: low } : EMPTY;
  const [left, right] = [
    low === Number.NEGATIVE_INFINITY ? (high === Number.POSITIVE_INFINITY ? -4 : high - 8) : low,
    high === Number.POSITIVE_INFINITY ? (low === Number.NEGATIVE_INFINITY ? 4 : low + 8) : high,
  ];
  const near = Math.ceil(left);
  const candidates = [0, 1, 0.5, near, near + 1, near - 1, left, right, left + 0.5, right - 0.5, (left + right) / 2];
  for (const step of refusedSteps) candidates.push(step / 2, left + step / 2, right - step / 2, near + step / 2);
  const width = right - left;
  for (let part = 1; part <= 2 * excludedCount + 40; part++) {
    candidates.push(near + part, near + part + 0.5, rounded(left + (width * part) / (2 * excludedCount + 41), width));
  }
  const value = candidates.find(isWanted);
  return value === undefined ? UNKNOWN : { kind: 'value', value };
}

/** A few digits are enough to tell points of an interval of this width apart. */
function rounded(value: number, width: number): number {
  const digits = Math.min(15, Math.max(0, 4 - Math.floor(Math.log10(width))));
  const short = Number(value.toFixed(digits));
  return Number.isFinite(short) ? short : value;
}
