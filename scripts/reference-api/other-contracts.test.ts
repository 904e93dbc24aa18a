import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Contract } from '../../contracts/lib/contract.ts';
import type { Json, JsonSchema } from '../../contracts/lib/operation.ts';
import { valueAt } from '../../contracts/lib/pointer.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { createAjv, type Validate } from '../../contracts/lib/validator.ts';
import { createLimiter } from './create-limiter.ts';
import { rawRequest, sendRaw } from './raw-client.ts';
import { type ReferenceApi, startReferenceApi } from './server.ts';
import { synthesise } from './synthesis.ts';
import { contractOf, THING } from './thing-contract.ts';

const running: ReferenceApi[] = [];

afterEach(async () => {
  for (const api of running.splice(0)) {
    await api.close();
    expect(api.stats.faults).toBe(0);
  }
});

async function ask(contract: Contract, options: { limit?: string; key?: string }, target: string, bodies: unknown[]) {
  const limiter = options.limit === undefined ? null : createLimiter(options.limit);
  const api = await startReferenceApi({ contract, apiKey: 'key-of-the-test', limiter });
  running.push(api);
  const answers: { status: number; json: Json; isValid: boolean | null }[] = [];
  for (const body of bodies) {
    const headers = ['Content-Type: application/json', `Authorization: Bearer ${options.key ?? 'key-of-the-test'}`];
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = await sendRaw(
      api.port,
      rawRequest({ method: contract.operation.method, target, headers, body: text }),
    );
    const json = answer.body === '' ? null : (JSON.parse(answer.body) as Json);
    const schema = contract.operation.responses[String(answer.status)]?.schema;
    answers.push({
      status: answer.status,
      json,
      isValid: schema === undefined ? null : contract.validator(schema)(json),
    });
  }
  return answers;
}

describe('a contract with another method, path, ids, times and envelope', () => {
  const contract = contractOf(THING);
  const OWNER = '0b6f3f6a-6c5c-4d0f-9f3e-3f1d2c4b5a69';

  test('succeeds with bodies that are valid, new ids, and what was sent', async () => {
    const [one, two, three] = await ask(contract, {}, '/things/a%20b', [
      { title: 'First', owner: OWNER, tag: 'x' },
      { title: 'Second' },
      { title: 'Second' },
    ]);
    expect([one, two, three].map((answer) => [answer?.status, answer?.isValid])).toEqual(Array(3).fill([200, true]));
    expect(one?.json).toMatchObject({ data: { title: 'First', owner: { ref: OWNER }, tag: 'x', kind: 'thing' } });
    expect(two?.json).toMatchObject({ data: { title: 'Second', owner: null } });
    expect(two?.json).not.toHaveProperty('data.tag');
    const ids = [one, two, three].map((answer) => valueAt(answer?.json, '/data/no'));
    expect(new Set(ids).size).toBe(3);
    const madeAt = String(valueAt(one?.json, '/data/madeAt'));
    expect(Math.abs(Date.parse(madeAt) - Date.now())).toBeLessThan(5000);
  });

  test('rejects with the status and the envelope that it documents', async () => {
    const invalid = await ask(contract, {}, '/things/1', [{}, { title: 'x' }, { title: 'xy', more: 1 }, []]);
    for (const answer of invalid)
      expect(answer).toMatchObject({ status: 422, isValid: true, json: { type: 'https://example.org/invalid' } });
    const [unauthorized] = await ask(contract, { key: 'wrong' }, '/things/1', [{ title: 'xy' }]);
    expect(unauthorized).toMatchObject({
      status: 401,
      isValid: true,
      json: { type: 'https://example.org/unauthorized' },
    });
    const limited = await ask(contract, { limit: '1/60s' }, '/things/1', [{ title: 'xy' }, { title: 'xy' }]);
    expect(limited[1]).toMatchObject({ status: 429, isValid: true, json: { type: 'https://example.org/slow-down' } });
  });

  test.each([['/things'], ['/things/'], ['/things/1/2']])('does not know the path %s', async (target) => {
    const [answer] = await ask(contract, {}, target, [{ title: 'xy' }]);
    expect(answer?.status).toBe(404);
    expect(contract.validator('problem.schema.json')(answer?.json)).toBe(true);
  });
});

test('a field inside an object is named with dots, and one inside a choice is not blamed', async () => {
  const contract = contractOf({
    operation: {
      method: 'POST',
      path: '/',
      auth: { scheme: 'none' },
      request: { schema: 'a.schema.json' },
      responses: {
        '201': { schema: 'b.schema.json' },
        '400': { schema: 'e.schema.json', codes: ['bad'], fieldCodes: true },
      },
    },
    schemas: {
      'a.schema.json': {
        type: 'object',
        properties: {
          to: { type: 'object', required: ['city'], properties: { zip: { type: 'array', items: { type: 'string' } } } },
          pay: {
            oneOf: [
              { type: 'object', required: ['card'] },
              { type: 'object', required: ['iban'] },
            ],
          },
        },
      },
      'b.schema.json': { type: 'object' },
      'e.schema.json': {
        type: 'object',
        required: ['error'],
        properties: {
          error: {
            type: 'object',
            required: ['items'],
            properties: {
              items: {
                type: 'array',
                minItems: 1,
                items: {
                  type: 'object',
                  required: ['code', 'detail'],
                  properties: { code: { type: 'string' }, detail: { type: 'string' } },
                },
              },
            },
          },
        },
      },
    },
  });
  const [answer] = await ask(contract, {}, '/', [{ to: { zip: ['a', 1] }, pay: {} }]);
  expect(answer?.isValid).toBe(true);
  const items = valueAt(answer?.json, '/error/items') as { code: string; detail: string }[];
  expect(items.map(({ code }) => code)).toEqual(['bad', 'to.city', 'to.zip.1', 'pay']);
  expect(items[1]?.detail).toBe('This value should not be blank.');
  expect(items[2]?.detail).toBe('This value should be of type string.');
});

test('a GET without a body, and a 204, are answered', async () => {
  const contract = contractOf({
    operation: {
      method: 'GET',
      path: '/ping',
      auth: { scheme: 'none' },
      request: { schema: 'a.schema.json' },
      responses: { '204': { schema: 'a.schema.json' } },
    },
    schemas: { 'a.schema.json': true },
  });
  const [answer] = await ask(contract, {}, '/ping', [undefined]);
  expect(answer).toMatchObject({ status: 204, json: null });
});

test('a schema that no guess fits asks for an example by name', async () => {
  const contract = contractOf({
    operation: {
      method: 'POST',
      path: '/',
      auth: { scheme: 'none' },
      request: { schema: 'a.schema.json' },
      responses: { '201': { schema: 'b.schema.json' } },
    },
    schemas: { 'a.schema.json': true, 'b.schema.json': { type: 'string', pattern: '^(?=.*7)(?=.*Q).{4}$' } },
  });
  const failure = await startReferenceApi({ contract }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).fix).toContain('examples/201.valid.');
});

/** Schemas of the kinds that contracts use, and bodies for them: each one can be satisfied. */
const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonSchema>(
      { type: 'string' },
      { type: 'string', minLength: 12 },
      { type: 'string', maxLength: 2 },
      { type: 'string', pattern: '^[A-Z]{3}-\\d+$' },
      { type: 'string', format: 'date-time' },
      { type: 'string', format: 'uuid' },
      { type: 'string', format: 'ipv6' },
      { type: 'integer' },
      { type: 'integer', minimum: 5 },
      { type: 'integer', maximum: -5 },
      { type: 'integer', minimum: 7, multipleOf: 5 },
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
      { type: 'number', exclusiveMinimum: 3 },
      { type: 'boolean' },
      { type: 'null' },
      { type: ['null', 'integer'] },
      { enum: [null, 'a'] },
      { enum: [3] },
      { const: { a: [1] } },
      true,
    ),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(2) }),
    fc.record({
      type: fc.constant('array'),
      prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
      items: fc.constant(false),
    }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c d', 'é'), tie('schema'), { maxKeys: 4 }).chain((properties) =>
      fc.record({
        type: fc.constant('object'),
        properties: fc.constant(properties),
        required: fc.subarray(Object.keys(properties)),
        additionalProperties: fc.boolean(),
      }),
    ),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
  ),
})).schema;

test('a body made up from a schema is valid under it', () => {
  const { operation } = contractOf(THING);
  fc.assert(
    fc.property(schemas, (schema) => {
      const named = { 'b.schema.json': schema };
      const ajv = createAjv(named);
      const validator = (file: string) => ajv.getSchema(file) as unknown as Validate;
      const contract: Contract = { name: 'made-up', operation, schemas: named, examples: [], validator };
      expect(validator('b.schema.json')(synthesise(contract, 'b.schema.json', '201'))).toBe(true);
    }),
    { seed: 3, numRuns: 100 },
  );
});
