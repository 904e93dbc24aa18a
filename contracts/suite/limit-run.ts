import type { Case, CaseRequest } from '../cases/case.ts';
import { type Answer, type Exchange, type Fault, headerOf } from '../judge/answer.ts';
import { faultViolation, judgeAnswer, statusSource } from '../judge/judge.ts';
import { sourceOf } from '../judge/source.ts';
import { shown, type Violation } from '../judge/violation.ts';
import { successStatuses } from '../lib/operation.ts';
import type { CaseResult, CaseWorld } from './run-case.ts';
import { credentialsOf, recordCreated, wireRequest } from './run-case.ts';
import { retryAfterSeconds } from './waiting.ts';

/**
 * Exhausts the quota on purpose and holds what happens to the contract: the 429 comes after as many requests as
 * documented, keeps its envelope, and ends when it said. How the limiter works inside is not asked here.
 */

export interface LimitWorld extends Omit<CaseWorld, 'turn' | 'windowSeconds'> {
  /** null: none is documented; then only the 429 itself is looked at, if one comes. */
  readonly limit: { readonly requests: number; readonly windowSeconds: number } | null;
  /** A valid request. */
  readonly valid: CaseRequest;
  /** The same with a wrong token, and one with an invalid body; null where the operation has none. */
  readonly wrongToken: CaseRequest | null;
  readonly invalid: CaseRequest | null;
  /** Since the last request of this run to this server, s; null: none was sent. */
  readonly idleSeconds: number | null;
  /** ms of a clock that does not run backwards. */
  nowMs(): number;
}

/** A result of the limit's own cases; they are no requests of one kind, so they are written like cases afterwards. */
export interface LimitResult {
  readonly one: Pick<Case, 'id' | 'title' | 'tags' | 'group' | 'rule'>;
  readonly result: CaseResult;
}

/** Requests that are in flight at once: fast enough for a burst, few enough to stop soon after the first 429. */
const IN_FLIGHT = 6;
/** A quota beyond this is not exhausted on purpose. */
export const LARGEST_QUOTA = 3000;
/** Without a documented limit, so many requests are sent to see a 429. */
const BLIND_REQUESTS = 300;
const MAX_ANSWER_BYTES = 1024 * 1024;
const RETRY_AFTER_SOURCE = 'RFC 9110, section 10.2.3';
const ENVELOPE_TITLE = 'answers 429 in its envelope';

interface Burst {
  readonly accepted: number;
  readonly sent: number;
  readonly rejected: readonly Answer[];
  readonly seconds: number;
  /** What came instead of an answer, before any rejection. */
  readonly fault: Fault | null;
  /** Why nothing can be read off it. */
  readonly obstacle: string | null;
}

/** Exhausts the quota; up to two rounds, and one wait until quota returns. */
export async function runLimit(world: LimitWorld): Promise<LimitResult[]> {
  const statuses: number[] = [];
  const send: LimitWorld['send'] = async (...request) => {
    const exchange = await world.send(...request);
    if (exchange.kind === 'answer') statuses.push(exchange.answer.status);
    return exchange;
  };
  const [first, ...rest] = await limitResults({ ...world, send });
  // Each answer is counted once, with the case that most of them were sent for.
  return first === undefined ? [] : [{ ...first, result: { ...first.result, statuses } }, ...rest];
}

async function limitResults(world: LimitWorld): Promise<LimitResult[]> {
  const { contract, limit } = world;
  const results: LimitResult[] = [];
  const source = sourceOf(contract, 'operation.json#/limit', 'limit');
  const add = (
    id: string,
    title: string,
    rule: string,
    where: string,
    found: Partial<CaseResult> & { outcome: CaseResult['outcome'] },
  ) =>
    results.push({
      one: {
        id,
        title,
        tags: ['@limit'],
        group: id.startsWith('precedence') ? 'precedence' : 'limit',
        rule: { name: rule, source: where },
      },
      result: {
        violations: [],
        notReachedBecause: null,
        status: null,
        statuses: [],
        milliseconds: 0,
        drift: [],
        createdIds: [],
        responses: [],
        waits: 0,
        ...found,
      },
    });

  if (limit !== null && limit.requests > LARGEST_QUOTA) {
    add('limit.quota', 'answers 429 after the documented quota', 'limit.quota', source, {
      outcome: 'not-reached',
      notReachedBecause: `${limit.requests} requests are more than are sent on purpose (${LARGEST_QUOTA})`,
    });
    return results;
  }
  const windowMs = (limit?.windowSeconds ?? 0) * 1000;
  if (limit !== null && world.idleSeconds !== null)
    await world.pause(Math.max(0, windowMs * 1.02 + 100 - world.idleSeconds * 1000));

  const title =
    limit === null
      ? 'answers 429 once a quota is used up'
      : `answers 429 after ${limit.requests} requests, neither earlier nor later`;
  let burst = await sendBurst(world);
  let verdict = limit === null ? null : await quotaVerdict(world, burst);
  if (verdict?.kind === 'wrong' && limit !== null) {
    // Once more after two windows of silence: a window that ended within the burst, or somebody else's requests, may
    // have been the reason. Two windows, because a sliding counter remembers the last one.
    await world.pause(2 * windowMs + 200);
    burst = await sendBurst(world);
    verdict = await quotaVerdict(world, burst);
  }
  const timing = { milliseconds: burst.seconds * 1000 };
  if (verdict === null) {
    add(
      'limit.quota',
      title,
      'limit.quota',
      source,
      burst.obstacle === null
        ? { outcome: 'observed', ...timing, status: burst.rejected[0]?.status ?? null }
        : { outcome: 'not-reached', notReachedBecause: burst.obstacle },
    );
  } else if (verdict.kind === 'undecided')
    add('limit.quota', title, 'limit.quota', source, {
      outcome: 'not-reached',
      notReachedBecause: verdict.because,
      ...timing,
    });
  else {
    add('limit.quota', title, 'limit.quota', source, {
      outcome: verdict.kind === 'right' ? 'holds' : 'broken',
      violations:
        verdict.kind === 'right'
          ? []
          : [
              {
                rule: 'limit.quota',
                pointer: null,
                expected: `${limit?.requests} requests before the first 429, as in ${limit?.windowSeconds} s`,
                received: verdict.received,
                source,
              },
            ],
      ...timing,
      status: burst.rejected[0]?.status ?? null,
    });
  }
  const [first] = burst.rejected;
  if (burst.fault !== null && burst.accepted > 0) {
    // Once more: the network may have done it.
    const again = await sendOnce(world, world.valid);
    const broken = again.kind === 'fault' ? faultViolation(again.fault, world.deadlineMs) : null;
    if (broken !== null)
      add('limit.envelope', ENVELOPE_TITLE, 'limit.envelope', statusSource(contract, 429), {
        outcome: 'broken',
        violations: [broken],
      });
  }
  if (first === undefined) return results;

  const violations = burst.rejected.flatMap((answer) => rejectionViolations(world, answer));
  const unique = [
    ...new Map(violations.map((violation) => [`${violation.rule} ${violation.pointer}`, violation])).values(),
  ];
  add('limit.envelope', ENVELOPE_TITLE, 'limit.envelope', statusSource(contract, 429), {
    outcome: unique.length > 0 ? 'broken' : 'holds',
    violations: unique,
    status: first.status,
    ...timing,
  });
  await observePrecedence(world, add);
  await holdRecovery(world, add);
  return results;
}

async function sendBurst(world: LimitWorld): Promise<Burst> {
  const { limit } = world;
  const most = limit === null ? BLIND_REQUESTS : limit.requests + Math.max(8, Math.ceil(limit.requests * 0.15));
  const startedMs = world.nowMs();
  const rejected: Answer[] = [];
  let accepted = 0;
  let sent = 0;
  let fault: Fault | null = null;
  let obstacle: string | null = null;
  const one = async () => {
    while (sent < most && rejected.length === 0 && fault === null && obstacle === null) {
      sent += 1;
      const exchange = await sendOnce(world, world.valid);
      if (exchange.kind === 'fault') fault ??= exchange.fault;
      else if (isSuccess(exchange.answer, world)) accepted += 1;
      // Whatever else comes after successes is the limiter's way to say no, right or wrong; before any, it is not.
      else if (exchange.answer.status === 429 || accepted > 0) rejected.push(exchange.answer);
      else obstacle ??= `a valid request was answered with ${exchange.answer.status}`;
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, Math.max(1, most)) }, one));
  return {
    accepted,
    sent,
    rejected,
    seconds: (world.nowMs() - startedMs) / 1000,
    fault: rejected.length > 0 ? null : fault,
    obstacle: rejected.length > 0 ? null : obstacle,
  };
}

type Verdict = { kind: 'right' } | { kind: 'wrong'; received: string } | { kind: 'undecided'; because: string };

async function quotaVerdict(world: LimitWorld, burst: Burst): Promise<Verdict> {
  const { limit } = world;
  if (limit === null) return { kind: 'undecided', because: 'no limit is documented' };
  if (burst.obstacle !== null) return { kind: 'undecided', because: burst.obstacle };
  if (burst.fault !== null)
    return {
      kind: 'undecided',
      because: burst.fault.kind === 'not-sent' ? burst.fault.detail : `a request failed: ${burst.fault.detail}`,
    };
  if (burst.seconds >= limit.windowSeconds * 0.8)
    return {
      kind: 'undecided',
      because: `${burst.sent} requests took ${burst.seconds.toFixed(1)} s, too long for a window of ${limit.windowSeconds} s`,
    };
  if (burst.rejected.length === 0)
    return { kind: 'wrong', received: `no 429 within ${burst.sent} requests in ${burst.seconds.toFixed(1)} s` };
  if (burst.accepted === limit.requests) return { kind: 'right' };
  const received = `${burst.accepted} requests accepted before the first ${burst.rejected[0]?.status}`;
  if (burst.accepted < limit.requests) return { kind: 'wrong', received };
  // A bucket with this burst and this rate agrees with the limit, and refills a little within the burst.
  const perSecond = limit.requests / limit.windowSeconds;
  if (burst.accepted > limit.requests + Math.ceil(perSecond * burst.seconds)) return { kind: 'wrong', received };
  await world.pause(4000 / perSecond);
  const probe = await sendOnce(world, world.valid);
  const refills = probe.kind === 'answer' && isSuccess(probe.answer, world);
  return refills ? { kind: 'right' } : { kind: 'wrong', received };
}

/** What an answer that rejects breaks of the contract's 429. */
function rejectionViolations(world: LimitWorld, answer: Answer): Violation[] {
  const { contract } = world;
  const isDocumented = Object.hasOwn(contract.operation.responses, '429');
  const judgement = judgeAnswer(contract, world.index, answer, {
    statuses: isDocumented ? [429] : null,
    isForeign: false,
    faults: null,
    request: world.valid.document,
    method: world.valid.method,
    secrets: [world.apiKey],
    credentials: credentialsOf(world.valid, world.apiKey),
    source: statusSource(contract, 429),
  });
  const violations = [...judgement.violations];
  const given = headerOf(answer, 'retry-after');
  if (given !== undefined && retryAfterSeconds(answer) === null)
    violations.push({
      rule: 'limit.retry-after',
      pointer: null,
      expected: 'Retry-After as whole seconds or an HTTP date',
      received: shown(given),
      source: RETRY_AFTER_SOURCE,
    });
  return violations;
}

type Add = (
  id: string,
  title: string,
  rule: string,
  where: string,
  found: Partial<CaseResult> & { outcome: CaseResult['outcome'] },
) => void;

async function observePrecedence(world: LimitWorld, add: Add): Promise<void> {
  const source = 'not documented: which of two faults is answered';
  for (const [id, title, request] of [
    ['precedence.limit-authentication', 'a wrong token beyond the limit', world.wrongToken],
    ['precedence.limit-validation', 'an invalid body beyond the limit', world.invalid],
  ] as const) {
    if (request === null) continue;
    const exchange = await sendOnce(world, request);
    if (exchange.kind === 'fault')
      add(id, `answers ${title}`, 'precedence', source, {
        outcome: 'not-reached',
        notReachedBecause: exchange.fault.detail,
      });
    else if (exchange.answer.status >= 500)
      add(id, `answers ${title}`, 'precedence', source, {
        outcome: 'broken',
        status: exchange.answer.status,
        violations: [
          {
            rule: 'server-error',
            pointer: null,
            expected: 'a documented status',
            received: `status ${exchange.answer.status}`,
            source,
          },
        ],
      });
    else
      add(id, `answers ${title}`, 'precedence', source, {
        outcome: 'observed',
        status: exchange.answer.status,
      });
  }
}

/** Longest time that recovery is waited for, s. */
const LONGEST_RECOVERY_SECONDS = 180;

async function holdRecovery(world: LimitWorld, add: Add): Promise<void> {
  const { limit, contract } = world;
  const source = sourceOf(contract, 'operation.json#/limit', 'limit');
  const last = await sendOnce(world, world.valid);
  const promised = last.kind === 'answer' && !isSuccess(last.answer, world) ? retryAfterSeconds(last.answer) : null;
  const windowSeconds = limit?.windowSeconds ?? null;
  const waitSeconds = promised ?? windowSeconds;
  const titles = {
    recovery: 'accepts requests again after the limit',
    promise: 'accepts a request when Retry-After has passed',
  };
  if (waitSeconds === null) return;
  if (promised !== null && windowSeconds !== null && promised > windowSeconds + 1) {
    // Longer than the documented window: a client would wait for nothing, or the limit is another one.
    add('limit.retry-after', titles.promise, 'limit.retry-after', RETRY_AFTER_SOURCE, {
      outcome: 'broken',
      violations: [
        {
          rule: 'limit.retry-after',
          pointer: null,
          expected: `Retry-After of at most the window of ${windowSeconds} s`,
          received: `${promised} s`,
          source,
        },
      ],
    });
    return;
  }
  if (waitSeconds > LONGEST_RECOVERY_SECONDS) {
    add('limit.recovery', titles.recovery, 'limit.recovery', source, {
      outcome: 'not-reached',
      notReachedBecause: `${waitSeconds} s are longer than is waited for`,
    });
    return;
  }
  const addNotSent = (id: string, title: string) =>
    add(id, title, id, source, {
      outcome: 'not-reached',
      notReachedBecause: next.kind === 'fault' ? next.fault.detail : null,
    });
  await world.pause(waitSeconds * 1000 + 50);
  let next = await sendOnce(world, world.valid);
  if (promised !== null) {
    if (isNotSent(next)) return addNotSent('limit.retry-after', titles.promise);
    const kept = next.kind === 'answer' && isSuccess(next.answer, world);
    const received = next.kind === 'answer' ? `status ${next.answer.status} after ${promised} s` : next.fault.detail;
    const violations: Violation[] = [];
    if (!kept)
      violations.push({
        rule: 'limit.retry-after',
        pointer: null,
        expected: `a request to be accepted ${promised} s after the 429 that said so`,
        received,
        source: RETRY_AFTER_SOURCE,
      });
    add('limit.retry-after', titles.promise, 'limit.retry-after', RETRY_AFTER_SOURCE, {
      outcome: violations.length > 0 ? 'broken' : 'holds',
      violations,
      status: next.kind === 'answer' ? next.answer.status : null,
    });
    if (!kept && windowSeconds !== null) {
      await world.pause(Math.max(0, (windowSeconds - promised) * 1000) + 100);
      next = await sendOnce(world, world.valid);
    }
  }
  if (isNotSent(next)) return addNotSent('limit.recovery', titles.recovery);
  const recovers = next.kind === 'answer' && isSuccess(next.answer, world);
  const received = next.kind === 'answer' ? `status ${next.answer.status}` : next.fault.detail;
  add('limit.recovery', titles.recovery, 'limit.recovery', source, {
    outcome: recovers ? 'holds' : 'broken',
    status: next.kind === 'answer' ? next.answer.status : null,
    violations: recovers
      ? []
      : [
          {
            rule: 'limit.recovery',
            pointer: null,
            expected: `a request to be accepted after ${windowSeconds ?? waitSeconds} s`,
            received,
            source,
          },
        ],
  });
}

async function sendOnce(world: LimitWorld, request: CaseRequest) {
  const exchange = await world.send(wireRequest(request, world.baseUrl, world.apiKey), {
    deadlineMs: world.deadlineMs,
    maxBytes: MAX_ANSWER_BYTES,
  });
  if (exchange.kind === 'answer') recordCreated(exchange.answer, world);
  return exchange;
}

/** A budget is used up: nothing can be said. */
function isNotSent(exchange: Exchange): boolean {
  return exchange.kind === 'fault' && exchange.fault.kind === 'not-sent';
}

/** A documented success; an undocumented one is no acceptance that a client could rely on. */
function isSuccess(answer: Answer, world: LimitWorld): boolean {
  return successStatuses(world.contract.operation).includes(answer.status);
}
