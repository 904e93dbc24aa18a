import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import { k6Environment } from '../k6/environment.ts';
import { findK6 } from '../k6/find.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import type { Host } from '../lib/host.ts';
import { runMerge } from '../merge/run-merge.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApi, type ReferenceApiOptions, startReferenceApi } from '../reference-api/server.ts';
import { formatCount } from '../report/numbers.ts';
import { readLedger } from '../results/ledger.ts';
import { readResults, type ThroughputResult } from '../results/results.ts';
import { testRunProblems } from './k6-operator.fixture.ts';
import { runThroughput, type ThroughputOptions } from './run-throughput.ts';

const packageRoot = process.cwd();
/** What takes long is left to `npm run test:full`. */
const testInFull = test.runIf(process.env['ASSAY_TEST_FULL'] === '1');
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
  // Where the machine is busy, some start late.
  expect(await runThroughput(seconds(1, { rate: 100 }), host)).toBeOneOf([0, 4]);
  const { requests, byStatus, series, contract: held, latencyMs, histogram, ...rest } = result();
  expect(rest).toMatchObject({ mode: 'open', offeredPerSecond: 100 });
  // One at the start and each 10 ms, and the one that asked before the load.
  expect(requests + rest.droppedIterations).toBeGreaterThanOrEqual(100);
  expect(requests + rest.droppedIterations).toBeLessThanOrEqual(101);
  expect(api?.stats.byStatus).toEqual({ 201: requests + 1 });
  expect(byStatus).toEqual({ 201: requests });
  expect(held).toEqual({ checked: requests, violations: 0, byRule: {}, examples: [] });
  expect(series.reduce((sum, point) => sum + point.accepted, 0)).toBe(requests);
  expect(histogram?.reduce((sum, bucket) => sum + bucket.count, 0)).toBe(requests);
  expect(latencyMs?.min).toBeGreaterThan(0);
  expect(latencyMs?.p999).toBeLessThanOrEqual(latencyMs?.max ?? 0);
  expect(readLedger(out)).toMatchObject({
    created: requests + 1,
    byCase: { throughput: { probe: 1, load: requests } },
  });
  expect(readFileSync(join(out, 'created.jsonl'), 'utf8')).toContain(`"lastId":${api?.stats.created.lastId}`);
  expect(host.said.join('')).toContain(`all ${formatCount(requests)} answers kept it`);
});

test('rejections of a limiter are told apart, kept out of the latency, and no failure', async () => {
  const env = await serve({ limiter: createLimiter('30/60s') });
  const code = await runThroughput(seconds(1, { rate: 100 }), hostWith(env));
  const found = result();
  // A busy machine makes the generator doubt itself; rejections make no finding there either.
  expect(code, found.invalidBecause ?? '').toBe(found.valid ? 0 : 4);
  expect(found).toMatchObject({ bound: 'limiter', byStatus: { 201: 29 } });
  expect(found.byStatus).toEqual({ 201: 29, 429: found.requests - 29 });
  expect(Object.keys(found.latencyMsByStatus)).toEqual(['201', '429']);
  expect(found.contract).toMatchObject({ checked: found.requests, violations: 0 });
  expect(found.series.reduce((sum, point) => sum + point.limited, 0)).toBe(found.requests - 29);
  // The last ones that were accepted too, though none came after them.
  expect(readFileSync(join(out, 'created.jsonl'), 'utf8')).toContain(`"lastId":${api?.stats.created.lastId}`);
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

test('a spike offers its rates one after the other, and an objective that is missed is a finding', async () => {
  const env = await serve({ serviceTimeMs: 30 });
  const options = seconds(3, { mode: 'spike', rate: 50, objectives: ['p50<5ms', 'failed=0'] });
  expect(await runThroughput(options, hostWith(env))).toBe(1);
  const { mode, objectives, series, requests } = result();
  expect(mode).toBe('spike');
  expect(objectives.map(({ holds }) => holds)).toEqual([false, true]);
  expect(objectives[0]?.value).toBeGreaterThan(29);
  expect(series.slice(0, 3).map(({ offered }) => offered)).toEqual([10, 50, 10]);
  expect(requests).toBeGreaterThanOrEqual(69);
  expect(requests).toBeLessThanOrEqual(72);
});

testInFull('a breakpoint ends at the rate that a limiter allows, and says that the limiter bound it', async () => {
  const env = await serve({ limiter: createLimiter('bucket:5@60/s') });
  const host = hostWith(env);
  expect(await runThroughput(seconds(1, { mode: 'breakpoint', rate: 40, objectives: ['limited<1%'] }), host)).toBe(0);
  const { mode, bound, breakpoint, created } = result();
  expect([mode, bound]).toEqual(['breakpoint', 'limiter']);
  // 60 refilled and 5 saved in the second of a step.
  expect(breakpoint?.requestsPerSecond).toBeGreaterThanOrEqual(56);
  expect(breakpoint?.requestsPerSecond).toBeLessThanOrEqual(67);
  expect(breakpoint?.because).toContain('limited<1%');
  expect(api?.stats.created.count).toBe(created);
  expect(readLedger(out)?.created).toBe(created);
});

test('an interruption keeps what was measured', async () => {
  const env = await serve({});
  const interruption = new AbortController();
  const timer = setTimeout(() => interruption.abort(), 2500);
  expect(await runThroughput(seconds(60, { rate: 50 }), hostWith(env, interruption.signal))).toBe(130);
  clearTimeout(timer);
  const found = result();
  expect(found).toMatchObject({ valid: false, invalidBecause: expect.stringMatching(/^partial: interrupted after/) });
  expect(found.series.reduce((sum, point) => sum + point.accepted, 0)).toBeGreaterThan(10);
  expect(readLedger(out)?.created).toBe(found.created);
});

test.runIf(process.platform === 'linux')(
  'k6 is stopped where it takes too much memory, and what was measured is kept',
  async () => {
    // Small answers until k6 has told of some, and then 16 MB to each of twenty users at once: more than it may hold.
    const chat = contract.examples.find(({ message, isValid }) => message === '201' && isValid)?.body as object;
    const [small, large] = [0, 16_000_000].map((length) => JSON.stringify({ ...chat, padding: 'x'.repeat(length) }));
    let startedAtMs = Number.POSITIVE_INFINITY;
    let answers = 0;
    const server = createServer((request, response) => {
      answers += 1;
      // The first one asks whether the target is there.
      if (answers === 2) startedAtMs = performance.now();
      const isSmall = answers === 1 || performance.now() - startedAtMs < 2500;
      request.resume().on('end', () => {
        response.writeHead(201, { 'Content-Type': 'application/json' }).end(isSmall ? small : large);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = {
      ...{ ...embeddedInputs(contract), ASSAY_BASE_URL: `http://127.0.0.1:${port}`, ASSAY_API_KEY: apiKey },
    };
    try {
      const load = runThroughput(seconds(60, { vus: 20, maxMemory: '220MB' }), hostWith(env));
      await expect(load).rejects.toMatchObject({ exitCode: 3, why: expect.stringContaining('may hold 220 MB') });
      expect(result()).toMatchObject({ partial: true, valid: false });
      expect(result().invalidBecause).toMatch(/^partial: k6 was stopped, since it held \d+ MB of memory/);
      expect(result().series.reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThan(0);
      expect(result().generator?.peakMemoryBytes).toBeGreaterThan(220e6);
    } finally {
      server.close().closeAllConnections();
    }
  },
);

test('no load begins where nothing answers, or each request would fail', async () => {
  const env = await serve({});
  await expect(runThroughput(seconds(1), hostWith({ ...env, ASSAY_API_KEY: 'another-key-000' }))).rejects.toMatchObject(
    { name: 'UserError', exitCode: 3, why: expect.stringContaining('401') },
  );
  await api?.close();
  await expect(runThroughput(seconds(1), hostWith(env))).rejects.toMatchObject({ name: 'UserError', exitCode: 3 });
});

test('two generators with a segment each make up one load, merged into one result', async () => {
  const env = await serve({});
  const parts = [1, 2].map((number) => ({ number, out: join(out, `part-${number}`) }));
  const codes = await Promise.all(
    parts.map((part) =>
      runThroughput(
        seconds(2, { rate: 60, warmUpSeconds: 0, segment: { number: part.number, of: 2 } }),
        hostWith({ ...env, ASSAY_OUT: part.out }),
      ),
    ),
  );
  for (const code of codes) expect(code).toBeOneOf([0, 4]);
  const host = hostWith({});
  expect(
    await runMerge(
      parts.map((part) => part.out),
      host,
    ),
  ).toBeOneOf([0, 4]);
  const whole = result();
  const counts = parts.map((part) => readResults(part.out).throughput?.requests ?? 0);
  expect(whole).toMatchObject({ generators: 2, offeredPerSecond: 60, requests: (counts[0] ?? 0) + (counts[1] ?? 0) });
  // Each generator asked once before.
  expect(api?.stats.byStatus[201]).toBe(whole.requests + 2);
  expect(readLedger(out)?.created).toBe(whole.requests + 2);
  for (const count of counts) expect(count + whole.droppedIterations).toBeGreaterThanOrEqual(59);
  expect(whole.series.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(whole.requests);
  expect(whole.latencyMs?.p95).toBeGreaterThan(0);
  expect(host.said.join('')).toContain(`all ${formatCount(whole.requests)} answers kept it`);
});

test("k6's other outputs and options pass through, each of them", async () => {
  const env = await serve({});
  const pushed: string[] = [];
  const prometheus = createServer((request, response) => {
    pushed.push(request.headers['content-encoding'] ?? '');
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
  const { port } = prometheus.address() as AddressInfo;
  const [json, csv] = [join(out, 'samples.json'), join(out, 'samples.csv')];
  const k6Args = [
    '--out',
    `json=${json}`,
    '-o',
    `csv=${csv}`,
    '--out',
    'experimental-prometheus-rw',
    '--tag',
    'build=7',
  ];
  const host = hostWith({
    ...env,
    K6_PROMETHEUS_RW_SERVER_URL: `http://127.0.0.1:${port}/write`,
    K6_CSV_TIME_FORMAT: 'rfc3339',
  });
  try {
    expect(await runThroughput(seconds(1, { rate: 20, k6Args }), host)).toBeOneOf([0, 4]);
  } finally {
    prometheus.close().closeAllConnections();
  }
  const { requests } = result();
  const points = readFileSync(json, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { metric: string; type: string; data: { tags?: Record<string, string> } })
    .filter(({ metric, type }) => metric === 'http_reqs' && type === 'Point');
  expect(points).toHaveLength(requests);
  expect(points[0]?.data.tags).toMatchObject({ build: '7', status: '201' });
  expect(readFileSync(csv, 'utf8').match(/^http_reqs,\d{4}-/gm)).toHaveLength(requests);
  expect(pushed.length).toBeGreaterThan(0);
  expect(pushed).toEqual(pushed.map(() => 'snappy'));
  expect(host.said.join('')).not.toMatch(/left out of k6|not all of/);
});

test('an archive holds the load and no key, and plain k6 runs it', async () => {
  const env = await serve({});
  const host = hostWith(env);
  expect(await runThroughput(seconds(1, { rate: 20, emit: 'archive' }), host)).toBe(0);
  const archive = join(out, 'throughput.tar');
  expect(readFileSync(archive).includes(apiKey)).toBe(false);
  expect(api?.stats.requests).toBe(0);
  const k6 = await findK6(host);
  const run = promisify(execFile)(k6.path, ['run', '--quiet', archive], {
    env: k6Environment({ PATH: process.env['PATH'] }, { ASSAY_API_KEY: apiKey }).env,
  });
  expect((await run).stdout).toContain('every answer kept it');
  expect(api?.stats.byStatus[201]).toBeGreaterThanOrEqual(20);
  await expect(runThroughput(seconds(1, { mode: 'breakpoint', emit: 'archive' }), host)).rejects.toMatchObject({
    exitCode: 2,
  });
});

test('a manifest for the k6 operator holds the script and no key', async () => {
  const env = await serve({});
  const options = { rate: 20, emit: 'k8s', parallelism: 2, objectives: ['p95<300ms'] } as const;
  expect(await runThroughput(seconds(1, options), hostWith(env))).toBe(0);
  const text = readFileSync(join(out, 'throughput.k8s.yaml'), 'utf8');
  expect(text).not.toContain(apiKey);
  expect(text).toContain('--from-literal=api-key="$ASSAY_API_KEY"');
  const [config, run] = loadAll(text) as [{ data: Record<string, string> }, { spec: object }];
  expect(config.data['throughput.js']).toContain('export {');
  expect(testRunProblems(run)).toEqual([]);
  // What a ConfigMap can hold.
  expect(Buffer.byteLength(config.data['throughput.js'] ?? '')).toBeLessThan(1024 * 1024);
  expect(run.spec).toMatchObject({ parallelism: 2, script: { configMap: { file: 'throughput.js' } } });
  expect(JSON.stringify(run)).toContain('{"name":"ASSAY_OBJECTIVES","value":"p95<300ms"}');
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
