import { type Contract, responseRule } from '../lib/contract.ts';
import type { Json } from '../lib/operation.ts';
import { valueAt } from '../lib/pointer.ts';
import { type Answer, type Fault, headerOf } from './answer.ts';
import { readJsonBody } from './body.ts';
import { undocumentedFields } from './drift.ts';
import { errorCodeViolations } from './error-codes.ts';
import type { JsonText } from './json-text.ts';
import { leakViolations } from './leaks.ts';
import type { SchemaIndex } from './schema-index.ts';
import { schemaViolations } from './schema-violations.ts';
import { sourceOf } from './source.ts';
import { successViolations } from './success-rules.ts';
import type { Violation } from './violation.ts';

/** What an answer is held to. */
export interface Expected {
  /** Statuses that must come; null: the documents leave it open (any documented one, or a 4xx in a documented envelope). */
  readonly statuses: readonly number[] | null;
  /** The answer belongs to another operation: its success is not held to our schema. */
  readonly isForeign: boolean;
  /** Fields at fault, for error codes; null: not asked for. */
  readonly faults: readonly string[] | null;
  /** The document that was sent, for echoes; undefined: none, or none for sure. */
  readonly request: Json | undefined;
  readonly method: string;
  /** The key and all that is made of it. */
  readonly secrets: readonly string[];
  /** The tokens of the request, right or wrong. */
  readonly credentials: readonly string[];
  /** What the statuses follow from. */
  readonly source: string;
}

export interface Judgement {
  /** Gravest first; [] if the answer holds. */
  readonly violations: readonly Violation[];
  /** The body, where it is JSON. */
  readonly json: JsonText | null;
  /** What differs without breaking a rule: fields that the schema does not name, errors of other operations. */
  readonly drift: readonly { readonly pointer: string; readonly what: string }[];
}

/** Holds an answer to the contract. */
export function judgeAnswer(contract: Contract, index: SchemaIndex, answer: Answer, promise: Expected): Judgement {
  const { operation } = contract;
  const leaks = leakViolations(answer, promise.secrets, promise.credentials);
  const { status } = answer;
  const documented = responseRule(operation, status);
  const isSuccess = status >= 200 && status < 300;
  const only = (...violations: Violation[]): Judgement => ({
    violations: [...violations, ...leaks],
    json: null,
    drift: [],
  });

  if (status >= 500 && !(promise.statuses ?? []).includes(status))
    return only({
      rule: 'server-error',
      pointer: null,
      expected: statusWords(promise, operation.responses),
      received: `status ${status}`,
      source: promise.source,
    });
  const isExpected =
    promise.statuses !== null && promise.statuses.length > 0
      ? promise.statuses.includes(status)
      : promise.isForeign
        ? true
        : isOpenStatus(promise.statuses, status, documented !== undefined);
  if (!isExpected)
    return only({
      rule: 'status',
      pointer: null,
      expected: statusWords(promise, operation.responses),
      received: `status ${status}`,
      source: promise.source,
    });
  if (promise.isForeign && (isSuccess || status < 400)) return only();
  const hasEnvelope = Object.keys(operation.responses).some((one) => Number(one) >= 400);
  if (promise.method === 'HEAD' || (documented === undefined && !hasEnvelope)) return only();

  if (promise.isForeign && !isEnvelopeLike(contract, answer)) {
    const what = { pointer: '', what: `an answer ${status} to ${promise.method} without the documented envelope` };
    return { ...only(), drift: [what] };
  }

  const body = readJsonBody(answer);
  const violations: Violation[] = [...body.violations];
  let drift: Judgement['drift'] = [];
  if (body.json !== null) {
    const { value } = body.json;
    const schema = documented?.schema ?? errorSchemaOf(contract, index, value) ?? '';
    const broken = schemaViolations(
      contract,
      index,
      schema,
      value,
      `responses.${documented === undefined ? 400 : status}`,
    );
    // What the client sent wrongly on trial, and the server took and gave back, is no finding of its own.
    const found =
      promise.statuses === null && isSuccess
        ? broken.filter(({ pointer }) => !comesBack(contract, pointer, value, promise.request))
        : broken;
    violations.push(...found);
    if (!isSuccess)
      violations.push(...errorCodeViolations(contract, index, status, value, promise.faults, promise.request));
    else if (!found.some(({ pointer }) => pointer === ''))
      violations.push(...successViolations(contract, answer, value, promise.request));
    drift = undocumentedFields(index, { file: schema, schema: contract.schemas[schema] ?? true }, value).map(
      (pointer) => ({
        pointer,
        what: `a field of ${status} that is not documented`,
      }),
    );
  }
  return { violations: [...violations, ...leaks], json: body.json, drift };
}

/** A fault as a broken promise; null for one that breaks none (no connection was made, a large body was refused). */
export function faultViolation(fault: Fault, deadlineMs: number): Violation | null {
  const words: Record<
    Exclude<Fault['kind'], 'unreachable' | 'refused-body' | 'not-sent'>,
    [rule: string, expected: string]
  > = {
    hang: ['deadline', `an answer within ${deadlineMs / 1000} s`],
    reset: ['connection.reset', 'an answer'],
    cut: ['connection.cut', 'the whole answer'],
    malformed: ['connection.malformed', 'an answer in HTTP/1.1'],
    endless: ['connection.endless', 'an answer that ends'],
  };
  if (fault.kind === 'unreachable' || fault.kind === 'refused-body' || fault.kind === 'not-sent') return null;
  const [rule, expected] = words[fault.kind];
  return {
    rule,
    pointer: null,
    expected,
    received: fault.detail,
    source: rule === 'deadline' ? 'the deadline of this suite' : 'RFC 9112',
  };
}

/** JSON that has a field which every documented envelope must have: then it is meant to be one, and has to be right. */
function isEnvelopeLike(contract: Contract, answer: Answer): boolean {
  if (!/json/i.test(headerOf(answer, 'content-type') ?? '')) return false;
  const { json } = readJsonBody(answer);
  if (json === null) return true;
  if (typeof json.value !== 'object' || json.value === null) return false;
  const names = Object.keys(json.value);
  return Object.entries(contract.operation.responses).some(([status, rule]) => {
    const schema = contract.schemas[rule.schema];
    const required = typeof schema === 'object' ? (schema['required'] as string[] | undefined) : undefined;
    return Number(status) >= 400 && (required ?? []).some((name) => names.includes(name));
  });
}

/** Documented statuses and any 4xx are open; where only "a rejection" is asked for, any 4xx. */
function isOpenStatus(statuses: readonly number[] | null, status: number, isDocumented: boolean): boolean {
  const isRejection = status >= 400 && status < 500;
  return statuses === null ? isDocumented || isRejection : isRejection;
}

/** Of the schemas that documented errors have, the one that an undocumented error keeps, else the first; null without any. */
function errorSchemaOf(contract: Contract, index: SchemaIndex, body: unknown): string | null {
  const errors = Object.entries(contract.operation.responses).filter(([status]) => Number(status) >= 400);
  const files = [...new Set(errors.map(([, rule]) => rule.schema))];
  const kept = files.find(
    (file) => index.errorsOf({ file, schema: contract.schemas[file] ?? true }, body).length === 0,
  );
  return kept ?? files[0] ?? null;
}

function statusWords(promise: Expected, responses: Contract['operation']['responses']): string {
  if (promise.statuses !== null && promise.statuses.length > 0) return `status ${promise.statuses.join(' or ')}`;
  if (promise.statuses !== null) return 'a status from 400 to 499';
  return `a documented status (${Object.keys(responses).join(', ')}) or an error from 400 to 499 in a documented envelope`;
}

function comesBack(contract: Contract, pointer: string | null, body: unknown, request: Json | undefined): boolean {
  const echo = (contract.operation.echo ?? []).find(({ response }) => response === pointer);
  return echo !== undefined && request !== undefined && valueAt(body, echo.response) === valueAt(request, echo.request);
}

/** The source of an expectation of a status. */
export function statusSource(contract: Contract, status: number): string {
  return sourceOf(contract, `operation.json#/responses/${status}`, `responses.${status}`);
}
