import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../lib/test-host.ts';
import { bundled, installed, type LicencesInput } from './licences.ts';

interface Audit {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

function shippedPackages() {
  const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: LicencesInput['locked'] };
  const input = { locked: packages, dependencies: [], bundledLicences: read('dist/THIRD-PARTY-LICENSES.txt') };
  return [...installed(input), ...bundled(input)];
}

function audit(): Promise<string> {
  const args = ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=15000'];
  return new Promise((resolve) =>
    execFile('npm', args, { cwd: packageRoot, timeout: 60_000 }, (_, stdout) => resolve(stdout)),
  );
}

test('npm audit knows of no vulnerability in what is shipped', async (context) => {
  const text = await audit();
  const result = (text.startsWith('{') ? JSON.parse(text) : { message: 'npm said nothing' }) as Audit;
  if (result.vulnerabilities === undefined) context.skip(`the registry answers no audits: ${result.message}`);
  // What is bundled is a dependency of the development only, and shipped all the same.
  const shipped = shippedPackages().map(({ name }) => name);
  const known = Object.entries(result.vulnerabilities ?? {}).filter(([name]) => shipped.includes(name));
  expect(known).toEqual([]);
});
