import { join } from 'node:path';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { readChecked, writeChecked } from './checked-file.ts';
import type { MutantReport as GeneratedMutantReport } from './generated/mutants.ts';
import mutantsSchema from './mutants.schema.json' with { type: 'json' };
import type { Immutable } from './results.ts';

/** `mutants.json`, written by `npm run bench:mutants`: what the suite catches. */
export type MutantReport = Immutable<GeneratedMutantReport>;

export const MUTANTS_SCHEMA: JsonSchema = mutantsSchema;

export function mutantsPath(out: string): string {
  return join(out, 'mutants.json');
}

/** What lies in a folder of results; null where there is none. One that cannot be read throws UserError (exit code 2). */
export function readMutants(out: string): MutantReport | null {
  return readChecked(mutantsPath(out), MUTANTS_SCHEMA) as MutantReport | null;
}

export function writeMutants(out: string, report: MutantReport, redact: (text: string) => string): void {
  writeChecked(mutantsPath(out), MUTANTS_SCHEMA, report, redact);
}
