import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageFile from '../../package.json' with { type: 'json' };
import { packageRoot } from '../lib/test-host.ts';
import { ACCEPTED, bundled, installed, type LicencesInput, licencesText, REASONS } from './licences.ts';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const input: LicencesInput = {
  locked: (JSON.parse(read('package-lock.json')) as { packages: LicencesInput['locked'] }).packages,
  dependencies: Object.keys(packageFile.dependencies),
  bundledLicences: read('dist/THIRD-PARTY-LICENSES.txt'),
};

test('each direct dependency has a reason, and no reason is left over', () => {
  expect(Object.keys(REASONS).sort()).toEqual([...input.dependencies].sort());
});

test('everything that is shipped has a licence that may be given on', () => {
  const shipped = [...installed(input), ...bundled(input)];
  expect(bundled(input).length).toBeGreaterThan(0);
  expect(shipped.filter(({ licence }) => !ACCEPTED.includes(licence))).toEqual([]);
});

test('few packages are installed with it', () => {
  expect(installed(input).length).toBeLessThanOrEqual(15);
});

test('docs/licences.md is what the lock file and the build say', async () => {
  await expect(licencesText(input)).toMatchFileSnapshot(join(packageRoot, 'docs/licences.md'));
});

test('versions are exact, and the lock file names what each package has to be', () => {
  const { dependencies, devDependencies } = packageFile;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d/.test(version));
  expect(loose).toEqual([]);
  const locked = Object.entries(input.locked) as [string, { integrity?: string; link?: boolean }][];
  expect(
    locked.filter(([path, { integrity, link }]) => path !== '' && !link && !integrity).map(([path]) => path),
  ).toEqual([]);
});
