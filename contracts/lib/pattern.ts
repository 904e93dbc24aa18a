/**
 * Patterns that read alike in Node and in k6. k6's JavaScript engine reads `\p{L}` as the plain text "p{L}"
 * (k6 v2.2.0, Sobek; lookbehind, named groups and astral ranges it reads well), so property escapes are written
 * out as ranges before a validator is compiled.
 */

/** The same pattern with each `\p{…}` and `\P{…}` written out as ranges. Patterns are of the "u" flag. */
export function withoutPropertyEscapes(pattern: string): string {
  if (!/\\[pP]\{/.test(pattern)) return pattern;
  let text = '';
  let insideClass = false;
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? '';
    if (character === '\\') {
      const propertyEscape = /^\\[pP]\{[^}]*\}/.exec(pattern.slice(index))?.[0];
      const taken = propertyEscape ?? pattern.slice(index, index + 2);
      text +=
        propertyEscape === undefined ? taken : insideClass ? rangesOf(propertyEscape) : `[${rangesOf(propertyEscape)}]`;
      index += taken.length - 1;
    } else {
      if (character === '[') insideClass = true;
      if (character === ']') insideClass = false;
      text += character;
    }
  }
  return text;
}

const rangesByEscape = new Map<string, string>();

/** The code points that a property propertyEscape matches, as the inside of a character class. */
function rangesOf(propertyEscape: string): string {
  const known = rangesByEscape.get(propertyEscape);
  if (known !== undefined) return known;
  const matches = new RegExp(`^${propertyEscape}$`, 'u');
  const hex = (codePoint: number) => `\\u{${codePoint.toString(16)}}`;
  let ranges = '';
  let start = -1;
  for (let codePoint = 0; codePoint <= 0x11_0000; codePoint += 1) {
    const isMatch = codePoint < 0x11_0000 && matches.test(String.fromCodePoint(codePoint));
    if (isMatch && start < 0) start = codePoint;
    if (!isMatch && start >= 0) {
      ranges += start === codePoint - 1 ? hex(start) : `${hex(start)}-${hex(codePoint - 1)}`;
      start = -1;
    }
  }
  rangesByEscape.set(propertyEscape, ranges);
  return ranges;
}
