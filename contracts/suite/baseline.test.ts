import { expect, test } from 'vitest';
import { excuseFor, parseBaseline } from './baseline.ts';

const entry = { case: 'field.a.missing', rule: 'error.field', reason: 'ticket 12', expires: '2026-06-30' };
const parse = (entries: unknown, today = '2026-06-01') => parseBaseline(JSON.stringify({ entries }), 'b.json', today);
const violation = (...rules: string[]) => rules.map((rule) => ({ rule }));

test('an entry excuses its case and rule up to and including its last day', () => {
  for (const [today, excused] of [
    ['2026-06-30', true],
    ['2026-07-01', false],
  ] as const)
    expect(excuseFor(parse([entry], today), 'field.a.missing', violation('error.field')) !== null, today).toBe(excused);
});

test('an entry excuses no other case, no other rule, and not a second violation beside its own', () => {
  const baseline = parse([entry]);
  expect(excuseFor(baseline, 'field.b.missing', violation('error.field'))).toBeNull();
  expect(excuseFor(baseline, 'field.a.missing', violation('status'))).toBeNull();
  expect(excuseFor(baseline, 'field.a.missing', violation('error.field', 'leak.key'))).toBeNull();
  expect(excuseFor(parse([{ ...entry, rule: undefined }]), 'field.a.missing', violation('a', 'b'))?.reason).toBe(
    'ticket 12',
  );
});

test('every mistake of a baseline is told at once', () => {
  expect(() => parse([{ case: '', reason: ' ', expires: '2026-02-30', x: 1 }, entry])).toThrow(
    expect.objectContaining({
      name: 'UserError',
      exitCode: 2,
      why: expect.stringMatching(/"case".*"reason".*"expires".*"x" is not known/s),
    }),
  );
  expect(() => parseBaseline('{', 'b.json', '2026-01-01')).toThrow(
    expect.objectContaining({ why: expect.stringContaining('no JSON') }),
  );
  expect(() => parse({})).toThrow(expect.objectContaining({ why: expect.stringContaining('no list "entries"') }));
});
