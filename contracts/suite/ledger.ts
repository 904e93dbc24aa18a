import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { appendLine } from './append-line.ts';
import type { Settings } from './settings.ts';

/**
 * Appends to `created.jsonl`, a line whole or not at all, what a request of a case created. Throws a LedgerError where it cannot: nothing may be
 * created unrecorded.
 */
export function recordInLedger(
  { out, redact }: Pick<Settings, 'out' | 'redact'>,
  operation: string,
  caseId: string,
  id: string | number | null,
): void {
  const path = join(out, 'created.jsonl');
  try {
    mkdirSync(out, { recursive: true });
    const at = new Date().toISOString();
    appendLine(path, redact(JSON.stringify({ at, phase: 'contract', operation, case: caseId, id })));
  } catch (error) {
    throw new LedgerError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** What was created could not be written down. The message says all there is to say, so it has no stack. */
export class LedgerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'no ledger';
    this.stack = `${this.name}: ${message}`;
  }
}
