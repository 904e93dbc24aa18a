import { type Case, type CaseRequest, keyForms, textWithKey } from '../cases/case.ts';
import type { Answer, Exchange } from '../judge/answer.ts';
import { readJsonBody } from '../judge/body.ts';
import { faultViolation, type Judgement, judgeAnswer, statusSource } from '../judge/judge.ts';
import type { SchemaIndex } from '../judge/schema-index.ts';
import { createdId, repeatedIdViolations } from '../judge/success-rules.ts';
import type { Violation } from '../judge/violation.ts';
import type { Contract } from '../lib/contract.ts';
import type { Transport, WireRequest } from './transport.ts';
import { MOST_WAITS, waitAfter } from './waiting.ts';

/** What running cases needs of the world. */
export interface CaseWorld {
  readonly contract: Contract;
  readonly index: SchemaIndex;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly deadlineMs: number;
  readonly send: Transport;
  /** Resolves when the pace lets one more request go. */
  turn(): Promise<void>;
  /** Waits, and tells the other workers; the time does not count against a test. */
  pause(milliseconds: number): Promise<void>;
  /** Length of the limit's window, s, for a 429 that does not say when to come back; null: not known. */
  readonly windowSeconds: number | null;
  /** A reset connection may be the network's doing. */
  readonly retriesReset: boolean;
  /** A plain valid request, to tell a refused key from a refused case. */
  readonly plainRequest: CaseRequest;
  /** Called for each success with the id that it created. */
  created(id: string | number | null): void;
}

export interface CaseResult {
  readonly outcome: 'holds' | 'broken' | 'observed' | 'not-reached';
  readonly violations: readonly Violation[];
  /** Why it was not reached; null if it was. */
  readonly notReachedBecause: string | null;
  /** Of the last answer. */
  readonly status: number | null;
  /** Statuses of all answers that were judged. */
  readonly statuses: readonly number[];
  readonly milliseconds: number;
  readonly drift: Judgement['drift'];
  readonly createdIds: readonly (string | number)[];
  /** What the operation itself answered, where it was JSON: what drift looks at. */
  readonly responses: readonly { readonly status: number; readonly body: unknown }[];
  /** 429s that were waited out. */
  readonly waits: number;
}

/** How the reason begins where no connection was made. */
export const UNREACHED = 'the server could not be reached';
/** Most bytes of an answer that are read. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Runs one case: sends its requests, waits 429s out, judges each answer. */
export async function runCase(one: Case, world: CaseWorld): Promise<CaseResult> {
  const { contract, index } = world;
  const violations: Violation[] = [];
  const statuses: number[] = [];
  const drift: Judgement['drift'][number][] = [];
  const createdIds: (string | number)[] = [];
  const responses: { status: number; body: unknown }[] = [];
  let waits = 0;
  let milliseconds = 0;
  let notReachedBecause: string | null = null;
  const { expectation } = one;

  for (const request of one.requests) {
    const sent = await sendPatiently(request, world);
    waits += sent.waits;
    if (sent.kind === 'not-reached') {
      notReachedBecause = sent.because;
      break;
    }
    if (sent.exchange.kind === 'fault') {
      const { fault } = sent.exchange;
      milliseconds += fault.milliseconds;
      const broken = faultViolation(fault, world.deadlineMs);
      if (fault.kind === 'refused-body') break;
      if (fault.kind === 'not-sent') notReachedBecause = fault.detail;
      else if (broken === null) notReachedBecause = `${UNREACHED}: ${fault.detail}`;
      else violations.push(broken);
      break;
    }
    const { answer } = sent.exchange;
    milliseconds += answer.receivedAtMs - answer.sentAtMs;
    const isForeign = expectation.kind === 'observed' && expectation.isForeign;
    const isRefused = one.isAuthorized && isRefusal(answer, expectation, contract);
    if (isRefused && !(await isKeyRight(world))) {
      notReachedBecause = `the key was refused with ${answer.status}`;
      statuses.push(answer.status);
      break;
    }
    if (isRefused && !isForeign) {
      statuses.push(answer.status);
      violations.push({
        rule: 'status',
        pointer: null,
        expected: 'the right key to be let in, as it is elsewhere',
        received: `status ${answer.status}`,
        source: statusSource(contract, answer.status),
      });
      break;
    }
    const asserted = expectation.kind === 'asserted' ? expectation : null;
    const judgement = judgeAnswer(contract, index, answer, {
      statuses: asserted?.statuses ?? null,
      isForeign,
      faults: asserted?.faults ?? null,
      request: request.document,
      method: request.method,
      secrets: [world.apiKey],
      credentials: credentialsOf(request, world.apiKey),
      source: asserted?.statuses[0] === undefined ? one.rule.source : statusSource(contract, asserted.statuses[0]),
    });
    statuses.push(answer.status);
    violations.push(...judgement.violations);
    drift.push(...judgement.drift);
    if (!isForeign && judgement.json !== null) responses.push({ status: answer.status, body: judgement.json.value });
    if (isOwnSuccess(answer, one)) {
      const id = recordCreated(answer, world);
      if (id !== undefined) createdIds.push(id);
    }
    if (judgement.violations.length > 0) break;
  }
  if (violations.length === 0) violations.push(...repeatedIdViolations(contract, createdIds));
  const outcome =
    violations.length > 0
      ? 'broken'
      : notReachedBecause !== null
        ? 'not-reached'
        : expectation.kind === 'observed'
          ? 'observed'
          : 'holds';
  return {
    outcome,
    violations,
    notReachedBecause: outcome === 'not-reached' ? notReachedBecause : null,
    status: statuses.at(-1) ?? null,
    statuses,
    milliseconds,
    drift,
    createdIds,
    responses,
    waits,
  };
}

type Sent =
  | { readonly kind: 'sent'; readonly exchange: Exchange; readonly waits: number }
  | { readonly kind: 'not-reached'; readonly because: string; readonly waits: number };

/** Before another connection is tried: a server that restarts is back soon, and what never arrived harms nobody. */
const CONNECT_PAUSES_MS = [200, 800];

/** Sends at the pace; waits 429s out; off loopback a reset connection gets one more try: the network may have done it. */
export async function sendPatiently(request: CaseRequest, world: CaseWorld): Promise<Sent> {
  const wire = wireRequest(request, world.baseUrl, world.apiKey);
  let resets = 0;
  let refusals = 0;
  for (let waits = 0; ; ) {
    await world.turn();
    const exchange = await world.send(wire, { deadlineMs: world.deadlineMs, maxBytes: MAX_ANSWER_BYTES });
    if (exchange.kind === 'fault' && exchange.fault.kind === 'reset' && world.retriesReset && resets === 0) {
      resets += 1;
      await world.pause(200);
      continue;
    }
    const patience = CONNECT_PAUSES_MS[refusals];
    if (exchange.kind === 'fault' && exchange.fault.kind === 'unreachable' && patience !== undefined) {
      refusals += 1;
      await world.pause(patience);
      continue;
    }
    if (exchange.kind === 'fault' || exchange.answer.status !== 429) return { kind: 'sent', exchange, waits };
    const wait = waitAfter(exchange.answer, world.windowSeconds, waits);
    if (wait === null || waits >= MOST_WAITS)
      return { kind: 'not-reached', because: `the limit still answered 429 after ${waits} waits`, waits };
    waits += 1;
    await world.pause(wait);
  }
}

/** The request as it goes over the wire, with the key in it. */
export function wireRequest(request: CaseRequest, baseUrl: string, apiKey: string): WireRequest {
  const query =
    request.query === null
      ? ''
      : `?${request.query.name}=${encodeURIComponent(textWithKey(request.query.value, apiKey))}`;
  return {
    url: `${baseUrl}${request.path}${query}`,
    method: request.method,
    headers: request.headers.map(([name, value]) => [name, textWithKey(value, apiKey)]),
    body: request.body,
  };
}

/** 401 or 403 to the right key, where neither was asked for. */
function isRefusal(answer: Answer, expectation: Case['expectation'], contract: Contract): boolean {
  if (contract.operation.auth.scheme === 'none' || ![401, 403].includes(answer.status)) return false;
  return expectation.kind !== 'asserted' || !expectation.statuses.includes(answer.status);
}

/** Whether a plain valid request gets past authentication: then the refusal was the case's own, and is a finding. */
async function isKeyRight(world: CaseWorld): Promise<boolean> {
  const control = await sendPatiently(world.plainRequest, world);
  if (control.kind === 'sent' && control.exchange.kind === 'answer') recordCreated(control.exchange.answer, world);
  return (
    control.kind === 'sent' &&
    control.exchange.kind === 'answer' &&
    ![401, 403].includes(control.exchange.answer.status)
  );
}

/** Records what an answer says it created, whatever becomes of the case: nothing may be created unrecorded. */
export function recordCreated(
  answer: Answer,
  world: Pick<CaseWorld, 'contract' | 'created'>,
): string | number | undefined {
  if (answer.status < 200 || answer.status >= 300) return undefined;
  const id = createdId(world.contract, readJsonBody(answer).json);
  world.created(id ?? null);
  return id;
}

function isOwnSuccess(answer: Answer, one: Case): boolean {
  const isForeign = one.expectation.kind === 'observed' && one.expectation.isForeign;
  return !isForeign && answer.status >= 200 && answer.status < 300;
}

/** The tokens in a request, as sent. */
export function credentialsOf(request: CaseRequest, apiKey: string): string[] {
  const header = request.headers
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .map(([, value]) => textWithKey(value, apiKey));
  const query = request.query === null ? [] : [textWithKey(request.query.value, apiKey)];
  return [...header, ...query].map((text) => text.replace(/^\S+\s+/, '').trim()).filter((token) => token !== '');
}

/** Everything that must be masked in what is written of a run. */
export function secretsOf(apiKeys: readonly (string | null)[]): string[] {
  return apiKeys.flatMap((key) => (key === null ? [] : keyForms(key)));
}
