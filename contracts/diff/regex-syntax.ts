/**
 * Parses a regular expression of ECMAScript into a tree of character sets, so that its language can be searched for
 * words and compared with others. What is no regular language (back references, \b, look-behind) is refused; what
 * looks ahead is either split off (at the very start of the pattern) or ignored, which `exact` tells.
 */

/** Inclusive ranges of code points, ascending, not touching. */
export type CharSet = readonly (readonly [number, number])[];

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly of: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly of: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly of: RegexNode; readonly min: number; readonly max: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' };

export interface ParsedRegex {
  readonly tree: RegexNode;
  /** False: look-aheads were ignored, so the tree accepts a superset. */
  readonly exact: boolean;
}

/** Thrown for what this parser does not know; the pattern may be fine all the same. */
export class UnsupportedRegex extends Error {
  override readonly name = 'UnsupportedRegex';
}

const MAX_CODE_POINT = 0x10ffff;
const DIGITS: CharSet = [[48, 57]];
const WORD: CharSet = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: CharSet = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_ENDS: CharSet = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
export const ANY: CharSet = [[0, MAX_CODE_POINT]];

export function union(sets: readonly CharSet[]): CharSet {
  const ranges = sets.flat().sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

export function complement(set: CharSet): CharSet {
  const gaps: [number, number][] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) gaps.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= MAX_CODE_POINT) gaps.push([from, MAX_CODE_POINT]);
  return gaps;
}

const propertySets = new Map<string, CharSet>();

/** The code points of a Unicode property escape such as `\p{L}`, found by asking the engine once. */
function propertySet(property: string): CharSet {
  const known = propertySets.get(property);
  if (known !== undefined) return known;
  const probe = new RegExp(`^${property}$`, 'u');
  const ranges: [number, number][] = [];
  for (let code = 0; code <= MAX_CODE_POINT; code++) {
    if (code === 0xd800) code = 0xe000;
    if (!probe.test(String.fromCodePoint(code))) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === code - 1) last[1] = code;
    else ranges.push([code, code]);
  }
  propertySets.set(property, ranges);
  return ranges;
}

function withBothCases(set: CharSet): CharSet {
  const shifted = (low: number, high: number, by: number): CharSet =>
    set
      .map(([from, to]) => [Math.max(from, low) + by, Math.min(to, high) + by] as const)
      .filter(([from, to]) => from <= to);
  return union([set, shifted(97, 122, -32), shifted(65, 90, 32)]);
}

/** Parses `source`; throws UnsupportedRegex. `ignoreCase` folds ASCII letters. */
export function parseRegex(source: string, ignoreCase = false): ParsedRegex {
  const chars = [...source];
  let at = 0;
  let exact = true;

  const peek = (text: string): boolean => chars.slice(at, at + text.length).join('') === text;
  const unsupported = (what: string): never => {
    throw new UnsupportedRegex(`${what} in ${source}`);
  };
  const fold = (set: CharSet): CharSet => (ignoreCase ? withBothCases(set) : set);
  const single = (char: string): CharSet => {
    const code = char.codePointAt(0) ?? 0;
    return [[code, code]];
  };

  function choice(): RegexNode {
    const branches = [sequence()];
    while (chars[at] === '|') {
      at++;
      branches.push(sequence());
    }
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { kind: 'choice', of: branches };
  }

  function sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (at < chars.length && chars[at] !== '|' && chars[at] !== ')') {
      const part = quantified();
      if (part !== null) parts.push(part);
    }
    return { kind: 'sequence', of: parts };
  }

  function quantified(): RegexNode | null {
    const atom = atomOrNull();
    let [min, max] = [1, 1];
    const mark = chars[at];
    if (mark === '*') [min, max] = [0, Number.POSITIVE_INFINITY];
    else if (mark === '+') [min, max] = [1, Number.POSITIVE_INFINITY];
    else if (mark === '?') [min, max] = [0, 1];
    else {
      const braces = /^\{(\d+)(,(\d*))?\}/.exec(chars.slice(at, at + 24).join(''));
      if (braces === null) return atom;
      min = Number(braces[1]);
      max = braces[2] === undefined ? min : braces[3] === '' ? Number.POSITIVE_INFINITY : Number(braces[3]);
      at += braces[0].length - 1;
    }
    at++;
    if (chars[at] === '?') at++;
    return atom === null ? null : { kind: 'repeat', of: atom, min, max };
  }

  function atomOrNull(): RegexNode | null {
    const char = chars[at] ?? '';
    at++;
    if (char === '^') return { kind: 'start' };
    if (char === '$') return { kind: 'end' };
    if (char === '.') return { kind: 'set', set: complement(LINE_ENDS) };
    if (char === '(') return group();
    if (char === '[') return { kind: 'set', set: fold(charClass()) };
    if (char === '\\') return { kind: 'set', set: fold(escapedSet(false)) };
    return { kind: 'set', set: fold(single(char)) };
  }

  function group(): RegexNode | null {
    let isLookAhead = false;
    if (peek('?:')) at += 2;
    else if (peek('?=') || peek('?!')) {
      at += 2;
      isLookAhead = true;
      exact = false;
    } else if (peek('?<=') || peek('?<!')) return unsupported('look-behind');
    else if (peek('?<')) {
      while (at < chars.length && chars[at] !== '>') at++;
      at++;
    } else if (peek('?')) return unsupported('a modifier');
    const inner = choice();
    if (chars[at] !== ')') return unsupported('an open group');
    at++;
    return isLookAhead ? null : inner;
  }

  function hex(digits: number): CharSet {
    const text = chars.slice(at, at + digits).join('');
    if (!new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(text)) return unsupported('an incomplete escape');
    at += digits;
    const code = Number.parseInt(text, 16);
    return [[code, code]];
  }

  function escapedSet(inClass: boolean): CharSet {
    const char = chars[at] ?? '';
    at++;
    switch (char) {
      case 'd':
        return DIGITS;
      case 'D':
        return complement(DIGITS);
      case 'w':
        return WORD;
      case 'W':
        return complement(WORD);
      case 's':
        return SPACE;
      case 'S':
        return complement(SPACE);
      case 't':
        return single('\t');
      case 'n':
        return single('\n');
      case 'r':
        return single('\r');
      case 'f':
        return single('\f');
      case 'v':
        return single('\v');
      case '0':
        return /\d/.test(chars[at] ?? '') ? unsupported('an octal escape') : single('\0');
      case 'x':
        return hex(2);
      case 'c': {
        const letter = chars[at] ?? '';
        at++;
        return single(String.fromCharCode((letter.codePointAt(0) ?? 0) % 32));
      }
      case 'u':
        return unicodeEscape();
      case 'p':
      case 'P': {
        const end = chars.indexOf('}', at);
        if (chars[at] !== '{' || end < 0) return unsupported('an incomplete property escape');
        const name = chars.slice(at, end + 1).join('');
        at = end + 1;
        const set = propertySet(`\\p${name}`);
        return char === 'p' ? set : complement(set);
      }
      case 'b':
        return inClass ? single('\b') : unsupported('\\b');
      case 'B':
      case 'k':
        return unsupported(`\\${char}`);
      default:
        return /[1-9]/.test(char) || char === '' ? unsupported(`\\${char}`) : single(char);
    }
  }

  function unicodeEscape(): CharSet {
    if (chars[at] === '{') {
      const end = chars.indexOf('}', at);
      const code = Number.parseInt(chars.slice(at + 1, end).join(''), 16);
      if (end < 0 || !(code <= MAX_CODE_POINT)) return unsupported('an incomplete escape');
      at = end + 1;
      return [[code, code]];
    }
    const set = hex(4);
    const code = set[0]?.[0] ?? 0;
    if (code >= 0xd800 && code <= 0xdbff && peek('\\u')) {
      at += 2;
      const low = hex(4)[0]?.[0] ?? 0;
      const whole = (code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000;
      return [[whole, whole]];
    }
    return set;
  }

  function charClass(): CharSet {
    const negated = chars[at] === '^';
    if (negated) at++;
    const sets: CharSet[] = [];
    while (at < chars.length && chars[at] !== ']') {
      const from = classMember();
      if (chars[at] === '-' && chars[at + 1] !== ']' && at + 1 < chars.length) {
        at++;
        const to = classMember();
        const [low, high] = [from[0], to[0]];
        if (from.length === 1 && to.length === 1 && low !== undefined && high !== undefined && low[0] === low[1])
          sets.push([[low[0], high[1]]]);
        else sets.push(from, single('-'), to);
      } else sets.push(from);
    }
    if (chars[at] !== ']') return unsupported('an open class');
    at++;
    const set = union(sets);
    return negated ? complement(ignoreCase ? withBothCases(set) : set) : set;
  }

  function classMember(): CharSet {
    const char = chars[at] ?? '';
    at++;
    return char === '\\' ? escapedSet(true) : single(char);
  }

  const tree = choice();
  if (at < chars.length) unsupported('a stray bracket');
  return { tree, exact };
}

export interface PatternPart {
  readonly source: string;
  readonly isNegated: boolean;
}

/**
 * `^P(?=A)(?!B)C` as the three patterns `^P(?:A)`, not `^P(?:B)` and `^PC`, all of which must hold, where P always takes
 * the same number of characters; and a look-behind right before the last `$` likewise. Other patterns come back alone.
 */
export function splitLookAheads(source: string): PatternPart[] {
  const parts: PatternPart[] = [];
  let rest = source;
  if (hasTopLevelChoice(rest)) return [{ source, isNegated: false }];
  const behind = /\(\?<([=!])((?:[^()\\[\]]|\\.|\[(?:[^\]\\]|\\.)*\])*)\)\$$/.exec(rest);
  if (behind !== null) {
    parts.push({ source: `(?:${behind[2]})$`, isNegated: behind[1] === '!' });
    rest = `${rest.slice(0, behind.index)}$`;
  }
  for (let from = 0; rest.startsWith('^'); ) {
    const at = lookAheadAt(rest, from);
    if (at < 0) break;
    const end = closingBracket(rest, at);
    const prefix = rest.slice(0, at);
    if (end < 0 || /^[*+?{]/.test(rest.slice(end + 1)) || !hasFixedLength(prefix)) break;
    parts.push({ source: `${prefix}(?:${rest.slice(at + 3, end)})`, isNegated: rest[at + 2] === '!' });
    rest = prefix + rest.slice(end + 1);
    from = at;
  }
  parts.push({ source: rest, isNegated: false });
  return parts;
}

/** Where the first look-ahead that is in no other group begins. */
function lookAheadAt(source: string, from: number): number {
  let found = -1;
  scan(source, (index, depth) => {
    if (index >= from && depth === 1 && /^\(\?[=!]/.test(source.slice(index, index + 3))) found = index;
    return found >= 0;
  });
  return found;
}

function hasFixedLength(source: string): boolean {
  try {
    const { tree, exact } = parseRegex(source);
    return exact && fixedLength(tree) !== null;
  } catch (error) {
    if (error instanceof UnsupportedRegex) return false;
    throw error;
  }
}

/** The number of characters that every word of a tree has; null if they differ. */
function fixedLength(node: RegexNode): number | null {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'start':
    case 'end':
      return 0;
    case 'sequence':
      return node.of.reduce((sum: number | null, part) => {
        const length = fixedLength(part);
        return sum === null || length === null ? null : sum + length;
      }, 0);
    case 'choice': {
      const lengths = new Set(node.of.map(fixedLength));
      return lengths.size === 1 ? ([...lengths][0] ?? null) : null;
    }
    case 'repeat': {
      const length = fixedLength(node.of);
      return length !== null && (node.min === node.max || length === 0) ? length * node.min : null;
    }
  }
}

/** Calls `visit` with each character that is neither escaped nor in a class, and its depth in brackets. */
function scan(source: string, visit: (index: number, depth: number) => boolean): void {
  let depth = 0;
  let inClass = false;
  for (let index = 0; index < source.length; index++) {
    const char = source[index];
    if (char === '\\') index++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else {
      if (char === '(') depth++;
      if (visit(index, depth)) return;
      if (char === ')') depth--;
    }
  }
}

function hasTopLevelChoice(source: string): boolean {
  let found = false;
  scan(source, (index, depth) => {
    found = source[index] === '|' && depth === 0;
    return found;
  });
  return found;
}

function closingBracket(source: string, openAt: number): number {
  let end = -1;
  scan(source, (index, depth) => {
    if (index > openAt && source[index] === ')' && depth === 1) end = index;
    return end >= 0;
  });
  return end;
}
