/**
 * Where the scalars of a JSON text stand, as written. For texts that JSON.parse has accepted, so that nothing of the
 * grammar is checked again. Pure.
 */

/** A number, string, boolean or null in a JSON text. */
export interface Leaf {
  /** Names and indices on the way from the root. */
  readonly path: readonly string[];
  /** From this character of the text to before that one; of a string, with its quotes. */
  readonly start: number;
  readonly end: number;
  readonly kind: 'number' | 'string' | 'boolean' | 'null';
}

/** Sticky: a string, a number, a word, or one structural character, after any white space. */
const TOKEN = /[ \t\n\r]*("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[{}[\],:])/y;

/**
 * The leaves of a text, in the order in which they stand; null where one cannot be told from another by its path,
 * because an object has a name twice, or has a name ("__proto__") that not every reader treats as a name.
 */
export function jsonLeaves(text: string): Leaf[] | null {
  const leaves: Leaf[] = [];
  let at = 0;
  let token = '';
  let start = 0;
  const next = (): void => {
    TOKEN.lastIndex = at;
    token = TOKEN.exec(text)?.[1] ?? '';
    at = TOKEN.lastIndex;
    start = at - token.length;
  };
  const isAt = (text: string): boolean => token === text;
  /** Reads the value that begins with the token at hand; false where paths are not clear. */
  const value = (path: readonly string[]): boolean => {
    if (isAt('{')) {
      const names = new Set<string>();
      next();
      while (!isAt('}')) {
        const name = JSON.parse(token) as string;
        if (names.has(name) || name === '__proto__') return false;
        names.add(name);
        next();
        next();
        if (!value([...path, name])) return false;
        next();
        if (isAt(',')) next();
      }
      return true;
    }
    if (isAt('[')) {
      next();
      for (let index = 0; !isAt(']'); index += 1) {
        if (!value([...path, String(index)])) return false;
        next();
        if (isAt(',')) next();
      }
      return true;
    }
    if (isAt('')) return false;
    leaves.push({ path, start, end: at, kind: kindOf(token) });
    return true;
  };
  next();
  return value([]) ? leaves : null;
}

function kindOf(token: string): Leaf['kind'] {
  if (token.startsWith('"')) return 'string';
  if (token === 'null') return 'null';
  return token === 'true' || token === 'false' ? 'boolean' : 'number';
}
