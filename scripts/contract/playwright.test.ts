import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPlaywright } from './playwright.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'assay-playwright-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A folder with a copy of Playwright in node_modules; its path. */
function withCopy(name: string): string {
  const copy = join(root, name, 'node_modules', '@playwright', 'test');
  mkdirSync(copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"name":"@playwright/test"}');
  return join(root, name);
}

test('the copy of this folder is taken, else the one beside assay', () => {
  const project = withCopy('project');
  const cli = join(project, 'node_modules', '@playwright', 'test', 'cli.js');
  const assay = join(project, 'node_modules', 'assay');
  mkdirSync(assay);
  expect(findPlaywright({ cwd: project, packageRoot: assay })).toBe(cli);
  expect(findPlaywright({ cwd: root, packageRoot: assay })).toBe(cli);
});

test('a link to the same copy is no second one', () => {
  const assay = withCopy('assay');
  mkdirSync(join(root, 'project'));
  symlinkSync(join(assay, 'node_modules'), join(root, 'project', 'node_modules'), 'junction');
  expect(findPlaywright({ cwd: join(root, 'project'), packageRoot: assay })).toBe(
    join(assay, 'node_modules', '@playwright', 'test', 'cli.js'),
  );
});

test('two copies are named, with where they lie', () => {
  const [project, assay] = [withCopy('project'), withCopy('assay')];
  expect(() => findPlaywright({ cwd: project, packageRoot: assay })).toThrow(
    expect.objectContaining({
      message: 'there are two copies of @playwright/test',
      why: expect.stringMatching(/project.*belongs to this folder.*assay/),
      exitCode: 3,
    }),
  );
});

test('none at all is said, with how to install it', () => {
  expect(() => findPlaywright({ cwd: root, packageRoot: root })).toThrow(
    expect.objectContaining({ fix: 'run `npm install --save-dev @playwright/test`' }),
  );
});
