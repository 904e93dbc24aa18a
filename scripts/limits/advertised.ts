import { type Claim, type Claims, parseClaims, type QuotaClaim } from '../../load/headers/claims.ts';
import type { FoundLimit, LimitsVerdict, Observation } from '../../load/inference/engine.ts';
import { numberText, rangeText } from '../../load/lib/verdict-text.ts';

/** Holds what the server says about its limit against what was observed. Pure. */

export interface Advertised {
  /** By lower-case name, as they came: with the last rejection, else with the last answer that had them. */
  readonly headers: Readonly<Record<string, string>>;
  /** null: nothing was advertised, or nothing of it could be put to the test. */
  readonly agrees: boolean | null;
  readonly differences: readonly string[];
}

/** A request with the headers of its answer; those without an answer are left out. */
export type AnsweredRequest = Observation & { readonly headers: Readonly<Record<string, string>> };

export function compareAdvertised(requests: readonly AnsweredRequest[], verdict: LimitsVerdict): Advertised {
  const own = requests
    .filter(({ kind, identity }) => kind === 'valid' && identity === 'primary')
    .sort((a, b) => a.sentAtMs - b.sentAtMs)
    .map((request) => ({ ...request, ...parseClaims(request.headers) }));
  const tests = [
    malformed(requests.map(({ headers }) => parseClaims(headers))),
    claimedLimits(
      own.flatMap(({ claims }) => claims),
      verdict,
    ),
    quotaTimes(own, verdict),
    remainders(own, verdict),
    retryBeforeReset(own),
  ];
  const differences = tests.flatMap((test) => test.differences);
  const isTested = tests.some((test) => test.isTested);
  return {
    headers: sampleHeaders(requests),
    agrees: differences.length > 0 ? false : isTested ? true : null,
    differences,
  };
}

interface Test {
  /** Something was there to be compared. */
  readonly isTested: boolean;
  readonly differences: readonly string[];
}

type Claiming = AnsweredRequest & Claims;

function sampleHeaders(requests: readonly AnsweredRequest[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const outcome of ['lost', 'other', 'admitted', 'rejected'] as const) {
    for (const request of requests) {
      if (request.outcome !== outcome) continue;
      for (const [name, value] of Object.entries(request.headers)) if (name !== 'date') headers[name] = value;
    }
  }
  return headers;
}

/** Each fault once, with the number of answers that have one of this header. */
function malformed(all: readonly Claims[]): Test {
  const byHeader = new Map<string, { words: string; count: number }>();
  for (const words of all.flatMap(({ faults }) => faults)) {
    const header = words.split(' ')[0] ?? '';
    const seen = byHeader.get(header);
    byHeader.set(header, { words: seen?.words ?? words, count: (seen?.count ?? 0) + 1 });
  }
  return {
    isTested: false,
    differences: [...byHeader.values()].map(({ words, count }) => (count > 1 ? `${words} (${count} times)` : words)),
  };
}

/** Each limit that is told must be one of those found. */
function claimedLimits(claims: readonly Claim[], verdict: LimitsVerdict): Test {
  if (verdict.limits.length === 0) return { isTested: false, differences: [] };
  const told = new Map<string, Claim & { kind: 'limit' }>();
  for (const claim of claims) {
    if (claim.kind === 'limit') told.set(`${claim.header} ${claim.requests} ${claim.windowSeconds}`, claim);
  }
  const differences = [...told.values()].flatMap((claim) => {
    const { header, requests, windowSeconds } = claim;
    const says = `${header} says ${requests}${windowSeconds === null ? '' : ` per ${numberText(windowSeconds)} s`}`;
    const sameCapacity = verdict.limits.filter((limit) => isIn(requests, limit.capacityRange));
    if (sameCapacity.length === 0) {
      return [`${says}, found ${verdict.limits.map((limit) => rangeText(limit.capacityRange)).join(' and ')}`];
    }
    if (windowSeconds === null || sameCapacity.some((limit) => mayLast(limit, requests, windowSeconds))) return [];
    return [`${says}, found ${sameCapacity.map(timeText).join(' and ')}`];
  });
  return { isTested: told.size > 0, differences };
}

function mayLast(limit: FoundLimit, requests: number, windowSeconds: number): boolean {
  if (limit.refillPerSecondRange !== null) {
    const [low, high] = limit.refillPerSecondRange;
    return isWholeIn(windowSeconds, [requests / high, low === 0 ? Number.POSITIVE_INFINITY : requests / low]);
  }
  return limit.windowSecondsRange === null || isWholeIn(windowSeconds, limit.windowSecondsRange);
}

/** A header has whole seconds only: where no whole number is in the range, the next one below or above will do. */
function isWholeIn(seconds: number, [low, high]: readonly [number, number]): boolean {
  if (isIn(seconds, [low, high])) return true;
  return Math.ceil(low) > high && (seconds === Math.floor(low) || seconds === Math.ceil(high));
}

function timeText(limit: FoundLimit): string {
  if (limit.refillPerSecondRange !== null) return `a refill of ${rangeText(limit.refillPerSecondRange)} a second`;
  return limit.windowSecondsRange === null ? 'no window' : `a window of ${rangeText(limit.windowSecondsRange)} s`;
}

/** Headers have whole seconds, and a careful server rounds up: so much later than needed is no fault. */
const ROUNDING_SECONDS = 1;

/** So many later requests tell whether a promise was kept. */
const MAX_LATER = 1000;

/** A rejection that says when there is quota again is too early when a later request is rejected, too late when one passes. */
function quotaTimes(own: readonly Claiming[], verdict: LimitsVerdict): Test {
  const early = new Map<string, Example>();
  const late = new Map<string, Example>();
  let isTested = false;
  for (const [index, rejected] of own.entries()) {
    if (rejected.outcome !== 'rejected') continue;
    for (const claim of decisiveQuotaClaims(rejected.claims)) {
      const proof = testQuotaClaim(claim, rejected, own.slice(index + 1, index + 1 + MAX_LATER), verdict);
      isTested ||= proof.isTested;
      if (proof.early !== null) keepWorst(early, claim.header, proof.early);
      if (proof.late !== null) keepWorst(late, claim.header, proof.late);
    }
  }
  return {
    isTested,
    differences: [...early.values(), ...late.values()].map(({ words, count }) =>
      count > 1 ? `${words} (${count} such cases)` : words,
    ),
  };
}

interface Example {
  readonly words: string;
  /** How wrong it is, s. */
  readonly seconds: number;
  readonly count: number;
}

function keepWorst(examples: Map<string, Example>, header: string, next: Example): void {
  const known = examples.get(header);
  if (known === undefined) examples.set(header, next);
  else examples.set(header, { ...(next.seconds > known.seconds ? next : known), count: known.count + 1 });
}

/** Of several policies that are used up, the one that lasts longest decides. */
function decisiveQuotaClaims(claims: readonly Claim[]): QuotaClaim[] {
  const byHeader = new Map<string, QuotaClaim>();
  for (const claim of claims) {
    if (claim.kind !== 'quota') continue;
    const known = byHeader.get(claim.header);
    if (known === undefined || claim.afterSeconds[1] > known.afterSeconds[1]) byHeader.set(claim.header, claim);
  }
  return [...byHeader.values()];
}

function testQuotaClaim(
  claim: QuotaClaim,
  rejected: Claiming,
  later: readonly Claiming[],
  verdict: LimitsVerdict,
): { isTested: boolean; early: Example | null; late: Example | null } {
  const [lowSeconds, highSeconds] = claim.afterSeconds;
  const surelyAtMs = rejected.receivedAtMs + highSeconds * 1000;
  const notBeforeMs = rejected.sentAtMs + (lowSeconds - ROUNDING_SECONDS) * 1000;
  const rejectionsAreFree = rejectionsCostNothing(verdict);
  let isTested = false;
  let early: Example | null = null;
  let late: Example | null = null;
  const says = `${claim.header} of request ${rejected.number} says ${claim.text}`;
  // Whatever else was sent in between may have used up the quota that was promised.
  let isSpoilt = false;
  for (const next of later) {
    if (next.sentAtMs < rejected.receivedAtMs) {
      if (!(next.outcome === 'rejected' && rejectionsAreFree)) isSpoilt = true;
      continue;
    }
    if (next.outcome === 'admitted') {
      const tooLongSeconds = (notBeforeMs - next.receivedAtMs) / 1000;
      const isWindowEnd =
        claim.until === 'some' || verdict.limits.every(({ algorithm }) => algorithm === 'fixed-window');
      if (isWindowEnd) {
        isTested = true;
        if (tooLongSeconds > 0 && verdict.limits.length > 0) {
          const tookSeconds = (next.receivedAtMs - rejected.sentAtMs) / 1000;
          late = {
            words: `late: ${says}, but request ${next.number} was accepted after ${numberText(tookSeconds)} s`,
            seconds: tooLongSeconds,
            count: 1,
          };
        }
      }
      break;
    }
    if (next.outcome === 'rejected' && !isSpoilt && next.sentAtMs >= surelyAtMs) {
      isTested = true;
      const waitedSeconds = (next.sentAtMs - rejected.receivedAtMs) / 1000;
      // The last rejection after the promised time shows best how early it was.
      early = {
        words: `early: ${says}, but request ${next.number} was rejected after ${numberText(waitedSeconds)} s`,
        seconds: waitedSeconds - highSeconds,
        count: 1,
      };
    }
    if (!(next.outcome === 'rejected' && rejectionsAreFree)) isSpoilt = true;
  }
  return { isTested, early, late };
}

/** A rejected request takes nothing from the next one: certain for a window without a penalty, else where it was found out. */
function rejectionsCostNothing(verdict: LimitsVerdict): boolean {
  return (
    verdict.penaltySeconds === null &&
    verdict.limits.length > 0 &&
    verdict.limits.every(
      ({ algorithm, countsRejected }) =>
        countsRejected === false || (algorithm === 'fixed-window' && countsRejected === null),
    )
  );
}

/** What is said to remain, against the very next request where nothing else was in flight. */
function remainders(own: readonly Claiming[], verdict: LimitsVerdict): Test {
  const differences = new Map<string, { words: string; count: number }>();
  const report = (kind: string, words: string) => {
    const known = differences.get(kind);
    differences.set(kind, { words: known?.words ?? words, count: (known?.count ?? 0) + 1 });
  };
  let isTested = false;
  for (const [index, request] of own.entries()) {
    const told = leastRemaining(request.claims);
    if (told === null || verdict.limits.length === 0) continue;
    const says = `${told.header} of request ${request.number} says ${told.requests}`;
    if (request.outcome === 'rejected') {
      isTested = true;
      if (told.requests > 0) report('rejected', `lying: ${says}, but that request was rejected`);
      continue;
    }
    const next = own[index + 1];
    if (request.outcome !== 'admitted' || next === undefined || !isAlone(own, index)) continue;
    isTested = true;
    if (told.requests > 0 && next.outcome === 'rejected') {
      report('overstated', `lying: ${says}, but the next request was rejected`);
    }
    const admitted = admittedBeforeReset(own, index, verdict);
    if (admitted > told.requests) {
      report('understated', `lying: ${says}, but ${admitted} more were accepted before the window ended`);
    }
  }
  return {
    isTested,
    differences: [...differences.values()].map(({ words, count }) =>
      count > 1 ? `${words} (${count} such cases)` : words,
    ),
  };
}

function leastRemaining(claims: readonly Claim[]): (Claim & { kind: 'remaining' }) | null {
  let least: (Claim & { kind: 'remaining' }) | null = null;
  for (const claim of claims) {
    if (claim.kind === 'remaining' && (least === null || claim.requests < least.requests)) least = claim;
  }
  return least;
}

/** All that was sent before this request was answered when it was sent, and the next was sent after its answer. */
function isAlone(own: readonly Claiming[], index: number): boolean {
  const request = own[index];
  const next = own[index + 1];
  if (request === undefined || next === undefined || next.sentAtMs < request.receivedAtMs) return false;
  const after = own[index + 2];
  if (after !== undefined && after.sentAtMs < next.receivedAtMs) return false;
  return own.slice(Math.max(0, index - 200), index).every((earlier) => earlier.receivedAtMs <= request.sentAtMs);
}

/**
 * Requests admitted after this one and surely before the end of its window, as its own headers tell it. Only for a
 * lone fixed window: other limiters give quota back bit by bit.
 */
function admittedBeforeReset(own: readonly Claiming[], index: number, verdict: LimitsVerdict): number {
  const [only, ...more] = verdict.limits;
  const request = own[index];
  if (request === undefined || only?.algorithm !== 'fixed-window' || more.length > 0) return 0;
  const reset = request.claims.find((claim): claim is QuotaClaim => claim.kind === 'quota');
  if (reset === undefined) return 0;
  const surelyWithinMs = request.sentAtMs + (reset.afterSeconds[0] - ROUNDING_SECONDS) * 1000;
  let admitted = 0;
  for (const next of own.slice(index + 1, index + 1 + MAX_LATER)) {
    if (next.sentAtMs >= surelyWithinMs) break;
    if (next.outcome === 'admitted' && next.receivedAtMs < surelyWithinMs) admitted += 1;
  }
  return admitted;
}

/** "Retry-After SHOULD NOT be earlier than t" (draft -11). */
function retryBeforeReset(own: readonly Claiming[]): Test {
  for (const { number, claims } of own) {
    const retry = claims.find((claim) => claim.kind === 'quota' && claim.header === 'Retry-After') as
      | QuotaClaim
      | undefined;
    const reset = decisiveQuotaClaims(claims).find((claim) => claim.header === 'RateLimit' && claim.until === 'some');
    if (retry === undefined || reset === undefined || retry.afterSeconds[1] >= reset.afterSeconds[1]) continue;
    return {
      isTested: true,
      differences: [
        `Retry-After of request ${number} says ${retry.text}, which is earlier than RateLimit's ${reset.text}`,
      ],
    };
  }
  return { isTested: false, differences: [] };
}

function isIn(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}
