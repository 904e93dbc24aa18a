import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

const read = (body: string | Uint8Array) => parseStrictJson(Buffer.from(body as string), 100);

test.each([
  ['an empty body', '', 'empty'],
  ['white space alone', ' \r\n\t', 'empty'],
  ['a byte order mark', '\ufeff{}', 'byte-order-mark'],
  ['two texts', '{}{}', 'malformed'],
  ['text behind it', '{} x', 'malformed'],
  ['a trailing comma', '{"a":1,}', 'malformed'],
  ['a truncated object', '{"a":1', 'malformed'],
  ['single quotes', "{'a':1}", 'malformed'],
  ['a raw NUL', '{"a":"\0"}', 'malformed'],
  ['a NUL behind it', '{}\0', 'malformed'],
  ['a raw line break in a text', '{"a":"\n"}', 'malformed'],
  ['NaN', '{"a":NaN}', 'malformed'],
  ['101 levels', '['.repeat(101) + ']'.repeat(101), 'too-deep'],
  ['1,000 levels that never close', '['.repeat(1000), 'too-deep'],
  ['a million levels', '{"a":'.repeat(1_000_000), 'too-deep'],
  ['a name twice', '{"a":1,"b":2,"a":3}', 'duplicate-name'],
  ['a name twice, once escaped', '{"a":1,"\\u0061":3}', 'duplicate-name'],
  ['a name twice inside', '{"a":[{"b":{"c":1,"c":2}}]}', 'duplicate-name'],
  ['a name twice with a text that looks like an end between', '{"a":"}\\"","a":1}', 'duplicate-name'],
])('a strict reader refuses %s', (_, body, problem) => {
  expect(read(body)).toEqual({ isJson: false, problem });
});

test.each([
  ['a lone continuation byte', [0x22, 0x80, 0x22]],
  ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
  ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ['UTF-16', [...Buffer.from('{}', 'utf16le'), 0xff]],
])('a strict reader refuses %s as no UTF-8', (_, bytes) => {
  expect(read(Uint8Array.from(bytes))).toEqual({ isJson: false, problem: 'not-utf8' });
});

test.each([
  ['100 levels', `${'['.repeat(100)}${']'.repeat(100)}`],
  ['the same name in two objects', '[{"a":1},{"a":1}]'],
  ['the same name inside and outside', '{"a":{"a":1},"b":{"a":1}}'],
  ['a value equal to a name', '{"a":"a","b":["a","a"]}'],
  ['brackets inside a text', `{"a":"${'['.repeat(500)}"}`],
  ['white space around it', '\r\n {"a" : 1 } \t'],
])('a strict reader takes %s', (_, body) => {
  expect(read(body)).toEqual({ isJson: true, value: JSON.parse(body) });
});

test('a strict reader gives what JSON.parse gives for each JSON value, however it is spaced', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(read(text)).toEqual({ isJson: true, value: JSON.parse(text) });
    }),
    { seed: 20201001, numRuns: 300 },
  );
});

test('a strict reader never throws and never takes what JSON.parse refuses', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const parsed = parseStrictJson(bytes, 100);
      if (parsed.isJson) expect(JSON.parse(Buffer.from(bytes).toString('utf8'))).toEqual(parsed.value);
    }),
    { seed: 20201001, numRuns: 2000 },
  );
});
