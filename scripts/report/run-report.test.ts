import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { writeResult } from '../results/results.ts';
import { badRun, sampleDiff, sampleLimits } from '../results/sample-results.fixture.ts';
import { runReport } from './run-report.ts';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-report-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

test('the report is built from what is there, and says where it lies', async () => {
  writeResult(out, 'limits', sampleLimits(), redactor([]));
  const host = testHost({ ASSAY_OUT: out });
  expect(await runReport(null, host)).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['ctrf.json', 'index.html', 'junit.xml', 'limits.json', 'summary.md']);
  expect(host.said().out).toContain('✓ limits      Exact');
  expect(host.said().out).toContain(`report: ${join(out, 'index.html')}\n`);
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  await runReport(out, testHost());
  expect(readFileSync(join(out, 'index.html'), 'utf8')).toBe(page);
});

test('a comparison alone is reported too', async () => {
  writeResult(out, 'diff', sampleDiff(), redactor([]));
  const host = testHost({ ASSAY_OUT: out });
  expect(await runReport(null, host)).toBe(0);
  expect(host.said().out).toContain('✗ diff        Breaking');
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  expect(page).toContain('main: → .');
  expect(page).toContain('href="#diff"');
  expect(page).not.toContain('href="#environment"');
});

test('without results there is nothing to report: exit code 2, nothing written', async () => {
  await expect(runReport(out, testHost())).rejects.toMatchObject({ name: 'UserError', exitCode: 2 });
  expect(readdirSync(out)).toEqual([]);
});

test('a damaged result is named, and nothing is written', async () => {
  writeResult(out, 'limits', sampleLimits(), redactor([]));
  writeFileSync(join(out, 'contract.json'), '{');
  await expect(runReport(out, testHost())).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('contract.json'),
  });
  expect(readdirSync(out).sort()).toEqual(['contract.json', 'limits.json']);
});

test('GitHub Actions gets each finding once, at the file and line of the rule', async () => {
  const { contract } = badRun();
  if (contract === null) throw new Error('the sample has a contract');
  writeResult(out, 'contract', contract, redactor([]));
  const commands = async (env: Record<string, string>) => {
    const host = testHost({ ASSAY_OUT: out, GITHUB_WORKSPACE: '', ASSAY_CONTRACT: 'create-chat', ...env });
    await runReport(null, host);
    return host
      .said()
      .out.split('\n')
      .filter((line) => line.startsWith('::'));
  };
  expect(await commands({ GITHUB_ACTIONS: 'false' })).toEqual([]);
  rmSync(join(out, 'index.html'));
  const told = await commands({ GITHUB_ACTIONS: 'true' });
  const chat = readFileSync(join(packageRoot, 'contracts/create-chat/chat.schema.json'), 'utf8').split('\n');
  const line = chat.findIndex((text) => text.includes('"createdAt": {')) + 1;
  expect(told.some((text) => text.startsWith(`::error file=contracts/create-chat/chat.schema.json,line=${line}`))).toBe(
    true,
  );
  expect(await commands({ GITHUB_ACTIONS: 'true' })).toEqual([]);
});

test('diff.sarif is there with diff.json only', async () => {
  writeResult(out, 'diff', sampleDiff(), redactor([]));
  writeResult(out, 'limits', sampleLimits(), redactor([]));
  await runReport(out, testHost());
  expect(readdirSync(out)).toContain('diff.sarif');
  rmSync(join(out, 'diff.json'));
  await runReport(out, testHost());
  expect(readdirSync(out)).not.toContain('diff.sarif');
});

test('in a CI step the summary is added to those of other steps; where that fails, only a word is said', async () => {
  writeResult(out, 'limits', sampleLimits(), redactor([]));
  const steps = join(out, 'steps.md');
  writeFileSync(steps, 'before\n');
  await runReport(out, testHost({ GITHUB_STEP_SUMMARY: steps }));
  expect(readFileSync(steps, 'utf8')).toBe(`before\n${readFileSync(join(out, 'summary.md'), 'utf8')}`);
  const host = testHost({ GITHUB_STEP_SUMMARY: join(out, 'missing', 'steps.md') });
  expect(await runReport(out, host)).toBe(0);
  expect(host.said().err).toMatch(/^the summary was not added/);
});

test('--history keeps the main figures of a run once; without it the trend is drawn, and nothing added', async () => {
  writeResult(out, 'limits', sampleLimits(), redactor([]));
  const runsIn = (path: string) => JSON.parse(readFileSync(path, 'utf8')).runs.length;
  await runReport(out, testHost(), { history: true });
  await runReport(out, testHost(), { history: true });
  expect(runsIn(join(out, 'history.json'))).toBe(1);
  const later = { ...sampleLimits().environment, startedAt: '2026-02-02T03:04:05.000Z' };
  writeResult(out, 'limits', { ...sampleLimits(), environment: later }, redactor([]));
  await runReport(out, testHost());
  expect(runsIn(join(out, 'history.json'))).toBe(1);
  expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('One more run makes a trend.');
  const host = { ...testHost(), cwd: out };
  await runReport(out, host, { historyFile: 'kept/mine.json' });
  await runReport(out, host, { history: true });
  expect(runsIn(join(out, 'kept/mine.json'))).toBe(1);
  expect(runsIn(join(out, 'history.json'))).toBe(2);
  expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('capacity of the limit over 2 runs');
});
