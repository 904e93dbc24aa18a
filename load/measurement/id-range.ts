/**
 * When the lowest and highest id that one user saw are worth a sample: a sample for each id would cost as much as the
 * check of its answer. The caller keeps the two itself, since a call for each id would. Pure.
 */

/** Between two samples of one user, ms. What is due is given with the next id, so only the last ones need care. */
const EVERY_MS = 100;
/** From so long before the end of the load on, each new extreme is given at once: there may be no next id. */
const END_MS = 200;

export interface IdSample {
  /** The extremes that were not told before. */
  readonly due: readonly number[];
  /** With the first id from then on the extremes are to be given again. */
  readonly nextAtMs: number;
}

export function idRange(endsAtMs: number): (low: number, high: number, atMs: number) => IdSample {
  let toldLow = Number.POSITIVE_INFINITY;
  let toldHigh = Number.NEGATIVE_INFINITY;
  return (low, high, atMs) => {
    const due = [...(low < toldLow ? [low] : []), ...(high > toldHigh ? [high] : [])];
    toldLow = low;
    toldHigh = high;
    return { due, nextAtMs: Math.min(atMs + EVERY_MS, endsAtMs - END_MS) };
  };
}
