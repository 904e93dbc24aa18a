import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../contracts/lib/operation.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { fastCheck as fastCheckInParts } from './fast-check.ts';
import { jsonLeaves } from './json-leaves.ts';
import { type Answer, type CheckAnswer, fullCheck } from './response-check.ts';

const contract = readContract('contracts/create-chat');
const { operation, schemas } = contract;
const validators = Object.fromEntries(Object.keys(schemas).map((file) => [file, contract.validator(file)]));
const parts = { operation, schemas, validators };
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
const headers = { 'Content-Type': 'application/json', Date: new Date(nowMs).toUTCString() };

const exampleOf = (name: string) =>
  contract.examples.find(({ file }) => file.endsWith(name))?.body as { [key: string]: Json };
const chat = { ...exampleOf('201.valid.article.json'), createdAt: nowMs / 1000 };
const department = { id: 233048, name: 'Sales' };
const request = { customer: 8738438, application: 3838, assignee: 4188, department: 233048 };

function answer(status: number, body: unknown, more: Partial<Answer> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: text, receivedAtMs: nowMs, ...more };
}

function fastCheck(...given: Parameters<typeof fastCheckInParts>): CheckAnswer {
  const check = fastCheckInParts(...given);
  return (answer) => check(answer.status, answer.body, answer, answer.receivedAtMs);
}

test('answers like the first are recognised, with their ids', () => {
  const check = fastCheck(parts, request);
  expect(check(answer(201, chat))).toEqual({ violations: [], createdId: 5215766, isRecognised: false });
  const next = { ...chat, id: 5215767, createdAt: nowMs / 1000 + 1, lastMessageAt: null };
  expect(check(answer(201, next))).toEqual({ violations: [], createdId: 5215767, isRecognised: true });
  expect(
    check(answer(201, { ...chat, customer: { ...(chat as { customer?: object }).customer, name: 'Zoë' } })),
  ).toMatchObject({ isRecognised: true });
  // Another shape is learnt beside it.
  expect(check(answer(201, { ...chat, department }))).toMatchObject({ violations: [], isRecognised: false });
  expect(check(answer(201, { ...chat, department }))).toMatchObject({ isRecognised: true });
  expect(check(answer(201, chat))).toMatchObject({ isRecognised: true });
  const limited = exampleOf('429.valid.article.json');
  expect(check(answer(429, limited))).toMatchObject({ violations: [], isRecognised: false });
  expect(check(answer(429, limited))).toMatchObject({ isRecognised: true });
});

let lastId = 6_000_000;

/** A check that has seen chats with other ids: the next body is compared with the last one but for the id. */
function checkThatKnowsChats(): CheckAnswer {
  const check = fastCheck(parts, request);
  for (const isRecognised of [false, true, true, true]) {
    lastId += 1;
    expect(check(answer(201, { ...chat, id: lastId }))).toEqual({ violations: [], createdId: lastId, isRecognised });
  }
  return check;
}

for (const [does, body, more] of [
  ['the id of another customer', { ...chat, customer: { ...(chat as { customer?: object }).customer, id: 1 } }, {}],
  ['the id of another agent', { ...chat, assignee: { ...(chat as { assignee?: object }).assignee, id: 1 } }, {}],
  ['an id of 0', { ...chat, id: 0 }, {}],
  ['an id with a fraction', { ...chat, id: 5215767.5 }, {}],
  ['an id in quotes', { ...chat, id: '5215767' }, {}],
  ['an id with a zero in front', JSON.stringify({ ...chat, id: 1 }).replace('1', '01'), {}],
  ['no id', JSON.stringify({ ...chat, id: 1 }).replace('1', ''), {}],
  ['a negative id', { ...chat, id: -5 }, {}],
  ['a status that is no status', { ...chat, status: 'asleep' }, {}],
  ['an old time', { ...chat, createdAt: nowMs / 1000 - 3600 }, {}],
  ['a time in milliseconds', { ...chat, createdAt: nowMs }, {}],
  [
    'a time that neither clock has any more',
    chat,
    { headers: { ...headers, Date: new Date(nowMs + 3_600_000).toUTCString() }, receivedAtMs: nowMs + 3_600_000 },
  ],
  ['another content type', chat, { headers: { ...headers, 'Content-Type': 'text/html' } }],
  [
    'a time that our clock has no more, without a Date',
    chat,
    { headers: { 'Content-Type': headers['Content-Type'] }, receivedAtMs: nowMs + 3_600_000 },
  ],
  ['no content type', chat, { headers: {} }],
  ['an undocumented status', chat, { status: 200 }],
  ['the body of another status', chat, { status: 429 }],
  ['no body', '', {}],
  ['a body that is no text', chat, { body: null }],
  ['less of the body', JSON.stringify(chat).slice(0, -1), {}],
  ['more behind the body', `${JSON.stringify(chat)}}`, {}],
] as const) {
  test(`an answer that looks like the first is still found out: ${does}`, () => {
    const check = checkThatKnowsChats();
    const checked = check(answer(201, body, more));
    expect(checked.isRecognised).toBe(false);
    expect(checked.violations).toEqual(fullCheck(parts, request)(answer(201, body, more)).violations);
    expect(checked.violations.length).toBeGreaterThan(0);
  });
}

test('an error whose code is another is not recognised', () => {
  const check = fastCheck(parts, request);
  const entry = { code: 'too_many_requests', message: 'x' };
  expect(check(answer(429, { errors: [entry] })).violations).toEqual([]);
  expect(check(answer(429, { errors: [{ ...entry, message: 'y' }] })).isRecognised).toBe(true);
  expect(check(answer(429, { errors: [{ ...entry, code: 'invalid_token' }] })).violations).toHaveLength(1);
});

test('a code is looked for under the name that holds one, whatever else is there', () => {
  const errors = { type: 'object', required: ['type'], properties: { type: { type: 'string' } } };
  const named = {
    ...parts,
    operation: { ...operation, responses: { 429: { schema: 'e.schema.json', codes: ['limited'] } } },
    schemas: { 'e.schema.json': errors },
    validators: { 'e.schema.json': () => true },
  };
  const check = fastCheck(named, request);
  expect(check(answer(429, { type: 'limited', code: 'a' })).violations).toEqual([]);
  expect(check(answer(429, { type: 'limited', code: 'b' }))).toMatchObject({ violations: [], isRecognised: true });
  expect(check(answer(429, { type: 'other', code: 'b' }))).toMatchObject({
    violations: [{ rule: 'error.code' }],
    isRecognised: false,
  });
});

test('the fast and the full check say the same of every mutation of a chat, in any order', () => {
  const full = fullCheck(parts, request);
  let check = checkThatKnowsChats();
  const texts = [chat, { ...chat, department }, { ...chat, agents: [{ id: 1, name: 'a', email: '', role: 'b' }] }].map(
    (body) => JSON.stringify(body),
  );
  const written = fc.constantFrom(
    '0',
    '-1',
    '1',
    '1.5',
    '1e3',
    '"x"',
    '""',
    '"empty"',
    '"closed"',
    'null',
    'true',
    '[]',
    '{}',
    '',
    '"\\n"',
    String(nowMs),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), written), { maxLength: 3 }),
      fc.boolean(),
      (text, changes, isReplaced) => {
        let body = text;
        for (const [place, replacement] of changes) {
          const leaves = jsonLeaves(body) ?? [];
          const leaf = leaves[place % Math.max(1, leaves.length)];
          if (leaf === undefined) continue;
          body = isReplaced
            ? body.slice(0, leaf.start) + replacement + body.slice(leaf.end)
            : body.slice(0, place % body.length) + replacement + body.slice(place % body.length);
          try {
            JSON.parse(body);
          } catch {
            break;
          }
        }
        // The chat is now what the next answer is compared with; other shapes may have taken its place.
        lastId += 1;
        if (!check(answer(201, { ...chat, id: lastId })).isRecognised) check = checkThatKnowsChats();
        const [fast, slow] = [check(answer(201, body)), full(answer(201, body))];
        expect(fast.violations).toEqual(slow.violations);
        expect(fast.createdId).toEqual(slow.createdId);
      },
    ),
    { seed: 1, numRuns: 5000 },
  );
});
