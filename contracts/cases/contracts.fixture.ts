import { type Contract, parseContract } from '../lib/contract.ts';

/** Contracts whose requests use every keyword, for tests of the derivation. */

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

export function contractOf(
  request: object,
  more: { operation?: object; files?: Record<string, object> } = {},
): Contract {
  const files = {
    'operation.json': {
      name: 'create-thing',
      method: 'POST',
      path: '/things',
      baseUrl: 'https://api.example.com',
      auth: { scheme: 'bearer' },
      request: { schema: 'request.schema.json' },
      responses: {
        '201': { schema: 'thing.schema.json' },
        '422': { schema: 'problem.schema.json', codes: ['invalid'], fieldCodes: true },
        '401': { schema: 'problem.schema.json', codes: ['unauthorized'] },
      },
      ...more.operation,
    },
    'request.schema.json': { $schema: DRAFT, ...request },
    'thing.schema.json': {
      $schema: DRAFT,
      type: 'object',
      required: ['id'],
      properties: { id: { type: 'integer' } },
    },
    'problem.schema.json': {
      $schema: DRAFT,
      type: 'object',
      required: ['errors'],
      properties: {
        errors: {
          type: 'array',
          items: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
        },
      },
    },
    ...more.files,
  };
  return parseContract(
    Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value)])),
    'test',
  );
}

/** One request schema for each way in which schemas are written; `keywords` must each be broken by some case. */
export const SCHEMAS: readonly {
  readonly name: string;
  readonly request: object;
  readonly keywords: readonly string[];
}[] = [
  {
    name: 'an order with nested lists',
    request: {
      type: 'object',
      required: ['customer', 'items'],
      additionalProperties: false,
      properties: {
        customer: {
          type: 'object',
          required: ['email'],
          properties: {
            email: { type: 'string', format: 'email' },
            name: { type: ['string', 'null'], minLength: 2, maxLength: 40 },
            address: { $ref: '#/$defs/Address' },
          },
        },
        items: {
          type: 'array',
          minItems: 1,
          maxItems: 3,
          items: {
            type: 'object',
            required: ['sku', 'quantity'],
            properties: {
              sku: { type: 'string', pattern: '^[A-Z]{3}-\\d{4}$' },
              quantity: { type: 'integer', minimum: 1, maximum: 99 },
              price: { type: 'number', exclusiveMinimum: 0, multipleOf: 0.5 },
            },
          },
        },
        currency: { enum: ['EUR', 'USD'] },
        note: { type: 'string', maxLength: 10 },
        tags: { type: 'array', uniqueItems: true, items: { type: 'string', minLength: 1 } },
        express: { type: 'boolean' },
      },
      $defs: {
        Address: {
          type: 'object',
          required: ['city', 'country'],
          properties: { city: { type: 'string', minLength: 1 }, country: { type: 'string', pattern: '^[A-Z]{2}$' } },
        },
      },
    },
    keywords: [
      'required',
      'type',
      'format',
      'minLength',
      'maxLength',
      'pattern',
      'minItems',
      'maxItems',
      'minimum',
      'maximum',
      'exclusiveMinimum',
      'multipleOf',
      'enum',
      'uniqueItems',
      'additionalProperties',
    ],
  },
  {
    name: 'alternatives with a discriminator',
    request: {
      oneOf: [{ $ref: '#/$defs/Card' }, { $ref: '#/$defs/Transfer' }],
      $defs: {
        Card: {
          type: 'object',
          required: ['kind', 'number'],
          properties: { kind: { const: 'card' }, number: { type: 'string', pattern: '^\\d{12,16}$' } },
        },
        Transfer: {
          type: 'object',
          required: ['kind', 'iban'],
          properties: { kind: { const: 'transfer' }, iban: { type: 'string', minLength: 15, maxLength: 34 } },
        },
      },
    },
    keywords: ['required', 'pattern', 'type'],
  },
  {
    name: 'conditions and dependencies',
    request: {
      type: 'object',
      required: ['kind'],
      properties: {
        kind: { enum: ['a', 'b'] },
        size: { type: 'integer', exclusiveMaximum: 10 },
        start: { type: 'string', format: 'date' },
        end: { type: 'string', format: 'date' },
      },
      dependentRequired: { end: ['start'] },
      if: { properties: { kind: { const: 'a' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['size'] },
      maxProperties: 4,
      propertyNames: { pattern: '^[a-z]+$' },
    },
    keywords: ['required', 'enum', 'exclusiveMaximum', 'format', 'dependentRequired', 'propertyNames', 'maxProperties'],
  },
  {
    name: 'tuples, maps and contained items',
    request: {
      type: 'object',
      required: ['point', 'labels'],
      properties: {
        point: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }], items: false, minItems: 2 },
        labels: {
          type: 'object',
          minProperties: 1,
          additionalProperties: { type: 'string', minLength: 1 },
        },
        roles: { type: 'array', contains: { const: 'owner' }, items: { type: 'string' } },
        level: { type: 'integer', not: { const: 13 }, minimum: 0 },
        parent: {
          anyOf: [{ type: 'null' }, { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } }],
        },
      },
      patternProperties: { '^x_': { type: 'string' } },
      unevaluatedProperties: false,
    },
    keywords: [
      'required',
      'type',
      'minItems',
      'items',
      'minProperties',
      'contains',
      'not',
      'minimum',
      'unevaluatedProperties',
      'minLength',
    ],
  },
];
