import { expect, test } from 'vitest';
import article from '../contracts/create-chat/examples/201.valid.article.json' with { type: 'json' };
import { operation, schemas } from '../contracts/create-chat/generated/contract.ts';
import { validators } from '../contracts/create-chat/generated/validators.mjs';
import { validate } from './k6.ts';

const contract = { operation, schemas, validators };
const request = { customer: 8738438, application: 3838 };
const chat = { ...article, createdAt: Math.floor(Date.now() / 1000) };
const answer = (status: number, body: unknown) => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: typeof body === 'string' || body === null ? body : JSON.stringify(body),
});
const rules = (...given: Parameters<typeof validate>) => validate(...given).map(({ rule }) => rule);

test.each<[does: string, response: ReturnType<typeof answer>, broken: string[]]>([
  ['a success', answer(201, chat), []],
  ['one of another type', answer(201, { ...chat, id: 'x' }), ['schema.type']],
  ['one for somebody else', answer(201, { ...chat, customer: { ...chat.customer, id: 1 } }), ['echo']],
  ['an error in its envelope', answer(429, { errors: [{ code: 'too_many_requests', message: '' }] }), []],
  ['an undocumented status', answer(500, ''), ['status']],
  ['no JSON', answer(201, '<html>'), ['body.json']],
  ['no body', answer(201, null), ['body.json']],
  ['no answer', answer(0, null), ['connection']],
])('an own script hears of %s what it breaks, also when it has seen good ones', (_, response, broken) => {
  expect(rules(response, contract, request)).toEqual(broken);
  expect(rules(answer(201, chat), contract, request)).toEqual([]);
  expect(rules(response, contract, request)).toEqual(broken);
});

test('echoes are asked for only where the request is told, and of the request that is told', () => {
  expect(rules(answer(201, chat), contract)).toEqual([]);
  for (let id = 1; id < 40; id += 1)
    expect(
      rules(answer(201, { ...chat, customer: { ...chat.customer, id } }), contract, { ...request, customer: id }),
    ).toEqual([]);
  expect(rules(answer(201, chat), contract, { ...request, customer: 39 })).toEqual(['echo']);
});
