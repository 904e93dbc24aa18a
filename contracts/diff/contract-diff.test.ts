import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readContract } from '../lib/read-contract.ts';
import { applyAccepted, parseAcceptedBreaks } from './accepted-breaks.ts';
import { type ContractDiff, DEFAULT_DIFF_OPTIONS, diffContracts, diffOperations, isWithin } from './contract-diff.ts';
import { type MessageContract, messageContract } from './message-contract.ts';

const fixtures = fileURLToPath(new URL('./fixtures/create-chat/', import.meta.url));
const version = (name: 'a' | 'b' | 'c') => messageContract(readContract(`${fixtures}version-${name}`));
const pragmatic = (old: MessageContract, now: MessageContract) => diffContracts(old, now, DEFAULT_DIFF_OPTIONS);
const strict = (old: MessageContract, now: MessageContract) =>
  diffContracts(old, now, { ...DEFAULT_DIFF_OPTIONS, policy: 'strict' });
const told = ({ changes }: ContractDiff) =>
  changes.map(
    ({ level, rule, status, pointer }) =>
      `${level} ${rule}${status ? ` ${status}` : ''}${pointer ? ` ${pointer}` : ''}`,
  );

describe("the vendor's history", () => {
  test('A to B: application is required, 200 is 201, notes are gone, department may be null', () => {
    const diff = pragmatic(version('a'), version('b'));
    expect(diff.verdict).toBe('breaking');
    expect(told(diff)).toEqual([
      'breaking request-required-added /application',
      'breaking success-status-changed 201',
      'breaking response-nullable-added 201 /department',
      'breaking response-required-property-removed 201 /notes',
      'info error-status-added 400',
    ]);
    expect(diff.changes[0]?.witness).toMatchObject({ body: { customer: 0 }, acceptedBy: 'old', refusedBy: 'new' });
  });

  test('B to C: times are strings, the 401 has another code; what is new breaks nobody', () => {
    expect(told(pragmatic(version('b'), version('c')))).toEqual([
      'breaking response-type-changed 201 /lastCustomerMessageAt',
      'breaking response-type-changed 201 /closedAt',
      'breaking response-type-changed 201 /createdAt',
      'breaking response-type-changed 201 /lastMessageAt',
      'breaking response-type-changed 201 /snoozedUntil',
      'breaking error-code-added 401',
      'info request-property-added /createdWith',
      'info response-required-property-added 201 /createdWith',
      'info response-required-property-added 201 /applicationId',
      'info error-code-removed 401',
    ]);
  });

  test('each witness of a time shows that time alone', () => {
    const { changes } = pragmatic(version('b'), version('c'));
    const closedAt = changes.find(({ pointer }) => pointer === '/closedAt');
    expect(closedAt?.witness?.pointer).toBe('/closedAt');
    const body = closedAt?.witness?.body as { [key: string]: unknown };
    expect([body['lastCustomerMessageAt'], body['lastMessageAt'], body['snoozedUntil']]).toEqual([null, null, null]);
  });

  test('A to C, by pure meaning: a field that is documented now could have held anything before', () => {
    expect(told(strict(version('a'), version('c')))).toEqual(
      expect.arrayContaining([
        'breaking request-property-added /createdWith',
        'breaking error-status-added 400',
        'breaking response-required-property-removed 201 /notes',
      ]),
    );
  });

  test('a version against itself is no change', () => {
    for (const name of ['a', 'b', 'c'] as const)
      for (const compare of [pragmatic, strict])
        expect(compare(version(name), version(name))).toMatchObject({ verdict: 'compatible', changes: [] });
  });
});

describe('beyond schemas', () => {
  const base = version('b');
  const cases: { does: string; change: Partial<MessageContract>; tells: string[] }[] = [
    { does: 'method', change: { method: 'PUT' }, tells: ['breaking method-changed'] },
    { does: 'path', change: { path: '/chat' }, tells: ['breaking path-changed'] },
    { does: 'base URL', change: { baseUrl: 'https://api.example.com' }, tells: ['warning base-url-changed'] },
    { does: 'no auth any more', change: { auth: 'none' }, tells: ['info auth-removed'] },
    { does: 'another auth', change: { auth: 'basic' }, tells: ['breaking auth-changed'] },
    { does: 'lower limit', change: { limit: { requests: 60, windowSeconds: 60 } }, tells: ['breaking limit-lowered'] },
    { does: 'higher limit', change: { limit: { requests: 120, windowSeconds: 30 } }, tells: ['info limit-raised'] },
    { does: 'no limit', change: { limit: null }, tells: ['info limit-removed'] },
  ];
  test.each(cases)('$does', ({ change, tells }) => {
    const diff = pragmatic(base, { ...base, ...change });
    expect(told(diff)).toEqual(tells);
    expect(diff.changes[0]).toMatchObject({ witness: null, proof: 'both values are shown' });
  });

  test('auth and limit that are new are breaking', () => {
    expect(told(pragmatic({ ...base, auth: 'none', limit: null }, base))).toEqual([
      'breaking auth-added',
      'breaking limit-added',
    ]);
  });

  test('the name of a path parameter is no part of the path', () => {
    expect(told(pragmatic({ ...base, path: '/chats/{id}' }, { ...base, path: '/chats/{chat}' }))).toEqual([]);
  });

  test('statuses that go away, and codes', () => {
    const responses = new Map(base.responses);
    responses.delete('429');
    const rule = responses.get('400');
    if (rule !== undefined)
      responses.set('400', { ...rule, fieldCodes: false, codes: ['invalid_request', 'too_long'] });
    expect(told(pragmatic(base, { ...base, responses }))).toEqual([
      'breaking error-code-added 400',
      'breaking field-codes-removed 400',
      'warning error-status-removed 429',
    ]);
  });

  test('a client of the old limit keeps to the new one only if every window allows it', () => {
    expect(isWithin({ requests: 10, windowSeconds: 10 }, { requests: 60, windowSeconds: 60 })).toBe(true);
    expect(isWithin({ requests: 10, windowSeconds: 10 }, { requests: 59, windowSeconds: 60 })).toBe(false);
    // All ten may come in one second.
    expect(isWithin({ requests: 10, windowSeconds: 10 }, { requests: 1, windowSeconds: 1 })).toBe(false);
    expect(isWithin({ requests: 10, windowSeconds: 10 }, { requests: 10, windowSeconds: 1 })).toBe(true);
  });

  test('operations are matched by name, else by method and path', () => {
    const other = { ...base, label: 'close-chat', path: '/chats/{id}/close' };
    const diff = diffOperations(
      [base, other],
      [
        { ...base, label: 'POST /chats' },
        { ...other, label: 'x', path: '/new' },
      ],
      DEFAULT_DIFF_OPTIONS,
    );
    expect(told(diff)).toEqual(['breaking operation-removed', 'info operation-added']);
  });
});

describe('accepted breaks', () => {
  const text = (entries: unknown) => JSON.stringify(entries);
  const diff = pragmatic(version('a'), version('b'));
  const accept = (entries: unknown, today: string) =>
    applyAccepted(diff, parseAcceptedBreaks(text(entries), 'a.json'), today);
  const all = [
    { rule: 'request-required-added', pointer: '/application', reason: 'announced', expires: '2026-06-30' },
    { rule: 'success-status-changed', reason: 'announced', expires: '2026-06-30' },
    { rule: 'response-nullable-added', status: '201', reason: 'announced', expires: '2026-06-30' },
    { rule: 'response-required-property-removed', reason: 'announced', expires: '2026-06-30' },
  ];

  test('cover the breaks they name, up to their last day', () => {
    expect(accept(all, '2026-06-30')).toMatchObject({ diff: { verdict: 'compatible' }, expired: [], unused: [] });
    const late = accept(all, '2026-07-01');
    expect([late.diff.verdict, late.expired.length]).toEqual(['breaking', 4]);
  });

  test('leave the others, and tell what nothing needs', () => {
    const one = { rule: 'request-required-added', pointer: '/customer', reason: 'no', expires: '2999-01-01' };
    expect(accept([...all.slice(1), one], '2026-01-01')).toMatchObject({
      diff: { verdict: 'breaking' },
      unused: [one],
    });
  });

  test('are refused with all problems at once', () => {
    expect(() => parseAcceptedBreaks('{}', 'a.json')).toThrow(expect.objectContaining({ why: 'it is no array' }));
    expect(() => parseAcceptedBreaks(text([{ rule: 'x', expires: '2026-02-30x' }, 5]), 'a.json')).toThrow(
      expect.objectContaining({
        why: '/0/reason is missing; /0/expires is no day such as 2026-12-31; /1 is no object',
      }),
    );
  });
});

test('version B is the contract of today', () => {
  const today = fileURLToPath(new URL('../create-chat/', import.meta.url));
  for (const file of ['request.schema.json', 'chat.schema.json', 'errors.schema.json'])
    expect(JSON.parse(readFileSync(`${fixtures}version-b/${file}`, 'utf8'))).toEqual(
      JSON.parse(readFileSync(today + file, 'utf8')),
    );
});
