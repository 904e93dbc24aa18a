import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { findK6 } from '../k6/find.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';

/**
 * The package, made with `npm pack` and installed into an empty project. Needs the registry and minutes, so it runs with
 * ASSAY_TEST_FULL only.
 */
const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const MOST_MEGABYTES = 60;
const MINUTES = 60_000;

describe.runIf(isFull)('the installed package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-package-'));
  const project = join(folder, 'project');
  let tarball = '';
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(ASSAY_(?!CACHE_DIR)|npm_|VITEST|NODE_ENV)/i.test(name)),
  );
  /** Exit code and output of a command in the project. */
  const run = (command: string, args: string[], more: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: project,
      env: { ...env, ...more },
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    return { code: status, out: stdout, all: `${stdout}\n${stderr}` };
  };
  const write = (name: string, text: string) => writeFileSync(join(project, name), text);

  beforeAll(() => {
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: packageRoot, env, stdio: 'ignore' });
    tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
    mkdirSync(project);
    write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }));
    const installed = run('npm', ['install', '--no-audit', '--no-fund', tarball]);
    expect(installed.code, installed.all).toBe(0);
  }, 10 * MINUTES);

  test('has a tree of at most 60 MB, with one Playwright', () => {
    const sizes = readdirSync(join(project, 'node_modules'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
    const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
    console.log(`installed tree: ${megabytes.toFixed(1)} MB in ${sizes.length} files`);
    expect(megabytes).toBeLessThan(MOST_MEGABYTES);
    expect(existsSync(join(project, 'node_modules/assay/node_modules'))).toBe(false);
    expect(existsSync(join(project, 'node_modules/@playwright/test/package.json'))).toBe(true);
  });

  test(
    'is what publint and are-the-types-wrong ask for',
    () => {
      const tool = (name: string, ...args: string[]) => {
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          [join(packageRoot, 'node_modules', name), ...args],
          {
            encoding: 'utf8',
          },
        );
        expect(status, `${stdout}${stderr}`).toBe(0);
      };
      tool('publint/src/cli.js', 'run', tarball, '--strict');
      tool('@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only');
    },
    2 * MINUTES,
  );

  test(
    'does the whole job: npx assay run',
    () => {
      const { code, all } = run('npx', ['assay', 'run'], { ASSAY_OUT: 'reports' });
      expect(code, all).toBe(ExitCode.Ok);
      expect(readdirSync(join(project, 'reports'))).toEqual(
        expect.arrayContaining(['contract.json', 'limits.json', 'throughput.json', 'index.html', 'junit.xml']),
      );
    },
    10 * MINUTES,
  );

  test(
    'an own contract, own tests and an own load script work, and have types',
    async () => {
      const made = run('npx', ['assay', 'new', 'create-thing']);
      expect(made.code, made.all).toBe(0);
      write(
        'own.spec.ts',
        `import { expect, test, typedOperation } from 'assay/playwright';
import { operation, type OperationTypes } from './contracts/create-thing/generated/contract.ts';
const createThing = typedOperation<OperationTypes>(operation);
test('own', async ({ api }) => {
  const response = await api.send(createThing, { name: 'x' });
  await expect(response).toMatchContract('create-thing', 201);
});
`,
      );
      write(
        'playwright.config.ts',
        `import base from 'assay/playwright.config';
import { defineConfig } from '@playwright/test';
export default defineConfig({ ...base, projects: [{ name: 'own', testDir: '.', testMatch: 'own.spec.ts' }] });
`,
      );
      const own = run('npx', ['playwright', 'test'], { ASSAY_OUT: 'own' });
      expect(own.code, own.all).toBe(0);
      expect(own.all).toContain('1 passed');

      write(
        'load.ts',
        `import { check } from 'k6';
import { validate } from 'assay/k6';
import * as thing from './contracts/create-thing/generated/contract.ts';
import { validators } from './contracts/create-thing/generated/validators.mjs';
const contract = { ...thing, validators };
const answer = (body: string) => ({ status: 201, headers: { 'Content-Type': 'application/json' }, body });
export default function () {
  check(validate(answer('{"id":1}'), contract), { 'a good one is good': (broken) => broken.length === 0 });
  check(validate(answer('{"id":"x"}'), contract), { 'a bad one is bad': (broken) => broken[0]?.rule === 'schema.type' });
}
`,
      );
      write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            ...{ module: 'nodenext', target: 'es2022', strict: true, noEmit: true, allowImportingTsExtensions: true },
            ...{ skipLibCheck: false, types: ['node', 'k6'] },
          },
          include: ['*.ts'],
        }),
      );
      const added = run('npm', [
        'install',
        '--no-audit',
        '--no-fund',
        '--save-dev',
        'typescript@5',
        '@types/node@20',
        '@types/k6@2',
      ]);
      expect(added.code, added.all).toBe(0);
      const types = run('npx', ['tsc', '-p', '.']);
      expect(types.code, types.all).toBe(0);
      const bundled = run('npx', [
        'esbuild',
        'load.ts',
        '--bundle',
        '--format=esm',
        '--external:k6',
        '--outfile=load.js',
      ]);
      expect(bundled.code, bundled.all).toBe(0);
      const k6 = await findK6(testHost());
      const loaded = run(k6.path, ['run', '--no-usage-report', 'load.js']);
      expect(loaded.code, loaded.all).toBe(0);
      expect(loaded.all).toMatch(/checks_succeeded\S*: 100\.00%\s+2 out of 2/);
    },
    10 * MINUTES,
  );

  test('cannot be required, and says so in the words of Node', () => {
    const { all } = run(process.execPath, [
      '--no-experimental-require-module',
      '--input-type=commonjs',
      '-e',
      "require('assay/k6')",
    ]);
    expect(all).toMatch(/ERR_REQUIRE_ESM|ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});
