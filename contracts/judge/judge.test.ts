import { expect, test } from 'vitest';
import type { Json } from '../lib/operation.ts';
import { readContract } from '../lib/read-contract.ts';
import type { Answer } from './answer.ts';
import { undocumentedFields } from './drift.ts';
import { errorCodeViolations } from './error-codes.ts';
import { type Expected, faultViolation, judgeAnswer } from './judge.ts';
import { leakViolations } from './leaks.ts';
import { schemaIndex } from './schema-index.ts';
import { repeatedIdViolations, secondsOf } from './success-rules.ts';

const chat = readContract('contracts/create-chat');
const index = schemaIndex(chat);
const KEY = 's3cret-key-of-the-test';
const NOW_MS = Date.parse('2026-05-01T12:00:00Z');
const request = { customer: 8738438, application: 3838, assignee: 4188, department: 233048 };
const article = chat.examples.find(({ file }) => file.endsWith('201.valid.article.json'))?.body as Record<string, Json>;
const created: Record<string, Json> = { ...article, createdAt: NOW_MS / 1000 };

interface Served {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly headers?: Record<string, string>;
}

function answer({ status = 201, body = created, text, bytes, headers = {} }: Served): Answer {
  const all = { 'Content-Type': 'application/json', Date: new Date(NOW_MS).toUTCString(), ...headers };
  return {
    status,
    headers: Object.entries(all).filter(([, value]) => value !== ''),
    body: bytes ?? new TextEncoder().encode(text ?? JSON.stringify(body)),
    sentAtMs: NOW_MS,
    receivedAtMs: NOW_MS + 20,
  };
}

function judged(served: Served, expected: Partial<Expected> = {}): string[] {
  const { violations } = judgeAnswer(chat, index, answer(served), {
    statuses: [201],
    isForeign: false,
    faults: null,
    request,
    method: 'POST',
    secrets: [KEY],
    credentials: [KEY],
    source: 'the contract',
    ...expected,
  });
  return violations.map(({ rule, pointer }) => (pointer === null ? rule : `${rule} ${pointer}`));
}

const envelope = (...codes: string[]) => ({ errors: codes.map((code) => ({ code, message: 'm' })) });
const successes: [string, Served, string[]][] = [
  ['the right chat', {}, []],
  ['a charset', { headers: { 'Content-Type': 'Application/JSON ; charset="UTF-8"' } }, []],
  ['another charset for plain ASCII', { headers: { 'Content-Type': 'application/json; charset=iso-8859-1' } }, []],
  ['UTF-16', { headers: { 'Content-Type': 'application/json; charset=utf-16' } }, ['content-type']],
  ['no content type', { headers: { 'Content-Type': '' } }, ['content-type']],
  ['HTML as content type', { headers: { 'Content-Type': 'text/html' } }, ['content-type']],
  ['an empty body', { text: '' }, ['body.json']],
  ['a byte order mark', { text: `\uFEFF${JSON.stringify(created)}` }, ['body.byte-order-mark']],
  ['a name twice', { text: JSON.stringify(created).replace('{', '{"id":1,') }, ['body.duplicate-name /id']],
  ['bytes that are no UTF-8', { bytes: new Uint8Array([0x22, 0xff, 0x22]) }, ['body.encoding']],
  [
    'another customer',
    { body: { ...created, customer: { ...(created['customer'] as object), id: 1 } } },
    ['echo /customer/id'],
  ],
  ['no assignee although one was sent', { body: { ...created, assignee: null } }, ['echo /assignee/id']],
  ['no department, which is legal', { body: { ...created, department: null } }, []],
  ['another department', { body: { ...created, department: { id: 1, name: 'x' } } }, ['echo /department/id']],
  ['an id of 0', { body: { ...created, id: 0 } }, ['schema.minimum /id', 'created.id /id']],
  [
    'a clock of the server that is years late, where only its Date header has it',
    { headers: { Date: 'Fri, 01 Jan 2016 00:00:00 GMT' } },
    [],
  ],
  ['milliseconds', { body: { ...created, createdAt: NOW_MS } }, ['created.time /createdAt']],
  ['an hour ahead', { body: { ...created, createdAt: NOW_MS / 1000 + 3600 } }, ['created.time /createdAt']],
  ['a minute behind', { body: { ...created, createdAt: NOW_MS / 1000 - 60 } }, []],
  ['status 200', { status: 200 }, ['status']],
  ['status 500', { status: 500, text: 'x' }, ['server-error']],
  ['a redirect', { status: 302, headers: { Location: '/x' } }, ['status']],
  ['the key in a header', { headers: { 'X-Debug': KEY } }, ['leak.key']],
];
for (const [does, served, expected] of successes)
  test(`201 with ${does}`, () => {
    expect(judged(served)).toEqual(expected);
  });

test.each([
  [1601557390, 1601557390],
  ['1601557390', 1601557390],
  ['1601557390.769', 1601557390.769],
  ['2020-10-01T13:03:10Z', 1601557390],
  ['yesterday', null],
  [null, null],
])('the time %j is %j in Unix seconds', (time, seconds) => {
  expect(secondsOf(time)).toBe(seconds);
});

const message = readContract('contracts/create-message');
const messageIndex = schemaIndex(message);
test.each<[does: string, codes: string[], faults: string[], broken: string[]]>([
  ['the code that the contract gives to the field', ['invalid_chat_value'], ['/chat'], []],
  ['the path of a field that has no code of its own', ['invalid_request', 'text'], ['/text'], []],
  ['the path in place of the code', ['invalid_request', 'chat'], ['/chat'], ['error.field /chat']],
  ['the code of a field that is right', ['invalid_chat_value', 'text'], ['/text'], ['error.innocent-field /chat']],
])('fields with codes of their own: %s', (_, codes, faults, broken) => {
  const body = envelope(...codes);
  const found = errorCodeViolations(message, messageIndex, 400, body, faults, { chat: 1, text: '' });
  expect(found.map(({ rule, pointer }) => `${rule} ${pointer}`)).toEqual(broken);
});

const invalid = { statuses: [400], faults: ['/customer'] };
const rejections: [string, Served, Partial<Expected>, string[]][] = [
  ['an entry for the field at fault', { status: 400, body: envelope('invalid_request', 'customer') }, invalid, []],
  ['two entries for it', { status: 400, body: envelope('invalid_request', 'customer', 'customer') }, invalid, []],
  ['no entry for the field', { status: 400, body: envelope('invalid_request') }, invalid, ['error.field /customer']],
  [
    'an innocent field',
    { status: 400, body: envelope('invalid_request', 'customer', 'assignee') },
    invalid,
    ['error.innocent-field /assignee'],
  ],
  ['no code of its own', { status: 400, body: envelope('customer') }, invalid, ['error.code']],
  [
    'the code of another status',
    { status: 400, body: envelope('invalid_request', 'invalid_token', 'customer') },
    invalid,
    ['error.code'],
  ],
  ['a hint that is no field', { status: 400, body: envelope('invalid_request', 'customer', 'see_docs') }, invalid, []],
  [
    'no field asked for',
    { status: 400, body: envelope('invalid_request', 'customer', 'application') },
    { statuses: [400], faults: null },
    [],
  ],
  ['no list', { status: 400, body: { errors: {} } }, { statuses: [400] }, ['schema.type /errors', 'error.code']],
  ['an undocumented 404 in the envelope', { status: 404, body: envelope('not_found') }, { statuses: null }, []],
  [
    'an undocumented 404 in HTML',
    { status: 404, text: '<html>', headers: { 'Content-Type': 'text/html' } },
    { statuses: null },
    ['content-type', 'body.json'],
  ],
  ['an undocumented 200 where it is open', { status: 200 }, { statuses: null }, ['status']],
  ['a 405 to HEAD without a body', { status: 405, text: '' }, { statuses: null, isForeign: true, method: 'HEAD' }, []],
  [
    'a success of another operation',
    { status: 200, text: 'x' },
    { statuses: null, isForeign: true, method: 'GET' },
    [],
  ],
  ['a 500 of another operation', { status: 500 }, { statuses: null, isForeign: true }, ['server-error']],
  [
    'the token that was sent',
    { status: 401, body: { errors: [{ code: 'invalid_token', message: 'no token wrong-token-1' }] } },
    { statuses: [401], credentials: ['wrong-token-1'] },
    ['leak.token'],
  ],
];
for (const [does, served, expected, told] of rejections)
  test(`an error with ${does}`, () => {
    expect(judged(served, expected)).toEqual(told);
  });

test('another operation may answer as it likes, but not with a broken envelope', () => {
  const foreign = { statuses: null, isForeign: true, method: 'GET' };
  const html = { 'Content-Type': 'text/html' };
  expect(judged({ status: 404, text: '<html>', headers: html }, foreign)).toEqual([]);
  expect(judged({ status: 404, text: '', headers: { 'Content-Type': '' } }, foreign)).toEqual([]);
  expect(judged({ status: 404, body: { message: 'Not found' } }, foreign)).toEqual([]);
  expect(judged({ status: 404, body: envelope('not_found') }, foreign)).toEqual([]);
  expect(judged({ status: 404, body: { errors: [] } }, foreign)).toEqual(['schema.minItems /errors']);
  expect(judged({ status: 404, text: '{' }, foreign)).toEqual(['body.json']);
});

test('a wrong value that was sent on trial and comes back is no finding', () => {
  const body = { ...created, customer: { ...(created['customer'] as object), id: 8738438.5 } };
  const open = { statuses: null, request: { ...request, customer: 8738438.5 } };
  expect(judged({ body }, open)).toEqual([]);
  expect(judged({ body }, { ...open, statuses: [201] })).toEqual(['schema.type /customer/id']);
});

const nested = [
  'at Object.<anonymous> (/srv/app/index.js:10:15)',
  'Traceback (most recent call last)',
  '#0 /var/www/app.php(12)',
  'at com.acme.Api.create(Api.java:88)',
  'goroutine 1 [running]',
  'SQLSTATE[42S02]: Base table',
];
for (const message of nested)
  test(`the insides of a server are seen: ${message}`, () => {
    expect(leakViolations(answer({ status: 400, body: { message } }), [], []).map(({ rule }) => rule)).toEqual([
      'leak.stack-trace',
    ]);
  });
for (const message of [
  'This value should be of type numeric at line 3.',
  'look at https://example.com/errors:400',
  'at least one item',
  'File "a.txt" is too large',
])
  test(`prose is no stack trace: ${message}`, () => {
    expect(leakViolations(answer({ status: 400, body: { message } }), [], [])).toEqual([]);
  });

test('fields that the schema does not name are drift, wherever they are', () => {
  const body = {
    ...created,
    extra: 1,
    customer: { ...(created['customer'] as object), vip: true },
    agents: [{ id: 1, name: '', email: '', role: '', x: 1 }],
  };
  expect(
    undocumentedFields(index, { file: 'chat.schema.json', schema: chat.schemas['chat.schema.json'] ?? true }, body),
  ).toEqual(['/agents/*/x', '/customer/vip', '/extra']);
  expect(judged({ body })).toEqual([]);
});

test('ids must be new, also beyond 2^53', () => {
  expect(repeatedIdViolations(chat, [1, 2, 3])).toEqual([]);
  expect(repeatedIdViolations(chat, ['9007199254740993', '9007199254740992'])).toEqual([]);
  expect(repeatedIdViolations(chat, [1, 2, 1])[0]?.received).toBe('1 2 times in 3 answers');
});

test('a fault is a finding of its own kind, unless no connection was made', () => {
  expect(faultViolation({ kind: 'hang', detail: 'no answer within 10 s', milliseconds: 1 }, 10_000)?.rule).toBe(
    'deadline',
  );
  expect(faultViolation({ kind: 'reset', detail: '', milliseconds: 1 }, 1)?.rule).toBe('connection.reset');
  expect(faultViolation({ kind: 'unreachable', detail: '', milliseconds: 1 }, 1)).toBeNull();
});
