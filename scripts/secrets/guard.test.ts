import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { testHost } from '../lib/test-host.ts';
import { guarded } from './guard.ts';

const KEY = 'guard-key-5ad1+Zq';
let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-guard-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const host = () => testHost({ ASSAY_OUT: out, ASSAY_API_KEY: KEY });
const write = (name: string, text: string) => {
  mkdirSync(join(out, 'playwright'), { recursive: true });
  writeFileSync(join(out, name), text);
};
const read = (name: string) => readFileSync(join(out, name), 'utf8');

test('a run that wrote no key ends as it did', async () => {
  const quiet = host();
  const code = await guarded(async () => {
    write('limits.json', '{}');
    return ExitCode.Finding;
  }, quiet);
  expect(code).toBe(ExitCode.Finding);
  expect(quiet.said().err).toBe('');
});

test('a key in a file of ours is masked, and a bug of ours', async () => {
  const loud = host();
  const code = await guarded(async () => {
    write('limits.json', `{"note":"${btoa(`Bearer ${KEY}`)}"}`);
    return ExitCode.Ok;
  }, loud);
  expect(code).toBe(ExitCode.Bug);
  expect(atob(JSON.parse(read('limits.json')).note)).toBe('Bearer ***');
  expect(loud.said().err).toContain('limits.json');
  expect(loud.said().err).not.toContain(KEY);
});

test('also where the run failed', async () => {
  const loud = host();
  const failing = async () => {
    write('created.jsonl', KEY);
    throw new UserError('no target', { why: 'it is away', fix: 'start it' });
  };
  expect(await guarded(failing, loud)).toBe(ExitCode.Bug);
  expect(loud.said().err).toMatch(/^error: no target[\s\S]*error: the API key was written to/);
  expect(read('created.jsonl')).toBe('***');
});

test("in what Playwright wrote it is masked, and nobody's fault", async () => {
  const quiet = host();
  const code = await guarded(async () => {
    write('playwright/error-context.md', KEY);
    return ExitCode.Ok;
  }, quiet);
  expect([code, quiet.said().err, read('playwright/error-context.md')]).toEqual([ExitCode.Ok, '', '***']);
});

test('what lay there before the run is left alone', async () => {
  write('notes.txt', KEY);
  utimesSync(join(out, 'notes.txt'), 1e9, 1e9);
  expect(await guarded(async () => ExitCode.Ok, host())).toBe(ExitCode.Ok);
  expect(read('notes.txt')).toBe(KEY);
});

test('an error that is no mistake of the user keeps its stack', async () => {
  const thrown = new Error('a bug');
  await expect(guarded(() => Promise.reject(thrown), host())).rejects.toBe(thrown);
});
