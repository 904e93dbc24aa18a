import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import { ledgerPath, openLedger, readLedger, removeLedger } from './ledger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = {
  at: '2026-01-02T03:04:05.000Z',
  phase: 'contract',
  operation: 'create-chat',
  case: 'positive.full',
} as const;

test('the ledger holds a line for each thing as soon as it is recorded, in a folder that it makes', () => {
  const out = join(folder, 'deep', 'latest');
  const ledger = openLedger(out, redactor([]));
  ledger.append({ ...entry, id: 5215766 });
  expect(readFileSync(ledgerPath(out), 'utf8')).toBe(`${JSON.stringify({ ...entry, id: 5215766 })}\n`);
  openLedger(out, redactor([])).append({ ...entry, phase: 'throughput', count: 411, firstId: 1, lastId: 411 });
  expect(readLedger(out)).toEqual({
    created: 412,
    byPhase: { contract: 1, throughput: 411 },
    byCase: { contract: { 'positive.full': 1 }, throughput: { 'positive.full': 411 } },
    firstAt: entry.at,
    lastAt: entry.at,
    withoutId: 0,
    damagedLines: 0,
  });
  removeLedger(out);
  expect(readLedger(out)).toBeNull();
});

test('the ledger counts lines that a killed run left half-written, and reads the others', () => {
  openLedger(folder, redactor([])).append({ ...entry, id: 'a' });
  appendFileSync(ledgerPath(folder), '{"at":"2026-01-0');
  expect(readLedger(folder)).toMatchObject({ created: 1, byPhase: { contract: 1 }, damagedLines: 1 });
});

test('the ledger masks a key that came back as an id', () => {
  openLedger(folder, redactor(['s3cret-key'])).append({ ...entry, id: 's3cret-key' });
  expect(readFileSync(ledgerPath(folder), 'utf8')).not.toContain('s3cret-key');
  openLedger(folder, redactor(['521576'])).append({ ...entry, id: 5215766 });
  expect(readLedger(folder)).toMatchObject({ created: 2, damagedLines: 0 });
});

test('the ledger refuses to go on where it cannot write', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => openLedger(join(folder, 'file'), redactor([])).append({ ...entry, id: 1 })).toThrow(
    expect.objectContaining({ name: 'UserError', exitCode: 3 }),
  );
});
