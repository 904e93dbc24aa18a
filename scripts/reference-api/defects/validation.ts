import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Json } from '../../../contracts/lib/operation.ts';
import type { Answer, Behaviour, Exchange, Workshop } from '../behaviour.ts';
import { type ParsedBody, parseStrictJson } from '../strict-json.ts';
import type { Defect } from '../variants.ts';
import { hasFieldEntries, html, objectAt, on, requestFields, withBytes } from './helpers.ts';

/** Overlooks what is wrong with these fields: the request is judged as if they were not at fault. */
function overlook(isOverlooked: (path: string, value: Json | undefined) => boolean): Behaviour {
  return {
    judge: (body, fields) =>
      fields.filter(({ path }) => path === '' || !isOverlooked(path, objectAt(body, '')[path.split('.')[0] ?? ''])),
  };
}

const numericText = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** Whether a type of JSON is one the field may not be of. */
const refuses = (contract: Contract, type: string) =>
  requestFields(contract).some(
    ({ types }) => !types.includes(type) && types.some((known) => typeof known === 'string'),
  );

const OVERLOOKED: readonly {
  id: string;
  title: string;
  isIn: (contract: Contract) => boolean;
  overlooks: (value: Json | undefined) => boolean;
}[] = [
  {
    id: 'text-accepted',
    title: 'takes a text that is no number for a number',
    isIn: (contract) => refuses(contract, 'string'),
    overlooks: (value) => typeof value === 'string' && value !== '' && !numericText.test(value),
  },
  {
    id: 'empty-text-accepted',
    title: 'takes an empty text',
    isIn: (contract) => refuses(contract, 'string'),
    overlooks: (value) => value === '',
  },
  {
    id: 'boolean-accepted',
    title: 'takes true and false for a number',
    isIn: (contract) => refuses(contract, 'boolean'),
    overlooks: (value) => typeof value === 'boolean',
  },
  {
    id: 'array-accepted',
    title: 'takes an array for a field',
    isIn: (contract) => refuses(contract, 'array'),
    overlooks: (value) => Array.isArray(value),
  },
  {
    id: 'object-accepted',
    title: 'takes an object for a field',
    isIn: (contract) => refuses(contract, 'object'),
    overlooks: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  },
];

/** Fields that are required, or not. */
const fieldsThat = (contract: Contract, isRequired: boolean) =>
  requestFields(contract)
    .filter((field) => field.isRequired === isRequired)
    .map(({ name }) => name);

const OVERLOOKING: readonly Defect[] = [
  ...OVERLOOKED.map(
    ({ id, title, isIn, overlooks }): Defect => ({
      id,
      title,
      group: 'validation',
      breaks: 'the types of the request fields',
      isIn,
      make: () => overlook((_, value) => overlooks(value)),
    }),
  ),
  {
    id: 'first-required-optional',
    title: 'does not ask for the first required field',
    group: 'validation',
    breaks: 'which request fields are required',
    isIn: (contract) => fieldsThat(contract, true).length > 0,
    make: ({ contract }) => overlook((path, value) => path === fieldsThat(contract, true)[0] && value === undefined),
  },
  {
    id: 'last-required-optional',
    title: 'does not ask for the last required field',
    group: 'validation',
    breaks: 'which request fields are required',
    isIn: (contract) => fieldsThat(contract, true).length > 1,
    make: ({ contract }) =>
      overlook((path, value) => path === fieldsThat(contract, true).at(-1) && value === undefined),
  },
  {
    id: 'required-null-accepted',
    title: 'takes null for a required field',
    group: 'validation',
    breaks: 'required request fields are not null',
    isIn: (contract) => requestFields(contract).some(({ isRequired, types }) => isRequired && !types.includes('null')),
    make: ({ contract }) => overlook((path, value) => fieldsThat(contract, true).includes(path) && value === null),
  },
  {
    id: 'optional-unchecked',
    title: 'does not look at optional fields',
    group: 'validation',
    breaks: 'the types of the request fields',
    isIn: (contract) => fieldsThat(contract, false).length > 0,
    make: ({ contract }) =>
      overlook(
        (path, value) =>
          fieldsThat(contract, false).includes(path.split('.')[0] ?? '') &&
          value !== null &&
          !numericText.test(String(value)),
      ),
  },
  {
    id: 'nothing-checked',
    title: 'takes any object',
    group: 'validation',
    breaks: 'an invalid request is refused',
    make: () => ({
      judge: (body, fields) => (Array.isArray(body) ? fields : fields.filter(({ path }) => path === '')),
    }),
  },
];

/** Reads more than JSON. */
const LENIENT: readonly { id: string; title: string; read: (text: string, bytes: Uint8Array) => Json | undefined }[] = [
  {
    id: 'empty-body-accepted',
    title: 'takes an empty body',
    read: (text) => (text.trim() === '' ? SUCCESS : undefined),
  },
  {
    id: 'truncated-accepted',
    title: 'takes a JSON text that is cut off',
    read: (text) => (/^\s*\{/.test(text) && !/\}\s*$/.test(text) ? SUCCESS : undefined),
  },
  {
    id: 'trailing-comma-accepted',
    title: 'takes a trailing comma',
    read: (text) => (/,\s*\}\s*$/.test(text) ? reparsed(text.replace(/,(\s*\}\s*)$/, '$1')) : undefined),
  },
  {
    id: 'malformed-accepted',
    title: 'takes whatever is no JSON',
    read: (text) => (reparsed(text) === undefined ? SUCCESS : undefined),
  },
];

const SUCCESS: Json = {};

function reparsed(text: string): Json | undefined {
  const parsed = parseStrictJson(Buffer.from(text), 100);
  return parsed.isJson ? parsed.value : undefined;
}

/** Takes what a lenient reader makes of a body; what it makes up instead of a body is not judged any more. */
const lenient = LENIENT.map(
  ({ id, title, read }): Defect => ({
    id,
    title,
    group: 'validation',
    breaks: 'a body that is no JSON is refused',
    make: () => ({
      parse(bytes, strict): ParsedBody {
        if (strict.isJson) return strict;
        const value = read(Buffer.from(bytes).toString('utf8'), bytes);
        return value === undefined ? strict : { isJson: true, value };
      },
      judge: (body, fields) => (body === SUCCESS ? [] : fields),
    }),
  }),
);

/** Answers that a body provokes. */
function provoked(
  isProvoked: (exchange: Exchange, workshop: Workshop) => boolean,
  answer: (a: Answer, w: Workshop) => Answer,
) {
  return (workshop: Workshop): Behaviour => ({
    answer: (given, exchange) =>
      (given.kind === 'created' || given.kind === 'invalid' || given.kind === 'too-large') &&
      isProvoked(exchange, workshop)
        ? answer(given, workshop)
        : given,
  });
}

const crash = (answer: Answer, { envelopes }: Workshop): Answer => ({
  ...answer,
  status: 500,
  document: envelopes.make(500),
});
const textOf = ({ bodyBytes }: Exchange) => Buffer.from(bodyBytes).toString('utf8');
/** Levels that a text opens before it closes one. */
const opensAtOnce = (text: string) => /(?:[[{](?:\s*"[^"]*"\s*:)?\s*){200}/.test(text);
const faulty = ({ body, badFields }: Exchange, isSo: (value: Json | undefined) => boolean) =>
  badFields.some(({ path }) => isSo(objectAt(body, '')[path]));

/** Reads bodies of any length, and answers long ones in its own way. */
function onLargeBody(answer: (a: Answer, w: Workshop) => Answer) {
  return (workshop: Workshop): Behaviour => ({
    ...provoked(({ bodyBytes }) => bodyBytes.length > 500_000, answer)(workshop),
    maxBodyBytes: 8 * 1024 * 1024,
  });
}

const PROVOKED: readonly Omit<Defect, 'group'>[] = [
  {
    id: 'deep-nesting-500',
    title: 'answers 500 to a deeply nested body',
    breaks: 'never 5xx',
    make: provoked((exchange) => opensAtOnce(textOf(exchange)), crash),
  },
  {
    id: 'deep-nesting-reset',
    title: 'resets the connection at a deeply nested body',
    breaks: 'each request is answered',
    make: provoked(
      (exchange) => opensAtOnce(textOf(exchange)),
      (answer) => ({ ...answer, delivery: 'reset' }),
    ),
  },
  {
    id: 'large-body-hang',
    title: 'never answers a body of 1 MB',
    breaks: 'each request is answered in time',
    make: onLargeBody((answer) => ({ ...answer, delivery: 'hang' })),
  },
  {
    id: 'large-body-500',
    title: 'answers 500 to a body of 1 MB',
    breaks: 'never 5xx',
    make: onLargeBody(crash),
  },
  {
    id: 'not-json-500',
    title: 'answers 500 to a body that is no JSON',
    breaks: 'never 5xx',
    make: provoked(({ body, bodyBytes }) => body === undefined && bodyBytes.length > 0, crash),
  },
  {
    id: 'not-json-html',
    title: "answers a framework's HTML page to a body that is no JSON",
    breaks: 'each error comes in the envelope',
    make: provoked(
      ({ body, bodyBytes }) => body === undefined && bodyBytes.length > 0,
      (answer) => html(answer, 'Bad Request'),
    ),
  },
  {
    id: 'empty-body-500',
    title: 'answers 500 to an empty body',
    breaks: 'never 5xx',
    make: provoked(({ bodyBytes }) => bodyBytes.length === 0, crash),
  },
  {
    id: 'not-utf8-500',
    title: 'answers 500 to invalid UTF-8',
    breaks: 'never 5xx',
    make: provoked(({ bodyBytes }) => textOf({ bodyBytes } as Exchange).includes('\ufffd'), crash),
  },
  {
    id: 'nul-500',
    title: 'answers 500 to a NUL, raw or escaped',
    breaks: 'never 5xx',
    make: provoked((exchange) => /\0|\\u0000/.test(textOf(exchange)), crash),
  },
  {
    id: 'not-an-object-500',
    title: 'answers 500 to a JSON text that is no object',
    breaks: 'never 5xx',
    make: provoked(({ body }) => body !== undefined && (typeof body !== 'object' || body === null), crash),
  },
  {
    id: 'list-500',
    title: 'answers 500 to a list of objects',
    breaks: 'never 5xx',
    make: provoked(({ body }) => Array.isArray(body), crash),
  },
  {
    id: 'list-accepted',
    title: 'takes a list with the object in it',
    breaks: 'a body that is no object is refused',
    make: () => ({
      parse: (_, strict) =>
        strict.isJson && Array.isArray(strict.value) && strict.value.length > 0
          ? { isJson: true, value: strict.value[0] ?? null }
          : strict,
    }),
  },
  {
    id: 'not-an-object-accepted',
    title: 'takes null, numbers and texts for a body',
    breaks: 'a body that is no object is refused',
    make: () => ({ judge: (body, fields) => (typeof body === 'object' && body !== null ? fields : []) }),
  },
  {
    id: 'required-null-500',
    title: 'answers 500 to null in a field',
    breaks: 'never 5xx',
    make: provoked((exchange) => faulty(exchange, (value) => value === null), crash),
  },
  {
    id: 'nested-500',
    title: 'answers 500 to an object or list in a field',
    breaks: 'never 5xx',
    make: provoked((exchange) => faulty(exchange, (value) => typeof value === 'object' && value !== null), crash),
  },
  {
    id: 'huge-number-500',
    title: 'answers 500 to a number beyond 64 bits',
    breaks: 'never 5xx',
    make: provoked((exchange) => /[:[]\s*-?(\d{19,}|\d+e\d{2,})/i.test(textOf(exchange)), crash),
  },
  {
    id: 'missing-hang',
    title: 'never answers where a required field is missing',
    breaks: 'each request is answered in time',
    make: provoked(
      (exchange) => faulty(exchange, (value) => value === undefined),
      (answer) => ({ ...answer, delivery: 'hang' }),
    ),
  },
  {
    id: 'optional-refused',
    title: 'refuses a valid optional field',
    breaks: 'optional fields may be sent',
    isIn: (contract) => fieldsThat(contract, false).length > 0,
    make: ({ contract }) => ({
      judge: (body, fields) => [
        ...fields,
        ...fieldsThat(contract, false)
          .filter((name) => name in objectAt(body, '') && !fields.some(({ path }) => path === name))
          .slice(0, 1)
          .map((path) => ({ path, message: 'This value is not valid.' })),
      ],
    }),
  },
  {
    id: 'optional-required',
    title: 'asks for an optional field',
    breaks: 'optional fields may be left out',
    isIn: (contract) => fieldsThat(contract, false).length > 0,
    make: ({ contract }) => ({
      judge: (body, fields) => [
        ...fields,
        ...fieldsThat(contract, false)
          .filter((name) => !(name in objectAt(body, '')))
          .slice(0, 1)
          .map((path) => ({ path, message: 'This value should not be blank.' })),
      ],
    }),
  },
  {
    id: 'key-order-matters',
    title: 'takes only bodies whose first name is the first field of the schema',
    breaks: 'the order of names means nothing',
    isIn: (contract) => fieldsThat(contract, true).length > 0 && requestFields(contract).length > 1,
    make: ({ contract }) => ({
      judge: (body, fields) =>
        fields.length > 0 || Object.keys(objectAt(body, ''))[0] === requestFields(contract)[0]?.name ? fields : null,
    }),
  },
  {
    id: 'spacing-matters',
    title: 'refuses line breaks in a JSON text',
    breaks: 'white space means nothing',
    make: () => ({
      parse: (bytes, strict) =>
        strict.isJson && bytes.includes(0x0a) ? { isJson: false, problem: 'malformed' } : strict,
    }),
  },
  {
    id: 'invalid-without-body',
    title: 'answers invalid requests with the success status and an empty body',
    breaks: 'an invalid request is refused',
    make: ({ success }) => on('invalid', (answer) => ({ ...withBytes(answer, ''), status: success.status })),
  },
];

/** Requests taken or refused against the documents, and bodies that bring the server down. */
export const VALIDATION_DEFECTS: readonly Defect[] = [
  ...OVERLOOKING,
  ...lenient,
  ...PROVOKED.map((row): Defect => ({ ...row, group: 'validation' })),
  {
    id: 'all-required-named',
    title: 'names each required field, whichever is at fault',
    group: 'validation',
    breaks: 'a 400 names no innocent field',
    isIn: (contract) => hasFieldEntries(contract) && fieldsThat(contract, true).length > 1,
    make: ({ contract }) => ({
      judge: (_, fields) => [
        ...fields,
        ...fieldsThat(contract, true)
          .filter((name) => fields.some(({ path }) => path !== '') && !fields.some(({ path }) => path === name))
          .map((path) => ({ path, message: 'This value is not valid.' })),
      ],
    }),
  },
];
