/**
 * Windows that begin with a request and follow each other for as long as something is counted: the next one begins when
 * the last one ends if anything came in either of them, else with the request that ends the silence. Counters that turn
 * over when they are asked (the frequency counters of proxies) keep their windows so.
 */
import { type Log, unsettled, type Volley } from '../log.ts';
import type { Boundaries } from './grid.ts';
import { type Box, high, low } from './model.ts';

/**
 * HAProxy begins its windows on even milliseconds: the lowest bit of their start is a lock. Those that follow keep to it:
 * its periods are even.
 */
const EVEN_TICK_MS = 1;

interface Link {
  readonly startLowMs: number;
  readonly startHighMs: number;
  /** Nothing that came before still counts in it. */
  readonly isFirst: boolean;
  /** Where windows lie from here on is not known, until the next link. */
  readonly isLost: boolean;
}

export class Chain implements Boundaries {
  readonly knownSinceMs: number;
  readonly #links: Link[] = [];
  readonly #lengthLow: number;
  readonly #lengthHigh: number;
  /** Something was surely counted in the last link; else in the one before, and maybe in this one. */
  #isOccupied = true;
  /** By then all was decided that may have been counted. */
  #decidedByMs: number;

  /** The first side of the box is the length of a window. */
  constructor(box: Box, countsRejected: boolean, log: Log) {
    this.#lengthLow = low(box, 0);
    this.#lengthHigh = high(box, 0);
    // Others may have begun windows up to then, unless it is known that nobody did.
    this.#decidedByMs = log.isFresh ? Number.NEGATIVE_INFINITY : log.firstSentMs;
    for (const volley of log.volleys) this.#follow(volley, countsRejected);
    const known = this.#links[0];
    this.knownSinceMs = log.isFresh ? Number.NEGATIVE_INFINITY : (known?.startLowMs ?? Number.POSITIVE_INFINITY);
    this.#continue();
  }

  get #last(): Link | undefined {
    return this.#links[this.#links.length - 1];
  }

  #follow(volley: Volley, countsRejected: boolean): void {
    const rejected = countsRejected ? volley.rejected : 0;
    if (volley.admitted + rejected > 0) {
      const byMs = Math.max(volley.admittedByMs, rejected > 0 ? volley.lastRejectedByMs : Number.NEGATIVE_INFINITY);
      const firstByMs = Math.min(volley.firstAdmittedByMs, rejected > 0 ? volley.rejectedByMs : byMs);
      this.#count(volley.sentAtMs, firstByMs);
      if (firstByMs < byMs) this.#count(volley.sentAtMs, byMs);
    }
    // Some turn over with whatever they are asked, whether it counts or not.
    if (!countsRejected && volley.rejected > 0) this.#maybeCount(volley.sentAtMs, volley.lastRejectedByMs);
    if (volley.admitted + volley.rejected === volley.size) return;
    const open = unsettled(volley);
    if (open.count > 0) this.#maybeCount(volley.sentAtMs, open.byMs);
  }

  /** Something was counted within these moments. */
  #count(fromMs: number, byMs: number): void {
    const last = this.#last;
    const silentSinceMs = this.#decidedByMs;
    this.#decidedByMs = Math.max(silentSinceMs, byMs);
    if (last === undefined || last.isLost) {
      if (fromMs >= silentSinceMs + 2 * this.#lengthHigh) this.#begin(fromMs, byMs);
      return;
    }
    const { startLowMs, startHighMs } = last;
    if (byMs < startLowMs + this.#lengthLow) {
      this.#isOccupied ||= fromMs >= startHighMs;
    } else if (fromMs >= startHighMs + 2 * this.#lengthHigh) {
      this.#continue();
      this.#begin(fromMs, byMs);
    } else if (this.#isOccupied && byMs < startLowMs + 2 * this.#lengthLow) {
      this.#continue();
      this.#isOccupied = fromMs >= startHighMs + this.#lengthHigh;
    } else this.#lose(fromMs);
  }

  /** The same of what may have been counted, or not. */
  #maybeCount(fromMs: number, byMs: number): void {
    const last = this.#last;
    this.#decidedByMs = Math.max(this.#decidedByMs, byMs);
    if (last === undefined || last.isLost || byMs < last.startLowMs + this.#lengthLow) return;
    if (this.#isOccupied && byMs < last.startLowMs + 2 * this.#lengthLow) {
      this.#continue();
      this.#isOccupied = false;
    } else this.#lose(fromMs);
  }

  #begin(startLowMs: number, startHighMs: number): void {
    this.#links.push({ startLowMs: startLowMs - EVEN_TICK_MS, startHighMs, isFirst: true, isLost: false });
    this.#isOccupied = true;
  }

  /** The window after the last one, whether something is counted in it or not. */
  #continue(): void {
    const last = this.#last;
    if (last === undefined || last.isLost) return;
    const startLowMs = last.startLowMs + this.#lengthLow;
    this.#links.push({ startLowMs, startHighMs: last.startHighMs + this.#lengthHigh, isFirst: false, isLost: false });
  }

  #lose(fromMs: number): void {
    this.#links.push({ startLowMs: fromMs, startHighMs: fromMs, isFirst: false, isLost: true });
  }

  isFirst(k: number): boolean {
    return this.#links[k]?.isFirst ?? false;
  }

  isLost(k: number): boolean {
    return k < 0 ? this.knownSinceMs > Number.NEGATIVE_INFINITY : (this.#links[k]?.isLost ?? false);
  }

  startLowMs(k: number): number {
    return k < 0 ? Number.NEGATIVE_INFINITY : (this.#links[k]?.startLowMs ?? Number.POSITIVE_INFINITY);
  }

  startHighMs(k: number): number {
    return this.#links[Math.max(0, k)]?.startHighMs ?? Number.POSITIVE_INFINITY;
  }

  first(ms: number): number {
    let k = this.last(ms);
    // A window that begins with a request has in it whatever was sent from then on.
    while (k >= 0 && this.startHighMs(k) > ms && !this.isFirst(k)) k -= 1;
    return k;
  }

  last(ms: number): number {
    let low = -1;
    let high = this.#links.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.startLowMs(middle) <= ms) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
