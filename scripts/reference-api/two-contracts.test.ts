import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import type { Json } from '../../contracts/lib/operation.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { createLimiter } from './create-limiter.ts';
import { type ReferenceApi, startReferenceApi } from './server.ts';

/** One server for an operation and for the one that gives it an input. */

const contract = readContract(join(fileURLToPath(new URL('../..', import.meta.url)), 'contracts/create-message'));
const chat = { customer: 1, application: 2 };
let api: ReferenceApi | null = null;

afterEach(async () => {
  expect(api?.stats.faults).toBe(0);
  await api?.close();
});

async function start(limit: string | null = null) {
  api = await startReferenceApi({
    contract,
    others: contract.givers ?? [],
    known: embeddedInputs(contract, { withGiven: true }),
    limiter: limit === null ? null : createLimiter(limit),
  });
  const { baseUrl, apiKey } = api;
  return async (path: string, body: object) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as { [name: string]: Json } };
  };
}

test('takes what it gave, what the contract shows, and nothing else', async () => {
  const send = await start();
  const message = (id: Json | undefined) => send('/messages', { chat: id, text: 'Hello', type: 'message' });
  const first = await send('/chats', chat);
  const second = await send('/chats', chat);
  for (const { json } of [second, first])
    expect(await message(json['id'])).toMatchObject({ status: 200, json: { chat: json['id'], from: 'customer' } });
  expect((await message(5215766)).status).toBe(200);
  expect(await message(Number(second.json['id']) + 1)).toMatchObject({
    status: 404,
    json: { errors: [{ code: 'chat_not_found', message: 'Chat is missing' }] },
  });
});

test('names a field by the code that the contract gives to it, alone', async () => {
  const send = await start();
  const codes = async (body: object) => (await send('/messages', body)).json['errors'];
  expect(await codes({ chat: 'x', text: 'a', type: 'message' })).toEqual([
    { code: 'invalid_chat_value', message: 'Invalid chat ID' },
  ]);
  expect(await codes({ chat: 'x', type: 'message' })).toEqual([
    { code: 'invalid_request', message: 'Invalid request' },
    { code: 'text', message: 'This value should not be blank.' },
    { code: 'invalid_chat_value', message: 'Invalid chat ID' },
  ]);
});

test('answers as the example that fits what was sent, with times as the contract writes them', async () => {
  const send = await start();
  const sent = { chat: 5215766, text: 'Hello', type: 'private', agent: 7, markdownText: '**Hello**' };
  const { json } = await send('/messages', sent);
  expect(json).toMatchObject({ from: 'agent', agent: { id: 7 }, text: 'Hello', type: 'private' });
  expect(json).not.toHaveProperty('markdownText');
  expect(json['createdAt']).toMatch(/^\d{10}\.\d{3}$/);
  expect(Math.abs(Number(json['createdAt']) - Date.now() / 1000)).toBeLessThan(60);
});

test('counts both operations under one limit', async () => {
  const send = await start('3/60s');
  const message = { chat: 5215766, text: 'Hello', type: 'message' };
  const statuses = [];
  for (const [path, body] of [
    ['/chats', chat],
    ['/messages', message],
    ['/chats', chat],
    ['/messages', message],
  ] as const)
    statuses.push((await send(path, body)).status);
  expect(statuses).toEqual([201, 200, 201, 429]);
});
