import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import { findK6 } from '../k6/find.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApi, type ReferenceApiOptions, startReferenceApi } from '../reference-api/server.ts';
import { readLedger } from '../results/ledger.ts';
import { type LimitsResult, readResults } from '../results/results.ts';
import { type RunLimitsOptions, runLimits } from './run-limits.ts';

/** `assay limits` over real HTTP, as far as it does not depend on what the engine can tell apart. */

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const apiKey = 'e2e-key-81d0a4c27f3e';
let out: string;
let api: ReferenceApi | null = null;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
});
afterEach(async () => {
  await api?.close();
  api = null;
  rmSync(out, { recursive: true, force: true });
});

async function serve(options: Partial<ReferenceApiOptions>): Promise<Environment> {
  api = await startReferenceApi({ contract, apiKey, ...options });
  return { ...embeddedInputs(contract), ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: apiKey, ASSAY_OUT: out };
}

const options = (more: Partial<RunLimitsOptions> = {}): RunLimitsOptions => ({
  expect: null,
  maxRequests: null,
  maxSeconds: 20,
  ...more,
});

function result(): LimitsResult {
  const { limits } = readResults(out);
  if (limits === null) throw new Error('there is no limits.json');
  return limits;
}

test('a limit is found, each request is recorded, and the ledger has what the server created', async () => {
  const host = testHost(await serve({ limiter: createLimiter('20/3s') }));
  expect([0, 4]).toContain(await runLimits(options({ expect: '20/3s' }), host));
  const found = result();
  expect(found.firstRejection?.requestNumber).toBeGreaterThanOrEqual(21);
  expect(found.expected?.agrees).not.toBe(false);
  expect(found.environment).toMatchObject({ embedded: false, target: api?.baseUrl, contract: 'create-chat' });
  const { observations } = found.evidence;
  expect(observations.map(([number]) => number)).toEqual(observations.map((_, index) => index + 1));
  expect(observations.filter(([, , , status]) => status === 201)).toHaveLength(api?.stats.byStatus['201'] ?? -1);
  expect(observations.filter(([, , , status]) => status === 429)).toHaveLength(api?.stats.byStatus['429'] ?? -1);
  expect(found.cost).toMatchObject({ requests: api?.stats.requests, accepted: api?.stats.created.count });
  expect(readLedger(out)).toMatchObject({
    created: api?.stats.created.count,
    byPhase: { limits: api?.stats.created.count },
    damagedLines: 0,
  });
  expect(readFileSync(join(out, 'created.jsonl'), 'utf8')).toContain(`"id":${api?.stats.created.lastId}`);
  const said = host.said();
  expect(said.err.split('\n').slice(0, 2)).toEqual([
    `limits: POST ${api?.baseUrl}/chats`,
    'cost: about 124 requests in about 15 s, at most 20,000 in 20 s; each accepted one creates something',
  ]);
  expect(said.out).toContain(`${found.verdict}: ${found.summary}\n`);
});

test('an expectation that the limit excludes is a finding, and says the difference', async () => {
  const host = testHost(await serve({ limiter: createLimiter('8/3s') }));
  expect(await runLimits(options({ expect: '30/3s', maxSeconds: 40 }), host)).toBe(1);
  expect(result().expected).toMatchObject({ limit: '30/3s', agrees: false });
  expect(host.said().out).toMatch(/expected 30\/3s: differs\n {4}expected a limit of 30, found 8/);
});

test('no rejection within the budget is "none", and no failure unless a limit was expected', async () => {
  const env = await serve({});
  expect(await runLimits(options({ maxRequests: 60 }), testHost(env))).toBe(0);
  expect(result()).toMatchObject({ verdict: 'none', limits: [], firstRejection: null, expected: null });
  expect(api?.stats.requests).toBe(60);
  expect(await runLimits(options({ maxRequests: 60, expect: '10/60s' }), testHost(env))).toBe(1);
  expect(await runLimits(options({ maxRequests: 60, expect: '100/60s' }), testHost(env))).toBe(4);
});

test('an interruption keeps what was known, and the ledger is complete', async () => {
  const host = testHost(await serve({ limiter: createLimiter('20/60s') }));
  const run = runLimits(options({ maxSeconds: 300 }), host);
  await expect.poll(() => api?.stats.byStatus['429'] ?? 0, { timeout: 30_000 }).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  host.interrupt();
  expect(await run).toBe(130);
  const found = result();
  expect(['bounded', 'inconclusive']).toContain(found.verdict);
  expect(found.reason).toMatch(/^interrupted after \d+ requests/);
  expect(found.firstRejection?.requestNumber).toBeGreaterThanOrEqual(21);
  expect(found.evidence.observations.length).toBe(found.cost.requests);
  expect(readLedger(out)?.created).toBe(api?.stats.created.count);
});

test.each([
  ['a key that is not accepted', { ASSAY_API_KEY: 'another-key-0000' }, '401 to a valid request'],
  ['a path that is not there', { ASSAY_BASE_URL: 'nowhere' }, '404 to a valid request'],
  ['a server that is not there', { ASSAY_BASE_URL: 'http://127.0.0.1:9' }, 'got no answer'],
])('%s ends it with three lines and exit code 3', async (_, change, why) => {
  const env = await serve({ limiter: createLimiter('20/1s') });
  const baseUrl =
    'ASSAY_BASE_URL' in change && change.ASSAY_BASE_URL === 'nowhere'
      ? { ASSAY_BASE_URL: `${env['ASSAY_BASE_URL']}/x` }
      : {};
  const error = await runLimits(options(), testHost({ ...env, ...change, ...baseUrl })).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'UserError', exitCode: 3, why: expect.stringContaining(why) });
  expect(api?.stats.created.count).toBe(0);
  expect(readdirSync(out)).toEqual([]);
});

test.each([
  ['an expectation that is no limit', { expect: 'many' }, {}, 'the expected limit is not usable'],
  ['a second key that is the first', {}, { ASSAY_SECOND_API_KEY: apiKey }, 'the second API key is not usable'],
  ['an address of another machine', { sourceAddress: '192.0.2.1' }, {}, '--source-address 192.0.2.1 is not usable'],
  ['an input that is missing', {}, { ASSAY_CUSTOMER_ID: '' }, 'the target is not usable'],
])('%s is refused before a request is sent', async (_, change, env, message) => {
  const host = testHost({ ...(await serve({})), ...env });
  await expect(runLimits(options(change), host)).rejects.toMatchObject({ name: 'UserError', exitCode: 2, message });
  expect(api?.stats.requests).toBe(0);
});

test('the key is in no argument, file or line', async () => {
  const host = testHost(await serve({ limiter: createLimiter('5/1s') }));
  const args: string[] = [];
  const watch = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        args.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It has ended.
      }
    }
  }, 50);
  await runLimits(options({ maxSeconds: 8 }), host).finally(() => clearInterval(watch));
  expect(args.some((line) => line.includes('limits.js'))).toBe(true);
  const written = readdirSync(out).map((name) => readFileSync(join(out, name), 'utf8'));
  const { out: said, err } = host.said();
  for (const text of [...args, ...written, said, err]) expect(text).not.toContain(apiKey);
});

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** What whoever knows k6 would do: no file of ours but the script. */
async function plainK6(env: Environment): Promise<Ended> {
  const script = join(out, 'limits.js');
  const host = testHost();
  await bundleK6Script('limits', contract, script, packageRoot);
  const { path } = await findK6(host);
  const child = spawn(path, ['run', '--quiet', '--no-usage-report', script], { env: { ...host.env, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })));
}

test('plain k6 prints the verdict in readable lines', async () => {
  const env = await serve({ limiter: createLimiter('8/3s') });
  const { code, text } = await plainK6({ ...env, ASSAY_LIMITS_OPTIONS: '{"maxSeconds":60}' });
  expect(code).toBe(0);
  // Where a busy machine kept the finder from an answer in that time, it says so.
  expect(text).toMatch(/msg="(exact: 8 requests|bounded: |inconclusive: )/);
  expect(text).not.toContain('assay:');
  expect(text).not.toContain(apiKey);
});

test('plain k6 sends nothing to a host without consent, or without a target', async () => {
  const env = await serve({});
  const { ASSAY_BASE_URL: _, ...without } = env;
  const unallowed = await plainK6({ ...env, ASSAY_BASE_URL: 'http://api.example.com/v1' });
  expect(unallowed.text).toContain('ASSAY_ALLOW_HOST does not name api.example.com');
  const nowhere = await plainK6(without);
  expect(nowhere.text).toContain('ASSAY_BASE_URL is not set');
  const options = await plainK6({ ...env, ASSAY_LIMITS_OPTIONS: '{"maxRequests":"many"}' });
  expect(options.text).toContain('ASSAY_LIMITS_OPTIONS is not usable');
  expect([unallowed.code, nowhere.code, options.code]).toEqual([108, 108, 108]);
  expect(api?.stats.requests).toBe(0);
});
