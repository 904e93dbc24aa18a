import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import type { Json, JsonSchema } from '../lib/operation.ts';
import { regexEngine } from './regex-engine.ts';

/**
 * AJV, which has the last word about a body: draft 2020-12, formats asserted. Old and new never share an instance, so
 * their ids cannot clash.
 */
export interface SchemaOracle {
  /** Why AJV cannot compile the schema; null if it can. */
  problem(): string | null;
  /** null where AJV fails on this body: the code it makes for unevaluated keywords has faults. */
  accepts(body: Json): boolean | null;
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
  let state: { validate: ValidateFunction | null; problem: string | null } | null = null;
  const compiled = (): { validate: ValidateFunction | null; problem: string | null } => {
    if (state !== null) return state;
    try {
      state = { validate: compile(schema), problem: null };
    } catch (error) {
      state = { validate: null, problem: error instanceof Error ? error.message : String(error) };
    }
    return state;
  };
  return {
    problem: () => compiled().problem,
    accepts(body) {
      const { validate } = compiled();
      if (validate === null) return null;
      try {
        return validate(body) === true;
      } catch {
        return null;
      }
    },
    failures(body) {
      const { validate } = compiled();
      return validate === null || validate(body) === true ? [] : (validate.errors ?? []).map(toFailure);
    },
  };
}

function compile(schema: JsonSchema): ValidateFunction {
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    validateSchema: false,
    meta: false,
    addUsedSchema: false,
    // Without it AJV 8.20 skips `contains` of an empty array after `prefixItems`.
    allErrors: true,
    code: { regExp: regexEngine },
  });
  addFormats(ajv);
  // Tracking what was evaluated costs time, and has faults of its own; few schemas need it.
  ajv.opts.unevaluated = mentionsUnevaluated(schema);
  return ajv.compile(schema);
}

function mentionsUnevaluated(schema: JsonSchema): boolean {
  return /"unevaluated(Properties|Items)":/.test(JSON.stringify(schema));
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
