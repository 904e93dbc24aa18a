import { Ajv2020, type AnySchema, type ErrorObject, type Options } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { validators } from './generated/own-validators.mjs';
import { subschemas } from './keywords.ts';
import type { JsonSchema } from './operation.ts';
import { withoutPropertyEscapes } from './pattern.ts';

/** What AJV says of one broken keyword; the part of it that the toolkit uses. */
export type SchemaError = Pick<ErrorObject, 'keyword' | 'instancePath' | 'schemaPath' | 'params' | 'propertyName'>;

/** A compiled schema: true, or false with `errors` set. */
export interface Validate {
  (value: unknown): boolean;
  errors?: SchemaError[] | null;
}

export const META_SCHEMA = 'https://json-schema.org/draft/2020-12/schema';
const isSchema = validators[META_SCHEMA];

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => unknown;

/** How everything is compiled. */
export const OPTIONS: Options = {
  allErrors: true,
  messages: false,
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: true,
  allowUnionTypes: true,
  code: { source: true, esm: true },
};

/**
 * Compiling the schema of schemas takes longer than all else, and every instance of AJV would do it for itself: it was
 * compiled once and for all (scripts/generate/own-validators.ts).
 */
class PrecompiledMetaSchemaAjv extends Ajv2020 {
  override validateSchema(schema: AnySchema, throwOrLogError?: boolean): boolean | Promise<unknown> {
    if (typeof schema === 'object' && schema['$schema'] !== undefined && schema['$schema'] !== META_SCHEMA)
      return super.validateSchema(schema, throwOrLogError);
    const isValid = typeof schema === 'boolean' || isSchema(schema);
    this.errors = isValid ? null : ((isSchema.errors ?? null) as ErrorObject[] | null);
    if (!isValid && throwOrLogError === true) throw new Error(`schema is invalid: ${this.errorsText()}`);
    return isValid;
  }
}

/**
 * AJV with the options that every validator of the toolkit is compiled with, holding `schemas` by file name, so that
 * `$ref` may point from one file into another. Unknown keywords are errors (a typo would check nothing), but for
 * annotations that start with "x-". Throws what AJV throws for a schema that is none.
 */
export function createAjv(schemas: Readonly<Record<string, JsonSchema>>): Ajv2020 {
  const ajv = new PrecompiledMetaSchemaAjv(OPTIONS);
  addFormats(ajv);
  ajv.addVocabulary(['example', ...extensionKeywords(Object.values(schemas))]);
  for (const [file, schema] of Object.entries(schemas)) ajv.addSchema(withPortablePatterns(schema) as object, file);
  return ajv;
}

const compilers = new WeakMap<object, Ajv2020>();

/** AJV with these schemas, one for all who hold values to them: each is compiled once. Add nothing to it that has a name. */
export function sharedAjv(schemas: Readonly<Record<string, JsonSchema>>): Ajv2020 {
  const ajv = compilers.get(schemas) ?? createAjv(schemas);
  compilers.set(schemas, ajv);
  return ajv;
}

function extensionKeywords(schemas: readonly JsonSchema[]): string[] {
  const found = new Set<string>();
  for (const schema of schemas) {
    for (const { schema: place } of subschemas(schema)) {
      if (typeof place === 'object')
        for (const keyword of Object.keys(place)) if (keyword.startsWith('x-')) found.add(keyword);
    }
  }
  return [...found];
}

/** The schema with each pattern written so that it reads alike in Node and in k6. */
function withPortablePatterns(schema: JsonSchema): JsonSchema {
  const copy = structuredClone(schema);
  for (const { schema: place } of subschemas(copy)) {
    if (typeof place === 'boolean') continue;
    const writable = place as { pattern?: unknown; patternProperties?: Record<string, unknown> };
    if (typeof writable.pattern === 'string') writable.pattern = withoutPropertyEscapes(writable.pattern);
    if (typeof writable.patternProperties === 'object' && writable.patternProperties !== null) {
      writable.patternProperties = Object.fromEntries(
        Object.entries(writable.patternProperties).map(([pattern, value]) => [withoutPropertyEscapes(pattern), value]),
      );
    }
  }
  return copy;
}
