import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointerTokens, toPointer, valueAt, withoutValueAt, withValueAt } from './pointer.ts';

test('a pointer and its tokens are two forms of one thing', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (tokens) => {
      expect(pointerTokens(toPointer(tokens))).toEqual(tokens);
    }),
  );
});

test('escapes of RFC 6901 are read in the right order', () => {
  expect(pointerTokens('/a~1b/~01')).toEqual(['a/b', '~1']);
});

test('what was set at a pointer is found there, and is gone once it is taken away', () => {
  const key = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.integer(), (tokens, value) => {
      const pointer = toPointer(tokens);
      const set = withValueAt({ other: 1 }, pointer, value);
      expect(valueAt(set, pointer)).toBe(value);
      expect(valueAt(withoutValueAt(set, pointer), pointer)).toBeUndefined();
    }),
  );
});

test('the document given is left as it was', () => {
  const document = { a: { b: [1, 2] } };
  withValueAt(document, '/a/b/0', 9);
  withoutValueAt(document, '/a');
  expect(document).toEqual({ a: { b: [1, 2] } });
});

test('inherited properties are no values', () => {
  expect(valueAt({}, '/toString')).toBeUndefined();
  expect(valueAt('text', '/length')).toBeUndefined();
});
