/**
 * A text that a regular expression matches, for the part of the language that patterns of ids and codes use:
 * literals, classes, groups, alternation, quantifiers, anchors. The caller checks the text; for what is beyond this
 * part (look-around, back references, classes by Unicode property) it may be wrong.
 */
export function sampleOfPattern(pattern: string): string {
  const reader = { pattern, index: 0 };
  return alternatives(reader);
}

interface Reader {
  readonly pattern: string;
  index: number;
}

/** Reads up to the end of the group and gives a sample of its first alternative. */
function alternatives(reader: Reader): string {
  let first: string | null = null;
  let current = '';
  while (reader.index < reader.pattern.length && reader.pattern[reader.index] !== ')') {
    if (reader.pattern[reader.index] === '|') {
      first ??= current;
      current = '';
      reader.index += 1;
      continue;
    }
    const unit = atom(reader);
    current += unit.repeat(leastRepeats(reader));
  }
  return first ?? current;
}

function atom(reader: Reader): string {
  const char = reader.pattern[reader.index] ?? '';
  reader.index += 1;
  if (char === '^' || char === '$') return '';
  if (char === '.') return 'a';
  if (char === '[') return classSample(reader);
  if (char === '\\') return escapeSample(reader);
  if (char === '(') {
    const prefix = /^\?(?::|<[a-zA-Z]\w*>)/.exec(reader.pattern.slice(reader.index));
    if (prefix) reader.index += prefix[0].length;
    const inner = alternatives(reader);
    reader.index += 1;
    return inner;
  }
  return char;
}

/** How often the unit before must occur at least, 1 for each unit that may occur more often than that or not at all. */
function leastRepeats(reader: Reader): number {
  const quantifier = /^(?:([*?])|(\+)|\{(\d+)(,(\d*))?\})\??/.exec(reader.pattern.slice(reader.index));
  if (!quantifier) return 1;
  reader.index += quantifier[0].length;
  if (quantifier[1] !== undefined) return 0;
  return quantifier[2] !== undefined ? 1 : Number(quantifier[3]);
}

function escapeSample(reader: Reader): string {
  const char = reader.pattern[reader.index] ?? '';
  reader.index += 1;
  if (char === 'd') return '1';
  if (char === 'w') return 'a';
  if (char === 's') return ' ';
  if (char === 'D' || char === 'S') return 'a';
  if (char === 'W') return '-';
  if (char === 'b' || char === 'B') return '';
  if (char === 'n') return '\n';
  if (char === 't') return '\t';
  if (char === 'p' && reader.pattern[reader.index] === '{') {
    const property = /^\{[^}]*\}/.exec(reader.pattern.slice(reader.index))?.[0] ?? '';
    reader.index += property.length;
    if (/^\{(N|Nd)\}/.test(property)) return '1';
    return /^\{(Lu|Uppercase)/.test(property) ? 'A' : 'a';
  }
  if (char === 'u' || char === 'x') {
    const digits = /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{4}))/.exec(reader.pattern.slice(reader.index));
    if (digits) {
      reader.index += digits[0].length;
      return String.fromCodePoint(Number.parseInt(digits[1] ?? digits[2] ?? '61', 16));
    }
  }
  return char;
}

/** Printable ASCII, the plainest first. */
const CANDIDATES = [
  ...'aA1-_. ',
  ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)),
  ...'éЖ李\n\t',
];

/** A member of the class whose opening bracket has been read. */
function classSample(reader: Reader): string {
  const start = reader.index - 1;
  while (reader.index < reader.pattern.length && reader.pattern[reader.index] !== ']')
    reader.index += reader.pattern[reader.index] === '\\' ? 2 : 1;
  reader.index += 1;
  try {
    const member = new RegExp(`^${reader.pattern.slice(start, reader.index)}$`, 'u');
    return CANDIDATES.find((candidate) => member.test(candidate)) ?? 'a';
  } catch {
    return 'a';
  }
}
