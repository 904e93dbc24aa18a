import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { expect, test } from 'vitest';
import { HISTORY_SCHEMA } from './history.ts';
import { MUTANTS_SCHEMA } from './mutants.ts';
import { RESULT_SCHEMAS } from './results.ts';

/** json-schema-to-typescript knows tuples as draft-07 wrote them. */
function withOldTuples(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withOldTuples);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { prefixItems, ...rest } = schema as Record<string, unknown>;
  const copy = Object.fromEntries(Object.entries(rest).map(([keyword, value]) => [keyword, withOldTuples(value)]));
  if (!Array.isArray(prefixItems)) return copy;
  return { ...copy, items: withOldTuples(prefixItems), minItems: prefixItems.length, maxItems: prefixItems.length };
}

for (const [name, schema] of Object.entries({ ...RESULT_SCHEMAS, history: HISTORY_SCHEMA, mutants: MUTANTS_SCHEMA })) {
  test(`the types of ${name}.json are those of its schema (after a change of it: vitest run scripts/results -u)`, async () => {
    const source = await compile(withOldTuples(schema) as JSONSchema, name, {
      bannerComment: `/** Made from ${name}.schema.json by result-types.test.ts; not to be edited. */`,
      additionalProperties: false,
    });
    await expect(source).toMatchFileSnapshot(`generated/${name}.ts`);
  });
}

test('all result schemas tell of the environment in the same words', () => {
  const environments = Object.values(RESULT_SCHEMAS).flatMap(
    (schema) => (schema as { $defs: { environment?: unknown } }).$defs.environment ?? [],
  );
  expect(environments).toHaveLength(3);
  for (const environment of environments) expect(environment).toEqual(environments[0]);
});
