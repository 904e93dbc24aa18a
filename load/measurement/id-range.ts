/**
 * Keeps the lowest and highest id that one user saw, and says when they are worth a sample: a sample for each id would
 * cost as much as the check of its answer. Pure.
 */

/** Between two samples of one user, ms. What is due is given with the next id, so only the last ones need care. */
const EVERY_MS = 100;
/** From so long before the end of the load on, each new extreme is given at once: there may be no next id. */
const END_MS = 200;

export interface IdRange {
  /** Takes an id that came at this time; the extremes that are due to be told, null mostly. */
  take(id: number, atMs: number): readonly number[] | null;
}

export function idRange(endsAtMs: number): IdRange {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let toldLow = low;
  let toldHigh = high;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    take(id, atMs) {
      if (id < low) low = id;
      if (id > high) high = id;
      if (atMs - toldAtMs < EVERY_MS && atMs < endsAtMs - END_MS) return null;
      const due = [...(low < toldLow ? [low] : []), ...(high > toldHigh ? [high] : [])];
      toldLow = low;
      toldHigh = high;
      toldAtMs = atMs;
      return due;
    },
  };
}
