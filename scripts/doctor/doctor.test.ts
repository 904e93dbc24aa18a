import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { clockDifferenceSeconds, clockFinding } from './clock.ts';
import { exitCodeOf, failed, ok, type Subject } from './finding.ts';
import { nodeFinding } from './machine.ts';
import { quotaFinding } from './quota.ts';
import { doctorLines } from './render-doctor.ts';
import { runDoctor } from './run-doctor.ts';
import { targetFindings } from './target.ts';

const contract = readContract(`${packageRoot}/contracts/create-chat`);
const KEY = 'doctor-test-key';
const closing: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

async function referenceApi(limit: string | null = null) {
  const limiter = limit === null ? null : createLimiter(limit);
  const api = await startReferenceApi({ contract, apiKey: KEY, limiter });
  closing.push(() => api.close());
  return api.baseUrl;
}

/** A server that answers each request by its key and body. */
async function server(answer: (key: string, body: Record<string, unknown>) => [status: number, body: object]) {
  const http = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const [status, body] = answer((request.headers.authorization ?? '').slice(7), JSON.parse(text));
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => http.close(resolve)));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}
const badFields = (...fields: string[]) => ({
  errors: ['invalid_request', ...fields].map((code) => ({ code, message: 'bad' })),
});

async function ask(baseUrl: string, more: { env?: Record<string, string>; mayCreate?: boolean } = {}) {
  const ids: unknown[] = [];
  const { findings, cost } = await targetFindings(
    contract,
    { mayCreate: more.mayCreate ?? true, created: (id) => ids.push(id) },
    { env: { ...embeddedInputs(contract), ASSAY_BASE_URL: baseUrl, ASSAY_API_KEY: KEY, ...more.env } },
  );
  const of = (subject: Subject) => findings.find((one) => one.subject === subject);
  return { of, cost, ids, code: exitCodeOf(findings) };
}

describe('a target', () => {
  test('that is ready: one valid request tells, and what it created is named', async () => {
    const { of, cost, ids, code } = await ask(await referenceApi());
    expect(code).toBe(ExitCode.Ok);
    expect([of('reachable'), of('clock'), of('key'), of('ids')].map((one) => one?.state)).toEqual(Array(4).fill('ok'));
    expect(cost).toEqual({ requests: 1, created: 1 });
    expect(ids).toEqual([expect.any(Number)]);
  });

  test('is asked without creating anything, and then it is said that the ids are not proved', async () => {
    const { of, cost, ids, code } = await ask(await referenceApi(), { mayCreate: false });
    expect(code).toBe(ExitCode.Ok);
    expect(cost).toEqual({ requests: 2, created: 0 });
    expect(ids).toEqual([]);
    expect(of('key')).toMatchObject({ state: 'ok', says: 'accepted' });
    expect(of('ids')).toMatchObject({ state: 'warning', fix: expect.stringContaining('--create') });
  });

  for (const mayCreate of [true, false]) {
    test(`that refuses the key is told so, ${mayCreate ? 'with' : 'without'} creating`, async () => {
      const { of, cost, code } = await ask(await referenceApi(), { mayCreate, env: { ASSAY_API_KEY: 'another-key' } });
      expect(of('key')).toMatchObject({ state: 'failed', fix: expect.stringContaining('ASSAY_API_KEY') });
      expect(of('ids')?.state).toBe('skipped');
      expect({ code, created: cost.created }).toEqual({ code: ExitCode.Usage, created: 0 });
    });
  }

  test('that refuses an id: the variable is named with its value', async () => {
    const url = await server((_key, { customer }) => (customer === 7 ? [400, badFields('customer')] : [201, {}]));
    const { of, code } = await ask(url, { env: { ASSAY_CUSTOMER_ID: '7' } });
    expect(of('ids')).toMatchObject({ state: 'failed', says: 'refused with 400: ASSAY_CUSTOMER_ID=7' });
    expect(code).toBe(ExitCode.Usage);
  });

  test('a field that was left out on purpose is no id that is refused', async () => {
    const url = await server((key) => (key === KEY ? [400, badFields('customer')] : [401, badFields()]));
    expect((await ask(url, { mayCreate: false })).of('ids')?.state).toBe('warning');
  });

  test('that looks at the body before the key: it is not said that the key is accepted', async () => {
    const url = await server(() => [400, badFields('customer')]);
    expect((await ask(url, { mayCreate: false })).of('key')).toMatchObject({ state: 'warning' });
  });

  test('whose quota is used up', async () => {
    const url = await referenceApi('1/60s');
    await ask(url);
    const { of, code } = await ask(url);
    expect(of('quota')).toMatchObject({ state: 'failed', says: expect.stringContaining('429') });
    expect([of('key')?.state, of('ids')?.state]).toEqual(['skipped', 'skipped']);
    expect(code).toBe(ExitCode.Impossible);
  });

  test('where nothing listens, and one whose variables are missing', async () => {
    const silent = await ask('http://127.0.0.1:9');
    expect(silent.of('reachable')).toMatchObject({ state: 'failed', says: expect.stringContaining('nothing listens') });
    expect({ code: silent.code, cost: silent.cost }).toEqual({
      code: ExitCode.Impossible,
      cost: { requests: 0, created: 0 },
    });
    const unset = await ask('http://127.0.0.1:9', { env: { ASSAY_CUSTOMER_ID: '', ASSAY_API_KEY: '' } });
    expect(unset.of('target')).toMatchObject({ state: 'failed', says: expect.stringMatching(/API_KEY.*CUSTOMER_ID/) });
    expect(unset.code).toBe(ExitCode.Usage);
  });
});

describe('the clock', () => {
  const at = Date.parse('2026-03-01T12:00:10Z');
  const answered = (date: string | null, sentAtMs: number, receivedAtMs: number) => ({
    headers: date === null ? [] : [['Date', date] as const],
    sentAtMs,
    receivedAtMs,
  });
  const date = 'Sun, 01 Mar 2026 12:00:10 GMT';
  const rows: [why: string, answer: ReturnType<typeof answered>, seconds: number | null][] = [
    ['within the second that the header names', answered(date, at + 400, at + 500), 0],
    ['an answer that took long enough', answered(date, at - 3000, at + 100), 0],
    ['the server is ahead by what is left even at the end', answered(date, at - 5000, at - 4000), 4],
    ['the server is behind, counted from the end of its second', answered(date, at + 5999, at + 6100), -5],
    ['no header', answered(null, at, at), null],
    ['no date', answered('soon', at, at), null],
  ];
  for (const [why, answer, seconds] of rows) test(why, () => expect(clockDifferenceSeconds(answer)).toBe(seconds));

  test('a second or two are no matter, more are told with a side', () => {
    expect(clockFinding(answered(date, at - 3000, at - 2000)).state).toBe('ok');
    expect(clockFinding(answered(date, at - 31_000, at - 30_000))).toMatchObject({
      state: 'warning',
      says: "the server's is 30 s ahead of this machine's",
    });
  });
});

test('the quota that is left is read from the headers that say it', () => {
  const quota = (status: number, headers: Record<string, string>) =>
    quotaFinding({ status, headers: Object.entries(headers) });
  expect(quota(201, { 'X-RateLimit-Limit': '120', 'X-RateLimit-Remaining': '17' }).says).toBe(
    '17 of 120 requests left, as X-RateLimit-Remaining says',
  );
  expect(quota(201, { RateLimit: '"burst";r=3;t=1, "day";r=900;t=50' }).says).toBe(
    '3 requests left, as RateLimit says',
  );
  expect(quota(429, { 'Retry-After': '12' }).fix).toBe(
    'wait 12 s, as Retry-After says, and see who else uses this key',
  );
  expect(quota(201, {}).state).toBe('skipped');
});

test('a Node that is too old fails', () => {
  expect(nodeFinding('18.20.4')).toMatchObject({ state: 'failed', exitCode: ExitCode.Impossible });
  expect(nodeFinding('22.1.0').state).toBe('ok');
});

test('each failing line has what to do below it, and the last one counts', () => {
  const findings = [ok('node', '22.1.0'), failed('key', 'refused with 401', 'check it', ExitCode.Usage)];
  expect(doctorLines(findings, { requests: 2, created: 0 }, false)).toEqual([
    '✓ node  22.1.0',
    '✗ key   refused with 401',
    '        → check it',
    '',
    'not ready: one thing is to be done; 2 requests were sent, nothing was created',
  ]);
  expect(doctorLines(findings, { requests: 0, created: 0 }, true)[1]).toContain('\u001b[31m✗\u001b[0m key');
});

test('without a target the embedded API is asked, and JSON is for programs', async () => {
  const host = testHost({ ASSAY_CONTRACT: 'create-chat' });
  expect(await runDoctor({ mayCreate: false, format: 'json' }, host), host.said().out).toBe(ExitCode.Ok);
  const result = JSON.parse(host.said().out) as { findings: { subject: string; state: string }[] };
  expect(result).toMatchObject({ schemaVersion: 1, ready: true, cost: { requests: 1, created: 1 } });
  expect(result.findings.map(({ subject }) => subject)).toEqual([
    ...['node', 'playwright', 'k6', 'browser', 'contract', 'target', 'reachable', 'clock', 'key', 'ids', 'quota'],
  ]);
  const [missing] = [testHost({ ASSAY_CONTRACT: 'no-such-contract' })];
  expect(await runDoctor({ mayCreate: false, format: 'text' }, missing)).toBe(ExitCode.Usage);
  expect(missing.said().out).toMatch(/✗ contract .*no-such-contract/);
});
