/**
 * What the experiments have in common: what is known so far of the limit in question, and how requests are sent, time is
 * let pass and thinking is done. Experiments themselves are in modules of their own.
 */

import type { EngineOptions, ProbeKind, Range } from './engine.ts';
import type { Proof, Steps } from './finder.ts';
import { BUCKET, isPrecise, WIDE } from './hypothesis-traits.ts';
import type { Answered } from './in-flight.ts';
import { EXHAUSTIVE, type Lab, nextReturn } from './lab.ts';
import type { Volley } from './log.ts';
import { SHORTEST_WINDOW_MS } from './models/model.ts';
import type { Hypothesis, Thinking } from './paving.ts';
import { Proving } from './proving.ts';

export interface CourseHost {
  readonly options: EngineOptions;
  readonly lab: Lab;
  readonly nowMs: number;
  readonly roundTripMs: number;
  /** What is foretold holds for a request that is answered within this time. */
  readonly foretellMs: number;
  readonly elapsedMs: number;
  readonly requests: readonly Answered[];
  readonly remainingRequests: number;
  readonly lostInFirstBurst: number;
  /** How long a rejection takes, from sending to receiving. */
  readonly rejectionMs: number;
  /** How much later than planned something was done, of late: a slow interpreter thinks for longer than there is time. */
  readonly lateMs: number;
  readonly probeKind: ProbeKind;
  /** Others may have used quota before the first request. */
  readonly isQuotaMaybeUsed: boolean;
  /** Only one request is under way at a time. */
  readonly isCareful: boolean;
  /** Invalid requests do not use up quota: from now on valid ones are sent, and what was seen so far is put aside. */
  useValid(): void;
  /** When the server says that quota will return; null: it does not. */
  readonly returnHintMs: Range | null;
  foretold(): Proof | null;
  /**
   * From now on `lab` is about the limit behind the one that is known: what was rejected after so many requests were
   * sent, though the known limit let it through, is that one's. False: nothing was, so there is none, and all is as before.
   */
  beginSecondTier(sinceRequests: number, pace: Pace, isProven: boolean): boolean;
  /** The second limit is known: from now on `lab` is about the first one again, until that ends. */
  returnToFirst(): void;
  /** Parameters of this model explain all that was seen after so many requests, whatever was seen before. */
  explainsSince(sinceRequests: number, model: Hypothesis['model'], windowMs: Range): boolean;
  /** `lab` is about the second one again, and is held against what is known of the first one now. */
  endReturn(isProven: boolean): Thinking;
  /** Of two limits, the one that is not in question. */
  readonly other: Lab | null;
}

/** What a shorter limit lets through: so many at once, and as many again after a rest. */
export interface Pace {
  readonly model: Hypothesis['model'];
  readonly count: number;
  readonly restMs: number;
}

/** What became of requests that were sent together, or in paces. */
export type Sent = Pick<Volley, 'size' | 'admitted' | 'rejected' | 'sentAtMs' | 'lastSentAtMs'>;

/** A limit that was to come before another one does not keep to what was found of it. */
export class BrokenPace extends Error {}

/** Sent at once on top of what is foretold to be admitted, to see whether more slip through: at least, and as a share. */
export const LEAST_EXCESS = 2;
const PROOF_EXCESS_SHARE = 0.05;
/** A quota that is known so well is known well enough to be used up and no more. */
const MOST_OPEN_PLACES = 2;
/** Times that a shorter limit may reject what it should let through, before the search for a longer one ends. */
const MOST_BROKEN = 4;
/** Computing between two experiments takes at most so long, in wall time, or this share of a window. */
export const LEAST_THINKING_MS = 400;
const THINKING_SHARE = 0.3;
/** While the quota is used up computing costs nothing; it ends so long before something is to be asked. */
export const FREE_MARGIN_MS = 50;
const LEAST_FREE_MS = 100;

/** The search for one limit, as far as it has come. */
export class Course {
  /** As progress shows it. */
  phase = 'first burst';
  /** Requests sent when the proof was complete: what follows asks about other things. */
  asideSince: number | null = null;
  /** Admitted by the first rejection. */
  firstBurst = 0;
  /** There was no time to think the latest thought to its end. */
  isThoughtCut = false;
  readonly host: CourseHost;
  /** What a shorter limit lets through: this is the search for the one behind it; null: there is none. */
  readonly pace: Pace | null;
  readonly proof = new Proving(this);
  /** What was known whenever the numbers were known roughly, the latest last. */
  readonly known: { readonly requests: number; readonly pace: Pace }[] = [];
  /** What was sent so, as long as it counts. */
  #paced: { readonly atMs: number; readonly size: number }[] = [];
  /** Times that the shorter limit did not let through what it should. */
  #broken = 0;
  /** Round of `WindowRounds`; 0: none yet. */
  round = 0;
  /** So many requests had been sent when each round began. */
  readonly roundStarts: number[] = [];
  /** What a bucket is asked was asked. */
  isBucketAsked = false;
  /** Most requests admitted between two rejections. */
  longestRun = 0;
  /** Requests admitted since the last rejection. */
  run = 0;
  /** When the latest request was sent that was rejected, and the one that was admitted when quota returned. */
  rejectedAtMs = 0;
  recoveredAtMs = 0;
  /** Between the last rejection before the first recovery and that recovery. */
  silenceMs = 0;
  /** Length of a window as the first recovery suggests it: the burst began it, if nobody else was there before. */
  roughWindowMs: Range = [0, 0];
  /** The next window is to begin so late that no grid has one begin there. */
  isLateStartDue = false;
  readonly #mostRequests: number;

  /** `mostRequests`: behind a shorter limit, sent in all before its search is given up. */
  constructor(host: CourseHost, pace: Pace | null = null, mostRequests = Number.POSITIVE_INFINITY) {
    this.host = host;
    this.pace = pace;
    this.#mostRequests = mostRequests;
    if (pace === null) return;
    this.#paced = host.requests
      .filter(({ outcome }) => outcome !== 'rejected')
      .map(({ sentAtMs }) => ({ atMs: sentAtMs, size: 1 }));
  }

  /** A guess, from what is known so far; null: nothing is. */
  secondsLeft(nowMs: number): number | null {
    const windowMs = this.windowMs;
    if (windowMs <= 0) return null;
    const roundsLeft = Math.max(0.5, this.proof.since === null ? 3 - this.round : 0.5);
    return Math.max(0, (roundsLeft * windowMs - (nowMs - this.recoveredAtMs)) / 1000);
  }

  /** Of all kinds of limits that are known none stands. */
  get isUnexplained(): boolean {
    return this.host.lab.hasBegun && this.host.lab.alive.length === 0;
  }

  /** Keeps what the leader lets through while that is known roughly: a second limit may refute it any moment. */
  notePace(): void {
    const pace = this.paceOfLeader();
    if (pace === null || (this.leader?.spread ?? WIDE) >= WIDE) return;
    this.known.push({ requests: this.host.requests.length, pace });
  }

  /** How much the limit that leads lets through, and how often. */
  paceOfLeader(): Pace | null {
    const leader = this.leader;
    const capacity = leader?.range('capacity');
    // An answer that got lost leaves one open.
    if (!leader || !capacity || capacity[1] - capacity[0] > MOST_OPEN_PLACES) return null;
    const window = leader.range('windowMs');
    const rate = leader.range('refillPerMs');
    const mostMs = window?.[1] ?? (rate ? capacity[0] / rate[0] : null);
    if (mostMs === null) return null;
    // A sliding counter has forgotten everything after two windows.
    const isCounter = leader.model.algorithm === 'sliding-counter';
    return { model: leader.model, count: capacity[0], restMs: 1.02 * (isCounter ? 2 * mostMs : mostMs) };
  }

  /** Expected limits, the shortest window first. */
  get prior(): EngineOptions['prior'] {
    const sorted = [...this.host.options.prior].sort((a, b) => a.windowSeconds - b.windowSeconds);
    return this.pace === null ? sorted : sorted.slice(1);
  }

  get leader(): Hypothesis | null {
    return this.host.lab.leader;
  }

  get windowMs(): number {
    const range = this.leader?.range('windowMs');
    if (range) return (range[0] + range[1]) / 2;
    // For a bucket: until it is full again.
    const refill = this.leader?.range('refillPerMs');
    if (refill) return (2 * this.capacity) / (refill[0] + refill[1]);
    const interval = this.leader?.range('intervalMs');
    const perStep = this.leader?.range('perStep');
    if (interval && perStep) return ((interval[0] + interval[1]) / 2) * Math.ceil(this.capacity / perStep[0]);
    return this.roughWindowMs[1];
  }

  get capacity(): number {
    const range = this.leader?.range('capacity');
    return range && range[1] - range[0] <= Math.max(2, 0.1 * range[1]) ? range[1] : Math.max(1, this.longestRun);
  }

  /** Quota comes back bit by bit, so there is no window to be filled in two parts. */
  get isGradual(): boolean {
    const algorithm = this.leader?.model.algorithm;
    return algorithm === 'token-bucket' || algorithm === 'sliding-counter';
  }

  *refine(): Steps {
    const { lab } = this.host;
    const bounds = lab.bounds;
    const { elapsedMs } = this.host;
    // A window is no longer than what was seen of its cycles. One that is could only fit by a coincidence: if requests
    // from before this run had left it just when quota was foretold to return.
    const mostMs = 1.5 * elapsedMs;
    const leader = this.leader;
    const isOpen = leader === null || !isPrecise(leader);
    // Whatever was refuted within narrower bounds may be true within wider ones.
    if (
      bounds === null ||
      bounds.capacity[1] < this.longestRun ||
      bounds.windowMs[1] < (isOpen ? elapsedMs : 2.5 * this.windowMs)
    ) {
      const { volleys } = lab.log;
      const recoveredAt = volleys.findIndex(
        ({ admitted }, index) => admitted > 0 && (volleys[index - 1]?.rejected ?? 0) > 0,
      );
      const recovered = volleys[recoveredAt];
      const rejected = volleys[recoveredAt - 1];
      if (recovered === undefined || rejected === undefined) return;
      lab.begin({
        capacity: [1, 2 * this.longestRun + 2],
        windowMs: [SHORTEST_WINDOW_MS, mostMs],
        refillPerMs: [1 / (2 * mostMs), 20],
        boundaryMs: [rejected.rejectedSentAtMs, recovered.firstAdmittedByMs],
      });
    }
    yield* this.think(lab.refine());
    if (lab.useReserve()) yield* this.think(lab.refine());
    if (lab.alive.length === 0 && lab.log.isFresh && lab.bounds !== null) {
      // Others may have used quota before after all; or the limit has changed, which `hasChanged` tells.
      lab.log.isFresh = false;
      lab.begin(lab.bounds);
      yield* this.think(lab.refine());
      if (lab.useReserve()) yield* this.think(lab.refine());
    }
  }

  /** Computes for as long as that is worth waiting for: a slow interpreter must not spend windows on it. */
  *think(thinking: Thinking, atLeastMs = LEAST_THINKING_MS): Steps {
    const { nowMs } = this.host;
    const leastMs = this.leader?.range('windowMs')?.[0] ?? this.windowMs;
    yield* this.thinkUntil(
      this.nothingToAskUntilMs() ?? nowMs + Math.max(atLeastMs, THINKING_SHARE * leastMs),
      thinking,
    );
  }

  /** Lets time pass; a slow interpreter may as well look at the rivals meanwhile. */
  *restUntil(untilMs: number): Steps {
    const { lab } = this.host;
    if (this.isThoughtCut) yield* this.thinkUntil(untilMs - FREE_MARGIN_MS, lab.refine());
    const leader = this.leader;
    if (leader !== null && (isPrecise(leader) || this.isThoughtCut) && lab.alive.length > 1) {
      yield* this.thinkUntil(untilMs - FREE_MARGIN_MS, lab.refineRivals(EXHAUSTIVE));
      const [capacity] = leader.range('capacity') ?? [0];
      if (!this.isThoughtCut) {
        yield* this.thinkUntil(untilMs - FREE_MARGIN_MS, lab.refineVariants(capacity, EXHAUSTIVE));
      }
    }
    yield* this.sleepUntil(untilMs);
  }

  *thinkUntil(untilMs: number, thinking: Thinking): Steps {
    this.isThoughtCut = false;
    for (const _ of thinking) {
      yield { kind: 'pause' };
      if (this.host.nowMs <= untilMs) continue;
      this.isThoughtCut = true;
      break;
    }
  }

  /** The quota is used up, and surely does not return before this; null: something may be asked now. */
  nothingToAskUntilMs(): number | null {
    const { lab, nowMs, roundTripMs, foretellMs, elapsedMs } = this.host;
    if (this.isGradual || this.rejectedAtMs < this.recoveredAtMs || !this.leader?.range('windowMs')) return null;
    lab.refineLeader();
    const leader = this.leader;
    const due = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
    if (due === null || due[0] <= nowMs) return null;
    return Math.max(nowMs + LEAST_FREE_MS, due[0] - foretellMs - FREE_MARGIN_MS);
  }

  /** Where a shorter limit lies before this one, no more at once than it lets through. */
  *send(count: number): Steps<Sent> {
    if (this.pace === null) return yield* this.#sendAtOnce(count);
    const { count: most, restMs } = this.pace;
    const sum = { size: 0, admitted: 0, rejected: 0, sentAtMs: this.host.nowMs, lastSentAtMs: this.host.nowMs };
    for (let left = count; left > 0; ) {
      const size = Math.min(left, most);
      yield* this.sleepUntil(this.#roomAtMs(size, most, restMs + 2 * this.host.roundTripMs));
      this.#paced.push({ atMs: this.host.nowMs, size });
      const sent = yield* this.#sendAtOnce(size);
      // What the limit before this one rejected, though it had let as much through before, is not in this one's books.
      if (sent.size < size) this.#broken += 1;
      if (this.#broken > MOST_BROKEN || this.host.requests.length > this.#mostRequests) throw new BrokenPace();
      if (sum.size === 0) sum.sentAtMs = sent.sentAtMs;
      sum.size += size;
      sum.admitted += sent.admitted;
      sum.rejected += sent.rejected;
      sum.lastSentAtMs = sent.lastSentAtMs;
      left -= size;
      if (sent.rejected > 0) break;
    }
    return sum;
  }

  /** When so many more are no more than the most within a rest. */
  #roomAtMs(size: number, most: number, restMs: number): number {
    this.#paced = this.#paced.filter(({ atMs }) => atMs + restMs > this.host.nowMs);
    let left = most - size;
    for (const { atMs, size: earlier } of [...this.#paced].reverse()) {
      left -= earlier;
      if (left < 0) return atMs + restMs;
    }
    return this.host.nowMs;
  }

  *#sendAtOnce(count: number): Steps<Sent> {
    const volley = yield { kind: 'send', count, probe: this.host.probeKind, identity: 'primary' };
    if (volley === null) throw new Error('a volley was not handed back');
    this.run += volley.admitted;
    this.longestRun = Math.max(this.longestRun, this.run);
    if (volley.rejected > 0) {
      this.run = 0;
      this.rejectedAtMs = volley.lastSentAtMs;
    }
    return volley;
  }

  *sleepUntil(untilMs: number): Steps {
    if (untilMs > this.host.nowMs) yield { kind: 'sleep', untilMs };
  }

  /** Uses quota until `count` more are admitted, or one is rejected: then false. */
  *fill(count: number): Steps<boolean> {
    for (let left = count; left > 0; ) {
      const volley = yield* this.send(left);
      left -= volley.size;
      if (volley.rejected > 0) return false;
    }
    return true;
  }

  /**
   * Sent at once on top of what is foretold to be admitted: a server that counts too slowly lets more through. Not where
   * rejections count.
   */
  #excess(expected: number): number {
    const isCounting = this.leader?.model.countsRejected === true;
    if (this.proof.since === null || isCounting || this.host.isCareful || this.pace !== null) return 0;
    return Math.max(LEAST_EXCESS, Math.ceil(PROOF_EXCESS_SHARE * expected));
  }

  /** As many as are expected at once, then a few at a time until one is rejected. */
  *fillUp(expected: number): Steps {
    if (expected > 0 && !(yield* this.fill(expected + this.#excess(expected)))) return;
    const isBucket = this.leader?.model.name === BUCKET;
    for (let size = 1 + (isBucket ? this.proof.spareRejections : 0); ; size = Math.ceil(size * 1.5)) {
      const volley = yield* this.send(size);
      if (volley.rejected > 0) return;
    }
  }
}
