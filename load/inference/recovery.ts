/** Probes for the moment when quota returns. */

import type { Course } from './course.ts';
import type { Range } from './engine.ts';
import type { Steps } from './finder.ts';
import { isPrecise, isProlonged, WIDE } from './hypothesis-traits.ts';
import type { Answered } from './in-flight.ts';
import { nextReturn, WIDTH_MS, WIDTH_RATIO } from './lab.ts';

/**
 * Distances between the probes of the first recovery: this share of the time since the rejection. Short windows are
 * soon seen again, so at first it is bigger; and where the server or the user says when, that is looked at instead.
 */
export const RECOVERY_GROWTH = 0.3;
const EARLY_GROWTH = 0.6;
const EARLY_MS = 1000;
const HINTED_GROWTH = 1;
/** The same where quota did not return when it was foretold to. */
const PAST_PLAN_GROWTH = 0.12;
/** How long after a hinted return it is looked for, as a share of the window. */
const HINTED_LATE = 0.2;
/** Probes that one return of quota may cost, before the proof and in it: each round narrows what the next one searches. */
const LEAST_PROBES = 9;
export const MOST_PROBES = 12;
/** Rejections that take so many times the distance between probes are not waited for. */
const SLOW_RATIO = 0.6;
/** As much silence as ended a block before, and so much more, ends it again. */
export const SILENCE_MARGIN = 1.03;
/** After so many windows a sliding counter has forgotten everything. */
export const FORGOTTEN_WINDOWS = 2.05;
/** What a window, a log or a bucket gives back is back after so many windows. */
export const LONGEST_RETURN = 1.1;

/** Probes that do not wait for each other: one, and from then on as far apart as this. */
interface Comb {
  readonly firstMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Returns how many probes were rejected until one was not. */
export function* geometricRecovery(course: Course): Steps<number> {
  const sinceMs = course.rejectedAtMs;
  let isAskedBefore = false;
  for (let rejected = 0; ; rejected += 1) {
    const { nowMs, roundTripMs } = course.host;
    const passedMs = Math.max(nowMs - sinceMs, 20, roundTripMs);
    const hint = returnHint(course, course.host.lab.log.firstSentMs);
    const isHinted = hint !== null && nowMs < hint[1];
    const growth = isHinted ? HINTED_GROWTH : passedMs < EARLY_MS ? EARLY_GROWTH : RECOVERY_GROWTH;
    let atMs = nowMs + passedMs * growth;
    course.isLateStartDue = false;
    if (isHinted && atMs > hint[0]) {
      // Once before, and once so late that a window from the request that finds it begins where no grid has it begin.
      // Not before more than once: where each rejection puts off what is hinted, that would go on for ever.
      const isBefore: boolean = nowMs < hint[0] && !isAskedBefore;
      const beganMs = isAskedBefore ? course.rejectedAtMs : sinceMs;
      atMs = isBefore ? hint[0] : hint[1] + HINTED_LATE * (hint[1] - beganMs);
      isAskedBefore ||= isBefore;
      // If this one is admitted, that late one is not sent: then the next return is found so late.
      course.isLateStartDue = isBefore;
    }
    yield* course.sleepUntil(atMs);
    const sinceRejectedMs = course.rejectedAtMs;
    const volley = yield* course.send(1);
    if (volley.admitted > 0) {
      course.silenceMs = volley.sentAtMs - sinceRejectedMs;
      course.recoveredAtMs = volley.sentAtMs;
      return rejected;
    }
  }
}

/**
 * When quota should return, going by what the server says, else by what is expected of a window that began then;
 * null: nobody says.
 */
function returnHint(course: Course, beganMs: number): Range | null {
  const told = course.host.returnHintMs;
  if (told !== null && told[1] > course.rejectedAtMs) return told;
  const [expected] = course.prior;
  if (expected === undefined) return null;
  const lengthMs = expected.windowSeconds * 1000;
  return [beganMs + 0.99 * lengthMs, beganMs + 1.01 * lengthMs + course.host.roundTripMs];
}

/** What a hint says, or what the first recovery suggests where the leader leaves a lot open. */
function likely(course: Course, interval: Range): Range {
  const hint = returnHint(course, course.recoveredAtMs);
  if (hint !== null && hint[0] < interval[1] && hint[1] > interval[0]) {
    return [Math.max(interval[0], hint[0]), Math.min(interval[1], hint[1])];
  }
  const windowMs = course.leader?.range('windowMs');
  if (!windowMs || windowMs[1] < WIDE * windowMs[0]) return interval;
  const earliestMs = course.recoveredAtMs + course.roughWindowMs[0];
  const latestMs = course.recoveredAtMs + course.roughWindowMs[1];
  return latestMs <= interval[0] || earliestMs >= interval[1]
    ? interval
    : [Math.max(interval[0], earliestMs), Math.min(interval[1], latestMs)];
}

/**
 * Single probes until one is admitted, placed where the leader is not sure. When it is as sure as need be: one just
 * before quota can be back, and one when it must be back.
 */
export function* recover(course: Course): Steps {
  const { lab } = course.host;
  const blockedSinceMs = Math.min(course.rejectedAtMs, course.recoveredAtMs);
  if (yield* isSilenceEnough(course)) return;
  let planned: Range | null = null;
  let isSpareSent = false;
  const isLate = course.isLateStartDue && lab.alive.some(({ model }) => model.anchor === 'first-request');
  course.isLateStartDue = false;
  for (let probes = 0; ; probes += 1) {
    lab.refineLeader();
    const { nowMs, roundTripMs, elapsedMs } = course.host;
    const leader = course.leader;
    const due = leader === null ? null : nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
    // Where it never is sure, as of a request that got lost, no longer than quota can take.
    const interval: Range | null = due === null ? null : [due[0], Math.min(due[1], returnedByMs(course, due[0]))];
    let atMs: number;
    let comb: Comb | null = null;
    if (leader === null || interval === null) {
      atMs = nowMs + Math.max(20, roundTripMs, (nowMs - blockedSinceMs) * RECOVERY_GROWTH);
    } else if (!isPrecise(leader) && isProlonged(leader)) {
      // Each probe that comes too early begins the wait anew, so the length is halved in on.
      const [leastMs, mostMs] = leader.range('windowMs') ?? interval;
      atMs = Math.max(nowMs, course.rejectedAtMs + Math.sqrt(leastMs * mostMs));
    } else if (isPrecise(leader)) {
      const [earliestMs, latestMs] = interval;
      const beforeMs = earliestMs - course.host.foretellMs - 1;
      const spare = probes === 0 && beforeMs > nowMs && !isSpareSent ? course.proof.spareRejections : 0;
      // Where each of them puts the end off, all of them at the beginning.
      const stepMs = isProlonged(leader) ? 0 : (beforeMs - nowMs) / (spare + 1);
      for (let sent = 0; sent < spare; sent += 1) {
        yield* course.sleepUntil(nowMs + (sent + 1) * stepMs);
        if ((yield* course.send(1)).admitted > 0) return;
      }
      if (spare > 0) {
        isSpareSent = true;
        probes -= 1;
        continue;
      }
      atMs = probes === 0 && beforeMs > nowMs ? beforeMs : latestMs + 1;
      if (atMs === beforeMs && slowMs(course) > SLOW_RATIO * (latestMs - beforeMs) && !course.host.isCareful) {
        comb = { firstMs: beforeMs, fromMs: latestMs + 1, toMs: latestMs + 1, stepMs: 0 };
      }
    } else {
      planned ??= likely(course, interval);
      const toleranceMs = 0.4 * Math.max(WIDTH_MS, WIDTH_RATIO * course.windowMs);
      const [earliestMs, latestMs] = likely(course, interval);
      const widthMs = planned[1] - planned[0];
      // A round more costs a quota, so the bigger that is, the more probes are worth it.
      const worthy = Math.min(MOST_PROBES, Math.max(LEAST_PROBES, Math.round(Math.sqrt(course.capacity))));
      // Where rejections count, more of them than this would use up what is to return.
      const isCounting = leader.model.countsRejected === true;
      const most = isCounting ? Math.max(1, Math.min(worthy, course.capacity - 1)) : worthy;
      const count = Math.max(1, Math.min(most, Math.ceil(widthMs / toleranceMs)));
      // Each rejection that a counter counts puts off what is looked for, so that is halved in on.
      if (isCounting && leader.model.algorithm === 'sliding-counter')
        atMs = Math.max(nowMs, (earliestMs + latestMs) / 2);
      else if (probes === 0 && isCounting) atMs = Math.max(nowMs, earliestMs + widthMs / (count + 1));
      else if (probes === 0) {
        const marginMs = course.proof.since === null ? Math.max(1, roundTripMs * 0.2) : course.host.foretellMs + 1;
        atMs = Math.max(nowMs, earliestMs - marginMs);
        const stepMs = widthMs / count;
        if (slowMs(course) > SLOW_RATIO * stepMs && !course.host.isCareful) {
          comb = { firstMs: atMs, fromMs: Math.max(atMs + 1, earliestMs), toMs: latestMs, stepMs };
        }
      } else {
        // Past the plan, steps grow with what was waited in vain.
        const pastMs = nowMs > planned[1] ? (nowMs - course.recoveredAtMs) * PAST_PLAN_GROWTH : 0;
        const stepMs = Math.max(widthMs / (isCounting ? count + 1 : count), pastMs);
        if (slowMs(course) > SLOW_RATIO * stepMs && nowMs < latestMs && !course.host.isCareful) {
          const fromMs = Math.max(nowMs, earliestMs);
          comb = { firstMs: fromMs, fromMs: fromMs + stepMs, toMs: latestMs, stepMs };
        }
        atMs = Math.max(nowMs + roundTripMs * 0.2, Math.min(latestMs + 0.5, earliestMs + stepMs));
        if (isLate && !isCounting) atMs = Math.max(atMs, latestMs + HINTED_LATE * (latestMs - course.recoveredAtMs));
      }
    }
    if (comb !== null) {
      if (yield* sendComb(course, comb)) return;
      continue;
    }
    // What leads may be wrong and not yet refuted; then probes that it calls for must not go on for ever.
    if (probes > 2 * MOST_PROBES) atMs = Math.max(atMs, nowMs + PAST_PLAN_GROWTH * (nowMs - blockedSinceMs));
    yield* course.sleepUntil(atMs);
    const volley = yield* course.send(1);
    if (volley.admitted > 0) {
      course.recoveredAtMs = volley.sentAtMs;
      return;
    }
  }
}

/** So long it takes from one probe to the next, where each waits for the answer to the one before. */
function slowMs({ host }: Course): number {
  return Math.max(host.rejectionMs, host.lateMs);
}

/** By then some quota has returned, if it did not return before. */
function returnedByMs(course: Course, fromMs: number): number {
  const isCounter = course.leader?.model.algorithm === 'sliding-counter';
  return fromMs + (isCounter ? FORGOTTEN_WINDOWS : LONGEST_RETURN) * course.windowMs + course.host.roundTripMs;
}

/**
 * The first recovery came after a silence that is short against what had passed since the burst. Where rejections put
 * a window's end off, as much silence is enough again; no window that goes by itself ends so soon.
 */
function* isSilenceEnough(course: Course): Steps<boolean> {
  const { lab, nowMs, roundTripMs, elapsedMs } = course.host;
  const leader = course.leader;
  if (course.round !== 1 || leader === null || isProlonged(leader) || !lab.alive.some(isProlonged)) return false;
  const atMs = course.rejectedAtMs + SILENCE_MARGIN * course.silenceMs + roundTripMs;
  const due = nextReturn(leader, nowMs, roundTripMs, 4 * elapsedMs);
  if (due !== null && due[0] < atMs) return false;
  yield* course.sleepUntil(atMs);
  const volley = yield* course.send(1);
  if (volley.admitted > 0) course.recoveredAtMs = volley.sentAtMs;
  return volley.admitted > 0;
}

/**
 * Single probes at even distances that do not wait for each other, where the server takes its time over rejections,
 * until one is known to be admitted; false: none was.
 */
function* sendComb(course: Course, { firstMs, fromMs, toMs, stepMs }: Comb): Steps<boolean> {
  const before = course.host.requests.length;
  const sent = (): readonly Answered[] => course.host.requests.slice(before);
  for (let atMs = firstMs; sent().length < 3 * MOST_PROBES; ) {
    yield* course.sleepUntil(atMs);
    if (sent().some(({ outcome }) => outcome === 'admitted')) break;
    yield { kind: 'launch', count: 1 };
    if (atMs >= toMs) break;
    atMs = Math.max(fromMs, atMs + stepMs);
  }
  yield { kind: 'settle', since: before + 1 };
  let isRecovered = false;
  for (const { outcome, sentAtMs } of sent()) {
    if (outcome === 'admitted') {
      if (!isRecovered) course.recoveredAtMs = sentAtMs;
      isRecovered = true;
      course.run += 1;
    } else if (outcome === 'rejected') {
      course.run = 0;
      course.rejectedAtMs = sentAtMs;
    }
  }
  return isRecovered;
}
