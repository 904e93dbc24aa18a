/**
 * What was seen of one quota, in the form that models ask for: how many requests were surely, and how many possibly,
 * decided within a span of time.
 *
 * A request is decided at an unknown moment between sending and receiving, and requests in flight together in an
 * unknown order. So nothing here depends on an order: each request is an interval [sent, received], and a count over a
 * span has a lower bound (intervals that lie inside) and an upper bound (intervals that touch it). A request without
 * an answer, lost or still in flight, may have been counted or not: it is in upper bounds only.
 */

export type Fate = 'admitted' | 'rejected' | 'unknown';

/**
 * Many servers cut their clock to whole milliseconds, so that what they take for "now" lies up to this much before
 * the request came. Every interval begins that much earlier.
 */
export const CLOCK_TICK_MS = 1;

/** Requests that were sent together, cut by fate: what a model has to explain. Times as in the head of this file. */
export interface Volley {
  readonly firstNumber: number;
  /** The latest volley before, if any, that had a rejection by then. */
  readonly after: Volley | null;
  /**
   * The volley before was rejected as a whole, after everything else was decided: if something of this one is
   * admitted, quota has returned in between.
   */
  readonly isAfterRejection: boolean;
  sentAtMs: number;
  lastSentAtMs: number;
  size: number;
  admitted: number;
  /** Latest receipt of an admitted one, and its number: all admitted ones were decided by then. */
  admittedByMs: number;
  admittedNumber: number;
  /** Earliest receipt of an admitted one. */
  firstAdmittedByMs: number;
  rejected: number;
  /** Of the rejected ones, that with the narrowest interval. */
  rejectedSentAtMs: number;
  rejectedByMs: number;
  rejectedNumber: number;
  /** Latest receipt of a rejected one. */
  lastRejectedByMs: number;
  /**
   * Rejected as a whole, and so were those right before and right after it. Where quota only ever returns with time,
   * the later one says all that this one does.
   */
  isSuperseded: boolean;
  /** Given up: decided by `lostByMs` at the latest, if at all. Whatever else is missing is still in flight. */
  lost: number;
  lostByMs: number;
}

/** Requests of this volley whose fate is not known, and when the last of them was decided at the latest. */
export function unsettled(volley: Volley): { readonly count: number; readonly byMs: number } {
  const inFlight = volley.size - volley.admitted - volley.rejected - volley.lost;
  return { count: inFlight + volley.lost, byMs: inFlight > 0 ? Number.POSITIVE_INFINITY : volley.lostByMs };
}

/** One request whose fate is known. */
interface Settled {
  readonly number: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly fate: Fate;
}

/** Request `number` was rejected within these moments. */
export interface Rejection {
  readonly number: number;
  readonly fromMs: number;
  readonly byMs: number;
}

/** Quota returned at a moment in here: something was rejected, and the next thing that was not came later. */
export interface Return {
  readonly afterMs: number;
  readonly byMs: number;
  /** Whatever was sent from then on came after it. */
  readonly sureSinceMs: number;
  /** Number of the request that was admitted. */
  readonly number: number;
}

/** Nothing was admitted in here, and the last that was asked was rejected: no quota returned. */
export interface Drought {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When quota returned, when it surely did not, and by when everything was decided. */
export interface Turns {
  readonly returns: readonly Return[];
  readonly droughts: readonly Drought[];
  /** For each volley: by when all of it and of those before it was decided that was admitted, or may have been. */
  readonly takenByMs: readonly number[];
  /** The same of whatever was decided. */
  readonly decidedByMs: readonly number[];
}

/** A list that was asked so often since it last grew is worth a table of where to look. */
const WORTH_A_TABLE = 24;

/** A sorted list of moments that mostly grows at its end, and is asked a great many times more often than it grows. */
class Moments {
  readonly #times: number[] = [];
  #asked = 0;
  /**
   * The span of all moments in as many even parts as there are moments: how many come before each part. [] as long as
   * there is no table.
   */
  #before: number[] = [];
  #firstMs = 0;
  #partsPerMs = 0;

  get size(): number {
    return this.#times.length;
  }

  insert(ms: number): void {
    const times = this.#times;
    let at = times.length;
    times.push(ms);
    for (let before = times[at - 1]; at > 0 && before !== undefined && before > ms; before = times[at - 1]) {
      times[at] = before;
      at -= 1;
    }
    times[at] = ms;
    this.#asked = 0;
    this.#before = [];
  }

  /** How many are ≤ ms. */
  upTo(ms: number): number {
    const times = this.#times;
    const part = this.#partOf(ms);
    let low = this.#before[part] ?? 0;
    let high = this.#before[part + 1] ?? times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many are < ms. */
  before(ms: number): number {
    const times = this.#times;
    const part = this.#partOf(ms);
    let low = this.#before[part] ?? 0;
    let high = this.#before[part + 1] ?? times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? 0) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * In which part of the table this moment lies; without a table, none. It never sinks from an earlier to a later
   * moment, so whatever lies in an earlier part comes before, and whatever lies in a later part comes after.
   */
  #partOf(ms: number): number {
    const { length } = this.#times;
    if (this.#before.length === 0) {
      this.#asked += 1;
      if (this.#asked < WORTH_A_TABLE || length < 2) return -2;
      this.#makeTable();
    }
    if (this.#partsPerMs === 0) return -2;
    const part = Math.floor((ms - this.#firstMs) * this.#partsPerMs);
    return part < 0 ? 0 : part < length ? part : length - 1;
  }

  #makeTable(): void {
    const times = this.#times;
    this.#firstMs = times[0] ?? 0;
    const spanMs = (times[times.length - 1] ?? 0) - this.#firstMs;
    this.#partsPerMs = spanMs > 0 ? times.length / spanMs : 0;
    this.#before = [0];
    if (this.#partsPerMs === 0) return;
    for (let at = 0; at < times.length; at += 1) {
      const part = Math.min(Math.floor(((times[at] ?? 0) - this.#firstMs) * this.#partsPerMs), times.length - 1);
      while (this.#before.length <= part) this.#before.push(at);
    }
    while (this.#before.length <= times.length) this.#before.push(times.length);
  }
}

class Intervals {
  readonly sent = new Moments();
  readonly received = new Moments();

  insert(sentAtMs: number, receivedAtMs: number): void {
    this.sent.insert(sentAtMs);
    this.received.insert(receivedAtMs);
  }

  surely(fromMs: number, toMs: number): number {
    if (toMs < fromMs || this.sent.size === 0) return 0;
    return Math.max(0, this.received.upTo(toMs) - this.sent.before(fromMs));
  }

  possibly(fromMs: number, toMs: number): number {
    if (toMs < fromMs || this.sent.size === 0) return 0;
    return Math.max(0, this.sent.upTo(toMs) - this.received.before(fromMs));
  }
}

/** All requests against one quota so far; cheap to ask, so that many hypotheses can be held against it. */
export class Log {
  /** Changes whenever anything does. */
  revision = 0;
  /** In the order of sending. */
  readonly volleys: Volley[] = [];
  #settled = 0;
  #turns: (Turns & { readonly revision: number }) | null = null;
  readonly #admitted = new Intervals();
  readonly #rejected = new Intervals();
  readonly #unknown = new Intervals();
  /** By then everything was decided that was admitted, or may have been, of what is not in flight. */
  #takenByMs = Number.NEGATIVE_INFINITY;
  /** What became of each request of a volley, in the order in which that was known. */
  readonly #fates = new Map<Volley, Settled[]>();
  /** Sent and not yet answered: number → time of sending. */
  readonly #inFlight = new Map<number, { readonly sentAtMs: number; readonly volley: Volley }>();

  /**
   * The quota was full when the first request was sent; false: others may have used some before, and nothing is known
   * of that.
   */
  isFresh = false;

  /** When the first request was sent. */
  get firstSentMs(): number {
    return this.volleys[0]?.sentAtMs ?? 0;
  }

  /** From then on it is known what was admitted. */
  get knownSinceMs(): number {
    return this.isFresh ? Number.NEGATIVE_INFINITY : this.firstSentMs;
  }

  /** The latest volley of which something was rejected. */
  get lastRejection(): Volley | null {
    return this.volleys.findLast(({ rejected }) => rejected > 0) ?? null;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** So many volleys, from the first on, are complete: nothing about them will change. */
  get settledVolleys(): number {
    while (this.#settled < this.volleys.length) {
      const volley = this.volleys[this.#settled];
      if (volley === undefined || volley.sentAtMs === Number.POSITIVE_INFINITY) break;
      if (volley.admitted + volley.rejected + volley.lost < volley.size) break;
      this.#settled += 1;
    }
    return this.#settled;
  }

  /** As of the latest revision. */
  get turns(): Turns {
    if (this.#turns?.revision !== this.revision) {
      this.#turns = { revision: this.revision, ...turnsOf(this.volleys) };
    }
    return this.#turns;
  }

  /** Begins a volley, of which `firstNumber` is the first request. */
  open(firstNumber: number): Volley {
    const before = this.volleys[this.volleys.length - 1];
    const volley: Volley = {
      firstNumber,
      after: this.lastRejection,
      isAfterRejection:
        this.inFlight === 0 &&
        before !== undefined &&
        before.size > 0 &&
        before.rejected === before.size &&
        before.sentAtMs >= this.#takenByMs,
      sentAtMs: Number.POSITIVE_INFINITY,
      lastSentAtMs: Number.NEGATIVE_INFINITY,
      size: 0,
      admitted: 0,
      admittedByMs: Number.NEGATIVE_INFINITY,
      admittedNumber: 0,
      firstAdmittedByMs: Number.POSITIVE_INFINITY,
      rejected: 0,
      isSuperseded: false,
      rejectedSentAtMs: Number.NEGATIVE_INFINITY,
      rejectedByMs: Number.POSITIVE_INFINITY,
      rejectedNumber: 0,
      lastRejectedByMs: Number.NEGATIVE_INFINITY,
      lost: 0,
      lostByMs: Number.NEGATIVE_INFINITY,
    };
    this.volleys.push(volley);
    return volley;
  }

  /** A request of this volley went out. */
  send(volley: Volley, number: number, atMs: number): void {
    const sentAtMs = atMs - CLOCK_TICK_MS;
    this.revision += 1;
    volley.size += 1;
    volley.sentAtMs = Math.min(volley.sentAtMs, sentAtMs);
    volley.lastSentAtMs = Math.max(volley.lastSentAtMs, sentAtMs);
    this.#inFlight.set(number, { sentAtMs, volley });
  }

  /** Its answer came, or was given up (`unknown`). Answers to unknown numbers are ignored. */
  settle(number: number, receivedAtMs: number, fate: Fate): void {
    const request = this.#inFlight.get(number);
    if (request === undefined) return;
    this.#inFlight.delete(number);
    const { sentAtMs, volley } = request;
    this.revision += 1;
    const fates = this.#fates.get(volley);
    const settled: Settled = { number, sentAtMs, receivedAtMs, fate };
    if (fates === undefined) this.#fates.set(volley, [settled]);
    else fates.push(settled);
    if (fate !== 'rejected') this.#takenByMs = Math.max(this.#takenByMs, receivedAtMs);
    if (fate === 'unknown') {
      this.#unknown.insert(sentAtMs, receivedAtMs);
      volley.lost += 1;
      volley.lostByMs = Math.max(volley.lostByMs, receivedAtMs);
    } else if (fate === 'admitted') {
      this.#admitted.insert(sentAtMs, receivedAtMs);
      volley.admitted += 1;
      volley.firstAdmittedByMs = Math.min(volley.firstAdmittedByMs, receivedAtMs);
      if (receivedAtMs >= volley.admittedByMs) {
        volley.admittedByMs = receivedAtMs;
        volley.admittedNumber = number;
      }
    } else {
      this.#rejected.insert(sentAtMs, receivedAtMs);
      volley.rejected += 1;
      volley.lastRejectedByMs = Math.max(volley.lastRejectedByMs, receivedAtMs);
      if (receivedAtMs - sentAtMs < volley.rejectedByMs - volley.rejectedSentAtMs) {
        volley.rejectedSentAtMs = sentAtMs;
        volley.rejectedByMs = receivedAtMs;
        volley.rejectedNumber = number;
      }
      this.#supersede(volley);
    }
  }

  #supersede(volley: Volley): void {
    const at = this.volleys.lastIndexOf(volley);
    const before = this.volleys[at - 1];
    const isSure = [this.volleys[at - 2], before, volley].every(
      (one) => one !== undefined && one.rejected === one.size,
    );
    if (before !== undefined && isSure) before.isSuperseded = true;
  }

  /** The request had nothing to do with the quota after all: as if it had never been sent. */
  forget(number: number): void {
    const request = this.#inFlight.get(number);
    if (request === undefined) return;
    this.#inFlight.delete(number);
    this.revision += 1;
    request.volley.size -= 1;
  }

  /**
   * A log of these volleys alone, as if all that was ever rejected had been this one request of the last of them; null:
   * nothing was.
   */
  excerpt(volleys: readonly Volley[], isFresh: boolean, rejection: Rejection | null): Log {
    const excerpt = new Log();
    excerpt.isFresh = isFresh;
    for (const volley of volleys) {
      const copy = excerpt.open(volley.firstNumber);
      for (const { number, sentAtMs, receivedAtMs, fate } of this.#fates.get(volley) ?? []) {
        if (fate === 'rejected') continue;
        excerpt.send(copy, number, sentAtMs + CLOCK_TICK_MS);
        excerpt.settle(number, receivedAtMs, fate);
      }
      for (const [number, request] of this.#inFlight) {
        if (request.volley === volley) excerpt.send(copy, number, request.sentAtMs + CLOCK_TICK_MS);
      }
      if (rejection === null || volley !== volleys[volleys.length - 1]) continue;
      excerpt.send(copy, rejection.number, rejection.fromMs + CLOCK_TICK_MS);
      excerpt.settle(rejection.number, rejection.byMs, 'rejected');
    }
    return excerpt;
  }

  /** At least so many admitted requests were decided in [fromMs, toMs]. */
  surelyAdmitted(fromMs: number, toMs: number): number {
    return this.#admitted.surely(fromMs, toMs);
  }

  /** At most so many admitted requests were decided in [fromMs, toMs]; those of unknown fate are among them. */
  possiblyAdmitted(fromMs: number, toMs: number): number {
    if (toMs < fromMs) return 0;
    let inFlight = 0;
    if (this.#inFlight.size > 0) {
      for (const { sentAtMs } of this.#inFlight.values()) if (sentAtMs <= toMs) inFlight += 1;
    }
    return this.#admitted.possibly(fromMs, toMs) + this.#unknown.possibly(fromMs, toMs) + inFlight;
  }

  /** At most so many were decided in [fromMs, toMs] of those that are known to have been admitted. */
  possiblyAnswered(fromMs: number, toMs: number): number {
    return this.#admitted.possibly(fromMs, toMs);
  }

  /** At most so many were decided in [fromMs, toMs] of those that have no answer: lost, or in flight. */
  possiblyUnanswered(fromMs: number, toMs: number): number {
    return this.possiblyAdmitted(fromMs, toMs) - this.possiblyAnswered(fromMs, toMs);
  }

  surelyRejected(fromMs: number, toMs: number): number {
    return this.#rejected.surely(fromMs, toMs);
  }

  possiblyRejected(fromMs: number, toMs: number): number {
    return this.#rejected.possibly(fromMs, toMs);
  }
}

function turnsOf(volleys: readonly Volley[]): Turns {
  const returns: Return[] = [];
  const droughts: Drought[] = [];
  let rejected: Volley | null = null;
  /** Since then nothing can have been admitted. */
  let dryFromMs: number | null = null;
  let dryToMs = 0;
  let takenMs = Number.NEGATIVE_INFINITY;
  let decidedMs = Number.NEGATIVE_INFINITY;
  const takenByMs: number[] = [];
  const decidedByMs: number[] = [];
  const endDrought = (): void => {
    if (dryFromMs !== null && dryToMs > dryFromMs) droughts.push({ fromMs: dryFromMs, toMs: dryToMs });
    dryFromMs = null;
  };
  for (const volley of volleys) {
    const open = unsettled(volley);
    if (volley.admitted > 0 && rejected !== null && volley.sentAtMs >= rejected.rejectedByMs) {
      returns.push({
        afterMs: rejected.rejectedSentAtMs,
        byMs: volley.firstAdmittedByMs,
        sureSinceMs: volley.sentAtMs,
        number: volley.admittedNumber,
      });
      rejected = null;
    }
    if (volley.admitted > 0 || open.count > 0) endDrought();
    takenMs = Math.max(takenMs, volley.admittedByMs, open.byMs);
    decidedMs = Math.max(decidedMs, takenMs, volley.lastRejectedByMs);
    takenByMs.push(takenMs);
    decidedByMs.push(decidedMs);
    if (volley.rejected === 0) continue;
    rejected = volley;
    if (dryFromMs !== null) dryToMs = volley.rejectedSentAtMs;
    else if (takenMs < Number.POSITIVE_INFINITY) {
      dryFromMs = Math.max(volley.rejectedByMs, takenMs);
      dryToMs = dryFromMs;
    }
  }
  endDrought();
  return { returns, droughts, takenByMs, decidedByMs };
}
