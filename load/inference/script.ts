/**
 * The order of experiments. Each volley waits for its answers, so volleys follow each other; what they show is judged
 * by the hypotheses alone. The script only decides what to ask next:
 *
 *   first burst     growing volleys until one is rejected
 *   first recovery  single probes at growing distances until one is admitted
 *   rounds          use the quota up in a way that tells models apart, and look for the moment when it returns
 *   proof           one more round, foretold
 */

import { enduredWindows } from './endurance.ts';
import type { EngineOptions, ProbeIdentity, ProbeKind, Range } from './engine.ts';
import type { Proof, Steps } from './finder.ts';
import { type Answered, askInFlight, type InFlightFinding } from './in-flight.ts';
import { EXHAUSTIVE, findQuestion, isNarrow, type Lab, nextReturn, WIDTH_MS, WIDTH_RATIO } from './lab.ts';
import { CLOCK_TICK_MS, type Volley } from './log.ts';
import { fixedWindowFirstRequest } from './models/fixed-window.ts';
import { SHORTEST_WINDOW_MS } from './models/model.ts';
import type { Hypothesis, Thinking } from './paving.ts';
import { askShedding, isSuspicious, type Shedding } from './shedding.ts';

export interface ScriptHost {
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
type Sent = Pick<Volley, 'size' | 'admitted' | 'rejected' | 'sentAtMs' | 'lastSentAtMs'>;

/** A limit that was to come before another one does not keep to what was found of it. */
class BrokenPace extends Error {}

/** Probes that do not wait for each other: one, and from then on as far apart as this. */
interface Comb {
  readonly firstMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Volleys of the first burst grow by this share of all that was sent, which is how far they may overshoot. */
const BURST_GROWTH = 0.3;
/**
 * Distances between the probes of the first recovery: this share of the time since the rejection. Short windows are
 * soon seen again, so at first it is bigger; and where the server or the user says when, that is looked at instead.
 */
const RECOVERY_GROWTH = 0.3;
const EARLY_GROWTH = 0.6;
const EARLY_MS = 1000;
const HINTED_GROWTH = 1;
/** The same where quota did not return when it was foretold to. */
const PAST_PLAN_GROWTH = 0.12;
/** How long after a hinted return it is looked for, as a share of the window. */
const HINTED_LATE = 0.2;
/** Probes that one return of quota may cost, before the proof and in it: each round narrows what the next one searches. */
const LEAST_PROBES = 9;
const MOST_PROBES = 12;
/** Probes for one token. */
const MOST_TOKEN_PROBES = 36;
/** A window that is known to this factor is narrow enough by the end of one more round, which may as well be the proof. */
const PROVABLE = 1.12;
/** How long after the last boundary a round begins, in windows, when the anchor is to be found out. */
const LATE_STARTS = [0.3, 0.6, 0.2, 0.45, 0.8, 0.37] as const;
const SAME_LENGTH = 1.03;
/** Rounds that a window from the first request must not explain by itself, and how much shorter it may be. */
const LATEST_ROUNDS = 3;
const SHORTER = 0.8;
/** Rejections that take so many times the distance between probes are not waited for. */
const SLOW_RATIO = 1.5;
/** As much silence as ended a block before, and so much more, ends it again. */
const SILENCE_MARGIN = 1.03;
/** Times that a wait which rejections prolong is halved in on. */
const MOST_SILENCES = 5;
const BUCKET = 'token-bucket';
const STEPPED = 'token-bucket/stepped';
/** So many answers of the first burst, and this share of them, may be missing because they got lost. */
const FEW_LOST = 2;
const LOST_SHARE = 0.05;
/** Where less than this share of a quota comes back, it comes back bit by bit. */
const TRICKLE_SHARE = 1 / 3;
/** So many tokens in a round trip, or more, cannot be told from each other. */
const FAST_TOKENS = 0.3;
/** Then at least so many are waited for; at most this share of a bucket; and a few as long as the rate is this wide. */
const LEAST_FAST_TOKENS = 4;
const NEVER_FULL = 0.75;
const ROUGH = 0.6;
const WIDEST_RATE = 3;
const ROUGH_TOKENS = 6;
/** A rate that is known no better than this is soonest known better by taking so many tokens at once, or twice as many. */
const COARSE = 0.12;
const COARSE_TOKENS = 8;
/** Requests one after the other that show how tokens come. */
const PACED = 16;
/** So much more, as a share of what was taken at once from a bucket, until something is rejected. */
const DRAIN_GROWTH = 0.2;
/** Where it is not sure that so many tokens are there before one more comes, this share of them may be. */
const FEWER_TOKENS = 0.7;
/** By this share of a token it may be off when so many are there that are foretold, and no more. */
const SURE_TOKENS = 0.3;
/** Times that tokens are foretold, one after the other, to make up for what a proof lacks. */
const MOST_FORETOLD = 4;
/** Share of the time that tokens took to which their arrival is looked for. */
const FINE_SHARE = 0.006;
/** Rejections foretold in one round on top of what it needs. */
const MOST_SPARE_REJECTIONS = 5;
/** Questions in a row that are put to the rivals of a leader. */
const MOST_QUESTIONS = 4;
/** How far ahead a question may lie, in windows. */
const MOST_HORIZON = 5;
/** Times that a rate is measured over; each time over more tokens. */
const MOST_CHAINS = 8;
/** How long a bucket is left to itself between bursts, in times that it takes to be full. */
const BUCKET_RESTS = [1.15, 1.5, 1.27, 1.7] as const;
const MOST_ROUNDS = 20;
const MOST_ROUNDS_BEHIND = 10;
/** Sent at once on top of a quota, to see whether more slip through; and how often. */
const EXCESS_SHARE = 0.5;
const LEAST_EXCESS = 2;
const PROOF_EXCESS_SHARE = 0.05;
const EXCESS_TRIES = 2;
/** What a round takes: so many quotas, and probes. */
const ROUND_QUOTAS = 2;
const ROUND_PROBES = 3;
/** Times that a shorter limit may reject what it should let through, before the search for a longer one ends. */
const MOST_BROKEN = 4;
/** Behind a first limit that was not proven, a second one is looked for with so many requests, and so many times as before. */
const UNPROVEN_REQUESTS = 1000;
const UNPROVEN_RATIO = 4;
/** So many rounds without anything learnt end the run. */
const STUCK_ROUNDS = 6;
/** So many invalid requests that are not rejected, beside those that a limit was expected for, do not use up quota. */
const MOST_HARMLESS = 150;
const MOST_HARMLESS_RATIO = 1.3;
/** Where more of a window than this is over before a round begins, it begins with a new one. */
const STALE_SHARE = 0.3;
/** After so many windows a sliding counter has forgotten everything. */
const FORGOTTEN_WINDOWS = 2.05;
/** What a window, a log or a bucket gives back is back after so many windows. */
const LONGEST_RETURN = 1.1;
/** A length that is known to this factor only is not worth planning with. */
const WIDE = 1.5;
/** One round in so many uses the quota all at once. */
const WHOLE_EVERY = 3;
/** A share of the window that is worth waiting for something to be sure. */
const SURE_SHARE = 0.03;
/** Computing between two experiments takes at most so long, in wall time, or this share of a window. */
const LEAST_THINKING_MS = 400;
const THINKING_SHARE = 0.3;
/** While the quota is used up computing costs nothing; it ends so long before something is to be asked. */
const FREE_MARGIN_MS = 50;
const LEAST_FREE_MS = 100;
/** Where in a window the second part of its quota is used, round by round: never twice in the same place. */
const SPLITS = [0.55, 0.45, 0.62, 0.35, 0.5, 0.7] as const;
/** The same in a window that rejections prolong: as late as is surely before its end. */
const LATE_SPLIT = 0.975;

export class Script {
  phase = 'first burst';
  /** Number of requests sent when the proof began; null: not yet. */
  proofSince: number | null = null;
  against: readonly string[] = [];
  /** Requests sent when the proof was complete: what follows asks about other things. */
  asideSince: number | null = null;
  countsInvalid: boolean | null = null;
  countsUnauthorized: boolean | null = null;
  /** Whether a second key, or a second address, was admitted while the first one was rejected. */
  isSecondKeyFree: boolean | null = null;
  isSecondAddressFree: boolean | null = null;
  /** What was found where it matters how many are under way; null: nothing of the kind. */
  inFlight: InFlightFinding | null = null;
  /** After the proof something was rejected that the limit should have let through, and no second one is known for it. */
  isContradicted = false;
  /** More admitted of requests at once than there is room for; null: not seen. */
  overAdmission: { readonly admitted: number; readonly capacity: number } | null = null;
  /** Rejections at random instead of a limit; null: nothing of the kind. */
  shedding: Shedding | null = null;
  /** Admitted by the first rejection. */
  firstBurst = 0;
  #learnt: { alive: number; width: number; leader: string | undefined; rounds: number } = {
    alive: 0,
    width: 0,
    leader: undefined,
    rounds: 0,
  };
  /** The search for a longer limit behind the one that was found; null: none showed. */
  second: Script | null = null;
  /** Requests, and how long, in which no second limit showed; null: it was not looked for. */
  endured: { readonly requests: number; readonly seconds: number } | null = null;
  readonly #host: ScriptHost;
  /** What a shorter limit lets through: this script looks for the one behind it; null: there is none. */
  readonly #pace: Pace | null;
  /** What was known when the numbers were last known roughly. */
  #known: { readonly requests: number; readonly pace: Pace } | null = null;
  /** What was sent so, as long as it counts. */
  #paced: { readonly atMs: number; readonly size: number }[] = [];
  /** Times that the shorter limit did not let through what it should. */
  #broken = 0;
  #mostRequests = Number.POSITIVE_INFINITY;
  #round = 0;
  /** So many had been sent when the end of a window was last asked for that no rejection had put off; −1: never. */
  #endAsked = -1;
  /** So many requests had been sent when each round began. */
  readonly #roundStarts: number[] = [];
  #doubt = { requests: 0, isDoubtful: false };
  /** Used at the beginning of the latest round, before the rest. */
  #partBefore = 0;
  #proofs = 0;
  /** What a bucket is asked was asked. */
  #isBucketAsked = false;
  /** What the proof is about. */
  #proofOf: Hypothesis['model'] | null = null;
  /** Most requests admitted between two rejections. */
  #longestRun = 0;
  #run = 0;
  /** Admitted of the volley in which something was first rejected. */
  #lastAdmitted = 0;
  #rejectedAtMs = 0;
  #recoveredAtMs = 0;
  /** Between the last rejection before the first recovery and that recovery. */
  #silenceMs = 0;
  /** Length of a window as the first recovery suggests it: the burst began it, if nobody else was there before. */
  #roughWindowMs: Range = [0, 0];

  constructor(host: ScriptHost, pace: Pace | null = null) {
    this.#host = host;
    this.#pace = pace;
  }

  secondsLeft(nowMs: number): number | null {
    const windowMs = this.#windowMs;
    if (windowMs <= 0) return null;
    const roundsLeft = Math.max(0.5, this.proofSince === null ? 3 - this.#round : 0.5);
    return Math.max(0, (roundsLeft * windowMs - (nowMs - this.#recoveredAtMs)) / 1000);
  }

  *run(): Steps {
    yield* this.#identify();
    if (this.inFlight !== null) return;
    const isProven = this.isProven;
    const isUnexplained = this.#isUnexplained && this.#fellSince() === null;
    if (!isProven && (isUnexplained || isSuspicious(this.#host))) {
      yield* this.#askShedding();
      if (this.shedding !== null) return;
    }
    if (this.#host.isCareful) {
      if (isProven) yield* this.#askOverAdmission();
    } else {
      // A limit that fell only after it was nearly known may have a longer one behind it.
      const sinceRequests = isProven ? yield* this.#endure() : this.#fellSince();
      if (sinceRequests !== null) {
        yield* this.#askSecond(sinceRequests, isProven);
        if (this.#isUnexplained) yield* this.#askShedding();
        if (!isProven && this.shedding === null && !this.#isSecondKnown) yield { kind: 'restart' };
        if (this.second !== null) return;
        // A request that got lost may have been counted: it cannot be said whose rejection it was.
        this.isContradicted = isProven;
      }
      if (this.#isUnexplained) yield { kind: 'restart' };
    }
    if (!this.isProven || this.isContradicted) return;
    this.asideSince ??= this.#host.requests.length;
    yield* this.#askAside();
  }

  /** From a full quota, more at once than it has room for: what is admitted beyond it slipped through. */
  *#askOverAdmission(): Steps {
    this.phase = 'many at once';
    this.asideSince = this.#host.requests.length;
    const capacity = this.#capacity;
    const count = capacity + Math.max(LEAST_EXCESS, Math.ceil(capacity * EXCESS_SHARE));
    const refill = this.#leader?.range('refillPerMs')?.[1] ?? 0;
    for (let tries = 0; tries < EXCESS_TRIES; tries += 1) {
      yield* this.#waitUntilFull();
      const sinceMs = this.#host.nowMs;
      const volley = yield {
        kind: 'send',
        count,
        probe: this.#host.probeKind,
        identity: 'primary',
        isTogether: true,
      };
      const most = capacity + Math.ceil(refill * (this.#host.nowMs - sinceMs));
      if (volley === null || volley.admitted <= most) continue;
      if (volley.admitted > (this.overAdmission?.admitted ?? 0))
        this.overAdmission = { admitted: volley.admitted, capacity };
    }
  }

  /** What was looked for behind the first limit has numbers. */
  get #isSecondKnown(): boolean {
    const leader = this.#leader;
    const capacity = leader?.range('capacity');
    return this.second !== null && !!leader && !!capacity && capacity[0] === capacity[1] && leader.spread < WIDE;
  }

  /** Of all kinds of limits that are known none stands. */
  get #isUnexplained(): boolean {
    return this.#host.lab.hasBegun && this.#host.lab.alive.length === 0;
  }

  *#askShedding(): Steps {
    this.phase = 'rejections at random';
    this.shedding = yield* askShedding(this.#host);
  }

  /**
   * A short window is used up again and again, for as long as a second limit may take to show. Returns how many
   * requests were sent before what nothing explains but a second limit; null: all went as it should.
   */
  *#endure(): Steps<number | null> {
    const pace = this.#paceOfLeader();
    if (pace === null) return null;
    const [, longer] = this.#prior;
    const expected = longer === undefined ? 0 : Math.ceil((longer.requests + 1) / pace.count) + 1;
    const volleys = Math.max(expected, enduredWindows(pace.count, pace.restMs));
    if (volleys === 0) return null;
    this.phase = 'second limit';
    const sinceRequests = this.#host.requests.length;
    const sinceMs = this.#host.nowMs;
    this.asideSince = sinceRequests;
    for (let sent = 0; sent < volleys; sent += 1) {
      yield* this.#sleepUntil(this.#host.nowMs + pace.restMs + 2 * this.#host.roundTripMs);
      const volley = yield* this.#send(pace.count);
      if (volley.rejected > 0) return sinceRequests;
    }
    this.endured = {
      requests: this.#host.requests.length - sinceRequests,
      seconds: (this.#host.nowMs - sinceMs) / 1000,
    };
    return null;
  }

  /** Nothing stands any more, but something nearly stood: how many requests were sent by then; else null. */
  #fellSince(): number | null {
    return this.#isUnexplained && this.#known !== null ? this.#known.requests : null;
  }

  /** Looks for the limit behind the one that is known, never asking for more than that one lets through. */
  *#askSecond(sinceRequests: number, isProven: boolean): Steps {
    const pace = this.#known?.pace ?? this.#paceOfLeader();
    if (pace === null || this.#pace !== null) return;
    const { asideSince } = this;
    this.asideSince = null;
    if (!this.#host.beginSecondTier(sinceRequests, pace, isProven)) {
      this.asideSince = asideSince;
      return;
    }
    this.second = new Script(this.#host, pace);
    this.second.#mostRequests = isProven
      ? Number.POSITIVE_INFINITY
      : UNPROVEN_REQUESTS + UNPROVEN_RATIO * this.#host.requests.length;
    this.second.#paced = this.#host.requests
      .filter(({ outcome }) => outcome !== 'rejected')
      .map(({ sentAtMs }) => ({ atMs: sentAtMs, size: 1 }));
    try {
      yield* this.second.#identifyBehind(this.#rejectedAtMs);
    } catch (error) {
      if (!(error instanceof BrokenPace)) throw error;
      yield* this.#askShedding();
    }
    this.second.asideSince = this.#host.requests.length;
    if (this.second.isProven) yield* this.#returnToFirst(isProven ? sinceRequests : null);
  }

  /**
   * Holds the first limit against what was surely its own. A proof before the second one showed stands if that says the
   * same; else there is a new one, whenever the second limit has room for a whole round.
   */
  *#returnToFirst(provenBy: number | null): Steps {
    this.#host.returnToFirst();
    yield* this.#refine();
    yield* this.#think(this.#host.lab.refineRivals(EXHAUSTIVE));
    this.asideSince = provenBy;
    if (provenBy === null || !this.isProven) {
      this.asideSince = null;
      this.proofSince = null;
      this.#run = 0;
      yield* this.#windowRounds();
    }
    for (const _ of this.#host.endReturn(this.isProven)) yield { kind: 'pause' };
    this.asideSince = this.#host.requests.length;
  }

  /** Until the limit that is not in question lets a whole round through, and the one that is has a new window. */
  *#awaitOther(): Steps {
    const { other, nowMs, roundTripMs, elapsedMs } = this.#host;
    const leader = other?.leader;
    if (this.#pace !== null || other === null || !leader) return;
    other.refineLeader();
    const needed = Math.min(leader.range('capacity')?.[0] ?? 0, ROUND_QUOTAS * this.#capacity + ROUND_PROBES);
    const due = nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs, needed);
    const longestMs = leader.range('windowMs')?.[1] ?? Number.POSITIVE_INFINITY;
    const dueMs = Math.min(due?.[1] ?? 0, nowMs + LONGEST_RETURN * longestMs);
    const restMs = this.#paceOfLeader()?.restMs ?? 0;
    yield* this.#sleepUntil(Math.max(nowMs + restMs, dueMs + CLOCK_TICK_MS) + roundTripMs);
    this.#recoveredAtMs = this.#host.nowMs;
    this.#run = 0;
  }

  *#identifyBehind(rejectedAtMs: number): Steps {
    const { log } = this.#host.lab;
    this.#rejectedAtMs = rejectedAtMs;
    this.#longestRun = log.surelyAdmitted(log.firstSentMs, this.#host.nowMs);
    // Those of which no answer came may have been admitted.
    this.firstBurst = log.possiblyAdmitted(log.firstSentMs, this.#host.nowMs);
    this.phase = 'recovery of the second limit';
    yield* this.#geometricRecovery();
    yield* this.#rounds();
  }

  /** Keeps what the leader lets through while that is known roughly: a second limit may refute it any moment. */
  #notePace(): void {
    const pace = this.#paceOfLeader();
    if (pace === null || (this.#leader?.spread ?? WIDE) >= WIDE) return;
    this.#known = { requests: this.#host.requests.length, pace };
  }

  /** How much the limit that leads lets through, and how often. */
  #paceOfLeader(): Pace | null {
    const leader = this.#leader;
    const capacity = leader?.range('capacity');
    if (!leader || !capacity || capacity[0] !== capacity[1]) return null;
    const window = leader.range('windowMs');
    const rate = leader.range('refillPerMs');
    const mostMs = window?.[1] ?? (rate ? capacity[0] / rate[0] : null);
    if (mostMs === null) return null;
    // A sliding counter has forgotten everything after two windows.
    const isCounter = leader.model.algorithm === 'sliding-counter';
    return { model: leader.model, count: capacity[0], restMs: 1.02 * (isCounter ? 2 * mostMs : mostMs) };
  }

  /** Expected limits, the shortest window first. */
  get #prior(): EngineOptions['prior'] {
    const sorted = [...this.#host.options.prior].sort((a, b) => a.windowSeconds - b.windowSeconds);
    return this.#pace === null ? sorted : sorted.slice(1);
  }

  *#identify(): Steps {
    if (!(yield* this.#firstBurst())) return;
    this.firstBurst = this.#longestRun;
    this.phase = 'first recovery';
    // What is still under way may be waiting for its turn; a few have got lost.
    const { requests } = this.#host;
    const missing = requests.filter(({ outcome }) => outcome === null).length;
    if (missing > Math.max(FEW_LOST, LOST_SHARE * requests.length)) yield { kind: 'settle' };
    const rejected = yield* this.#geometricRecovery();
    if (rejected === 0 && !this.#host.isCareful) {
      // Not one request was rejected with no other under way.
      this.phase = 'in flight';
      this.inFlight = yield* askInFlight(this.#host, this.#lastAdmitted);
      if (this.inFlight !== null) return;
      this.phase = 'first recovery';
    }
    yield* this.#rounds();
  }

  /** From the first recovery on. */
  *#rounds(): Steps {
    const { lab } = this.#host;
    const { firstSentMs, volleys } = lab.log;
    // A cold server may have taken its time over the first one.
    const beganByMs = volleys.find(({ admitted }) => admitted > 0)?.firstAdmittedByMs ?? firstSentMs;
    this.#roughWindowMs = [this.#rejectedAtMs - beganByMs, this.#recoveredAtMs - firstSentMs];
    yield* this.#bucketRounds();
    if (!this.isProven) yield* this.#windowRounds();
  }

  *#windowRounds(): Steps {
    const { lab } = this.#host;
    const most = this.#pace === null ? MOST_ROUNDS : MOST_ROUNDS_BEHIND;
    for (this.#round = 1; this.#round <= most; this.#round += 1) {
      yield* this.#awaitOther();
      this.#roundStarts.push(this.#host.requests.length);
      this.phase = `round ${this.#round}`;
      if (!this.#isProofGoingWell) this.proofSince = null;
      if (this.#leader !== null && isProvable(this.#leader)) {
        // Mostly one proof tells them apart anyway.
        if (this.#proofs > 0) yield* this.#beginLate();
        this.#proofs += 1;
        if (this.proofSince === null) this.#beginProof();
      }
      this.#notePace();
      if (this.#leader?.model.name === BUCKET && !this.#isBucketAsked) {
        // So much came back at first that it did not look like one.
        yield* this.#fillUp(0);
        yield* this.#refine();
        yield* this.#askBucket();
        if (this.isProven) return;
      }
      if (this.#isFreshWanted) yield* this.#freshRound();
      else if (this.#isGradual) yield* this.#gradualRound();
      else if (this.#leader !== null && isProlonged(this.#leader)) yield* this.#silentRound();
      else yield* this.#windowRound();
      yield* this.#refine();
      if (this.isProven) return;
      if (this.proofSince !== null && !this.#isProofGoingWell) this.proofSince = null;
      const { leader } = lab;
      const canBegin =
        leader !== null && (this.#isGradual ? isPrecise(leader) : this.#proofs > 0 && isProvable(leader));
      if (this.proofSince === null && canBegin) this.#beginProof();
      this.#notePace();
      const freeUntilMs = this.proofSince === null ? null : this.#nothingToAskUntilMs();
      if (freeUntilMs !== null) yield* this.#thinkUntil(freeUntilMs, lab.refineRivals(EXHAUSTIVE));
      yield* this.#recover();
      yield* this.#refine();
      if (this.proofSince !== null && !this.isProven) yield* this.#think(lab.refineRivals(EXHAUSTIVE));
      if (lab.alive.length === 0 || this.isProven) return;
      yield* this.#tellProlongingApart();
      // The rounds themselves refute most rivals; questions of their own are for those that outlive a proof.
      if (this.proofSince !== null) yield* this.#tellApart();
      if (this.isProven) return;
      if (lab.alive.length === 0 || this.#isStuck()) return;
    }
  }

  /**
   * If the first recovery gave back a few requests only: as long as a token bucket explains everything, its rate by
   * what comes into the empty bucket, then its size by bursts from full, at distances that no window's grid fits, each
   * followed by the arrival of the first token. Counters return nothing for a while after such a burst, and steps
   * return more than one.
   */
  *#bucketRounds(): Steps {
    // With room for one, a bucket is a window.
    if (this.#longestRun < 2 || !(yield* this.#isTrickle())) return;
    yield* this.#refine();
    yield* this.#askBucket();
  }

  /** From an empty bucket. */
  *#askBucket(): Steps {
    const { lab } = this.#host;
    if ((lab.standing(BUCKET)?.range('capacity')?.[1] ?? 0) < 2) return;
    this.#isBucketAsked = true;
    if (lab.log.inFlight > 0) {
      // As long as a lost request may yet take a token, every rejection may be its doing.
      yield { kind: 'settle' };
      yield* this.#fillUp(0);
    }
    for (const rest of BUCKET_RESTS) {
      if (this.proofSince === null) this.phase = 'rate';
      yield* this.#measureRate();
      yield* this.#refine();
      const bucket = lab.standing(BUCKET);
      const rate = bucket?.range('refillPerMs');
      const capacity = bucket?.range('capacity');
      if (!bucket || !rate || !capacity) return;
      if (this.#leader === bucket && isPrecise(bucket)) this.#beginProof();
      else this.phase = 'burst from full';
      const most = capacity[1];
      const fullMs = (rest * Math.min(most, this.#longestRun + 1)) / rate[0];
      // The first time, long enough for any counter to forget what was before: a bucket with more room would do so too.
      const forgottenMs = rest === BUCKET_RESTS[0] ? this.#longestCounterMs(most / rate[0]) : 0;
      yield* this.#restUntil(this.#host.nowMs + Math.max(fullMs, forgottenMs));
      yield* this.#burst(bucket);
      if (!lab.isStanding(bucket)) return;
      if (this.proofSince === null) this.phase = 'first token';
      if (!(yield* this.#awaitTokens(bucket, 1))) return;
      if (this.#isFast(bucket) && lab.standing(STEPPED) !== null) yield* this.#keepPace();
      yield* this.#refine();
      const leader = this.#leader;
      if (leader?.model.name !== BUCKET || !isPrecise(leader)) continue;
      if (this.proofSince === null) this.#beginProof();
      yield* this.#tellApart();
      for (let tries = 0; tries < MOST_FORETOLD && this.#isWorthForetelling(bucket); tries += 1) {
        yield* this.#foretellTokens(bucket);
        yield* this.#refine();
      }
      if (this.isProven) return;
    }
  }

  /** A few more than the first that came back, until one is rejected; false: none is, as in a new window. */
  *#isTrickle(): Steps<boolean> {
    const most = Math.max(1, Math.floor(this.#longestRun * TRICKLE_SHARE));
    for (let sent = 0; sent < most; ) {
      const size = Math.min(most - sent, Math.max(1, sent));
      const volley = yield* this.#send(size);
      if (volley.rejected > 0) return true;
      sent += size;
    }
    return false;
  }

  /** Tokens come so fast that one cannot be told from the next by when requests are sent. */
  #isFast(bucket: Hypothesis): boolean {
    return (bucket.range('refillPerMs')?.[0] ?? 0) * this.#host.roundTripMs > FAST_TOKENS;
  }

  /** From a full bucket: what is foretold to be admitted, then what is foretold to be rejected; or all at once. */
  *#burst(bucket: Hypothesis): Steps {
    const [least, most] = bucket.range('capacity') ?? [1, 1];
    if (least === most && !this.#isFast(bucket)) {
      const full = yield* this.#send(least);
      if (full.rejected === 0) yield* this.#fillUp(0);
    } else yield* this.#drain(bucket);
  }

  /** Takes at once what there is at most, as far as that is known, and goes on until something is rejected. */
  *#drain(bucket: Hypothesis): Steps {
    const { nowMs, foretellMs, lab } = this.#host;
    lab.isStanding(bucket);
    const [, most] = bucket.quota(nowMs, nowMs + foretellMs);
    const isKnown = bucket.spread < 1 + ROUGH;
    let sent = 0;
    for (let size = isKnown ? Math.min(most, this.firstBurst) + 1 + this.#spareRejections : 1; ; ) {
      const volley = yield* this.#send(size);
      if (volley.rejected > 0) return;
      sent += size;
      size = Math.ceil(sent * (isKnown ? DRAIN_GROWTH : ROUGH));
    }
  }

  /** One after the other from an empty bucket: one token in one round trip and none in the next, steps give none to more. */
  *#keepPace(): Steps {
    for (let sent = 0; sent < PACED; sent += 1) yield* this.#send(1);
    yield* this.#fillUp(0);
  }

  /** All that keeps this bucket from being proven is that too little was foretold. */
  #isWorthForetelling(bucket: Hypothesis): boolean {
    const { lab } = this.#host;
    return (
      lab.leader === bucket &&
      isPrecise(bucket) &&
      lab.alive.every((rival) => isSame(bucket, rival)) &&
      this.#isProofGoingWell &&
      !this.isProven
    );
  }

  /** Into the empty bucket: as many tokens as are surely there and no more, and what is rejected right after them. */
  *#foretellTokens(bucket: Hypothesis): Steps {
    const { nowMs, roundTripMs, elapsedMs } = this.#host;
    const [least] = bucket.range('capacity') ?? [2, 2];
    const missing = Math.ceil(this.#host.foretold()?.missingBits ?? 1);
    const count = Math.max(1, Math.min(least - 1, missing, Math.floor(SURE_TOKENS / (bucket.spread - 1))));
    const there = nextReturn(bucket, nowMs, roundTripMs, 4 * elapsedMs, count);
    if (there === null) return;
    yield* this.#sleepUntil(there[1]);
    if (this.#isFast(bucket)) yield* this.#drain(bucket);
    else if (yield* this.#fill(count)) yield* this.#fillUp(0);
  }

  /** Until counters that stand have forgotten everything; one whose rate is that of a bucket has no longer window. */
  #longestCounterMs(mostMs: number): number {
    const lengths = this.#host.lab.alive
      .filter(({ model }) => model.algorithm === 'sliding-counter')
      .map((counter) => counter.range('windowMs')?.[1] ?? 0);
    return 2.05 * Math.min(mostMs, Math.max(0, ...lengths));
  }

  /** Waits for more and more tokens at once, never for a full bucket, until the rate is as narrow as `exact` needs. */
  *#measureRate(): Steps {
    for (let tries = 0; tries < MOST_CHAINS; tries += 1) {
      const bucket = this.#host.lab.standing(BUCKET);
      const rate = bucket?.range('refillPerMs');
      const capacity = bucket?.range('capacity');
      if (!bucket || !rate || !capacity) return;
      const share = (rate[1] - rate[0]) / rate[0];
      if (share < 2.5 * FINE_SHARE) return;
      const { lab } = this.#host;
      const most = Math.floor(NEVER_FULL * capacity[0]);
      if (this.#isFast(bucket)) yield* this.#takeAfter(bucket, share > ROUGH ? ROUGH_TOKENS : most);
      else if (share < ROUGH && share > COARSE && most >= COARSE_TOKENS) {
        yield* this.#takeAfter(bucket, Math.min(most, 2 * COARSE_TOKENS));
      } else yield* this.#awaitTokens(bucket, Math.max(1, Math.min(capacity[0] - 1, Math.floor(0.6 / share))));
      if (!lab.isStanding(bucket)) return;
    }
  }

  /** Lets so many tokens come at most, and takes what came. */
  *#takeAfter(bucket: Hypothesis, count: number): Steps {
    const fastest = bucket.range('refillPerMs')?.[1] ?? 1;
    yield* this.#sleepUntil(this.#host.nowMs + Math.max(count, LEAST_FAST_TOKENS) / fastest);
    yield* this.#drain(bucket);
  }

  /**
   * From an empty bucket: takes all but one of so many tokens when they are there, and brackets the arrival of the
   * last one to a share of the time that it took; where tokens come too fast for that, takes all that came. Leaves it
   * empty. False: no bucket explains what was seen.
   */
  *#awaitTokens(bucket: Hypothesis, count: number): Steps<boolean> {
    const { lab } = this.#host;
    const sinceMs = this.#host.nowMs;
    const horizonMs = 4 * this.#host.elapsedMs;
    if (this.#isFast(bucket)) {
      yield* this.#takeAfter(bucket, count);
      return lab.isStanding(bucket);
    }
    for (let sure = count - 1; sure > 0; sure = Math.floor(sure * FEWER_TOKENS)) {
      const { roundTripMs } = this.#host;
      const there = nextReturn(bucket, sinceMs, roundTripMs, horizonMs, sure);
      if (there === null) return false;
      // The last one must not come before the others are taken.
      const last = nextReturn(bucket, sinceMs, roundTripMs, horizonMs, sure + 1);
      if (last !== null && there[1] + roundTripMs > last[0]) continue;
      yield* this.#sleepUntil(there[1]);
      yield* this.#fill(sure);
      if (!lab.isStanding(bucket)) return false;
      break;
    }
    for (let probes = 0; probes < MOST_TOKEN_PROBES; probes += 1) {
      const { nowMs, roundTripMs } = this.#host;
      const arrival = nextReturn(bucket, nowMs, roundTripMs, horizonMs);
      if (arrival === null) return false;
      const [earliestMs, latestMs] = arrival;
      // As long as the rate is anybody's guess, in growing steps.
      const roughMs = bucket.spread > WIDEST_RATE ? RECOVERY_GROWTH * (nowMs - sinceMs) : (latestMs - earliestMs) / 6;
      const stepMs = Math.max(roughMs, FINE_SHARE * (nowMs - sinceMs), 0.3 * roundTripMs);
      // The first one comes just too early, so that the arrival has two sides.
      const atMs = probes === 0 ? earliestMs - roundTripMs - 1 : Math.min(latestMs, earliestMs + stepMs) + 0.1;
      yield* this.#sleepUntil(atMs);
      const volley = yield* this.#send(1);
      if (!lab.isStanding(bucket)) return false;
      if (volley.admitted === 0) continue;
      this.#recoveredAtMs = volley.sentAtMs;
      // It was one token and no more, unless an answer got lost; and from here on there is none.
      yield* this.#fillUp(0);
      return lab.isStanding(bucket);
    }
    return false;
  }

  /** Several rounds in a row have taught nothing: the network is too slow, or the limiter is none that is known. */
  #isStuck(): boolean {
    const { alive, leader } = this.#host.lab;
    const width = alive.reduce((sum, { spread }) => sum + Math.log(spread), 0);
    const hasLearnt =
      alive.length < this.#learnt.alive ||
      width < 0.97 * this.#learnt.width ||
      leader?.model.name !== this.#learnt.leader ||
      this.#learnt.alive === 0;
    this.#learnt = hasLearnt
      ? { alive: alive.length, width, leader: leader?.model.name, rounds: 0 }
      : { ...this.#learnt, rounds: this.#learnt.rounds + 1 };
    return this.#learnt.rounds >= STUCK_ROUNDS;
  }

  /** What uses quota, and what it is counted by: each answer takes one cycle. */
  *#askAside(): Steps {
    const { options } = this.#host;
    if (options.probeCosts) {
      this.phase = 'costs';
      this.countsInvalid ??= yield* this.#doesUseQuota('invalid');
      this.countsUnauthorized = yield* this.#doesUseQuota('unauthorized');
    }
    if (!options.secondKey && !options.secondAddress) return;
    this.phase = 'scope';
    yield* this.#waitUntilFull();
    yield* this.#fillUp(0);
    if (options.secondKey) this.isSecondKeyFree = yield* this.#isAdmitted('second-key');
    if (options.secondAddress) this.isSecondAddressFree = yield* this.#isAdmitted('second-address');
  }

  *#waitUntilFull(): Steps {
    yield* this.#sleepUntil(this.#host.nowMs + 2.1 * this.#windowMs + 2 * this.#host.roundTripMs);
  }

  /** Sends some of these from a full quota, and counts what is left for valid requests; null: it is not clear. */
  *#doesUseQuota(probe: ProbeKind): Steps<boolean | null> {
    const capacity = this.#capacity;
    const count = Math.max(1, Math.ceil(capacity / 2));
    yield* this.#waitUntilFull();
    const asked = yield { kind: 'send', count, probe, identity: 'primary' };
    if (asked === null || asked.admitted + asked.rejected < count) return null;
    if (asked.rejected > 0) return true;
    let left = 0;
    for (let sent = 0; sent < 3 * capacity + 3; ) {
      const volley = yield* this.#send(Math.max(1, Math.min(capacity - left, count)));
      sent += volley.size;
      left += volley.admitted;
      if (volley.rejected > 0) break;
    }
    // Refill in the meantime, or a boundary, only ever adds.
    if (left >= capacity) return false;
    return left <= capacity - count ? true : null;
  }

  *#isAdmitted(identity: ProbeIdentity): Steps<boolean | null> {
    const volley = yield { kind: 'send', count: 1, probe: this.#host.probeKind, identity };
    if (volley === null || volley.admitted + volley.rejected === 0) return null;
    return volley.admitted > 0;
  }

  /** No rival stands, the numbers are narrow, and the round since `proofSince` came out as foretold. */
  get isProven(): boolean {
    const { lab } = this.#host;
    const [leader, ...rivals] = lab.alive;
    return (
      leader !== undefined &&
      rivals.every((rival) => isSame(leader, rival) && isEqual(rival.range('capacity'), leader.range('capacity'))) &&
      isPrecise(leader) &&
      !this.hasChanged &&
      this.#host.foretold()?.holds === true &&
      this.#isEndAsked &&
      !this.#isAnchorDoubtful
    );
  }

  /**
   * What ends a block says nothing of the window before it: where rejections put its end off, the proof has to show
   * where a window without any ends. Of a quota of one there is no such window.
   */
  get #isEndAsked(): boolean {
    const leader = this.#leader;
    if (leader === null || !isProlonged(leader) || (leader.range('capacity')?.[0] ?? 0) < 2) return true;
    return this.proofSince !== null && this.#endAsked >= this.proofSince;
  }

  /**
   * A window from the first request explains the latest rounds as well as one on a grid: only what was seen before them
   * speaks against it, and a limit may have changed since.
   */
  get #isAnchorDoubtful(): boolean {
    const leader = this.#leader;
    const length = leader?.range('windowMs');
    if (leader?.model.anchor !== 'clock' || !length || this.#pace !== null) return false;
    const { requests } = this.#host;
    if (this.#doubt.requests === requests.length && requests.at(-1)?.outcome !== null) return this.#doubt.isDoubtful;
    const since = this.#roundStarts.at(-LATEST_ROUNDS) ?? 0;
    const windowMs: Range = [length[0] * SHORTER, length[1] / SHORTER];
    this.#doubt = {
      requests: requests.length,
      isDoubtful: this.#host.explainsSince(since, fixedWindowFirstRequest('nothing'), windowMs),
    };
    return this.#doubt.isDoubtful;
  }

  /** The first burst admitted less than a full quota, though nobody used any before. */
  get hasChanged(): boolean {
    const capacity = this.#leader?.range('capacity');
    return !this.#host.isQuotaMaybeUsed && !!capacity && this.firstBurst + this.#host.lostInFirstBurst < capacity[0];
  }

  /**
   * Where windows from a request and windows on a grid would both explain everything: lets a whole window pass and a
   * part of the next, so that a window from the first request begins where no grid has it begin.
   */
  *#beginLate(): Steps {
    const longest = this.#leader?.range('windowMs');
    if (!longest || !(this.#isAnchorOpen || this.#isAnchorDoubtful)) return;
    const late = 1 + (LATE_STARTS[this.#round % LATE_STARTS.length] ?? 0.5);
    yield* this.#restUntil(this.#recoveredAtMs + late * longest[1]);
    this.#recoveredAtMs = this.#host.nowMs;
    this.#run = 0;
  }

  /** What was foretold since the proof began has come true so far, and what foretold it still leads. */
  get #isProofGoingWell(): boolean {
    return (
      this.proofSince !== null && this.#leader?.model === this.#proofOf && this.#host.foretold()?.hasFailed !== true
    );
  }

  #beginProof(): void {
    this.phase = 'proof';
    this.#proofOf = this.#leader?.model ?? null;
    this.proofSince = this.#host.requests.length;
    this.against = this.#host.lab.hypotheses
      .map(({ model }) => model.name)
      .filter((name) => name !== this.#leader?.model.name);
  }

  get #leader(): Hypothesis | null {
    return this.#host.lab.leader;
  }

  get #windowMs(): number {
    const range = this.#leader?.range('windowMs');
    if (range) return (range[0] + range[1]) / 2;
    // For a bucket: until it is full again.
    const refill = this.#leader?.range('refillPerMs');
    if (refill) return (2 * this.#capacity) / (refill[0] + refill[1]);
    const interval = this.#leader?.range('intervalMs');
    const perStep = this.#leader?.range('perStep');
    if (interval && perStep) return ((interval[0] + interval[1]) / 2) * Math.ceil(this.#capacity / perStep[0]);
    return this.#roughWindowMs[1];
  }

  get #capacity(): number {
    const range = this.#leader?.range('capacity');
    return range && range[1] - range[0] <= Math.max(2, 0.1 * range[1]) ? range[1] : Math.max(1, this.#longestRun);
  }

  /** Quota comes back bit by bit, so there is no window to be filled in two parts. */
  get #isGradual(): boolean {
    const algorithm = this.#leader?.model.algorithm;
    return algorithm === 'token-bucket' || algorithm === 'sliding-counter';
  }

  *#refine(): Steps {
    const { lab } = this.#host;
    const bounds = lab.bounds;
    const { elapsedMs } = this.#host;
    // A window is no longer than what was seen of its cycles. One that is could only fit by a coincidence: if requests
    // from before this run had left it just when quota was foretold to return.
    const mostMs = 1.5 * elapsedMs;
    const leader = this.#leader;
    const isOpen = leader === null || !isPrecise(leader);
    // Whatever was refuted within narrower bounds may be true within wider ones.
    if (
      bounds === null ||
      bounds.capacity[1] < this.#longestRun ||
      bounds.windowMs[1] < (isOpen ? elapsedMs : 2.5 * this.#windowMs)
    ) {
      const { volleys } = lab.log;
      const recoveredAt = volleys.findIndex(
        ({ admitted }, index) => admitted > 0 && (volleys[index - 1]?.rejected ?? 0) > 0,
      );
      const recovered = volleys[recoveredAt];
      const rejected = volleys[recoveredAt - 1];
      if (recovered === undefined || rejected === undefined) return;
      lab.begin({
        capacity: [1, 2 * this.#longestRun + 2],
        windowMs: [SHORTEST_WINDOW_MS, mostMs],
        refillPerMs: [1 / (2 * mostMs), 20],
        boundaryMs: [rejected.rejectedSentAtMs, recovered.firstAdmittedByMs],
      });
      yield* this.#think(lab.refine());
      return;
    }
    yield* this.#think(lab.refine());
    if (lab.alive.length === 0 && lab.log.isFresh) {
      // Others may have used quota before after all; or the limit has changed, which `hasChanged` tells.
      lab.log.isFresh = false;
      lab.begin(bounds);
      yield* this.#think(lab.refine());
    }
  }

  /** Computes for as long as that is worth waiting for: a slow interpreter must not spend windows on it. */
  *#think(thinking: Thinking): Steps {
    const { nowMs } = this.#host;
    const leastMs = this.#leader?.range('windowMs')?.[0] ?? this.#windowMs;
    yield* this.#thinkUntil(
      this.#nothingToAskUntilMs() ?? nowMs + Math.max(LEAST_THINKING_MS, THINKING_SHARE * leastMs),
      thinking,
    );
  }

  /** Lets time pass; a slow interpreter may as well look at the rivals meanwhile. */
  *#restUntil(untilMs: number): Steps {
    const { lab } = this.#host;
    const leader = this.#leader;
    if (leader !== null && isPrecise(leader) && lab.alive.length > 1) {
      yield* this.#thinkUntil(untilMs - FREE_MARGIN_MS, lab.refineRivals(EXHAUSTIVE));
    }
    yield* this.#sleepUntil(untilMs);
  }

  *#thinkUntil(untilMs: number, thinking: Thinking): Steps {
    for (const _ of thinking) {
      yield { kind: 'pause' };
      if (this.#host.nowMs > untilMs) break;
    }
  }

  /** The quota is used up, and surely does not return before this; null: something may be asked now. */
  #nothingToAskUntilMs(): number | null {
    const { lab, nowMs, roundTripMs, foretellMs, elapsedMs } = this.#host;
    if (this.#isGradual || this.#rejectedAtMs < this.#recoveredAtMs || !this.#leader?.range('windowMs')) return null;
    lab.refineLeader();
    const leader = this.#leader;
    const due = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
    if (due === null || due[0] <= nowMs) return null;
    return Math.max(nowMs + LEAST_FREE_MS, due[0] - foretellMs - FREE_MARGIN_MS);
  }

  /** Asks what the leader and its nearest rival answer differently, until no rival is left that can be told apart. */
  *#tellApart(): Steps {
    const { lab } = this.#host;
    for (let tries = 0; tries < MOST_QUESTIONS; tries += 1) {
      const leader = this.#leader;
      if (leader === null || !isPrecise(leader)) return;
      const [capacity] = leader.range('capacity') ?? [0, 0];
      for (const rival of lab.alive) {
        if (rival === leader || !isSame(leader, rival) || isEqual(rival.range('capacity'), leader.range('capacity')))
          continue;
        yield* this.#think(rival.narrowCapacity(lab.log, capacity, EXHAUSTIVE));
      }
      // Each question is about parameters of a rival that do explain everything so far.
      yield* this.#think(lab.refineRivals(EXHAUSTIVE));
      const { nowMs, roundTripMs } = this.#host;
      const windowMs = this.#windowMs;
      const perSecond = (2 * this.#capacity) / (windowMs / 1000);
      const found = lab.alive
        .filter((rival) => !isSame(leader, rival))
        .flatMap((rival) => {
          const { example } = rival;
          // A sliding counter is as good as new after two windows.
          const forgottenMs = 2.1 * (example?.windowMs ?? lab.bounds?.windowMs[1] ?? windowMs);
          const horizonMs = Math.min(forgottenMs, MOST_HORIZON * windowMs);
          const question = findQuestion(leader, example ?? rival, nowMs, roundTripMs, horizonMs, perSecond);
          return question === null ? [] : [question];
        })
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (found === undefined) return;
      yield* this.#sleepUntil(found.atMs);
      yield* this.#fill(found.requests);
      yield* this.#refine();
    }
  }

  /** Where a shorter limit lies before this one, no more at once than it lets through. */
  *#send(count: number): Steps<Sent> {
    if (this.#pace === null) return yield* this.#sendAtOnce(count);
    const { count: most, restMs } = this.#pace;
    const sum = { size: 0, admitted: 0, rejected: 0, sentAtMs: this.#host.nowMs, lastSentAtMs: this.#host.nowMs };
    for (let left = count; left > 0; ) {
      const size = Math.min(left, most);
      yield* this.#sleepUntil(this.#roomAtMs(size, most, restMs + 2 * this.#host.roundTripMs));
      this.#paced.push({ atMs: this.#host.nowMs, size });
      const sent = yield* this.#sendAtOnce(size);
      // What the limit before this one rejected, though it had let as much through before, is not in this one's books.
      if (sent.size < size) this.#broken += 1;
      if (this.#broken > MOST_BROKEN || this.#host.requests.length > this.#mostRequests) throw new BrokenPace();
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
    this.#paced = this.#paced.filter(({ atMs }) => atMs + restMs > this.#host.nowMs);
    let left = most - size;
    for (const { atMs, size: earlier } of [...this.#paced].reverse()) {
      left -= earlier;
      if (left < 0) return atMs + restMs;
    }
    return this.#host.nowMs;
  }

  *#sendAtOnce(count: number): Steps<Sent> {
    const volley = yield { kind: 'send', count, probe: this.#host.probeKind, identity: 'primary' };
    if (volley === null) throw new Error('a volley was not handed back');
    this.#run += volley.admitted;
    this.#longestRun = Math.max(this.#longestRun, this.#run);
    if (volley.rejected > 0) {
      this.#run = 0;
      this.#rejectedAtMs = volley.lastSentAtMs;
    }
    return volley;
  }

  *#sleepUntil(untilMs: number): Steps {
    if (untilMs > this.#host.nowMs) yield { kind: 'sleep', untilMs };
  }

  /** False: the budget for requests allows no more, and nothing was rejected. */
  *#firstBurst(): Steps<boolean> {
    const expected = this.#prior[0]?.requests ?? 0;
    let sent = 0;
    for (;;) {
      let count = sent < 2 ? 1 : Math.max(1, Math.ceil(sent * BURST_GROWTH));
      if (sent > 0 && sent < expected) count = expected - sent;
      else if (sent === expected && expected > 0) count = 1;
      if (this.#host.probeKind === 'invalid' && sent > MOST_HARMLESS_RATIO * expected + MOST_HARMLESS) {
        this.countsInvalid = false;
        this.#host.useValid();
        this.#longestRun = 0;
        this.#run = 0;
        sent = 0;
        continue;
      }
      count = Math.min(count, this.#host.remainingRequests);
      if (count <= 0) return false;
      const volley = yield* this.#send(count);
      sent += volley.size;
      this.#lastAdmitted = volley.admitted;
      if (volley.rejected > 0) {
        if (this.#host.probeKind === 'invalid') this.countsInvalid = true;
        return true;
      }
    }
  }

  /** Returns how many probes were rejected until one was not. */
  *#geometricRecovery(): Steps<number> {
    const sinceMs = this.#rejectedAtMs;
    let isAskedBefore = false;
    for (let rejected = 0; ; rejected += 1) {
      const { nowMs, roundTripMs } = this.#host;
      const passedMs = Math.max(nowMs - sinceMs, 20, roundTripMs);
      const hint = this.#hint(this.#host.lab.log.firstSentMs);
      const isHinted = hint !== null && nowMs < hint[1];
      const growth = isHinted ? HINTED_GROWTH : passedMs < EARLY_MS ? EARLY_GROWTH : RECOVERY_GROWTH;
      let atMs = nowMs + passedMs * growth;
      if (isHinted && atMs > hint[0]) {
        // Once before, and once so late that a window from the request that finds it begins where no grid has it begin.
        // Not before more than once: where each rejection puts off what is hinted, that would go on for ever.
        const isBefore: boolean = nowMs < hint[0] && !isAskedBefore;
        const beganMs = isAskedBefore ? this.#rejectedAtMs : sinceMs;
        atMs = isBefore ? hint[0] : hint[1] + HINTED_LATE * (hint[1] - beganMs);
        isAskedBefore ||= isBefore;
      }
      yield* this.#sleepUntil(atMs);
      const sinceRejectedMs = this.#rejectedAtMs;
      const volley = yield* this.#send(1);
      if (volley.admitted > 0) {
        this.#silenceMs = volley.sentAtMs - sinceRejectedMs;
        this.#recoveredAtMs = volley.sentAtMs;
        return rejected;
      }
    }
  }

  /**
   * When quota should return, going by what the server says, else by what is expected of a window that began then;
   * null: nobody says.
   */
  #hint(beganMs: number): Range | null {
    const told = this.#host.returnHintMs;
    if (told !== null && told[1] > this.#rejectedAtMs) return told;
    const [expected] = this.#prior;
    if (expected === undefined) return null;
    const lengthMs = expected.windowSeconds * 1000;
    return [beganMs + 0.99 * lengthMs, beganMs + 1.01 * lengthMs + this.#host.roundTripMs];
  }

  /** Uses quota until `count` more are admitted, or one is rejected: then false. */
  *#fill(count: number): Steps<boolean> {
    for (let left = count; left > 0; ) {
      const volley = yield* this.#send(left);
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
    const isCounting = this.#leader?.model.countsRejected === true;
    if (this.proofSince === null || isCounting || this.#host.isCareful || this.#pace !== null) return 0;
    return Math.max(LEAST_EXCESS, Math.ceil(PROOF_EXCESS_SHARE * expected));
  }

  /** One admitted request in the middle of a window puts its end off, or does not. */
  *#tellProlongingApart(): Steps {
    const leader = this.#leader;
    if (leader === null || !isPrecise(leader) || this.#host.lab.alive.filter(isProlonged).length < 2) return;
    yield* this.#sleepUntil(this.#recoveredAtMs + 0.5 * this.#windowMs);
    yield* this.#send(1);
    yield* this.#sleepUntil(this.#recoveredAtMs + 1.25 * this.#windowMs);
    yield* this.#fillUp(this.#capacity - 1);
    yield* this.#refine();
    yield* this.#recover();
    yield* this.#refine();
  }

  /** As many as are expected at once, then a few at a time until one is rejected. */
  *#fillUp(expected: number): Steps {
    if (expected > 0 && !(yield* this.#fill(expected + this.#excess(expected)))) return;
    const isBucket = this.#leader?.model.name === BUCKET;
    for (let size = 1 + (isBucket ? this.#spareRejections : 0); ; size = Math.ceil(size * 1.5)) {
      const volley = yield* this.#send(size);
      if (volley.rejected > 0) return;
    }
  }

  /** Fills a window in two parts: a log gives them back in two parts, a window from the first request all at once. */
  *#windowRound(): Steps {
    const capacity = this.#capacity;
    const length = this.#leader?.range('windowMs');
    if (length && length[1] < WIDE * length[0] && this.#host.nowMs - this.#recoveredAtMs > STALE_SHARE * length[0]) {
      // The window that was found open is partly gone: begin with a whole one.
      yield* this.#sleepUntil(this.#recoveredAtMs + 1.05 * length[1]);
      this.#recoveredAtMs = this.#host.nowMs;
      this.#run = 0;
    }
    const startMs = this.#recoveredAtMs;
    // Where a rejection begins a window anew, all but one are used without any, and the end of that window looked for.
    const isPushed = this.#leader !== null && isProlonged(this.#leader);
    // A log would have given back only the first half of what was used in two: a little more than that tells.
    const mayBeLog = !isLog(this.#leader?.model) && this.#host.lab.alive.some(({ model }) => isLog(model));
    const half = Math.ceil(capacity / 2) + (this.proofSince !== null && mayBeLog ? 2 : 0);
    // Now and then all at once: two windows would have to meet in just that moment each time to admit as many.
    const isWhole = this.#round % WHOLE_EVERY === 0 && !isLog(this.#leader?.model);
    const wanted = isPushed ? capacity - 1 : isWhole ? capacity : Math.min(capacity, half);
    // What was used all at once comes back all at once from either: then it is used in two parts first.
    const part = mayBeLog && wanted === capacity && this.#partBefore === capacity ? Math.ceil(capacity / 2) : wanted;
    this.#partBefore = part;
    if (this.proofSince !== null) yield* this.#awaitSure(part - this.#run);
    if (!(yield* this.#fill(part - this.#run)) || this.isProven) return;
    const split = isPushed ? LATE_SPLIT : (SPLITS[(this.#round - 1) % SPLITS.length] ?? 0.5);
    yield* this.#sleepUntil(startMs + split * this.#windowMs);
    if (isPushed) this.#endAsked = this.#host.requests.length;
    yield* this.#fillUp(capacity - this.#run);
  }

  /** Rejections that are worth foretelling before quota returns, so that the proof is none by accident. */
  get #spareRejections(): number {
    const missingBits = this.#host.foretold()?.missingBits ?? 0;
    const leader = this.#leader;
    const isCounting = leader?.model.countsRejected === true && !isProlonged(leader);
    if (this.proofSince === null || missingBits <= 0 || isCounting) return 0;
    return Math.min(MOST_SPARE_REJECTIONS, Math.ceil(missingBits / 2));
  }

  /** A log gives quota back as it was used: what is foretold is sent when all of it is surely there, if that is soon. */
  *#awaitSure(count: number): Steps {
    const { nowMs, roundTripMs, lab } = this.#host;
    if (count < 1) return;
    lab.refineLeader();
    const leader = this.#leader;
    const mostMs = Math.max(3 * roundTripMs, SURE_SHARE * this.#windowMs);
    const sure = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, mostMs, count);
    if (sure !== null && sure[1] < nowMs + mostMs) yield* this.#sleepUntil(sure[1] + 2 * CLOCK_TICK_MS);
  }

  /** If each rejection begins the wait anew, then as much silence as led to the first recovery ends it again. */
  *#silentRound(): Steps {
    const leader = this.#leader;
    if (leader !== null && isPrecise(leader)) {
      yield* this.#windowRound();
      return;
    }
    yield* this.#fillUp(this.#capacity - this.#run);
    yield* this.#sleepUntil(this.#rejectedAtMs + SILENCE_MARGIN * this.#silenceMs + this.#host.roundTripMs);
    const volley = yield* this.#send(1);
    if (volley.admitted === 0) return;
    this.#recoveredAtMs = volley.sentAtMs;
    yield* this.#measureSilence();
  }

  /**
   * Halves in on the silence that ends a wait which each rejection begins anew, for as long as that explains what is
   * seen; ends with a rejection.
   */
  *#measureSilence(): Steps {
    const { lab } = this.#host;
    for (let tries = 0; tries < MOST_SILENCES; tries += 1) {
      yield* this.#fillUp(this.firstBurst - this.#run);
      yield* this.#refine();
      for (;;) {
        const waiting = lab.alive.find(isProlonged);
        const range = waiting?.range('windowMs');
        if (!waiting || !range || isNarrow(range, WIDTH_MS)) return;
        yield* this.#sleepUntil(this.#rejectedAtMs + (range[0] + range[1]) / 2);
        const volley = yield* this.#send(1);
        if (volley.admitted > 0) break;
        if (!lab.isStanding(waiting)) return;
        yield* this.#refine();
      }
    }
  }

  /** Uses up what is there, lets quota come back for a while (longer each time, then in full), and uses it up again. */
  *#gradualRound(): Steps {
    yield* this.#fillUp(0);
    const share = [1.3, 0.3, 1.15, 0.55][this.#round % 4] ?? 1.15;
    yield* this.#restUntil(this.#host.nowMs + Math.max(share * this.#windowMs, 2 * this.#roughWindowMs[1]));
    yield* this.#fillUp(0);
  }

  /**
   * The leader forgets all that it counts after a while, its window is known well enough to wait for that, and it is
   * open how many it has room for; or it is a sliding counter, of which little else can be foretold.
   */
  get #isFreshWanted(): boolean {
    const leader = this.#leader;
    const capacity = leader?.range('capacity');
    const length = leader?.range('windowMs');
    if (!leader || !capacity || !length || length[1] > WIDE * length[0]) return false;
    const isOpen = capacity[0] < capacity[1];
    if (leader.model.algorithm === 'sliding-counter') return isOpen || this.proofSince !== null;
    if (!isLog(leader.model) || leader.model.countsRejected !== true) return false;
    // Of a small quota the probes of the last round have used up a good part.
    return isOpen || (capacity[0] <= MOST_PROBES && !isPrecise(leader));
  }

  /**
   * Waits until everything is forgotten, and uses the quota up at once: then neither weights nor rejections make a
   * difference, unless a window of a counter ends in the middle of that; so no two of these rounds have the same place
   * in a window.
   */
  *#freshRound(): Steps {
    const leader = this.#leader;
    const mostMs = leader?.range('windowMs')?.[1] ?? this.#windowMs;
    const late = LATE_STARTS[this.#round % LATE_STARTS.length] ?? 0.5;
    const windows = leader?.model.algorithm === 'sliding-counter' ? FORGOTTEN_WINDOWS + late : 1;
    yield* this.#restUntil(this.#host.nowMs + windows * mostMs + 2 * this.#host.roundTripMs);
    yield* this.#fillUp(leader?.range('capacity')?.[0] ?? this.#capacity);
  }

  /** What a hint says, or what the first recovery suggests where the leader leaves a lot open. */
  #likely(interval: Range): Range {
    const hint = this.#hint(this.#recoveredAtMs);
    if (hint !== null && hint[0] < interval[1] && hint[1] > interval[0]) {
      return [Math.max(interval[0], hint[0]), Math.min(interval[1], hint[1])];
    }
    const windowMs = this.#leader?.range('windowMs');
    if (!windowMs || windowMs[1] < WIDE * windowMs[0]) return interval;
    const earliestMs = this.#recoveredAtMs + this.#roughWindowMs[0];
    const latestMs = this.#recoveredAtMs + this.#roughWindowMs[1];
    return latestMs <= interval[0] || earliestMs >= interval[1]
      ? interval
      : [Math.max(interval[0], earliestMs), Math.min(interval[1], latestMs)];
  }

  /**
   * Single probes until one is admitted, placed where the leader is not sure. When it is as sure as need be: one just
   * before quota can be back, and one when it must be back.
   */
  *#recover(): Steps {
    const { lab } = this.#host;
    const blockedSinceMs = Math.min(this.#rejectedAtMs, this.#recoveredAtMs);
    if (yield* this.#isSilenceEnough()) return;
    let planned: Range | null = null;
    let isSpareSent = false;
    for (let probes = 0; ; probes += 1) {
      lab.refineLeader();
      const { nowMs, roundTripMs, elapsedMs } = this.#host;
      const leader = this.#leader;
      const due = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
      // Where it never is sure, as of a request that got lost, no longer than quota can take.
      const interval: Range | null = due === null ? null : [due[0], Math.min(due[1], this.#returnedByMs(due[0]))];
      let atMs: number;
      let comb: Comb | null = null;
      if (leader === null || interval === null) {
        atMs = nowMs + Math.max(20, roundTripMs, (nowMs - blockedSinceMs) * RECOVERY_GROWTH);
      } else if (!isPrecise(leader) && isProlonged(leader)) {
        // Each probe that comes too early begins the wait anew, so the length is halved in on.
        const [leastMs, mostMs] = leader.range('windowMs') ?? interval;
        atMs = Math.max(nowMs, this.#rejectedAtMs + Math.sqrt(leastMs * mostMs));
      } else if (isPrecise(leader)) {
        const [earliestMs, latestMs] = interval;
        const beforeMs = earliestMs - this.#host.foretellMs - 1;
        const spare = probes === 0 && beforeMs > nowMs && !isSpareSent ? this.#spareRejections : 0;
        // Where each of them puts the end off, all of them at the beginning.
        const stepMs = isProlonged(leader) ? 0 : (beforeMs - nowMs) / (spare + 1);
        for (let sent = 0; sent < spare; sent += 1) {
          yield* this.#sleepUntil(nowMs + (sent + 1) * stepMs);
          if ((yield* this.#send(1)).admitted > 0) return;
        }
        if (spare > 0) {
          isSpareSent = true;
          probes -= 1;
          continue;
        }
        atMs = probes === 0 && beforeMs > nowMs ? beforeMs : latestMs + 1;
      } else {
        planned ??= this.#likely(interval);
        const toleranceMs = 0.4 * Math.max(WIDTH_MS, WIDTH_RATIO * this.#windowMs);
        const [earliestMs, latestMs] = this.#likely(interval);
        const widthMs = planned[1] - planned[0];
        // A round more costs a quota, so the bigger that is, the more probes are worth it.
        const worthy = Math.min(MOST_PROBES, Math.max(LEAST_PROBES, Math.round(Math.sqrt(this.#capacity))));
        // Where rejections count, more of them than this would use up what is to return.
        const isCounting = leader.model.countsRejected === true;
        const most = isCounting ? Math.max(1, Math.min(worthy, this.#capacity - 1)) : worthy;
        const count = Math.max(1, Math.min(most, Math.ceil(widthMs / toleranceMs)));
        if (probes === 0 && isCounting) atMs = Math.max(nowMs, earliestMs + widthMs / (count + 1));
        else if (probes === 0) {
          const marginMs = this.proofSince === null ? Math.max(1, roundTripMs * 0.2) : this.#host.foretellMs + 1;
          atMs = Math.max(nowMs, earliestMs - marginMs);
          const stepMs = widthMs / count;
          if (this.#host.rejectionMs > SLOW_RATIO * stepMs && !this.#host.isCareful) {
            comb = { firstMs: atMs, fromMs: Math.max(atMs + 1, earliestMs), toMs: latestMs, stepMs };
          }
        } else {
          // Past the plan, steps grow with what was waited in vain.
          const pastMs = nowMs > planned[1] ? (nowMs - this.#recoveredAtMs) * PAST_PLAN_GROWTH : 0;
          const stepMs = Math.max(widthMs / (isCounting ? count + 1 : count), pastMs);
          if (this.#host.rejectionMs > SLOW_RATIO * stepMs && nowMs < latestMs && !this.#host.isCareful) {
            const fromMs = Math.max(nowMs, earliestMs);
            comb = { firstMs: fromMs, fromMs: fromMs + stepMs, toMs: latestMs, stepMs };
          }
          atMs = Math.max(nowMs + roundTripMs * 0.2, Math.min(latestMs + 0.5, earliestMs + stepMs));
        }
      }
      if (comb !== null) {
        if (yield* this.#comb(comb)) return;
        continue;
      }
      // What leads may be wrong and not yet refuted; then probes that it calls for must not go on for ever.
      if (probes > 2 * MOST_PROBES) atMs = Math.max(atMs, nowMs + PAST_PLAN_GROWTH * (nowMs - blockedSinceMs));
      yield* this.#sleepUntil(atMs);
      const volley = yield* this.#send(1);
      if (volley.admitted > 0) {
        this.#recoveredAtMs = volley.sentAtMs;
        return;
      }
    }
  }

  /** By then some quota has returned, if it did not return before. */
  #returnedByMs(fromMs: number): number {
    const isCounter = this.#leader?.model.algorithm === 'sliding-counter';
    return fromMs + (isCounter ? FORGOTTEN_WINDOWS : LONGEST_RETURN) * this.#windowMs + this.#host.roundTripMs;
  }

  /**
   * The first recovery came after a silence that is short against what had passed since the burst. Where rejections put
   * a window's end off, as much silence is enough again; no window that goes by itself ends so soon.
   */
  *#isSilenceEnough(): Steps<boolean> {
    const { lab, nowMs, roundTripMs, elapsedMs } = this.#host;
    const leader = this.#leader;
    if (this.#round !== 1 || leader === null || isProlonged(leader) || !lab.alive.some(isProlonged)) return false;
    const atMs = this.#rejectedAtMs + SILENCE_MARGIN * this.#silenceMs + roundTripMs;
    const due = nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
    if (due !== null && due[0] < atMs) return false;
    yield* this.#sleepUntil(atMs);
    const volley = yield* this.#send(1);
    if (volley.admitted > 0) this.#recoveredAtMs = volley.sentAtMs;
    return volley.admitted > 0;
  }

  /**
   * Single probes at even distances that do not wait for each other, where the server takes its time over rejections,
   * until one is known to be admitted; false: none was.
   */
  *#comb({ firstMs, fromMs, toMs, stepMs }: Comb): Steps<boolean> {
    const before = this.#host.requests.length;
    const sent = (): readonly Answered[] => this.#host.requests.slice(before);
    for (let atMs = firstMs; sent().length < 3 * MOST_PROBES; ) {
      yield* this.#sleepUntil(atMs);
      if (sent().some(({ outcome }) => outcome === 'admitted')) break;
      yield { kind: 'launch', count: 1 };
      if (atMs >= toMs) break;
      atMs = Math.max(fromMs, atMs + stepMs);
    }
    yield { kind: 'settle', since: before + 1 };
    let isRecovered = false;
    for (const { outcome, sentAtMs } of sent()) {
      if (outcome === 'admitted') {
        if (!isRecovered) this.#recoveredAtMs = sentAtMs;
        isRecovered = true;
        this.#run += 1;
      } else if (outcome === 'rejected') {
        this.#run = 0;
        this.#rejectedAtMs = sentAtMs;
      }
    }
    return isRecovered;
  }

  /** Windows that begin with a request and windows on a grid, of much the same length, are both possible. */
  get #isAnchorOpen(): boolean {
    const lengthOf = (hypothesis: Hypothesis): Range | null =>
      hypothesis.range('windowMs') ?? hypothesis.range('intervalMs');
    const leader = this.#leader;
    const ours = leader === null ? null : lengthOf(leader);
    if (leader === null || ours === null) return false;
    const isOnGrid = (hypothesis: Hypothesis): boolean => hypothesis.range('phaseMs') !== null;
    return this.#host.lab.alive.some((rival) => {
      const theirs = lengthOf(rival);
      if (theirs === null || isOnGrid(rival) === isOnGrid(leader)) return false;
      return theirs[0] < ours[1] * SAME_LENGTH && theirs[1] > ours[0] / SAME_LENGTH;
    });
  }
}

function isLog(model: Hypothesis['model'] | undefined): boolean {
  return model?.algorithm === 'sliding-log';
}

function isEqual(a: Range | null, b: Range | null): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}

/** Rejected requests put the end of the window off. */
function isProlonged({ model }: Hypothesis): boolean {
  return model.anchor === 'first-request' && model.countsRejected === true;
}

/**
 * With room for one request, a fixed window, a log and a bucket are one and the same; and a bucket that gets one token
 * at a time does what one that is refilled continuously does, a little earlier or later.
 */
export function isSame(a: Hypothesis, b: Hypothesis): boolean {
  if (a === b) return true;
  const buckets = ['token-bucket', 'token-bucket/one-by-one'];
  if ([a, b].every(({ model }) => buckets.includes(model.name))) return true;
  const isOne = ({ model, range }: { model: Hypothesis['model']; range: Range | null }): boolean =>
    range?.[1] === 1 && ['fixed-window/first-request', 'sliding-log', 'token-bucket'].includes(model.name);
  if ([a, b].every((hypothesis) => isOne({ model: hypothesis.model, range: hypothesis.range('capacity') })))
    return true;
  return [a, b].every((hypothesis) => isProlonged(hypothesis) && hypothesis.range('capacity')?.[1] === 1);
}

/** By the end of one more round it will be precise: what that round shows can be foretold. */
function isProvable(hypothesis: Hypothesis): boolean {
  if (isPrecise(hypothesis)) return true;
  const capacity = hypothesis.range('capacity');
  const windowMs = hypothesis.range('windowMs');
  if (capacity === null || windowMs === null || isProlonged(hypothesis)) return false;
  return capacity[0] === capacity[1] && windowMs[1] < PROVABLE * windowMs[0];
}

/** Capacity is one number, and window or refill are as narrow as `exact` promises. */
export function isPrecise(hypothesis: Hypothesis): boolean {
  const capacity = hypothesis.range('capacity');
  if (capacity === null || capacity[0] !== capacity[1]) return false;
  const windowMs = hypothesis.range('windowMs');
  if (windowMs !== null && !isNarrow(windowMs, WIDTH_MS)) return false;
  const refill = hypothesis.range('refillPerMs');
  if (refill !== null && !isNarrow(refill, 0)) return false;
  const interval = hypothesis.range('intervalMs');
  if (interval !== null && !isNarrow(interval, WIDTH_MS)) return false;
  const perStep = hypothesis.range('perStep');
  return perStep === null || perStep[0] === perStep[1];
}
