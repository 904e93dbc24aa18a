import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { budgetOf } from '../../contracts/suite/shared-budget.ts';
import { runCommandLine } from '../command-line.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { type ReferenceApi, startReferenceApi } from '../reference-api/server.ts';
import { planAll } from '../run/run.ts';
import { planContract } from './planners.ts';
import { sending } from './sending.ts';

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
let api: ReferenceApi;
let out: string;
beforeEach(async () => {
  out = join(mkdtempSync(join(tmpdir(), 'assay-sending-')), 'out');
  api = await startReferenceApi({ contract });
});
afterEach(async () => {
  await api.close();
  rmSync(join(out, '..'), { recursive: true, force: true });
});
const far = {
  ...embeddedInputs(contract),
  ASSAY_BASE_URL: 'https://api.example.test/v1',
  ASSAY_API_KEY: 'a-key-for-tests',
};

test.each([['run'], ['contract'], ['limits'], ['throughput']])(
  '%s --dry-run says what it would do, and does nothing',
  async (name) => {
    const env = { ...far, ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: api.apiKey, ASSAY_OUT: out };
    const host = testHost(env);
    expect(await runCommandLine([name, '--dry-run', '--max-created', '7'], host)).toBe(0);
    expect(api.stats.requests).toBe(0);
    expect(existsSync(out)).toBe(false);
    expect(host.said().out).toMatch(
      /^about to send POST \/chats to http:.*\n {2}(contract|limits|throughput) +about [\d,]+ requests/,
    );
    expect(host.said().out).toMatch(/it ends at 7 things created/);
    expect(host.said().out).toMatch(/dry run: nothing was sent\n$/);

    const program = testHost(env);
    expect(await runCommandLine([name, '--dry-run', '--max-created', '7', '--format', 'json'], program)).toBe(0);
    expect(JSON.parse(program.said().out)).toMatchObject({
      ...{ operation: 'POST /chats', target: api.baseUrl, isAllowed: true, limits: { maxCreated: 7 } },
      parts: expect.arrayContaining([expect.objectContaining({ atMost: expect.anything() })]),
    });
  },
);

test('--dry-run calls no operation that would give an input', async () => {
  const host = testHost({
    ...far,
    ASSAY_BASE_URL: api.baseUrl,
    ASSAY_API_KEY: api.apiKey,
    ASSAY_OUT: out,
    ASSAY_CONTRACT: 'create-message',
  });
  for (const name of ['run', 'contract', 'limits', 'throughput'])
    expect(await runCommandLine([name, '--dry-run'], host), host.said().err).toBe(0);
  expect(api.stats.requests).toBe(0);
});

test('--dry-run tells of a host before it is allowed, and how to allow it', async () => {
  const host = testHost({ ...far, ASSAY_OUT: out });
  expect(await runCommandLine(['run', '--dry-run'], host)).toBe(0);
  expect(host.said().out).toContain('to allow it: ASSAY_ALLOW_HOST=api.example.test\n');
});

test('a host that is not this machine is told what comes, and that is the budget', async () => {
  const host = testHost({ ...far, ASSAY_ALLOW_HOST: 'api.example.test', ASSAY_OUT: out });
  const code = await sending(planAll, {}, host, async (budgeted) => {
    const announced = host.said().err;
    expect(announced).toContain('about to send POST /chats to https://api.example.test/v1:\n  contract    about ');
    expect(announced).toMatch(
      /throughput {2}about 21 requests that create about 21 things, in about 10 s; at most 21,/,
    );
    const [, most = ''] = /it ends at ([\d,]+) requests/.exec(announced) ?? [];
    const { requests } = await budgetOf(budgeted.env).reserve({ requests: 1e9, created: 0 });
    expect(requests).toBe(Number(most.replaceAll(',', '')));
    return 0;
  });
  expect(code).toBe(0);
});

test('budgets that are given come before those that are announced', async () => {
  const host = testHost({ ...far, ASSAY_ALLOW_HOST: 'api.example.test', ASSAY_OUT: out, ASSAY_MAX_CREATED: '30' });
  await sending(planAll, { maxRequests: 50 }, host, async (budgeted) => {
    const reserved = await budgetOf(budgeted.env).reserve({ requests: 1e9, created: 1e9 });
    expect(reserved).toMatchObject({ requests: 50, created: 30 });
    return 0;
  });
});

test('without consent nothing is run', async () => {
  const run = () => expect.unreachable('it was run');
  await expect(sending(planAll, {}, testHost(far), run)).rejects.toMatchObject({ name: 'UserError', exitCode: 2 });
});

test('--insecure is for this machine only', async () => {
  const host = testHost({ ...far, ASSAY_ALLOW_HOST: 'api.example.test' });
  await expect(sending(planAll, { insecure: true }, host, async () => 0)).rejects.toMatchObject({
    why: expect.stringContaining('--insecure'),
  });
  const near = testHost({ ...far, ASSAY_BASE_URL: api.baseUrl });
  await sending(planAll, { insecure: true }, near, async ({ env }) => {
    expect(env['ASSAY_INSECURE']).toBe('1');
    return 0;
  });
});

test('what the suite may create counts cases that nobody knows the answer to, and none that has to be refused', () => {
  const host = testHost({ ...far, ASSAY_ALLOW_HOST: 'api.example.test', ASSAY_OUT: out });
  const observed = planContract(host, ['--grep', '\\[ids\\.']).about;
  expect(observed?.requests).toBeGreaterThan(10);
  expect(observed?.created).toBe(observed?.requests);
  const refused = planContract(host, ['--grep', 'customer\\.type\\.(null|boolean|array|object)']).about;
  expect(refused?.requests).toBeGreaterThan(3);
  expect(refused?.created).toBe(0);
  expect(planContract(host, ['--grep', 'wrong key']).about).toMatchObject({ created: 0 });
});
