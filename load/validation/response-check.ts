import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { pointerTokens, toPointer, valueAt } from '../../contracts/lib/pointer.ts';
import type { SchemaError, Validate } from '../../contracts/lib/validator.ts';

/**
 * Holds an answer to the whole contract: a documented status, a body that is JSON and keeps its schema, the codes of
 * errors, values echoed, an id that is new. Pure; runs in k6 and in Node.
 */

/** A rule that an answer broke. */
export interface Violation {
  /** Stable name, the same for each answer that breaks it: "chat.schema.json#/properties/id/type", "echo /customer/id". */
  readonly rule: string;
  /** Into the body; null where the rule is not about a place in it. */
  readonly pointer: string | null;
  readonly expected: string;
  /** What came, cut. */
  readonly received: string;
}

export interface Answer {
  readonly status: number;
  /** null: none came or it was not text. */
  readonly body: string | null;
}

/** What was found out of one answer. */
export interface Checked {
  readonly violations: Violation[];
  /** The id at `created.id` of a success; null without one. */
  readonly createdId: string | number | null;
  /** The body, parsed; undefined where it is no JSON. */
  readonly value: Json | undefined;
}

export type CheckAnswer = (answer: Answer) => Checked;

/** Received values are cut to this length. */
const SHOWN_CHARACTERS = 120;

/** Checks each answer by parsing it and by the validator of its status; `request` is the body that was sent. */
export function fullCheck(
  operation: Operation,
  validators: Readonly<Record<string, Validate>>,
  request: Json,
): CheckAnswer {
  return ({ status, body }) => {
    const rule = operation.responses[String(status)];
    if (rule === undefined) {
      const documented = Object.keys(operation.responses).join(', ');
      return broken({ rule: 'status', pointer: null, expected: `one of ${documented}`, received: String(status) });
    }
    let value: Json;
    try {
      value = JSON.parse(body ?? '') as Json;
    } catch {
      return broken({ rule: `json ${status}`, pointer: '', expected: 'a JSON body', received: shown(body ?? '') });
    }
    const violations: Violation[] = [];
    const validate = validators[rule.schema];
    if (validate === undefined) throw new Error(`no validator of ${rule.schema}`);
    if (!validate(value)) {
      for (const error of firstPerRule(validate.errors ?? []))
        violations.push(schemaViolation(rule.schema, error, value));
    }
    if (rule.codes !== undefined && !codesOf(value).some((code) => rule.codes?.includes(code))) {
      violations.push({
        rule: `codes ${status}`,
        pointer: '/errors',
        expected: `an entry with the code ${rule.codes.join(' or ')}`,
        received: shown(codesOf(value).join(', ') || JSON.stringify(value)),
      });
    }
    if (status < 200 || status > 299) return { violations, createdId: null, value };
    for (const echo of operation.echo ?? []) {
      const sent = valueAt(request, echo.request);
      if (sent === undefined || sent === null) continue;
      const received = valueAt(value, echo.response);
      const parent = valueAt(value, toPointer(pointerTokens(echo.response).slice(0, -1)));
      if (received === sent || (echo.unless === 'null' && parent === null)) continue;
      violations.push({
        rule: `echo ${echo.response}`,
        pointer: echo.response,
        expected: `${JSON.stringify(sent)}, as sent in ${echo.request}`,
        received: shown(received === undefined ? 'nothing' : JSON.stringify(received)),
      });
    }
    const id = operation.created === undefined ? undefined : valueAt(value, operation.created.id);
    return { violations, createdId: typeof id === 'string' || typeof id === 'number' ? id : null, value };
  };
}

function broken(violation: Violation): Checked {
  return { violations: [violation], createdId: null, value: undefined };
}

/** Codes of an error envelope, `{"errors":[{"code":…}]}`. */
export function codesOf(value: Json): string[] {
  const entries = valueAt(value, '/errors');
  return Array.isArray(entries) ? entries.map((entry) => valueAt(entry, '/code')).filter(isText) : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Errors of one keyword of one schema are one rule, however many places break it; a failed choice speaks for its branches. */
function firstPerRule(errors: readonly SchemaError[]): SchemaError[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const seen = new Set<string>();
  return errors.filter((error) => {
    if (error.keyword === 'if') return false;
    const isOfBranch = choices.some((choice) =>
      choice.instancePath === error.instancePath
        ? !choices.includes(error)
        : `${error.instancePath}/`.startsWith(`${choice.instancePath}/`),
    );
    if (isOfBranch || seen.has(error.schemaPath)) return false;
    seen.add(error.schemaPath);
    return true;
  });
}

function schemaViolation(file: string, error: SchemaError, value: Json): Violation {
  const received = valueAt(value, error.instancePath);
  return {
    rule: `${file}${error.schemaPath}`,
    pointer: error.instancePath,
    expected: `${error.keyword} ${shown(JSON.stringify(error.params))}`,
    received: shown(received === undefined ? 'nothing' : JSON.stringify(received)),
  };
}

function shown(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
