/** What is asked when the limit is known: what uses it up, what it is counted by, and whether more slip through at once. */

import { type Course, LEAST_EXCESS } from './course.ts';
import type { ProbeIdentity, ProbeKind } from './engine.ts';
import type { Steps } from './finder.ts';

/** Sent at once on top of a quota, to see whether more slip through; and how often. */
const EXCESS_SHARE = 0.5;
const EXCESS_TRIES = 2;

export class FurtherAnswers {
  /** Whether invalid requests, and those without a valid key, use up quota; null: not asked, or not clear. */
  countsInvalid: boolean | null = null;
  countsUnauthorized: boolean | null = null;
  /** Whether a second key, or a second address, was admitted while the first one was rejected. */
  isSecondKeyFree: boolean | null = null;
  isSecondAddressFree: boolean | null = null;
  /** More admitted of requests at once than there is room for; null: not seen. */
  overAdmission: { readonly admitted: number; readonly capacity: number } | null = null;
}

/** From a full quota, more at once than it has room for: what is admitted beyond it slipped through. */
export function* askOverAdmission(course: Course, answers: FurtherAnswers): Steps {
  course.phase = 'many at once';
  course.asideSince = course.host.requests.length;
  const capacity = course.capacity;
  const count = capacity + Math.max(LEAST_EXCESS, Math.ceil(capacity * EXCESS_SHARE));
  const refill = course.leader?.range('refillPerMs')?.[1] ?? 0;
  for (let tries = 0; tries < EXCESS_TRIES; tries += 1) {
    yield* waitUntilFull(course);
    const sinceMs = course.host.nowMs;
    const volley = yield {
      kind: 'send',
      count,
      probe: course.host.probeKind,
      identity: 'primary',
      isTogether: true,
    };
    const most = capacity + Math.ceil(refill * (course.host.nowMs - sinceMs));
    if (volley === null || volley.admitted <= most) continue;
    if (volley.admitted > (answers.overAdmission?.admitted ?? 0))
      answers.overAdmission = { admitted: volley.admitted, capacity };
  }
}

/** What uses quota, and what it is counted by: each answer takes one cycle. */
export function* askAside(course: Course, answers: FurtherAnswers): Steps {
  const { options } = course.host;
  if (options.probeCosts) {
    course.phase = 'costs';
    answers.countsInvalid ??= yield* doesUseQuota(course, 'invalid');
    answers.countsUnauthorized = yield* doesUseQuota(course, 'unauthorized');
  }
  if (!options.secondKey && !options.secondAddress) return;
  course.phase = 'scope';
  yield* waitUntilFull(course);
  yield* course.fillUp(0);
  if (options.secondKey) answers.isSecondKeyFree = yield* isAdmitted(course, 'second-key');
  if (options.secondAddress) answers.isSecondAddressFree = yield* isAdmitted(course, 'second-address');
}

function* waitUntilFull(course: Course): Steps {
  const penaltyMs = course.leader?.range('banMs')?.[1] ?? 0;
  yield* course.sleepUntil(course.host.nowMs + penaltyMs + 2.1 * course.windowMs + 2 * course.host.roundTripMs);
}

/** Sends some of these from a full quota, and counts what is left for valid requests; null: it is not clear. */
function* doesUseQuota(course: Course, probe: ProbeKind): Steps<boolean | null> {
  const capacity = course.capacity;
  const count = Math.max(1, Math.ceil(capacity / 2));
  yield* waitUntilFull(course);
  const asked = yield { kind: 'send', count, probe, identity: 'primary' };
  if (asked === null || asked.admitted + asked.rejected < count) return null;
  if (asked.rejected > 0) return true;
  let left = 0;
  for (let sent = 0; sent < 3 * capacity + 3; ) {
    const volley = yield* course.send(Math.max(1, Math.min(capacity - left, count)));
    sent += volley.size;
    left += volley.admitted;
    if (volley.rejected > 0) break;
  }
  // Refill in the meantime, or a boundary, only ever adds.
  if (left >= capacity) return false;
  return left <= capacity - count ? true : null;
}

function* isAdmitted(course: Course, identity: ProbeIdentity): Steps<boolean | null> {
  const volley = yield { kind: 'send', count: 1, probe: course.host.probeKind, identity };
  if (volley === null || volley.admitted + volley.rejected === 0) return null;
  return volley.admitted > 0;
}
