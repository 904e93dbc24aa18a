/**
 * Token bucket, which is GCRA told from its other end: a request takes a token and is rejected when there is none.
 * Tokens come continuously, or `perStep` at a time on a grid. In any span of T at most burst + rate·T are admitted
 * (Cruz 1991), and from an empty bucket at least rate·T − 1: two bounds that need no order.
 */
import type { Range } from '../engine.ts';
import { CLOCK_TICK_MS, type Log, unsettled, type Volley } from '../log.ts';
import { contractToGrid, Grid } from './grid.ts';
import {
  type Bounds,
  type Box,
  CapacityBounds,
  type Explanation,
  high,
  low,
  type Model,
  type Parameter,
  phaseAfter,
} from './model.ts';

const EPSILON = 1e-6;
const FINE = 1.03;

const refillPerMs: Parameter = { name: 'refillPerMs', isWhole: false, weight: 0, finest: 0 };
const intervalMs: Parameter = { name: 'intervalMs', isWhole: false, weight: 0, finest: 1 };
/** How many come at once decides at once, so it is cut early. */
const perStep: Parameter = { name: 'perStep', isWhole: true, weight: 3.5, finest: 0 };

/** At least and at most so many tokens came between two moments that are known exactly. */
interface Refill {
  least(fromMs: number, toMs: number): number;
  most(fromMs: number, toMs: number): number;
}

export const tokenBucket: Model = {
  name: 'token-bucket',
  title: 'token bucket, refilled continuously',
  algorithm: 'token-bucket',
  anchor: null,
  countsRejected: false,
  parameters: [refillPerMs],
  start: (bounds) => [bounds.refillPerMs],
  explain(box, capacity, log, suspects, since) {
    return explainBucket(
      capacity,
      log,
      suspects,
      since,
      {
        least: (fromMs, toMs) => low(box, 0) * Math.max(0, toMs - fromMs),
        most: (fromMs, toMs) => high(box, 0) * Math.max(0, toMs - fromMs),
      },
      null,
      high(box, 0) < FINE * low(box, 0),
    );
  },
};

/** Two tokens a step or more. */
export const steppedBucket: Model = stepped(
  'token-bucket/stepped',
  'token bucket, refilled in steps',
  ({ capacity }) => [
    2,
    // As many tokens a step as fill the bucket would make it a fixed window on a grid, which is another model.
    Math.max(2, capacity[1] - 1),
  ],
);

/** One token a step: the same as a continuous refill, but for a phase that is shorter than one token takes. */
export const oneByOneBucket: Model = {
  ...stepped('token-bucket/one-by-one', 'token bucket, refilled one token at a time', () => [1, 1]),
  variantOf: 'token-bucket',
  contract(box, log, [, most]) {
    // What is admitted at once beyond a full bucket came while it was decided.
    const refilled = log.volleys.filter(({ admitted }) => admitted > most);
    if (refilled.length === 0) return contractToGrid(box, 1, 2, log);
    const within = refilled.map(({ sentAtMs, admittedByMs, admittedNumber }) => ({
      afterMs: sentAtMs,
      byMs: admittedByMs,
      number: admittedNumber,
    }));
    const { returns, droughts } = log.turns;
    return contractToGrid(box, 1, 2, log, { returns: [...returns, ...within], droughts });
  },
};

function stepped(name: string, title: string, tokens: (bounds: Bounds) => Range): Model {
  return {
    name,
    title,
    algorithm: 'token-bucket',
    anchor: null,
    countsRejected: false,
    parameters: [perStep, intervalMs, phaseAfter(1)],
    start: (bounds) => [tokens(bounds), bounds.windowMs, bounds.boundaryMs],
    contract: (box, log) => contractToGrid(box, 1, 2, log),
    explain: explainStepped,
  };
}

function explainStepped(box: Box, capacity: Range, log: Log, suspects: readonly Volley[], since: number): Explanation {
  const grid = new Grid(box, 1, 2);
  return explainBucket(
    [Math.max(capacity[0], low(box, 0) + 1), capacity[1]],
    log,
    suspects,
    since,
    {
      least(fromMs, toMs) {
        if (toMs <= fromMs) return 0;
        const steps = Math.max(grid.first(toMs) - grid.last(fromMs), Math.floor((toMs - fromMs) / high(box, 1)));
        return low(box, 0) * Math.max(0, steps);
      },
      most(fromMs, toMs) {
        if (toMs <= fromMs) return 0;
        const steps = Math.min(grid.last(toMs) - grid.first(fromMs), Math.floor((toMs - fromMs) / low(box, 1)) + 1);
        return high(box, 0) * Math.max(0, steps);
      },
    },
    [low(box, 0), high(box, 0)],
    low(box, 0) === high(box, 0) && high(box, 1) < FINE * low(box, 1),
  );
}

/**
 * `perStep`: so many tokens come at once; null: continuously. `isFine`: the other parameters are known well enough for
 * an upper bound of the capacity to be worth its time.
 */
function explainBucket(
  capacity: Range,
  log: Log,
  suspects: readonly Volley[],
  since: number,
  refill: Refill,
  perStep: Range | null,
  isFine: boolean,
): Explanation {
  // At most so many tokens are there when a request is rejected: none where tokens are whole.
  const emptyTokens = perStep === null ? 1 : 0;
  const bounds = new CapacityBounds(capacity);
  const { droughts, gaps } = shapeOf(log);
  const tooFull = (burst: number): Volley | null => {
    // A rejection that a bucket of this size explained before is explained by it still.
    const fresh = burst === capacity[0] ? log.volleys.slice(since) : log.volleys;
    return firstTooFull(suspects, log, refill, burst, droughts) ?? firstTooFull(fresh, log, refill, burst, droughts);
  };
  let debt = { tokens: 0, atMs: log.firstSentMs };
  const suspect = firstTooFull(suspects, log, refill, bounds.least, droughts);
  if (suspect !== null) bounds.atMost(bounds.least - 1, suspect);
  else holdToRefill(log, refill, emptyTokens, bounds, since);
  if (!bounds.isContradiction) debt = leastDebt(log, refill, bounds);
  if (!bounds.isContradiction) {
    const refutedBy =
      tooFull(bounds.least) ??
      firstUnaccounted(log, refill, bounds.least, gaps) ??
      (perStep === null ? null : firstUneven(gaps, perStep, bounds.least));
    if (refutedBy !== null) bounds.atMost(bounds.least - 1, refutedBy);
    else if (isFine) {
      let most = bounds.most;
      let by: Volley | null = null;
      // A bigger bucket is fuller at every moment: the biggest that explains every rejection is found by halving.
      for (let least = bounds.least; least < most; ) {
        const middle = Math.ceil((least + most) / 2);
        const refuting = tooFull(middle);
        if (refuting === null) least = middle;
        else {
          most = middle - 1;
          by = refuting;
        }
      }
      if (by !== null) bounds.atMost(most, by);
    }
  }
  const { contradiction, culprits, range } = bounds;
  return {
    contradiction,
    culprits,
    capacity: range,
    quota(fromMs, toMs) {
      const most = Math.min(
        // Of a full bucket, what comes while requests are decided makes room for more.
        range[1] + refill.most(fromMs, toMs) - Math.max(0, debt.tokens - refill.most(debt.atMs, fromMs)),
        mostSinceRejections(log, refill, emptyTokens, fromMs, toMs),
      );
      const fewest = fewestTokens(log, refill, range[0], droughts, fromMs, toMs);
      return [Math.max(0, Math.floor(fewest + EPSILON)), Math.max(0, Math.floor(most + EPSILON))];
    },
  };
}

/** So many of the latest rejections are asked what they leave: one right before a token came says most. */
const LATEST_REJECTIONS = 8;

/** Next to nothing was there at a rejection: most tokens that there can be, going by what came and was taken since. */
function mostSinceRejections(log: Log, refill: Refill, emptyTokens: number, fromMs: number, toMs: number): number {
  let most = Number.POSITIVE_INFINITY;
  let left = LATEST_REJECTIONS;
  for (let index = log.volleys.length - 1; index >= 0 && left > 0; index -= 1) {
    const volley = log.volleys[index];
    if (volley === undefined || volley.rejected === 0 || volley.rejectedByMs > fromMs) continue;
    left -= 1;
    const taken = log.surelyAdmitted(volley.rejectedByMs, fromMs);
    most = Math.min(most, emptyTokens + refill.most(volley.rejectedSentAtMs, toMs) - taken);
  }
  return most;
}

/** Moments between the first and the last answer of a volley that are looked at. */
const VOLLEY_PARTS = 8;

/**
 * Tokens that the bucket lacks at the end, at least: it began full, and every admitted request took its token as
 * early as it can have. The bucket must be as big as the most that it ever lacked.
 */
function leastDebt(log: Log, refill: Refill, bounds: CapacityBounds): { tokens: number; atMs: number } {
  let tokens = 0;
  let atMs = log.firstSentMs;
  let latestMs = log.firstSentMs;
  for (const volley of log.volleys) {
    const { admitted, sentAtMs, firstAdmittedByMs, admittedByMs } = volley;
    if (admitted === 0) continue;
    const before = Math.max(0, tokens - refill.most(atMs, sentAtMs));
    // Tokens that came while the volley was under way may each have come after one was taken: of those whose answers
    // take longest, more may have come than were taken.
    const lateMs = Math.max(latestMs, firstAdmittedByMs);
    if (refill.most(lateMs, admittedByMs) > 1) {
      for (let part = 0; part < VOLLEY_PARTS && !bounds.isContradiction; part += 1) {
        const byMs = lateMs + ((admittedByMs - lateMs) * part) / VOLLEY_PARTS;
        const taken = before + log.surelyAdmitted(sentAtMs, byMs);
        bounds.atLeast(Math.ceil(taken - refill.most(sentAtMs, byMs) - EPSILON), volley);
      }
    }
    latestMs = Math.max(latestMs, admittedByMs);
    tokens = before + admitted;
    atMs = sentAtMs;
    bounds.atLeast(Math.ceil(tokens - refill.most(atMs, latestMs) - EPSILON), volley);
    if (bounds.isContradiction) break;
  }
  return { tokens, atMs };
}

/** Of rejections that admitted requests are held against, so many of the earliest and so many of the latest are kept. */
const EARLIEST_ANCHORS = 3;
const LATEST_ANCHORS = 4;

/** After a rejection there was next to nothing, so whatever was admitted since came in as refill, however big the bucket. */
function holdToRefill(log: Log, refill: Refill, emptyTokens: number, bounds: CapacityBounds, since: number): void {
  // Of rejections in a row the last one says most.
  const anchors: Volley[] = [];
  let isOver = true;
  for (let index = 0; index < log.volleys.length; index += 1) {
    const volley = log.volleys[index];
    if (volley === undefined) break;
    if (volley.admitted > 0 && index >= since) {
      for (const anchor of anchors) {
        if (volley.sentAtMs < anchor.rejectedByMs) continue;
        const came = emptyTokens + refill.most(anchor.rejectedSentAtMs, volley.admittedByMs);
        if (log.surelyAdmitted(anchor.rejectedByMs, volley.admittedByMs) > came + EPSILON) {
          bounds.atLeast(Number.POSITIVE_INFINITY, volley);
          return;
        }
      }
    }
    if (volley.rejected < volley.size) isOver = true;
    if (volley.rejected > 0) {
      if (!isOver) anchors.pop();
      else if (anchors.length >= EARLIEST_ANCHORS + LATEST_ANCHORS) anchors.splice(EARLIEST_ANCHORS, 1);
      anchors.push(volley);
      isOver = false;
    }
  }
}

/** The longer ago, the better known is the rate in between, unless the bucket was full. */
const DROUGHTS_BACK = [1, 2, 4, 8] as const;

/** A run of rejections: by when the last token before it was taken. No bucket ever holds less than nothing. */
interface Drought {
  readonly firstMs: number;
}

/** Between two rejections that surely followed each other: so many may have taken a token, of those that were answered. */
interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly answered: number;
  /** Of all of them so many took one surely, and possibly. */
  readonly taken: Range;
  readonly until: Volley;
}

interface Shape {
  readonly droughts: readonly Drought[];
  readonly gaps: readonly Gap[];
}

/** Of a log as it was at its latest revision: many boxes are held against the same log. */
const cache = new WeakMap<Log, Shape & { readonly revision: number }>();

function shapeOf(log: Log): Shape {
  const known = cache.get(log);
  if (known?.revision === log.revision) return known;
  const shape = { revision: log.revision, droughts: findDroughts(log), gaps: findGaps(log) };
  cache.set(log, shape);
  return shape;
}

function findDroughts(log: Log): Drought[] {
  // Where others may have been here before: as good as empty.
  const droughts: Drought[] = [{ firstMs: log.knownSinceMs }];
  let isOver = true;
  let takenByMs = log.firstSentMs;
  for (const volley of log.volleys) {
    takenByMs = Math.max(takenByMs, volley.admittedByMs);
    if (volley.rejected < volley.size) isOver = true;
    if (volley.rejected === 0) continue;
    if (isOver) droughts.push({ firstMs: takenByMs + EPSILON });
    isOver = false;
  }
  return droughts;
}

function findGaps(log: Log): Gap[] {
  const gaps: Gap[] = [];
  let before: Volley | null = null;
  for (const until of log.volleys) {
    if (until.rejected === 0 || (before !== null && until.rejectedSentAtMs <= before.rejectedByMs)) continue;
    if (before !== null) {
      // Whatever was sent after an answer had come was decided later, whichever tick of a clock that was.
      const beganMs = before.rejectedSentAtMs + CLOCK_TICK_MS;
      const endedMs = until.rejectedByMs - CLOCK_TICK_MS;
      gaps.push({
        fromMs: before.rejectedByMs,
        toMs: until.rejectedSentAtMs,
        answered: log.possiblyAnswered(beganMs + EPSILON, endedMs - EPSILON),
        taken: [
          log.surelyAdmitted(before.rejectedByMs - CLOCK_TICK_MS, until.rejectedSentAtMs + CLOCK_TICK_MS),
          log.possiblyAdmitted(beganMs + EPSILON, endedMs - EPSILON),
        ],
        until,
      });
    }
    before = until;
  }
  return gaps;
}

/** So many gaps in a row are looked at together. */
const GAPS_TOGETHER = [4, 12, 36] as const;

/**
 * A request without an answer took one token at most. So where tokens came between rejections, and those that were
 * answered cannot have taken them, there must be one of those without for each. The rejection that is one too many;
 * null: none is.
 */
function firstUnaccounted(log: Log, refill: Refill, burst: number, gaps: readonly Gap[]): Volley | null {
  const sums = [0];
  for (const [index, { fromMs, toMs, answered, until }] of gaps.entries()) {
    const came = Math.floor(Math.min(burst, refill.least(fromMs, toMs)) + EPSILON);
    const sum = (sums[index] ?? 0) + Math.max(0, came - answered);
    sums.push(sum);
    for (const together of GAPS_TOGETHER) {
      const first = Math.max(0, index + 1 - together);
      const missing = sum - (sums[first] ?? 0);
      if (missing === 0 || missing <= log.possiblyUnanswered(gaps[first]?.fromMs ?? fromMs, toMs)) continue;
      return until;
    }
  }
  return null;
}

/**
 * Whole steps come between two moments at which there is no token. So what was taken between them is a number of steps,
 * where it is less than a full bucket: then no step was cut short. The end of the first gap where it is not; null: none.
 */
function firstUneven(gaps: readonly Gap[], [fewest, most]: Range, burst: number): Volley | null {
  const isWhole = ([sure, possible]: Range): boolean => {
    for (let steps = 1; steps * fewest <= possible; steps += 1) {
      const least = Math.max(fewest, Math.ceil(sure / steps));
      if (least <= Math.min(most, Math.floor(possible / steps))) return true;
    }
    return false;
  };
  for (const { taken, until } of gaps) if (taken[0] > 0 && taken[1] < burst && !isWhole(taken)) return until;
  return null;
}

/** The first of these volleys that was rejected at a moment when there surely was a token; null: none. */
function firstTooFull(
  volleys: readonly Volley[],
  log: Log,
  refill: Refill,
  burst: number,
  droughts: readonly Drought[],
): Volley | null {
  for (const volley of volleys) {
    if (volley.rejected === 0 || volley.isSuperseded) continue;
    const { rejectedSentAtMs, rejectedByMs } = volley;
    if (fewestTokens(log, refill, burst, droughts, rejectedSentAtMs, rejectedByMs) >= 1) return volley;
  }
  return null;
}

/**
 * Fewest tokens for a request decided within [fromMs, toMs]: none at an anchor, every token taken as late as it can
 * have been, and the bucket full, so that refill was lost, at whatever moment is worst. Anchors are the beginnings of
 * the latest droughts: right after the last token was taken.
 */
function fewestTokens(
  log: Log,
  refill: Refill,
  burst: number,
  droughts: readonly Drought[],
  fromMs: number,
  toMs: number,
): number {
  let last = droughts.length - 1;
  while (last > 0 && (droughts[last]?.firstMs ?? 0) > fromMs) last -= 1;
  let fewest = fewestSince(droughts[last]?.firstMs ?? log.knownSinceMs, log, refill, burst, fromMs, toMs);
  for (const back of DROUGHTS_BACK) {
    const before = droughts[last - back];
    if (before === undefined || fewest >= 1) break;
    fewest = Math.max(fewest, fewestSince(before.firstMs, log, refill, burst, fromMs, toMs));
  }
  return fewest;
}

function fewestSince(anchorMs: number, log: Log, refill: Refill, burst: number, fromMs: number, toMs: number): number {
  let tokens = Math.min(burst, refill.least(anchorMs, fromMs) - log.possiblyAdmitted(anchorMs, toMs));
  /** Full at the latest by `byMs`; whatever may have been taken since `sinceMs` was taken after that. */
  const fullBy = (byMs: number, sinceMs: number): void => {
    const taken = log.possiblyAdmitted(sinceMs, toMs);
    tokens = Math.min(tokens, burst + refill.least(Math.min(fromMs, byMs), fromMs) - taken);
  };
  const { takenByMs } = log.turns;
  for (let index = log.volleys.length - 1; index >= 0 && tokens >= 0; index -= 1) {
    const volley = log.volleys[index];
    if (volley === undefined || (takenByMs[index] ?? Number.POSITIVE_INFINITY) < anchorMs) break;
    if (volley.sentAtMs > fromMs || volley.rejected === volley.size) continue;
    const { admitted, admittedByMs } = volley;
    if (admitted > 0 && admittedByMs >= anchorMs) fullBy(admittedByMs, Math.max(anchorMs, volley.sentAtMs));
    // What is still under way, or got lost, may be taken long after the rest of its volley was.
    const open = unsettled(volley);
    if (open.count === 0 || open.byMs < anchorMs) continue;
    const sinceMs = admitted > 0 ? admittedByMs + EPSILON : volley.sentAtMs;
    // Of one, whatever had been taken by then does not matter any more.
    const isOne = open.count === 1;
    fullBy(open.byMs, Math.max(anchorMs, isOne ? Math.min(open.byMs, fromMs) : Math.min(sinceMs, open.byMs)));
  }
  return tokens;
}
