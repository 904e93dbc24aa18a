import { operation as contractOperation, requestTemplate } from 'assay:contract';
import { validators } from 'assay:validators';
import exec from 'k6/execution';
import { mayHaveCreated, parseBudget, secondsLeftSince } from '../contracts/lib/budget.ts';
import { type Json, type Operation, successStatuses } from '../contracts/lib/operation.ts';
import { valueAt } from '../contracts/lib/pointer.ts';
import { isInsecure } from '../contracts/lib/target.ts';
import { UserError } from '../contracts/lib/user-error.ts';
import type { Probe } from './inference/engine.ts';
import { createEngine } from './inference/engine.ts';
import { nowMs, startTimer } from './lib/clock.ts';
import { sendRequest } from './lib/http.ts';
import { limitHeaders } from './lib/limit-headers.ts';
import type { LimitsLine, ProbeAnswer } from './lib/limits-lines.ts';
import { parseLimitsOptions, withinBudget } from './lib/limits-options.ts';
import type { Unread } from './lib/mailbox.ts';
import { runProbes } from './lib/probe-loop.ts';
import { requestBodies } from './lib/request-bodies.ts';
import { isHeard, say } from './lib/say.ts';
import { whenStopped } from './lib/stop-request.ts';
import { orAbort, targetOrAbort } from './lib/target.ts';
import { verdictLines } from './lib/verdict-text.ts';

/**
 * Finds where an endpoint starts to reject, in one iteration of one VU with many requests in flight. The engine
 * decides; this file connects it to k6. `assay limits` runs it and writes the files; a plain `k6 run` with the target
 * in the environment prints the verdict.
 */

const operation: Operation = contractOperation;
const target = targetOrAbort(operation);
const limits = orAbort(() => {
  try {
    return withinBudget(parseLimitsOptions(__ENV['ASSAY_LIMITS_OPTIONS']), parseBudget(__ENV), operation.method);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('ASSAY_LIMITS_OPTIONS is not usable', {
      why: error instanceof Error ? error.message : String(error),
      fix: 'leave it out, or write JSON such as {"maxRequests":1000,"maxSeconds":300}',
    });
  }
});
const bodies = orAbort(() =>
  requestBodies(
    operation,
    requestTemplate,
    target.inputs,
    (body) => validators[operation.request.schema]?.(body) ?? true,
  ),
);

if ((limits.harmless || limits.probeCosts) && bodies.invalid === null) {
  exec.test.abort(
    'ASSAY_LIMITS_OPTIONS is not usable: the contract requires no input, so no request is surely invalid',
  );
}

/** The engine ends by itself within its budget; what is left is for requests in flight and for the verdict. */
const SPARE_SECONDS = 60;

export const options = {
  scenarios: {
    limits: {
      executor: 'per-vu-iterations',
      vus: 1,
      iterations: 1,
      maxDuration: `${Math.ceil(limits.maxSeconds + limits.requestTimeoutMs / 1000 + SPARE_SECONDS)}s`,
      gracefulStop: '0s',
    },
  },
  // Idle connections that are kept: a new one costs a round trip, which would widen every interval.
  batch: limits.maxInFlight,
  batchPerHost: limits.maxInFlight,
  insecureSkipTLSVerify: isInsecure(__ENV),
  systemTags: ['status'],
};

const METHODS_WITHOUT_BODY = ['GET', 'HEAD'];
/** No key of any server: it is not random, so that a server that learnt it would reject it each time. */
const WRONG_KEY = 'assay-wrong-key-0000000000000000';

const textOf = (body: Json) => (METHODS_WITHOUT_BODY.includes(operation.method) ? null : JSON.stringify(body));
const validText = textOf(bodies.valid);
const invalidText = textOf(bodies.invalid);
const successes = successStatuses(operation);

const documented = (statuses: readonly number[]) =>
  statuses.filter((status) => operation.responses[String(status)] !== undefined);

async function send(probe: Probe, timeoutMs: number): Promise<Unread<ProbeAnswer>> {
  const key =
    probe.kind === 'unauthorized' ? WRONG_KEY : probe.identity === 'second-key' ? target.secondApiKey : target.apiKey;
  const read = await sendRequest({
    method: operation.method,
    url: `${probe.identity === 'second-address' ? limits.secondAddressBaseUrl : target.baseUrl}${target.path}`,
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      ...(operation.auth.scheme === 'bearer' ? { Authorization: `Bearer ${key}` } : {}),
    },
    body: probe.kind === 'invalid' ? invalidText : validText,
    timeoutMs,
    wantsBody: operation.created !== undefined,
  });
  return () => {
    const { status, error, headers, body } = read();
    const isCreated = status !== null && successes.includes(status);
    return { status, error, headers: limitHeaders(headers), createdId: isCreated ? createdId(body) : null };
  };
}

function createdId(body: string | null): string | number | null {
  if (body === null || operation.created === undefined) return null;
  try {
    const id = valueAt(JSON.parse(body), operation.created.id);
    return typeof id === 'string' || typeof id === 'number' ? id : null;
  } catch {
    return null;
  }
}

export default async function findLimits(): Promise<void> {
  const atMs = nowMs();
  const wallClockMs = Date.now();
  say({ kind: 'start', atMs, wallClockMs } satisfies LimitsLine);
  const { countedFromMs } = limits;
  const maxSeconds =
    countedFromMs === null
      ? limits.maxSeconds
      : Math.floor(10 * secondsLeftSince(limits.maxSeconds, countedFromMs, wallClockMs)) / 10;
  const engine = createEngine({
    successStatuses: successes,
    invalidStatuses: documented([400, 422]),
    unauthorizedStatuses: operation.auth.scheme === 'none' ? [] : documented([401, 403]),
    rejectionStatus: 429,
    budget: { maxRequests: limits.maxRequests, maxSeconds, maxCreated: limits.maxCreated },
    mayHaveCreated,
    prior: limits.prior ?? (operation.limit === undefined ? [] : [operation.limit]),
    isQuotaMaybeUsed: limits.isQuotaMaybeUsed,
    probeCosts: limits.probeCosts,
    secondKey: operation.auth.scheme !== 'none' && target.secondApiKey !== null,
    secondAddress: limits.secondAddressBaseUrl !== null,
    harmless: limits.harmless,
    maxInFlight: limits.maxInFlight,
    requestTimeoutMs: limits.requestTimeoutMs,
    wallClockAtZeroMs: wallClockMs - atMs,
    seed: limits.seed,
  });
  try {
    const { verdict, unusable } = await runProbes(engine, {
      ...{ nowMs, startTimer, send, say: report },
      whenStopped: whenStopped(),
      requestTimeoutMs: limits.requestTimeoutMs,
      endsAtMs: atMs + maxSeconds * 1000,
    });
    if (isHeard) return;
    if (unusable === null) for (const line of verdictLines(verdict)) console.log(line);
    else exec.test.abort(`the target is of no use: ${unusable}`);
  } catch (error) {
    if (!isHeard) throw error;
    say({
      kind: 'bug',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    } satisfies LimitsLine);
  }
}

let shownPhase = '';

/** To `assay`, or for people: each phase as it begins. */
function report(line: LimitsLine): void {
  say(line);
  if (isHeard || line.kind !== 'progress' || line.progress.phase === shownPhase) return;
  shownPhase = line.progress.phase;
  console.log(`${line.progress.phase}: ${line.progress.known}`);
}

/** k6's own summary is of no use here. */
export function handleSummary(): Record<string, string> {
  return {};
}
