import { describe, expect, test } from 'vitest';
import { DEFAULT_DIFF_OPTIONS, diffOperations } from './contract-diff.ts';
import { openApiContracts } from './openapi-contracts.ts';

type Part = { [key: string]: unknown };

const operation = (more: Part = {}): Part => ({
  requestBody: {
    required: true,
    content: { 'application/json; charset=utf-8': { schema: { $ref: '#/components/schemas/New' } } },
  },
  responses: {
    '201': { description: 'ok', content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
  },
  ...more,
});
const document = (schemas: Part, more: Part = {}, call: Part = operation()): Part => ({
  openapi: '3.0.3',
  info: { title: 't', version: '1' },
  servers: [{ url: 'https://api.example.com/v1' }],
  paths: { '/pets': { post: call } },
  components: {
    schemas: { New: { type: 'object' }, Pet: { type: 'object' }, ...schemas },
    ...(more['components'] as Part),
  },
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'components')),
});
const read = (one: Part) => openApiContracts('api.json', new Map([['api.json', one]]));
const told = (old: Part, now: Part) =>
  diffOperations(read(old), read(now), DEFAULT_DIFF_OPTIONS).changes.map(
    ({ level, rule, pointer }) => `${level} ${rule}${pointer === '' ? '' : ` ${pointer}`}`,
  );

test('an operation is read by path and method, with body, responses, server and auth', () => {
  const [contract] = read(
    document(
      {},
      { security: [{ key: [] }], components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } },
    ),
  );
  expect(contract).toMatchObject({
    label: 'POST /pets',
    method: 'POST',
    path: '/pets',
    baseUrl: 'https://api.example.com/v1',
    auth: 'bearer',
  });
  expect([...(contract?.request?.content.keys() ?? [])]).toEqual(['application/json']);
  expect([...(contract?.responses.keys() ?? [])]).toEqual(['201']);
});

describe('schemas of 3.0', () => {
  const integer = { type: 'integer' };
  test('nullable, in each of its forms', () => {
    const pet = (id: Part) => document({ Pet: { type: 'object', properties: { id }, required: ['id'] }, Id: integer });
    const nullable = ['breaking response-nullable-added /id'];
    expect(told(pet(integer), pet({ type: 'integer', nullable: true }))).toEqual(nullable);
    expect(told(pet(integer), pet({ nullable: true, allOf: [{ $ref: '#/components/schemas/Id' }] }))).toEqual(nullable);
    expect(
      told(
        pet({ type: 'integer', nullable: true }),
        pet({ nullable: true, allOf: [{ $ref: '#/components/schemas/Id' }] }),
      ),
    ).toEqual([]);
  });

  test('bounds that are exclusive by a flag', () => {
    const body = (id: Part) => document({ New: { type: 'object', properties: { id } } });
    expect(
      told(body({ type: 'integer', minimum: 0, exclusiveMinimum: true }), body({ type: 'integer', minimum: 1 })),
    ).toEqual([]);
    expect(
      told(body({ type: 'number', minimum: 0 }), body({ type: 'number', minimum: 0, exclusiveMinimum: true })),
    ).toEqual(['breaking request-minimum-raised /id']);
  });

  test('readOnly properties are not sent, writeOnly ones do not come back', () => {
    const both = (extra: Part, required: string[]) => {
      const schema = { type: 'object', properties: { a: integer, x: extra }, required };
      return document({ New: schema, Pet: schema });
    };
    expect(told(both({ ...integer, readOnly: true }, ['x']), both({ type: 'string', readOnly: true }, ['x']))).toEqual([
      'breaking response-type-changed /x',
    ]);
    expect(
      told(both({ ...integer, writeOnly: true }, ['x']), both({ type: 'string', writeOnly: true }, ['x'])),
    ).toEqual(['breaking request-type-changed /x']);
  });
});

test('schemas of 3.1 are those of draft 2020-12', () => {
  const modern = (id: Part) => ({
    ...document({ Pet: { type: 'object', properties: { id }, required: ['id'] } }),
    openapi: '3.1.0',
  });
  expect(told(modern({ type: 'integer' }), modern({ type: ['integer', 'null'] }))).toEqual([
    'breaking response-nullable-added /id',
  ]);
});

test('media types, statuses, auth and parameters', () => {
  const response = (content: Part) => ({ responses: { '200': { description: '', content } } });
  const old = document(
    {},
    {},
    operation({
      ...response({ 'application/json': {} }),
      parameters: [{ in: 'query', name: 'limit', schema: { type: 'integer', maximum: 100 } }],
    }),
  );
  const now = document(
    {},
    {},
    operation({
      ...response({ 'application/xml': {} }),
      security: [{ token: ['write'] }],
      parameters: [
        { in: 'query', name: 'limit', schema: { type: 'integer', maximum: 50 } },
        { in: 'query', name: 'page', required: true, schema: { type: 'integer' } },
      ],
    }),
  );
  expect(told(old, now)).toEqual([
    'breaking auth-added',
    'breaking request-maximum-lowered /query/limit',
    'breaking request-required-property-added /query/page',
    'breaking response-media-type-removed',
    'warning response-media-type-added',
  ]);
});

test('a removed operation, a moved one, and one that is chosen by name', () => {
  const two = { ...document({}), paths: { '/pets': { post: operation(), get: operation() } } };
  expect(told(two, { ...two, paths: { '/pets': { post: operation() }, '/cats': { get: operation() } } })).toEqual([
    'breaking operation-removed',
    'info operation-added',
  ]);
});

test('parts that are referred to are followed; what leads nowhere, and older versions, are usage errors', () => {
  const shared = document(
    {},
    {
      components: {
        responses: { Made: { description: '', content: { 'application/json': { schema: { type: 'integer' } } } } },
      },
    },
    operation({ responses: { '201': { $ref: '#/components/responses/Made' } } }),
  );
  expect(told(shared, shared)).toEqual([]);
  expect(told(shared, document({ Pet: { type: 'integer' } }))).toEqual([]);
  const lost = document({}, {}, operation({ responses: { '201': { $ref: '#/components/responses/No' } } }));
  expect(() => read(lost)).toThrow(
    expect.objectContaining({
      why: expect.stringContaining('api.json#/paths/~1pets/post/responses/201/$ref leads nowhere'),
    }),
  );
  expect(() => read({ swagger: '2.0' })).toThrow(expect.objectContaining({ name: 'UserError' }));
});
