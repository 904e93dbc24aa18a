import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MutantOutcome } from './mutants.ts';

/** `mutants.json`, written by `npm run bench:mutants`: what the suite catches. */
export interface MutantReport {
  readonly contract: string;
  readonly defects: { readonly caught: number; readonly of: number };
  readonly variations: { readonly flagged: number; readonly of: number };
  readonly outcomes: readonly MutantOutcome[];
  /** Rule → defects that it helped to catch, and those that nothing else caught. */
  readonly byRule: Readonly<Record<string, { readonly defects: number; readonly alone: number }>>;
  readonly seconds: number;
}

export function mutantsPath(out: string): string {
  return join(out, 'mutants.json');
}

/** What lies in a folder of results; null where there is none, or none that can be read. */
export function readMutants(out: string): MutantReport | null {
  if (!existsSync(mutantsPath(out))) return null;
  try {
    const report = JSON.parse(readFileSync(mutantsPath(out), 'utf8')) as Partial<MutantReport>;
    return report.defects && report.variations && report.byRule && report.outcomes ? (report as MutantReport) : null;
  } catch {
    return null;
  }
}
