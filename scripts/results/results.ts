import { join } from 'node:path';
import type { Change, ContractDiff } from '../../contracts/diff/contract-diff.ts';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { readChecked, writeChecked } from './checked-file.ts';
import compareSchema from './compare.schema.json' with { type: 'json' };
import contractSchema from './contract.schema.json' with { type: 'json' };
import diffSchema from './diff.schema.json' with { type: 'json' };
import type { CompareResult as GeneratedCompareResult } from './generated/compare.ts';
import type { ContractResult as GeneratedContractResult } from './generated/contract.ts';
import type { LimitsResult as GeneratedLimitsResult } from './generated/limits.ts';
import type { ThroughputResult as GeneratedThroughputResult } from './generated/throughput.ts';
import limitsSchema from './limits.schema.json' with { type: 'json' };
import throughputSchema from './throughput.schema.json' with { type: 'json' };

/**
 * The result files that other programs rely on: written and read here only. Each is held to its published schema when
 * it is written and when it is read, and this is the one place where secrets are masked in them; whatever else shows
 * results (page, Markdown, JUnit) is made from these files.
 */

/** A value that nothing may change. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

export type ContractResult = Immutable<GeneratedContractResult>;
export type ThroughputResult = Immutable<GeneratedThroughputResult>;
export type LimitsResult = Immutable<GeneratedLimitsResult>;
export type CompareResult = Immutable<GeneratedCompareResult>;
/** A change, and where the new version has it. */
export interface DiffChange extends Change {
  readonly location?: DiffLocation | null;
}
/** A place in a file of the new version; `line` from 1, null where only the file is known. */
export interface DiffLocation {
  /** Path as the side was named, with "/". */
  readonly file: string;
  readonly line: number | null;
}
export interface DiffResult extends ContractDiff {
  /** What was compared, as it was named. */
  readonly sides?: { readonly old: string; readonly new: string };
  /** Worst first. */
  readonly changes: readonly DiffChange[];
}
export type ContractCase = ContractResult['cases'][number];
export type RunEnvironment = ContractResult['environment'];
export type ObservationRow = LimitsResult['evidence']['observations'][number];

/** What each result file holds, by name. */
export interface ResultTypes {
  readonly contract: ContractResult;
  readonly limits: LimitsResult;
  readonly throughput: ThroughputResult;
  readonly diff: DiffResult;
  readonly compare: CompareResult;
}
export type ResultName = keyof ResultTypes;

/** Results of one run; null where a file is missing. */
export type Results = { readonly [N in ResultName]: ResultTypes[N] | null };

/** The published schemas. */
export const RESULT_SCHEMAS: Readonly<Record<ResultName, JsonSchema>> = {
  contract: contractSchema,
  limits: limitsSchema,
  throughput: throughputSchema,
  diff: diffSchema,
  compare: compareSchema,
};

/**
 * Writes `<out>/<name>.json` whole, with each secret masked by `redact` in every string. A value that does not fit
 * its schema, or has a field that the schema does not name, is a bug of ours and throws an Error; a file that cannot
 * be written throws UserError (exit code 3). Infinity becomes null, as in any JSON.
 */
export function writeResult<N extends ResultName>(
  out: string,
  name: N,
  value: ResultTypes[N],
  redact: (text: string) => string,
): void {
  writeChecked(resultPath(out, name), RESULT_SCHEMAS[name], value, redact);
}

/** The results that lie in a folder. A file that cannot be read, is damaged or too new throws UserError (exit code 2). */
export function readResults(out: string): Results {
  return {
    contract: readResult(out, 'contract'),
    limits: readResult(out, 'limits'),
    throughput: readResult(out, 'throughput'),
    diff: readResult(out, 'diff'),
    compare: readResult(out, 'compare'),
  };
}

export function resultPath(out: string, name: ResultName): string {
  return join(out, `${name}.json`);
}

function readResult<N extends ResultName>(out: string, name: N): ResultTypes[N] | null {
  return readChecked(resultPath(out, name), RESULT_SCHEMAS[name]) as ResultTypes[N] | null;
}
