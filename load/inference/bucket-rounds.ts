/** What a token bucket is asked: its rate by what comes into the empty one, its size by bursts from a full one. */

import type { Course } from './course.ts';
import type { Steps } from './finder.ts';
import { BUCKET, isPrecise, isSame } from './hypothesis-traits.ts';
import { nextReturn } from './lab.ts';
import type { Hypothesis } from './paving.ts';
import { RECOVERY_GROWTH } from './recovery.ts';
import { tellApart } from './telling-apart.ts';

const STEPPED = 'token-bucket/stepped';
/** Probes for one token. */
const MOST_TOKEN_PROBES = 36;
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
/** Times that a rate is measured over; each time over more tokens. */
const MOST_CHAINS = 8;
/** How long a bucket is left to itself between bursts, in times that it takes to be full. */
const BUCKET_RESTS = [1.15, 1.5, 1.27, 1.7] as const;

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

/** From an empty bucket. */
export function* askBucket(course: Course): Steps {
  const { lab } = course.host;
  if ((lab.standing(BUCKET)?.range('capacity')?.[1] ?? 0) < 2) return;
  course.isBucketAsked = true;
  if (lab.log.inFlight > 0) {
    // As long as a lost request may yet take a token, every rejection may be its doing.
    yield { kind: 'settle' };
    yield* course.fillUp(0);
  }
  for (const rest of BUCKET_RESTS) {
    if (course.proof.since === null) course.phase = 'rate';
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
    if (course.proof.since === null) course.phase = 'first token';
    if (!(yield* awaitTokens(course, bucket, 1))) return;
    if (isFast(course, bucket) && lab.standing(STEPPED) !== null) yield* keepPace(course);
    yield* course.refine();
    const leader = course.leader;
    if (leader?.model.name !== BUCKET || !isPrecise(leader)) continue;
    if (course.proof.since === null) course.proof.begin();
    yield* tellApart(course);
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

/** Tokens come so fast that one cannot be told from the next by when requests are sent. */
function isFast(course: Course, bucket: Hypothesis): boolean {
  return (bucket.range('refillPerMs')?.[0] ?? 0) * course.host.roundTripMs > FAST_TOKENS;
}

/** From a full bucket: what is foretold to be admitted, then what is foretold to be rejected; or all at once. */
function* burst(course: Course, bucket: Hypothesis): Steps {
  const [least, most] = bucket.range('capacity') ?? [1, 1];
  if (least === most && !isFast(course, bucket)) {
    const full = yield* course.send(least);
    if (full.rejected === 0) yield* course.fillUp(0);
  } else yield* drain(course, bucket);
}

/** Takes at once what there is at most, as far as that is known, and goes on until something is rejected. */
function* drain(course: Course, bucket: Hypothesis): Steps {
  const { nowMs, foretellMs, lab } = course.host;
  lab.isStanding(bucket);
  const [, most] = bucket.quota(nowMs, nowMs + foretellMs);
  const isKnown = bucket.spread < 1 + ROUGH;
  let sent = 0;
  for (let size = isKnown ? Math.min(most, course.firstBurst) + 1 + course.proof.spareRejections : 1; ; ) {
    const volley = yield* course.send(size);
    if (volley.rejected > 0) return;
    sent += size;
    size = Math.ceil(sent * (isKnown ? DRAIN_GROWTH : ROUGH));
  }
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
  return 2.05 * Math.min(mostMs, Math.max(0, ...lengths));
}

/** Waits for more and more tokens at once, never for a full bucket, until the rate is as narrow as `exact` needs. */
function* measureRate(course: Course): Steps {
  for (let tries = 0; tries < MOST_CHAINS; tries += 1) {
    const bucket = course.host.lab.standing(BUCKET);
    const rate = bucket?.range('refillPerMs');
    const capacity = bucket?.range('capacity');
    if (!bucket || !rate || !capacity) return;
    const share = (rate[1] - rate[0]) / rate[0];
    if (share < 2.5 * FINE_SHARE) return;
    const { lab } = course.host;
    const most = Math.floor(NEVER_FULL * capacity[0]);
    if (isFast(course, bucket)) yield* takeAfter(course, bucket, share > ROUGH ? ROUGH_TOKENS : most);
    else if (share < ROUGH && share > COARSE && most >= COARSE_TOKENS) {
      yield* takeAfter(course, bucket, Math.min(most, 2 * COARSE_TOKENS));
    } else yield* awaitTokens(course, bucket, Math.max(1, Math.min(capacity[0] - 1, Math.floor(0.6 / share))));
    if (!lab.isStanding(bucket)) return;
  }
}

/** Lets so many tokens come at most, and takes what came. */
function* takeAfter(course: Course, bucket: Hypothesis, count: number): Steps {
  const fastest = bucket.range('refillPerMs')?.[1] ?? 1;
  yield* course.sleepUntil(course.host.nowMs + Math.max(count, LEAST_FAST_TOKENS) / fastest);
  yield* drain(course, bucket);
}

/**
 * From an empty bucket: takes all but one of so many tokens when they are there, and brackets the arrival of the
 * last one to a share of the time that it took; where tokens come too fast for that, takes all that came. Leaves it
 * empty. False: no bucket explains what was seen.
 */
function* awaitTokens(course: Course, bucket: Hypothesis, count: number): Steps<boolean> {
  const { lab } = course.host;
  const sinceMs = course.host.nowMs;
  const horizonMs = 4 * course.host.elapsedMs;
  if (isFast(course, bucket)) {
    yield* takeAfter(course, bucket, count);
    return lab.isStanding(bucket);
  }
  for (let sure = count - 1; sure > 0; sure = Math.floor(sure * FEWER_TOKENS)) {
    const { roundTripMs } = course.host;
    const there = nextReturn(bucket, sinceMs, roundTripMs, horizonMs, sure);
    if (there === null) return false;
    // The last one must not come before the others are taken.
    const last = nextReturn(bucket, sinceMs, roundTripMs, horizonMs, sure + 1);
    if (last !== null && there[1] + roundTripMs > last[0]) continue;
    yield* course.sleepUntil(there[1]);
    yield* course.fill(sure);
    if (!lab.isStanding(bucket)) return false;
    break;
  }
  for (let probes = 0; probes < MOST_TOKEN_PROBES; probes += 1) {
    const { nowMs, roundTripMs } = course.host;
    const arrival = nextReturn(bucket, nowMs, roundTripMs, horizonMs);
    if (arrival === null) return false;
    const [earliestMs, latestMs] = arrival;
    // As long as the rate is anybody's guess, in growing steps.
    const roughMs = bucket.spread > WIDEST_RATE ? RECOVERY_GROWTH * (nowMs - sinceMs) : (latestMs - earliestMs) / 6;
    const stepMs = Math.max(roughMs, FINE_SHARE * (nowMs - sinceMs), 0.3 * roundTripMs);
    // The first one comes just too early, so that the arrival has two sides.
    const atMs = probes === 0 ? earliestMs - roundTripMs - 1 : Math.min(latestMs, earliestMs + stepMs) + 0.1;
    yield* course.sleepUntil(atMs);
    const volley = yield* course.send(1);
    if (!lab.isStanding(bucket)) return false;
    if (volley.admitted === 0) continue;
    course.recoveredAtMs = volley.sentAtMs;
    // It was one token and no more, unless an answer got lost; and from here on there is none.
    yield* course.fillUp(0);
    return lab.isStanding(bucket);
  }
  return false;
}
