import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { Json, JsonSchema } from '../lib/operation.ts';
import { regexEngine } from './regex-engine.ts';

/**
 * AJV, which has the last word about a body: draft 2020-12, formats asserted. Old and new never share an instance, so
 * their ids cannot clash.
 */
export interface SchemaOracle {
  accepts(body: Json): boolean;
  /** The failures of a body; none for one that is accepted. */
  failures(body: Json): OracleFailure[];
}

export interface OracleFailure {
  /** JSON pointer into the body. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
}

// ajv-formats is CommonJS whose function is both the module and its default export.
const addFormats = ajvFormats as unknown as typeof ajvFormats.default;

/** AJV for a schema that is self-contained; compiled when first asked. */
export function schemaOracle(schema: JsonSchema): SchemaOracle {
  let validate: ValidateFunction | null = null;
  const compiled = (): ValidateFunction => {
    if (validate === null) {
      const ajv = new Ajv2020({
        strict: false,
        logger: false,
        validateSchema: false,
        meta: false,
        addUsedSchema: false,
        code: { regExp: regexEngine },
      });
      addFormats(ajv);
      validate = ajv.compile(schema);
    }
    return validate;
  };
  return {
    accepts: (body) => compiled()(body) === true,
    failures(body) {
      const check = compiled();
      return check(body) === true ? [] : (check.errors ?? []).map(toFailure);
    },
  };
}

function toFailure(error: ErrorObject): OracleFailure {
  return { pointer: error.instancePath, keyword: error.keyword, message: error.message ?? error.keyword };
}

let metaSchema: ValidateFunction | null = null;

/** What keeps `schema` from being one of draft 2020-12, by place. */
export function metaSchemaErrors(schema: JsonSchema): { pointer: string; message: string }[] {
  if (metaSchema === null) {
    const ajv = new Ajv2020({ strict: false, logger: false, allErrors: false, validateFormats: false });
    metaSchema = ajv.getSchema('https://json-schema.org/draft/2020-12/schema') ?? null;
  }
  if (metaSchema === null || metaSchema(schema) === true) return [];
  return (metaSchema.errors ?? [])
    .slice(0, 1)
    .map((error) => ({ pointer: error.instancePath, message: error.message ?? 'is invalid' }));
}
