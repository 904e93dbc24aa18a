import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBrowser } from './find-browser.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-browser-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  chmodSync(path, mode);
  return path;
}

test('a browser is found: the one asked for, then Playwright’s own, then the first on the PATH', () => {
  const onPath = program('google-chrome');
  const own = program('own');
  const env = { PATH: `relative:${folder}` };
  expect(findBrowser(env, join(folder, 'missing'))).toBe(onPath);
  expect(findBrowser(env, own)).toBe(own);
  expect(findBrowser({ ...env, ASSAY_CHROMIUM: '/asked/for' }, own)).toBe('/asked/for');
  expect(findBrowser({ PATH: '/nowhere' }, join(folder, 'missing'))).toBeNull();
  expect(findBrowser({}, join(folder, 'missing'))).toBeNull();
});
