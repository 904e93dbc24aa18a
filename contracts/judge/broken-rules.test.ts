import { expect, test } from 'vitest';
import { contractOf } from '../cases/contracts.fixture.ts';
import { readContract } from '../lib/read-contract.ts';
import { brokenRules } from './broken-rules.ts';
import { schemaIndex } from './schema-index.ts';

const chat = readContract('contracts/create-chat');
const article = chat.examples.find(({ file }) => file.endsWith('201.valid.article.json'))?.body as Record<
  string,
  unknown
>;

function told(contract: typeof chat, file: string, value: unknown): string[] {
  return brokenRules(schemaIndex(contract), { file, schema: contract.schemas[file] ?? true }, value).map(
    ({ keyword, pointer, location }) => `${keyword} ${pointer} ${location}`,
  );
}

const rows: [string, Record<string, unknown>, string[]][] = [
  ['a right chat', {}, []],
  ['an id that is a text', { id: '1' }, ['type /id chat.schema.json#/properties/id/type']],
  ['a missing field', { rating: undefined }, ['required /rating chat.schema.json#/required']],
  [
    'an agent without an email: the branch that is meant speaks, not every branch',
    { assignee: { id: 1, name: 'a', role: 'b' } },
    ['required /assignee/email chat.schema.json#/$defs/Agent/required'],
  ],
  [
    'an agent that is a number: no branch is meant',
    { assignee: 5 },
    ['anyOf /assignee chat.schema.json#/properties/assignee/anyOf'],
  ],
  [
    'a list item, through a reference',
    {
      agents: [
        { id: 1, name: 'a', email: '', role: 'x' },
        { id: 'no', name: 'a', email: '', role: 'x' },
      ],
    },
    ['type /agents/1/id chat.schema.json#/$defs/Agent/properties/id/type'],
  ],
];
for (const [does, change, expected] of rows)
  test(`broken rules of ${does}`, () => {
    expect(told(chat, 'chat.schema.json', JSON.parse(JSON.stringify({ ...article, ...change })))).toEqual(expected);
  });

const keywordRows: [object, unknown, string[]][] = [
  [{ const: 1 }, 2, ['const ']],
  [{ not: { type: 'string' } }, 'a', ['not ']],
  [{ propertyNames: { maxLength: 1 } }, { ab: 1 }, ['propertyNames /ab']],
  [{ additionalProperties: false, properties: { a: {} } }, { a: 1, b: 1 }, ['additionalProperties /b']],
  [
    { patternProperties: { '^x': { type: 'number' } }, additionalProperties: { type: 'string' } },
    { x: 'a', y: 1 },
    ['type /x', 'type /y'],
  ],
  [{ prefixItems: [{ type: 'number' }], items: false }, ['a', 1], ['type /0', 'items /1']],
  [{ contains: { const: 1 }, minContains: 2 }, [1, 2], ['contains ']],
  [{ dependentRequired: { a: ['b'] } }, { a: 1 }, ['dependentRequired /b']],
  [{ dependentSchemas: { a: { required: ['c'] } } }, { a: 1 }, ['required /c']],
  [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 1, ['oneOf ']],
  [{ allOf: [{ minimum: 3 }, { maximum: 1 }] }, 2, ['minimum ', 'maximum ']],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  [{ if: { required: ['a'] }, then: { required: ['b'] } }, { a: 1 }, ['required /b']],
  [{ allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }, { a: 1, z: 1 }, ['unevaluatedProperties /z']],
  [{ properties: { a: false } }, { a: 1 }, ['properties /a']],
];
for (const [schema, value, expected] of keywordRows)
  test(`broken rules of ${JSON.stringify(value)} under ${JSON.stringify(schema)}`, () => {
    const contract = contractOf(schema);
    expect(told(contract, 'request.schema.json', value).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      expected,
    );
  });
