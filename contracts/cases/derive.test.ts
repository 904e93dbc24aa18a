import { type Schema, Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokenRules } from '../judge/broken-rules.ts';
import { schemaIndex } from '../judge/schema-index.ts';
import type { Contract } from '../lib/contract.ts';
import { readContract } from '../lib/read-contract.ts';
import type { Case } from './case.ts';
import { contractOf, SCHEMAS } from './contracts.fixture.ts';
import { type DeriveOptions, deriveCases } from './derive.ts';

const chat = readContract('contracts/create-chat');
const inputs = { '/customer': 8738438, '/application': 3838, '/assignee': 4188, '/department': 233048 };

function derive(contract: Contract, more: Partial<DeriveOptions> = {}): Case[] {
  return deriveCases({
    contract,
    inputs: contract === chat ? inputs : {},
    apiKey: 'aKey123456',
    seed: 1,
    isLoopback: true,
    ...more,
  });
}

/** A validator of the request that shares no code with the one the cases are derived with. */
function secondValidator(contract: Contract): (body: unknown) => boolean {
  const validator = new Validator(contract.schemas[contract.operation.request.schema] as Schema, '2020-12', false);
  return (body) => validator.validate(body).valid;
}

const contracts = [
  { name: 'create chat', contract: chat },
  ...SCHEMAS.map(({ name, request }) => ({ name, contract: contractOf(request) })),
];

for (const { name, contract } of contracts) {
  test(`${name}: a second validator takes each positive and refuses each negative`, () => {
    const isValid = secondValidator(contract);
    const { success, invalid } = { success: [201], invalid: contract === chat ? [400] : [422] };
    let positives = 0;
    let negatives = 0;
    for (const one of derive(contract)) {
      for (const { document } of one.requests) {
        if (document === undefined || one.group === 'auth' || one.group === 'content-type') continue;
        if (one.expectation.kind === 'asserted' && one.expectation.statuses[0] === success[0]) {
          expect(isValid(document), `${one.id}: ${JSON.stringify(document)}`).toBe(true);
          positives += 1;
        }
        if (one.expectation.kind === 'asserted' && one.expectation.statuses[0] === invalid[0]) {
          expect(isValid(document), `${one.id}: ${JSON.stringify(document)}`).toBe(false);
          negatives += 1;
        }
        if (one.breaks !== null) expect(isValid(document), one.id).toBe(false);
      }
    }
    expect(positives).toBeGreaterThan(4);
    expect(negatives).toBeGreaterThan(7);
  });

  test(`${name}: each negative breaks rules of one value only, and says which`, () => {
    const index = schemaIndex(contract);
    const file = contract.operation.request.schema;
    for (const one of derive(contract)) {
      const document = one.requests[0]?.document;
      if (one.breaks === null || document === undefined || one.expectation.kind !== 'asserted') continue;
      const broken = brokenRules(index, { file, schema: contract.schemas[file] ?? true }, document);
      expect(new Set(broken.map(({ pointer }) => pointer)).size, one.id).toBe(1);
      const fault = broken[0]?.pointer ?? '';
      // null: servers may name another place (a choice, a field too many).
      if (one.expectation.faults !== null) expect(one.expectation.faults, one.id).toEqual([fault]);
      else if (contract === chat) expect(fault, one.id).toBe('');
    }
  });
}

for (const { name, request, keywords } of SCHEMAS) {
  test(`${name}: every keyword is broken by some case`, () => {
    const broken = new Set(derive(contractOf(request)).map((one) => one.breaks?.replace(/^.*\//, '')));
    expect(keywords.filter((keyword) => !broken.has(keyword))).toEqual([]);
  });
}

test('ids are unique, stable under another seed and other ids, and fit for --grep', () => {
  const ids = derive(chat).map((one) => one.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(derive(chat, { seed: 99 }).map((one) => one.id)).toEqual(ids);
  expect(derive(chat, { inputs: { ...inputs, '/customer': 17 } }).map((one) => one.id)).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._-]+$/);
});

test('the same seed gives the same cases, another one other values', () => {
  expect(derive(chat)).toEqual(derive(chat));
  expect(derive(chat, { seed: 2 })).not.toEqual(derive(chat));
});

test('no case holds the key', () => {
  expect(JSON.stringify(derive(chat))).not.toContain('aKey123456');
});

test('only configured ids are asserted to be accepted', () => {
  for (const one of derive(chat)) {
    const document = one.requests[0]?.document as Record<string, unknown> | undefined;
    if (one.expectation.kind !== 'asserted' || !one.expectation.statuses.includes(201)) continue;
    for (const [field, value] of Object.entries(document ?? {}))
      expect(value).toBe(inputs[`/${field}` as keyof typeof inputs]);
  }
});

test('an optional id that is not configured is never sent as if it were right', () => {
  const cases = derive(chat, { inputs: { '/customer': 1, '/application': 2 } });
  expect(cases.filter((one) => one.id.startsWith('positive.with'))).toEqual([]);
  expect(cases.find((one) => one.id === 'positive.full')?.requests[0]?.document).toEqual({
    customer: 1,
    application: 2,
  });
  expect(cases.some((one) => one.id === 'field.assignee.type.string')).toBe(true);
});

const wanted = [
  ...[
    'missing',
    'type.null',
    'type.boolean',
    'type.string',
    'type.empty-string',
    'type.object',
    'type.nested',
    'type.array',
    'type.array-of-it',
    'type.numeric-string',
    'type.fraction',
  ].map((way) => `field.customer.${way}`),
  'body.type.array-of-it',
  ...[
    'empty',
    'absent',
    'truncated',
    'trailing-comma',
    'byte-order-mark',
    'duplicate-names',
    'nul',
    'invalid-utf8',
    'large',
    'deep',
  ].map((way) => `body.${way}`),
  ...['missing', 'text', 'form', 'charset-utf8', 'charset-latin1', 'malformed'].map((way) => `content-type.${way}`),
  ...[
    'none',
    'empty',
    'basic',
    'other-scheme',
    'no-scheme',
    'wrong',
    'prefix',
    'suffix',
    'other-case',
    'same-length',
    'null',
    'two-wrong',
    'right-then-wrong',
    'long',
    'query.access_token',
    'lower-case-scheme',
  ].map((way) => `auth.${way}`),
  ...['get', 'put', 'delete', 'unknown-path'].map((way) => `method.${way}`),
  ...['zero', 'negative', '2-to-53', '2-to-63', 'other'].map((way) => `ids.customer.${way}`),
];
test('the cases that a careful tester writes are all there', () => {
  const ids = derive(chat).map((one) => one.id);
  expect(wanted.filter((id) => !ids.includes(id))).toEqual([]);
});

const open = [
  'field.assignee.type.null',
  'field.customer.type.numeric-string',
  'field.customer.type.fraction',
  'positive.extra-field',
  'auth.lower-case-scheme',
  'ids.customer.zero',
  'method.get',
  'body.duplicate-names',
];
test('what the documents leave open is observed, until operation.json makes a rule of it', () => {
  const cases = derive(chat);
  for (const id of open) expect(cases.find((one) => one.id === id)?.expectation.kind, id).toBe('observed');
  const switched: Contract = {
    ...chat,
    operation: {
      ...chat.operation,
      sources: {
        ...chat.operation.sources,
        assumptions: {
          'numeric-strings': { is: 'rejected', source: 'a letter from the vendor' },
          'extra-fields': { is: 'accepted', source: 'a letter from the vendor' },
        },
      },
    },
  };
  const asserted = derive(switched, { inputs });
  expect(asserted.find((one) => one.id === 'field.customer.type.numeric-string')).toMatchObject({
    expectation: { kind: 'asserted', statuses: [400], faults: ['/customer'] },
    rule: { source: 'operation.json#/sources/assumptions/numeric-strings: a letter from the vendor' },
  });
  expect(asserted.find((one) => one.id === 'positive.extra-field')?.expectation).toMatchObject({ statuses: [201] });
});

test('off loopback nothing that may change something goes out with the key but the operation itself', () => {
  for (const one of derive(chat, { isLoopback: false })) {
    const [request] = one.requests;
    if (request === undefined || ['POST', 'GET', 'HEAD', 'OPTIONS'].includes(request.method)) continue;
    expect(request.headers, one.id).toEqual([]);
  }
});

test('an operation without authentication has no cases for it', () => {
  const contract = contractOf(
    { type: 'object', properties: { name: { type: 'string' } } },
    { operation: { auth: { scheme: 'none' } } },
  );
  expect(derive(contract).filter((one) => one.group === 'auth')).toEqual([]);
});

/** Small random schemas of one object; the derivation must never throw, nor call a valid body invalid. */
const field = fc.oneof(
  fc.record({
    type: fc.constant('integer'),
    minimum: fc.integer({ min: -5, max: 5 }),
    maximum: fc.integer({ min: 6, max: 20 }),
  }),
  fc.record({
    type: fc.constant('string'),
    minLength: fc.integer({ min: 0, max: 3 }),
    maxLength: fc.integer({ min: 4, max: 8 }),
  }),
  fc.record({
    enum: fc.uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ type: fc.constantFrom(['boolean'], ['string', 'null'], ['number']) }),
  fc.record({
    type: fc.constant('array'),
    items: fc.record({ type: fc.constantFrom('integer', 'string') }),
    minItems: fc.integer({ min: 0, max: 2 }),
  }),
);
test('for any small schema, positives are valid and negatives invalid by the second validator', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), field, { minKeys: 1, maxKeys: 4 }),
      fc.boolean(),
      (properties, closed) => {
        const contract = contractOf({
          type: 'object',
          properties,
          required: Object.keys(properties).slice(0, 2),
          ...(closed ? { additionalProperties: false } : {}),
        });
        const isValid = secondValidator(contract);
        for (const one of derive(contract)) {
          const document = one.requests[0]?.document;
          if (
            document === undefined ||
            one.expectation.kind !== 'asserted' ||
            !['positive', 'field', 'body'].includes(one.group)
          )
            continue;
          expect(isValid(document), `${one.id} ${JSON.stringify(document)}`).toBe(one.expectation.statuses[0] === 201);
        }
      },
    ),
    { numRuns: 30, seed: 20260101 },
  );
});

test('parameters of the path are bound in every request, and other values of them only observed', () => {
  const contract = contractOf(
    { type: 'object', properties: { title: { type: 'string' } } },
    {
      operation: {
        path: '/shops/{shop}/things/{kind}',
        inputs: [
          { path: 'shop', env: 'ASSAY_SHOP_ID' },
          { path: 'kind', env: 'ASSAY_KIND', type: 'string' },
        ],
      },
    },
  );
  const cases = derive(contract, { inputs: {}, parameters: { shop: 12, kind: 'a b' } });
  const paths = new Map(cases.map((one) => [one.id, one.requests[0]?.path]));
  const others = [...paths].filter(([id]) => id.startsWith('ids.path.'));
  expect(others).toHaveLength(7);
  expect(Object.fromEntries(others)).toMatchObject({
    'ids.path.shop.zero': '/shops/0/things/a%20b',
    'ids.path.kind.escaped': '/shops/12/things/assay%20%2F%3F%25',
  });
  for (const [id, path] of paths)
    if (!id.startsWith('ids.path.') && id !== 'method.unknown-path') expect(path, id).toBe('/shops/12/things/a%20b');
  expect(cases.filter(({ id }) => id.startsWith('ids.')).every((one) => one.expectation.kind === 'observed')).toBe(
    true,
  );
});
