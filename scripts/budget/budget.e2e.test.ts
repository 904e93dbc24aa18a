import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { runContract } from '../contract/run-contract.ts';
import { findK6 } from '../k6/find.ts';
import type { Host } from '../lib/host.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { runLimits } from '../limits/run-limits.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApi, startReferenceApi } from '../reference-api/server.ts';
import { readLedger } from '../results/ledger.ts';
import { readResults } from '../results/results.ts';
import { runThroughput, type ThroughputOptions } from '../throughput/run-throughput.ts';
import { withBudget } from './with-budget.ts';

/** Budgets, counted where they matter: at the server. */

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const none = { maxRequests: null, maxCreated: null, maxSeconds: null };
let out: string;
let api: ReferenceApi;

beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), 'assay-budget-'));
  api = await startReferenceApi({ contract, limiter: null });
});
afterEach(async () => {
  await api.close();
  rmSync(out, { recursive: true, force: true });
});

const host = (more: Record<string, string> = {}) =>
  testHost({
    ...embeddedInputs(contract),
    ASSAY_BASE_URL: api.baseUrl,
    ASSAY_API_KEY: api.apiKey,
    ASSAY_OUT: out,
    ...more,
  });
const load = (options: Partial<ThroughputOptions>) => (budgeted: Host) =>
  runThroughput({ rate: null, vus: null, durationSeconds: 5, ...options }, budgeted);

test('one budget of requests holds over contract with its workers, limits and load, to the request', async () => {
  const said = host();
  const codes = await withBudget({ ...none, maxRequests: 75 }, said, async (budgeted) => [
    await runContract({ playwrightArgs: ['--grep', 'positive|auth.wrong'] }, budgeted),
    await runLimits({ expect: null, maxRequests: 20, maxSeconds: 10 }, budgeted),
    await load({ rate: 200 })(budgeted),
  ]);
  expect(api.stats.requests).toBe(75);
  expect(codes).toEqual([ExitCode.Ok, ExitCode.Ok, ExitCode.Undecided]);
  const { contract: suite, limits, throughput } = readResults(out);
  expect(suite?.verdict).toBe('holds');
  expect(limits?.verdict).toBe('none');
  expect(throughput).toMatchObject({ partial: true, valid: false });
  expect(throughput?.invalidBecause).toMatch(/^partial: the budget of 75 requests was used up after 0\.\d+ s of 5 s$/);
  expect(readLedger(out)?.created).toBe(api.stats.created.count);
  expect(said.said().err).toContain('budget used: 75 of 75 requests\n');
});

test('a budget of things that ends within the contract suite leaves it undecided, not broken', async () => {
  const run = (budgeted: Host) => runContract({ playwrightArgs: ['--grep', 'positive'] }, budgeted);
  expect(await withBudget({ ...none, maxCreated: 5 }, host(), run)).toBe(ExitCode.Undecided);
  expect(api.stats.created.count).toBe(5);
  const result = readResults(out).contract;
  expect(result).toMatchObject({ verdict: 'undecided', created: 5 });
  expect(result?.reason).toBe('the budget of 5 created is used up');
  expect(result?.cases.filter(({ outcome }) => outcome === 'broken')).toEqual([]);
});

test.each<[string, Partial<ThroughputOptions>]>([
  ['a crowd of users that wait for their answers', { vus: 20 }],
  ['a spike', { mode: 'spike', rate: 300 }],
])('%s sends nothing beyond the budget', async (_, options) => {
  expect(await withBudget({ ...none, maxCreated: 61 }, host(), load(options))).toBe(ExitCode.Undecided);
  expect(api.stats.created.count).toBe(61);
  const { throughput } = readResults(out);
  expect(throughput).toMatchObject({ partial: true, created: 61 });
  expect(readFileSync(join(out, 'created.jsonl'), 'utf8')).toContain(`"lastId":${api.stats.created.lastId}`);
  expect(throughput?.invalidBecause).toContain('the budget of 61 created was used up');
});

test('limits stop before they create more than they may, and give back what was rejected', async () => {
  await api.close();
  api = await startReferenceApi({ contract, limiter: createLimiter('8/60s') });
  const run = async (budgeted: Host) => {
    await runLimits({ expect: null, maxRequests: 60, maxSeconds: 4 }, budgeted);
    return load({ rate: 50, durationSeconds: 1 })(budgeted).catch(() => null);
  };
  await withBudget({ ...none, maxCreated: 12 }, host(), run);
  expect(api.stats.created.count).toBeLessThanOrEqual(12);
  // Rejected requests created nothing: the load still had its share.
  expect(api.stats.created.count).toBe(8);
  expect(readResults(out).throughput?.requests).toBeGreaterThan(0);
});

test.each<[string, Partial<ThroughputOptions>]>([
  ['a rate', { rate: 50 }],
  ['users', { vus: 3 }],
])(
  'after its time nothing is sent, however long k6 takes to start, and what was not is said: %s',
  async (_, options) => {
    const { path } = await findK6(testHost());
    const slow = join(out, 'k6');
    writeFileSync(slow, `#!/bin/sh\n[ "$1" = run ] && sleep 2\nexec '${path}' "$@"\n`, { mode: 0o755 });
    const run = (budgeted: Host) => load({ ...options, durationSeconds: 20 })(budgeted);
    const inTime = sleep(4500).then(() => api.stats.requests);
    expect(await withBudget({ ...none, maxSeconds: 3.5 }, host({ K6_PATH: slow }), run)).toBe(ExitCode.Undecided);
    expect(api.stats.requests).toBe(await inTime);
    expect(readResults(out).throughput?.invalidBecause).toMatch(/^partial: the budget of .* s .*was used up after/);
  },
);
