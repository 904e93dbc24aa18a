import { expect, test } from 'vitest';
import { createAjv } from '../../contracts/lib/validator.ts';
import { schema } from '../commands/schema.ts';
import { testHost } from '../lib/test-host.ts';
import { runSchema } from '../schema/run-schema.ts';
import { PUBLISHED_SCHEMAS } from './published-schemas.ts';

test('assay schema takes the name of every published schema', () => {
  expect(schema.arguments?.[0]?.choices).toEqual(Object.keys(PUBLISHED_SCHEMAS));
});

for (const [name, text] of Object.entries(PUBLISHED_SCHEMAS)) {
  test(`assay schema ${name} prints a schema with its version that a validator takes`, async () => {
    const host = testHost();
    await runSchema(name, { format: 'text' }, host);
    const printed = JSON.parse(host.said().out) as { $id: string };
    expect(printed).toEqual(text);
    expect(printed.$id).toMatch(/^urn:assay:(results:)?\w+:\d+$/);
    expect(createAjv({}).compile(printed)({})).toBe(false);
  });
}

test('without a name each is told with its id', async () => {
  const host = testHost();
  await runSchema(null, { format: 'text' }, host);
  for (const [name, { $id }] of Object.entries(PUBLISHED_SCHEMAS) as [string, { $id: string }][])
    expect(host.said().out).toMatch(new RegExp(`^${name} +${$id}$`, 'm'));
  const asJson = testHost();
  await runSchema(null, { format: 'json' }, asJson);
  expect(JSON.parse(asJson.said().out)).toHaveLength(Object.keys(PUBLISHED_SCHEMAS).length);
});
