import { codesOf, documentedCodes } from '../../contracts/judge/codes.ts';
import { successViolations } from '../../contracts/judge/success-rules.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { valueAt } from '../../contracts/lib/pointer.ts';
import type { SchemaError, Validate } from '../../contracts/lib/validator.ts';

/**
 * Holds an answer under load to the contract: a documented status, a content type of JSON, a body that is JSON and
 * keeps its schema, the codes of errors, values echoed, a positive id, a plausible time of creation. Pure; runs in k6
 * and in Node. What only a strict reader of bytes sees (names given twice, bytes that are no UTF-8) is the contract
 * suite's.
 */

/** A rule that an answer broke. */
export interface Violation {
  /** "schema.type", "echo", "status" … as the contract suite calls them. */
  readonly rule: string;
  /** Into the body, indices written as "*"; null where the rule is not about a place in it. */
  readonly pointer: string | null;
  readonly expected: string;
  /** What came, cut. */
  readonly received: string;
}

export interface Answer {
  readonly status: number;
  /** By name, in the spelling of Go's net/http: "Content-Type". */
  readonly headers: { readonly [name: string]: string };
  /** null: none came, or it was not text. */
  readonly body: string | null;
  /** Unix milliseconds by our own clock. */
  readonly receivedAtMs: number;
}

/** What was found out of one answer. */
export interface Checked {
  readonly violations: readonly Violation[];
  /** The id at `created.id` of a success; null without one. */
  readonly createdId: string | number | null;
  /** It was recognised, and not parsed. */
  readonly isRecognised: boolean;
}

export type CheckAnswer = (answer: Answer) => Checked;

/** Takes an answer in parts: to put them into an object costs more in k6 than to check them, and so do headers not looked at. */
export type CheckInParts = (
  status: number,
  body: string | null,
  carrier: Pick<Answer, 'headers'>,
  receivedAtMs: number,
) => Checked;

export function inParts(check: CheckAnswer): CheckInParts {
  return (status, body, { headers }, receivedAtMs) => check({ status, body, headers, receivedAtMs });
}

/** What a contract is made of, inside k6. */
export interface ContractParts {
  readonly operation: Operation;
  readonly schemas: Contract['schemas'];
  readonly validators: Readonly<Record<string, Validate>>;
}

/** The JSON of an answer that kept the contract, for who wants to recognise the next one. */
export interface Kept {
  readonly schemaFile: string;
  readonly text: string;
  readonly value: Json;
}

/** Received values are cut to this length. */
const SHOWN_CHARACTERS = 120;

/**
 * Checks each answer by parsing it and by the validator of its status. `request` is the body that was sent.
 * `onKept` is told of each answer that broke nothing.
 */
export function fullCheck(
  { operation, schemas, validators }: ContractParts,
  request: Json,
  onKept: (answer: Answer, kept: Kept) => void = () => {},
): CheckAnswer {
  const contract: Contract = {
    name: operation.name,
    operation,
    schemas,
    examples: [],
    validator: (file) => {
      const validate = validators[file];
      if (validate === undefined) throw new Error(`no validator of ${file}`);
      return validate;
    },
  };
  const documented = documentedCodes(operation);
  return (answer) => {
    const { status } = answer;
    const rule = operation.responses[String(status)];
    if (rule === undefined) {
      const statuses = Object.keys(operation.responses).join(', ');
      return broken({ rule: 'status', pointer: null, expected: `one of ${statuses}`, received: String(status) });
    }
    const violations: Violation[] = [];
    const contentType = answer.headers['Content-Type'] ?? '';
    if (!isJsonType(contentType, answer.body))
      violations.push({
        rule: 'content-type',
        pointer: null,
        expected: 'application/json',
        received: shown(contentType || 'none'),
      });
    const text = answer.body ?? '';
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      return broken(...violations, {
        rule: 'body.json',
        pointer: null,
        expected: 'a JSON text',
        received: shown(text || 'an empty body'),
      });
    }
    const validate = contract.validator(rule.schema);
    const isValid = validate(value);
    if (!isValid) violations.push(...firstOfEach(validate.errors ?? []).map((error) => schemaViolation(error, value)));
    const codes = rule.codes === undefined ? [] : codesOf(value, documented);
    if (rule.codes !== undefined && !codes.some((code) => rule.codes?.includes(code))) {
      violations.push({
        rule: 'error.code',
        pointer: null,
        expected: `the code ${rule.codes.join(' or ')}`,
        received: shown(codes.join(', ') || 'no code'),
      });
    }
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess) {
      violations.push(
        ...successViolations(contract, judged(answer), value, request).map(({ source: _, ...rest }) => rest),
      );
    }
    if (violations.length === 0) onKept(answer, { schemaFile: rule.schema, text, value });
    return { violations, createdId: isSuccess ? idOf(operation, value) : null, isRecognised: false };
  };
}

/** The answer as the judge of the contract suite takes it. */
export function judged({ status, headers, receivedAtMs }: Answer): Parameters<typeof successViolations>[1] {
  return { status, headers: Object.entries(headers), body: new Uint8Array(), sentAtMs: receivedAtMs, receivedAtMs };
}

export function idOf(operation: Operation, value: Json): string | number | null {
  const id = operation.created === undefined ? undefined : valueAt(value, operation.created.id);
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function broken(...violations: Violation[]): Checked {
  return { violations, createdId: null, isRecognised: false };
}

/** application/json or application/…+json; in another charset than UTF-8 only what reads the same in it. */
function isJsonType(contentType: string, body: string | null): boolean {
  const [media = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (media !== 'application/json' && !/^application\/[a-z0-9.+-]+\+json$/.test(media)) return false;
  const charset = /^charset="?(.*?)"?$/.exec(
    parameters.find((parameter) => parameter.startsWith('charset=')) ?? '',
  )?.[1];
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') return true;
  return !/^(utf-?16|utf-?32|ucs|ebcdic|ibm)/.test(charset) && /^[\s\x20-\x7e]*$/.test(body ?? '');
}

/** One error for each keyword and place, items of a list being one place; a failed choice speaks for its branches. */
function firstOfEach(errors: readonly SchemaError[]): SchemaError[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const seen = new Set<string>();
  const first = errors.filter((error) => {
    const isOfBranch = choices.some((choice) =>
      choice.instancePath === error.instancePath
        ? !choices.includes(error)
        : `${error.instancePath}/`.startsWith(`${choice.instancePath}/`),
    );
    const key = `${error.keyword} ${placeOf(error)}`;
    if (error.keyword === 'if' || isOfBranch || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return first.length > 0 ? first : errors.slice(0, 1);
}

/** Where the error is; of a missing field, where it should be. */
function placeOf(error: SchemaError): string {
  const place =
    error.keyword === 'required' ? `${error.instancePath}/${error.params['missingProperty']}` : error.instancePath;
  return place.replace(/\/\d+(?=\/|$)/g, '/*');
}

function schemaViolation(error: SchemaError, value: Json): Violation {
  const received = error.keyword === 'required' ? undefined : valueAt(value, error.instancePath);
  return {
    rule: `schema.${error.keyword}`,
    pointer: placeOf(error),
    expected:
      error.keyword === 'required'
        ? 'the field to be there'
        : shown(
            Object.values(error.params)
              .map((part) => JSON.stringify(part))
              .join(' '),
          ),
    received: shown(received === undefined ? 'no such field' : JSON.stringify(received)),
  };
}

function shown(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
