import { gzipSync } from 'node:zlib';
import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Json } from '../../../contracts/lib/operation.ts';
import { pointerTokens, toPointer, valueAt, withValueAt } from '../../../contracts/lib/pointer.ts';
import { authorizedKey } from '../authorization.ts';
import { type Answer, type AnswerKind, type Behaviour, bytesOf } from '../behaviour.ts';
import { successBodies } from '../created.ts';
import { parseStrictJson } from '../strict-json.ts';
import type { Variation } from '../variants.ts';
import {
  edit,
  hasBearer,
  hasFieldEntries,
  hasMessage,
  isValidSuccess,
  mutated,
  namedPointers,
  objectAt,
  on,
  pointersOf,
  requestFields,
  sampleSuccess,
  withBytes,
} from './helpers.ts';

const EVERY: readonly AnswerKind[] = [
  'created',
  'invalid',
  'unauthorized',
  'limited',
  'not-found',
  'method',
  'media-type',
  'too-large',
];

const everyAnswer = (change: (answer: Answer) => Answer) => () => on(EVERY, (answer) => change(answer));
const withHeaders = (answer: Answer, more: Record<string, string>): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...more },
});
const asText = (answer: Answer, change: (text: string) => string) =>
  withBytes(answer, change(Buffer.from(bytesOf(answer)).toString('utf8')));

function keysReversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(keysReversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, keysReversed(child)]),
  );
}

/** Places of texts that may be any text. */
function freeTexts(contract: Contract, text: string): string[] {
  const body = sampleSuccess(contract);
  return pointersOf(body).filter(
    (pointer) =>
      typeof valueAt(body, pointer) === 'string' &&
      !namedPointers(contract).includes(pointer) &&
      isValidSuccess(contract, withValueAt(body, pointer, text)),
  );
}

const UNICODE_NAME = 'Žofie "Łódź" Ğ\u0301 \u{1f469}\u{1f3fd}\u200d\u{1f680} \u2028 李 </script>';

/** Seconds by which a server's clock may differ and still be taken for right. */
const CLOCK_SKEW_SECONDS = 2;

const TEXTS_OPEN = 'the wording is for people and no part of the contract';
const JSON_OPEN = 'it is the same JSON value';
const HTTP_OPEN = 'HTTP leaves it open';
const DOCUMENTS_OPEN = 'the documents leave it open';

const numeric = (value: Json | undefined) => typeof value === 'string' && /^-?\d+$/.test(value);

/** Makes something else of the values of numeric request fields before it looks at them, as frameworks do. */
function coerced(contract: Contract, coerce: (value: Json) => Json): Behaviour {
  const names = requestFields(contract)
    .filter(({ types }) => types.includes('integer') || types.includes('number'))
    .map(({ name }) => name);
  return {
    parse: (_, strict) =>
      strict.isJson
        ? {
            isJson: true,
            value: names.reduce<Json>(
              (body, name) => mutated(body, toPointer([name]), (value) => coerce(value)),
              strict.value,
            ),
          }
        : strict,
  };
}

export const VARIATIONS: readonly Variation[] = [
  {
    id: 'key-order',
    title: 'sends names in another order',
    because: JSON_OPEN,
    make: everyAnswer((answer) => edit(answer, keysReversed)),
  },
  {
    id: 'pretty-printed',
    title: 'sends JSON with line breaks and indents',
    because: JSON_OPEN,
    make: everyAnswer((answer) => withBytes(answer, `${JSON.stringify(answer.document, null, 4)}\r\n`)),
  },
  {
    id: 'escaped',
    title: 'escapes slashes and everything beyond ASCII',
    because: JSON_OPEN,
    make: everyAnswer((answer) =>
      asText(answer, (text) =>
        text
          .replaceAll('/', '\\/')
          .replace(/"(?:[^"\\]|\\.)*"/g, (string) => string.replaceAll('a', '\\u0061'))
          .replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
      ),
    ),
  },
  {
    id: 'numbers-with-exponent',
    title: 'writes whole numbers as 12.0 or 1.2e1',
    because: 'JSON Schema takes a number without a fraction for an integer, however it is written',
    make: () =>
      on('created', (answer) =>
        asText(answer, (text) => text.replace(/:(\d{1,15})(?=[,}])/g, (_, digits) => `:${digits}.0`)),
      ),
  },
  {
    id: 'chunked',
    title: 'sends bodies in chunks',
    because: HTTP_OPEN,
    make: everyAnswer((answer) => ({ ...answer, delivery: 'chunked' })),
  },
  {
    id: 'charset',
    title: 'says the charset in the content type',
    because: HTTP_OPEN,
    make: everyAnswer((answer) => withHeaders(answer, { 'Content-Type': 'application/json; charset=utf-8' })),
  },
  {
    id: 'type-upper-case',
    title: 'writes the content type in upper case, with odd spaces',
    because: 'media types and parameters are case-insensitive (RFC 9110)',
    make: everyAnswer((answer) => withHeaders(answer, { 'Content-Type': 'Application/JSON ;  Charset="UTF-8"' })),
  },
  {
    id: 'header-names-lower-case',
    title: 'writes header names in lower case',
    because: 'header names are case-insensitive (RFC 9110)',
    make: everyAnswer((answer) => ({
      ...answer,
      headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value])),
    })),
  },
  {
    id: 'extra-headers',
    title: 'sends further headers',
    because: HTTP_OPEN,
    make: everyAnswer((answer) =>
      withHeaders(answer, {
        'X-Request-Id': '4f9c1f0e-7d5f-4f0e-9a55-2f8f5f6f7a11',
        'Cache-Control': 'no-store, private',
        'Strict-Transport-Security': 'max-age=31536000',
        'Set-Cookie': 'session=abc; Path=/; HttpOnly',
        Server: 'nginx/1.25.3',
        'X-Powered-By': 'PHP/8.3',
        Vary: 'Accept-Encoding, Authorization',
      }),
    ),
  },
  {
    id: 'slow',
    title: 'takes 200 ms for each answer',
    because: 'the documents promise no such speed',
    make: everyAnswer((answer) => ({ ...answer, delayMs: (answer.delayMs ?? 0) + 200 })),
  },
  {
    id: 'uneven',
    title: 'takes between 0 and 240 ms, so that answers overtake one another',
    because: 'the documents promise no such speed',
    make: () =>
      on(EVERY, (answer, { number }) => ({ ...answer, delayMs: (answer.delayMs ?? 0) + ((number * 37) % 5) * 60 })),
  },
  {
    id: 'unicode-names',
    title: 'sends names with letters from everywhere, quotation marks and markup',
    because: 'a text may hold any character',
    isIn: (contract) => freeTexts(contract, UNICODE_NAME).length > 0,
    make: ({ contract }) =>
      on('created', (answer) =>
        edit(answer, (body) =>
          freeTexts(contract, UNICODE_NAME).reduce<Json>(
            (changed, pointer) =>
              typeof valueAt(changed, pointer) === 'string' ? withValueAt(changed, pointer, UNICODE_NAME) : changed,
            body,
          ),
        ),
      ),
  },
  {
    id: 'empty-texts',
    title: 'sends empty texts',
    because: 'the schema allows them',
    isIn: (contract) => freeTexts(contract, '').length > 0,
    make: ({ contract }) =>
      on('created', (answer) =>
        edit(answer, (body) =>
          freeTexts(contract, '').reduce<Json>(
            (changed, pointer) =>
              typeof valueAt(changed, pointer) === 'string' ? withValueAt(changed, pointer, '') : changed,
            body,
          ),
        ),
      ),
  },
  {
    id: 'nullable-null',
    title: 'sends null wherever the schema allows it',
    because: 'the schema allows it',
    isIn: (contract) => nullablePointers(contract).length > 0,
    make: ({ contract }) => {
      const pointers = nullablePointers(contract);
      return on('created', (answer) =>
        edit(answer, (body) =>
          pointers.reduce<Json>(
            (changed, pointer) =>
              valueAt(changed, pointer) === undefined ? changed : withValueAt(changed, pointer, null),
            body,
          ),
        ),
      );
    },
  },
  {
    id: 'large-ids',
    title: 'hands out ids just below 2^53',
    because: 'an integer may be that large',
    isIn: (contract) =>
      typeof valueAt(sampleSuccess(contract), contract.operation.created?.id ?? '/-') === 'number' &&
      isValidSuccess(
        contract,
        withValueAt(sampleSuccess(contract), contract.operation.created?.id ?? '', Number.MAX_SAFE_INTEGER),
      ),
    make: ({ contract }) => {
      let next = Number.MAX_SAFE_INTEGER;
      return on('created', (answer) =>
        edit(answer, (body) => {
          next -= 1;
          return withValueAt(body, contract.operation.created?.id ?? '', next);
        }),
      );
    },
  },
  {
    id: 'ids-not-consecutive',
    title: 'hands out ids in no order, with gaps',
    because: 'new is all that an id must be',
    isIn: (contract) => typeof valueAt(sampleSuccess(contract), contract.operation.created?.id ?? '/-') === 'number',
    make: ({ contract }) =>
      on('created', (answer) =>
        edit(answer, (body) => {
          const pointer = contract.operation.created?.id ?? '';
          // 7 and 1,000,003 have no common factor, so that up to 1,000,003 ids in a row stay distinct.
          const shuffled = 1 + ((Number(valueAt(body, pointer)) * 7) % 1_000_003);
          const changed = withValueAt(body, pointer, shuffled);
          return isValidSuccess(contract, changed) ? changed : body;
        }),
      ),
  },
  {
    id: 'extra-field',
    title: 'sends fields that the documents do not know',
    because: 'clients must ignore unknown fields; it is told as drift',
    isIn: (contract) => isValidSuccess(contract, withExtras(sampleSuccess(contract))),
    make: () => on('created', (answer) => edit(answer, withExtras)),
  },
  {
    id: 'skippable-echo-as-object',
    title: 'sends the object where the article has null',
    because: 'null or an object with the id sent, both are documented',
    isIn: ({ operation }) => (operation.echo ?? []).some(({ unless }) => unless === 'null'),
    make: ({ contract }) => {
      const full = successBodies(contract, { optionalEcho: 'object' });
      return on('created', (answer, { body: request }) =>
        edit(answer, (body) =>
          (contract.operation.echo ?? [])
            .filter(({ unless }) => unless === 'null')
            .reduce<Json>((changed, echo) => {
              const parent = toPointer(pointerTokens(echo.response).slice(0, -1));
              return withValueAt(changed, parent, valueAt(full.make(request, 0), parent) ?? null);
            }, body),
        ),
      );
    },
  },
  {
    id: 'default-where-nothing-was-sent',
    title: 'sends an object (an agent of its choice) where no id was sent',
    because: DOCUMENTS_OPEN,
    isIn: ({ operation }) => (operation.echo ?? []).some(({ response }) => pointerTokens(response).length > 1),
    make: ({ contract }) => {
      const full = sampleSuccess(contract);
      return on('created', (answer) =>
        edit(answer, (body) =>
          Object.fromEntries(
            Object.entries(objectAt(body, '')).map(([key, value]) => [
              key,
              value === null && typeof objectAt(full, '')[key] === 'object' ? (objectAt(full, '')[key] ?? null) : value,
            ]),
          ),
        ),
      );
    },
  },
  {
    id: 'clock-slightly-off',
    title: `has a clock that is ${CLOCK_SKEW_SECONDS} s behind`,
    because: 'clocks differ a little',
    isIn: (contract) => typeof valueAt(sampleSuccess(contract), contract.operation.created?.time ?? '/-') === 'number',
    make: ({ contract }) =>
      on('created', (answer) =>
        edit(answer, (body) => {
          const pointer = contract.operation.created?.time ?? '';
          return withValueAt(body, pointer, Number(valueAt(body, pointer)) - CLOCK_SKEW_SECONDS);
        }),
      ),
  },
  {
    id: 'no-date-header',
    title: 'sends no Date header',
    because: HTTP_OPEN,
    make: everyAnswer((answer) => ({ ...answer, sendsDate: false })),
  },
  {
    id: 'keep-alive-off',
    title: 'ends the connection after each answer',
    because: HTTP_OPEN,
    make: everyAnswer((answer) => withHeaders(answer, { Connection: 'close' })),
  },
  {
    id: 'http-1.0',
    title: 'answers in HTTP/1.0, the end of the connection ending the body',
    because: HTTP_OPEN,
    make: everyAnswer((answer) => {
      const head = Object.entries({ ...answer.headers, Connection: 'close' })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      const bytes = Buffer.concat([Buffer.from(`HTTP/1.0 ${answer.status} Status\r\n${head}\r\n`), bytesOf(answer)]);
      return { ...withBytes(answer, bytes), delivery: 'raw' };
    }),
  },
  {
    id: 'gzip',
    title: 'sends gzip to who accepts it',
    because: HTTP_OPEN,
    make: () =>
      on(EVERY, (answer, { acceptEncoding }) =>
        /\bgzip\b/.test(acceptEncoding)
          ? withHeaders(withBytes(answer, gzipSync(bytesOf(answer))), { 'Content-Encoding': 'gzip' })
          : answer,
      ),
  },
  {
    id: 'other-wording',
    title: 'words its errors in another way',
    because: TEXTS_OPEN,
    isIn: hasMessage,
    make: ({ envelopes }) =>
      on(['invalid', 'unauthorized', 'limited'], (answer) =>
        edit(answer, (body) =>
          withValueAt(body, envelopes.messagePointer ?? '/-', 'Żądanie odrzucone: спробуйте ще раз'),
        ),
      ),
  },
  {
    id: 'field-entries-reordered',
    title: 'sends the entries of bad fields in another order',
    because: 'the documents give the fields no order',
    isIn: hasFieldEntries,
    make: ({ envelopes }) =>
      on('invalid', (answer) =>
        edit(answer, (body) => {
          const [first, ...rest] = (valueAt(body, envelopes.listPointer ?? '') as Json[] | undefined) ?? [];
          return first === undefined
            ? body
            : withValueAt(body, envelopes.listPointer ?? '', [first, ...rest.reverse()]);
        }),
      ),
  },
  {
    id: 'two-entries-per-field',
    title: 'says two things about one bad field',
    because: 'a field may break two rules',
    isIn: hasFieldEntries,
    make: ({ envelopes }) =>
      on('invalid', (answer, { badFields: [first] }) =>
        first === undefined || first.path === ''
          ? answer
          : edit(answer, (body) => envelopes.withEntry(body, first.path, 'This value should be positive.')),
      ),
  },
  {
    id: 'limit-entry-added',
    title: 'sends the 429 with a further entry',
    because: 'the envelope holds a list',
    isIn: hasFieldEntries,
    make: ({ envelopes }) =>
      on('limited', (answer) => edit(answer, (body) => envelopes.withEntry(body, 'retry_later', 'Retry later'))),
  },
  {
    id: 'error-entry-details',
    title: 'sends errors with further fields',
    because: 'clients must ignore unknown fields',
    isIn: hasMessage,
    make: ({ envelopes }) =>
      on(['invalid', 'unauthorized', 'limited'], (answer) =>
        edit(answer, (body) => {
          const pointer = (envelopes.messagePointer ?? '/-').replace(/\/[^/]*$/, '/documentation');
          return withValueAt(body, pointer, 'https://docs.example.org/errors');
        }),
      ),
  },
  {
    id: 'retry-after-date',
    title: 'sends Retry-After as a date',
    because: 'RFC 9110 has both forms',
    make: ({ nowMs }) =>
      on('limited', (answer) =>
        answer.headers['Retry-After'] === undefined
          ? answer
          : withHeaders(answer, {
              'Retry-After': new Date(
                Math.ceil(nowMs() / 1000 + Number(answer.headers['Retry-After'])) * 1000,
              ).toUTCString(),
            }),
      ),
  },
  {
    id: 'retry-after-missing',
    title: 'sends no Retry-After',
    because: 'it is not documented',
    make: () => on('limited', ({ headers: { 'Retry-After': _, ...headers }, ...answer }) => ({ ...answer, headers })),
  },
  {
    id: 'no-challenge',
    title: 'sends the 401 without WWW-Authenticate',
    because: 'it is not documented',
    isIn: hasBearer,
    make: () =>
      on('unauthorized', ({ headers: { 'WWW-Authenticate': _, ...headers }, ...answer }) => ({ ...answer, headers })),
  },
  {
    id: 'method-as-404',
    title: 'answers 404 instead of 405 to another method',
    because: DOCUMENTS_OPEN,
    make: ({ envelopes }) => on('method', (answer) => ({ ...answer, status: 404, document: envelopes.make(404) })),
  },
  {
    id: 'numeric-texts-accepted',
    title: 'takes "123" for a number',
    because: 'the 400 speaks of "numeric", so numeric texts are open',
    isIn: (contract) =>
      requestFields(contract).some(({ types }) => types.includes('integer') || types.includes('number')),
    make: ({ contract }) => coerced(contract, (value) => (numeric(value) ? Number(value) : value)),
  },
  {
    id: 'fractions-accepted',
    title: 'takes a fraction for an integer',
    because: 'the 400 speaks of "numeric", so fractions are open',
    isIn: (contract) => requestFields(contract).some(({ types }) => types.includes('integer')),
    make: ({ contract }) => {
      const integers = requestFields(contract).filter(({ types }) => types.includes('integer'));
      const isTaken = (body: Json, path: string) =>
        integers.some(({ name }) => name === path) && typeof objectAt(body, '')[path] === 'number';
      return { judge: (body, fields) => fields.filter(({ path }) => !isTaken(body, path)) };
    },
  },
  {
    id: 'scheme-lower-case-accepted',
    title: 'takes "bearer" in lower case',
    because: 'schemes are case-insensitive (RFC 9110)',
    isIn: hasBearer,
    make: () => ({
      authorize: (credentials, keys) =>
        authorizedKey(
          {
            ...credentials,
            authorizations: credentials.authorizations.map((one) => one.replace(/^bearer /i, 'Bearer ')),
          },
          keys,
        ),
    }),
  },
  {
    id: 'optional-null-accepted',
    title: 'takes null for an optional field',
    because: DOCUMENTS_OPEN,
    isIn: (contract) => requestFields(contract).some(({ isRequired }) => !isRequired),
    make: ({ contract }) => {
      const optional = requestFields(contract)
        .filter(({ isRequired }) => !isRequired)
        .map(({ name }) => name);
      return {
        judge: (body, fields) =>
          fields.filter(({ path }) => !optional.includes(path) || objectAt(body, '')[path] !== null),
      };
    },
  },
  {
    id: 'unknown-field-refused',
    title: 'refuses fields that it does not know',
    because: DOCUMENTS_OPEN,
    make: ({ contract }) => {
      const known = requestFields(contract).map(({ name }) => name);
      return {
        judge: (body, fields) => [
          ...fields,
          ...Object.keys(objectAt(body, ''))
            .filter((name) => !known.includes(name))
            .map((path) => ({ path, message: 'This field was not expected.' })),
        ],
      };
    },
  },
  {
    id: 'other-ids-refused',
    title: 'refuses ids that are not positive or beyond 32 bits',
    because: 'only the configured ids are promised to be there',
    isIn: (contract) => requestFields(contract).some(({ types }) => types.includes('integer')),
    make: () => ({
      judge: (body, fields) => [
        ...fields,
        ...Object.entries(objectAt(body, ''))
          .filter(
            ([name, value]) =>
              typeof value === 'number' &&
              !fields.some(({ path }) => path === name) &&
              (value < 1 || value > 2_147_483_647),
          )
          .map(([path]) => ({ path, message: 'This value is not valid.' })),
      ],
    }),
  },
  {
    id: 'duplicate-names-accepted',
    title: 'takes a body with a name twice, the last one counting',
    because: 'RFC 8259 leaves it open',
    make: () => ({
      parse(bytes, strict) {
        if (strict.isJson || strict.problem !== 'duplicate-name') return strict;
        return { isJson: true, value: JSON.parse(Buffer.from(bytes).toString('utf8')) as Json };
      },
    }),
  },
  {
    id: 'bom-accepted',
    title: 'takes a byte order mark before the body',
    because: 'RFC 8259 lets a reader ignore it',
    make: () => ({
      parse: (bytes, strict) =>
        strict.isJson || strict.problem !== 'byte-order-mark' ? strict : parseStrictJson(bytes.subarray(3), 100),
    }),
  },
  {
    id: 'type-ignored',
    title: 'takes JSON under any content type, or none',
    because: DOCUMENTS_OPEN,
    make: () => ({ ignores: ['media-type'] }),
  },
];

/** Places that are not null in the reference's answer and may be; inner objects with an echo left aside. */
function nullablePointers(contract: Contract): string[] {
  const body = sampleSuccess(contract);
  const named = namedPointers(contract);
  return pointersOf(body).filter(
    (pointer) =>
      valueAt(body, pointer) !== null &&
      !named.some((one) => one === pointer || one.startsWith(`${pointer}/`)) &&
      isValidSuccess(contract, withValueAt(body, pointer, null)),
  );
}

function withExtras(body: Json): Json {
  const more = { archivedAt: null, _links: { self: '/1' }, tags: ['a'] };
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, ...more } : body;
}
