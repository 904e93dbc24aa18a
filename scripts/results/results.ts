import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, ContractDiff } from '../../contracts/diff/contract-diff.ts';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { createAjv, type Validate } from '../../contracts/lib/validator.ts';
import { writeWhole } from '../lib/files.ts';
import compareSchema from './compare.schema.json' with { type: 'json' };
import contractSchema from './contract.schema.json' with { type: 'json' };
import diffSchema from './diff.schema.json' with { type: 'json' };
import type { CompareResult as GeneratedCompareResult } from './generated/compare.ts';
import type { ContractResult as GeneratedContractResult } from './generated/contract.ts';
import type { LimitsResult as GeneratedLimitsResult } from './generated/limits.ts';
import type { ThroughputResult as GeneratedThroughputResult } from './generated/throughput.ts';
import limitsSchema from './limits.schema.json' with { type: 'json' };
import { redacted } from './redacted.ts';
import throughputSchema from './throughput.schema.json' with { type: 'json' };

/**
 * The result files that other programs rely on: written and read here only. Each is held to its published schema when
 * it is written and when it is read, and this is the one place where secrets are masked in them; whatever else shows
 * results (page, Markdown, JUnit) is made from these files.
 */

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

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

/** The same without room for fields that they do not name: published they are open, so that later versions may add some. */
const CLOSED_SCHEMAS: Readonly<Record<ResultName, JsonSchema>> = {
  contract: closed(contractSchema) as JsonSchema,
  limits: closed(limitsSchema) as JsonSchema,
  throughput: closed(throughputSchema) as JsonSchema,
  diff: closed(diffSchema) as JsonSchema,
  compare: closed(compareSchema) as JsonSchema,
};

/** The version that is written, and the highest that can be read. */
const SCHEMA_VERSION = 1;

/** Most problems of a file that are listed. */
const MAX_PROBLEMS = 5;

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
  const plain: unknown = JSON.parse(JSON.stringify(value));
  const problems = schemaProblems(CLOSED_SCHEMAS[name], plain);
  if (problems.length > 0) throw new Error(`${name}.json does not fit its schema: ${problems.join('; ')}`);
  writeWhole(resultPath(out, name), `${JSON.stringify(redacted(plain, redact), null, 1)}\n`);
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
  const path = resultPath(out, name);
  const refuse = (why: string, fix: string, cause?: unknown) =>
    new UserError(`${path} cannot be used`, { why, fix, exitCode: ExitCode.Usage }, cause);
  const again = 'run the command that makes it again, or take the file away';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw refuse((error as Error).message.replace(/\s+/g, ' ').slice(0, 160), again, error);
  }
  const version =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['schemaVersion'] : null;
  if (typeof version === 'number' && version > SCHEMA_VERSION)
    throw refuse(
      `it has schemaVersion ${version}; this version of assay reads up to ${SCHEMA_VERSION}`,
      'read it with the version of assay that wrote it, or a newer one',
    );
  const problems = schemaProblems(RESULT_SCHEMAS[name], value);
  if (problems.length > 0) throw refuse(`it does not fit its schema: ${problems.join('; ')}`, again);
  return value as ResultTypes[N];
}

/** Compiled schemas, by schema: compiling one takes longer than all the rest. */
const validators = new WeakMap<object, Validate>();

function validatorOf(schema: JsonSchema): Validate {
  const key = Object(schema) as object;
  const known = validators.get(key);
  if (known !== undefined) return known;
  const file = 'result.schema.json';
  const validate = createAjv({ [file]: schema }).getSchema(file) as unknown as Validate;
  validators.set(key, validate);
  return validate;
}

/** Where `value` breaks the schema, in words; [] where it does not. */
function schemaProblems(schema: JsonSchema, value: unknown): string[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  const problems = (validate.errors ?? []).map(
    (error) =>
      `${error.instancePath === '' ? '/' : error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`,
  );
  const more = problems.length - MAX_PROBLEMS;
  return [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`${more} more`] : [])];
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, closed(value)]);
  const isObjectSchema = 'properties' in schema && 'type' in schema && schema.type === 'object';
  return Object.fromEntries(isObjectSchema ? [['additionalProperties', false], ...entries] : entries);
}
