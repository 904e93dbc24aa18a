import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { runContract } from '../contract/run-contract.ts';
import { findK6 } from '../k6/find.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { readResults } from '../results/results.ts';
import { runThroughput } from '../throughput/run-throughput.ts';

/** Which way requests go, with a key in them: our own, those of Playwright and those of k6. */

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const KEY = 'network-key-81d0a4c27f3e';
const closings: (() => Promise<unknown>)[] = [];
let project: string;
/** Connections that a proxy passed on: Playwright asks for one also where there is no TLS. */
let tunnels = 0;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'assay-network-'));
  mkdirSync(join(project, 'node_modules/@playwright'), { recursive: true });
  symlinkSync(packageRoot, join(project, 'node_modules/assay'));
  symlinkSync(join(packageRoot, 'node_modules/@playwright/test'), join(project, 'node_modules/@playwright/test'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(project, 'playwright.config.ts'),
    `import base from 'assay/playwright.config';
export default { ...base, projects: [{ name: 'own', testDir: '.', testMatch: 'own.spec.ts' }] };
`,
  );
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
  rmSync(project, { recursive: true, force: true });
});

async function serve(listener: RequestListener, connectTo: number | null = null): Promise<string> {
  const server: Server = createServer(listener);
  server.on('connect', (_, socket: Socket) => {
    tunnels += 1;
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(connect(connectTo ?? 0, '127.0.0.1')).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A test of the user, with Playwright's own request, that expects this status. */
async function runOwnSpec(status: number, env: Record<string, string>): Promise<number> {
  writeFileSync(
    join(project, 'own.spec.ts'),
    `import { expect, test } from 'assay';
test('own [own.one]', async ({ request, target }) => {
  const headers = { Authorization: 'Bearer ' + target.apiKey };
  const answer = await request.post(target.url, { data: { customer: ${env['ASSAY_CUSTOMER_ID']}, application: ${env['ASSAY_APPLICATION_ID']} }, headers });
  expect(answer.status()).toBe(${status});
});
`,
  );
  const host = { ...testHost({ ...env, ASSAY_OUT: join(project, 'out') }), cwd: project };
  return runContract({ playwrightArgs: ['-c', 'playwright.config.ts'] }, host);
}

test('a redirect is not followed with the key, by nobody', async () => {
  const stolen: string[] = [];
  const elsewhere = await serve((request, response) => {
    stolen.push(String(request.headers.authorization));
    response.end('{}');
  });
  let asked = 0;
  const redirecting = await serve((request, response) => {
    asked += 1;
    request.resume();
    response.writeHead(307, { Location: `${elsewhere.replace('127.0.0.1', 'localhost')}/chats` }).end();
  });
  const env = { ...embeddedInputs(contract), ASSAY_BASE_URL: redirecting, ASSAY_API_KEY: KEY };
  expect(await runOwnSpec(307, env)).toBe(0);
  await expect(
    runThroughput({ rate: 20, vus: null, durationSeconds: 1 }, testHost({ ...env, ASSAY_OUT: project })),
  ).rejects.toMatchObject({ exitCode: 3, why: expect.stringContaining('answered 307') });
  // The script itself, without the request that goes before it.
  const { path } = await findK6(testHost());
  const load = { ASSAY_RATE: '20', ASSAY_DURATION_SECONDS: '1' };
  const k6 = spawn(path, ['run', '--quiet', '--no-usage-report', join(packageRoot, 'dist/k6/throughput.js')], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, ...load },
    stdio: 'ignore',
  });
  await new Promise((resolve) => k6.once('close', resolve));
  expect(asked).toBeGreaterThan(15);
  expect(stolen).toEqual([]);
});

test('a proxy of the environment is used by all of them, and nothing goes around it', async () => {
  const api = await startReferenceApi({ contract, apiKey: KEY, limiter: null });
  closings.push(() => api.close());
  const agents = new Set<string>();
  const proxy = await serve((request, response) => {
    agents.add(request.headers['user-agent']?.split('/')[0] ?? 'assay');
    // Whatever the name is: here it is this machine.
    const { pathname } = new URL(request.url ?? '');
    const to = new URL(api.baseUrl);
    request.pipe(
      httpRequest(
        { host: to.hostname, port: to.port, path: pathname, method: request.method, headers: request.headers },
        (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)),
      ),
    );
  }, api.port);
  const env = {
    ...embeddedInputs(contract),
    ASSAY_BASE_URL:
      new URL(api.baseUrl).pathname === '/'
        ? 'http://api.example.test'
        : `http://api.example.test${new URL(api.baseUrl).pathname}`,
    ASSAY_ALLOW_HOST: 'api.example.test',
    ASSAY_API_KEY: KEY,
    HTTP_PROXY: proxy,
  };
  expect(await runOwnSpec(201, env)).toBe(0);
  const host = testHost({ ...env, ASSAY_OUT: project });
  expect(await runThroughput({ rate: 20, vus: null, durationSeconds: 1 }, host)).toBe(0);
  expect(readResults(project).throughput?.byStatus['201']).toBeGreaterThan(15);
  expect([...agents].sort()).toEqual(['Grafana k6', 'assay']);
  expect(tunnels).toBe(1);
});
