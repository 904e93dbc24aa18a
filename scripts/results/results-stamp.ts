import { statSync } from 'node:fs';
import { ledgerPath } from './ledger.ts';
import { RESULT_SCHEMAS, type ResultName, resultPath } from './results.ts';

/** A text that changes when a result or the ledger in a folder is written, appended to or taken away. */
export function resultsStamp(out: string): string {
  const names = Object.keys(RESULT_SCHEMAS) as ResultName[];
  return [...names.map((name) => resultPath(out, name)), ledgerPath(out)].map(stampOf).join(' ');
}

/** Results are written anew and renamed, so that their number changes too. */
function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? '-' : `${stats.ino}:${stats.mtimeMs}:${stats.size}`;
}
