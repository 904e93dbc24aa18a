import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { scriptCommand } from '../lib/platform.ts';
import { packageRoot } from '../lib/test-host.ts';

/** What `npm pack` would put into the package; that the package works is shown by package.e2e.test.ts. */

const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
let files: string[] = [];

beforeAll(() => {
  const { command, shell } = scriptCommand('npm');
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const said = execFileSync(command, args, {
    cwd: packageRoot,
    shell,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  files = (JSON.parse(said) as { files: { path: string }[] }[])[0]?.files.map(({ path }) => path) ?? [];
}, 60_000);

/** Every path in a part of package.json. */
const pathsIn = (value: unknown): string[] =>
  typeof value === 'string' ? [value.replace(/^\.\//, '')] : Object.values(value as object).flatMap(pathsIn);

test('everything that package.json points at is in it', () => {
  const named = [manifest.bin, manifest.exports, manifest.imports].flatMap(pathsIn);
  // The types are made when the package is, by the build.
  const built = named.filter((path) => !path.startsWith('dist/types/'));
  expect(built.filter((path) => existsSync(join(packageRoot, path)) && !files.includes(path))).toEqual([]);
  expect(named.filter((path) => path.endsWith('.d.ts'))).toHaveLength(4);
});

test('what commands read of the package is in it', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      ...['README.md', 'LICENSE', 'CHANGELOG.md', 'docs/reference.md'],
      ...['contracts/create-chat/operation.json', 'contracts/create-message/examples/request.valid.agent.json'],
      ...['contracts/lib/operation.schema.json', 'scripts/results/contract.schema.json', 'scripts/k6/go-build/go.mod'],
      // k6 scripts are bundled for the contract in use.
      ...['load/throughput.ts', 'load/limits.ts', 'contracts/judge/success-rules.ts'],
    ]),
  );
});

test('tests, benches and sources that nobody reads are not in it', () => {
  const needless =
    /\.(test|spec|fixture)\.ts$|fixtures\/|testing\/|golden\/|^dist\/bench|^scripts\/(?!results\/|k6\/go-build\/)/;
  expect(files.filter((path) => needless.test(path))).toEqual([]);
  expect(files.filter((path) => /(^|\/)\.(?!$)/.test(path))).toEqual([]);
});

test('it is ready to be published: ES modules only, one Playwright, provenance', () => {
  expect(manifest).toMatchObject({
    type: 'module',
    license: 'MIT',
    publishConfig: { access: 'public', provenance: true },
    engines: { node: '>=20' },
  });
  expect(manifest.private).toBeUndefined();
  // A second copy dies with "did not expect test() to be called here".
  expect(Object.keys(manifest.dependencies)).not.toContain('@playwright/test');
  expect(Object.keys(manifest.peerDependencies)).toEqual(['@playwright/test']);
  const changelog = readFileSync(join(packageRoot, 'CHANGELOG.md'), 'utf8');
  expect(changelog).toMatch(new RegExp(`^## (Unreleased|${manifest.version.replaceAll('.', '\\.')})`, 'm'));
});
