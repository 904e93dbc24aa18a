import { expect, test } from 'vitest';
import { parseContract } from '../../contracts/lib/contract.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { fullCheck } from './response-check.ts';

const contract = readContract('contracts/create-chat');
const validators = Object.fromEntries(Object.keys(contract.schemas).map((file) => [file, contract.validator(file)]));
const request = { customer: 8738438, application: 3838, assignee: 4188, department: 233048 };
const check = fullCheck(contract.operation, validators, request);
const chat = contract.examples.find(({ file }) => file.endsWith('201.valid.article.json'))?.body as {
  [key: string]: Json;
};
const rulesOf = (status: number, body: Json | string) =>
  check({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }).violations.map(({ rule }) => rule);

test('an answer that keeps the contract breaks no rule, and its id is found', () => {
  const checked = check({ status: 201, body: JSON.stringify(chat) });
  expect(checked.violations).toEqual([]);
  expect(checked.createdId).toBe(5215766);
});

for (const [does, status, body, rules] of [
  ['an undocumented status', 503, {}, ['status']],
  ['a body that is cut', 201, '{"id":1', ['json 201']],
  ['no body', 201, '', ['json 201']],
  ['a field of a wrong type', 201, { ...chat, id: '5215766' }, ['chat.schema.json#/properties/id/type']],
  [
    'a failed choice, by the choice alone',
    201,
    { ...chat, assignee: 7 },
    ['chat.schema.json#/properties/assignee/anyOf', 'echo /assignee/id'],
  ],
  [
    'the id of another customer',
    201,
    { ...chat, customer: { id: 1, name: '', email: '', userId: '' } },
    ['echo /customer/id'],
  ],
  ['null where only a department may be null', 201, { ...chat, assignee: null }, ['echo /assignee/id']],
  ['an error without its code', 401, { errors: [{ code: 'other', message: '' }] }, ['codes 401']],
  ['an envelope without entries', 429, { errors: [] }, ['errors.schema.json#/properties/errors/minItems', 'codes 429']],
] as const) {
  test(`an answer is told by its rule: ${does}`, () => {
    expect(rulesOf(status, body as Json)).toEqual(rules);
  });
}

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
  const { violations } = fullCheck(
    twice.operation,
    { 'a.schema.json': twice.validator('a.schema.json') },
    {},
  )({
    status: 200,
    body: '1',
  });
  expect(violations.length).toBeGreaterThan(0);
});
