import { expect, test } from 'vitest';
import { parseContract } from '../../contracts/lib/contract.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { fullCheck } from './response-check.ts';

const contract = readContract('contracts/create-chat');
const { operation, schemas } = contract;
const validators = Object.fromEntries(Object.keys(schemas).map((file) => [file, contract.validator(file)]));
const request = { customer: 8738438, application: 3838, assignee: 4188, department: 233048 };
const check = fullCheck({ operation, schemas, validators }, request);
const article = contract.examples.find(({ file }) => file.endsWith('201.valid.article.json'))?.body as {
  [key: string]: Json;
};
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const chat = { ...article, createdAt: nowMs / 1000 };
const headers = { 'Content-Type': 'application/json', Date: new Date(nowMs).toUTCString() };

function rulesOf(status: number, body: unknown, more: Record<string, string> = {}): string[] {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, headers: { ...headers, ...more }, body: text, receivedAtMs: nowMs };
  return check(answer).violations.map(({ rule, pointer }) => (pointer === null ? rule : `${rule} ${pointer}`));
}

test('an answer that keeps the contract breaks no rule, and its id is found', () => {
  expect(check({ status: 201, headers, body: JSON.stringify(chat), receivedAtMs: nowMs })).toEqual({
    violations: [],
    createdId: 5215766,
    isRecognised: false,
  });
});

for (const [does, status, body, rules] of [
  ['an undocumented status', 503, {}, ['status']],
  ['a body that is cut', 201, '{"id":1', ['body.json']],
  ['no body', 201, '', ['body.json']],
  ['a field of a wrong type', 201, { ...chat, id: '5215766' }, ['schema.type /id']],
  ['a missing field', 201, { ...chat, rating: undefined }, ['schema.required /rating']],
  ['broken items of a list, once', 201, { ...chat, agents: [1, 2] }, ['schema.type /agents/*']],
  ['a failed choice, by itself', 201, { ...chat, assignee: 7 }, ['schema.anyOf /assignee', 'echo /assignee/id']],
  ['an id that is not positive', 201, { ...chat, id: 0 }, ['schema.minimum /id', 'created.id /id']],
  ['a time in milliseconds', 201, { ...chat, createdAt: nowMs }, ['created.time /createdAt']],
  ['another customer', 201, { ...chat, customer: { id: 1, name: '', email: '', userId: '' } }, ['echo /customer/id']],
  ['null where only a department may be null', 201, { ...chat, assignee: null }, ['echo /assignee/id']],
  ['an error without its code', 401, { errors: [{ code: 'other', message: '' }] }, ['error.code']],
  ['an envelope without entries', 429, { errors: [] }, ['schema.minItems /errors', 'error.code']],
] as const) {
  test(`an answer is told by the rule that it breaks: ${does}`, () => {
    expect(rulesOf(status, body)).toEqual(rules);
  });
}

test('an answer is held to JSON by its content type, whatever the body', () => {
  expect(rulesOf(201, chat, { 'Content-Type': 'text/html' })).toEqual(['content-type']);
  expect(rulesOf(201, chat, { 'Content-Type': '' })).toEqual(['content-type']);
  expect(rulesOf(201, chat, { 'Content-Type': 'application/hal+json; charset="UTF-8"' })).toEqual([]);
  expect(rulesOf(201, chat, { 'Content-Type': 'application/json; charset=iso-8859-1' })).toEqual([]);
  const foreign = { ...chat, lastMessageText: 'grüß' };
  expect(rulesOf(201, foreign, { 'Content-Type': 'application/json; charset=iso-8859-1' })).toEqual(['content-type']);
});

test('choices that fail at one place leave the rule of at least one of them', () => {
  const twice = parseContract(
    {
      'operation.json': JSON.stringify({
        ...{ name: 'x', method: 'POST', path: '/x', baseUrl: 'http://x', auth: { scheme: 'none' } },
        request: { schema: 'a.schema.json' },
        responses: { 200: { schema: 'a.schema.json' } },
      }),
      'a.schema.json': JSON.stringify({
        anyOf: [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, { type: 'array' }],
      }),
    },
    'x',
  );
  const checkTwice = fullCheck(
    {
      operation: twice.operation,
      schemas: twice.schemas,
      validators: { 'a.schema.json': twice.validator('a.schema.json') },
    },
    {},
  );
  expect(checkTwice({ status: 200, headers, body: '1', receivedAtMs: nowMs }).violations.length).toBeGreaterThan(0);
});
