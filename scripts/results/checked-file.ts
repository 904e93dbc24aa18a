import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { createAjv, type Validate } from '../../contracts/lib/validator.ts';
import { writeWhole } from '../lib/files.ts';
import { redacted } from './redacted.ts';

/** Files with a published schema: held to it when they are written and read, and masked here and nowhere else. */

/** The version that is written, and the highest that can be read. */
const SCHEMA_VERSION = 1;

/** Most problems of a file that are listed. */
const MAX_PROBLEMS = 5;

/**
 * Writes a file whole, with each secret masked by `redact` in every string. A value that does not fit its schema, or
 * has a field that the schema does not name, is a bug of ours and throws an Error; a file that cannot be written
 * throws UserError (exit code 3). Infinity becomes null, as in any JSON.
 */
export function writeChecked(path: string, schema: JsonSchema, value: unknown, redact: (text: string) => string): void {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  const problems = schemaProblems(closedOf(schema), plain);
  if (problems.length > 0) throw new Error(`${basename(path)} does not fit its schema: ${problems.join('; ')}`);
  writeWhole(path, `${JSON.stringify(redacted(plain, redact), null, 1)}\n`);
}

/** The value of a file, null where there is none. One that cannot be read, is damaged or too new throws UserError (exit code 2). */
export function readChecked(path: string, schema: JsonSchema): unknown {
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
  const problems = schemaProblems(schema, value);
  if (problems.length > 0) throw refuse(`it does not fit its schema: ${problems.join('; ')}`, again);
  return value;
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

/** Closed schemas, by schema. */
const closedSchemas = new WeakMap<object, JsonSchema>();

/** The same without room for fields that it does not name: published it is open, so that later versions may add some. */
function closedOf(schema: JsonSchema): JsonSchema {
  const key = Object(schema) as object;
  const known = closedSchemas.get(key) ?? (closed(schema) as JsonSchema);
  closedSchemas.set(key, known);
  return known;
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, closed(value)]);
  const isObjectSchema = 'properties' in schema && 'type' in schema && schema.type === 'object';
  return Object.fromEntries(isObjectSchema ? [['additionalProperties', false], ...entries] : entries);
}
