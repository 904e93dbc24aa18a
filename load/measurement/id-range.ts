/**
 * When the lowest and highest id that one user saw are worth a sample: a sample for each id would cost as much as the
 * check of its answer. The caller keeps the two itself, since a call for each id would. Pure.
 */

/** Between two samples of one user, ms. What is due is given with the next answer, so only the last ones need care. */
const EVERY_MS = 50;
/** From so long before the end of the load on, each new extreme is given at once: there may be no next answer. */
const END_MS = 200;

/**
 * Takes the extremes at a time, tells those that were not told before, and gives the time, ms, from which on the next
 * answer is to bring them again. `endsAtMs` is when the load ends; -Infinity where it may end at any time.
 */
export function idRange(
  endsAtMs: number,
  tell: (id: number) => void,
): (low: number, high: number, atMs: number) => number {
  let toldLow = Number.POSITIVE_INFINITY;
  let toldHigh = Number.NEGATIVE_INFINITY;
  return (low, high, atMs) => {
    if (low < toldLow) tell(low);
    if (high > toldHigh) tell(high);
    toldLow = low;
    toldHigh = high;
    return Math.min(atMs + EVERY_MS, endsAtMs - END_MS);
  };
}
