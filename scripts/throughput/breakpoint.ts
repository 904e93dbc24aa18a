/**
 * The highest rate that meets the objectives: double until a rate fails, then bisect, each rate that fails measured once
 * more before it counts, and the one that is reported measured once more as well (in the manner of the multiple loss
 * ratio search, RFC 9971, whose trials are repeated because one alone may be a fluke). Pure: a state that says which
 * rate is next.
 */

/** What was found at a rate. */
export interface Trial {
  readonly ratePerSecond: number;
  readonly holds: boolean;
}

export interface SearchOptions {
  readonly startRate: number;
  /** Never beyond: a pace that is to be kept, or what the generator can do. */
  readonly maxRate: number;
  /** Between the highest rate that holds and the lowest that does not: 0.05 is 5 %. */
  readonly tolerance: number;
  readonly maxTrials: number;
}

export type SearchStep =
  | { readonly kind: 'try'; readonly ratePerSecond: number }
  /** `highest`: null where not even the lowest rate holds; `isLimit`: a higher rate was seen to fail. */
  | { readonly kind: 'done'; readonly highest: number | null; readonly isLimit: boolean };

/** Lower rates are not worth a trial: fewer requests than this in a trial tell nothing. */
const LOWEST_RATE = 0.5;

/** What to do after these trials, in the order in which they were made. */
export function nextStep(trials: readonly Trial[], options: SearchOptions): SearchStep {
  const rates = [...new Set(trials.map(({ ratePerSecond }) => ratePerSecond))];
  const of = (rate: number) => trials.filter(({ ratePerSecond }) => ratePerSecond === rate);
  /** One that failed fails for good at the second time; one that failed and then held is a rate that holds. */
  const isFailed = (rate: number) => of(rate).filter(({ holds }) => !holds).length >= 2;
  const failed = rates.filter(isFailed);
  const held = rates.filter((rate) => !isFailed(rate) && of(rate).some(({ holds }) => holds));
  const highest = held.length === 0 ? null : Math.max(...held.filter((rate) => failed.every((bad) => rate < bad)));
  const isFound = highest !== null && Number.isFinite(highest);
  const lowestFailed = failed.length === 0 ? null : Math.min(...failed);
  const done: SearchStep = { kind: 'done', highest: isFound ? highest : null, isLimit: lowestFailed !== null };

  const last = trials.at(-1);
  if (trials.length >= options.maxTrials) return done;
  if (last === undefined) return attempt(Math.min(options.startRate, options.maxRate));
  if (!last.holds && !isFailed(last.ratePerSecond)) return attempt(last.ratePerSecond);
  if (!isFound) {
    const next = rounded((lowestFailed ?? options.startRate) / 2);
    return next < LOWEST_RATE ? done : attempt(next);
  }
  const upper = lowestFailed ?? Number.POSITIVE_INFINITY;
  if (upper === Number.POSITIVE_INFINITY && highest < options.maxRate)
    return attempt(Math.min(options.maxRate, highest * 2));
  const middle = rounded((highest + upper) / 2);
  const isNarrow =
    upper === Number.POSITIVE_INFINITY ||
    upper - highest <= options.tolerance * upper ||
    middle <= highest ||
    middle >= upper;
  if (!isNarrow) return attempt(middle);
  return of(highest).length < 2 ? attempt(highest) : done;
}

function attempt(ratePerSecond: number): SearchStep {
  return { kind: 'try', ratePerSecond };
}

/** Whole rates, but for small ones. */
function rounded(rate: number): number {
  return rate >= 20 ? Math.round(rate) : Math.round(rate * 10) / 10;
}
