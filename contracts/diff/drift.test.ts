import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Json } from '../lib/operation.ts';
import { readContract } from '../lib/read-contract.ts';
import { findDrift } from './drift.ts';
import { parseRecordedResponses } from './recorded-responses.ts';

const folder = fileURLToPath(new URL('./fixtures/create-chat/version-b', import.meta.url));
const contract = readContract(folder);
const article = JSON.parse(
  readFileSync(fileURLToPath(new URL('../create-chat/examples/201.valid.article.json', import.meta.url)), 'utf8'),
) as { [key: string]: Json };
const drift = (...bodies: Json[]) =>
  findDrift(
    contract.operation,
    contract.schemas,
    bodies.map((body) => ({ status: 201, body })),
  );

test('the answer of the article has no drift but what it does not show', () => {
  const { entries, patches, patchFits } = drift(article);
  expect(entries.map(({ what, pointer }) => [what, pointer])).toEqual([
    ['never-seen', '/agents/*/id'],
    ['never-seen', '/agents/*/name'],
    ['never-seen', '/agents/*/email'],
    ['never-seen', '/agents/*/role'],
    ['never-seen', '/department/id'],
    ['never-seen', '/department/name'],
  ]);
  expect(patches).toEqual([]);
  expect(patchFits).toBe(true);
});

test('a field that is not documented is told, and proposed with the types it was seen with', () => {
  const { entries, patches, patchFits } = drift(
    { ...article, createdWith: 'widget' },
    { ...article, createdWith: null },
  );
  expect(entries).toContainEqual(
    expect.objectContaining({ what: 'undocumented', pointer: '/createdWith', seen: 2, of: 2, example: 'widget' }),
  );
  expect(patches).toEqual([
    {
      file: 'chat.schema.json',
      operations: [{ op: 'add', path: '/properties/createdWith', value: { type: ['null', 'string'] } }],
    },
  ]);
  expect(patchFits).toBe(true);
});

test('values outside are told by place and keyword, and the patch lets them in where they are written', () => {
  const odd = {
    ...article,
    status: 'sleeping',
    createdAt: '2020-10-01T00:00:00Z',
    assignee: { ...(article['assignee'] as { [key: string]: Json }), role: 7, extra: [1] },
  };
  const { entries, patches, patchFits } = drift(article, odd);
  const outside = entries.filter(({ what }) => what === 'outside');
  expect(outside.map(({ pointer, keyword, seen, of }) => [pointer, keyword, seen, of])).toEqual([
    ['/status', 'enum', 1, 2],
    ['/createdAt', 'type', 1, 2],
    ['/assignee/role', 'type', 1, 2],
  ]);
  expect(patches[0]?.operations.map(({ path }) => path).sort()).toEqual([
    '/$defs/Agent/properties/extra',
    '/$defs/Agent/properties/role/type',
    '/$defs/Time/type',
    '/properties/status/enum',
  ]);
  expect(patchFits).toBe(true);
});

test('missing fields, null where none was documented, and a status nobody documented', () => {
  const { customer, ...rest } = article;
  expect(customer).toBeDefined();
  const report = findDrift(contract.operation, contract.schemas, [
    { status: 201, body: { ...rest, customer: null } },
    { status: 201, body: rest },
    { status: 503, body: 'down' },
  ]);
  expect(report.entries.filter(({ what }) => what !== 'never-seen')).toMatchObject([
    { what: 'outside', pointer: '/customer', keyword: 'type', seen: 1 },
    { what: 'outside', pointer: '', keyword: 'required', seen: 1 },
    { what: 'undocumented-status', status: '503', seen: 1 },
  ]);
  expect(report.patchFits).toBe(true);
});

test('a schema used at several places is widened for all of them', () => {
  const { name, id, ...nameless } = article['customer'] as { [key: string]: Json };
  const { patchFits, patches } = drift(
    { ...article, closedAt: 1.5, lastMessageAt: 'yesterday', customer: { ...nameless, id: id ?? 0 } },
    { ...article, closedAt: -7, snoozedUntil: true, customer: { ...nameless, name: name ?? '' } },
  );
  const operations = patches.flatMap((patch) => patch.operations);
  expect(operations).toContainEqual({
    op: 'replace',
    path: '/$defs/NullableTime/type',
    value: ['null', 'number', 'string', 'boolean'],
  });
  expect(operations).toContainEqual({ op: 'replace', path: '/$defs/Customer/required', value: ['email', 'userId'] });
  expect(patchFits).toBe(true);
});

test('responses are read from lines and from HAR, those of the operation only', () => {
  const lines =
    '{"status":201,"body":{"id":1}}\n\n{"status":401,"body":{},"method":"GET"}\n{"status":201,"body":2,"url":"https://x/v1/chats?a=1"}\n';
  expect(parseRecordedResponses(lines, 'a.ndjson', contract.operation)).toEqual([
    { status: 201, body: { id: 1 } },
    { status: 201, body: 2 },
  ]);
  const entry = (url: string, text: string, more = {}) => ({
    request: { method: 'POST', url },
    response: { status: 201, content: { text, ...more } },
  });
  const har = JSON.stringify({
    log: {
      entries: [
        entry('https://api/v1/chats', '{"id":1}'),
        entry('https://api/v1/other', '{"id":2}'),
        entry('https://api/v1/chats', Buffer.from('{"id":"é"}').toString('base64'), { encoding: 'base64' }),
        entry('https://api/v1/chats', '<html>'),
      ],
    },
  });
  expect(parseRecordedResponses(har, 'a.har', contract.operation)).toEqual([
    { status: 201, body: { id: 1 } },
    { status: 201, body: { id: 'é' } },
  ]);
  expect(() => parseRecordedResponses('{"status":201}\n', 'a.ndjson', contract.operation)).toThrow(/a\.ndjson/);
});
