import type { ContractFiles } from '../../contracts/lib/contract.ts';

/** A contract whose schemas use what generators translate wrongly, and bodies that tell right from wrong. */
const draft = 'https://json-schema.org/draft/2020-12/schema';

export const richContract: ContractFiles = {
  'operation.json': JSON.stringify({
    name: 'create-thing',
    method: 'POST',
    path: '/things',
    baseUrl: 'https://api.example.com',
    auth: { scheme: 'bearer' },
    request: { schema: 'request.schema.json' },
    responses: { '200': { schema: 'thing.schema.json' } },
  }),
  'shared.schema.json': JSON.stringify({
    $schema: draft,
    $id: 'https://example.com/shared.schema.json',
    $defs: { Base: { title: 'Base', type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } } },
  }),
  'request.schema.json': JSON.stringify({
    $schema: draft,
    title: 'NewThing',
    type: 'object',
    required: ['point'],
    properties: {
      point: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }], items: false, minItems: 2 },
      list: { type: 'array', prefixItems: [{ type: 'number' }], items: { type: 'boolean' } },
      name: { type: 'string', pattern: '^\\p{L}+$', minLength: 1, maxLength: 5 },
      closed: {
        allOf: [{ $ref: '#/$defs/Named' }],
        properties: { size: { type: 'integer' } },
        unevaluatedProperties: false,
      },
      when: { type: 'string', format: 'date-time' },
    },
    $defs: { Named: { title: 'Named', type: 'object', properties: { label: { type: 'string' } } } },
    additionalProperties: false,
  }),
  'thing.schema.json': JSON.stringify({
    $schema: draft,
    title: 'Thing',
    $ref: 'https://example.com/shared.schema.json#/$defs/Base',
    required: ['id'],
    properties: {
      id: { type: 'integer', multipleOf: 2 },
      tags: { type: 'array', uniqueItems: true, contains: { const: 'x' } },
      tree: { $ref: '#/$defs/Node' },
    },
    $defs: {
      Node: {
        title: 'Node',
        type: 'object',
        required: ['value'],
        properties: { value: { type: ['integer', 'null'] }, next: { $ref: '#/$defs/Node' } },
      },
    },
  }),
};

/** Each body with the schema it is held to; judged alike by Node and by k6. */
export const richBodies: readonly { schema: string; body: unknown; isValid: boolean }[] = [
  { schema: 'request.schema.json', body: { point: [1, 'a'] }, isValid: true },
  { schema: 'request.schema.json', body: { point: [1] }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a', 2] }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], list: [1, true, false] }, isValid: true },
  { schema: 'request.schema.json', body: { point: [1, 'a'], list: [1, 2] }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], name: 'Жан' }, isValid: true },
  { schema: 'request.schema.json', body: { point: [1, 'a'], name: 'p{L}' }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], name: '𐐀𐐀𐐀𐐀𐐀' }, isValid: true },
  { schema: 'request.schema.json', body: { point: [1, 'a'], name: '𐐀𐐀𐐀𐐀𐐀𐐀' }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], name: '' }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], closed: { label: 'l', size: 1 } }, isValid: true },
  { schema: 'request.schema.json', body: { point: [1, 'a'], closed: { label: 'l', other: 1 } }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], when: '2026-02-28T10:00:00Z' }, isValid: true },
  { schema: 'request.schema.json', body: { point: [1, 'a'], when: '2026-02-30T10:00:00Z' }, isValid: false },
  { schema: 'request.schema.json', body: { point: [1, 'a'], extra: 1 }, isValid: false },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 2 }, isValid: true },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 3 }, isValid: false },
  { schema: 'thing.schema.json', body: { id: 2 }, isValid: false },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 2, tags: ['x', 1, 1.0] }, isValid: false },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 2, tags: ['x', { a: 1 }, { a: 2 }] }, isValid: true },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 2, tags: ['y'] }, isValid: false },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 2, tree: { value: 1, next: { value: null } } }, isValid: true },
  { schema: 'thing.schema.json', body: { kind: 'k', id: 2, tree: { value: 1, next: {} } }, isValid: false },
];
