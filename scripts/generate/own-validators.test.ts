import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { validators } from '../../contracts/lib/generated/own-validators.mjs';
import operationFileSchema from '../../contracts/lib/operation.schema.json' with { type: 'json' };
import { createAjv, META_SCHEMA, OPTIONS } from '../../contracts/lib/validator.ts';
import { packageRoot } from '../lib/test-host.ts';
import { generateOwnValidators } from './own-validators.ts';

test('the validators compiled beforehand are those of the schemas as they are', async () => {
  await expect(await generateOwnValidators(packageRoot)).toMatchFileSnapshot(
    '../../contracts/lib/generated/own-validators.mjs',
  );
});

const live = new Ajv2020(OPTIONS);
const schemas: unknown[] = [
  {},
  true,
  { type: 'object', properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: { minimum: 1 } } },
  operationFileSchema,
  { type: 'strin' },
  { type: ['string', 'string'] },
  { properties: [] },
  { properties: { a: { minLength: -1 } } },
  { allOf: [] },
  { $defs: { deep: { items: { anyOf: [{ required: 'a' }] } } } },
  { $ref: 1 },
  { $anchor: '1 a', $vocabulary: { a: 1 }, dependencies: { a: 2 } },
  { unevaluatedProperties: { pattern: 1 }, prefixItems: [], if: 4 },
];
for (const schema of schemas) {
  test(`the schema of schemas says of ${JSON.stringify(schema).slice(0, 80)} what AJV says that compiles it in place`, () => {
    const isValid = live.validateSchema(schema as object);
    expect(validators[META_SCHEMA](schema)).toBe(isValid);
    if (!isValid) expect(validators[META_SCHEMA].errors).toEqual(live.errors);
  });
}

test('a schema of another draft is refused, as by AJV itself', () => {
  const schema = { $schema: 'http://json-schema.org/draft-04/schema#', type: 'string' };
  expect(() => createAjv({}).compile(schema)).toThrow(/no schema with key or ref/);
});

test('a schema that is none is refused, with AJV as it is made here', () => {
  expect(() => createAjv({ 'a.schema.json': { type: 'strin' } })).toThrow(/schema is invalid: data\/type/);
});

test('nothing of where packages are installed is in them', () => {
  const text = readFileSync(join(packageRoot, 'contracts/lib/generated/own-validators.mjs'), 'utf8');
  expect(text).not.toMatch(/\/node_modules\//);
});
