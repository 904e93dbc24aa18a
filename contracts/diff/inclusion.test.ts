import { describe, expect, test } from 'vitest';
import type { Json, JsonSchema } from '../lib/operation.ts';
import { Inclusion } from './inclusion.ts';
import { bundleSchema } from './schema-bundle.ts';

const inclusion = (source: JsonSchema, target: JsonSchema): Inclusion => {
  const bundle = (schema: JsonSchema) => bundleSchema({ file: 'a.json', documents: new Map([['a.json', schema]]) });
  return new Inclusion(bundle(source), bundle(target), {
    isClosedSender: false,
    isTolerantReader: false,
    seed: 1,
    values: 300,
  });
};
const witness = (source: JsonSchema, target: JsonSchema): Json | undefined => {
  const answer = inclusion(source, target).decide();
  return answer.kind === 'witness' ? answer.body : undefined;
};

describe('recursion', () => {
  /** A holds B or is a leaf; B holds A. While A is looked for, "no B without an A" is only an assumption. */
  const tree = (order: 'leaf first' | 'branch first'): JsonSchema => {
    const leaf = { type: 'object', required: ['leaf'] };
    const branch = { type: 'object', required: ['x'], properties: { x: { $ref: '#/$defs/B' } } };
    return {
      type: 'object',
      required: ['first', 'second'],
      properties: { first: { $ref: '#/$defs/A' }, second: { $ref: '#/$defs/B' } },
      $defs: {
        A: { anyOf: order === 'leaf first' ? [leaf, branch] : [branch, leaf] },
        B: { type: 'object', required: ['a'], properties: { a: { $ref: '#/$defs/A' } } },
      },
    };
  };
  test.each(['leaf first', 'branch first'] as const)('what was only assumed on the way is not kept: %s', (order) => {
    expect(witness(tree(order), { maxProperties: 1 })).toMatchObject({ second: { a: {} } });
  });

  test('a schema that cannot end accepts nothing, and so is less than any', () => {
    const endless = { type: 'object', required: ['n'], properties: { n: { $ref: '#' } } };
    expect(inclusion(endless, false).decide()).toEqual({ kind: 'subset', isEqual: false });
  });
});

describe('objects', () => {
  test('one property that must break two rules is found', () => {
    const target = {
      anyOf: [{ patternProperties: { '^a': { type: 'integer' } } }, { patternProperties: { b$: { type: 'string' } } }],
    };
    const body = witness({ type: 'object', maxProperties: 1 }, target);
    expect(Object.keys(body as object)).toEqual([expect.stringMatching(/^a.*b$/)]);
    expect(inclusion({ type: 'object', maxProperties: 0 }, target).decide().kind).toBe('subset');
  });

  test('a name is looked for in every region that patterns cut', () => {
    const source = {
      type: 'object',
      patternProperties: { '^a': { type: 'integer' }, '^b': { type: 'integer' } },
      additionalProperties: { type: 'string' },
    };
    const target = { type: 'object', patternProperties: { '^[abc]': { type: 'integer' } } };
    expect(Object.keys(witness(source, target) as object)).toEqual([expect.stringMatching(/^c/)]);
    expect(
      inclusion(source, { type: 'object', patternProperties: { '^[ab]': { type: 'integer' } } }).decide().kind,
    ).toBe('subset');
  });
});

describe('arrays', () => {
  test('two counts share the items', () => {
    const count = (n: number): JsonSchema => ({
      type: 'array',
      items: { type: 'integer' },
      allOf: [
        { contains: { minimum: 5 }, minContains: 3 },
        { contains: { maximum: n }, minContains: 3 },
      ],
    });
    expect(witness(count(4), { minItems: 7 })).toHaveLength(6);
    expect(inclusion(count(4), { minItems: 6 }).decide().kind).toBe('subset');
    // From 5 up to 9 a number counts for both.
    expect(witness(count(9), { minItems: 6 })).toHaveLength(3);
  });

  test('500 items of a pattern that all differ', () => {
    const items = { type: 'string', pattern: '^[a-z]{2}$' };
    const body = witness({ type: 'array', uniqueItems: true, items }, { type: 'array', maxItems: 499 });
    expect(new Set(body as string[]).size).toBe(500);
  });
});

describe('AJV decides', () => {
  test('a break that AJV does not confirm is none', () => {
    // By the specification b is looked at, so nothing is left over; AJV 8.20 loses it behind the recursive branch.
    const body = [{ b: 1 }, { b: 2 }];
    const source = {
      items: { unevaluatedProperties: false, dependentSchemas: { ab: { $ref: '#/$defs/n' } }, properties: { b: {} } },
      $defs: { n: { properties: { a: { required: ['b'] }, n: { $ref: '#/$defs/n' } }, required: ['a'] } },
      const: body,
    };
    const question = inclusion(source, false);
    expect(question.store.holds(question.sourceFormula, body)).toBe(true);
    expect(question.decide().kind).toBe('unknown');
    expect(question.search().kind).toBe('unknown');
  });

  test('a body that only the rounding of floats refuses is no witness', () => {
    const question = inclusion({ const: 19.99 }, { multipleOf: 0.01 });
    expect(question.failures(19.99)).toHaveLength(1);
    expect(question.decide().kind).toBe('subset');
  });
});
