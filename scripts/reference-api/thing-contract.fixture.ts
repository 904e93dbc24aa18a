import { type Contract, parseContract } from '../../contracts/lib/contract.ts';
import type { Json, JsonSchema, Operation } from '../../contracts/lib/operation.ts';

/** For tests of this folder: contracts that are not create-chat. */
export interface Parts {
  readonly operation: Partial<Operation>;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly examples?: Readonly<Record<string, Json>>;
}

export function contractOf({ operation, schemas, examples = {} }: Parts): Contract {
  const whole = { name: 'a-thing', baseUrl: 'https://api.example.org', ...operation };
  const files = { 'operation.json': whole, ...schemas, ...examples };
  return parseContract(
    Object.fromEntries(Object.entries(files).map(([path, value]) => [path, JSON.stringify(value)])),
    'test',
  );
}

/** PUT with a path parameter, 200, text ids, ISO times, a flat envelope with an id of its own, no example at all. */
export const THING: Parts = {
  operation: {
    method: 'PUT',
    path: '/things/{no}',
    inputs: [{ path: 'no', env: 'ASSAY_THING_NO', type: 'string', example: 'thg_AA0001' }],
    auth: { scheme: 'bearer' },
    request: { schema: 'thing-request.schema.json' },
    responses: {
      '200': { schema: 'thing.schema.json' },
      '401': { schema: 'problem.schema.json', codes: ['https://example.org/unauthorized'] },
      '422': { schema: 'problem.schema.json', codes: ['https://example.org/invalid'] },
      '429': { schema: 'problem.schema.json', codes: ['https://example.org/slow-down'] },
    },
    echo: [
      { request: '/title', response: '/data/title' },
      { request: '/owner', response: '/data/owner/ref' },
      { request: '/tag', response: '/data/tag' },
    ],
    created: { id: '/data/no', time: '/data/madeAt' },
  },
  schemas: {
    'thing-request.schema.json': {
      type: 'object',
      required: ['title'],
      additionalProperties: false,
      properties: {
        title: { type: 'string', minLength: 2, maxLength: 20 },
        owner: { type: 'string', format: 'uuid' },
        tag: { type: 'string' },
        size: { type: 'object', required: ['width'], properties: { width: { type: 'number', exclusiveMinimum: 0 } } },
      },
    },
    'thing.schema.json': {
      type: 'object',
      required: ['data'],
      properties: {
        data: {
          type: 'object',
          required: ['no', 'title', 'madeAt', 'owner', 'kind'],
          properties: {
            no: { type: 'string', pattern: '^thg_[A-Z]{2}\\d{4}$' },
            title: { type: 'string' },
            madeAt: { type: 'string', format: 'date-time' },
            owner: { oneOf: [{ type: 'null' }, { $ref: 'owner.schema.json' }] },
            tag: { type: 'string' },
            kind: { const: 'thing' },
            sizes: {
              type: 'array',
              minItems: 2,
              uniqueItems: true,
              items: { type: 'integer', minimum: 10, multipleOf: 4 },
            },
          },
        },
      },
    },
    'owner.schema.json': {
      type: 'object',
      required: ['ref', 'mail'],
      properties: { ref: { type: 'string' }, mail: { type: 'string', format: 'email' } },
    },
    'problem.schema.json': {
      type: 'object',
      required: ['type', 'title', 'status', 'trace'],
      properties: {
        type: { type: 'string', format: 'uri' },
        title: { type: 'string', minLength: 3 },
        status: { type: 'integer' },
        trace: { type: 'string', format: 'uuid' },
      },
    },
  },
};
