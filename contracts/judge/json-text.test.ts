import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonText } from './json-text.ts';

test('a JSON text reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      expect(parseJsonText(spaced).value).toEqual(JSON.parse(spaced));
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('what JSON.parse refuses is refused, and what it takes is taken, for any text near JSON', () => {
  const near = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '0', '\\', '\u0000', ' ', '-', 'e', '.'))
    .map(([text, at, inserted]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + inserted + text.slice(place + (at % 3));
    });
  const isTaken = (read: () => unknown) => {
    try {
      read();
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(near, (text) => {
      expect(
        isTaken(() => parseJsonText(text)),
        JSON.stringify(text),
      ).toBe(isTaken(() => JSON.parse(text)));
    }),
    { numRuns: 2000, seed: 2 },
  );
});

test('names given twice are told with their place, also where they are spelled differently', () => {
  expect(parseJsonText('{"a":1,"b":{"c":1,"c":2},"\\u0061":3}').duplicates).toEqual(['/b/c', '/a']);
  expect(parseJsonText('[{"a":1},{"a":1}]').duplicates).toEqual([]);
  expect(parseJsonText('{"__proto__":1}').value).toEqual(JSON.parse('{"__proto__":1}'));
});

test('numbers keep their literal', () => {
  const text = parseJsonText('{"id":9007199254740993,"a":[1.0,-0,1e400]}');
  expect(text.numberAt('/id')).toBe('9007199254740993');
  expect(text.numberAt('/a/0')).toBe('1.0');
  expect((text.value as { a: number[] }).a[2]).toBe(Number.POSITIVE_INFINITY);
});

for (const text of [
  '',
  ' ',
  '{',
  '{"a":1,}',
  "{'a':1}",
  '{"a":01}',
  '{"a":NaN}',
  '{"a":1}{"a":1}',
  '"a\nb"',
  '"\\x"',
  '[1,]',
  'nul',
])
  test(`${JSON.stringify(text)} is no JSON text`, () => {
    expect(() => parseJsonText(text)).toThrow(/at character \d+/);
  });
