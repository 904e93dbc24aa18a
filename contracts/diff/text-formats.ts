import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { Automaton } from './regex-automaton.ts';
import { automatonOf } from './regex-automaton.ts';
import { splitLookAheads } from './regex-syntax.ts';

/**
 * The formats of strings that ajv-formats asserts, as languages: `within` is a superset of the format (each automaton
 * must accept), `core` a subset of ordinary words, `holds` the check that AJV itself makes.
 */
export interface TextFormat {
  readonly within: readonly Automaton[];
  /** `within` is exactly the format. */
  readonly exact: boolean;
  readonly core: Automaton | null;
  holds(text: string): boolean;
}

const DATE = String.raw`(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)`;
const TIME = String.raw`\d\d:\d\d:(?:[0-5]\d|60)(?:\.\d+)?`;
const ZONE = String.raw`(?:[zZ]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)`;
const PLAIN_TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?`;

/** Languages of the formats that ajv-formats checks with code; those it checks with one expression need none. */
const LANGUAGES: Readonly<Record<string, { within: string; core: string; exact?: boolean }>> = {
  date: { within: `^${DATE}$`, core: `^${DATE}$`, exact: true },
  time: { within: `^${TIME}${ZONE}$`, core: `^${PLAIN_TIME}${ZONE}$` },
  'date-time': { within: String.raw`^${DATE}[tT\s]${TIME}${ZONE}$`, core: `^${DATE}T${PLAIN_TIME}${ZONE}$` },
  'iso-time': { within: `^${TIME}${ZONE}?$`, core: `^${PLAIN_TIME}${ZONE}?$` },
  'iso-date-time': { within: String.raw`^${DATE}[tT\s]${TIME}${ZONE}?$`, core: `^${DATE}T${PLAIN_TIME}${ZONE}?$` },
  uri: {
    within: String.raw`^[a-zA-Z][a-zA-Z0-9+\-.]*:`,
    core: '^[a-z][a-z0-9+.-]*:(?://[a-z0-9.-]+(?:/[a-zA-Z0-9._-]*)*|[a-z0-9._-]+)$',
  },
  regex: { within: '', core: '^[a-z0-9]*$' },
  byte: { within: '', core: '^(?:[A-Za-z0-9+/]{4})*$' },
  url: { within: '^(?:[hH]|[fF])', core: '^https?://[a-z]+[.][a-z]{2,}(?:/[a-z0-9]*)*$' },
  duration: { within: '^P(?:[0-9YMDTHSW]+)$', core: String.raw`^P\d+[YMDW]$` },
};

const cache = new Map<string, TextFormat | null>();

/** The language of a format name; null for names that are not asserted of strings (unknown, or of numbers). */
export function textFormat(name: string): TextFormat | null {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const format = formatOf(name);
  cache.set(name, format);
  return format;
}

function formatOf(name: string): TextFormat | null {
  const definition: unknown = Object.hasOwn(fullFormats, name) ? fullFormats[name as keyof typeof fullFormats] : null;
  const holds = checkOf(definition);
  if (holds === null) return null;
  const language = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
  if (language !== undefined) {
    const within = automatonOf(language.within);
    return {
      within: within === null ? [] : [within],
      exact: language.exact ?? false,
      core: automatonOf(language.core),
      holds,
    };
  }
  if (!(definition instanceof RegExp)) return null;
  const parts = splitLookAheads(definition.source);
  const automata = parts
    .filter((part) => !part.isNegated)
    .map((part) => automatonOf(part.source, definition.flags.includes('i')));
  const within = automata.filter((automaton) => automaton !== null);
  const exact = within.length === parts.length && within.every((automaton) => automaton.exact);
  return { within, exact, core: null, holds };
}

function checkOf(definition: unknown): ((text: string) => boolean) | null {
  if (definition instanceof RegExp) return (text) => definition.test(text);
  if (typeof definition === 'function') return (text) => (definition as (text: string) => boolean)(text);
  if (typeof definition !== 'object' || definition === null) return null;
  const { type, validate } = definition as { readonly type?: unknown; readonly validate?: unknown };
  return type === 'number' ? null : checkOf(validate);
}

/** Formats of numbers that ajv-formats asserts, as the constraint each one is. */
export const NUMBER_FORMATS: Readonly<Record<string, { integer: boolean; min?: number; max?: number }>> = {
  int32: { integer: true, min: -(2 ** 31), max: 2 ** 31 - 1 },
  int64: { integer: true },
};
