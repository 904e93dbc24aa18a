/** The hypotheses of a run, held against its log: which still stand, which leads, and what they foretell. */
import type { Range } from './engine.ts';
import type { Log, Return } from './log.ts';
import { ban } from './models/ban.ts';
import type { Bounds, Model } from './models/model.ts';
import { isPenalised } from './models/penalty.ts';
import { type Foreteller, Hypothesis, type Thinking } from './paving.ts';

/** Boxes a hypothesis may keep: enough to enclose the leader well, few enough for the slow interpreter of k6. */
const QUICK = 24;
const FAIR = 48;
/** Boxes tried to refute a rival that stands only because nobody looked closely enough. */
export const EXHAUSTIVE = 3000;
const WIDE = 2.2;
/** Boxes tried at once to refute a costly rival of a leader that is known roughly. */
const ROUGH_TRIES = 48;

/** Windows narrower than this fraction, or this many ms, are what `exact` promises. */
export const WIDTH_RATIO = 0.02;
export const WIDTH_MS = 20;

/** A moment that is known so much better than the one that grids are anchored at is worth beginning anew for. */
const REANCHOR_SHARE = 0.6;

function widthOf({ afterMs, byMs }: Return): number {
  return byMs - afterMs;
}

export class Lab {
  readonly log: Log;
  #models: readonly Model[];
  readonly #reserve: readonly Model[];
  #hypotheses: Hypothesis[] = [];
  #bounds: Bounds | null = null;

  /** `reserve`: models that are looked at beside their like, and when all others have fallen. */
  constructor(log: Log, models: readonly Model[], reserve: readonly Model[] = []) {
    this.log = log;
    this.#models = models;
    this.#reserve = reserve;
  }

  get hasBegun(): boolean {
    return this.#hypotheses.length > 0;
  }

  get bounds(): Bounds | null {
    return this.#bounds;
  }

  /** A bare ban says less than one with a limit before it: it is none of them while one of those stands. */
  get hypotheses(): readonly Hypothesis[] {
    const isTold = this.#hypotheses.some(({ model, isAlive }) => isAlive && isPenalised(model));
    return isTold ? this.#hypotheses.filter(({ model }) => model !== ban) : this.#hypotheses;
  }

  get alive(): Hypothesis[] {
    return this.hypotheses.filter(({ isAlive }) => isAlive);
  }

  /** Nothing explains what was seen but a ban, or what explains a lot, or nothing at all. */
  get isPenaltyLikely(): boolean {
    const isLastResort = ({ model }: Hypothesis): boolean =>
      model === ban || isPenalised(model) || this.#reserve.includes(model);
    return this.hasBegun && this.alive.every(isLastResort);
  }

  /** Looks at these as well; false: it does so already. */
  lookAtAlso(models: readonly Model[]): boolean {
    const bounds = this.#bounds;
    const added = models.filter((model) => !this.#models.includes(model));
    if (bounds === null || added.length === 0) return false;
    this.#models = [...this.#models, ...added];
    this.#hypotheses.push(...added.map((model) => new Hypothesis(model, bounds)));
    return true;
  }

  get leader(): Hypothesis | null {
    return leaderOf(this.alive);
  }

  /** Sets all models up, unrefined, within these bounds; again when the bounds turn out to have been too narrow. */
  begin(bounds: Bounds): void {
    this.#bounds = bounds;
    this.#hypotheses = this.#models.map((model) => new Hypothesis(model, bounds));
  }

  /**
   * The reserve stands beside the models that it is like, and where no other explains what was seen; beside any other
   * leader it would only stand for lack of a question. True: it came in just now, and is not held against the log yet.
   */
  useReserve(): boolean {
    const bounds = this.#bounds;
    if (bounds === null || this.#reserve.length === 0) return false;
    const isReserve = ({ model }: Hypothesis): boolean => this.#reserve.includes(model);
    const others = this.#hypotheses.filter((hypothesis) => !isReserve(hypothesis));
    const leader = leaderOf(others.filter(({ isAlive }) => isAlive));
    const isWanted = leader === null || this.#reserve.some(({ algorithm }) => algorithm === leader.model.algorithm);
    const isUsed = others.length < this.#hypotheses.length;
    if (isUsed && !isWanted) this.#hypotheses = others;
    if (isUsed || !isWanted) return false;
    this.#hypotheses = [...others, ...this.#reserve.map((model) => new Hypothesis(model, bounds))];
    return true;
  }

  /** Holds every hypothesis against the log; pauses now and then, so that a slow interpreter can attend to others. */
  *refine(): Thinking {
    this.#anchor();
    // Where few are left, they can be looked at more closely in the same time.
    const most = Math.max(FAIR, Math.round((FAIR * 8) / this.alive.length));
    const done = new Set<Hypothesis>();
    for (;;) {
      const { leader } = this;
      const next = leader !== null && !done.has(leader) ? leader : this.#rivals.find((one) => !done.has(one));
      if (next === undefined) return;
      done.add(next);
      const isRough = next !== leader && leader !== null && leader.spread < WIDE && isCostly(next.model);
      yield* isRough ? next.tryToRefute(this.log, ROUGH_TRIES) : next.refineInSteps(this.log, most);
    }
  }

  /** Looks closer at those that stand beside the leader: most of them only stand because their boxes are coarse. */
  *refineRivals(tries: number): Thinking {
    for (const rival of this.#rivals) yield* rival.tryToRefute(this.log, tries);
  }

  /** Looks whether what does nearly what the leader does may be of another size than this, and whether it stands at all. */
  *refineVariants(capacity: number, tries: number): Thinking {
    const name = this.leader?.model.name;
    for (const variant of this.alive) {
      if (variant.model.variantOf === name) yield* variant.narrowCapacity(this.log, capacity, tries);
    }
  }

  /** Those that stand beside the leader; what differs from it in its capacity only has its own question. */
  get #rivals(): Hypothesis[] {
    const { leader } = this;
    return this.alive.filter((one) => one !== leader && one.model.variantOf !== leader?.model.name);
  }

  /** Grids are looked at from where one of their moments is known best: then length and phase hang together least. */
  #anchor(): void {
    if (this.#bounds === null) return;
    const best = this.log.turns.returns.reduce<Return | null>(
      (least, one) => (least === null || widthOf(one) < widthOf(least) ? one : least),
      null,
    );
    const [afterMs, byMs] = this.#bounds.boundaryMs;
    if (best === null || widthOf(best) > REANCHOR_SHARE * (byMs - afterMs)) return;
    this.#bounds = { ...this.#bounds, boundaryMs: [best.afterMs, best.byMs] };
    for (const hypothesis of this.alive) hypothesis.reanchor(this.#bounds);
  }

  /** The hypothesis of this model while it stands; null: it fell, or nothing has begun. */
  standing(name: string): Hypothesis | null {
    return this.#hypotheses.find(({ model, isAlive }) => isAlive && model.name === name) ?? null;
  }

  /** Holds only this one against the log; false: it fell. */
  isStanding(hypothesis: Hypothesis): boolean {
    hypothesis.refine(this.log, QUICK);
    return hypothesis.isAlive;
  }

  /** Holds only the leader against the log; the next one takes over if it falls. */
  refineLeader(): void {
    for (let leader = this.leader; leader !== null; leader = this.leader) {
      leader.refine(this.log, QUICK);
      if (leader.isAlive) return;
    }
  }
}

/**
 * The simplest one that stands; one whose parameters are still all over the place only if there is no other, one that
 * punishes rejected requests only if nothing simpler stands, and one that can be made to fit nearly everything last.
 */
function leaderOf(alive: readonly Hypothesis[]): Hypothesis | null {
  const mild = alive.filter(({ model }) => !isPunishing(model) && !isIntricate(model));
  const punishing = alive.filter(({ model }) => isPunishing(model));
  const isKnown = ({ spread }: Hypothesis): boolean => spread < WIDE;
  const known = [mild, punishing, alive].map((group) => group.find(isKnown));
  return known[0] ?? mild[0] ?? known[1] ?? known[2] ?? alive[0] ?? null;
}

/** Three parameters: there are boxes without end. As a rival one example of what explains everything will do. */
function isCostly({ parameters }: Model): boolean {
  return parameters.length > 2;
}

/** Weights and counted rejections together explain a lot. */
function isIntricate({ algorithm, countsRejected }: Model): boolean {
  return algorithm === 'sliding-counter' && countsRejected === true;
}

/** Rejected requests put the end of a window off, or bring a ban about. */
function isPunishing(model: Model): boolean {
  const { algorithm, anchor, countsRejected } = model;
  const isProlonged = algorithm === 'fixed-window' && anchor === 'first-request' && countsRejected === true;
  return model === ban || isPenalised(model) || isProlonged;
}

/**
 * When so many requests would next be admitted at once, if none is sent before: not before the first moment, surely
 * from the second one on; null: not within the horizon.
 */
export function nextReturn(
  hypothesis: Hypothesis,
  nowMs: number,
  roundTripMs: number,
  horizonMs: number,
  count = 1,
): Range | null {
  /** Not reached at the first of these, reached at the second. */
  const firstMs = (isReached: (atMs: number) => boolean): Range | null => {
    if (isReached(nowMs)) return [nowMs, nowMs];
    let lowMs = nowMs;
    let stepMs = Math.max(1, roundTripMs);
    for (; !isReached(nowMs + stepMs); stepMs *= 2) {
      if (stepMs > horizonMs) return null;
      lowMs = nowMs + stepMs;
    }
    let highMs = nowMs + stepMs;
    while (highMs - lowMs > Math.max(0.5, (highMs - nowMs) * 0.001)) {
      const middleMs = (lowMs + highMs) / 2;
      if (isReached(middleMs)) highMs = middleMs;
      else lowMs = middleMs;
    }
    return [lowMs, highMs];
  };
  const earliest = firstMs((atMs) => hypothesis.quota(atMs, atMs + roundTripMs)[1] >= count);
  if (earliest === null) return null;
  const latest = firstMs((atMs) => hypothesis.quota(atMs, atMs + roundTripMs)[0] >= count);
  return [earliest[0], latest?.[1] ?? nowMs + horizonMs];
}

/** A range is as narrow as `exact` promises. */
export function isNarrow([low, high]: Range, leastWidth: number): boolean {
  return high - low <= Math.max(WIDTH_RATIO * ((low + high) / 2), leastWidth);
}

/** What would tell two hypotheses apart, or narrow one of them: as many requests as this, at this time. */
export interface Question {
  readonly atMs: number;
  readonly requests: number;
}

/** Moments to look at, spread over the horizon so that short and long spans are covered alike. */
const MOMENTS = 48;

/**
 * The cheapest moment from now on at which the two hypotheses foretell different quotas, if nothing is sent before;
 * failing that, the end of the horizon, if the rival may by then admit more than the leader can; null: neither. A
 * second is worth `requestsPerSecond` requests.
 */
export function findQuestion(
  leader: Pick<Foreteller, 'quota'>,
  rival: Pick<Foreteller, 'quota'>,
  nowMs: number,
  roundTripMs: number,
  horizonMs: number,
  requestsPerSecond: number,
): Question | null {
  let decisive: Question | null = null;
  let telling: Question | null = null;
  let leastCost = Number.POSITIVE_INFINITY;
  for (let index = 0; index <= MOMENTS; index += 1) {
    const atMs = nowMs + horizonMs * (index / MOMENTS) ** 2;
    const [leastOurs, mostOurs] = leader.quota(atMs, atMs + roundTripMs);
    const [leastTheirs, mostTheirs] = rival.quota(atMs, atMs + roundTripMs);
    const requests = mostOurs < leastTheirs ? mostOurs + 1 : mostTheirs < leastOurs ? mostTheirs + 1 : null;
    if (requests !== null) {
      const cost = requests + ((atMs - nowMs) / 1000) * requestsPerSecond;
      if (cost >= leastCost) continue;
      leastCost = cost;
      decisive = { atMs, requests };
    } else if (index === MOMENTS && mostTheirs > mostOurs) telling = { atMs, requests: mostOurs + 1 };
  }
  return decisive ?? telling;
}
