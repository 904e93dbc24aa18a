import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import type { ContractResult as SuiteResult } from '../../contracts/suite/contract-result.ts';
import type { DiffResult as GeneratedDiffResult } from './generated/diff.ts';
import {
  type ContractResult,
  type DiffResult,
  type LimitsResult,
  readResults,
  resultPath,
  writeResult,
} from './results.ts';
import {
  badRun,
  diffRun,
  goodRun,
  hostileRun,
  noResults,
  sampleContract,
  sampleDiff,
  sampleLimits,
  sampleThroughput,
  wholeRun,
} from './sample-results.fixture.ts';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-results-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const keep = redactor([]);

test('what is written is read back as it was', () => {
  for (const run of [goodRun(), badRun(), wholeRun(), hostileRun(), diffRun()]) {
    const { contract, limits, throughput, diff, compare } = run;
    if (contract) writeResult(out, 'contract', contract, keep);
    if (limits) writeResult(out, 'limits', limits, keep);
    if (throughput) writeResult(out, 'throughput', throughput, keep);
    if (diff) writeResult(out, 'diff', diff, keep);
    if (compare) writeResult(out, 'compare', compare, keep);
    else rmSync(resultPath(out, 'compare'), { force: true });
    expect(readResults(out)).toEqual(run);
  }
});

test('what the suite makes fits the published type (held by the type check)', () => {
  const fits = (result: SuiteResult): ContractResult => result;
  expect(fits).toBeTypeOf('function');
});

test('the published type of diff.json and that of a comparison are one (held by the type check)', () => {
  type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> };
  const published = (result: Writable<DiffResult>): GeneratedDiffResult => result;
  const known = (change: Omit<GeneratedDiffResult['changes'][number], 'old' | 'new' | 'witness'>) =>
    change satisfies Omit<DiffResult['changes'][number], 'old' | 'new' | 'witness'>;
  expect([published, known]).toHaveLength(2);
});

test('a missing file is no error', () => {
  writeResult(out, 'limits', sampleLimits(), keep);
  expect(readResults(out)).toEqual({ ...noResults, limits: sampleLimits() });
});

test('a key that a server sent back is masked in values and in names of fields', () => {
  const key = 'sk-very-secret/1';
  const limits = sampleLimits();
  const leaky: LimitsResult = {
    ...limits,
    reason: `sent back: Bearer ${key}`,
    advertised: { headers: { [key]: Buffer.from(`Bearer ${key}`).toString('base64') }, agrees: null, differences: [] },
  };
  writeResult(out, 'limits', leaky, redactor([key]));
  const text = readFileSync(resultPath(out, 'limits'), 'utf8');
  expect(text).not.toContain(key);
  expect(text).not.toContain(Buffer.from(key).toString('base64').slice(2, -4));
  expect(readResults(out).limits?.reason).toBe('sent back: Bearer ***');
});

test('a value that does not fit its schema is a bug, and leaves the old file', () => {
  writeResult(out, 'throughput', sampleThroughput(), keep);
  const before = readFileSync(resultPath(out, 'throughput'), 'utf8');
  const wrong = [
    { ...sampleThroughput(), seconds: Number.NaN },
    { ...sampleThroughput(), mode: 'wild' },
    { ...sampleThroughput(), misspelt: 1 },
    { ...sampleThroughput(), contract: { ...sampleThroughput().contract, misspelt: 1 } },
  ];
  for (const value of wrong) {
    const write = () => writeResult(out, 'throughput', value as ReturnType<typeof sampleThroughput>, keep);
    expect(write).toThrow(/^throughput\.json does not fit its schema: /);
  }
  expect(readFileSync(resultPath(out, 'throughput'), 'utf8')).toBe(before);
});

test('an open end of a range is null', () => {
  const limits = sampleLimits();
  const [limit] = limits.limits;
  if (!limit) throw new Error('the sample has a limit');
  writeResult(
    out,
    'limits',
    { ...limits, limits: [{ ...limit, capacityRange: [120, Number.POSITIVE_INFINITY] }] },
    keep,
  );
  expect(readResults(out).limits?.limits[0]?.capacityRange).toEqual([120, null]);
});

test('a comparison with a field that the schema does not name is a bug', () => {
  const [change] = sampleDiff().changes;
  for (const value of [
    { ...sampleDiff(), misspelt: 1 },
    { ...sampleDiff(), changes: [{ ...change, misspelt: 1 }] },
  ])
    expect(() => writeResult(out, 'diff', value as DiffResult, keep)).toThrow(/^diff\.json does not fit its schema: /);
});

const damaged = [
  { what: 'half a file', text: '{"schemaVersion":1,', why: /JSON/ },
  { what: 'no object', text: '[]', why: /does not fit its schema: \/ type/ },
  {
    what: 'a missing field',
    text: JSON.stringify({ ...sampleContract(), verdict: undefined }),
    why: /"missingProperty":"verdict"/,
  },
  {
    what: 'a newer version',
    text: JSON.stringify({ ...sampleContract(), schemaVersion: 2 }),
    why: /schemaVersion 2; this version of assay reads up to 1/,
  },
  {
    what: 'an older version',
    text: JSON.stringify({ ...sampleContract(), schemaVersion: 0 }),
    why: /\/schemaVersion const/,
  },
];
for (const { what, text, why } of damaged) {
  test(`reading refuses ${what} with exit code 2 and says which file`, () => {
    writeFileSync(resultPath(out, 'contract'), text);
    expect(() => readResults(out)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        exitCode: 2,
        message: expect.stringContaining('contract.json'),
        why: expect.stringMatching(why),
      }),
    );
  });
}

test('reading refuses what is no file', () => {
  mkdirSync(resultPath(out, 'limits'));
  expect(() => readResults(out)).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 2 }));
});

test('reading passes over fields that a later version of the same format added', () => {
  writeFileSync(resultPath(out, 'contract'), JSON.stringify({ ...sampleContract(), later: { a: 1 } }));
  expect(readResults(out).contract).toMatchObject({ later: { a: 1 } });
});
