import { toPointer } from '../lib/pointer.ts';

/** A JSON text, read strictly (RFC 8259), with what JSON.parse throws away: names given twice and numbers as written. */
export interface JsonText {
  readonly value: unknown;
  /** JSON pointers to names that an object has twice. */
  readonly duplicates: readonly string[];
  /** The literal of a number, by its JSON pointer. */
  numberAt(pointer: string): string | undefined;
}

/** Deeper than any sensible answer, and far from the end of the stack. */
const DEEPEST = 2000;

/** Reads a JSON text; throws an Error that says what is wrong and where (characters from 0). */
export function parseJsonText(text: string): JsonText {
  const duplicates: string[] = [];
  const numbers = new Map<string, string>();
  let at = 0;

  const fail = (what: string): never => {
    throw new Error(`${what} at character ${at}`);
  };
  const space = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1;
  };
  const literal = <T>(word: string, value: T): T => {
    if (!text.startsWith(word, at)) fail(`unexpected ${at < text.length ? JSON.stringify(text[at]) : 'end'}`);
    at += word.length;
    return value;
  };
  const string = (): string => {
    const start = at;
    at += 1;
    while (at < text.length && text[at] !== '"') {
      if ((text.charCodeAt(at) ?? 0) < 0x20) fail('a control character in a string');
      at += text[at] === '\\' ? 2 : 1;
    }
    if (at >= text.length) fail('a string without an end');
    at += 1;
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      at = start;
      return fail('a string with a wrong escape');
    }
  };
  const value = (tokens: readonly (string | number)[]): unknown => {
    if (tokens.length > DEEPEST) fail('deeper nesting than can be read');
    space();
    const first = text[at];
    if (first === '{') {
      at += 1;
      const object: Record<string, unknown> = {};
      const names = new Set<string>();
      space();
      if (text[at] === '}') {
        at += 1;
        return object;
      }
      for (;;) {
        space();
        if (text[at] !== '"') fail('a name was expected');
        const name = string();
        space();
        if (text[at] !== ':') fail('a colon was expected');
        at += 1;
        const here = [...tokens, name];
        if (names.has(name)) duplicates.push(toPointer(here));
        names.add(name);
        // Not by assignment: "__proto__" is a name like any other.
        Object.defineProperty(object, name, {
          value: value(here),
          enumerable: true,
          configurable: true,
          writable: true,
        });
        space();
        if (text[at] === ',') at += 1;
        else if (text[at] === '}') {
          at += 1;
          return object;
        } else fail('a comma or the end of the object was expected');
      }
    }
    if (first === '[') {
      at += 1;
      const array: unknown[] = [];
      space();
      if (text[at] === ']') {
        at += 1;
        return array;
      }
      for (;;) {
        array.push(value([...tokens, array.length]));
        space();
        if (text[at] === ',') at += 1;
        else if (text[at] === ']') {
          at += 1;
          return array;
        } else fail('a comma or the end of the array was expected');
      }
    }
    if (first === '"') return string();
    if (first === 't') return literal('true', true);
    if (first === 'f') return literal('false', false);
    if (first === 'n') return literal('null', null);
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text.slice(at, at + 400))?.[0];
    if (number === undefined)
      return fail(at < text.length ? `unexpected ${JSON.stringify(text[at])}` : 'unexpected end');
    at += number.length;
    numbers.set(toPointer(tokens), number);
    return Number(number);
  };

  const read = value([]);
  space();
  if (at < text.length) fail(`unexpected ${JSON.stringify(text[at])} after the end of the JSON text`);
  return { value: read, duplicates, numberAt: (pointer) => numbers.get(pointer) };
}
