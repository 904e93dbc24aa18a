/**
 * Text from elsewhere (bodies and messages of a server), made fit to be shown: nothing in it can move a cursor, turn
 * the direction of writing or break XML; how long it was is said where it is cut.
 */

/** Control characters (but tab and line ends), bidirectional overrides, lone surrogates, and what is no character. */
const UNSAFE = /(?![\n\t])\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/** The text with everything that cannot be seen written out: "\u001b". */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\\r')
    .replace(UNSAFE, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** A text cut for show. */
export interface ShownText {
  readonly text: string;
  /** Characters (UTF-16 units) of the whole, where it was cut; else null. */
  readonly cutFrom: number | null;
}

/** The first `limit` characters, visible; an emoji at the end is kept whole or left out. */
export function shown(text: string, limit: number): ShownText {
  if (text.length <= limit) return { text: visible(text), cutFrom: null };
  const head = text.slice(0, limit);
  return { text: visible(/[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head), cutFrom: text.length };
}

/** The same on one line, with "…" where it was cut: for tables and terminals. */
export function shownLine(text: string, limit: number): string {
  const { text: head, cutFrom } = shown(text, limit);
  const line = head.replace(/\s*\n\s*/g, ' ↵ ').replaceAll('\t', ' ');
  if (cutFrom === null) return line;
  // Not within a word, unless it is a long one.
  return `${/\s/.test(text[limit] ?? '') ? line : line.replace(/\s+\S{0,15}$/, '')}…`;
}
