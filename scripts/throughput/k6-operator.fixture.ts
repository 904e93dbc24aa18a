import { Ajv } from 'ajv';
import published from './k6-operator-testrun.fixture.json' with { type: 'json' };

/** The operator's published schema of a TestRun, closed: an API server drops what it does not know, without a word. */
const validate = new Ajv({ strict: false, validateFormats: false }).compile(closed(published.schema) as object);

/** Where a TestRun breaks the published schema; [] where it does not. */
export function testRunProblems(testRun: unknown): string[] {
  if (validate(testRun)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${JSON.stringify(params)}`,
  );
}

function closed(schema: unknown, name = ''): unknown {
  if (Array.isArray(schema)) return schema.map((one) => closed(one));
  if (typeof schema !== 'object' || schema === null) return schema;
  const rest = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value, key)]));
  return 'properties' in schema && name !== 'properties' ? { additionalProperties: false, ...rest } : rest;
}
