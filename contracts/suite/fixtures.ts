import { setTimeout as sleep } from 'node:timers/promises';
import { test as playwrightTest, type TestInfo } from '@playwright/test';
import type { Case, CaseRequest } from '../cases/case.ts';
import { keptRules } from '../cases/coverage.ts';
import type { Answer } from '../judge/answer.ts';
import { type SchemaIndex, schemaIndex } from '../judge/schema-index.ts';
import type { Budget } from '../lib/budget.ts';
import type { Contract } from '../lib/contract.ts';
import { embeddedInputs } from '../lib/embedded-inputs.ts';
import { boundPath, type Json, type Operation } from '../lib/operation.ts';
import { parseTarget, type Target } from '../lib/target.ts';
import { type ApiResponse, apiResponse } from './api-response.ts';
import { casesWith, derivedCases } from './derived-cases.ts';
import { exchangeText } from './exchange-text.ts';
import { runFlow } from './flow.ts';
import { stepCaller } from './given-inputs.ts';
import { LedgerError, recordInLedger } from './ledger.ts';
import { type LimitResult, type LimitWorld, runLimit } from './limit-run.ts';
import { localPace, type Pace, paceIntervalMs, remotePace } from './pace.ts';
import { type CaseRecord, RECORD_ATTACHMENT, recordOf } from './record.ts';
import { curlLine, failureText } from './reproduction.ts';
import { type CaseResult, type CaseWorld, runCase, sendPatiently, UNREACHED } from './run-case.ts';
import { processSettings, type Settings } from './settings.ts';
import { budgetOf, withinBudget } from './shared-budget.ts';
import { type Transport, transportFor } from './transport.ts';

/** Messages of an operation, as `assay generate` writes them: `OperationTypes` of generated/contract.ts. */
export interface MessageTypes {
  readonly request: unknown;
  readonly responses: { readonly [status: string]: unknown };
}

/** An operation together with the types of its messages. */
export interface TypedOperation<Types extends MessageTypes> {
  readonly operation: Operation;
  /** Only for the type check. */
  readonly types?: Types;
}

/** Ties generated/contract.ts together: `typedOperation<OperationTypes>(operation)`. */
export function typedOperation<Types extends MessageTypes>(operation: Operation): TypedOperation<Types> {
  return { operation };
}

export interface SendOptions {
  /** Sent instead of the right Authorization header; null: none. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Values of the path's parameters, by name; default: the configured ones. */
  readonly parameters?: Readonly<Record<string, number | string>>;
}

/** Sends requests to the target: at the pace, 429s waited out, redirects never followed, what was created recorded. */
export interface Api {
  send<Types extends MessageTypes>(
    operation: TypedOperation<Types>,
    body: Types['request'],
    options?: SendOptions,
  ): Promise<ApiResponse<Types>>;
  /** Anything, byte for byte; for what no type should allow. */
  sendRaw(request: CaseRequest): Promise<ApiResponse<MessageTypes>>;
}

export interface SuiteFixtures {
  api: Api;
  /** Runs a derived case, and fails with what broke. */
  runDerived: (one: Case) => Promise<void>;
  /** Calls what gives inputs, and then the operation with them. */
  runFlowCase: () => Promise<void>;
  /** Exhausts the quota and holds the 429 to its contract. */
  runLimitCases: () => Promise<void>;
}

export interface SuiteWorkerFixtures {
  settings: Settings;
  contract: Contract;
  target: Target;
  pace: Pace;
  index: SchemaIndex;
  budget: Budget;
}

/**
 * After so many hangs or lost connections nothing more is sent: a dead server is not waited for case by case. A ledger
 * that cannot be written counts as so many.
 */
const MOST_LOST_IN_A_ROW = 4;
const MOST_LOST_IN_ALL = 10;

export const test = playwrightTest.extend<SuiteFixtures, SuiteWorkerFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures off this pattern
  settings: [async ({}, use) => use(processSettings()), { scope: 'worker' }],
  contract: [async ({ settings }, use) => use(settings.contract), { scope: 'worker' }],
  target: [async ({ settings }, use) => use(settings.target), { scope: 'worker' }],
  index: [async ({ contract }, use) => use(schemaIndex(contract)), { scope: 'worker' }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures off this pattern
  budget: [async ({}, use) => use(budgetOf(process.env)), { scope: 'worker' }],
  pace: [
    async ({ settings }, use, workerInfo) => {
      const url = process.env['ASSAY_PACE_URL'];
      const { contract, target } = settings;
      const machines = (workerInfo.config.shard?.total ?? 1) * workerInfo.config.workers;
      const interval = paceIntervalMs(contract.operation.limit ?? null, target.isLoopback, machines);
      await use(url === undefined ? localPace(interval, () => performance.now()) : remotePace(url));
    },
    { scope: 'worker' },
  ],

  // Playwright's own would follow a redirect to anywhere, with every header but the cookies.
  request: async ({ playwright }, use) => {
    const context = await playwright.request.newContext({ maxRedirects: 0 });
    await use(context);
    await context.dispose();
  },

  api: async ({ settings, index, pace, budget }, use, testInfo) => {
    await pace.begin();
    const world = caseWorld(settings, index, pace, budget, testInfo);
    const sendRaw = async (request: CaseRequest): Promise<ApiResponse<MessageTypes>> => {
      const sent = await sendPatiently(request, world);
      if (sent.kind === 'not-reached') {
        testInfo.skip(true, `not reached: ${sent.because}`);
        throw new Error(sent.because);
      }
      if (sent.exchange.kind === 'fault' && sent.exchange.fault.kind === 'not-sent')
        testInfo.skip(true, `not reached: ${sent.exchange.fault.detail}`);
      if (sent.exchange.kind === 'fault') throw new ContractError(`no answer: ${sent.exchange.fault.detail}`);
      const { answer } = sent.exchange;
      recordSuccess(answer, settings, world);
      return apiResponse(answer, request, settings);
    };
    await use({
      sendRaw,
      async send(typed, body, options = {}) {
        const { operation } = typed;
        const given = options.authorization;
        const headers: [string, CaseRequest['headers'][number][1]][] = [['Content-Type', 'application/json']];
        if (given === undefined && operation.auth.scheme === 'bearer')
          headers.unshift(['Authorization', { before: 'Bearer ', form: 'whole' }]);
        else if (typeof given === 'string') headers.unshift(['Authorization', given]);
        headers.push(...Object.entries(options.headers ?? {}));
        const response = await sendRaw({
          method: operation.method,
          path: boundPath(operation, { ...settings.target.parameters, ...options.parameters }),
          query: null,
          headers,
          body: JSON.stringify(body),
          document: body as Json,
        });
        return response as never;
      },
    });
    await lastAnswers(testInfo);
    await pace.end();
  },

  runDerived: async ({ settings, index, pace, budget }, use, testInfo) => {
    await pace.begin();
    await use(async (one) => {
      const world = caseWorld(settings, index, pace, budget, testInfo);
      const { lost } = await pace.state();
      const isLost = lost.inARow >= MOST_LOST_IN_A_ROW || lost.inAll >= MOST_LOST_IN_ALL;
      const result: CaseResult = isLost
        ? notReached(`nothing more was sent: ${lost.reason}`)
        : await runCase(one, world).catch(async (error: unknown) => {
            if (error instanceof LedgerError)
              for (let times = 0; times < MOST_LOST_IN_A_ROW; times += 1) await pace.report(error.message);
            throw error;
          });
      if (!isLost) await pace.report(lossOf(result));
      const [request] = one.requests;
      const file = settings.contract.operation.request.schema;
      const root = { file, schema: settings.contract.schemas[file] ?? true };
      const document = request?.document;
      const keeps =
        document !== undefined && index.errorsOf(root, document).length === 0 ? keptRules(index, root, document) : [];
      const record = recordOf(one, result, request ?? null, keeps, settings, settings.target.baseUrl);
      await tell([record], testInfo);
      settle([record], testInfo, settings, () => curlLine(request as CaseRequest, settings.target.baseUrl));
    });
    await lastAnswers(testInfo);
    await pace.end();
  },

  runFlowCase: async ({ settings, index, pace, budget }, use, testInfo) => {
    await pace.begin();
    await use(async () => {
      const { target, contract, seed } = settings;
      const created = (operation: string, id: string | number | null) =>
        recordInLedger(settings, operation, 'flow', id);
      const world = {
        ...caseWorld(settings, index, pace, budget, testInfo),
        seed,
        isLoopback: target.isLoopback,
        created,
      };
      const { one, result, request } = await runFlow(contract, process.env, stepCaller(world));
      const record = recordOf(one, result, request, [], settings, target.baseUrl);
      await tell([record], testInfo);
      settle([record], testInfo, settings, () => (request === null ? '' : curlLine(request, target.baseUrl)));
    });
    await lastAnswers(testInfo);
    await pace.end();
  },

  runLimitCases: async ({ settings, index, pace, budget }, use, testInfo) => {
    await pace.begin();
    await use(async () => {
      await untilAlone(pace, testInfo);
      const { idleMs } = await pace.state();
      const sharesServer = settings.limitBaseUrl === settings.target.baseUrl;
      const world: LimitWorld = {
        ...caseWorld(settings, index, pace, budget, testInfo),
        baseUrl: settings.limitBaseUrl,
        pause: async (milliseconds) => pauseTest(await withinTime(milliseconds, budget), testInfo),
        limit: settings.expectedLimit,
        // On a server of its own nothing was sent yet; on the target the pace knows, and in doubt it was just now.
        idleSeconds: sharesServer ? (idleMs === null ? 0 : idleMs / 1000) : null,
        nowMs: () => performance.now(),
        ...limitRequests(settings),
      };
      const results: LimitResult[] = await runLimit(world);
      const records = results.map(({ one, result }) =>
        recordOf(one, result, world.valid, [], settings, settings.limitBaseUrl),
      );
      await tell(records, testInfo);
      settle(records, testInfo, settings, () => curlLine(world.valid, settings.limitBaseUrl));
    });
    await lastAnswers(testInfo);
    await pace.end();
  },
});

function caseWorld(settings: Settings, index: SchemaIndex, pace: Pace, budget: Budget, testInfo: TestInfo): CaseWorld {
  const { contract, target, deadlineMs } = settings;
  const plain = derivedCases(settings)[0]?.requests[0];
  return {
    contract,
    index,
    baseUrl: target.baseUrl,
    apiKey: target.apiKey,
    deadlineMs,
    send: tracked(traced(testInfo, settings, budget)),
    async turn() {
      if (over.has(testInfo)) await new Promise<never>(() => {});
      const wait = await pace.turn();
      if (wait > 0) await pauseTest(wait, testInfo);
    },
    async pause(asked) {
      const milliseconds = await withinTime(asked, budget);
      if (milliseconds > 500) await pace.hold(milliseconds);
      await pauseTest(milliseconds, testInfo);
    },
    windowSeconds: settings.expectedLimit?.windowSeconds ?? contract.operation.limit?.windowSeconds ?? null,
    retriesReset: !target.isLoopback,
    plainRequest: plain as CaseRequest,
    created: (id) => recordInLedger(settings, contract.name, caseIdOf(testInfo), id),
  };
}

/** Requests of this worker that have no answer yet. */
const onTheirWay = new Set<Promise<unknown>>();
/** Tests that send nothing more. */
const over = new WeakSet<TestInfo>();
/** Of the time in which an interrupted run ends. */
const LAST_ANSWERS_MS = 1500;

function tracked(send: Transport): Transport {
  return (wire, limits) => {
    const exchange = send(wire, limits);
    onTheirWay.add(exchange);
    return exchange.finally(() => onTheirWay.delete(exchange));
  };
}

/** A test that was interrupted has a request on its way: what that creates is to be in the ledger. */
async function lastAnswers(testInfo: TestInfo): Promise<void> {
  over.add(testInfo);
  if (onTheirWay.size === 0) return;
  await Promise.race([Promise.allSettled(onTheirWay), sleep(LAST_ANSWERS_MS)]);
  // The answer is read, and written down, in the turn after.
  await sleep(0);
}

/** The transport; where a trace was asked for, each exchange is a step in it, with what was sent and what came. */
function traced(testInfo: TestInfo, settings: Settings, budget: Budget): Transport {
  const send = withinBudget(transportFor(process.env), budget);
  const { trace } = testInfo.project.use;
  const mode = typeof trace === 'string' ? trace : (trace?.mode ?? 'off');
  if (mode === 'off') return send;
  return (wire, limits) =>
    playwrightTest.step(`${wire.method} ${settings.redact(wire.url)}`, async () => {
      const exchange = await send(wire, limits);
      await testInfo.attach('exchange', {
        body: settings.redact(exchangeText(wire, exchange)),
        contentType: 'text/plain',
      });
      return exchange;
    });
}

/** How long to wait: no longer than until nothing may be sent any more. */
async function withinTime(milliseconds: number, budget: Budget): Promise<number> {
  const { secondsLeft } = await budget.reserve({ requests: 0, created: 0 });
  return secondsLeft === null ? milliseconds : Math.min(milliseconds, secondsLeft * 1000);
}

/** The name in brackets at the end of a title, or the whole of it. */
function caseIdOf({ title }: TestInfo): string {
  return /\[([a-z0-9.-]+)\]$/.exec(title)?.[1] ?? title;
}

/** Waiting for the pace or the limit does not count against the test's own time. */
async function pauseTest(milliseconds: number, testInfo: TestInfo): Promise<void> {
  if (testInfo.timeout > 0) testInfo.setTimeout(testInfo.timeout + Math.ceil(milliseconds));
  await sleep(milliseconds);
}

const ALONE_POLL_MS = 150;
const LONGEST_UNTIL_ALONE_MS = 900_000;

/** Waits until no other test of this run is at work, for two looks in a row. */
async function untilAlone(pace: Pace, testInfo: TestInfo): Promise<void> {
  let looks = 0;
  for (let waited = 0; looks < 2 && waited < LONGEST_UNTIL_ALONE_MS; waited += ALONE_POLL_MS) {
    looks = (await pace.state()).running <= 1 ? looks + 1 : 0;
    await pauseTest(ALONE_POLL_MS, testInfo);
  }
}

function limitRequests(settings: Settings): Pick<LimitWorld, 'valid' | 'wrongToken' | 'invalid'> {
  const { contract, limitBaseUrl, target } = settings;
  const cases =
    limitBaseUrl === target.baseUrl
      ? derivedCases(settings)
      : casesWith(
          settings,
          parseTarget({ ...process.env, ...embeddedInputs(contract, { withGiven: true }) }, contract.operation),
        );
  const request = (id: string) => cases.find((one) => one.id === id)?.requests[0] ?? null;
  const valid = request('positive.required-only') ?? request('positive.full');
  if (valid === null) throw new Error('there is no valid request');
  return { valid, wrongToken: request('auth.wrong'), invalid: request('body.truncated') };
}

function recordSuccess(answer: Answer, settings: Settings, world: CaseWorld): void {
  if (answer.status >= 200 && answer.status < 300) world.created(apiResponse(answer, null, settings).createdId());
}

/** The hang or lost connection that a case ended with; null for none. */
function lossOf({ violations: [first], notReachedBecause }: CaseResult): string | null {
  if (first?.rule === 'deadline') return first.received;
  return notReachedBecause?.startsWith(UNREACHED) === true ? notReachedBecause : null;
}

function notReached(because: string): CaseResult {
  return {
    outcome: 'not-reached',
    violations: [],
    notReachedBecause: because,
    status: null,
    statuses: [],
    milliseconds: 0,
    drift: [],
    createdIds: [],
    responses: [],
    waits: 0,
  };
}

async function tell(records: readonly CaseRecord[], testInfo: TestInfo): Promise<void> {
  await testInfo.attach(RECORD_ATTACHMENT, { body: JSON.stringify(records), contentType: 'application/json' });
}

/** Fails the test for what broke, skips it where nothing was reached; what a baseline knows passes, and is told. */
function settle(records: readonly CaseRecord[], testInfo: TestInfo, settings: Settings, curl: () => string): void {
  const broken = records.filter((record) => record.case.outcome === 'broken');
  for (const record of broken)
    if (record.case.baseline !== null)
      testInfo.annotations.push({
        type: 'baseline',
        description: `known until ${record.case.baseline.expires}: ${record.case.baseline.reason}`,
      });
  const open = broken.filter((record) => record.case.baseline === null);
  if (open.length > 0)
    throw new ContractError(
      open
        .map((record) =>
          settings.redact(
            failureText(
              record.case,
              record.case.violations.map((violation) => ({
                ...violation,
                expected: violation.expected ?? '',
                received: violation.received ?? '',
                source: violation.source ?? '',
              })),
              record.case.curl ?? curl(),
            ),
          ),
        )
        .join('\n\n'),
    );
  const reasons = records.map((record) => record.notReachedBecause).filter((reason) => reason !== null);
  const first = reasons[0];
  if (first !== undefined && reasons.length === records.length)
    testInfo.skip(true, `not reached: ${settings.redact(first)}`);
}

/** A broken contract: its message says all there is to say, so it has no stack. */
class ContractError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'contract broken';
    this.stack = `${this.name}: ${message}`;
  }
}
