/** At what rate tokens come: measured by what comes into an empty bucket, which is never left to be full. */

import type { Course } from './course.ts';
import type { Steps } from './finder.ts';
import { BUCKET } from './hypothesis-traits.ts';
import { nextReturn } from './lab.ts';
import { CLOCK_TICK_MS } from './log.ts';
import type { Hypothesis } from './paving.ts';
import { RECOVERY_GROWTH } from './recovery.ts';

/** Probes for one token. */
const MOST_TOKEN_PROBES = 36;
/** So many tokens in a round trip, or more, cannot be told from each other. */
const FAST_TOKENS = 0.5;
/** Then at least so many are waited for, and a few as long as the rate is this wide. */
const LEAST_FAST_TOKENS = 4;
const ROUGH = 0.6;
const WIDEST_RATE = 3;
/** What may have come beyond what is sure when a measurement ends: taken one by one, and as a share of a bucket. */
const MOST_SURPLUS = 4;
const SURPLUS_SHARE = 0.35;
const ROUGH_TOKENS = 6;
/** So much more, as a share of what was taken at once from a bucket, until something is rejected. */
const DRAIN_GROWTH = 0.2;
/** Share of the time that tokens took to which their arrival is looked for. */
const FINE_SHARE = 0.006;
/** Times that a rate is measured over; each time over more tokens. */
const MOST_CHAINS = 8;
/** A rate is measured until it is known to this share of it: a little better than `exact` needs. */
const RATE_SHARE = 0.017;
/** Brackets around the first and the last token of a measurement are so many round trips wide together. */
const BRACKETS = 5;
/** At most this share of a bucket is let come before it is taken. */
const PIECE_SHARE = 0.6;
/** Requests that surely empty a bucket again which gets about one token a round trip; how often it is tried. */
const EMPTYING = 5;
const MOST_BOUNDS = 16;
/** The pause after which one request more is rejected: a tick of a clock is lost of it. */
const LEAST_PAUSE_MS = 1.5 * CLOCK_TICK_MS;
const PAUSE_SHARE = 0.15;

export function isRateKnown(bucket: Hypothesis | null): boolean {
  return bucket !== null && bucket.spread < 1 + RATE_SHARE;
}

/** Waits for more and more tokens, never for a full bucket, until the rate is as narrow as `exact` needs. */
export function* measureRate(course: Course): Steps {
  for (let tries = 0; tries < MOST_CHAINS; tries += 1) {
    const { lab, roundTripMs } = course.host;
    const bucket = lab.standing(BUCKET);
    const rate = bucket?.range('refillPerMs');
    if (!bucket || !rate) return;
    if (isRateKnown(bucket)) return;
    const share = bucket.spread - 1;
    yield* settleSoon(course, bucket);
    // Counted to a token at each end, or bracketed there.
    const open = isFast(course, bucket) ? 2 + 2 * rate[0] * roundTripMs : BRACKETS * rate[1] * roundTripMs;
    if (share > ROUGH && isFast(course, bucket)) {
      if (bucket.spread > WIDEST_RATE) yield* boundRate(course, bucket);
      yield* takeAfter(course, bucket, ROUGH_TOKENS);
    } else {
      const [least] = bucket.range('capacity') ?? [1, 1];
      // A count of all that came is as good after many as after a few; none may be lost, should more come than is sure.
      const surplus = Math.max(ROUGH, Math.min(SURPLUS_SHARE * least, isFast(course, bucket) ? least : MOST_SURPLUS));
      const count = Math.min(Math.ceil(open / RATE_SHARE), Math.floor(surplus / share));
      yield* awaitTokens(course, bucket, Math.max(1, count));
    }
    if (!lab.isStanding(bucket)) return;
  }
}

/**
 * As long as a lost request may yet take a token, every rejection may be its doing. Not where the bucket would be full by
 * then: emptying it costs more than one token that is not sure.
 */
function* settleSoon(course: Course, bucket: Hypothesis): Steps {
  const { lab, nowMs, options } = course.host;
  if (lab.log.inFlight === 0) return;
  const lost = course.host.requests.findLast(({ outcome }) => outcome === null);
  const waitMs = (lost?.sentAtMs ?? nowMs) + options.requestTimeoutMs - nowMs;
  if (
    bucket.spread < WIDEST_RATE &&
    waitMs * (bucket.range('refillPerMs')?.[1] ?? 0) > PIECE_SHARE * (bucket.range('capacity')?.[0] ?? 0)
  )
    return;
  yield { kind: 'settle' };
  yield* course.fillUp(0);
}

/**
 * Where hardly a request finds an empty bucket, a rejection says little of the rate: in no time at all nothing comes.
 * One that comes a pause after the last token was taken says that not even one came in that time.
 */
function* boundRate(course: Course, bucket: Hypothesis): Steps {
  const { lab } = course.host;
  for (let tries = 0; tries < MOST_BOUNDS; tries += 1) {
    yield* settleSoon(course, bucket);
    const { rejected } = yield* course.send(EMPTYING);
    if (rejected === 0) continue;
    yield* course.sleepUntil(course.host.nowMs + Math.max(LEAST_PAUSE_MS, PAUSE_SHARE * course.host.roundTripMs));
    const one = yield* course.send(1);
    if (one.rejected > 0 && (!lab.isStanding(bucket) || bucket.spread < WIDEST_RATE)) return;
  }
}

/** Tokens come so fast that one cannot be told from the next by when requests are sent. */
export function isFast(course: Course, bucket: Hypothesis): boolean {
  return (bucket.range('refillPerMs')?.[0] ?? 0) * course.host.roundTripMs > FAST_TOKENS;
}

/** Takes at once what there is at most, as far as that is known, and goes on until something is rejected. */
export function* drain(course: Course, bucket: Hypothesis): Steps {
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

/** Lets so many tokens come at most, and takes what came. */
function* takeAfter(course: Course, bucket: Hypothesis, count: number): Steps {
  const fastest = bucket.range('refillPerMs')?.[1] ?? 1;
  yield* course.sleepUntil(course.host.nowMs + Math.max(count, LEAST_FAST_TOKENS) / fastest);
  yield* drain(course, bucket);
}

/** So many tokens may come before some are taken: none is lost. */
function pieceOf(bucket: Hypothesis): number {
  return Math.max(1, Math.floor(PIECE_SHARE * (bucket.range('capacity')?.[0] ?? 1)));
}

/** Takes so many tokens as they come, each time no more than are surely there. False: no bucket explains it. */
function* takePieces(course: Course, bucket: Hypothesis, count: number): Steps<boolean> {
  const { lab } = course.host;
  const horizonMs = 4 * course.host.elapsedMs;
  for (let left = count; left > 0; ) {
    const { nowMs, roundTripMs } = course.host;
    const piece = Math.min(left, pieceOf(bucket));
    const there = nextReturn(bucket, nowMs, roundTripMs, horizonMs, piece);
    if (there === null) return false;
    yield* course.sleepUntil(there[1]);
    // What comes while it is taken says nothing of how much there is room for.
    course.run = 0;
    const volley = yield* course.send(piece);
    course.run = 0;
    if (!lab.isStanding(bucket)) return false;
    if (volley.rejected > 0) return true;
    left -= piece;
  }
  return true;
}

/**
 * From an empty bucket: takes all but one of so many tokens when they are there, and brackets the arrival of the
 * last one to a share of the time that it took; where tokens come too fast for that, takes all that came. Leaves it
 * empty. False: no bucket explains what was seen.
 */
export function* awaitTokens(course: Course, bucket: Hypothesis, count: number): Steps<boolean> {
  const { lab } = course.host;
  const sinceMs = course.host.nowMs;
  const horizonMs = 4 * course.host.elapsedMs;
  if (isFast(course, bucket)) {
    const piece = pieceOf(bucket);
    if (!(yield* takePieces(course, bucket, count - piece))) return false;
    yield* takeAfter(course, bucket, Math.min(count, piece));
    return lab.isStanding(bucket);
  }
  if (!(yield* takePieces(course, bucket, count - 1))) return false;
  if (count > 1) {
    // What had come by the time that the others were taken has no arrival to look for.
    for (let sent = 0; sent < MOST_TOKEN_PROBES; sent += 1) if ((yield* course.send(1)).rejected > 0) break;
    if (!lab.isStanding(bucket)) return false;
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
