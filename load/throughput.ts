import { operation as contractOperation, type OperationTypes, requestTemplate, schemas } from 'assay:contract';
import { givers } from 'assay:givers';
import { validators } from 'assay:validators';
import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Gauge, Trend } from 'k6/metrics';
import type { Options, Scenario } from 'k6/options';
import { sendUntilMs } from '../contracts/lib/budget.ts';
import { standIns } from '../contracts/lib/given-inputs.ts';
import { type Operation, type PointerOf, successStatuses } from '../contracts/lib/operation.ts';
import { redactor } from '../contracts/lib/redact.ts';
import { isInsecure } from '../contracts/lib/target.ts';
import { UserError } from '../contracts/lib/user-error.ts';
import { type FlowRequest, makeFlow, requestBinder } from './lib/flow.ts';
import { requestBodies } from './lib/request-bodies.ts';
import { requestCost } from './lib/request-cost.ts';
import { isHeard, say } from './lib/say.ts';
import { orAbort, targetOrAbort } from './lib/target.ts';
import { idRange, lastMomentsMs } from './measurement/id-range.ts';
import type { ThroughputLine } from './measurement/lines.ts';
import {
  acceptedLatency,
  BROKEN_RULE,
  CREATED_ID,
  DETAIL_TAG,
  encodeDetail,
  MEASURED,
  MEASURED_REQUESTS,
  ON_THE_WAY,
  PHASE_TAG,
  START_LAG,
  STOPPED,
  statusLatency,
  statusRequests,
  VIOLATIONS,
} from './measurement/metric-names.ts';
import { k6Thresholds } from './measurement/objectives.ts';
import { k6Rate, type LoadProfile, parseLoadProfile, type Stretch, stretchesUntil } from './measurement/profile.ts';
import { parseSummary, SUMMARY_STATS, summaryText } from './measurement/summary.ts';
import { fastCheck } from './validation/fast-check.ts';
import {
  type Answer,
  type Checked,
  type CheckInParts,
  fullCheck,
  inParts,
  type Violation,
} from './validation/response-check.ts';

/**
 * Puts load on an endpoint and holds every answer to the contract. `assay throughput` runs it and makes the files; a
 * plain `k6 run` with the target in the environment prints what was found. The load is that of
 * measurement/profile.ts.
 */

type Responses = OperationTypes['responses'];
type Success = Responses[Extract<keyof Responses, `2${string}`>];

const operation: Operation = contractOperation;
// Held to the types made from the schemas: a pointer to a field that the success no longer has fails the type check.
const createdIdPointer: PointerOf<Success> | undefined = contractOperation.created?.id;

/** What another operation gives before each request is not there yet; something stands for it. */
const target = targetOrAbort(operation, standIns(operation, __ENV));
const profile = orAbort(() => {
  const cost = requestCost(
    operation,
    __ENV,
    givers.map((giver) => giver.operation),
  );
  const parsed = parseLoadProfile(__ENV, target, operation.limit, cost);
  if (parsed.maxIterations !== 0) return parsed;
  throw new UserError('nothing may be sent', {
    why: 'the budget (ASSAY_MAX_REQUESTS, ASSAY_MAX_CREATED) is less than one request takes',
    fix: 'raise it, or unset it',
  });
});
const request = orAbort(() =>
  requestBodies(
    operation,
    requestTemplate,
    target.inputs,
    (body) => validators[operation.request.schema]?.(body) ?? true,
  ),
).valid;
const requestText = JSON.stringify(request);
const bindRequest = requestBinder(operation, __ENV, target, request);
const flow = orAbort(() =>
  makeFlow(operation, givers, __ENV, {
    send: sendOnTheWay,
    broken: (status, violations) => tellViolations(violations, status, startedAtMsOfTest),
    created: (name, id) => tell({ kind: 'created', id, operation: name }),
  }),
);
let startedAtMsOfTest = 0;
const check = checkNamed(__ENV['ASSAY_CHECK']);

const successes = successStatuses(operation);
const isSuccess = new Set(successes);

// A metric costs about 2.5 KB and 10 µs for each user, a sample 3 µs: k6's own are used as far as they go.
const acceptedOfSeveral = successes.length > 1 ? new Trend(acceptedLatency(successes), true) : null;
const violationCounter = new Counter(VIOLATIONS);
const brokenRules = new Trend(BROKEN_RULE);
const createdIds = new Gauge(CREATED_ID);
const startLag = new Trend(START_LAG, true);
const stopped = flow === null ? null : new Trend(STOPPED, true);
/** How long the last answer on the way took. */
let onTheWayMs = 0;

/** Parts of k6's own metrics; k6 keeps those of which a threshold is asked, be it none. */
function partsOfMetrics(): Record<string, string[]> {
  const statuses = Object.keys(operation.responses).map(Number);
  const names = [...statuses.map(statusLatency), MEASURED_REQUESTS, ...[...statuses, 0].map(statusRequests)];
  return Object.fromEntries(names.map((name) => [name, []]));
}

function scenarioOf(load: LoadProfile): Scenario {
  const gracefulStop = `${load.requestTimeoutMs + 1000}ms`;
  // k6 takes no arrival rate for less than a second; what arrives after the end is not sent.
  const duration = `${Math.max(1, load.scenarioSeconds)}s`;
  if (load.mode === 'closed') {
    if (load.maxIterations === null) return { executor: 'constant-vus', vus: load.vus, duration, gracefulStop };
    const iterations = load.maxIterations;
    const vus = Math.min(load.vus, iterations);
    return { executor: 'shared-iterations', vus, iterations, maxDuration: duration, gracefulStop };
  }
  const users = { preAllocatedVUs: load.preallocatedVus, maxVUs: load.maxVus, gracefulStop };
  if (load.mode !== 'spike')
    return { executor: 'constant-arrival-rate', ...k6Rate(load.ratePerSecond), duration, ...users };
  // Per 1000 s, so that each stretch has a whole number; a stage of no length makes the rate jump.
  const perUnit = ({ ratePerSecond }: Stretch) => Math.round(ratePerSecond * 1000);
  const [first, ...others] = stretchesUntil(load, load.scenarioSeconds);
  return {
    executor: 'ramping-arrival-rate',
    startRate: first === undefined ? 0 : perUnit(first),
    timeUnit: '1000s',
    stages: [
      ...(first === undefined ? [] : [{ target: perUnit(first), duration: `${first.seconds}s` }]),
      ...others.flatMap((stretch) => [
        { target: perUnit(stretch), duration: '0s' },
        { target: perUnit(stretch), duration: `${stretch.seconds}s` },
      ]),
    ],
    ...users,
  };
}

const NOTHING_FOUND: Checked = { violations: [], createdId: null, isRecognised: false };

/** `npm run bench:validation` weighs the check against parsing each answer, and against looking at the status alone. */
function checkNamed(name: string | undefined): CheckInParts {
  const parts = { operation, schemas, validators };
  if (name === 'parse') return inParts(fullCheck(parts, request));
  if (name === 'status') {
    const whole = inParts(fullCheck(parts, request));
    return (status, body, carrier, receivedAtMs) =>
      isSuccess.has(status) ? NOTHING_FOUND : whole(status, body, carrier, receivedAtMs);
  }
  return fastCheck(parts, request);
}

export const options: Options = {
  scenarios: { load: scenarioOf(profile) },
  thresholds: { ...partsOfMetrics(), ...k6Thresholds(profile.objectives, acceptedLatency(successes)) },
  discardResponseBodies: false,
  maxRedirects: 0,
  summaryTrendStats: SUMMARY_STATS,
  // One series for each status: what a tag costs is paid for each sample.
  insecureSkipTLSVerify: isInsecure(__ENV),
  systemTags: ['status', 'expected_response'],
};

http.setResponseCallback(http.expectedStatuses(...successes, 429));

const parameters = parametersFor(operation);

function parametersFor({ auth }: Operation) {
  return {
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      ...(auth.scheme === 'bearer' ? { Authorization: `Bearer ${target.apiKey}` } : {}),
    },
    redirects: 0,
    timeout: `${profile.requestTimeoutMs}ms`,
    responseType: 'text',
  } as const;
}

interface Start {
  readonly startedAtMs: number;
  /** Wall clock after which nothing is sent; null: there is no such time. k6 took a while until here. */
  readonly untilMs: number | null;
}

export function setup(): Start {
  const startedAtMs = Date.now();
  tell({ kind: 'start', atMs: startedAtMs });
  return { startedAtMs, untilMs: sendUntilMs(__ENV, startedAtMs) };
}

/** Users that have nothing left to do would use up a processor. */
const PAUSE_SECONDS = 0.1;

/** Ids of things created off loopback are said one by one; on loopback their number and range are enough. */
const tellsEachId = !target.isLoopback;
let [lowestId, highestId] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
let sampleIds: ReturnType<typeof idRange> | null = null;
let nextIdsAtMs = Number.NEGATIVE_INFINITY;
let lastCreatedId: string | number | null = null;
/** Names of members may be anything: no more rules than this are told apart. */
const MOST_RULES = 50;
/** Time between two arrivals of a steady rate; null: there is none. */
const arrivalEveryMs = profile.mode === 'open' || profile.mode === 'soak' ? 1000 / profile.ratePerSecond : null;
/** Every so many of a user's requests are compared with the plan: it costs more than to check an answer. */
const LAG_EVERY = 16;
let requestsOfUser = 0;
/** Names of members in an answer become names of rules and tags of samples: the server may send back the key in them. */
const redact = redactor([target.apiKey, target.secondApiKey]);
/** Rules of which this user has told an example. */
const told = new Set<string>();

/** Whether what this user measures is after the warm-up: what it sends from then on has a tag. */
let isWarm = false;

export default function load({ startedAtMs, untilMs }: Start): void {
  if (untilMs !== null && Date.now() >= untilMs) {
    if (profile.mode === 'closed') sleep(PAUSE_SECONDS);
    return;
  }
  // Unique among all users: the budget is kept to the request, however many of them there are.
  if (profile.maxIterations !== null && exec.scenario.iterationInTest >= profile.maxIterations) return;
  if (!isWarm && Date.now() - startedAtMs >= profile.warmUpSeconds * 1000) {
    isWarm = true;
    exec.vu.metrics.tags[PHASE_TAG] = MEASURED;
  }
  if (arrivalEveryMs !== null && isWarm && requestsOfUser++ % LAG_EVERY === 0) {
    const dueAtMs = exec.scenario.startTime + exec.scenario.iterationInTest * arrivalEveryMs;
    startLag.add(Math.max(0, Date.now() - dueAtMs));
  }
  let url = target.url;
  let text = requestText;
  let checkThis = check;
  if (flow !== null && bindRequest !== null) {
    startedAtMsOfTest = startedAtMs;
    const outcome = flow();
    // The answer that ended it stands for the request that could not be sent.
    if (outcome.kind === 'stopped') {
      stopped?.add(onTheWayMs, { [DETAIL_TAG]: String(isSuccess.has(outcome.status) ? 0 : outcome.status) });
      return;
    }
    const bound = bindRequest(outcome.env);
    url = bound.url;
    text = JSON.stringify(bound.body);
    checkThis = inParts(fullCheck({ operation, schemas, validators }, bound.body));
  }
  const response = http.request(operation.method, url, text, parameters);
  const { status } = response;
  if (status === 0) {
    tellLastIds(startedAtMs, Date.now());
    return;
  }
  if (isWarm && acceptedOfSeveral !== null && isSuccess.has(status)) acceptedOfSeveral.add(response.timings.duration);
  const receivedAtMs = Date.now();
  const { violations, createdId } = checkThis(status, response.body as string | null, response, receivedAtMs);
  const isRepeated = createdId !== null && createdId === lastCreatedId;
  if (violations.length > 0 || isRepeated)
    tellViolations(isRepeated ? [...violations, repeatedId(createdId)] : violations, status, startedAtMs);
  // Only successes have one; to look for a status costs more than to look at it.
  if (createdId === null && !isSuccess.has(status)) {
    tellLastIds(startedAtMs, receivedAtMs);
    return;
  }
  lastCreatedId = createdId;
  if (tellsEachId) tell({ kind: 'created', id: createdId });
  else if (typeof createdId === 'number') {
    if (createdId < lowestId) lowestId = createdId;
    if (createdId > highestId) highestId = createdId;
    if (receivedAtMs >= nextIdsAtMs) tellIds(startedAtMs, receivedAtMs);
  }
}

/** After an answer that created nothing: a limiter may let no further one through. */
function tellLastIds(startedAtMs: number, atMs: number): void {
  if (highestId > Number.NEGATIVE_INFINITY && atMs >= nextIdsAtMs) tellIds(startedAtMs, atMs);
}

function tellIds(startedAtMs: number, atMs: number): void {
  const { durationSeconds, mode, maxIterations } = profile;
  sampleIds ??= idRange(
    lastMomentsMs(startedAtMs + durationSeconds * 1000, mode === 'closed', maxIterations !== null),
    (id) => createdIds.add(id),
  );
  nextIdsAtMs = sampleIds(lowestId, highestId, atMs);
}

/** Sends a request of an operation that gives an input. */
function sendOnTheWay({ operation: giver, url, body }: FlowRequest): Answer {
  const response = http.request(giver.method, url, ['GET', 'HEAD'].includes(giver.method) ? null : body, {
    ...parametersFor(giver),
    responseCallback: http.expectedStatuses(...successStatuses(giver), 429),
    tags: { [PHASE_TAG]: ON_THE_WAY },
  });
  onTheWayMs = response.timings.duration;
  return {
    status: response.status,
    headers: response.headers,
    body: response.body as string | null,
    receivedAtMs: Date.now(),
  };
}

function repeatedId(id: string | number): Violation {
  return {
    rule: 'created.id',
    pointer: createdIdPointer ?? null,
    expected: 'an id that is new each time',
    received: `${JSON.stringify(id)} once more`,
  };
}

function tellViolations(violations: readonly Violation[], status: number, startedAtMs: number): void {
  violationCounter.add(1);
  for (const violation of violations) {
    const rule = ruleName(status, violation);
    brokenRules.add(1, { [DETAIL_TAG]: encodeDetail(rule) });
    if (told.has(rule)) continue;
    told.add(rule);
    tell({ kind: 'violation', status, atMs: Date.now() - startedAtMs, ...violation, rule });
    if (!isHeard && exec.vu.idInInstance === 1)
      console.warn(redact(`${rule}: expected ${violation.expected}, got ${violation.received}`));
  }
}

/** "201 schema.type /id": one name for all answers that break the rule in the same place. */
function ruleName(status: number, { rule, pointer }: Violation): string {
  const name = redact(`${status} ${rule}${pointer === null ? '' : ` ${pointer}`}`);
  return told.has(name) || told.size < MOST_RULES ? name : `${status} other rules`;
}

function tell(line: ThroughputLine): void {
  say(line);
}

export function handleSummary(data: unknown): Record<string, string> {
  const summary = parseSummary(data, operation);
  if (isHeard) {
    tell({ kind: 'summary', summary });
    return {};
  }
  return { stdout: summaryText(data, operation, profile.warmUpSeconds) };
}
