import { Ajv2020 } from 'ajv/dist/2020.js';
import operationFileSchema from '../../contracts/lib/operation.schema.json' with { type: 'json' };
import { META_SCHEMA, OPTIONS } from '../../contracts/lib/validator.ts';
import { validatorsModule } from './validators.ts';

const HEAD =
  '// Generated from the schema of JSON Schema 2020-12 and from operation.schema.json: `npx vitest run scripts/generate -u`.';

/**
 * contracts/lib/generated/own-validators.mjs: the validators of what every command and every worker reads, compiled
 * beforehand. With AJV as it comes, so that what it makes does not depend on what it made before.
 */
export function generateOwnValidators(packageRoot: string): Promise<string> {
  const ajv = new Ajv2020(OPTIONS);
  ajv.addSchema(operationFileSchema, 'operation.schema.json');
  return validatorsModule(ajv, [META_SCHEMA, 'operation.schema.json'], HEAD, packageRoot, { minify: true });
}
