import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { allGivers } from '../../contracts/lib/given-inputs.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { Answer, Violation } from '../validation/response-check.ts';
import { type FlowRequest, type Giver, makeFlow, requestBinder } from './flow.ts';

const contract = readContract(join(fileURLToPath(new URL('../..', import.meta.url)), 'contracts/create-message'));
const [chat] = contract.givers ?? [];
const article = chat?.examples.find(({ message, isValid }) => message === '201' && isValid)?.body as Record<
  string,
  Json
>;
const env = {
  ASSAY_BASE_URL: 'http://127.0.0.1:9/v1',
  ASSAY_API_KEY: 'key',
  ASSAY_CUSTOMER_ID: '8738438',
  ASSAY_APPLICATION_ID: '2',
};
const NOW_MS = 1_700_000_000_000;

function giverOf(one: Contract): Giver {
  const validators = Object.fromEntries(Object.keys(one.schemas).map((file) => [file, one.validator(file)]));
  return { operation: one.operation, schemas: one.schemas, validators, requestTemplate: requestTemplate(one) };
}

/** A flow whose one operation on the way answers so. */
function flowWith(answer: (number: number) => Partial<Answer> & { json?: Json }, known: object = env) {
  const sent: FlowRequest[] = [];
  const created: unknown[] = [];
  const broken: [status: number, rules: string[]][] = [];
  const flow = makeFlow(
    contract.operation,
    allGivers(contract).map(giverOf),
    { ...env, ...known },
    {
      send(request) {
        sent.push(request);
        const { json, ...more } = answer(sent.length);
        const headers = { 'Content-Type': 'application/json', Date: new Date(NOW_MS).toUTCString() };
        return { status: 201, headers, body: JSON.stringify(json), receivedAtMs: NOW_MS, ...more };
      },
      created: (...one) => created.push(one),
      broken: (status, violations: readonly Violation[]) => broken.push([status, violations.map(({ rule }) => rule)]),
    },
  );
  return { flow, sent, created, broken };
}

describe('a flow', () => {
  const success = (number: number) => ({ ...article, id: 500 + number, createdAt: NOW_MS / 1000, assignee: null });

  test('sends what gives, and gives what its answer has, each time anew', () => {
    const { flow, sent, created, broken } = flowWith((number) => ({ json: success(number) }));
    expect([flow?.(), flow?.()]).toEqual([
      { kind: 'given', env: { ASSAY_CHAT_ID: '501' } },
      { kind: 'given', env: { ASSAY_CHAT_ID: '502' } },
    ]);
    expect(sent[0]).toMatchObject({ url: 'http://127.0.0.1:9/v1/chats', body: '{"customer":8738438,"application":2}' });
    expect(created).toEqual([
      ['create-chat', 501],
      ['create-chat', 502],
    ]);
    expect(broken).toEqual([]);
  });

  test('is none where the input is set', () => {
    expect(flowWith(() => ({}), { ASSAY_CHAT_ID: '5' }).flow).toBeNull();
  });

  test.each<[does: string, answer: Partial<Answer> & { json?: Json }, status: number, broken: [number, string[]][]]>([
    ['without an answer', { status: 0, body: null }, 0, []],
    ['with a 429', { status: 429, json: { errors: [{ code: 'too_many_requests', message: 'a' }] } }, 429, []],
    ['with an undocumented status', { status: 503, json: {} }, 503, [[503, ['create-chat status']]]],
    [
      'with a success without the id',
      { json: { ...article, createdAt: NOW_MS / 1000, assignee: null, id: null } },
      201,
      [
        [201, ['create-chat schema.type']],
        [201, ['create-chat given']],
      ],
    ],
  ])('stops %s', (_, answer, status, broken) => {
    const run = flowWith(() => answer);
    expect(run.flow?.()).toEqual({ kind: 'stopped', status });
    expect(run.broken).toEqual(broken);
  });
});

test('what was given is put into the body and the path, as the type that the input has', () => {
  const operation = {
    ...contract.operation,
    path: '/chats/{chat}/messages',
    inputs: [
      { path: 'chat', env: 'ASSAY_CHAT_ID', from: { operation: 'create-chat', pointer: '/id' } },
      { pointer: '/a/b', env: 'ASSAY_B', type: 'string', from: { operation: 'create-chat', pointer: '/id' } },
      { pointer: '/agent', env: 'ASSAY_AGENT_ID' },
    ],
  } as const;
  const target = { baseUrl: 'http://127.0.0.1:9', parameters: {} };
  const bind = requestBinder(operation, {}, target, { agent: 1 });
  expect(bind?.({ ASSAY_CHAT_ID: '7', ASSAY_B: '7' })).toEqual({
    url: 'http://127.0.0.1:9/chats/7/messages',
    body: { agent: 1, a: { b: '7' } },
  });
  expect(requestBinder(operation, { ASSAY_CHAT_ID: '7', ASSAY_B: '7' }, target, {})).toBeNull();
});
