import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../lib/test-host.ts';
import type { DiffChange } from '../results/results.ts';
import { contractChange } from '../results/sample-results.fixture.ts';
import { changeLocator } from './change-location.ts';
import { readSide } from './read-side.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-place-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: unknown): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

/** File, and the text of the line that is named. */
async function found(side: string, change: Partial<DiffChange> & Pick<DiffChange, 'rule'>) {
  const locate = changeLocator(await readSide(side, folder));
  const place = locate(contractChange({ level: 'breaking', operation: 'orders', ...change }));
  if (place === null) return null;
  const text = readFileSync(join(folder, place.file), 'utf8').split('\n');
  return [place.file, place.line === null ? null : text[place.line - 1]?.trim()];
}

const refused = (keyword: string): DiffChange['witness'] => ({
  body: null,
  acceptedBy: 'old',
  refusedBy: 'new',
  pointer: '',
  keyword,
  message: 'x',
});

test('a change of a contract folder is found in its files, behind references and in branches', async () => {
  const operation = JSON.parse(readFileSync(join(packageRoot, 'contracts/create-chat/operation.json'), 'utf8'));
  write('api/contracts/orders/operation.json', {
    ...operation,
    name: 'orders',
    inputs: [],
    echo: [],
    sources: {},
    responses: {
      '201': { schema: 'order.schema.json' },
      '401': { schema: 'order.schema.json', codes: ['invalid_token'] },
    },
    created: { id: '/id', time: '/at' },
  });
  write('api/contracts/orders/request.schema.json', {
    type: 'object',
    required: ['a'],
    properties: { a: { $ref: 'parts.schema.json#/$defs/A' } },
  });
  write('api/contracts/orders/parts.schema.json', {
    $defs: { A: { type: 'object', properties: { deep: { maximum: 5 } } } },
  });
  write('api/contracts/orders/order.schema.json', {
    type: 'object',
    properties: { id: { type: 'integer' }, at: { type: 'integer' } },
    allOf: [{ properties: { list: { items: { oneOf: [{ properties: { x: { enum: [1] } } }] } } } }],
  });
  const at = (change: Partial<DiffChange> & Pick<DiffChange, 'rule'>) => found('api', change);
  const own = (name: string) => `api/contracts/orders/${name}`;
  expect(await at({ rule: 'request-maximum-added', pointer: '/a/deep' })).toEqual([
    own('parts.schema.json'),
    '"deep": {',
  ]);
  expect(await at({ rule: 'request-maximum-added', pointer: '/a/deep', witness: refused('maximum') })).toEqual([
    own('parts.schema.json'),
    '"maximum": 5',
  ]);
  expect(await at({ rule: 'request-required-added', witness: refused('required') })).toEqual([
    own('request.schema.json'),
    '"required": [',
  ]);
  expect(await at({ rule: 'response-enum-value-added', pointer: '/list/*/x' })).toEqual([
    own('order.schema.json'),
    '"x": {',
  ]);
  expect(await at({ rule: 'response-property-removed', pointer: '/gone/x' })).toEqual([
    own('order.schema.json'),
    '"properties": {',
  ]);
  expect(await at({ rule: 'limit-lowered', status: null })).toEqual([own('operation.json'), '"limit": {']);
  expect(await at({ rule: 'error-code-added', status: '401' })).toEqual([own('operation.json'), '"codes": [']);
  expect(await at({ rule: 'success-status-added', status: '201' })).toEqual([own('operation.json'), '"201": {']);
  expect(await at({ rule: 'operation-removed', operation: 'gone' })).toBeNull();
});

test('a change of an OpenAPI file or of one schema file is found there; of YAML only the file is known', async () => {
  const media = (schema: unknown) => ({ content: { 'application/json': { schema } } });
  const document = {
    openapi: '3.1.0',
    paths: {
      '/orders': {
        post: {
          parameters: [{ in: 'query', name: 'q', schema: {} }],
          requestBody: media({ $ref: '#/components/schemas/Order' }),
          responses: { '200': media({ type: 'object' }) },
        },
      },
    },
    components: { schemas: { Order: { properties: { id: { type: 'integer' } } } } },
  };
  write('api.json', document);
  const operation = 'POST /orders';
  expect(await found('api.json', { rule: 'request-type-narrowed', operation, pointer: '/id' })).toEqual([
    'api.json',
    '"id": {',
  ]);
  expect(await found('api.json', { rule: 'success-status-added', operation, status: '200' })).toEqual([
    'api.json',
    '"200": {',
  ]);
  expect(await found('api.json', { rule: 'request-type-narrowed', operation, pointer: '/query/q' })).toEqual([
    'api.json',
    '"parameters": [',
  ]);
  write('one.json', { properties: { a: { $ref: '#/properties/a' }, b: { type: 'string' } } });
  expect(await found('./one.json', { rule: 'request-type-narrowed', pointer: '/b' })).toEqual(['one.json', '"b": {']);
  expect(await found(join(folder, 'one.json'), { rule: 'request-type-narrowed', pointer: '/a/endless' })).toEqual([
    'one.json',
    '"a": {',
  ]);
  write('api.yaml', 'openapi: 3.1.0\npaths:\n  /orders:\n    post:\n      responses: {}\n');
  expect(await found('api.yaml', { rule: 'path-changed', operation })).toEqual(['api.yaml', null]);
});
