import { Validator } from '@cfworker/json-schema';
import { describe, expect, test } from 'vitest';
import type { JsonSchema } from '../lib/operation.ts';
import { PAIRS } from './fixtures/pairs.ts';
import { POLICY_PAIRS } from './fixtures/policy-pairs.ts';
import type { Direction } from './rules.ts';
import { bundleSchema } from './schema-bundle.ts';
import { diffSchemas, PROOF, type SchemaDiffOptions } from './schema-diff.ts';
import { schemaOracle } from './schema-oracle.ts';

const bundle = (schema: JsonSchema) => bundleSchema({ file: 'body.json', documents: new Map([['body.json', schema]]) });
const strict: Omit<SchemaDiffOptions, 'direction'> = {
  policy: 'strict',
  newResponseValues: 'breaking',
  seed: 1,
  values: 500,
};
const diff = (old: JsonSchema, now: JsonSchema, direction: Direction, more: Partial<SchemaDiffOptions> = {}) =>
  diffSchemas(bundle(old), bundle(now), { ...strict, direction, ...more });

test('the pairs are many, and each is named once', () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(PAIRS.map(([name]) => name)).size).toBe(PAIRS.length);
});

describe.each(['request', 'response'] as const)('as a %s', (direction) => {
  test.each(PAIRS)('%s', (_, a, relation, b) => {
    const isBreak = relation === 'x' || relation === (direction === 'request' ? '>' : '<');
    const result = diff(a, b, direction);
    expect(result.verdict).toBe(isBreak ? 'breaking' : 'compatible');
    if (relation === '=') expect(result).toEqual({ verdict: 'compatible', proof: PROOF.equal, findings: [] });
    else expect(result.findings.length).toBeGreaterThan(0);
    const [sender, reader] = direction === 'request' ? [a, b] : [b, a];
    for (const finding of result.findings) {
      expect(finding.level === 'breaking').toBe(finding.witness !== null);
      if (finding.witness === null) continue;
      expect(schemaOracle(bundle(sender).schema).accepts(finding.witness.body)).toBe(true);
      expect(schemaOracle(bundle(reader).schema).accepts(finding.witness.body)).toBe(false);
    }
  });
});

/** Where @cfworker/json-schema reads a format, a look-ahead or an old keyword in another way than AJV does. */
const OTHER_READING = /"(format|dependencies|\$dynamicRef|\$anchor)"/;

test('a second validator agrees with each witness of the pairs', () => {
  let checked = 0;
  for (const [name, a, relation, b] of PAIRS) {
    if (
      relation === '=' ||
      OTHER_READING.test(JSON.stringify([a, b])) ||
      typeof a === 'boolean' ||
      typeof b === 'boolean'
    )
      continue;
    for (const direction of ['request', 'response'] as const) {
      const [sender, reader] = direction === 'request' ? [a, b] : [b, a];
      for (const { witness } of diff(a, b, direction).findings) {
        if (witness === null) continue;
        const valid = (schema: JsonSchema) => new Validator(schema as object, '2020-12').validate(witness.body).valid;
        expect([name, valid(sender), valid(reader)]).toEqual([name, true, false]);
        checked++;
      }
    }
  }
  expect(checked).toBeGreaterThan(120);
});

describe('policies', () => {
  test.each(POLICY_PAIRS)('$direction: $name', ({ direction, old, new: now, pragmatic, strict: pure, tells }) => {
    expect(diff(old, now, direction).verdict).toBe(pure);
    const result = diff(old, now, direction, { policy: 'pragmatic' });
    expect(result.verdict).toBe(pragmatic);
    if (tells !== undefined) expect(result.findings.map(({ rule, level }) => [rule, level])).toContainEqual([...tells]);
  });

  test('a new enum value in a response is a warning where clients are told to expect new ones', () => {
    const [old, now] = [{ enum: ['x'] }, { enum: ['x', 'y'] }];
    const result = diff(old, now, 'response', { newResponseValues: 'warning' });
    expect(result.verdict).toBe('compatible');
    expect(result.findings).toMatchObject([
      { rule: 'response-enum-value-added', level: 'warning', witness: { body: 'y' } },
    ]);
  });

  test('a server that applies defaults may require a field that has one', () => {
    const old = { type: 'object', properties: { a: { type: 'integer' } } };
    const now = {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'string', default: 'x' } },
      required: ['b'],
    };
    const filled = (schema: JsonSchema) =>
      bundleSchema({ file: 'body.json', documents: new Map([['body.json', schema]]), appliesDefaults: true });
    const options: SchemaDiffOptions = { ...strict, policy: 'pragmatic', direction: 'request' };
    expect(diffSchemas(filled(old), filled(now), options).verdict).toBe('compatible');
    expect(diffSchemas(bundle(old), bundle(now), options).verdict).toBe('breaking');
  });
});

describe('findings', () => {
  test('each break is told at its place, with a witness that shows it alone', () => {
    const old = { type: 'object', required: ['a', 'b'], properties: { a: { type: 'string' }, b: { type: 'integer' } } };
    const now = {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'string', maxLength: 2 }, b: { type: 'integer', minimum: 1 } },
    };
    expect(diff(old, now, 'request').findings).toMatchObject([
      {
        rule: 'request-max-length-added',
        pointer: '/a',
        old: null,
        new: 2,
        witness: { pointer: '/a', keyword: 'maxLength', body: { a: 'aaa', b: 1 } },
      },
      {
        rule: 'request-minimum-added',
        pointer: '/b',
        old: null,
        new: 1,
        witness: { pointer: '/b', keyword: 'minimum', body: { a: '', b: 0 } },
      },
    ]);
  });

  test('what neither the model nor the search decides is said in these words', () => {
    // A back reference is no regular language: whether "aa" may still come cannot be proved here.
    const old = { type: 'string', pattern: '^(a+)\\1$' };
    const now = { type: 'string', pattern: '^(aa)+$' };
    const result = diff(old, now, 'request', { values: 200 });
    expect(result).toMatchObject({ verdict: 'no-counter-example', proof: 'no counter-example in 200 values' });
  });

  test('floats are compared by the decimals they stand for, not by what is left of a division', () => {
    expect(diff({ type: 'number', multipleOf: 0.01 }, { type: 'number', multipleOf: 0.0001 }, 'request').verdict).toBe(
      'compatible',
    );
  });
});
