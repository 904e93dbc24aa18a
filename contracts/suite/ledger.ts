import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Appends to `created.jsonl`, in one write, what a request created: nothing may be created unrecorded. */
export function recordInLedger(
  out: string,
  operation: string,
  id: string | number | null,
  redact: (text: string) => string,
): void {
  mkdirSync(out, { recursive: true });
  appendFileSync(
    join(out, 'created.jsonl'),
    `${redact(JSON.stringify({ at: new Date().toISOString(), phase: 'contract', operation, id }))}\n`,
  );
}
