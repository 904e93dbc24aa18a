import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { deriveCases } from '../cases/derive.ts';
import { readContract } from '../lib/read-contract.ts';
import { curlLine, failureText, rerunLine } from './reproduction.ts';
import { wireRequest } from './run-case.ts';

const KEY = "kEy-0'$x-9z";
const contract = readContract('contracts/create-chat');
const cases = deriveCases({
  contract,
  inputs: { '/customer': 8738438, '/application': 3838 },
  apiKey: KEY,
  seed: 1,
  isLoopback: true,
});

test('a failure says which promise broke, where it is written, what came, and how to see it again', () => {
  const one = cases.find(({ id }) => id === 'field.customer.missing');
  const [request] = one?.requests ?? [];
  if (one === undefined || request === undefined) throw new Error('no such case');
  const text = failureText(
    one,
    [
      {
        rule: 'error.field',
        pointer: '/customer',
        expected: 'an entry with the code "customer"',
        received: 'no entry for a field',
        source: 'operation.json#/responses/400/fieldCodes',
      },
    ],
    curlLine(request, 'http://127.0.0.1:80'),
  );
  expect(text).toBe(`error.field: expected an entry with the code "customer" at /customer, received no entry for a field
  rule      error.field, written in operation.json#/responses/400/fieldCodes
  field     /customer
  expected  an entry with the code "customer"
  received  no entry for a field
  request   curl -sS -i -X POST "http://127.0.0.1:80/chats" -H "Authorization: Bearer $ASSAY_API_KEY" -H "Content-Type: application/json" --data-raw '{"application":3838}'
  alone     npx assay contract --grep '\\[field\\.customer\\.missing\\]'`);
  expect(new RegExp(/'(.*)'/.exec(rerunLine(one.id))?.[1] ?? '').test(`${one.title} [${one.id}]`)).toBe(true);
});

test('no curl line holds the key, or what is made of it', () => {
  for (const one of cases)
    for (const request of one.requests) expect(curlLine(request, 'http://h')).not.toContain(KEY.slice(1, -1));
});

test('curl lines send what the suite sends', async (context) => {
  const run = promisify(execFile);
  const hasCurl = await run('bash', ['-c', 'command -v curl && command -v base64']).then(
    () => true,
    () => false,
  );
  context.skip(!hasCurl, 'bash with curl and base64 is not here');
  const heard: {
    method: string | undefined;
    url: string | undefined;
    credentials: string[];
    type: string | undefined;
    body: string;
  }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = request.rawHeaders;
      const values = (name: string) => raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
      heard.push({
        method: request.method,
        url: request.url,
        credentials: values('authorization'),
        type: values('content-type')[0],
        body: Buffer.concat(chunks).toString('latin1'),
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const shown = [
    'positive.full',
    'positive.spacing',
    'positive.escapes',
    'body.truncated',
    'body.nul',
    'body.invalid-utf8',
    'body.single-quotes',
    'body.byte-order-mark',
    'body.absent',
    'content-type.missing',
    'content-type.form',
    'auth.none',
    'auth.empty',
    'auth.prefix',
    'auth.other-case',
    'auth.basic-user',
    'auth.two-wrong',
    'auth.query.token',
    'method.get',
    'method.delete',
  ];
  try {
    for (const id of shown) {
      const request = cases.find((one) => one.id === id)?.requests[0];
      if (request === undefined) throw new Error(`no case ${id}`);
      await run('bash', ['-c', curlLine(request, baseUrl)], { env: { ...process.env, ASSAY_API_KEY: KEY } });
      const wire = wireRequest(request, baseUrl, KEY);
      const sent = heard.at(-1);
      const body = wire.body === null ? '' : Buffer.from(wire.body as Uint8Array).toString('latin1');
      const named = (name: string) =>
        wire.headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
      expect({ ...sent, url: decodeURIComponent(sent?.url ?? '') }, id).toEqual({
        method: wire.method,
        url: decodeURIComponent(wire.url.slice(baseUrl.length)),
        credentials: named('authorization'),
        type: named('content-type')[0],
        body,
      });
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
