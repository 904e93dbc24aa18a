/**
 * Sliding-window counter: the count of the current window plus that of the previous one, weighted by how much of it
 * the sliding window still covers. A request is admitted while this estimate is below a threshold, which is N, or
 * less where the weighted share is rounded: up is the same as "estimate ≤ N − 1", to nearest as "estimate < N − ½".
 */
import type { Range } from '../engine.ts';
import type { Log, Volley } from '../log.ts';
import { Chain } from './chain.ts';
import { type Boundaries, Grid } from './grid.ts';
import {
  type Box,
  boundByFirstBurst,
  boundByVolley,
  CapacityBounds,
  high,
  lookAt,
  low,
  type Model,
  type Parameter,
  phaseAfter,
  windowMs,
} from './model.ts';

/** Taken off N to get the threshold: rounded down or not at all, to nearest, up (there is room at exactly N − 1). */
const OFFSETS = [0, 0.5, 1 - 1e-9] as const;

/** Index of OFFSETS; for a small capacity it makes all the difference, so it is cut early. */
const rounding: Parameter = { name: 'rounding', isWhole: true, weight: 3.5, finest: 0 };
const MANY_WINDOWS = 6;
/** A span of this share of a window is short. */
const HASTE_SHARE = 1 / 32;
/** Of a weighted count, at most. */
const ROUNDING_ERROR = 1e-10;

/** Where nothing is weighted there is no error to allow for. */
function errorOf(count: number): number {
  return Number.isInteger(count) ? 0 : ROUNDING_ERROR;
}

/** Windows on a grid. */
class GridOfWindows extends Grid implements Boundaries {
  readonly knownSinceMs: number;

  constructor(box: Box, { knownSinceMs }: Log) {
    super(box, 0, 1);
    this.knownSinceMs = knownSinceMs;
  }

  isFirst(): boolean {
    return false;
  }

  isLost(): boolean {
    return false;
  }
}

/**
 * Windows on a grid, or windows that begin with a request and follow each other until there is a silence: the frequency
 * counters of proxies.
 */
export function slidingCounter(countsRejected: boolean, begins: 'clock' | 'first-request' = 'clock'): Model {
  const isGrid = begins === 'clock';
  const kind = isGrid ? 'sliding-counter' : 'sliding-counter/first-request';
  const title = isGrid ? 'sliding-window counter' : 'sliding-window counter that begins anew after a silence';
  const [ofRounding, parameters] = isGrid ? [2, [windowMs, phaseAfter(0), rounding]] : [1, [windowMs, rounding]];
  return {
    name: countsRejected ? `${kind}/counts-rejected` : kind,
    title: countsRejected ? `${title}${isGrid ? ' that' : ', and'} counts rejected requests` : title,
    algorithm: 'sliding-counter',
    anchor: null,
    countsRejected,
    parameters,
    start: ({ windowMs: length, boundaryMs }) =>
      isGrid ? [length, [boundaryMs[0], boundaryMs[0] + length[1]], [0, 2]] : [length, [0, 2]],
    explain(box, capacity, log, suspects, since) {
      const least = OFFSETS[low(box, ofRounding)] ?? 0;
      const most = OFFSETS[high(box, ofRounding)] ?? 1;
      const windows = isGrid ? new GridOfWindows(box, log) : new Chain(box, countsRejected, log);
      const estimate = new Estimate(windows, low(box, 0), high(box, 0), capacity[1], countsRejected, log);
      const bounds = new CapacityBounds(capacity);
      boundByFirstBurst(bounds, low(box, 0), log);
      const look = (volley: Volley): void => {
        if (volley.admitted > 0) {
          boundByDecay(bounds, volley, low(box, 0), countsRejected, log);
          // Less than this says nothing new; nor does more than that of a rejection, below.
          const telling = bounds.least + 1 - least - ROUNDING_ERROR;
          const entries = estimate.least(volley.sentAtMs, volley.admittedByMs, volley.admittedByMs, telling) - 1;
          bounds.atLeast(Math.floor(entries + least - errorOf(entries)) + 1, volley);
          boundByVolley(bounds, volley, low(box, 0), 2);
          boundByHaste(bounds, volley, low(box, 0), least, log);
        }
        if (volley.rejected > 0) {
          const own = countsRejected ? 1 : 0;
          const telling = bounds.most + own - most;
          const entries = estimate.most(volley.rejectedSentAtMs, volley.rejectedByMs, telling) - own;
          bounds.atMost(Math.floor(entries + most + errorOf(entries)), volley);
        }
      };
      lookAt(look, bounds, suspects, log, since, countsRejected);
      const { contradiction, culprits, range } = bounds;
      return {
        contradiction,
        culprits,
        capacity: range,
        quota(fromMs, toMs): Range {
          const fullest = estimate.most(fromMs, toMs, Number.POSITIVE_INFINITY);
          const emptiest = Math.max(0, estimate.least(fromMs, toMs, fromMs, Number.NEGATIVE_INFINITY));
          return [
            Math.max(0, Math.ceil(range[0] - most - (fullest + errorOf(fullest)))),
            Math.max(0, Math.ceil(range[1] - least - (emptiest - errorOf(emptiest)))),
          ];
        },
      };
    },
  };
}

/**
 * Without requests the estimate sinks by the previous count over the window, which is N at most (and what was rejected,
 * if that counts). From the threshold on, whatever is admitted must have sunk before, wherever the windows lie.
 */
function boundByDecay(
  bounds: CapacityBounds,
  volley: Volley,
  windowLowMs: number,
  countsRejected: boolean,
  log: Log,
): void {
  const { after, admittedByMs } = volley;
  if (after === null || volley.sentAtMs < after.rejectedByMs) return;
  const sunk = log.surelyAdmitted(after.rejectedByMs, admittedByMs) - 1;
  const counted = (sunk * windowLowMs) / (admittedByMs - after.rejectedSentAtMs);
  if (counted <= bounds.least) return;
  const rejected = countsRejected ? log.possiblyRejected(log.firstSentMs, admittedByMs) : 0;
  bounds.atLeast(Math.ceil(counted - rejected - 1e-6), volley);
}

/**
 * Of what is admitted within a short span the part before a boundary still counts after it, but for the share of a window
 * that the span is: a counter admits little more at a boundary than elsewhere, wherever that lies.
 */
function boundByHaste(bounds: CapacityBounds, volley: Volley, windowLowMs: number, offset: number, log: Log): void {
  const spanMs = volley.admittedByMs - volley.sentAtMs;
  const atLeast = (admitted: number, share: number): void => {
    if (share < 1) bounds.atLeast(Math.floor((admitted - 1 + offset) / (1 + share) - ROUNDING_ERROR) + 1, volley);
  };
  atLeast(volley.admitted, spanMs / windowLowMs);
  // Not only of one volley, where that was part of more.
  const share = Math.max(HASTE_SHARE, (2 * spanMs) / windowLowMs);
  atLeast(log.surelyAdmitted(volley.admittedByMs - share * windowLowMs, volley.admittedByMs), share);
}

class Estimate {
  readonly #windows: Boundaries;
  readonly #windowLowMs: number;
  readonly #windowHighMs: number;
  readonly #capacityHigh: number;
  readonly #countsRejected: boolean;
  readonly #log: Log;

  constructor(
    windows: Boundaries,
    windowLowMs: number,
    windowHighMs: number,
    capacityHigh: number,
    countsRejected: boolean,
    log: Log,
  ) {
    this.#windows = windows;
    this.#windowLowMs = windowLowMs;
    this.#windowHighMs = windowHighMs;
    this.#capacityHigh = capacityHigh;
    this.#countsRejected = countsRejected;
    this.#log = log;
  }

  /**
   * At least this was the estimate for the latest of the admitted ones among those decided within [fromMs, toMs],
   * itself included; admitted requests count until `untilMs`. Not looked at any closer once it is less than `telling`.
   */
  least(fromMs: number, toMs: number, untilMs: number, telling: number): number {
    const first = this.#windows.first(fromMs);
    const last = this.#windows.last(toMs);
    if (last - first > MANY_WINDOWS) return 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = last; k >= first && least >= telling; k -= 1) {
      if (this.#windows.isLost(k)) return 0;
      const startLow = this.#windows.startLowMs(k);
      const endLow = this.#windows.startLowMs(k + 1);
      const endHigh = this.#windows.startHighMs(k + 1);
      const previous = this.#windows.isFirst(k) ? 0 : this.#surely(this.#sureSinceMs(k - 1), startLow, startLow);
      const current = this.#surely(this.#sureSinceMs(k), Math.min(untilMs, endLow), Math.min(fromMs, endLow));
      const elapsedMs = Math.max(0, Math.min(toMs, endHigh) - startLow);
      least = Math.min(least, current + previous * Math.max(0, 1 - elapsedMs / this.#windowLowMs));
    }
    return least;
  }

  /** What was sent since then belongs to window k or to a later one: one that begins with a request has all of them. */
  #sureSinceMs(k: number): number {
    return this.#windows.isFirst(k) ? this.#windows.startLowMs(k) : this.#windows.startHighMs(k);
  }

  #surely(fromMs: number, toMs: number, rejectedToMs: number): number {
    return (
      this.#log.surelyAdmitted(fromMs, toMs) +
      (this.#countsRejected ? this.#log.surelyRejected(fromMs, rejectedToMs) : 0)
    );
  }

  /**
   * At most this was the estimate for a request decided within [fromMs, toMs], itself included if it counts. Not looked
   * at any closer once it is `telling` or more.
   */
  most(fromMs: number, toMs: number, telling: number): number {
    const first = this.#windows.first(fromMs);
    const last = this.#windows.last(toMs);
    // Wherever the windows lie, both together are no longer than this.
    const sinceMs = fromMs - 2 * this.#windowHighMs;
    const atAll = sinceMs < this.#windows.knownSinceMs ? Number.POSITIVE_INFINITY : this.#count(sinceMs, toMs);
    if (last - first > MANY_WINDOWS) return atAll;
    let most = 0;
    for (let k = last; k >= first && most < telling; k -= 1) {
      const startLow = this.#windows.startLowMs(k);
      const startHigh = this.#windows.startHighMs(k);
      const endHigh = this.#windows.startHighMs(k + 1);
      if (startLow < this.#windows.knownSinceMs || this.#windows.isLost(k)) return atAll;
      const current = this.#count(startLow, Math.min(toMs, endHigh));
      most = Math.max(most, current);
      if (most >= telling) break;
      if (this.#windows.isFirst(k)) continue;
      const previousLow = this.#windows.startLowMs(k - 1);
      const isPreviousKnown = previousLow >= this.#windows.knownSinceMs;
      const previous = isPreviousKnown ? this.#count(previousLow, startHigh) : this.#capacityHigh;
      if (!isPreviousKnown && this.#countsRejected) return atAll;
      const elapsedMs = Math.max(0, fromMs - startHigh);
      most = Math.max(most, current + previous * Math.max(0, 1 - elapsedMs / this.#windowHighMs));
    }
    return Math.min(most, atAll);
  }

  #count(fromMs: number, toMs: number): number {
    return (
      this.#log.possiblyAdmitted(fromMs, toMs) + (this.#countsRejected ? this.#log.possiblyRejected(fromMs, toMs) : 0)
    );
  }
}
