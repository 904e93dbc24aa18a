import { describe, expect, test } from 'vitest';
import type { UserError } from '../lib/user-error.ts';
import { bundleSchema } from './schema-bundle.ts';
import { diffSchemas } from './schema-diff.ts';
import { schemaOracle } from './schema-oracle.ts';

const bundle = (files: { [file: string]: unknown }, file = 'a.json', pointer = '') =>
  bundleSchema({ file, pointer, documents: new Map(Object.entries(files)) });
const problems = (files: { [file: string]: unknown }, file?: string, pointer?: string): string => {
  try {
    bundle(files, file, pointer);
  } catch (error) {
    return (error as UserError).why;
  }
  return 'none';
};

describe('references', () => {
  const integer = { type: 'integer' };
  const cases: { does: string; files: { [file: string]: unknown } }[] = [
    { does: 'a file beside it', files: { 'a.json': { $ref: 'b.json' }, 'b.json': integer } },
    {
      does: 'a place in a file',
      files: { 'a.json': { $ref: 'b.json#/$defs/x' }, 'b.json': { $defs: { x: integer } } },
    },
    {
      does: 'a file in a folder',
      files: { 'a.json': { $ref: 'sub/b.json' }, 'sub/b.json': { $ref: '../c.json' }, 'c.json': integer },
    },
    {
      does: 'the $id of a file',
      files: { 'a.json': { $ref: 'https://example.com/b' }, 'b.json': { $id: 'https://example.com/b', ...integer } },
    },
    {
      does: 'a name relative to $id',
      files: {
        'a.json': { $id: 'https://example.com/s/a.json', $ref: 'b.json' },
        'b.json': { $id: 'https://example.com/s/b.json', ...integer },
      },
    },
    {
      does: 'a file beside it though its own $id is absolute',
      files: { 'a.json': { $id: 'https://example.com/a.json', $ref: 'b.json' }, 'b.json': integer },
    },
    {
      does: 'an anchor in another file',
      files: { 'a.json': { $ref: 'b.json#here' }, 'b.json': { $defs: { x: { $anchor: 'here', ...integer } } } },
    },
    {
      does: 'an embedded resource',
      files: { 'a.json': { $ref: 'in.json#/$defs/y', $defs: { x: { $id: 'in.json', $defs: { y: integer } } } } },
    },
    {
      does: 'a name with odd characters',
      files: { 'a.json': { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': integer } } },
    },
    {
      does: 'a place that no keyword leads to',
      files: { 'a.json': { $ref: '#/components/schemas/X', components: { schemas: { X: integer } } } },
    },
  ];
  test.each(cases)('to $does', ({ files }) => {
    const oracle = schemaOracle(bundle(files).schema);
    expect([oracle.accepts(1), oracle.accepts('a')]).toEqual([true, false]);
  });

  test('ids that old and new have in common do not clash', () => {
    const old = bundle({ 'a.json': { $id: 'https://example.com/a.json', type: 'integer' } });
    const now = bundle({ 'a.json': { $id: 'https://example.com/a.json', type: 'number' } });
    const options = { policy: 'strict', newResponseValues: 'breaking', seed: 1, values: 10 } as const;
    expect(diffSchemas(old, now, { ...options, direction: 'response' }).verdict).toBe('breaking');
    expect(diffSchemas(old, now, { ...options, direction: 'request' }).verdict).toBe('compatible');
  });

  test('properties that are named like keywords are properties', () => {
    const oracle = schemaOracle(
      bundle({ 'a.json': { properties: { $ref: { type: 'integer' }, $id: { type: 'string' } }, enum: [{ $ref: 5 }] } })
        .schema,
    );
    expect(oracle.accepts({ $ref: 5 })).toBe(true);
  });
});

describe('what is no schema is told with file and place', () => {
  const cases: { does: string; schema: unknown; why: string | RegExp }[] = [
    {
      does: 'a reference that leads nowhere',
      schema: { properties: { a: { $ref: '#/$defs/no' } } },
      why: 'a.json#/properties/a/$ref leads nowhere: "#/$defs/no"',
    },
    {
      does: 'a type that there is not',
      schema: { properties: { a: { type: 'text' } } },
      why: /^a\.json#\/properties\/a\/type /,
    },
    { does: 'a bound that is a text', schema: { minLength: '5' }, why: /^a\.json#\/minLength must be/ },
    {
      does: 'a pattern that is none',
      schema: { items: { pattern: '(' } },
      why: 'a.json#/items/pattern holds no regular expression: "("',
    },
    {
      does: 'a pattern property that is none',
      schema: { patternProperties: { '[': {} } },
      why: 'a.json#/patternProperties holds no regular expression: "["',
    },
    { does: 'properties that are no object', schema: { properties: 5 }, why: /^a\.json#\/properties must be object/ },
    { does: 'a text', schema: 'integer', why: 'a.json# is no schema' },
    { does: 'items as a list, which is of older drafts', schema: { items: [{}] }, why: /^a\.json#\/items / },
  ];
  test.each(cases)('$does', ({ schema, why }) => {
    const found = problems({ 'a.json': schema });
    if (typeof why === 'string') expect(found).toBe(why);
    else expect(found).toMatch(why);
  });

  test('all of them at once', () => {
    expect(
      problems({ 'a.json': { minLength: 'x', properties: { a: { $ref: 'no.json' }, b: { pattern: '(' } } } }).split(
        '; ',
      ).length,
    ).toBe(3);
  });
});

test('schemas of older drafts that say so are read as they were meant', () => {
  const old = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    definitions: { n: { type: 'integer' } },
    items: [{ $ref: '#/definitions/n', minimum: 5 }],
    additionalItems: false,
  };
  const oracle = schemaOracle(bundle({ 'a.json': old }).schema);
  expect([[1], ['a'], [1, 2]].map((body) => oracle.accepts(body))).toEqual([true, false, false]);
  const oldest = { $schema: 'http://json-schema.org/draft-04/schema#', minimum: 5, exclusiveMinimum: true };
  expect(schemaOracle(bundle({ 'a.json': oldest }).schema).accepts(5)).toBe(false);
});
