/**
 * Rejections at random: a server that sheds load, or fails now and then, rejects a share of all requests, whatever came
 * before. That is no limit; it is known by rejections that are as likely after a rejection as after an admission, that
 * follow each other neither in rows nor at even distances, and of which there are as many among requests at once as
 * among those one after the other: a limit that gives quota back fast looks random to a client that keeps pace with it,
 * but it admits so many in a time, not such a share.
 */
import type { EngineOptions, ProbeKind, Range } from './engine.ts';
import type { Steps } from './finder.ts';
import type { Answered } from './in-flight.ts';

/** Requests one right after the other, some of which were rejected for no reason. */
export interface Shedding {
  readonly requests: number;
  readonly rejected: number;
  /** Share of requests that are rejected, with 95 % confidence. */
  readonly share: Range;
}

export interface SheddingHost {
  readonly nowMs: number;
  readonly requests: readonly Answered[];
  readonly roundTripMs: number;
  readonly remainingRequests: number;
  readonly probeKind: ProbeKind;
  readonly options: Pick<EngineOptions, 'maxInFlight'>;
}

/** A request follows another at once when it is sent within so many round trips of its answer, or so many ms. */
const AT_ONCE_ROUND_TRIPS = 2;
const AT_ONCE_MS = 5;
/** Rejections with a request right after them that say something. */
const LEAST_PAIRS = 4;
/** After a rejection at least this share of the admissions that follow an admission: then it is worth asking. */
const SUSPICIOUS = 0.5;
/** One by one, until so many were rejected and so many admitted. */
const LEAST_SINGLES = 60;
const MOST_SINGLES = 400;
const LEAST_OF_EACH = 6;
/** So many rejections in a row are no accident, unless nearly all is rejected. */
const MOST_BLOCKED = 40;
/** Standard deviations that the number of runs may be off: random rows are in 99 of 100 cases. */
const MOST_Z = 2.58;
/** Gaps between random rejections differ by about their mean; those of a steady refill do not. */
const LEAST_GAP_VARIATION = 0.4;
/** A limit lets requests through in a rhythm, which shows as likeness at some distance. */
const LAGS = Array.from({ length: 15 }, (_, index) => index + 1);
/** Standard deviations that one of so many likenesses may be off: random rows are in 98 of 100 cases. */
const MOST_Z_OF_LAGS = 3.2;
const Z_95 = 1.96;
/** At once as many as a share of them would be several times what any limit gives back in that time, and so many more. */
const LEAST_AT_ONCE = 40;
const TIMES_OF_RHYTHM = 3;
/** So many times, where an answer that got lost left time for much to be given back. */
const MOST_AT_ONCE = 4;
/** Standard deviations that what is admitted of them may be off. */
const MOST_Z_AT_ONCE = 3;

/** Right after a rejection requests were admitted nearly as often as after an admission: no limit does that. */
export function isSuspicious({ requests, roundTripMs }: SheddingHost): boolean {
  const atOnceMs = Math.max(AT_ONCE_MS, AT_ONCE_ROUND_TRIPS * roundTripMs);
  const after = { rejected: [0, 0], admitted: [0, 0] };
  for (const [index, { outcome, receivedAtMs }] of requests.entries()) {
    const next = requests[index + 1];
    if (next === undefined || (outcome !== 'rejected' && outcome !== 'admitted')) continue;
    const waitedMs = next.sentAtMs - receivedAtMs;
    if (waitedMs < 0 || waitedMs > atOnceMs) continue;
    const pairs = after[outcome];
    pairs[0] = (pairs[0] ?? 0) + 1;
    if (next.outcome === 'admitted') pairs[1] = (pairs[1] ?? 0) + 1;
  }
  const share = ([pairs = 0, admitted = 0]: readonly number[]): number => (pairs === 0 ? 0 : admitted / pairs);
  return (after.rejected[0] ?? 0) >= LEAST_PAIRS && share(after.rejected) >= SUSPICIOUS * share(after.admitted);
}

/** Asks one by one; null: what was rejected was not rejected at random, as far as that can be seen. */
export function* askShedding(host: SheddingHost): Steps<Shedding | null> {
  const fates: boolean[] = [];
  const isEnough = (): boolean => fates.length >= LEAST_SINGLES && rarest(fates) >= LEAST_OF_EACH;
  let blocked = 0;
  let sent = 0;
  const sinceMs = host.nowMs;
  while (sent < MOST_SINGLES && !isEnough() && blocked < MOST_BLOCKED && host.remainingRequests > 0) {
    const before = host.requests.length;
    yield { kind: 'launch', count: 1 };
    yield { kind: 'settle', since: before + 1 };
    sent += 1;
    const { outcome } = host.requests[before] ?? {};
    // What a limit has left over is no part of how it rejects.
    const isLeftOver = outcome === 'admitted' && fates.length === 0;
    if (!isLeftOver && (outcome === 'admitted' || outcome === 'rejected')) fates.push(outcome === 'admitted');
    blocked = outcome === 'rejected' ? blocked + 1 : 0;
  }
  if (!isRandom(fates)) return null;
  const perMs = fates.filter(Boolean).length / (host.nowMs - sinceMs);
  return (yield* isShareAtOnce(host, fates, perMs)) ? toShedding(fates) : null;
}

/**
 * Of requests at once the same share is admitted as of those one after the other, at `perMs`. The first ones only take
 * what a limit may have left over.
 */
function* isShareAtOnce(host: SheddingHost, fates: readonly boolean[], perMs: number): Steps<boolean> {
  const share = fates.filter(Boolean).length / fates.length;
  const count = Math.ceil(LEAST_AT_ONCE + (TIMES_OF_RHYTHM * (1 + perMs * 3 * host.roundTripMs)) / share);
  let sinceMs: number | null = null;
  for (let tries = 0; tries <= MOST_AT_ONCE; tries += 1) {
    if (count > Math.min(host.options.maxInFlight, host.remainingRequests)) return false;
    const volley = yield { kind: 'send', count, probe: host.probeKind, identity: 'primary', isTogether: true };
    if (volley === null) return false;
    const { admitted, rejected, sentAtMs } = volley;
    if (sinceMs !== null) {
      const answered = admitted + rejected;
      const variance = share * (1 - share) * (answered + answered ** 2 / fates.length);
      if (Math.abs(admitted - share * answered) > MOST_Z_AT_ONCE * Math.sqrt(variance)) return false;
      if (admitted > 2 * (1 + perMs * (host.nowMs - sinceMs))) return true;
    }
    sinceMs = sentAtMs;
  }
  return false;
}

/**
 * The rows of equal fates are as many as chance makes them (Wald & Wolfowitz 1940), and the gaps between rejections
 * (or, where most are rejected, between admissions) are uneven and have no rhythm.
 */
export function isRandom(fates: readonly boolean[]): boolean {
  if (rarest(fates) < LEAST_OF_EACH) return false;
  const rejected = rejectedOf(fates);
  const admitted = fates.length - rejected;
  const runs = 1 + fates.filter((fate, index) => index > 0 && fate !== fates[index - 1]).length;
  const pairs = 2 * admitted * rejected;
  const expected = pairs / fates.length + 1;
  const variance = (pairs * (pairs - fates.length)) / (fates.length ** 2 * (fates.length - 1));
  if (Math.abs(runs - expected) > MOST_Z * Math.sqrt(variance)) return false;
  const rare = admitted < rejected;
  const places = fates.flatMap((fate, index) => (fate === rare ? [index] : []));
  const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  if (
    Math.max(...LAGS.map((lag) => Math.abs(autocorrelation(fates, lag)))) >
    MOST_Z_OF_LAGS / Math.sqrt(fates.length)
  ) {
    return false;
  }
  // Gaps of a geometric law with this mean deviate by √(mean·(mean − 1)).
  return deviation >= LEAST_GAP_VARIATION * Math.sqrt(mean * Math.max(0, mean - 1));
}

function rejectedOf(fates: readonly boolean[]): number {
  return fates.filter((isAdmitted) => !isAdmitted).length;
}

/** How often the rarer of the two fates came. */
function rarest(fates: readonly boolean[]): number {
  const rejected = rejectedOf(fates);
  return Math.min(rejected, fates.length - rejected);
}

/** From −1 to 1: how much fates resemble those so many places before. */
function autocorrelation(fates: readonly boolean[], lag: number): number {
  const mean = fates.filter(Boolean).length / fates.length;
  const off = fates.map((fate) => Number(fate) - mean);
  const sum = (of: readonly number[]): number => of.reduce((total, one) => total + one, 0);
  return sum(off.slice(lag).map((one, index) => one * (off[index] ?? 0))) / sum(off.map((one) => one ** 2));
}

/** Score interval (Wilson 1927). */
function toShedding(fates: readonly boolean[]): Shedding {
  const requests = fates.length;
  const rejected = rejectedOf(fates);
  const share = rejected / requests;
  const scale = 1 + Z_95 ** 2 / requests;
  const middle = (share + Z_95 ** 2 / (2 * requests)) / scale;
  const half = (Z_95 / scale) * Math.sqrt((share * (1 - share)) / requests + Z_95 ** 2 / (4 * requests ** 2));
  return { requests, rejected, share: [middle - half, middle + half] };
}
