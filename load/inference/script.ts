/**
 * The order of experiments. Each volley waits for its answers, so volleys follow each other; what they show is judged
 * by the hypotheses alone. The script only decides what to ask next:
 *
 *   first burst     growing volleys until one is rejected
 *   first recovery  single probes at growing distances until one is admitted
 *   rounds          use the quota up in a way that tells models apart, and look for the moment when it returns
 *   proof           one more round, foretold
 */

import { bucketRounds } from './bucket-rounds.ts';
import { BrokenPace, Course } from './course.ts';
import { enduredWindows } from './endurance.ts';
import type { Steps } from './finder.ts';
import { askAside, askOverAdmission, FurtherAnswers } from './further-questions.ts';
import { WIDE } from './hypothesis-traits.ts';
import { askInFlight, type InFlightFinding } from './in-flight.ts';
import { EXHAUSTIVE } from './lab.ts';
import { geometricRecovery } from './recovery.ts';
import { askShedding, isSuspicious, type Shedding } from './shedding.ts';
import { WindowRounds } from './window-rounds.ts';

/** Volleys of the first burst grow by this share of all that was sent, which is how far they may overshoot. */
const BURST_GROWTH = 0.3;
/** So many answers of the first burst, and this share of them, may be missing because they got lost. */
const FEW_LOST = 2;
const LOST_SHARE = 0.05;
/** Behind a first limit that was not proven, a second one is looked for with so many requests, and so many times as before. */
const UNPROVEN_REQUESTS = 1000;
const UNPROVEN_RATIO = 4;
/** So many earlier notes of the first limit are tried. */
const MOST_NOTES = 8;
/** So many invalid requests that are not rejected, beside those that a limit was expected for, do not use up quota. */
const MOST_HARMLESS = 150;
const MOST_HARMLESS_RATIO = 1.3;

export class Script {
  readonly course: Course;
  readonly answers = new FurtherAnswers();
  /** What was found where it matters how many are under way; null: nothing of the kind. */
  inFlight: InFlightFinding | null = null;
  /** After the proof something was rejected that the limit should have let through, and no second one is known for it. */
  isContradicted = false;
  /** Rejections at random instead of a limit; null: nothing of the kind. */
  shedding: Shedding | null = null;
  /** The search for a longer limit behind the one that was found; null: none showed. */
  second: Script | null = null;
  /** Requests, and how long, in which no second limit showed; null: it was not looked for. */
  endured: { readonly requests: number; readonly seconds: number } | null = null;
  readonly #windows: WindowRounds;
  /** Admitted of the volley in which something was first rejected. */
  #lastAdmitted = 0;

  constructor(course: Course) {
    this.course = course;
    this.#windows = new WindowRounds(course);
  }

  *run(): Steps {
    const course = this.course;
    yield* this.#identify();
    if (this.inFlight !== null) return;
    const isProven = course.proof.isProven;
    const isUnexplained = course.isUnexplained && this.#fellSince() === null;
    if (!isProven && (isUnexplained || isSuspicious(course.host))) {
      yield* this.#askShedding();
      if (this.shedding !== null) return;
    }
    if (course.host.isCareful) {
      if (isProven) yield* askOverAdmission(course, this.answers);
    } else {
      // A limit that fell only after it was nearly known may have a longer one behind it.
      const sinceRequests = isProven ? yield* this.#endure() : this.#fellSince();
      if (sinceRequests !== null) {
        yield* this.#askSecond(sinceRequests, isProven);
        if (course.isUnexplained) yield* this.#askShedding();
        if (!isProven && this.shedding === null && !this.#isSecondKnown) yield { kind: 'restart' };
        if (this.second !== null) return;
        // A request that got lost may have been counted: it cannot be said whose rejection it was.
        this.isContradicted = isProven;
      }
      if (course.isUnexplained) yield { kind: 'restart' };
    }
    if (!course.proof.isProven || this.isContradicted) return;
    course.asideSince ??= course.host.requests.length;
    yield* askAside(course, this.answers);
  }

  /** What was looked for behind the first limit has numbers. */
  get #isSecondKnown(): boolean {
    const leader = this.course.leader;
    const capacity = leader?.range('capacity');
    return this.second !== null && !!leader && !!capacity && capacity[0] === capacity[1] && leader.spread < WIDE;
  }

  *#askShedding(): Steps {
    this.course.phase = 'rejections at random';
    this.shedding = yield* askShedding(this.course.host);
  }

  /**
   * A short window is used up again and again, for as long as a second limit may take to show. Returns how many
   * requests were sent before what nothing explains but a second limit; null: all went as it should.
   */
  *#endure(): Steps<number | null> {
    const course = this.course;
    const pace = course.paceOfLeader();
    if (pace === null) return null;
    const [, longer] = course.prior;
    const expected = longer === undefined ? 0 : Math.ceil((longer.requests + 1) / pace.count) + 1;
    const volleys = Math.max(expected, enduredWindows(pace.count, pace.restMs));
    if (volleys === 0) return null;
    course.phase = 'second limit';
    const sinceRequests = course.host.requests.length;
    const sinceMs = course.host.nowMs;
    course.asideSince = sinceRequests;
    for (let sent = 0; sent < volleys; sent += 1) {
      yield* course.sleepUntil(course.host.nowMs + pace.restMs + 2 * course.host.roundTripMs);
      const volley = yield* course.send(pace.count);
      if (volley.admitted + volley.rejected < volley.size) {
        // As long as a lost request may yet be counted, a rejection may be its doing. A second limit rejects again.
        yield { kind: 'settle' };
      } else if (volley.rejected > 0) return sinceRequests;
    }
    this.endured = {
      requests: course.host.requests.length - sinceRequests,
      seconds: (course.host.nowMs - sinceMs) / 1000,
    };
    return null;
  }

  /** Nothing stands any more, but something nearly stood: how many requests were sent by then; else null. */
  #fellSince(): number | null {
    return this.course.isUnexplained ? (this.course.known.at(-1)?.requests ?? null) : null;
  }

  /** Looks for the limit behind the one that is known, never asking for more than that one lets through. */
  *#askSecond(sinceRequests: number, isProven: boolean): Steps {
    const course = this.course;
    const now = course.paceOfLeader();
    // The first of what nothing explains may have come before the numbers were last noted.
    const noted =
      isProven || course.known.length === 0 ? now && [{ requests: sinceRequests, pace: now }] : course.known;
    if (noted === null || course.pace !== null) return;
    const { asideSince } = course;
    course.asideSince = null;
    yield { kind: 'settle' };
    let begun: (typeof noted)[number] | null = null;
    for (const note of noted.slice(-MOST_NOTES).reverse()) {
      if (course.host.beginSecondTier(note.requests, note.pace, isProven)) begun = note;
      if (begun !== null) break;
      yield { kind: 'pause' };
    }
    if (begun === null) {
      course.asideSince = asideSince;
      return;
    }
    const { host } = course;
    const mostRequests = isProven
      ? Number.POSITIVE_INFINITY
      : UNPROVEN_REQUESTS + UNPROVEN_RATIO * host.requests.length;
    this.second = new Script(new Course(host, begun.pace, mostRequests));
    try {
      yield* this.second.#identifyBehind(course.rejectedAtMs);
    } catch (error) {
      if (!(error instanceof BrokenPace)) throw error;
      yield* this.#askShedding();
    }
    this.second.course.asideSince = course.host.requests.length;
    if (this.second.course.proof.isProven) yield* this.#returnToFirst(isProven ? sinceRequests : null);
  }

  /**
   * Holds the first limit against what was surely its own. A proof before the second one showed stands if that says the
   * same; else there is a new one, whenever the second limit has room for a whole round.
   */
  *#returnToFirst(provenBy: number | null): Steps {
    const course = this.course;
    const { proof } = course;
    // Books are only written anew when all is answered that belongs in them.
    yield { kind: 'settle' };
    course.host.returnToFirst();
    yield* course.refine();
    yield* course.think(course.host.lab.refineRivals(EXHAUSTIVE));
    course.asideSince = provenBy;
    if (provenBy === null || !proof.isProven) {
      course.asideSince = null;
      proof.since = null;
      course.run = 0;
      yield* this.#windows.run();
    }
    yield { kind: 'settle' };
    for (const _ of course.host.endReturn(proof.isProven)) yield { kind: 'pause' };
    if (this.second !== null) yield* this.second.#continueBehind();
    course.asideSince = course.host.requests.length;
  }

  /** What is held against more than before may be known less well: then a few rounds more, from a full quota. */
  *#continueBehind(): Steps {
    const { course } = this;
    if (course.proof.isProven || course.host.lab.leader === null) return;
    course.asideSince = null;
    course.proof.since = null;
    yield* course.restUntil(course.host.nowMs + (course.paceOfLeader()?.restMs ?? course.windowMs));
    course.recoveredAtMs = course.host.nowMs;
    course.run = 0;
    try {
      yield* this.#windows.run();
    } catch (error) {
      // Then what was found stays as wide as it is.
      if (!(error instanceof BrokenPace)) throw error;
    }
    course.asideSince = course.host.requests.length;
  }

  *#identifyBehind(rejectedAtMs: number): Steps {
    const course = this.course;
    const { log } = course.host.lab;
    course.rejectedAtMs = rejectedAtMs;
    course.longestRun = log.surelyAdmitted(log.firstSentMs, course.host.nowMs);
    // Those of which no answer came may have been admitted.
    course.firstBurst = log.possiblyAdmitted(log.firstSentMs, course.host.nowMs);
    course.phase = 'recovery of the second limit';
    yield* geometricRecovery(course);
    yield* this.#rounds();
  }

  *#identify(): Steps {
    const course = this.course;
    if (!(yield* this.#askFirstBurst())) return;
    course.firstBurst = course.longestRun;
    course.phase = 'first recovery';
    // What is still under way may be waiting for its turn; a few have got lost.
    const { requests } = course.host;
    const missing = requests.filter(({ outcome }) => outcome === null).length;
    if (missing > Math.max(FEW_LOST, LOST_SHARE * requests.length)) yield { kind: 'settle' };
    const rejected = yield* geometricRecovery(course);
    if (rejected === 0 && !course.host.isCareful) {
      // Not one request was rejected with no other under way.
      course.phase = 'in flight';
      this.inFlight = yield* askInFlight(course.host, this.#lastAdmitted);
      if (this.inFlight !== null) return;
      course.phase = 'first recovery';
    }
    yield* this.#rounds();
  }

  /** From the first recovery on. */
  *#rounds(): Steps {
    const course = this.course;
    const { lab } = course.host;
    const { firstSentMs, volleys } = lab.log;
    // A cold server may have taken its time over the first one.
    const beganByMs = volleys.find(({ admitted }) => admitted > 0)?.firstAdmittedByMs ?? firstSentMs;
    course.roughWindowMs = [course.rejectedAtMs - beganByMs, course.recoveredAtMs - firstSentMs];
    yield* bucketRounds(course);
    if (!course.proof.isProven) yield* this.#windows.run();
  }

  /** False: the budget for requests allows no more, and nothing was rejected. */
  *#askFirstBurst(): Steps<boolean> {
    const course = this.course;
    const expected = course.prior[0]?.requests ?? 0;
    let sent = 0;
    for (;;) {
      let count = sent < 2 ? 1 : Math.max(1, Math.ceil(sent * BURST_GROWTH));
      if (sent > 0 && sent < expected) count = expected - sent;
      else if (sent === expected && expected > 0) count = 1;
      if (course.host.probeKind === 'invalid' && sent > MOST_HARMLESS_RATIO * expected + MOST_HARMLESS) {
        this.answers.countsInvalid = false;
        course.host.useValid();
        course.longestRun = 0;
        course.run = 0;
        sent = 0;
        continue;
      }
      count = Math.min(count, course.host.remainingRequests);
      if (count <= 0) return false;
      const volley = yield* course.send(count);
      sent += volley.size;
      this.#lastAdmitted = volley.admitted;
      if (volley.rejected > 0) {
        if (course.host.probeKind === 'invalid') this.answers.countsInvalid = true;
        return true;
      }
    }
  }
}
