/**
 * Rounds: the quota is used up in a way that tells models apart, and the moment looked for when it returns. From when
 * the length is roughly known they are proofs: what comes is foretold.
 */

import { askBucket } from './bucket-rounds.ts';
import type { Course } from './course.ts';
import type { Range } from './engine.ts';
import type { Steps } from './finder.ts';
import { BUCKET, isLog, isPrecise, isProlonged, isProvable, WIDE } from './hypothesis-traits.ts';
import { EXHAUSTIVE, isNarrow, nextReturn, WIDTH_MS } from './lab.ts';
import { CLOCK_TICK_MS } from './log.ts';
import { PENALISED } from './models/penalty.ts';
import type { Hypothesis } from './paving.ts';
import { askPenalty } from './penalty-rounds.ts';
import { FORGOTTEN_WINDOWS, LONGEST_RETURN, MOST_PROBES, recover, SILENCE_MARGIN } from './recovery.ts';
import { tellApart, tellProlongingApart } from './telling-apart.ts';

/** How long after the last boundary a round begins, in windows, when the anchor is to be found out. */
const LATE_STARTS = [0.3, 0.6, 0.2, 0.45, 0.8, 0.37] as const;
const SAME_LENGTH = 1.03;
/** Times that a wait which rejections prolong is halved in on. */
const MOST_SILENCES = 5;
const MOST_ROUNDS = 20;
const MOST_ROUNDS_BEHIND = 10;
/** What a round takes: so many quotas, and probes. */
const ROUND_QUOTAS = 2;
const ROUND_PROBES = 3;
/** So many rounds without anything learnt end the run. */
const STUCK_ROUNDS = 6;
/** After so many of them that were cut short, a thought may take so long. */
const FRUITLESS_ROUNDS = 1;
const LONG_THOUGHT_MS = 15_000;
/** Where more of a window than this is over before a round begins, it begins with a new one. */
const STALE_SHARE = 0.3;
/** One round in so many uses the quota all at once. */
const WHOLE_EVERY = 3;
/** A share of the window that is worth waiting for something to be sure. */
const SURE_SHARE = 0.03;
/** Where in a window the second part of its quota is used, round by round: never twice in the same place. */
const SPLITS = [0.55, 0.45, 0.62, 0.35, 0.5, 0.7] as const;
/** The same in a window that rejections prolong: as late as is surely before its end. */
const LATE_SPLIT = 0.975;
const LEAST_SPLIT = 0.7;
/** So many round trips are left for the answers before it ends. */
const END_ROUND_TRIPS = 4;

export class WindowRounds {
  readonly #course: Course;
  #learnt: { alive: number; width: number; leader: string | undefined; rounds: number } = {
    alive: 0,
    width: 0,
    leader: undefined,
    rounds: 0,
  };
  /** Used at the beginning of the latest round, before the rest. */
  #partBefore = 0;
  #proofs = 0;

  constructor(course: Course) {
    this.#course = course;
  }

  /** Until the limit that is not in question lets a whole round through, and the one that is has a new window. */
  *#awaitOther(): Steps {
    const course = this.#course;
    const { other, nowMs, roundTripMs, elapsedMs } = course.host;
    const leader = other?.leader;
    if (course.pace !== null || other === null || !leader) return;
    other.refineLeader();
    const needed = Math.min(leader.range('capacity')?.[0] ?? 0, ROUND_QUOTAS * course.capacity + ROUND_PROBES);
    const due = nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs, needed);
    const longestMs = leader.range('windowMs')?.[1] ?? Number.POSITIVE_INFINITY;
    const dueMs = Math.min(due?.[1] ?? 0, nowMs + LONGEST_RETURN * longestMs);
    const restMs = course.paceOfLeader()?.restMs ?? 0;
    yield* course.sleepUntil(Math.max(nowMs + restMs, dueMs + CLOCK_TICK_MS) + roundTripMs);
    course.recoveredAtMs = course.host.nowMs;
    course.run = 0;
  }

  *run(): Steps {
    const course = this.#course;
    const { proof } = course;
    const { lab } = course.host;
    const most = course.pace === null ? MOST_ROUNDS : MOST_ROUNDS_BEHIND;
    for (course.round = 1; course.round <= most; course.round += 1) {
      yield* this.#awaitOther();
      course.roundStarts.push(course.host.requests.length);
      course.phase = `round ${course.round}`;
      if (!proof.isGoingWell) proof.since = null;
      if (course.leader !== null && isProvable(course.leader)) {
        // Mostly one proof tells them apart anyway.
        if (this.#proofs > 0) yield* this.#beginLate();
        this.#proofs += 1;
        if (proof.since === null) proof.begin();
      }
      course.notePace();
      if (course.leader?.model.name === BUCKET && !course.isBucketAsked) {
        // So much came back at first that it did not look like one.
        yield* course.fillUp(0);
        yield* course.refine();
        yield* askBucket(course);
        if (proof.isProven) return;
      }
      if (this.#isFreshWanted) yield* this.#freshRound();
      else if (course.isGradual) yield* this.#gradualRound();
      else if (course.leader !== null && isProlonged(course.leader)) yield* this.#silentRound();
      else yield* this.#windowRound();
      yield* course.refine();
      if (proof.isProven) return;
      if (proof.since !== null && !proof.isGoingWell) proof.since = null;
      const { leader } = lab;
      const canBegin =
        leader !== null && (course.isGradual ? isPrecise(leader) : this.#proofs > 0 && isProvable(leader));
      if (proof.since === null && canBegin) proof.begin();
      course.notePace();
      const freeUntilMs = proof.since === null ? null : course.nothingToAskUntilMs();
      if (freeUntilMs !== null) yield* course.thinkUntil(freeUntilMs, lab.refineRivals(EXHAUSTIVE));
      yield* recover(course);
      yield* course.refine();
      if (proof.since !== null && !proof.isProven) yield* course.think(lab.refineRivals(EXHAUSTIVE));
      if (lab.isPenaltyLikely && course.pace === null && !course.host.isCareful) {
        if (lab.lookAtAlso(PENALISED)) yield* course.think(lab.refine());
        if (yield* askPenalty(course)) return;
        yield* course.refine();
      }
      if (lab.alive.length === 0 || proof.isProven) return;
      yield* tellProlongingApart(course);
      // The rounds themselves refute most rivals; questions of their own are for those that outlive a proof.
      if (proof.since !== null) yield* tellApart(course);
      if (proof.isProven) return;
      if (lab.alive.length === 0 || (yield* this.#isStuck())) return;
    }
  }

  /**
   * Several rounds in a row have taught nothing: the network is too slow, or the limiter is none that is known. Or there
   * was too little time to think about what was seen: then that comes first.
   */
  *#isStuck(): Steps<boolean> {
    const course = this.#course;
    const { lab } = course.host;
    if (!this.#isFruitless() || this.#learnt.rounds < FRUITLESS_ROUNDS) return false;
    if (course.isThoughtCut) {
      course.phase = 'thinking';
      const untilMs = course.host.nowMs + LONG_THOUGHT_MS;
      yield* course.thinkUntil(untilMs, lab.refine());
      yield* course.thinkUntil(untilMs, lab.refineRivals(EXHAUSTIVE));
      this.#isFruitless();
    }
    return lab.alive.length === 0 || this.#learnt.rounds >= STUCK_ROUNDS;
  }

  #isFruitless(): boolean {
    const { alive, leader } = this.#course.host.lab;
    const width = alive.reduce((sum, { spread }) => sum + Math.log(spread), 0);
    const hasLearnt =
      alive.length < this.#learnt.alive ||
      width < 0.97 * this.#learnt.width ||
      leader?.model.name !== this.#learnt.leader ||
      this.#learnt.alive === 0;
    this.#learnt = hasLearnt
      ? { alive: alive.length, width, leader: leader?.model.name, rounds: 0 }
      : { ...this.#learnt, rounds: this.#learnt.rounds + 1 };
    return !hasLearnt;
  }

  /**
   * Where windows from a request and windows on a grid would both explain everything: lets a whole window pass and a
   * part of the next, so that a window from the first request begins where no grid has it begin.
   */
  *#beginLate(): Steps {
    const course = this.#course;
    const longest = course.leader?.range('windowMs');
    if (!longest || !(this.#isAnchorOpen || course.proof.isAnchorDoubtful)) return;
    const late = 1 + (LATE_STARTS[course.round % LATE_STARTS.length] ?? 0.5);
    yield* course.restUntil(course.recoveredAtMs + late * longest[1]);
    course.recoveredAtMs = course.host.nowMs;
    course.run = 0;
  }

  /** Fills a window in two parts: a log gives them back in two parts, a window from the first request all at once. */
  *#windowRound(): Steps {
    const course = this.#course;
    const { proof } = course;
    const capacity = course.capacity;
    const length = course.leader?.range('windowMs');
    if (length && length[1] < WIDE * length[0] && course.host.nowMs - course.recoveredAtMs > STALE_SHARE * length[0]) {
      // The window that was found open is partly gone: begin with a whole one.
      yield* course.sleepUntil(course.recoveredAtMs + 1.05 * length[1]);
      course.recoveredAtMs = course.host.nowMs;
      course.run = 0;
    }
    const startMs = course.recoveredAtMs;
    // Where a rejection begins a window anew, all but one are used without any, and the end of that window looked for.
    const isPushed = course.leader !== null && isProlonged(course.leader);
    // A log would have given back only the first half of what was used in two: a little more than that tells.
    const mayBeLog = !isLog(course.leader?.model) && course.host.lab.alive.some(({ model }) => isLog(model));
    const half = Math.ceil(capacity / 2) + (proof.since !== null && mayBeLog ? 2 : 0);
    // Now and then all at once: two windows would have to meet in just that moment each time to admit as many.
    const isWhole = course.round % WHOLE_EVERY === 0 && !isLog(course.leader?.model);
    const wanted = isPushed ? capacity - 1 : isWhole ? capacity : Math.min(capacity, half);
    // What was used all at once comes back all at once from either: then it is used in two parts first.
    const part = mayBeLog && wanted === capacity && this.#partBefore === capacity ? Math.ceil(capacity / 2) : wanted;
    this.#partBefore = part;
    if (proof.since !== null) yield* this.#awaitSure(part - course.run);
    if (!(yield* course.fill(part - course.run)) || proof.isProven) return;
    const lateSplit = Math.min(LATE_SPLIT, 1 - (END_ROUND_TRIPS * course.host.roundTripMs) / course.windowMs);
    const split = isPushed ? Math.max(LEAST_SPLIT, lateSplit) : (SPLITS[(course.round - 1) % SPLITS.length] ?? 0.5);
    yield* course.sleepUntil(startMs + split * course.windowMs);
    const asked = course.host.requests.length;
    yield* course.fillUp(capacity - course.run);
    // What was rejected when the window may have been over says nothing of its end.
    if (isPushed && length && course.host.nowMs < startMs + length[0]) proof.endAsked = asked;
  }

  /** A log gives quota back as it was used: what is foretold is sent when all of it is surely there, if that is soon. */
  *#awaitSure(count: number): Steps {
    const course = this.#course;
    const { nowMs, roundTripMs, lab } = course.host;
    if (count < 1) return;
    lab.refineLeader();
    const leader = course.leader;
    const mostMs = Math.max(3 * roundTripMs, SURE_SHARE * course.windowMs);
    const sure = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, mostMs, count);
    if (sure !== null && sure[1] < nowMs + mostMs) yield* course.sleepUntil(sure[1] + 2 * CLOCK_TICK_MS);
  }

  /** If each rejection begins the wait anew, then as much silence as led to the first recovery ends it again. */
  *#silentRound(): Steps {
    const course = this.#course;
    const leader = course.leader;
    if (leader !== null && isPrecise(leader)) {
      yield* this.#windowRound();
      return;
    }
    yield* course.fillUp(course.capacity - course.run);
    yield* course.sleepUntil(course.rejectedAtMs + SILENCE_MARGIN * course.silenceMs + course.host.roundTripMs);
    const volley = yield* course.send(1);
    if (volley.admitted === 0) return;
    course.recoveredAtMs = volley.sentAtMs;
    yield* this.#measureSilence();
  }

  /**
   * Halves in on the silence that ends a wait which each rejection begins anew, for as long as that explains what is
   * seen; ends with a rejection.
   */
  *#measureSilence(): Steps {
    const course = this.#course;
    const { lab } = course.host;
    for (let tries = 0; tries < MOST_SILENCES; tries += 1) {
      yield* course.fillUp(course.firstBurst - course.run);
      yield* course.refine();
      for (;;) {
        const waiting = lab.alive.find(isProlonged);
        const range = waiting?.range('windowMs');
        if (!waiting || !range || isNarrow(range, WIDTH_MS)) return;
        yield* course.sleepUntil(course.rejectedAtMs + (range[0] + range[1]) / 2);
        const volley = yield* course.send(1);
        if (volley.admitted > 0) break;
        if (!lab.isStanding(waiting)) return;
        yield* course.refine();
      }
    }
  }

  /** Uses up what is there, lets quota come back for a while (longer each time, then in full), and uses it up again. */
  *#gradualRound(): Steps {
    const course = this.#course;
    yield* course.fillUp(0);
    const share = [1.3, 0.3, 1.15, 0.55][course.round % 4] ?? 1.15;
    // A length that is a guess may be many times too long.
    const isGuess = course.leader === null || !isPrecise(course.leader);
    const fullMs = isGuess ? Math.min(course.windowMs, 2 * course.host.elapsedMs) : course.windowMs;
    yield* course.restUntil(course.host.nowMs + Math.max(share * fullMs, 2 * course.roughWindowMs[1]));
    yield* course.fillUp(0);
  }

  /**
   * The leader forgets all that it counts after a while, its window is known well enough to wait for that, and it is
   * open how many it has room for; or it is a sliding counter, of which little else can be foretold.
   */
  get #isFreshWanted(): boolean {
    const leader = this.#course.leader;
    const capacity = leader?.range('capacity');
    const length = leader?.range('windowMs');
    if (!leader || !capacity || !length || length[1] > WIDE * length[0]) return false;
    const isOpen = capacity[0] < capacity[1];
    if (leader.model.algorithm === 'sliding-counter') return isOpen || this.#course.proof.since !== null;
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
    const course = this.#course;
    const leader = course.leader;
    const mostMs = leader?.range('windowMs')?.[1] ?? course.windowMs;
    const late = LATE_STARTS[course.round % LATE_STARTS.length] ?? 0.5;
    const windows = leader?.model.algorithm === 'sliding-counter' ? FORGOTTEN_WINDOWS + late : 1;
    yield* course.restUntil(course.host.nowMs + windows * mostMs + 2 * course.host.roundTripMs);
    yield* course.fillUp(leader?.range('capacity')?.[0] ?? course.capacity);
  }

  /** Windows that begin with a request and windows on a grid, of much the same length, are both possible. */
  get #isAnchorOpen(): boolean {
    const lengthOf = (hypothesis: Hypothesis): Range | null =>
      hypothesis.range('windowMs') ?? hypothesis.range('intervalMs');
    const leader = this.#course.leader;
    const ours = leader === null ? null : lengthOf(leader);
    if (leader === null || ours === null) return false;
    const isOnGrid = (hypothesis: Hypothesis): boolean => hypothesis.range('phaseMs') !== null;
    return this.#course.host.lab.alive.some((rival) => {
      const theirs = lengthOf(rival);
      if (theirs === null || isOnGrid(rival) === isOnGrid(leader)) return false;
      return theirs[0] < ours[1] * SAME_LENGTH && theirs[1] > ours[0] / SAME_LENGTH;
    });
  }
}
