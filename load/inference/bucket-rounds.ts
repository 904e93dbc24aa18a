/** What a token bucket is asked: its rate by what comes into the empty one, its size by bursts from a full one. */

import type { Course } from './course.ts';
import type { Steps } from './finder.ts';
import { BUCKET, isPrecise, isSame } from './hypothesis-traits.ts';
import { nextReturn } from './lab.ts';
import type { Hypothesis } from './paving.ts';
import { FORGOTTEN_WINDOWS } from './recovery.ts';
import { awaitTokens, drain, isFast, isRateKnown, measureRate } from './refill-rate.ts';
import { tellApart } from './telling-apart.ts';

const STEPPED = 'token-bucket/stepped';
/** Where less than this share of a quota comes back, it comes back bit by bit. */
const TRICKLE_SHARE = 1 / 3;
/** Requests one after the other that show how tokens come. */
const PACED = 16;
/** By this share of a token it may be off when so many are there that are foretold, and no more. */
const SURE_TOKENS = 0.3;
/** Times that tokens are foretold, one after the other, to make up for what a proof lacks. */
const MOST_FORETOLD = 4;
/** How long a bucket is left to itself between bursts, in times that it takes to be full. */
const BUCKET_RESTS = [1.15, 1.5, 1.27, 1.7, 1.2, 1.4, 1.1, 1.33] as const;

/**
 * If the first recovery gave back a few requests only: as long as a token bucket explains everything, its rate by
 * what comes into the empty bucket, then its size by bursts from full, at distances that no window's grid fits, each
 * followed by the arrival of the first token. Counters return nothing for a while after such a burst, and steps
 * return more than one.
 */
export function* bucketRounds(course: Course): Steps {
  // With room for one, a bucket is a window.
  if (course.longestRun < 2 || !(yield* isTrickle(course))) return;
  yield* course.refine();
  yield* askBucket(course);
}

/** From an empty bucket, until it is proven or nothing is left to ask it. */
export function* askBucket(course: Course): Steps {
  const { lab } = course.host;
  if ((lab.standing(BUCKET)?.range('capacity')?.[1] ?? 0) < 2) return;
  course.isBucketAsked = true;
  let isEmpty = true;
  for (const rest of BUCKET_RESTS) {
    if (course.proof.since === null) course.phase = 'rate';
    if (!isEmpty && !isRateKnown(lab.standing(BUCKET))) yield* course.fillUp(0);
    isEmpty = true;
    yield* measureRate(course);
    yield* course.refine();
    const bucket = lab.standing(BUCKET);
    const rate = bucket?.range('refillPerMs');
    const capacity = bucket?.range('capacity');
    if (!bucket || !rate || !capacity) return;
    if (course.leader === bucket && isPrecise(bucket)) course.proof.begin();
    else course.phase = 'burst from full';
    const most = capacity[1];
    const fullMs = (rest * Math.min(most, course.longestRun + 1)) / rate[0];
    // The first time, long enough for any counter to forget what was before: a bucket with more room would do so too.
    const forgottenMs = rest === BUCKET_RESTS[0] ? longestCounterMs(course, most / rate[0]) : 0;
    yield* course.restUntil(course.host.nowMs + Math.max(fullMs, forgottenMs));
    yield* burst(course, bucket);
    if (!lab.isStanding(bucket)) return;
    if (lab.log.inFlight > 0) {
      // As long as a lost request may yet take a token, every rejection may be its doing.
      yield { kind: 'settle' };
      isEmpty = false;
      continue;
    }
    if (course.proof.since === null) course.phase = 'first token';
    if (!(yield* awaitTokens(course, bucket, 1))) return;
    if (isFast(course, bucket) && lab.standing(STEPPED) !== null) yield* keepPace(course);
    yield* course.refine();
    const leader = course.leader;
    if (leader?.model.name !== BUCKET || !isPrecise(leader)) continue;
    if (course.proof.since === null) course.proof.begin();
    yield* tellApart(course);
    if (course.proof.isProven) return;
    for (let tries = 0; tries < MOST_FORETOLD && isWorthForetelling(course, bucket); tries += 1) {
      yield* foretellTokens(course, bucket);
      yield* course.refine();
    }
    if (course.proof.isProven) return;
  }
}

/** A few more than the first that came back, until one is rejected; false: none is, as in a new window. */
function* isTrickle(course: Course): Steps<boolean> {
  const most = Math.max(1, Math.floor(course.longestRun * TRICKLE_SHARE));
  for (let sent = 0; sent < most; ) {
    const size = Math.min(most - sent, Math.max(1, sent));
    const volley = yield* course.send(size);
    if (volley.rejected > 0) return true;
    sent += size;
  }
  return false;
}

/** From a full bucket: what is foretold to be admitted, then what is foretold to be rejected; or all at once. */
function* burst(course: Course, bucket: Hypothesis): Steps {
  const [least, most] = bucket.range('capacity') ?? [1, 1];
  if (least === most && !isFast(course, bucket)) {
    const full = yield* course.send(least);
    if (full.rejected === 0) yield* course.fillUp(0);
  } else yield* drain(course, bucket);
}

/** One after the other from an empty bucket: one token in one round trip and none in the next, steps give none to more. */
function* keepPace(course: Course): Steps {
  for (let sent = 0; sent < PACED; sent += 1) yield* course.send(1);
  yield* course.fillUp(0);
}

/** All that keeps this bucket from being proven is that too little was foretold. */
function isWorthForetelling(course: Course, bucket: Hypothesis): boolean {
  const { lab } = course.host;
  return (
    lab.leader === bucket &&
    isPrecise(bucket) &&
    lab.alive.every((rival) => isSame(bucket, rival)) &&
    course.proof.isGoingWell &&
    !course.proof.isProven
  );
}

/** Into the empty bucket: as many tokens as are surely there and no more, and what is rejected right after them. */
function* foretellTokens(course: Course, bucket: Hypothesis): Steps {
  const { nowMs, roundTripMs, elapsedMs } = course.host;
  const [least] = bucket.range('capacity') ?? [2, 2];
  const missing = Math.ceil(course.host.foretold()?.missingBits ?? 1);
  const count = Math.max(1, Math.min(least - 1, missing, Math.floor(SURE_TOKENS / (bucket.spread - 1))));
  const there = nextReturn(bucket, nowMs, roundTripMs, 4 * elapsedMs, count);
  if (there === null) return;
  yield* course.sleepUntil(there[1]);
  if (isFast(course, bucket)) yield* drain(course, bucket);
  else if (yield* course.fill(count)) yield* course.fillUp(0);
}

/** Until counters that stand have forgotten everything; one whose rate is that of a bucket has no longer window. */
function longestCounterMs(course: Course, mostMs: number): number {
  const lengths = course.host.lab.alive
    .filter(({ model }) => model.algorithm === 'sliding-counter')
    .map((counter) => counter.range('windowMs')?.[1] ?? 0);
  return FORGOTTEN_WINDOWS * Math.min(mostMs, Math.max(0, ...lengths));
}
