/**
 * A limit whose rejections shut everything out for a while: each rejection costs the whole penalty, and nothing else
 * shows where a window ends. So one rejection has to tell a lot. A quota is spread over the time in which its window may
 * end, and used up again right after: as many as are then admitted before the rejection, so many of the spread ones came
 * before the end. That cuts the time into as many parts as there are requests, not in two.
 */

import { type Course, FREE_MARGIN_MS, LEAST_THINKING_MS } from './course.ts';
import type { Range } from './engine.ts';
import type { Steps } from './finder.ts';
import { isPrecise } from './hypothesis-traits.ts';
import { EXHAUSTIVE, isNarrow, type Lab, nextReturn, WIDTH_MS } from './lab.ts';
import { isPenalised } from './models/penalty.ts';
import type { Hypothesis, Thinking } from './paving.ts';

const MOST_ROUNDS = 16;
/** Parts that the time in which a window may end is cut into at once. */
const MOST_PARTS = 10;
/** They are so many round trips long, or longer. */
const PART_ROUND_TRIPS = 3;
/** Probes for the end of a penalty. */
const RELEASE_PROBES = 9;
const MOST_PROBES = 40;
/** Of times that far apart each part is as much longer than the one before. */
const WIDE = 2;
/** Much longer than the leader's window. */
const LONGER = 1.3;
/** Its multiples, but for whole ones, are spread evenly and never come back. */
const GOLDEN_RATIO = 0.618;
/** Where in a window the second half of its quota is used. */
const SPLIT = 0.55;
/** Sent at once on top of what is foretold: a server that counts too slowly lets more through. */
const EXCESS = 2;
const GROWTH = 1.5;
const MARGIN_MS = 1;

/**
 * Finds the length of the window and of the penalty, and proves both, as long as something of the kind leads; false: it
 * does not in the end.
 */
export function* askPenalty(course: Course): Steps<boolean> {
  const { host } = course;
  const { lab } = host;
  if (penalisedLeader(lab) === null) return false;
  course.phase = 'penalty';
  let asked = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const leader = penalisedLeader(lab);
    if (leader === null) return false;
    const isKnown = isPrecise(leader);
    // A proof begins with the end of a penalty, foretold from both sides.
    const isBeginning = isKnown && !course.proof.isGoingWell;
    if (isBeginning) course.proof.begin();
    if (course.run > 1) yield* useUp(course, 1);
    // Rounds as long as each other would always begin at the same place of a grid.
    const lateMs = isBeginning ? 0 : ((GOLDEN_RATIO * asked) % 1) * course.windowMs;
    const startMs = course.run === 1 ? course.recoveredAtMs : yield* release(course, lateMs);
    const held = penalisedLeader(lab);
    if (startMs === null || held === null) return false;
    if (!isKnown) yield* spread(course, held, startMs);
    else {
      // The other one now and then, for those that are no grids.
      const isLateBetter = isLateTelling(lab, held) ?? true;
      if (asked % 3 === 1 ? !isLateBetter : isLateBetter) yield* askLate(course, held, startMs);
      else yield* askEarly(course, held);
      asked += 1;
    }
    yield* thinkWhileShut(course, isKnown);
    if (!course.proof.isProven) continue;
    // Whoever asks on finds the quota full.
    const due = nextReturn(held, host.nowMs, host.roundTripMs, 4 * host.elapsedMs);
    if (due !== null) yield* course.sleepUntil(due[1] + host.roundTripMs);
    return true;
  }
  return true;
}

/** While nothing is admitted anyway there is time for the rivals. */
function* thinkWhileShut(course: Course, isKnown: boolean): Steps {
  const { lab, nowMs, foretellMs } = course.host;
  const leastMs = penalisedLeader(lab)?.range('banMs')?.[0] ?? 0;
  const isShut = course.run === 0;
  const overMs = isShut ? course.rejectedAtMs + leastMs - foretellMs - FREE_MARGIN_MS : 0;
  const untilMs = Math.max(nowMs + LEAST_THINKING_MS, overMs);
  yield* course.thinkUntil(untilMs, lab.refine());
  if (!course.isThoughtCut) yield* course.thinkUntil(untilMs, refuteVague(lab));
  if (isKnown && !course.isThoughtCut) yield* course.thinkUntil(untilMs, lab.refineRivals(EXHAUSTIVE));
}

/** What comes first may stand only because nobody looked closely enough, while something else is known well. */
function* refuteVague(lab: Lab): Thinking {
  const { leader } = lab;
  if (leader === null || isPrecise(leader) || !lab.alive.some(isPrecise)) return;
  yield* leader.tryToRefute(lab.log, EXHAUSTIVE);
}

/**
 * Windows on a grid that are as long as the leader's would have to begin with each first request: that falls early in
 * it. Longer ones have to end in it each time. null: no grid is left.
 */
function isLateTelling(lab: Lab, leader: Hypothesis): boolean | null {
  const grid = lab.alive.find((rival) => rival !== leader && rival.range('phaseMs') !== null);
  const ours = leader.range('windowMs');
  const theirsMs = grid?.example?.windowMs ?? grid?.range('windowMs')?.[1];
  return ours === null || theirsMs === undefined ? null : theirsMs > LONGER * ours[1];
}

function penalisedLeader({ leader }: Lab): Hypothesis | null {
  return leader !== null && isPenalised(leader.model) ? leader : null;
}

function isBanNarrow(hypothesis: Hypothesis): boolean {
  const range = hypothesis.range('banMs');
  return range !== null && isNarrow(range, WIDTH_MS);
}

/** Waits for the end of the penalty, or so much longer; returns when the first request after it was sent, null: nothing foretells that. */
function* release(course: Course, lateMs: number): Steps<number | null> {
  const { host } = course;
  const { lab } = host;
  let planned: Range | null = null;
  for (let probes = 0; probes < MOST_PROBES; probes += 1) {
    lab.refineLeader();
    const leader = penalisedLeader(lab);
    const { nowMs, roundTripMs, elapsedMs, foretellMs } = host;
    const due = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
    if (leader === null || due === null) return null;
    const [earliestMs, latestMs] = due;
    planned ??= due;
    let atMs: number;
    if (isBanNarrow(leader)) {
      const beforeMs = earliestMs - foretellMs - MARGIN_MS;
      const isBefore = probes === 0 && lateMs === 0 && beforeMs > nowMs;
      atMs = isBefore ? beforeMs : latestMs + MARGIN_MS + lateMs;
    } else if (leader.model.countsRejected === true) {
      // Each probe that comes too early puts the end off.
      atMs = (earliestMs + latestMs) / 2;
    } else {
      const stepMs = (planned[1] - planned[0]) / RELEASE_PROBES;
      atMs = probes === 0 ? earliestMs - MARGIN_MS : Math.min(latestMs + MARGIN_MS, earliestMs + stepMs);
    }
    yield* course.sleepUntil(Math.max(atMs, nowMs));
    const volley = yield* course.send(1);
    if (volley.admitted === 0) continue;
    course.recoveredAtMs = volley.sentAtMs;
    return volley.sentAtMs;
  }
  return null;
}

/** Of the window that has just begun: where it may end. A bucket's next token takes its place. */
function lengthOf(leader: Hypothesis): Range | null {
  const rate = leader.range('refillPerMs');
  return leader.range('windowMs') ?? (rate === null ? null : [1 / rate[1], 1 / rate[0]]);
}

/** So many were admitted before anything was rejected. */
function firstAdmitted({ log: { volleys } }: Lab): number {
  const rejectedAt = volleys.findIndex(({ rejected }) => rejected > 0);
  return volleys.slice(0, rejectedAt + 1).reduce((sum, { admitted }) => sum + admitted, 0);
}

/** Spreads a quota, of which one is used, over the time in which its window may end, and uses one up after that. */
function* spread(course: Course, leader: Hypothesis, startMs: number): Steps {
  const length = lengthOf(leader);
  const [least, most] = leader.range('capacity') ?? [1, 1];
  if (length === null) return;
  // Likely as many as were admitted at first.
  const capacity = Math.max(least, Math.min(most, firstAdmitted(course.host.lab)));
  const { roundTripMs } = course.host;
  const [fromMs] = length;
  // A penalty is mostly longer than the window before it.
  const penaltyMs = leader.range('banMs')?.[1] ?? length[1];
  const toMs = length[1] > WIDE * fromMs && penaltyMs > WIDE * fromMs ? Math.min(length[1], penaltyMs) : length[1];
  const parts = Math.floor((toMs - fromMs) / (PART_ROUND_TRIPS * roundTripMs));
  const points = Math.max(1, Math.min(capacity, MOST_PARTS, parts - 1));
  const isLog = leader.model.algorithm === 'sliding-log';
  const pointMs = (at: number): number => {
    const share = at / (points + 1);
    // A log gives back one by one what is older than it: then it is how many of the spread ones are.
    if (isLog) return startMs + (at < points ? (toMs - fromMs) * share : toMs);
    return startMs + (toMs > WIDE * fromMs ? fromMs * (toMs / fromMs) ** share : fromMs + (toMs - fromMs) * share);
  };
  if (capacity > points && (yield* course.send(capacity - points)).rejected > 0) return;
  for (let at = 1; at < points; at += 1) {
    yield* course.sleepUntil(pointMs(at));
    if ((yield* course.send(1)).rejected > 0) return;
  }
  yield* course.sleepUntil(pointMs(points));
  // The first one alone: a window that ends just while many are under way would explain any number of them.
  if ((yield* course.send(1)).rejected > 0) return;
  yield* course.sleepUntil(course.host.nowMs + PART_ROUND_TRIPS * roundTripMs);
  yield* useUp(course, capacity);
}

/** So many at once, and more until one is rejected. */
function* useUp(course: Course, count: number): Steps {
  let size = count;
  while ((yield* course.send(size)).rejected === 0) size = Math.ceil(size * GROWTH);
}

/** Foretold: the window holds what is left of the quota, and no more until just before its end. */
function* askEarly(course: Course, leader: Hypothesis): Steps {
  const { host } = course;
  const [capacity] = leader.range('capacity') ?? [1, 1];
  if (capacity > 1 && (yield* course.send(capacity - 1)).rejected > 0) return;
  host.lab.refineLeader();
  const { nowMs, roundTripMs, elapsedMs, foretellMs } = host;
  const due = nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
  if (due !== null) yield* course.sleepUntil(due[0] - foretellMs - MARGIN_MS);
  yield* useUp(course, 1);
}

/** Foretold: when its window has ended all of the quota is back, also of what was used late in it, and no more. */
function* askLate(course: Course, leader: Hypothesis, startMs: number): Steps {
  const { host } = course;
  const [capacity] = leader.range('capacity') ?? [1, 1];
  const length = lengthOf(leader);
  if (length === null) return;
  const half = Math.ceil(capacity / 2);
  if (half > 1 && (yield* course.send(half - 1)).rejected > 0) return;
  if (capacity > half) {
    yield* course.sleepUntil(startMs + SPLIT * length[0]);
    if ((yield* course.send(capacity - half)).rejected > 0) return;
  }
  host.lab.refineLeader();
  const { nowMs, roundTripMs, elapsedMs } = host;
  const due = nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs, capacity);
  if (due !== null) yield* course.sleepUntil(due[1] + MARGIN_MS);
  yield* useUp(course, capacity + EXCESS);
}
