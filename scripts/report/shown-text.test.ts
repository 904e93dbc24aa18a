import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shown, shownLine, visible } from './shown-text.ts';

test('what cannot be seen is written out; what can be seen stays', () => {
  expect(visible('a\tb\nc 👩‍👩‍👧‍👦 é 日本')).toBe('a\tb\nc 👩‍👩‍👧‍👦 é 日本');
  expect(visible('\u001b[31m \u0000 \u202e \ud800 \uffff \u009b')).toBe(
    '\\u001b[31m \\u0000 \\u202e \\ud800 \\uffff \\u009b',
  );
});

test('an emoji is not cut in half, and the cut is told', () => {
  expect(shown('ab💥cd', 3)).toEqual({ text: 'ab', cutFrom: 6 });
  expect(shown('ab💥', 4)).toEqual({ text: 'ab💥', cutFrom: null });
  expect(shownLine('one\n  two\tthree', 9)).toBe('one ↵ two…');
  expect(shownLine('one two three', 10)).toBe('one two…');
  expect(shownLine('one two-and-three-and-four', 20)).toBe('one two-and-three-an…');
});

test('no text keeps a control character, a lone surrogate or a change of direction', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(70), (text, limit) => {
      const { text: head } = shown(text, limit);
      expect(head).not.toMatch(/(?![\n\t])\p{Cc}|\p{Surrogate}|[\u202a-\u202e\u2066-\u2069]/u);
    }),
    { seed: 5, numRuns: 500 },
  );
});
