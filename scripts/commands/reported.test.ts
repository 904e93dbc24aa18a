import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../contracts/lib/user-error.ts';
import { testHost } from '../lib/test-host.ts';
import { openLedger } from '../results/ledger.ts';
import { writeResult } from '../results/results.ts';
import { sampleContract } from '../results/sample-results.fixture.ts';
import { withPage } from './reported.ts';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-reported-'));
  write();
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const write = () => writeResult(out, 'contract', sampleContract(), (text) => text);
const record = () =>
  openLedger(out, (text) => text).append({ at: '', phase: 'limits', operation: 'x', case: 'y', id: 1 });
const failure = new UserError('it failed', { why: 'so it is', fix: 'do better' });

test.each<[string, () => void, boolean]>([
  ['before it wrote anything: no page of an earlier run', () => undefined, false],
  ['after it wrote a result', write, true],
  ['after it created something', record, true],
])('a command that fails %s', async (_, act, hasPage) => {
  const host = testHost({ ASSAY_OUT: out });
  const run = async () => {
    act();
    throw failure;
  };
  await expect(withPage(host, run)).rejects.toBe(failure);
  expect(existsSync(join(out, 'index.html'))).toBe(hasPage);
  expect(host.said().out.includes('report:')).toBe(hasPage);
});
