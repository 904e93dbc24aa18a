import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findK6 } from './k6/find.ts';
import { packageRoot, testHost } from './lib/test-host.ts';

/** What a user's mistake is answered with: one clear error, the right exit code, and nothing half-written. */

const folder = mkdtempSync(join(tmpdir(), 'assay-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const KEY = 'canary-key-8c1f0a';
const sound = {
  ASSAY_BASE_URL: 'http://127.0.0.1:1/v1',
  ASSAY_API_KEY: KEY,
  ASSAY_CUSTOMER_ID: '1',
  ASSAY_APPLICATION_ID: '2',
};

let runs = 0;
function run(command: string, args: readonly string[], env: Record<string, string>) {
  runs += 1;
  const out = join(folder, `out-${runs}`);
  const result = spawnSync(command, args, {
    cwd: packageRoot,
    encoding: 'utf8',
    env: { ...(testHost().env as Record<string, string>), ASSAY_OUT: out, ...env },
    timeout: 90_000,
  });
  const written = existsSync(out) ? (readdirSync(out, { recursive: true }) as string[]) : [];
  return { ...result, written, text: result.stdout + result.stderr };
}
const assay = (args: readonly string[], env: Record<string, string> = {}) =>
  run(process.execPath, [join(packageRoot, 'dist', 'assay.js'), ...args], env);

/** A copy of the default contract with one file changed (null: left out). */
function contractWith(name: string, file: string, edit: ((text: string) => string) | null): string {
  const copy = join(folder, name);
  cpSync(join(packageRoot, 'contracts', 'create-chat'), copy, { recursive: true });
  if (edit === null) rmSync(join(copy, file));
  else writeFileSync(join(copy, file), edit(readFileSync(join(copy, file), 'utf8')));
  return copy;
}

const broken = contractWith('broken', 'chat.schema.json', (text) =>
  text.replace('"type": "object"', '"type": "objekt"'),
);
const incomplete = contractWith('incomplete', 'errors.schema.json', null);

function expectError(result: ReturnType<typeof run>, code: number, says: RegExp): void {
  expect(result.status, result.text).toBe(code);
  expect(result.stderr).toMatch(/^error: .+$/m);
  expect(result.stderr).toMatch(/^ {2}why: .+$/m);
  expect(result.stderr).toMatch(/^ {2}fix: .+$/m);
  expect(result.stderr).toMatch(says);
  expect(result.text).not.toMatch(/^\s+at .*[(:]\d+:\d+\)?$/m);
  expect(result.text).not.toContain(KEY);
  expect(result.written.filter((file) => file.endsWith('.tmp'))).toEqual([]);
}

const usage: { args: string[]; says: RegExp }[] = [
  { args: ['--frobnicate'], says: /unknown option '--frobnicate'/ },
  { args: ['lmits'], says: /unknown command 'lmits'[\s\S]*limits/ },
  { args: ['limits', '--expct', '1/1s'], says: /--expct[\s\S]*--expect/ },
  { args: ['limits', '--expect', '120'], says: /"120" is no limit/ },
  { args: ['limits', '--max-requests', '0'], says: /--max-requests 0/ },
  { args: ['limits', '--max-time', 'soon'], says: /--max-time soon/ },
  { args: ['throughput', '--rate', '-5'], says: /--rate/ },
  { args: ['throughput', '--duration', '5y'], says: /--duration 5y/ },
  { args: ['throughput', '--vus', '1.5'], says: /--vus 1.5/ },
  { args: ['throughput', '--segment', '3/2'], says: /--segment 3\/2/ },
  { args: ['throughput', '--max-memory', '5MB'], says: /5MB is no limit/ },
  { args: ['merge', 'nowhere', 'neither'], says: /no folder nowhere/ },
  { args: ['throughput', '--rate', '5', '--vus', '5'], says: /--rate[\s\S]*--vus/ },
  { args: ['serve', '--port', '99999'], says: /--port 99999/ },
  { args: ['serve', '--limit', 'many'], says: /--limit many/ },
  { args: ['report', join(folder, 'nothing-here')], says: /nothing-here/ },
];
describe('wrong usage ends with exit code 2:', () => {
  for (const { args, says } of usage) {
    test(`assay ${args.map((arg) => arg.replace(folder, '…')).join(' ')}`, () => {
      const result = assay(args);
      expectError(result, 2, says);
      expect(result.written).toEqual([]);
    });
  }
});

const configuration: { does: string; env: Record<string, string>; code: number; says: RegExp }[] = [
  {
    does: 'a bad URL',
    env: { ...sound, ASSAY_BASE_URL: 'localhost:3000' },
    code: 2,
    says: /ASSAY_BASE_URL is no http/,
  },
  {
    does: 'a host without consent',
    env: { ...sound, ASSAY_BASE_URL: 'https://api.example.com/v1' },
    code: 2,
    says: /ASSAY_ALLOW_HOST/,
  },
  { does: 'no key', env: { ...sound, ASSAY_API_KEY: '' }, code: 2, says: /ASSAY_API_KEY is not set/ },
  {
    does: 'no required id',
    env: { ...sound, ASSAY_APPLICATION_ID: '' },
    code: 2,
    says: /ASSAY_APPLICATION_ID is not set/,
  },
  {
    does: 'an id that is no integer',
    env: { ...sound, ASSAY_CUSTOMER_ID: 'me' },
    code: 2,
    says: /ASSAY_CUSTOMER_ID is no whole number/,
  },
  { does: 'an unreachable host', env: sound, code: 3, says: /127\.0\.0\.1/ },
  { does: 'a contract that is not there', env: { ASSAY_CONTRACT: 'delete-chat' }, code: 2, says: /delete-chat/ },
  { does: 'a schema with a mistake', env: { ASSAY_CONTRACT: broken }, code: 2, says: /chat\.schema\.json at \/type/ },
  {
    does: 'a contract folder with a missing file',
    env: { ASSAY_CONTRACT: incomplete },
    code: 2,
    says: /errors\.schema\.json.*missing/,
  },
];
for (const command of ['contract', 'limits', 'throughput', 'run']) {
  describe(`assay ${command}`, () => {
    for (const { does, env, code, says } of configuration) {
      test(`with ${does} ends with exit code ${code}`, () => {
        expectError(assay([command], env), code, says);
      });
    }
  });
}

describe('assay generate', () => {
  test('writes nothing for a schema with a mistake', () => {
    const before = readFileSync(join(broken, 'generated', 'types.ts'), 'utf8');
    expectError(assay(['generate'], { ASSAY_CONTRACT: broken }), 2, /chat\.schema\.json at \/type/);
    expect(readFileSync(join(broken, 'generated', 'types.ts'), 'utf8')).toBe(before);
  });

  test('--check names the files that do not match, with exit code 1', () => {
    const drifted = contractWith('drifted', 'chat.schema.json', (text) =>
      text.replaceAll('lastMessageText', 'lastText'),
    );
    expectError(assay(['generate', '--check'], { ASSAY_CONTRACT: drifted }), 1, /types\.ts.*validators\.mjs/);
  });
});

describe('a host without consent is refused', () => {
  const env = { ...sound, ASSAY_BASE_URL: 'https://api.example.com/v1' };
  test('by plain Playwright', () => {
    const result = run(
      process.execPath,
      [join(packageRoot, 'node_modules', '@playwright', 'test', 'cli.js'), 'test'],
      env,
    );
    expect(result.status).not.toBe(0);
    expect(result.text).toContain('ASSAY_ALLOW_HOST');
    expect(result.text).not.toContain(KEY);
  });

  for (const script of ['throughput', 'limits']) {
    test(`by plain k6 run dist/k6/${script}.js`, async () => {
      const k6 = await findK6(testHost());
      const result = run(k6.path, ['run', '--quiet', join('dist', 'k6', `${script}.js`)], env);
      expect(result.status).not.toBe(0);
      expect(result.text).toContain('ASSAY_ALLOW_HOST');
      expect(result.text).not.toContain(KEY);
    });
  }
});
