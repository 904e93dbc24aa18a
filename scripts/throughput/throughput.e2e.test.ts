import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import { k6Environment } from '../k6/environment.ts';
import { findK6 } from '../k6/find.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import type { Host } from '../lib/host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApi, type ReferenceApiOptions, startReferenceApi } from '../reference-api/server.ts';
import { readLedger } from '../results/ledger.ts';
import { readResults, type ThroughputResult } from '../results/results.ts';
import { runThroughput, type ThroughputOptions } from './run-throughput.ts';

const packageRoot = process.cwd();
const contract = readContract('contracts/create-chat');
const apiKey = 'e2e-key-5f2c9a71d04b';
let out: string;
let api: ReferenceApi | null = null;

function hostWith(env: Environment, signal = new AbortController().signal): Host & { said: string[] } {
  const said: string[] = [];
  const take = (text: string) => void said.push(text);
  const { ASSAY_BASE_URL: _, ...inherited } = process.env;
  return {
    env: { ...inherited, ASSAY_OUT: out, ...env },
    cwd: packageRoot,
    packageRoot,
    out: take,
    err: take,
    isTerminal: false,
    isOutputTerminal: false,
    now: () => new Date(),
    signal,
    said,
  };
}

async function serve(options: Partial<ReferenceApiOptions>): Promise<Environment> {
  api = await startReferenceApi({ contract, apiKey, ...options });
  return { ...embeddedInputs(contract), ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: apiKey };
}

const seconds = (durationSeconds: number, more: Partial<ThroughputOptions> = {}): ThroughputOptions => ({
  rate: null,
  vus: null,
  durationSeconds,
  ...more,
});

function result(): ThroughputResult {
  const { throughput } = readResults(out);
  if (throughput === null) throw new Error('there is no throughput.json');
  return throughput;
}

beforeAll(async () => {
  // May download or build it.
  out = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
  await findK6(hostWith({}));
  rmSync(out, { recursive: true, force: true });
});
afterEach(async () => {
  await api?.close();
  api = null;
  rmSync(out, { recursive: true, force: true });
  out = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('an open load counts what the server counts, second by second and in the ledger', async () => {
  const env = await serve({});
  const host = hostWith(env);
  expect(await runThroughput(seconds(2, { rate: 50 }), host)).toBe(0);
  const { requests, byStatus, series, contract: held, latencyMs, histogram, ...rest } = result();
  expect(rest).toMatchObject({ mode: 'open', valid: true, bound: null, droppedIterations: 0, offeredPerSecond: 50 });
  // One at the start and each 20 ms, and the one that asked before the load.
  expect(requests).toBeGreaterThanOrEqual(100);
  expect(requests).toBeLessThanOrEqual(101);
  expect(api?.stats.byStatus).toEqual({ 201: requests + 1 });
  expect(byStatus).toEqual({ 201: requests });
  expect(held).toEqual({ checked: requests, violations: 0, byRule: {}, examples: [] });
  expect(series.reduce((sum, point) => sum + point.accepted, 0)).toBe(requests);
  expect(histogram?.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(requests);
  expect(latencyMs?.min).toBeGreaterThan(0);
  expect(latencyMs?.p999).toBeLessThanOrEqual(latencyMs?.max ?? 0);
  expect(readLedger(out)).toEqual({ created: requests + 1, byPhase: { throughput: requests + 1 }, damagedLines: 0 });
  expect(readFileSync(join(out, 'created.jsonl'), 'utf8')).toContain(`"lastId":${api?.stats.created.lastId}`);
  expect(host.said.join('')).toContain(`all ${requests} answers kept it`);
});

test('rejections of a limiter are told apart, kept out of the latency, and no failure', async () => {
  const env = await serve({ limiter: createLimiter('30/60s') });
  expect(await runThroughput(seconds(2, { rate: 50 }), hostWith(env))).toBe(0);
  const found = result();
  expect(found).toMatchObject({ bound: 'limiter', valid: true, byStatus: { 201: 29 } });
  expect(found.byStatus).toEqual({ 201: 29, 429: found.requests - 29 });
  expect(Object.keys(found.latencyMsByStatus)).toEqual(['201', '429']);
  expect(found.contract).toMatchObject({ checked: found.requests, violations: 0 });
  expect(found.series.reduce((sum, point) => sum + point.limited, 0)).toBe(found.requests - 29);
});

test('a defect is counted by the rule that it breaks, with examples', async () => {
  const env = await serve({ defect: 'id-as-text' });
  expect(await runThroughput(seconds(1, { vus: 2 }), hostWith(env))).toBe(1);
  const { mode, requests, contract: held } = result();
  const rule = '201 schema.type /id';
  expect(mode).toBe('closed');
  expect(held).toMatchObject({ checked: requests, violations: requests, byRule: { [rule]: requests } });
  expect(held.examples.length).toBeGreaterThan(0);
  expect(held.examples[0]).toMatchObject({ rule, status: 201, pointer: '/id' });
});

test('a server that gives the same id again and again is found out', async () => {
  const env = await serve({ defect: 'same-id-always' });
  expect(await runThroughput(seconds(1, { vus: 1 }), hostWith(env))).toBe(1);
  const { requests, contract: held } = result();
  expect(held.byRule).toEqual({ '201 created.id /id': requests - 1 });
});

test('an interruption keeps what was measured', async () => {
  const env = await serve({});
  const interruption = new AbortController();
  const timer = setTimeout(() => interruption.abort(), 3000);
  expect(await runThroughput(seconds(60, { rate: 50 }), hostWith(env, interruption.signal))).toBe(130);
  clearTimeout(timer);
  const found = result();
  expect(found).toMatchObject({ valid: false, invalidBecause: expect.stringMatching(/^partial: interrupted after/) });
  expect(found.series.reduce((sum, point) => sum + point.accepted, 0)).toBeGreaterThan(20);
  expect(readLedger(out)?.created).toBe(found.created);
});

test('no load begins where nothing answers, or each request would fail', async () => {
  const env = await serve({});
  await expect(runThroughput(seconds(1), hostWith({ ...env, ASSAY_API_KEY: 'another-key-000' }))).rejects.toMatchObject(
    { name: 'UserError', exitCode: 3, why: expect.stringContaining('401') },
  );
  await api?.close();
  await expect(runThroughput(seconds(1), hostWith(env))).rejects.toMatchObject({ name: 'UserError', exitCode: 3 });
});

test('plain k6 runs the script with the same environment, and no key is shown', async () => {
  const env = await serve({});
  const script = join(out, 'throughput.js');
  await bundleK6Script('throughput', contract, script, packageRoot);
  const k6 = await findK6(hostWith({}));
  const run = (more: Environment) =>
    new Promise<{ code: number | null; text: string }>((resolve) => {
      const child = spawn(k6.path, ['run', '--quiet', script], {
        env: k6Environment(process.env, { ...env, ASSAY_DURATION_SECONDS: '1', ...more }).env,
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
      child.on('close', (code) => resolve({ code, text }));
    });
  const { code, text } = await run({ ASSAY_RATE: '20' });
  expect(code).toBe(0);
  expect(text).toMatch(/requests {3}2[01]: 2[01] × 201/);
  expect(text).toContain('every answer kept it');
  expect(text).not.toContain(apiKey);
  const before = api?.stats.requests;
  const refused = await run({ ASSAY_BASE_URL: 'http://192.0.2.1' });
  expect(refused).toMatchObject({ code: 108, text: expect.stringContaining('ASSAY_ALLOW_HOST') });
  expect(api?.stats.requests).toBe(before);
});
