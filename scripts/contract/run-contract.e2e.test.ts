import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { secretForms } from '../../contracts/lib/redact.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { secretsOf } from '../../contracts/suite/run-case.ts';
import { runDrift } from '../diff/run-drift.ts';
import { generateFiles } from '../generate/generate.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { readLedger } from '../results/ledger.ts';
import { readResults } from '../results/results.ts';
import { fakeHost } from './fake-host.fixture.ts';
import { runContract } from './run-contract.ts';

/** What takes long and what shorter tests hold in part is left to `npm run test:full`. */
const testInFull = test.runIf(process.env['ASSAY_TEST_FULL'] === '1');
const contract = readContract('contracts/create-chat');
const { packageRoot: root } = fakeHost();
const KEY = 'Canary-key-7d5f4f0e9a55/2f8f+x';
let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-contract-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** Runs `assay contract` against the reference API with a defect or a limit. */
async function against(
  api: { defect?: string; limit?: string },
  args: readonly string[],
  more: Record<string, string> = {},
) {
  const server = await startReferenceApi({
    contract,
    apiKey: KEY,
    limiter: api.limit === undefined ? null : createLimiter(api.limit),
    ...(api.defect === undefined ? {} : { defect: api.defect }),
  });
  const host = fakeHost({
    ...embeddedInputs(contract),
    ASSAY_BASE_URL: server.baseUrl,
    ASSAY_API_KEY: KEY,
    ASSAY_OUT: out,
    ...more,
  });
  try {
    const code = await runContract({ playwrightArgs: args }, host);
    return { code, ...host.said, result: readResults(out).contract, api: server.stats };
  } finally {
    await server.close();
  }
}

/** Every written byte, of all files of a folder. */
function allText(folder: string): string {
  return (
    readdirSync(folder, { recursive: true, withFileTypes: true }) as {
      isFile(): boolean;
      parentPath: string;
      name: string;
    }[]
  )
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

testInFull('the whole suite holds against the embedded API, limit included, and records what it created', async () => {
  const host = fakeHost({ ASSAY_OUT: out });
  expect(await runContract({ playwrightArgs: [] }, host), host.said.out + host.said.err).toBe(ExitCode.Ok);
  const { contract: result } = readResults(out);
  expect(result).toMatchObject({ verdict: 'holds', coverage: { percent: 100 }, environment: { embedded: true } });
  expect(await runDrift({}, host), host.said.err).toBe(ExitCode.Ok);
  expect(host.said.out).toMatch(/create-chat: \d+ recorded responses/);
  expect(
    result?.cases.filter((one) => one.tags.includes('@limit') && one.outcome === 'holds').length,
  ).toBeGreaterThanOrEqual(4);
  expect(result?.precedence?.length).toBe(3);
  expect(result?.created).toBe(readLedger(out)?.created);
  expect(result?.created).toBeGreaterThan(20);
  expect(host.said.out).toContain('contract holds');
});

test('a failure names the promise, where it is written, the field, and how to see it again; the key is nowhere', async () => {
  const {
    code,
    out: said,
    err,
    result,
  } = await against(
    { defect: '400-without-field-entry' },
    ['--grep', 'field.customer.missing', '--reporter=list,html'],
    { PLAYWRIGHT_HTML_OPEN: 'never', PLAYWRIGHT_HTML_OUTPUT_DIR: join(out, 'html') },
  );
  expect(code).toBe(ExitCode.Finding);
  for (const part of [
    'error.field: expected an entry with the code "customer" at /customer, received no entry for a field',
    'operation.json#/responses/400/fieldCodes',
    `-H "Authorization: Bearer $ASSAY_API_KEY"`,
    `npx assay contract --grep '\\[field\\.customer\\.missing\\]'`,
    'contract broken: 1 of 1 cases',
  ])
    expect(said).toContain(part);
  expect(result?.cases[0]).toMatchObject({
    id: 'field.customer.missing',
    outcome: 'broken',
    rule: 'error.field',
    pointer: '/customer',
  });
  const written = said + err + allText(out);
  expect(secretForms(KEY).filter((form) => written.includes(form))).toEqual([]);
});

testInFull('tokens made of the key are masked where a server gives them back', async () => {
  const { code, out: said, err } = await against({ defect: '401-token-echo' }, ['--grep', '@auth', '--reporter=list']);
  expect(code).toBe(ExitCode.Finding);
  expect(said).toContain('leak.');
  const written = said + err + allText(out);
  for (const secret of secretsOf([KEY])) expect(written.includes(secret), secret.length.toString()).toBe(false);
});

test('a limiter that rejects nearly everything makes no green: exit code 3', async () => {
  const { code, result } = await against({ limit: '5/1h' }, [
    '--project',
    'contract',
    '--grep',
    'field.customer|auth.wrong',
  ]);
  expect(result).toMatchObject({
    verdict: 'undecided',
    reason: expect.stringMatching(/only \d+ of \d+ cases got past/),
  });
  expect(code).toBe(ExitCode.Impossible);
});

test('429s are waited out without a failure', async () => {
  const { code, result, api } = await against({ limit: '3/1s' }, ['--project', 'contract', '--grep', 'field.customer']);
  expect(code).toBe(ExitCode.Ok);
  expect(api.byStatus['429']).toBeGreaterThan(0);
  expect(result?.notes?.join()).toMatch(/waited out/);
});

test('a wrong key decides nothing', async () => {
  const { code, result } = await against({}, ['--project', 'contract', '--grep', 'positive'], {
    ASSAY_API_KEY: 'some-other-key',
  });
  expect(code).toBe(ExitCode.Impossible);
  expect(result?.reason).toContain('the key was refused with 401');
});

test('a baseline lets a known violation pass until it expires', async () => {
  const file = join(out, 'baseline.json');
  const entry = { case: 'field.customer.missing', reason: 'ticket 12', expires: '2999-01-01' };
  const args = ['--grep', 'field.customer.missing'];
  writeFileSync(file, JSON.stringify({ entries: [entry] }));
  const known = await against({ defect: '400-without-field-entry' }, args, { ASSAY_BASELINE: file });
  expect(known.code, known.out).toBe(ExitCode.Ok);
  expect(known.out).toContain('known until 2999-01-01');
  writeFileSync(file, JSON.stringify({ entries: [{ ...entry, expires: '2020-01-01' }] }));
  const expired = await against({ defect: '400-without-field-entry' }, args, { ASSAY_BASELINE: file });
  expect(expired.code).toBe(ExitCode.Finding);
  expect(expired.out).toContain('expired on 2020-01-01');
});

test('undocumented fields are told, and a finding with --strict', async () => {
  const told = await against({ defect: 'extra-field' }, ['--grep', 'positive.full']);
  expect(told.code).toBe(ExitCode.Ok);
  expect(told.err, 'how far it is').toMatch(/^contract: 1 of \d+ tests/m);
  expect(told.out, 'not the dots beside it').not.toMatch(/^[·F]+$/m);
  expect(told.out).toMatch(/drift: \/\w+ is a field of 201 that is not documented/);
  const strict = await against({ defect: 'extra-field' }, ['--grep', 'positive.full'], { ASSAY_STRICT: '1' });
  expect(strict.code).toBe(ExitCode.Finding);
});

const mistakes: [string, () => Record<string, string>, string[], number, RegExp][] = [
  [
    'nothing listens',
    () => ({ ASSAY_BASE_URL: 'http://127.0.0.1:9', ASSAY_API_KEY: KEY, ...embeddedInputs(contract) }),
    [],
    3,
    /cannot be reached/,
  ],
  [
    'a host without consent',
    () => ({ ASSAY_BASE_URL: 'https://api.example.com', ASSAY_API_KEY: KEY, ...embeddedInputs(contract) }),
    [],
    2,
    /target/,
  ],
  ['no test matches', () => ({}), ['--grep', 'no-such-case'], 2, /gave no result/],
];
for (const [does, env, args, exitCode, message] of mistakes)
  test(`${does}: one clear error, and no result`, async () => {
    await expect(runContract({ playwrightArgs: args }, fakeHost({ ASSAY_OUT: out, ...env() }))).rejects.toMatchObject({
      name: 'UserError',
      exitCode,
      message: expect.stringMatching(message),
    });
    expect(readResults(out).contract).toBeNull();
  });

/** Ends with the process's exit code and all it said. */
function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = root,
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...fakeHost().env, ...env } });
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    child.stderr.on('data', (text) => {
      said += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}
const playwright = join(root, 'node_modules', '@playwright', 'test', 'cli.js');

test('plain Playwright needs nothing of ours: it starts the embedded API and writes contract.json', async () => {
  const { code, said } = await run(process.execPath, [playwright, 'test', '--grep', '@smoke'], { ASSAY_OUT: out });
  expect(code, said).toBe(0);
  const { contract: result } = readResults(out);
  expect(result?.verdict).toBe('holds');
  expect(result?.cases.map((one) => one.id)).toContain('new-chat.required-only');
});

test("the fixtures and the matcher work in a user's own test, also with Playwright's own request", async () => {
  const api = await startReferenceApi({ contract, apiKey: KEY });
  const folder = mkdtempSync(join(root, 'reports', 'own-'));
  try {
    writeFileSync(
      join(folder, 'own.spec.ts'),
      `import { expect, test } from '${join(root, 'contracts/suite/index.ts')}';
const body = { customer: 8738438, application: 3838 };
test('right', async ({ request, api, target }) => {
  const headers = { Authorization: 'Bearer ' + process.env['ASSAY_API_KEY'] };
  const response = await request.post(target.url, { headers, data: body });
  await expect(response).toMatchContract('create-chat', 201, { request: body });
  await expect(response).not.toMatchContract('create-chat', 400);
  await expect(await request.post(target.url, { data: body })).toMatchContract('create-chat', 401);
});
test('wrong', async ({ request, target }) => {
  const headers = { Authorization: 'Bearer ' + process.env['ASSAY_API_KEY'] };
  const response = await request.post(target.url, { headers, data: { customer: 1 } });
  await expect(response).toMatchContract('create-chat', 400, { faults: ['/customer'] });
});
`,
    );
    writeFileSync(join(folder, 'playwright.config.ts'), "export default { reporter: 'list' };\n");
    const { code, said } = await run(process.execPath, [playwright, 'test', '--config', folder], {
      ASSAY_BASE_URL: api.baseUrl,
      ASSAY_API_KEY: KEY,
      ASSAY_OUT: out,
      ...embeddedInputs(contract),
    });
    expect(code).toBe(1);
    expect(said).toMatch(/1 passed/);
    expect(said).toContain('the response breaks the contract create-chat for 400:');
    expect(said).toContain(
      'error.field at /customer: expected an entry with the code "customer", received entries for ["application"]',
    );
    expect(said).not.toContain(KEY);
  } finally {
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a server that never answers is a finding, not a stuck run', async () => {
  const server = createServer((_request, response) => void response);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = fakeHost({
    ...embeddedInputs(contract),
    ASSAY_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ASSAY_API_KEY: KEY,
    ASSAY_OUT: out,
    ASSAY_DEADLINE_MS: '300',
  });
  try {
    expect(await runContract({ playwrightArgs: ['--project', 'contract'] }, host)).toBe(ExitCode.Finding);
    const { contract: result } = readResults(out);
    expect(result?.cases.find((one) => one.outcome === 'broken')).toMatchObject({
      rule: 'deadline',
      received: 'no answer within 0.3 s',
    });
    // A few per worker, and then nothing more is sent to a server that is lost.
    expect(result?.cases.filter((one) => one.outcome === 'broken').length).toBeLessThan(12);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

/** The contract's folder and spec with one change, type-checked. */
async function typeCheck(change: (folder: string) => void): Promise<{ code: number | null; said: string }> {
  const folder = mkdtempSync(join(root, 'reports', 'types-'));
  try {
    const own = join(folder, 'contracts', 'create-chat');
    mkdirSync(join(folder, 'contracts', 'suite'), { recursive: true });
    cpSync(join(root, 'contracts', 'create-chat'), own, { recursive: true });
    cpSync(join(root, 'contracts', 'lib'), join(folder, 'contracts', 'lib'), { recursive: true });
    writeFileSync(
      join(folder, 'contracts', 'suite', 'index.ts'),
      `export * from '${join(root, 'contracts/suite/index.ts')}';\n`,
    );
    change(own);
    for (const [name, text] of Object.entries(await generateFiles(readContract(own), root)))
      writeFileSync(join(own, 'generated', name), text);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { typeRoots: [join(root, 'node_modules/@types')], paths: {} },
        include: [],
        files: [join(own, 'create-chat.spec.ts')],
        exclude: [],
      }),
    );
    return await run(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      '--noEmit',
      '--project',
      folder,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rename(file: string, from: string, to: string): void {
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replaceAll(`"${from}"`, `"${to}"`).replaceAll(`"/${from}"`, `"/${to}"`),
  );
}

test('a schema field that is renamed fails the type check of the tests that use it', async () => {
  expect(await typeCheck(() => {})).toEqual({ code: 0, said: '' });
  const request = await typeCheck((folder) => {
    rename(join(folder, 'request.schema.json'), 'customer', 'client');
    rename(join(folder, 'operation.json'), 'customer', 'client');
    rmSync(join(folder, 'examples'), { recursive: true });
  });
  expect(request.code).not.toBe(0);
  expect(request.said).toContain("'client'");
  const response = await typeCheck((folder) => {
    rename(join(folder, 'chat.schema.json'), 'rating', 'score');
    rmSync(join(folder, 'examples'), { recursive: true });
  });
  expect(response.code).not.toBe(0);
  expect(response.said).toContain('/rating');
});

testInFull(
  'off loopback the workers share the pace of the documented limit, and @limit tests wait to be asked for',
  async (context) => {
    const name = hostname();
    const address = await lookup(name).then(
      ({ address: found }) => found,
      () => null,
    );
    context.skip(address !== '127.0.0.1', 'this machine has no name of its own for loopback');
    const folder = join(out, 'create-chat');
    cpSync(join(root, 'contracts', 'create-chat'), folder, { recursive: true });
    rmSync(join(folder, 'create-chat.spec.ts'));
    const operation = JSON.parse(readFileSync(join(folder, 'operation.json'), 'utf8')) as object;
    writeFileSync(
      join(folder, 'operation.json'),
      JSON.stringify({ ...operation, limit: { requests: 20, windowSeconds: 2 } }),
    );
    const api = await startReferenceApi({ contract, apiKey: KEY, limiter: createLimiter('sliding-log:20/2s') });
    const host = fakeHost({
      ...embeddedInputs(contract),
      ASSAY_BASE_URL: `http://${name}:${api.port}`,
      ASSAY_ALLOW_HOST: name,
      ASSAY_API_KEY: KEY,
      ASSAY_OUT: out,
      ASSAY_CONTRACT: folder,
    });
    try {
      expect(await runContract({ playwrightArgs: ['--grep', 'field'] }, host), host.said.out).toBe(ExitCode.Ok);
      const { contract: result } = readResults(out);
      expect(result?.cases.length).toBeGreaterThan(40);
      expect(api.stats.byStatus['429'] ?? 0).toBe(0);
      expect(await runContract({ playwrightArgs: ['--grep-invert', '@limit', '--grep', 'auth.wrong'] }, host)).toBe(
        ExitCode.Ok,
      );
      expect(readResults(out).contract?.cases.some((one) => one.tags.includes('@limit'))).toBe(false);
      expect(await runContract({ playwrightArgs: ['--grep', '@limit'] }, host), host.said.out).toBe(ExitCode.Ok);
      const { contract: limited } = readResults(out);
      expect(limited?.cases.find((one) => one.id === 'limit.quota')?.outcome).toBe('holds');
      // What exhausted the quota is counted as well.
      const accepted = limited?.coverage.statuses?.find(({ status }) => status === 201)?.responses ?? 0;
      expect(accepted).toBeGreaterThanOrEqual(20);
      expect(accepted).toBe(limited?.created);
    } finally {
      await api.close();
    }
  },
);
