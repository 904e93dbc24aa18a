/**
 * When the lowest and highest id that one user saw are worth a sample: a sample for each id would cost as much as the
 * check of its answer. The caller keeps the two itself, since a call for each id would. Pure.
 */

/** Between two samples of one user, ms. What is due is given with the next answer, so only the last ones need care. */
const EVERY_MS = 50;
/** From so long before the end of a load at a rate on, each new extreme is given at once: a user may be left idle. */
const END_MS = 200;
/** The same of users that ask again at once: only what comes after the end is the last. k6 may be a little early. */
const END_OF_USERS_MS = 20;

/** From when on each new extreme is to be given at once; a load under a budget may end at any time. */
export function lastMomentsMs(endsAtMs: number, isClosed: boolean, hasBudget: boolean): number {
  return hasBudget ? Number.NEGATIVE_INFINITY : endsAtMs - (isClosed ? END_OF_USERS_MS : END_MS);
}

/**
 * Takes the extremes at a time, tells those that were not told before, and gives the time, ms, from which on the next
 * answer is to bring them again.
 */
export function idRange(
  atOnceFromMs: number,
  tell: (id: number) => void,
): (low: number, high: number, atMs: number) => number {
  let toldLow = Number.POSITIVE_INFINITY;
  let toldHigh = Number.NEGATIVE_INFINITY;
  return (low, high, atMs) => {
    if (low < toldLow) tell(low);
    if (high > toldHigh) tell(high);
    toldLow = low;
    toldHigh = high;
    return Math.min(atMs + EVERY_MS, atOnceFromMs);
  };
}
