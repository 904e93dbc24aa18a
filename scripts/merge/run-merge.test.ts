import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { testHost } from '../lib/test-host.ts';
import { ledgerPath } from '../results/ledger.ts';
import { readResults, writeResult } from '../results/results.ts';
import { sampleContract, sampleLimits } from '../results/sample-results.fixture.ts';
import { runMerge } from './run-merge.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-merge-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const asItIs = (text: string) => text;
const folder = (name: string) => {
  mkdirSync(join(root, name), { recursive: true });
  return join(root, name);
};

test('shards are merged into one folder, with what they created', async () => {
  for (const name of ['a', 'b']) {
    writeResult(folder(name), 'contract', { ...sampleContract(), verdict: 'broken' }, asItIs);
    // The second was killed while it wrote.
    writeFileSync(ledgerPath(folder(name)), name === 'a' ? '{"id":1}\n' : '{"id":2}\n{"id":');
  }
  const out = join(root, 'all');
  expect(await runMerge([folder('a'), folder('b')], testHost({ ASSAY_OUT: out }))).toBe(1);
  expect(readResults(out).contract?.cases).toHaveLength(sampleContract().cases.length);
  expect(readFileSync(ledgerPath(out), 'utf8')).toBe('{"id":1}\n{"id":2}\n{"id":\n');
});

for (const [does, names, out, why] of [
  ['no folder', ['a', 'nowhere'], 'all', 'there is no folder'],
  ['the same twice', ['a', `../${root.split('/').pop()}/a`], 'all', 'is named twice'],
  ['one part', ['a'], 'all', 'one part is nothing'],
  ['the folder of results', ['a', 'b'], 'a', 'would take the place of a part'],
  ['a part without results', ['a', 'empty'], 'all', 'a part is missing'],
  ['parts that cannot be merged', ['limits', 'empty'], 'all', 'nothing to merge'],
] as const) {
  test(`merging ${does} is refused`, async () => {
    folder('empty');
    writeResult(folder('limits'), 'limits', sampleLimits(), asItIs);
    const host = { ...testHost({ ASSAY_OUT: join(root, out) }), cwd: root };
    await expect(runMerge(names, host)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(why),
    });
  });
}
