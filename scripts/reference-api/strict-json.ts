import type { Json } from '../../contracts/lib/operation.ts';

export type JsonProblem = 'not-utf8' | 'byte-order-mark' | 'too-deep' | 'empty' | 'malformed' | 'duplicate-name';

/** A body as the strict reader saw it. */
export type ParsedBody =
  | { readonly isJson: true; readonly value: Json }
  | { readonly isJson: false; readonly problem: JsonProblem };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads exactly one JSON text (RFC 8259) in UTF-8: no byte order mark, no NUL, no name twice in one object, at most
 * `maxDepth` levels of arrays and objects. Never throws.
 */
export function parseStrictJson(bytes: Uint8Array, maxDepth: number): ParsedBody {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { isJson: false, problem: 'not-utf8' };
  }
  if (text.charCodeAt(0) === 0xfeff) return { isJson: false, problem: 'byte-order-mark' };
  if (isDeeperThan(text, maxDepth)) return { isJson: false, problem: 'too-deep' };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { isJson: false, problem: text.trim() === '' ? 'empty' : 'malformed' };
  }
  return duplicateName(text) === null ? { isJson: true, value } : { isJson: false, problem: 'duplicate-name' };
}

/** Whether brackets outside strings nest deeper than `maxDepth`; also right for texts that are no JSON. */
function isDeeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x22) index = endOfString(text, index);
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

/** The first name that occurs twice in one object of a well-formed JSON text, escapes resolved; null for none. */
export function duplicateName(text: string): string | null {
  /** The names of each open object, and null for each open array. */
  const open: (Set<string> | null)[] = [];
  let isNameNext = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x22) {
      const end = endOfString(text, index);
      if (isNameNext) {
        const literal = text.slice(index, end + 1);
        const name = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
        const names = open.at(-1);
        if (names?.has(name)) return name;
        names?.add(name);
        isNameNext = false;
      }
      index = end;
    } else if (code === 0x7b) {
      open.push(new Set());
      isNameNext = true;
    } else if (code === 0x5b) {
      open.push(null);
      isNameNext = false;
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
      isNameNext = false;
    } else if (code === 0x2c) isNameNext = open.at(-1) instanceof Set;
  }
  return null;
}

/** Index of the quotation mark that ends the string starting at `start`; the text's end where there is none. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text.charCodeAt(index) !== 0x22) index += text.charCodeAt(index) === 0x5c ? 2 : 1;
  return index;
}
