import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { deriveCases } from '../cases/derive.ts';
import type { Contract } from '../lib/contract.ts';
import { unsetGivenInputs } from '../lib/given-inputs.ts';
import { readContract } from '../lib/read-contract.ts';
import { type Environment, parseTarget } from '../lib/target.ts';
import { runFlow } from './flow.ts';
import { type CallStep, giveInputs } from './given-inputs.ts';
import type { CaseResult } from './run-case.ts';

const contract = readContract(join(fileURLToPath(new URL('..', import.meta.url)), 'create-message'));
const env = {
  ASSAY_BASE_URL: 'http://127.0.0.1:9',
  ASSAY_API_KEY: 'key',
  ASSAY_CUSTOMER_ID: '1',
  ASSAY_APPLICATION_ID: '2',
};

/** Answers each operation by `answer`, and notes what was asked. */
function caller(answer: (name: string, number: number) => Partial<CaseResult>) {
  const asked: [name: string, chat: string | undefined][] = [];
  const call: CallStep = async (called: Contract, known: Environment) => {
    asked.push([called.name, known['ASSAY_CHAT_ID']]);
    const { inputs, apiKey } = parseTarget(known, called.operation);
    const [one] = deriveCases({ contract: called, inputs, apiKey, seed: 1, isLoopback: true });
    if (one?.requests[0] === undefined) throw new Error('no case');
    const usual: CaseResult = {
      ...{ outcome: 'holds', violations: [], notReachedBecause: null, status: 200, statuses: [200], milliseconds: 1 },
      ...{ drift: [], createdIds: [asked.length], waits: 0 },
      responses: [{ status: 200, body: { id: 100 + asked.length } }],
    };
    return {
      contract: called,
      one,
      request: one.requests[0],
      result: { ...usual, ...answer(called.name, asked.length) },
    };
  };
  return { call, asked };
}

test('an input is given by the operation that its contract names, where it is not set', async () => {
  const { call, asked } = caller(() => ({}));
  expect(unsetGivenInputs(contract.operation, env).map((input) => input.env)).toEqual(['ASSAY_CHAT_ID']);
  expect(await giveInputs(contract, env, call)).toMatchObject({ env: { ASSAY_CHAT_ID: '101' }, missing: null });
  expect(await giveInputs(contract, { ...env, ASSAY_CHAT_ID: '5' }, call)).toMatchObject({ env: {}, steps: [] });
  expect(asked).toEqual([['create-chat', undefined]]);
});

test('a flow calls both operations twice, the second with what the first gave, whatever is set', async () => {
  const { call, asked } = caller(() => ({}));
  const { result } = await runFlow(contract, { ...env, ASSAY_CHAT_ID: '5' }, call);
  expect(asked).toEqual([
    ['create-chat', undefined],
    ['create-message', '101'],
    ['create-chat', undefined],
    ['create-message', '103'],
  ]);
  expect(result).toMatchObject({ outcome: 'holds', createdIds: [2, 4], milliseconds: 4 });
});

const violation = { rule: 'schema.type', pointer: '/id', expected: 'a', received: 'b', source: 'c' };
test.each<[does: string, answer: (name: string, number: number) => Partial<CaseResult>, result: object]>([
  [
    'that breaks the contract of the first operation says which',
    (name) => (name === 'create-chat' ? { outcome: 'broken', violations: [violation] } : {}),
    { outcome: 'broken', violations: [{ ...violation, rule: 'create-chat: schema.type' }] },
  ],
  [
    'that breaks the contract of the second is broken',
    (name) => (name === 'create-message' ? { outcome: 'broken', violations: [violation] } : {}),
    { outcome: 'broken', violations: [violation] },
  ],
  [
    'whose first answer has no id is not reached',
    () => ({ responses: [{ status: 200, body: {} }] }),
    { outcome: 'not-reached', notReachedBecause: 'the answer of create-chat has nothing at /id' },
  ],
  [
    'whose first operation is limited is not reached',
    () => ({ outcome: 'not-reached', notReachedBecause: 'the limit', responses: [] }),
    { outcome: 'not-reached', notReachedBecause: 'create-chat: the limit' },
  ],
  [
    'that creates the same thing twice is broken',
    () => ({ createdIds: [7] }),
    { outcome: 'broken', violations: [{ rule: 'created.id' }] },
  ],
])('a flow %s', async (_, answer, expected) => {
  expect((await runFlow(contract, env, caller(answer).call)).result).toMatchObject(expected);
});
