/** Moments at even distances, of which neither the distance nor the phase is known but within ranges. */
import type { Range } from '../engine.ts';
import type { Drought, Log, Return } from '../log.ts';
import { type Box, high, low } from './model.ts';

/** Windows that follow each other, numbered; where each begins is known within a range. */
export interface Boundaries {
  /** Nothing is known of what was counted before. */
  readonly knownSinceMs: number;
  /** When window k begins at the earliest, and at the latest. */
  startLowMs(k: number): number;
  startHighMs(k: number): number;
  /** The first and the last window in which this moment may lie. */
  first(ms: number): number;
  last(ms: number): number;
  /** Nothing that came before this window still counts in it. */
  isFirst(k: number): boolean;
  /** Where windows lie is not known at that time. */
  isLost(k: number): boolean;
}

/** Boundaries at phase + k × length, both of them only known within ranges. */
export class Grid {
  readonly #phaseLow: number;
  readonly #phaseHigh: number;
  readonly #lengthLow: number;
  readonly #lengthHigh: number;

  constructor(box: Box, lengthIndex: number, phaseIndex: number) {
    this.#lengthLow = low(box, lengthIndex);
    this.#lengthHigh = high(box, lengthIndex);
    this.#phaseLow = low(box, phaseIndex);
    this.#phaseHigh = high(box, phaseIndex);
  }

  /** When window k begins. */
  startMs(k: number): Range {
    return [this.startLowMs(k), this.startHighMs(k)];
  }

  /** When window k begins at the earliest; k6's interpreter takes a range apart much more slowly than it asks twice. */
  startLowMs(k: number): number {
    return this.#phaseLow + k * (k >= 0 ? this.#lengthLow : this.#lengthHigh);
  }

  /** When window k begins at the latest. */
  startHighMs(k: number): number {
    return this.#phaseHigh + k * (k >= 0 ? this.#lengthHigh : this.#lengthLow);
  }

  /** What is admitted and was sent since then belongs to window k or to a later one. */
  sureSinceMs(k: number, { returns }: Log['turns']): number {
    const startLowMs = this.startLowMs(k);
    let sinceMs = this.startHighMs(k);
    for (let index = returns.length - 1; index >= 0; index -= 1) {
      const one = returns[index];
      if (one === undefined || one.byMs < startLowMs) break;
      // Only where the return can have been no other moment of the grid than this one.
      const isThis = this.startHighMs(k - 1) < one.afterMs && this.startLowMs(k + 1) > one.byMs;
      if (isThis) sinceMs = Math.min(sinceMs, one.sureSinceMs);
    }
    return sinceMs;
  }

  /** The first window in which this moment may lie. */
  first(ms: number): number {
    const sinceMs = ms - this.#phaseHigh;
    return Math.floor(sinceMs / (sinceMs >= 0 ? this.#lengthHigh : this.#lengthLow));
  }

  /** The last window in which this moment may lie. */
  last(ms: number): number {
    const sinceMs = ms - this.#phaseLow;
    return Math.floor(sinceMs / (sinceMs >= 0 ? this.#lengthLow : this.#lengthHigh));
  }
}

/** What is left of a box; `contradiction`: number of an observation that no box explains, and then nothing is left. */
export type Contracted =
  | { readonly box: Box; readonly contradiction: null }
  | { readonly box: null; readonly contradiction: number };

/** One of the moments lies in here; `number`: of the observation that says so. */
export type Within = Pick<Return, 'afterMs' | 'byMs' | 'number'>;

/** Passes over the returns: each may narrow what the ones before it left open. */
const PASSES = 2;

/**
 * For models whose quota returns on a grid and at no other moment: each return has a moment of the grid in it, and no
 * drought has one. Narrows length and phase of a box as far as that goes without cutting it.
 */
export function contractToGrid(
  box: Box,
  lengthIndex: number,
  phaseIndex: number,
  log: Log,
  { returns, droughts }: { readonly returns: readonly Within[]; readonly droughts: readonly Drought[] } = log.turns,
): Contracted {
  let [lengthLow, lengthHigh]: Range = [low(box, lengthIndex), high(box, lengthIndex)];
  let [phaseLow, phaseHigh]: Range = [low(box, phaseIndex), high(box, phaseIndex)];
  const contradiction = log.lastRejection?.rejectedNumber ?? 0;
  // Any span of a whole length has one of the moments in it.
  for (const { fromMs, toMs } of droughts) lengthLow = Math.max(lengthLow, toMs - fromMs);
  if (lengthLow > lengthHigh) return { box: null, contradiction };
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (let index = 0; index < returns.length; index += 1) {
      const one = returns[index];
      if (one === undefined) break;
      const { afterMs, byMs, number } = one;
      // Of the k for which phase + k × length may lie in between, the outer ones.
      const first = least(afterMs - phaseHigh, lengthLow, lengthHigh);
      const last = -least(phaseLow - byMs, lengthLow, lengthHigh);
      if (first > last) return { box: null, contradiction: number };
      if (first !== last) continue;
      const farMs = Math.max(first * lengthLow, first * lengthHigh);
      const nearMs = Math.min(first * lengthLow, first * lengthHigh);
      phaseLow = Math.max(phaseLow, afterMs - farMs);
      phaseHigh = Math.min(phaseHigh, byMs - nearMs);
      if (first > 0) {
        lengthLow = Math.max(lengthLow, (afterMs - phaseHigh) / first);
        lengthHigh = Math.min(lengthHigh, (byMs - phaseLow) / first);
      } else if (first < 0) {
        lengthLow = Math.max(lengthLow, (byMs - phaseLow) / first);
        lengthHigh = Math.min(lengthHigh, (afterMs - phaseHigh) / first);
      }
      if (phaseLow > phaseHigh || lengthLow > lengthHigh) return { box: null, contradiction: number };
    }
    for (const { fromMs, toMs } of droughts) {
      const first = least(fromMs - phaseLow, lengthLow, lengthHigh);
      // The first moment that surely comes after the drought began, whatever the parameters, and surely before it ended.
      if (phaseLow + Math.min(first * lengthLow, first * lengthHigh) < fromMs) continue;
      if (phaseHigh + Math.max(first * lengthLow, first * lengthHigh) <= toMs) return { box: null, contradiction };
    }
  }
  const contracted = box.map(
    (range, at): Range =>
      at === lengthIndex ? [lengthLow, lengthHigh] : at === phaseIndex ? [phaseLow, phaseHigh] : range,
  );
  return { box: contracted, contradiction: null };
}

/**
 * For windows and logs that have no grid: narrows their length. No drought is longer, since whatever filled the quota
 * came before it.
 */
export function contractLength(box: Box, log: Log): Contracted {
  const { droughts } = log.turns;
  let lengthLow = low(box, 0);
  for (const { fromMs, toMs } of droughts) lengthLow = Math.max(lengthLow, toMs - fromMs);
  const lengthHigh = high(box, 0);
  if (lengthLow > lengthHigh) return { box: null, contradiction: log.lastRejection?.rejectedNumber ?? 0 };
  return { box: [[lengthLow, lengthHigh], ...box.slice(1)], contradiction: null };
}

/** The least whole k with k × length ≥ ms for some length in the range. */
function least(ms: number, lengthLow: number, lengthHigh: number): number {
  return Math.ceil(ms / (ms >= 0 ? lengthHigh : lengthLow));
}
