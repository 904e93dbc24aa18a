import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import { pastRun, readHistory, withRun, writeHistory } from './history.ts';
import { badRun, goodRun, noResults, sampleDiff } from './sample-results.fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-history-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = pastRun(goodRun());
if (run === null) throw new Error('a good run has main figures');

test('the main figures of a run are those of its results', () => {
  expect(run).toEqual({
    startedAt: '2026-01-02T03:04:05.000Z',
    subject: 'POST /chats, embedded',
    assay: '0.1.0',
    contract: { verdict: 'holds', cases: 36, broken: 0, coveragePercent: null },
    limits: {
      ...{ verdict: 'exact', summary: '120 requests per 10 s, fixed window from the first request' },
      ...{ capacity: 120, windowSeconds: 10, refillPerSecond: null },
    },
    throughput: {
      ...{ mode: 'open', valid: true, offeredPerSecond: 400, p50: 2.31, p95: 4.13, p99: 9.84, violations: 0 },
      acceptedPerSecond: goodRun().throughput?.acceptedPerSecond,
    },
  });
  const bad = pastRun(badRun());
  expect(bad?.contract).toMatchObject({ verdict: 'broken', broken: 4 });
  expect(bad?.throughput?.acceptedPerSecond).toBe(badRun().throughput?.breakpoint?.requestsPerSecond);
  expect(pastRun({ ...noResults, diff: sampleDiff() })).toBeNull();
});

test('runs of a server are told apart by its address, those of the embedded API are not', () => {
  const { contract, limits, throughput } = goodRun();
  if (!contract || !limits || !throughput) throw new Error('a good run has all parts');
  const elsewhere = { ...contract, environment: { ...contract.environment, embedded: false } };
  expect(pastRun({ ...noResults, contract: elsewhere })?.subject).toBe('POST /chats on http://127.0.0.1:40123/v1');
  expect(pastRun({ ...noResults, throughput })?.subject).toBe(run.subject);
});

test('a run is added once, in the order of time; only the newest are kept', () => {
  const at = (minute: number) => ({ ...run, startedAt: new Date(minute * 60_000).toISOString() });
  let history = withRun(null, at(5));
  history = withRun(history, at(3));
  history = withRun(history, { ...at(5), assay: '0.2.0' });
  expect(history.runs.map(({ startedAt, assay }) => [startedAt.slice(14, 16), assay])).toEqual([
    ['03', '0.1.0'],
    ['05', '0.2.0'],
  ]);
  for (let minute = 10; minute < 620; minute += 1) history = withRun(history, at(minute));
  expect(history.runs).toHaveLength(500);
  expect(history.runs.at(-1)?.startedAt).toBe(at(619).startedAt);
  expect(history.runs.at(0)?.startedAt).toBe(at(120).startedAt);
});

test('the file is read back as it was, without the key', () => {
  const path = join(folder, 'history.json');
  expect(readHistory(path)).toBeNull();
  const leaky = { ...run, subject: 'POST /chats on http://127.0.0.1/very-secret-key' };
  writeHistory(path, { schemaVersion: 1, runs: [leaky] }, redactor(['very-secret-key']));
  expect(readFileSync(path, 'utf8')).not.toContain('very-secret-key');
  expect(readHistory(path)?.runs[0]).toEqual({ ...run, subject: 'POST /chats on http://127.0.0.1/***' });
});

test('a file that is none is refused by name: exit code 2', () => {
  const path = join(folder, 'mine.json');
  for (const text of ['{', '{"schemaVersion":2,"runs":[]}', '{"schemaVersion":1,"runs":[{}]}']) {
    writeFileSync(path, text);
    expect(() => readHistory(path)).toThrow(
      expect.objectContaining({ name: 'UserError', exitCode: 2, message: expect.stringContaining('mine.json') }),
    );
  }
});
