/** A proof: what is foretold from one moment on, and whether it proves what it is about. */

import type { Course } from './course.ts';
import type { Range } from './engine.ts';
import { isEqual, isPrecise, isProlonged, isSame } from './hypothesis-traits.ts';
import { fixedWindowFirstRequest } from './models/fixed-window.ts';
import type { Hypothesis } from './paving.ts';

/** Rounds that a window from the first request must not explain by itself, and how much shorter it may be. */
const LATEST_ROUNDS = 3;
const SHORTER = 0.8;
/** Rejections foretold in one round on top of what it needs. */
const MOST_SPARE_REJECTIONS = 5;

export class Proving {
  readonly #course: Course;
  /** Number of requests sent when the proof began; null: not yet. */
  since: number | null = null;
  /** Names of the models that it is about to be told from. */
  against: readonly string[] = [];
  /** So many had been sent when the end of a window was last asked for that no rejection had put off; −1: never. */
  endAsked = -1;
  #doubt = { requests: 0, isDoubtful: false };
  /** What the proof is about. */
  #of: Hypothesis['model'] | null = null;

  constructor(course: Course) {
    this.#course = course;
  }

  /** No rival stands, the numbers are narrow, and the round that was foretold came out as foretold. */
  get isProven(): boolean {
    const { lab } = this.#course.host;
    const [leader, ...rivals] = lab.alive;
    return (
      leader !== undefined &&
      rivals.every((rival) => isSame(leader, rival) && isEqual(rival.range('capacity'), leader.range('capacity'))) &&
      isPrecise(leader) &&
      !this.hasChanged &&
      this.#course.host.foretold()?.holds === true &&
      this.#isEndAsked &&
      !this.isAnchorDoubtful
    );
  }

  /**
   * What ends a block says nothing of the window before it: where rejections put its end off, the proof has to show
   * where a window without any ends. Of a quota of one there is no such window.
   */
  get #isEndAsked(): boolean {
    const leader = this.#course.leader;
    if (leader === null || !isProlonged(leader) || (leader.range('capacity')?.[0] ?? 0) < 2) return true;
    return this.since !== null && this.endAsked >= this.since;
  }

  /**
   * A window from the first request explains the latest rounds as well as one on a grid: only what was seen before them
   * speaks against it, and a limit may have changed since.
   */
  get isAnchorDoubtful(): boolean {
    const course = this.#course;
    const leader = course.leader;
    const length = leader?.range('windowMs');
    if (leader?.model.anchor !== 'clock' || !length || course.pace !== null) return false;
    const { requests } = course.host;
    if (this.#doubt.requests === requests.length && requests.at(-1)?.outcome !== null) return this.#doubt.isDoubtful;
    const since = course.roundStarts.at(-LATEST_ROUNDS) ?? 0;
    const windowMs: Range = [length[0] * SHORTER, length[1] / SHORTER];
    this.#doubt = {
      requests: requests.length,
      isDoubtful: course.host.explainsSince(since, fixedWindowFirstRequest('nothing'), windowMs),
    };
    return this.#doubt.isDoubtful;
  }

  /** The first burst admitted less than a full quota, though nobody used any before. */
  get hasChanged(): boolean {
    const course = this.#course;
    const capacity = course.leader?.range('capacity');
    return (
      !course.host.isQuotaMaybeUsed && !!capacity && course.firstBurst + course.host.lostInFirstBurst < capacity[0]
    );
  }

  /** What was foretold since the proof began has come true so far, and what foretold it still leads. */
  get isGoingWell(): boolean {
    return (
      this.since !== null && this.#course.leader?.model === this.#of && this.#course.host.foretold()?.hasFailed !== true
    );
  }

  begin(): void {
    const course = this.#course;
    course.phase = 'proof';
    this.#of = course.leader?.model ?? null;
    this.since = course.host.requests.length;
    this.against = course.host.lab.hypotheses
      .map(({ model }) => model.name)
      .filter((name) => name !== course.leader?.model.name);
  }

  /** Rejections that are worth foretelling before quota returns, so that the proof is none by accident. */
  get spareRejections(): number {
    const missingBits = this.#course.host.foretold()?.missingBits ?? 0;
    const leader = this.#course.leader;
    const isCounting = leader?.model.countsRejected === true && !isProlonged(leader);
    if (this.since === null || missingBits <= 0 || isCounting) return 0;
    return Math.min(MOST_SPARE_REJECTIONS, Math.ceil(missingBits / 2));
  }
}
