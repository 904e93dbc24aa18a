import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testHost } from '../lib/test-host.ts';
import { runLedger } from './run-ledger.ts';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-ledger-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const at = (second: number) => `2026-01-02T03:04:0${second}.000Z`;
const lines = [
  { at: at(1), phase: 'contract', operation: 'create-chat', case: 'positive.full', id: 5215766 },
  { at: at(2), phase: 'contract', operation: 'create-chat', case: 'positive.full', id: null },
  { at: at(3), phase: 'limits', operation: 'create-chat', case: 'request 1', id: 5215768 },
  { at: at(4), phase: 'limits', operation: 'create-chat', case: 'request 2', id: 5215769 },
  { at: at(5), phase: 'throughput', operation: 'create-chat', case: 'load', count: 1200, firstId: 1, lastId: 1200 },
];
const killed = `${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}{"at":"2026-01-02T03`;

test('a ledger is summed up by phase and case, also that of a killed run', async () => {
  writeFileSync(join(out, 'created.jsonl'), killed);
  const host = testHost({ ASSAY_OUT: out });
  expect(await runLedger({ directory: null }, host)).toBe(0);
  expect(host.said().out).toBe(`1,204 created, ${at(1)} to ${at(5)}
  contract           2
                   2  positive.full
  limits             2
                   2  requests
  throughput     1,200
               1,200  load
  1 of the answers named no id
  1 lines are damaged: the run was killed while it wrote them
  each line: ${join(out, 'created.jsonl')}
`);
});

test('the same for programs', async () => {
  writeFileSync(join(out, 'created.jsonl'), killed);
  const host = testHost();
  expect(await runLedger({ directory: out, format: 'json' }, host)).toBe(0);
  expect(JSON.parse(host.said().out)).toMatchObject({ created: 1204, byPhase: { limits: 2 }, damagedLines: 1 });
});

test('without a ledger there is nothing to sum up', async () => {
  await expect(runLedger({ directory: out }, testHost())).rejects.toMatchObject({ name: 'UserError', exitCode: 2 });
});
