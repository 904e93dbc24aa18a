import { type Contract, responseRule } from '../../contracts/lib/contract.ts';
import { fieldCode, type Json } from '../../contracts/lib/operation.ts';
import { pointerTokens, toPointer, valueAt, withValueAt } from '../../contracts/lib/pointer.ts';
import type { BadField } from './bad-fields.ts';
import { synthesise } from './synthesis.ts';

/** Makes error bodies in the contract's own envelope. */
export interface Envelopes {
  /** The body of an error with this status; `fields` adds one entry each where the contract has such entries. */
  make(status: number, fields?: readonly BadField[]): Json;
  /** The body with one more entry; the body itself where the envelope holds no list. */
  withEntry(body: Json, code: string, message: string): Json;
  /** Where the first entry's code and message are, and the list that it is in, if any; null: nowhere. */
  readonly codePointer: string | null;
  readonly messagePointer: string | null;
  readonly listPointer: string | null;
}

/** What errors are called where the contract does not say. */
const CONVENTIONS: Record<number, readonly [code: string, message: string]> = {
  400: ['invalid_request', 'Invalid request'],
  401: ['invalid_token', 'Invalid token'],
  403: ['access_denied', 'Access denied'],
  404: ['not_found', 'Not found'],
  405: ['method_not_allowed', 'Method not allowed'],
  408: ['request_timeout', 'Request timeout'],
  413: ['payload_too_large', 'Payload too large'],
  415: ['unsupported_media_type', 'Unsupported media type'],
  422: ['invalid_request', 'Invalid request'],
  429: ['too_many_requests', 'You have exceeded your requests limit'],
  431: ['headers_too_large', 'Request header fields too large'],
  500: ['internal_error', 'Internal error'],
  503: ['unavailable', 'Service unavailable'],
};

const CODE_NAMES = ['code', 'errorCode', 'error_code', 'type', 'error', 'name', 'reason'];
const MESSAGE_NAMES = [
  'message',
  'detail',
  'title',
  'description',
  'errorMessage',
  'error_description',
  'error',
  'reason',
];

/**
 * Each documented error is built on its example, else on that of another error of the same schema, else on a body
 * made up from the schema; undocumented ones take the shape of the first documented one. Throws UserError where no
 * valid body can be made.
 */
export function envelopes(contract: Contract): Envelopes {
  const { operation } = contract;
  const documented = Object.keys(operation.responses).filter((status) => Number(status) >= 400);
  const shapes = new Map(documented.map((status) => [status, shapeOf(contract, status)]));
  const common = shapes.get(documented[0] ?? '') ?? conventionalShape;
  return {
    codePointer: common.codePointer,
    messagePointer: common.messagePointer,
    listPointer: common.listPointer,
    make(status, fields = []) {
      const shape = shapes.get(String(status)) ?? common;
      const rule = responseRule(operation, status);
      const [code, message] = CONVENTIONS[status] ?? ['error', 'Error'];
      const isOwnExample = shape.exampleOf === String(status);
      const first = rule?.codes?.[0] ?? code;
      const named = (rule?.fieldCodes ? fields.filter(({ path }) => path !== '') : []).map((field) => {
        const own = rule === undefined ? undefined : fieldCode(rule, `/${field.path.replaceAll('.', '/')}`);
        return { code: own ?? field.path, message: own === undefined ? field.message : messageOf(contract, own) };
      });
      // A code that the contract gives to one field stands alone.
      const [only, ...others] = named;
      if (only !== undefined && others.length === 0 && rule?.codes?.includes(only.code))
        return shape.fill(only.code, only.message ?? message);
      const body = shape.fill(first, isOwnExample && shape.sampleCode === first ? null : message);
      return named.reduce<Json>((grown, entry) => shape.withEntry(grown, entry.code, entry.message ?? message), body);
    },
    withEntry: (body, code, message) => common.withEntry(body, code, message),
  };
}

/** The text beside a code in an example; null where no example has it. */
function messageOf(contract: Contract, code: string): string | null {
  for (const { isValid, message, body } of contract.examples) {
    if (!isValid || Number(message) < 400) continue;
    const place = [...textsOf(body, '')].find(([, text]) => text === code)?.[0];
    if (place === undefined) continue;
    const entry = valueAt(body, toPointer(pointerTokens(place).slice(0, -1)));
    const text = MESSAGE_NAMES.map((name) => valueAt(entry, `/${name}`)).find((value) => typeof value === 'string');
    if (typeof text === 'string') return text;
  }
  return null;
}

interface Shape {
  /** The status whose example the shape is built on; null for one that is made up. */
  readonly exampleOf: string | null;
  /** The code in the example. */
  readonly sampleCode: Json;
  readonly codePointer: string | null;
  readonly messagePointer: string | null;
  readonly listPointer: string | null;
  fill(code: string, message: string | null): Json;
  withEntry(body: Json, code: string, message: string): Json;
}

const conventionalShape = makeShape({ errors: [{ code: 'error', message: 'Error' }] }, null, ['error'], () => true);

function shapeOf(contract: Contract, status: string): Shape {
  const { responses } = contract.operation;
  const file = responses[status]?.schema ?? '';
  const sameSchema = (message: string) => responses[message]?.schema === file;
  const example =
    contract.examples.find(({ message, isValid }) => isValid && message === status) ??
    contract.examples.find(({ message, isValid }) => isValid && Number(message) >= 400 && sameSchema(message));
  const body = example?.body ?? synthesise(contract, file, status);
  return makeShape(
    body,
    example?.message ?? null,
    responses[example?.message ?? status]?.codes ?? [],
    contract.validator(file),
  );
}

function makeShape(
  sample: Json,
  exampleOf: string | null,
  codes: readonly string[],
  isValid: (body: Json) => boolean,
): Shape {
  const codePointer = findCode(sample, codes);
  const parent = codePointer === null ? '' : toPointer(pointerTokens(codePointer).slice(0, -1));
  const entry = valueAt(sample, parent);
  const messageName = MESSAGE_NAMES.find((name) => {
    const pointer = `${parent}/${name}`;
    return pointer !== codePointer && typeof valueAt(entry, `/${name}`) === 'string';
  });
  const messagePointer = messageName === undefined ? null : `${parent}/${messageName}`;
  const listPointer = /\/\d+$/.test(parent) ? parent.replace(/\/\d+$/, '') : null;
  /** The sample with the entry that holds the code as its only one. */
  const single = listPointer === null || entry === undefined ? sample : withValueAt(sample, listPointer, [entry]);
  const at = (pointer: string) => (listPointer === null ? pointer : pointer.replace(parent, `${listPointer}/0`));
  const withCode = (body: Json, code: string, message: string | null): Json => {
    let filled = codePointer === null ? body : withValueAt(body, at(codePointer), code);
    if (messagePointer !== null && message !== null) filled = withValueAt(filled, at(messagePointer), message);
    return filled;
  };
  return {
    exampleOf,
    sampleCode: codePointer === null ? null : (valueAt(sample, codePointer) ?? null),
    codePointer: codePointer === null ? null : at(codePointer),
    messagePointer: messagePointer === null ? null : at(messagePointer),
    listPointer,
    fill(code, message) {
      const candidates = [withCode(single, code, message), withCode(sample, code, message), single];
      return candidates.find(isValid) ?? sample;
    },
    withEntry(body, code, message) {
      const list = listPointer === null ? undefined : valueAt(body, listPointer);
      if (listPointer === null || !Array.isArray(list)) return body;
      const added = valueAt(withCode(single, code, message), `${listPointer}/0`) ?? null;
      return withValueAt(body, listPointer, [...list, added]);
    },
  };
}

/** Pointer to the text that is the error's code: one of the documented codes, else one with a usual name. */
function findCode(body: Json, codes: readonly string[]): string | null {
  const texts = [...textsOf(body, '')];
  const known = texts.find(([, text]) => codes.includes(text));
  if (known !== undefined) return known[0];
  for (const name of CODE_NAMES) {
    const named = texts.find(([pointer]) => pointer.endsWith(`/${name}`));
    if (named !== undefined) return named[0];
  }
  return null;
}

function* textsOf(value: Json, pointer: string): Generator<readonly [pointer: string, text: string]> {
  if (typeof value === 'string') yield [pointer, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) yield* textsOf(child, pointer + toPointer([key]));
}
