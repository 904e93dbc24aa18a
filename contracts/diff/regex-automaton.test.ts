import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codePoints } from './json-value.ts';
import { automatonOf, findWord } from './regex-automaton.ts';
import { compiledPattern } from './regex-engine.ts';
import { splitLookAheads } from './regex-syntax.ts';
import { textFormat } from './text-formats.ts';

const PATTERNS = [
  'a',
  '^a',
  'a$',
  '^a$',
  '',
  '^$',
  '^a*b+c?$',
  '^(?:ab|cd)+$',
  '^[a-c]{2,4}$',
  '[^a]',
  '^\\d{3}-\\w$',
  '^.$',
  '\\s',
  '^(a|b)*a(a|b){2}$',
  '^x{3}',
  'a|^b',
  '(^a|b$)',
  '^[\\w.-]+@[a-z]+$',
  '^\\u0041\\x42$',
  '^[\\d-x]$',
  '^a{0}$',
  '^(?<n>a)b$',
  'a??b',
  '^\\$\\.$',
  '\\p{Lu}',
  '^[\\s\\S]{2}$',
];

const word = fc.string({ unit: fc.constantFrom(...'abcdxyzAB01-_.@ \n$', '\u{1f600}'), maxLength: 8 });

test('an automaton accepts what the engine matches', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PATTERNS), word, (pattern, text) => {
      const automaton = automatonOf(pattern);
      if (automaton === null) throw new Error(`${pattern} has no automaton`);
      let state = automaton.start;
      for (const char of text) {
        const code = char.codePointAt(0) ?? 0;
        const isIn = automaton.sets.map((set) => set.some(([low, high]) => low <= code && code <= high));
        state = automaton.step(state, { key: isIn.map(Number).join(''), isIn });
      }
      expect([pattern, text, automaton.accepts(state)]).toEqual([pattern, text, compiledPattern(pattern).test(text)]);
    }),
    { seed: 7, numRuns: 3000 },
  );
});

test('a word found is inside, outside, and as long as asked', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PATTERNS),
      fc.constantFrom(...PATTERNS),
      fc.nat(6),
      fc.nat(6),
      (one, other, min, extra) => {
        const [inside, outside] = [automatonOf(one), automatonOf(other)];
        if (inside === null || outside === null) return;
        const found = findWord({ inside: [inside], outside: [outside], minLength: min, maxLength: min + extra });
        if (found.kind !== 'word') return;
        expect([one, found.word, compiledPattern(one).test(found.word)]).toEqual([one, found.word, true]);
        expect([other, found.word, compiledPattern(other).test(found.word)]).toEqual([other, found.word, false]);
        expect(codePoints(found.word)).toBeGreaterThanOrEqual(min);
        expect(codePoints(found.word)).toBeLessThanOrEqual(min + extra);
      },
    ),
    { seed: 8, numRuns: 400 },
  );
});

test('"empty" is a proof: no random word is inside and outside', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PATTERNS), fc.constantFrom(...PATTERNS), word, (one, other, text) => {
      const [inside, outside] = [automatonOf(one), automatonOf(other)];
      if (inside === null || outside === null) return;
      const found = findWord({
        inside: [inside],
        outside: [outside],
        minLength: 0,
        maxLength: Number.POSITIVE_INFINITY,
      });
      if (found.kind === 'empty')
        expect([one, other, text, compiledPattern(one).test(text) && !compiledPattern(other).test(text)]).toEqual([
          one,
          other,
          text,
          false,
        ]);
    }),
    { seed: 9, numRuns: 1500 },
  );
});

test('a length of ten thousand is met', () => {
  const letters = automatonOf('^[a-z]*$');
  const found = findWord({
    inside: letters === null ? [] : [letters],
    outside: [],
    minLength: 10_000,
    maxLength: 10_000,
  });
  expect(found.kind === 'word' && found.word.length).toBe(10_000);
});

test('what is no regular language has no automaton', () => {
  for (const pattern of ['^(a)\\1$', '\\bword', '(?<=a)b', '(?<!a)b']) expect(automatonOf(pattern)).toBeNull();
});

test('look-aheads after a fixed number of characters are split off, others are not', () => {
  expect(splitLookAheads('^(?=.*\\d)(?!ab)[a-z]+$')).toEqual([
    { source: '^(?:.*\\d)', isNegated: false },
    { source: '^(?:ab)', isNegated: true },
    { source: '^[a-z]+$', isNegated: false },
  ]);
  expect(splitLookAheads('^foo(?!bar).*$')).toEqual([
    { source: '^foo(?:bar)', isNegated: true },
    { source: '^foo.*$', isNegated: false },
  ]);
  expect(splitLookAheads('^.*(?<!\\.exe)$')).toEqual([
    { source: '(?:\\.exe)$', isNegated: true },
    { source: '^.*$', isNegated: false },
  ]);
  for (const source of ['a(?=b)', '^(?=a)|b', '^(?=a)?b', '^[(?=a)]', '^a*(?!b)'])
    expect(splitLookAheads(source)).toEqual([{ source, isNegated: false }]);
});

/** Texts of formats, and such that just miss. */
const TEXTS = [
  '2024-02-29',
  '2023-02-29',
  '1900-02-29',
  '2000-02-29',
  '2024-04-31',
  '0000-01-01',
  '12:00:00Z',
  '23:59:60Z',
  '12:00:60Z',
  '12:00:00',
  '2024-01-01T00:00:00Z',
  '2024-01-01 00:00:00+01:00',
  '2024-01-01T24:00:00Z',
  'a@b.co',
  'a@b',
  'A@B.C',
  '@b.co',
  '127.0.0.1',
  '256.0.0.1',
  '01.0.0.1',
  '::',
  '::1',
  '1::2::3',
  'https://a.co/b?c#d',
  'a:b',
  '//a',
  '/a/b',
  'a b',
  '',
  'P1D',
  'P',
  'PT',
  'P1Y2M',
  '123e4567-e89b-12d3-a456-426614174000',
  'urn:uuid:123e4567-e89b-12d3-a456-426614174000',
  '/a~0b',
  '/a~2',
  'a-b.c',
  '-a',
  'a'.repeat(64),
  '[',
  'aGk=',
  '0/a',
  '{a}',
  'http://a.co',
];

test('the language of a format holds every text of the format, and its core no other', () => {
  const names = [
    'date',
    'time',
    'date-time',
    'iso-time',
    'iso-date-time',
    'duration',
    'uri',
    'uri-reference',
    'uri-template',
    'url',
    'email',
    'hostname',
    'ipv4',
    'ipv6',
    'regex',
    'uuid',
    'json-pointer',
    'relative-json-pointer',
    'byte',
  ];
  for (const name of names) {
    const format = textFormat(name);
    if (format === null) throw new Error(`${name} is not known`);
    const accepts = (automaton: (typeof format.within)[number], text: string): boolean => {
      let state = automaton.start;
      for (const char of text) {
        const code = char.codePointAt(0) ?? 0;
        const isIn = automaton.sets.map((set) => set.some(([low, high]) => low <= code && code <= high));
        state = automaton.step(state, { key: isIn.map(Number).join(''), isIn });
      }
      return automaton.accepts(state);
    };
    for (const text of TEXTS) {
      const isWithin = format.within.every((automaton) => accepts(automaton, text));
      if (format.holds(text) || format.exact) expect([name, text, isWithin]).toEqual([name, text, format.holds(text)]);
    }
    if (format.core === null) continue;
    for (let minLength = 0; minLength < 40; minLength++) {
      const found = findWord({ inside: [format.core], outside: [], minLength, maxLength: 60 });
      if (found.kind === 'word') expect([name, found.word, format.holds(found.word)]).toEqual([name, found.word, true]);
    }
  }
});
