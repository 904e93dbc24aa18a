/**
 * Structured field values for HTTP (RFC 9651): lists and dictionaries, as strictly as section 4.2 parses them.
 * Pure; no text makes it throw.
 */

export type BareItem =
  | { readonly kind: 'integer' | 'decimal' | 'date'; readonly value: number }
  | { readonly kind: 'string' | 'token' | 'display-string'; readonly value: string }
  /** Base64, not decoded. */
  | { readonly kind: 'bytes'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean };

export type Parameters = ReadonlyMap<string, BareItem>;

export interface Item {
  readonly kind: 'item';
  readonly bare: BareItem;
  readonly parameters: Parameters;
}

export interface InnerList {
  readonly kind: 'inner-list';
  readonly items: readonly Item[];
  readonly parameters: Parameters;
}

export type Member = Item | InnerList;

/** The members of a list; null for a text that is none. An empty text is an empty list. */
export function parseList(text: string): Member[] | null {
  return parseMembers(text, (reader) => [member(reader)]);
}

/** The members of a dictionary, by key; a key that comes twice has its last value. null for a text that is none. */
export function parseDictionary(text: string): Map<string, Member> | null {
  const pairs = parseMembers(text, (reader): [string, Member][] => {
    const name = key(reader);
    if (reader.take('=')) return [[name, member(reader)]];
    return [[name, { kind: 'item', bare: { kind: 'boolean', value: true }, parameters: parameters(reader) }]];
  });
  return pairs === null ? null : new Map(pairs);
}

class SyntaxFault extends Error {}

class Reader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  peek(): string {
    return this.text.charAt(this.at);
  }

  take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at += 1;
    return true;
  }

  /** What a sticky pattern matches here; a fault where it does not. */
  match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) throw new SyntaxFault();
    this.at = pattern.lastIndex;
    return found;
  }
}

/** Comma-separated members, with spaces around the whole and tabs or spaces around commas; no comma at the end. */
function parseMembers<T>(text: string, parse: (reader: Reader) => T[]): T[] | null {
  const reader = new Reader(text);
  const members: T[] = [];
  try {
    reader.match(/ */y);
    while (!reader.isAtEnd) {
      members.push(...parse(reader));
      const hasSpace = reader.match(/[ \t]*/y)[0] !== '';
      if (reader.isAtEnd) {
        if (hasSpace && /\t/.test(text.slice(text.trimEnd().length))) return null;
        break;
      }
      if (!reader.take(',')) return null;
      reader.match(/[ \t]*/y);
      if (reader.isAtEnd) return null;
    }
    return members;
  } catch (error) {
    if (error instanceof SyntaxFault) return null;
    throw error;
  }
}

function member(reader: Reader): Member {
  return reader.peek() === '(' ? innerList(reader) : item(reader);
}

function innerList(reader: Reader): InnerList {
  reader.take('(');
  const items: Item[] = [];
  for (;;) {
    reader.match(/ */y);
    if (reader.take(')')) return { kind: 'inner-list', items, parameters: parameters(reader) };
    items.push(item(reader));
    if (reader.peek() !== ' ' && reader.peek() !== ')') throw new SyntaxFault();
  }
}

function item(reader: Reader): Item {
  return { kind: 'item', bare: bareItem(reader), parameters: parameters(reader) };
}

function parameters(reader: Reader): Parameters {
  const found = new Map<string, BareItem>();
  while (reader.take(';')) {
    reader.match(/ */y);
    const name = key(reader);
    found.set(name, reader.take('=') ? bareItem(reader) : { kind: 'boolean', value: true });
  }
  return found;
}

function key(reader: Reader): string {
  return reader.match(/[a-z*][a-z0-9_.*-]*/y)[0];
}

function bareItem(reader: Reader): BareItem {
  const char = reader.peek();
  if (/[-0-9]/.test(char)) return number(reader);
  if (char === '"') {
    const [, inside = ''] = reader.match(/"((?:[ !#-[\]-~]|\\["\\])*)"/y);
    return { kind: 'string', value: inside.replace(/\\(["\\])/g, '$1') };
  }
  if (/[A-Za-z*]/.test(char)) {
    return { kind: 'token', value: reader.match(/[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/y)[0] };
  }
  if (char === ':') return { kind: 'bytes', value: reader.match(/:([A-Za-z0-9+/=]*):/y)[1] ?? '' };
  if (char === '?') return { kind: 'boolean', value: reader.match(/\?([01])/y)[1] === '1' };
  if (char === '@') {
    reader.take('@');
    const date = number(reader);
    if (date.kind !== 'integer') throw new SyntaxFault();
    return { kind: 'date', value: date.value };
  }
  const [, inside = ''] = reader.match(/%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"/y);
  try {
    return { kind: 'display-string', value: decodeURIComponent(inside) };
  } catch {
    throw new SyntaxFault();
  }
}

/** At most 15 digits, or 12 and a fraction of 1 to 3. */
function number(reader: Reader): BareItem & { readonly value: number } {
  const [text] = reader.match(/-?\d+(?:\.\d*)?/y);
  if (/^-?\d{1,15}$/.test(text)) return { kind: 'integer', value: Number(text) };
  if (/^-?\d{1,12}\.\d{1,3}$/.test(text)) return { kind: 'decimal', value: Number(text) };
  throw new SyntaxFault();
}
