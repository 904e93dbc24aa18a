import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonSchema } from '../../contracts/lib/operation.ts';
import { createAjv, type Validate } from '../../contracts/lib/validator.ts';
import { jsonLeaves } from './json-leaves.ts';
import { makeRecogniser } from './recogniser.ts';

/** The one thing that must never happen: a text is recognised that the validator refuses. */

/** A run takes 30 ms, most of it to compile the schema. */
const RUNS = process.env['ASSAY_TEST_FULL'] === '1' ? 10_000 : 100;

const NOTHING_MORE = { frozen: [], rules: new Map(), captured: [] };

function validatorOf(schema: JsonSchema): (text: string) => boolean {
  const validate = createAjv({ 'a.schema.json': schema }).getSchema('a.schema.json') as unknown as Validate;
  return (text) => {
    try {
      return validate(JSON.parse(text));
    } catch {
      return false;
    }
  };
}

function recogniserOf(schema: JsonSchema, text: string) {
  return makeRecogniser({ 'a.schema.json': schema }, 'a.schema.json', text, JSON.parse(text), NOTHING_MORE);
}

const scalarSchema: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.constantFrom<JsonSchema>(
    { type: 'integer' },
    { type: 'integer', minimum: 0 },
    { type: 'integer', minimum: 1, maximum: 50 },
    { type: 'integer', minimum: -3 },
    { type: 'integer', exclusiveMinimum: 0, multipleOf: 2 },
    { type: ['integer', 'null'], exclusiveMaximum: 10 },
    { type: 'number' },
    { type: 'number', minimum: 0.5 },
    { type: 'integer', format: 'int32' },
    { type: 'string' },
    { type: 'string', minLength: 1, maxLength: 3 },
    { type: 'string', pattern: '^[a-c]+$' },
    { type: 'string', pattern: '\\p{L}' },
    { type: 'string', format: 'date-time' },
    { type: ['string', 'null'], format: 'uuid' },
    { type: 'boolean' },
    { enum: ['a', 'b', 1, null, true] },
    { const: 'a' },
    { type: 'null' },
    { not: { const: 'a' } },
    Object.fromEntries([
      ['if', { type: 'string' }],
      ['then', { maxLength: 2 }],
      ['else', { minimum: 1 }],
    ]),
    true,
  ),
);

const anySchema: fc.Memo<JsonSchema> = fc.memo((depth) => {
  if (depth <= 1) return scalarSchema;
  const inner = anySchema(depth - 1);
  const names = fc.constantFrom('a', 'b', 'c');
  return fc.oneof(
    scalarSchema,
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(names, inner, { maxKeys: 3 }) }),
    fc.record({
      properties: fc.dictionary(names, inner, { maxKeys: 2 }),
      additionalProperties: inner,
      required: fc.subarray(['a', 'b']),
    }),
    fc.record({
      patternProperties: fc.dictionary(fc.constantFrom('^a', '[bc]', '\\p{Lu}'), inner),
      additionalProperties: inner,
    }),
    fc.record({ allOf: fc.array(inner, { minLength: 1, maxLength: 2 }), unevaluatedProperties: fc.boolean() }),
    fc.record({
      anyOf: fc.array(fc.record({ properties: fc.dictionary(names, inner, { maxKeys: 2 }) }), {
        minLength: 1,
        maxLength: 2,
      }),
      unevaluatedProperties: fc.constant(false),
    }),
    fc.record({ anyOf: fc.array(inner, { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(inner, { minLength: 1, maxLength: 3 }) }),
    fc.record({ items: inner }),
    fc.record({ prefixItems: fc.array(inner, { minLength: 1, maxLength: 2 }), items: inner }),
    fc.record({ uniqueItems: fc.constant(true), items: inner }),
    fc.record({ contains: inner, maxContains: fc.constant(1) }),
    fc.record({ dependentSchemas: fc.dictionary(names, inner, { maxKeys: 2 }) }),
    fc.record({ $ref: fc.constant('#/$defs/shared'), properties: fc.record({ a: inner }) }),
  );
});
/** With what the references lead to. */
const rootSchema: fc.Arbitrary<JsonSchema> = fc
  .tuple(anySchema(3), scalarSchema)
  .map(([schema, shared]) => ({ $defs: { shared: { anyOf: [shared, { type: 'object' }] } }, allOf: [schema] }));

const scalar: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  ...[0, 1, 2, 3, -1, -4, 10, 49, 51, 0.25, 0.5, 1.5, 2 ** 31, 1e21, null, true, false],
  ...[
    '',
    'a',
    'b',
    'ab',
    'abcd',
    'é',
    '𝒳𝒳',
    'a"b',
    'a\\',
    '2020-01-02T03:04:05Z',
    '6fa459ea-ee8a-3ca4-894e-db77e160355e',
  ],
);
const anyValue: fc.Memo<Json> = fc.memo((depth) =>
  depth <= 1
    ? scalar
    : fc.oneof(
        scalar,
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), anyValue(depth - 1), { maxKeys: 3 }),
        fc.array(anyValue(depth - 1), { maxLength: 3 }),
      ),
);

/** Texts that differ from `text` in one scalar, or in one character. */
function* mutants(text: string, others: readonly Json[]): Generator<string> {
  for (const { start, end } of jsonLeaves(text) ?? []) {
    for (const other of others) yield text.slice(0, start) + JSON.stringify(other) + text.slice(end);
    for (const written of ['-0', '1.0', '1e2', '01', '+1', '"\\u0061"', '"\u0001"', 'tru', '9007199254740993', '']) {
      yield text.slice(0, start) + written + text.slice(end);
    }
  }
  for (let at = 0; at < text.length; at += 1) {
    yield text.slice(0, at) + text.slice(at + 1);
    yield `${text.slice(0, at)} ${text.slice(at)}`;
  }
  yield `${text}x`;
  yield ` ${text}`;
}

test('a recogniser accepts nothing that the validator refuses, for generated schemas, bodies and mutations', () => {
  let recognised = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      rootSchema,
      fc.array(anyValue(3), { minLength: 4, maxLength: 4 }),
      fc.array(scalar, { minLength: 8, maxLength: 8 }),
      (schema, values, others) => {
        const isValid = validatorOf(schema);
        for (const value of values) {
          const text = JSON.stringify(value);
          if (!isValid(text)) continue;
          const recogniser = recogniserOf(schema, text);
          if (recogniser === null) continue;
          expect(recogniser.recognise(text)).toBe(true);
          for (const mutant of mutants(text, others)) {
            if (!recogniser.recognise(mutant)) {
              refused += 1;
              continue;
            }
            if (mutant !== text) recognised += 1;
            if (!isValid(mutant)) throw new Error(`${mutant} is recognised as ${text}`);
          }
          // Several scalars at once: rules that tie them together show only then.
          let all = text;
          for (const [index, { start, end }] of [...(jsonLeaves(text) ?? [])].reverse().entries())
            all = all.slice(0, start) + JSON.stringify(others[index % others.length]) + all.slice(end);
          if (recogniser.recognise(all) && !isValid(all)) throw new Error(`${all} is recognised as ${text}`);
        }
      },
    ),
    { seed: 20260102, numRuns: RUNS },
  );
  // It would also never disagree if it recognised nothing.
  expect(recognised).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
});

for (const [does, schema, text, recognised, unrecognised] of [
  ['within bounds', { type: 'integer', minimum: 5, maximum: 9 }, '7', ['5', '9'], ['4', '10', '7.5', '"7"']],
  ['of an enum', { enum: ['a', 'b'] }, '"a"', ['"b"'], ['"c"', '1']],
  ['of a format', { type: 'string', format: 'date' }, '"2024-02-29"', ['"2023-03-01"'], ['"2023-02-29"']],
  ['of a pattern', { pattern: '^x\\d$' }, '"x1"', ['"x2"'], ['"x"']],
  ['in code points', { maxLength: 2 }, '"ab"', ['"a"', '"é𝒳"'], ['"abc"', '"é𝒳x"']],
  [
    'in a branch',
    { anyOf: [{ type: 'object', properties: { a: { type: 'integer' } } }, { type: 'null' }] },
    '{"a":1}',
    ['{"a":2}'],
    ['{"a":"x"}', 'null'],
  ],
  ['in the only branch of its type', { oneOf: [{ type: 'null' }, { type: 'string' }] }, '"a"', ['"b"'], ['null']],
  [
    'not under a choice that others might join',
    { oneOf: [{ type: 'integer' }, { minimum: 5 }] },
    '1',
    ['1'],
    ['7', '2'],
  ],
  ['not where items must differ', { type: 'array', uniqueItems: true }, '[1,2]', ['[1,2]'], ['[1,1]', '[1,3]']],
  [
    'not under a keyword of tomorrow',
    { propertyDependencies: {}, type: 'object' },
    '{"a":1}',
    ['{"a":1}'],
    ['{"a":2}'],
  ],
] as const) {
  test(`scalars may change ${does}`, () => {
    const recogniser = recogniserOf(schema as JsonSchema, text);
    for (const one of recognised) expect([one, recogniser?.recognise(one)]).toEqual([one, true]);
    for (const one of unrecognised) expect([one, recogniser?.recognise(one)]).toEqual([one, false]);
  });
}

test('no scalar may change where the schema is not at hand, or has parts with ids of their own', () => {
  for (const schemas of [{}, { 'a.schema.json': { properties: { a: { $id: 'b', type: 'integer' } } } }]) {
    const recogniser = makeRecogniser(schemas, 'a.schema.json', '{"a":1}', { a: 1 }, NOTHING_MORE);
    expect([recogniser?.recognise('{"a":1}'), recogniser?.recognise('{"a":2}')]).toEqual([true, false]);
  }
});

test('nothing is made of a text whose captured scalar cannot change, or that is large', () => {
  const options = { ...NOTHING_MORE, captured: ['/id'] };
  const schemas = { 'a.schema.json': { not: { required: ['x'] } } };
  expect(makeRecogniser(schemas, 'a.schema.json', '{"id":1}', { id: 1 }, options)).toBeNull();
  const long = JSON.stringify(['x'.repeat(20_000)]);
  expect(makeRecogniser({ 'a.schema.json': true }, 'a.schema.json', long, JSON.parse(long), NOTHING_MORE)).toBeNull();
});
