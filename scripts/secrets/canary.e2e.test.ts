import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { findK6 } from '../k6/find.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { findBrowser } from '../report/find-browser.ts';
import { filesBelow, filesWithKey, findKey } from './canary-search.fixture.ts';
import { readZip } from './zip.ts';

/**
 * A canary key, a server that sends it back in every way that it can think of, every command against it; and then a
 * search through every byte that was written or said, and through the arguments of every process of this machine.
 */

const browser = findBrowser(process.env, chromium.executablePath());
const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const KEY = 'canary+Zk/7f3e5ad1-Qx8=w9';
let project: string;
let server: Server;
let requests = 0;
/** Some answers are no HTTP. */
let isMalforming = true;
let env: Record<string, string>;
/** What all commands printed. */
let said = '';
/** Arguments of all processes, as sampled while commands ran. */
const processArguments = new Set<string>();

const everyForm = (text: string) => ({
  plain: text,
  url: encodeURIComponent(text),
  json: JSON.stringify({ text }),
  base64: Buffer.from(text).toString('base64'),
  base64url: Buffer.from(`x${text}`).toString('base64url'),
  hex: Buffer.from(text).toString('hex'),
  reversed: [...text].reverse().join(''),
});

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      requests += 1;
      const sent = request.headers.authorization ?? '';
      const forms = everyForm(sent);
      const headers = {
        'Content-Type': 'application/json',
        'X-Echo': sent,
        'X-Base64': forms.base64,
        'Set-Cookie': `t=${forms.url}`,
        'RateLimit-Policy': `"${sent}";q=5;w=1`,
        'X-RateLimit-Limit': sent,
      };
      const errors = [
        { code: 'too_many_requests', message: JSON.stringify(request.headers) },
        { code: sent, message: Object.values(forms).join(' ') },
      ];
      const chat = { id: sent, [sent]: forms, status: sent, customer: { id: 1, name: sent, [forms.hex]: 1 }, errors };
      // The first ones so that load and limits begin at all.
      const kind = requests % 4;
      if (kind === 0) response.writeHead(429, { ...headers, 'Retry-After': '0' }).end(JSON.stringify({ errors }));
      else if (kind === 1) response.writeHead(201, headers).end(JSON.stringify(chat));
      else if (kind === 2)
        response.writeHead(500, headers).end(`Error: ${sent}\n    at ${sent} (/srv/${forms.url}.js:1:1)`);
      else if (isMalforming && requests % 16 === 3) response.socket?.end(`HTTP/1.1 200 OK\r\n${sent}\r\n\r\n`);
      else response.writeHead(503, sent, headers).end(JSON.stringify(errors));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  project = mkdtempSync(join(tmpdir(), 'assay-canary-'));
  for (const folder of ['tmp', 'node_modules/@playwright']) mkdirSync(join(project, folder), { recursive: true });
  symlinkSync(packageRoot, join(project, 'node_modules/assay'));
  symlinkSync(join(packageRoot, 'node_modules/@playwright/test'), join(project, 'node_modules/@playwright/test'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  // What a user's own test may do: Playwright's request with the key, a message with it, a HAR file, an attachment.
  writeFileSync(
    join(project, 'own.spec.ts'),
    `import { test } from 'assay';
test('a test of the user [own.one]', async ({ request, target, api }) => {
  const headers = { Authorization: 'Bearer ' + target.apiKey };
  const answer = await request.post(target.url, { data: {}, headers });
  console.log(await answer.text());
  await test.info().attach('answer', { body: await answer.body(), contentType: 'text/plain' });
  await test.step('step with ' + target.apiKey, async () => {});
  await api.sendRaw({ method: 'POST', path: '/chats', query: null, headers: Object.entries(headers), body: '{}', document: {} });
  throw new Error('failed with ' + target.apiKey + ' and ' + await answer.text());
});
`,
  );
  // And what a page's context records of its requests, packed or not, wherever the user wants it.
  writeFileSync(
    join(project, 'har.spec.ts'),
    `import { chromium } from '@playwright/test';
import { test } from 'assay';
test('HAR files of a user [own.har]', async ({ target }) => {
  const browser = await chromium.launch({ executablePath: process.env.CANARY_BROWSER, args: ['--no-sandbox', '--disable-gpu'] });
  for (const path of ['hars/own.har', 'hars/own.har.zip', test.info().outputPath('own.har')]) {
    const headers = { Authorization: 'Bearer ' + target.apiKey };
    const context = await browser.newContext({ recordHar: { path }, extraHTTPHeaders: headers });
    const page = await context.newPage();
    await page.goto(target.url + '?key=' + encodeURIComponent(target.apiKey));
    await context.close();
  }
  await browser.close();
});
`,
  );
  writeFileSync(
    join(project, 'playwright.config.ts'),
    `import base from 'assay/playwright.config';
export default {
  ...base,
  reporter: [...base.reporter, ['html', { open: 'never' }], ['json', { outputFile: 'json.json' }], ['junit', { outputFile: 'ju.xml' }], ['blob']],
  projects: [{ name: 'own', testDir: '.', testMatch: ['own.spec.ts', 'har.spec.ts'] }, ...base.projects],
};
`,
  );
  const contract = readContract(join(packageRoot, 'contracts/create-chat'));
  const { env: machine } = testHost();
  env = {
    ...Object.fromEntries(
      Object.entries(machine).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    ...embeddedInputs(contract),
    ASSAY_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ASSAY_API_KEY: KEY,
    TMPDIR: join(project, 'tmp'),
    FORCE_COLOR: '0',
  };
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(project, { recursive: true, force: true });
});

function sampleArguments(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      processArguments.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      // It has ended.
    }
  }
}

async function run(program: string, args: readonly string[]): Promise<number | null> {
  const watch = setInterval(sampleArguments, 40);
  const child = spawn(program, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return new Promise((resolve) =>
    child.once('close', (code) => {
      clearInterval(watch);
      resolve(code);
    }),
  );
}
const assay = (...args: string[]) => run(process.execPath, [join(packageRoot, 'dist/assay.js'), ...args]);
const leaks = () => [
  ...filesWithKey(project, KEY),
  ...said.split('\n').flatMap((line) => {
    const form = findKey(Buffer.from(line), KEY);
    return form === null ? [] : [`${form} in what was said: ${line.slice(0, 300)}`];
  }),
];

test('the search finds a key in every form', () => {
  const header = `Bearer ${KEY}`;
  const packed = gzipSync(header.repeat(20)).toString('base64');
  for (const [form, text] of Object.entries({ ...everyForm(header), packed }))
    expect(findKey(Buffer.from(`before ${text} after`), KEY), form).not.toBeNull();
  expect(findKey(Buffer.from('Bearer canary'), KEY)).toBeNull();
});

test('the contract suite with traces and every report of Playwright leaks no key', async () => {
  const cases = 'own.one|positive.full|body.truncated';
  // A case is broken, which is a finding; 70 would be a leak.
  expect(await assay('contract', '-c', 'playwright.config.ts', '--grep', cases, '--trace', 'on')).toBe(1);
  const written = filesBelow(project).map((file) => file.slice(project.length + 1));
  const traces = written.filter((file) => file.endsWith('trace.zip'));
  expect(traces.length).toBeGreaterThanOrEqual(3);
  for (const file of ['playwright-report/index.html', 'json.json', 'ju.xml', 'reports/latest/contract.json'])
    expect(written).toContain(file);
  expect(written.some((file) => file.startsWith('blob-report/'))).toBe(true);
  expect(leaks()).toEqual([]);
});

test.skipIf(browser === null || !isFull)('HAR files that a user records hold no key, and are whole', async () => {
  isMalforming = false;
  env = { ...env, CANARY_BROWSER: browser ?? '' };
  await assay('contract', '-c', 'playwright.config.ts', '--grep', 'own.har');
  isMalforming = true;
  const files = filesBelow(project).filter((file) => /own\.har(\.zip)?$/.test(file));
  expect(files).toHaveLength(3);
  for (const file of files) {
    const texts = file.endsWith('.zip')
      ? readZip(readFileSync(file)).flatMap(({ name, content }) => (name === 'har.har' ? [content.toString()] : []))
      : [readFileSync(file, 'utf8')];
    const sent = texts.flatMap((text) => JSON.parse(text).log.entries).flatMap(({ request }) => request.headers);
    expect(sent.map(({ name, value }) => `${name.toLowerCase()}: ${value}`)).toContain('authorization: Bearer ***');
  }
  expect(leaks()).toEqual([]);
});

test('limits and throughput leak no key, nor do samples that k6 writes', async () => {
  await assay('limits', '--max-requests', '40', '--max-time', '4s');
  // The first answer is a success: the request that asks whether the target is there has to be accepted.
  requests = 0;
  await assay('throughput', '--rate', '60', '--duration', '2s', '--', '--out', 'json=samples.json');
  expect(filesBelow(project).map((file) => file.slice(project.length + 1))).toEqual(
    expect.arrayContaining(['reports/latest/throughput.json', 'reports/latest/created.jsonl', 'samples.json']),
  );
  expect(said).not.toContain('bug of assay');
  expect(leaks()).toEqual([]);
});

test('what is made from results leaks no key', async () => {
  await assay('report');
  await assay('drift');
  await assay('diff', join(packageRoot, 'contracts/create-chat'), join(packageRoot, 'contracts/create-chat'));
  await assay('doctor');
  expect(leaks()).toEqual([]);
});

test('plain k6 says no key', async () => {
  const { path } = await findK6(testHost());
  // What k6 itself says of an answer that is no HTTP holds a part of it; `assay` masks that as it passes it on.
  isMalforming = false;
  env = { ...env, ASSAY_DURATION_SECONDS: '2', ASSAY_RATE: '40', ASSAY_WARM_UP_SECONDS: '0' };
  await run(path, ['run', '--no-usage-report', join(packageRoot, 'dist/k6/throughput.js')]);
  expect(said).toContain('expected');
  expect(leaks()).toEqual([]);
});

test('no process had the key in its arguments', () => {
  const all = [...processArguments];
  expect(all.some((line) => line.includes('assay.js'))).toBe(true);
  expect(all.some((line) => line.includes('k6'))).toBe(true);
  expect(all.filter((line) => findKey(Buffer.from(line), KEY) !== null)).toEqual([]);
});
