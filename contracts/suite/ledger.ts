import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** Appends to `created.jsonl`, in one write, what a request of a case created: nothing may be created unrecorded. */
export function recordInLedger(
  { out, redact }: Pick<Settings, 'out' | 'redact'>,
  operation: string,
  caseId: string,
  id: string | number | null,
): void {
  mkdirSync(out, { recursive: true });
  appendFileSync(
    join(out, 'created.jsonl'),
    `${redact(JSON.stringify({ at: new Date().toISOString(), phase: 'contract', operation, case: caseId, id }))}\n`,
  );
}
