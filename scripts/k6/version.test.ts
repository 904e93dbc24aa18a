import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  compareVersions,
  formatVersion,
  isAtLeast,
  K6_VERSION,
  MIN_GO_VERSION,
  MIN_K6_VERSION,
  parseGoVersion,
  parseK6Version,
  parseVersion,
} from './version.ts';

const k6Cases: [output: string, version: string | null][] = [
  ['k6 v2.2.0 (go1.26.8, linux/amd64)\n', '2.2.0'],
  ['k6 v0.50.0 (commit/f18209a5e3, go1.21.8, linux/amd64)', '0.50.0'],
  ['k6.exe v2.0.0 (commit/abc, go1.25.1, windows/amd64)', '2.0.0'],
  ['my-k6 v2.1.0 (go1.25.1, darwin/arm64)\nExtensions:\n  github.com/x/xk6-y v9.9.9, k6/x/y [js]\n', '2.1.0'],
  ['k6 v2.0.0-rc1 (go1.25.1, linux/amd64)', '2.0.0-rc1'],
  ['k6 v2.3.0+dirty (go1.25.1, linux/amd64)', '2.3.0'],
  ['k6 2.2.0 (go1.26.8, linux/amd64)', '2.2.0'],
  ['K6 v10.20.30', '10.20.30'],
  ['kubectl v1.2.3', null],
  ['k6 (devel)', null],
  ['error: k6 v2.2.0 is not licensed', null],
  ['', null],
];
test.each(k6Cases)('the k6 version in %j is %j', (output, expected) => {
  const version = parseK6Version(output);
  expect(version && formatVersion(version)).toBe(expected);
});

const goCases: [output: string, version: string | null][] = [
  ['go version go1.26.8 linux/amd64', '1.26.8'],
  ['go version go1.25 linux/amd64', '1.25.0'],
  ['go version go1.25rc1 linux/amd64', '1.25.0-rc1'],
  ['go version devel go1.27-a1b2c3 Thu Jan 1 00:00:00 2026 linux/amd64', '1.27.0'],
  ['go version go1.24.9 X:nocoverageredesign linux/amd64', '1.24.9'],
  ['gccgo (GCC) 13.2.0', null],
];
test.each(goCases)('the Go version in %j is %j', (output, expected) => {
  const version = parseGoVersion(output);
  expect(version && formatVersion(version)).toBe(expected);
});

test('versions are ordered by number, and a pre-release comes before its release', () => {
  const ascending = ['0.50.0', '1.7.1', '2.0.0-rc1', '2.0.0-rc2', '2.0.0', '2.0.10', '2.10.0', '10.0.0'];
  const versions = ascending.map((text) => parseVersion(text));
  const shuffled = [...versions].reverse().sort((a, b) => (a && b ? compareVersions(a, b) : 0));
  expect(shuffled).toEqual(versions);
});

const accepted: [version: string, isAccepted: boolean][] = [
  ['2.0.0', true],
  ['2.3.0', true],
  ['3.0.0', true],
  ['2.0.0-rc1', false],
  ['1.99.99', false],
];
test.each(accepted)('k6 %s is accepted: %s', (text, expected) => {
  const version = parseVersion(text);
  expect(version && isAtLeast(version, MIN_K6_VERSION)).toBe(expected);
});

test('the Go module pins the k6 version and the Go version that are named in code', () => {
  const goMod = readFileSync(join(import.meta.dirname, 'go-build', 'go.mod'), 'utf8');
  expect(goMod).toContain(`require go.k6.io/k6/v2 v${K6_VERSION}\n`);
  expect(goMod).toMatch(new RegExp(`^go ${MIN_GO_VERSION}$`, 'm'));
});

test('the oldest k6 that is accepted is the one whose types are installed', () => {
  const root = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  const types = parseVersion(root.devDependencies['@types/k6']);
  const oldest = parseVersion(MIN_K6_VERSION);
  expect([types?.major, types?.minor]).toEqual([oldest?.major, oldest?.minor]);
});
