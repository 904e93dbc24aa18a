import { expect, test } from 'vitest';
import type { ContractCase, Results } from '../results/results.ts';
import {
  badRun,
  contractCase,
  contractChange,
  goodRun,
  hostileRun,
  noResults,
  sampleContract,
  sampleDiff,
} from '../results/sample-results.fixture.ts';
import { annotations, type ContractTexts } from './annotations.ts';
import { reportModel } from './model.ts';

const contract: ContractTexts = {
  folder: 'api/contracts/orders',
  texts: {
    'order.schema.json': '{\n  "properties": {\n    "id": {\n      "type": "integer"\n    }\n  }\n}\n',
    'operation.json': '{\n  "responses": {\n    "201": {}\n  }\n}\n',
  },
};

function told(...broken: readonly Partial<ContractCase>[]): string[] {
  const cases = broken.map((more, index) =>
    contractCase({ id: `c${index}`, title: `case ${index}`, outcome: 'broken', rule: 'schema.type', ...more }),
  );
  const result = { ...sampleContract(cases), verdict: 'broken' as const };
  return annotations(reportModel({ ...noResults, contract: result }, null), contract)
    .trimEnd()
    .split('\n');
}

test('a broken rule is shown where it is written', () => {
  const [line] = told({
    source: 'order.schema.json#/properties/id/type (the documents)',
    pointer: '/id',
    expected: 'integer',
    received: '"5"',
  });
  expect(line).toBe(
    '::error file=api/contracts/orders/order.schema.json,line=4,title=schema.type at /id::expected integer, received "5"%0A1 case, such as: case 0%0Awritten in order.schema.json#/properties/id/type (the documents)',
  );
});

const places = [
  { source: 'order.schema.json#/properties/id/maximum', place: 'order.schema.json,line=3' },
  { source: 'RFC 8259, section 2; order.schema.json# (x)', place: 'order.schema.json,line=1' },
  { source: 'operation.json#/responses/201: the documents are silent', place: 'operation.json,line=3' },
  { source: 'orders.spec.ts:14', place: 'orders.spec.ts,line=14' },
];
for (const { source, place } of places)
  test(`the place of ${source}`, () =>
    expect(told({ source })[0]).toContain(`::error file=api/contracts/orders/${place},title=`));

test('a rule that no file of the contract holds has no place, and is told all the same', () => {
  for (const source of [null, 'RFC 8259, section 4', 'gone.schema.json#/type'])
    expect(told({ source })[0]).toMatch(/^::error title=schema\.type::/);
});

test('one rule broken by many cases is one annotation, and many rules are cut, which is said', () => {
  expect(told({ pointer: '/a' }, { pointer: '/a' }, { pointer: '/b' })).toHaveLength(2);
  const many = told(...Array.from({ length: 30 }, (_, index) => ({ pointer: `/f${index}` })));
  expect(many).toHaveLength(11);
  expect(many.at(-1)).toBe('::notice title=More::20 more in contract.json');
});

test('a break of a new version is shown in the new file, one that was agreed to is not', () => {
  const lines = annotations(reportModel({ ...noResults, diff: sampleDiff() }, null), null)
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /^::error file=contracts\/create-chat\/request\.schema\.json,line=6,title=request-required-added::/,
  );
  expect(lines[1]).toMatch(/^::warning title=response-property-removed::/);
});

test('rules that a load saw broken are shown where they are written, the documented limit where it stands', () => {
  const texts = {
    'order.schema.json':
      '{\n "properties": {\n  "lines": {\n   "items": {\n    "properties": {\n     "id": {\n      "type": "integer"\n     }\n    }\n   }\n  }\n }\n}\n',
    'operation.json':
      '{\n "limit": { "requests": 120 },\n "responses": {\n  "201": { "schema": "order.schema.json" },\n  "401": {\n   "codes": []\n  }\n }\n}\n',
  };
  const { throughput, limits } = badRun();
  if (!throughput || !limits) throw new Error('a bad run has both');
  const example = (rule: string, status: number, pointer: string | null) => ({
    ...{ rule, status, pointer, expected: 'x', received: 'y', atSeconds: 1 },
  });
  const examples = [
    example('schema.type', 201, '/lines/*/id'),
    example('schema.type', 201, '/lines/*/id'),
    example('schema.required', 201, '/gone'),
    example('error.code', 401, null),
    example('status', 418, null),
    example('connection', 0, null),
  ];
  const run = { ...noResults, limits, throughput: { ...throughput, contract: { ...throughput.contract, examples } } };
  const lines = annotations(reportModel(run, null), { folder: 'c', texts }).split('\n');
  const place = (title: string) => /^::\w+ (.*)title=/.exec(lines.find((line) => line.includes(title)) ?? '')?.[1];
  expect(lines.filter((line) => line.includes('schema.type'))).toHaveLength(1);
  expect(place('schema.type at /lines/*/id under load')).toBe('file=c/order.schema.json,line=6,');
  expect(place('schema.required at /gone under load')).toBe('file=c/order.schema.json,line=2,');
  expect(place('error.code under load')).toBe('file=c/operation.json,line=6,');
  expect(place('status under load')).toBe('file=c/operation.json,line=3,');
  expect(place('connection under load')).toBe('');
  expect(place('the limit is 120/60s')).toBe('file=c/operation.json,line=2,');
});

test('missed objectives and another limit are told without a place where no contract is known; a good run says nothing', () => {
  expect(annotations(reportModel(goodRun(), null), contract)).toBe('');
  const bad = annotations(reportModel({ ...badRun(), contract: null }, null), null)
    .trimEnd()
    .split('\n');
  expect(bad.length).toBeGreaterThan(1);
  for (const line of bad) expect(line).toMatch(/^::(error|warning) title=/);
});

test("a server's words start no command of their own", () => {
  const evil = 'x\n::set-output name=a::b\r\n%0A::error::y,line=3';
  const change = contractChange({
    rule: 'path-changed',
    level: 'breaking',
    message: evil,
    location: { file: evil, line: 1 },
  });
  const runs: Results[] = [hostileRun(), { ...noResults, diff: sampleDiff([change]) }];
  for (const run of runs)
    for (const line of annotations(reportModel(run, null), contract)
      .trimEnd()
      .split(/[\r\n]/))
      expect(line).toMatch(/^::(error|warning|notice) (file=[^,:]*,(line=\d+,)?)?title=[^,:]*::/);
});
