import operationSchema from '../../contracts/lib/operation.schema.json' with { type: 'json' };
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { HISTORY_SCHEMA } from './history.ts';
import { MUTANTS_SCHEMA } from './mutants.ts';
import { RESULT_SCHEMAS } from './results.ts';

/** Every JSON Schema that other programs may rely on, by the name that `assay schema` takes; its $id ends in its version. */
export const PUBLISHED_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...RESULT_SCHEMAS,
  history: HISTORY_SCHEMA,
  mutants: MUTANTS_SCHEMA,
  operation: operationSchema,
};
