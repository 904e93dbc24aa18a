import { Ajv2020, type AnySchema, type ErrorObject, type Options } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
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

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => unknown;

const OPTIONS: Options = {
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

let schemaChecker: Ajv2020 | null = null;

/** Every instance of AJV compiles the schema of schemas for itself, which takes longer than all else: one does it for all. */
class SharedMetaSchemaAjv extends Ajv2020 {
  override validateSchema(schema: AnySchema, throwOrLogError?: boolean): boolean | Promise<unknown> {
    schemaChecker ??= new Ajv2020(OPTIONS);
    const isValid = schemaChecker.validateSchema(schema, throwOrLogError);
    this.errors = schemaChecker.errors ?? null;
    return isValid;
  }
}

/**
 * AJV with the options that every validator of the toolkit is compiled with, holding `schemas` by file name, so that
 * `$ref` may point from one file into another. Unknown keywords are errors (a typo would check nothing), but for
 * annotations that start with "x-". Throws what AJV throws for a schema that is none.
 */
export function createAjv(schemas: Readonly<Record<string, JsonSchema>>): Ajv2020 {
  const ajv = new SharedMetaSchemaAjv(OPTIONS);
  addFormats(ajv);
  ajv.addVocabulary(['example', ...extensionKeywords(Object.values(schemas))]);
  for (const [file, schema] of Object.entries(schemas)) ajv.addSchema(withPortablePatterns(schema) as object, file);
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
