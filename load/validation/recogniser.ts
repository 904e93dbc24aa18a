import type { Json } from '../../contracts/lib/operation.ts';
import { toPointer } from '../../contracts/lib/pointer.ts';
import type { Schemas } from '../../contracts/lib/reference.ts';
import { jsonLeaves, type Leaf } from './json-leaves.ts';
import { keeps, type LeafRule, type LeafRules, leafRules } from './leaf-rules.ts';

/**
 * Recognises texts that differ from one known to be valid only in scalars that may change, by one regular expression
 * and without parsing: in k6 2 to 8 µs where JSON.parse and the validator take 150 to 300. It accepts only what the
 * validator would accept: the text outside of the scalars is the same character by character, and each scalar that
 * changed keeps all rules that it is under. What it does not recognise says nothing.
 */

export interface Recogniser {
  /** To be called as a method: it is replaced by a quicker one as texts are seen. Whether the text is one that the validator would accept; false says nothing. */
  recognise(text: string): boolean;
  /** The captured scalars of the last text that was recognised here, as written (strings without their quotes). */
  readonly values: readonly { readonly written: string }[];
  /** Where texts have come to differ in one whole number alone: what a caller may compare with itself. It is replaced too. */
  readonly twin: Twin | null;
}

/**
 * The last text but for a number: with any other whole number from `least` on, as JavaScript writes it, the validator
 * accepts it as well.
 */
export interface Twin {
  readonly before: string;
  readonly after: string;
  readonly least: 0 | 1;
  /** Which of the captured scalars the number is; -1: none of them. */
  readonly valueIndex: number;
  /** To be told how many such texts there were: how often scalars change decides what is looked for. */
  readonly seen: (texts: number) => void;
}

export interface RecogniserOptions {
  /** Pointers whose values must stay as they are, with all that is in them, for reasons beyond the schema. */
  readonly frozen: readonly string[];
  /** Further rules of a scalar, by its pointer. */
  readonly rules: ReadonlyMap<string, readonly LeafRule[]>;
  /** Pointers to scalars that are to be captured, in this order. */
  readonly captured: readonly string[];
}

/** Larger texts make expressions that cost more than they save. */
const LONGEST_TEXT = 16_384;
const MOST_LEAVES = 400;

/** Digits that a double holds exactly. */
const DIGITS = '(?:0|[1-9][0-9]{0,14})';
const POSITIVE = '[1-9][0-9]{0,14}';
const INTEGER = `-?${DIGITS}`;
const DECIMAL = `-?${DIGITS}(?:\\.[0-9]{1,15})?`;
/** No quote, no escape, no control character: text that stands for itself. */
const PLAIN_TEXT = '[^"\\\\\\x00-\\x1f]*';

/**
 * A recogniser of texts like `text`, which the validator of `schemaFile` has accepted as `value`. null where none can
 * be made, or where a scalar that was to be captured cannot change, so that each text would need one of its own.
 */
export function makeRecogniser(
  schemas: Schemas,
  schemaFile: string,
  text: string,
  value: Json,
  options: RecogniserOptions,
): Recogniser | null {
  if (text.length > LONGEST_TEXT) return null;
  const leaves = jsonLeaves(text);
  if (leaves === null || leaves.length > MOST_LEAVES) return null;
  const known = leafRules(schemas, schemaFile, value);
  const holes = holesOf(text, leaves, known, options);
  if (options.captured.some((pointer) => !holes.some((hole) => hole.pointer === pointer))) return null;
  return compile(text, holes, options.captured);
}

/** A scalar that may change. */
interface Hole {
  readonly pointer: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'number' | 'string' | 'boolean';
  readonly rules: readonly LeafRule[];
}

/** A hole, compiled. */
interface Scalar {
  readonly isText: boolean;
  /** What stands around it. */
  readonly quote: '' | '"';
  readonly pattern: string;
  readonly whole: RegExp;
  /** Of a whole number that is written without a sign: 0 or 1, what it is at least. */
  readonly least: 0 | 1 | null;
  /** Rules that the pattern does not say. */
  readonly left: readonly LeafRule[];
  /** What was last accepted, without quotes. */
  written: string;
  /** How often the expression found it changed, and whether that is often: then it is looked for from then on. */
  changes: number;
  changesOften: boolean;
}

function holesOf(text: string, leaves: readonly Leaf[], known: LeafRules, options: RecogniserOptions): Hole[] {
  const frozen = new Set([...known.frozen, ...options.frozen]);
  return leaves.flatMap(({ path, start, end, kind }) => {
    const isFrozen =
      path.some((_, length) => frozen.has(toPointer(path.slice(0, length)))) || frozen.has(toPointer(path));
    if (isFrozen || kind === 'null') return [];
    const pointer = toPointer(path);
    const rules = [...(known.rules.get(pointer) ?? []), ...(options.rules.get(pointer) ?? [])];
    const value = JSON.parse(text.slice(start, end)) as Json;
    const hole: Hole = { pointer, start, end, kind, rules };
    // What is not known to be right even now could never be known to be: it stays as it is.
    const isWritten = patternOf(hole).whole.test(
      kind === 'string' ? text.slice(start + 1, end - 1) : text.slice(start, end),
    );
    return isWritten && rules.every((rule) => keeps(rule, value)) ? [hole] : [];
  });
}

/** A text around the only scalar that changes often. */
interface Frame {
  readonly before: string;
  readonly scalar: Scalar;
  readonly after: string;
}

/** Where more scalars than this change from text to text, one expression for all is quicker than one look for each. */
const MOST_CHANGING = 8;
/** A scalar that changes in fewer texts than this (a time in whole seconds) is left to the expression when it does. */
const OFTEN_SHARE = 0.1;

/**
 * Two ways, the quicker one first. Few scalars of a server's answers change from one to the next (an id, a time):
 * between those the text is compared piece by piece with the last one. Where that fails, the expression for all scalars
 * that may change says whether it is still such a text, and those that change often are looked for from then on.
 */
function compile(text: string, holes: readonly Hole[], captured: readonly string[]): Recogniser {
  /** The text before each hole, and behind the last one. */
  const pieces = [...holes, null].map((hole, index) => text.slice(holes[index - 1]?.end ?? 0, hole?.start));
  const scalars = holes.map((hole): Scalar => {
    const quotes = hole.kind === 'string' ? 1 : 0;
    return {
      ...patternOf(hole),
      isText: hole.kind === 'string',
      quote: quotes === 1 ? '"' : '',
      written: text.slice(hole.start + quotes, hole.end - quotes),
      changes: 0,
      changesOften: false,
    };
  });
  const expression = new RegExp(
    `^${pieces.map((piece, index) => escaped(piece) + (index < scalars.length ? expressionOf(scalars[index] as Scalar) : '')).join('')}$`,
  );
  const tally = { seen: 1 };
  const matches = (candidate: string): boolean => {
    const found = expression.exec(candidate);
    if (found === null || !scalars.every((scalar, index) => mayBe(scalar, found[index + 1] ?? ''))) return false;
    tally.seen += 1;
    for (const [index, scalar] of scalars.entries()) {
      const written = found[index + 1] ?? '';
      if (written !== scalar.written) scalar.changes += 1;
      scalar.written = written;
      if (scalar.changes > 1 && scalar.changes > OFTEN_SHARE * tally.seen) scalar.changesOften = true;
    }
    const { recognise, frame } = lookingFor(pieces, scalars, tally, matches);
    recogniser.recognise = recognise;
    recogniser.twin = frame === null ? null : twinOf(frame, values, tally);
    return true;
  };
  const values = captured.map((pointer) => scalars[holes.findIndex((hole) => hole.pointer === pointer)] as Scalar);
  const recogniser: { -readonly [K in keyof Recogniser]: Recogniser[K] } = { values, recognise: matches, twin: null };
  return recogniser;
}

/**
 * Compares a text with the last one between the scalars that change often. Written for few steps: in k6 each costs
 * some 50 ns, and three times as much where it is met for the first time after a request.
 */
function lookingFor(
  pieces: readonly string[],
  scalars: readonly Scalar[],
  tally: { seen: number },
  otherwise: (candidate: string) => boolean,
): { readonly recognise: Recogniser['recognise']; readonly frame: Frame | null } {
  const changing: Scalar[] = [];
  const between: string[] = [''];
  const ends: string[] = [];
  const add = (piece: string): void => {
    between[between.length - 1] += piece;
  };
  for (const [index, scalar] of scalars.entries()) {
    add((pieces[index] ?? '') + scalar.quote);
    if (scalar.changesOften) {
      changing.push(scalar);
      ends.push((scalar.quote || pieces[index + 1] || '').slice(0, 1));
      between.push('');
    } else {
      add(scalar.written);
    }
    add(scalar.quote);
  }
  add(pieces[scalars.length] ?? '');

  if (changing.length > MOST_CHANGING) return { recognise: otherwise, frame: null };
  const recognise = (candidate: string): boolean => {
    let at = 0;
    for (const [index, scalar] of changing.entries()) {
      const piece = between[index] ?? '';
      const from = at + piece.length;
      if (candidate.slice(at, from) !== piece) return otherwise(candidate);
      at = candidate.indexOf(ends[index] ?? '', from);
      if (at < 0 || !mayBe(scalar, candidate.slice(from, at))) return otherwise(candidate);
      scalar.written = candidate.slice(from, at);
    }
    if (candidate.slice(at) !== between[changing.length]) return otherwise(candidate);
    tally.seen += 1;
    return true;
  };
  const [before = '', after = ''] = between;
  const [only, ...others] = changing;
  return { recognise, frame: only === undefined || others.length > 0 ? null : { before, scalar: only, after } };
}

function twinOf({ before, scalar, after }: Frame, values: readonly Scalar[], tally: { seen: number }): Twin | null {
  const { least, left } = scalar;
  if (least === null || left.length > 0) return null;
  const seen = (texts: number): void => {
    tally.seen += texts;
  };
  return { before, after, least, valueIndex: values.indexOf(scalar), seen };
}

/** Whether this may be written in the place of a scalar. */
function mayBe(scalar: Scalar, written: string): boolean {
  if (written === scalar.written) return true;
  if (!scalar.whole.test(written)) return false;
  if (scalar.left.length === 0) return true;
  const value = scalar.isText ? written : (JSON.parse(written) as Json);
  return scalar.left.every((rule) => keeps(rule, value));
}

function expressionOf({ quote, pattern }: Scalar): string {
  return `${quote}(${pattern})${quote}`;
}

/** An expression for the scalar's text, without quotes, and the rules that it does not say itself. */
function patternOf(hole: Hole): Pick<Scalar, 'pattern' | 'whole' | 'least' | 'left'> {
  if (hole.kind === 'number') return numberPattern(hole.rules);
  const pattern = hole.kind === 'boolean' ? 'true|false' : PLAIN_TEXT;
  return { pattern, whole: wholly(pattern), least: null, left: hole.rules.filter(({ keyword }) => keyword !== 'type') };
}

/** That a whole number is at least 0 or 1 is said by its pattern: what ids and times are held to costs nothing more. */
function numberPattern(rules: readonly LeafRule[]): Pick<Scalar, 'pattern' | 'whole' | 'least' | 'left'> {
  const isWhole = rules.some(({ keyword, limit }) => keyword === 'type' && ![limit].flat().includes('number'));
  const isFloor = ({ keyword, limit }: LeafRule, floor: 0 | 1) =>
    (keyword === 'minimum' && limit === floor) || (keyword === 'exclusiveMinimum' && limit === floor - 1);
  const floor = !isWhole
    ? null
    : rules.some((rule) => isFloor(rule, 1))
      ? 1
      : rules.some((rule) => isFloor(rule, 0))
        ? 0
        : null;
  const pattern = !isWhole ? DECIMAL : floor === null ? INTEGER : floor === 0 ? DIGITS : POSITIVE;
  const isSaid = (rule: LeafRule) =>
    rule.keyword === 'type' || (floor !== null && isFloor(rule, 0)) || (floor === 1 && isFloor(rule, 1));
  return { pattern, whole: wholly(pattern), least: floor, left: rules.filter((rule) => !isSaid(rule)) };
}

const whollies = new Map<string, RegExp>();

function wholly(pattern: string): RegExp {
  const known = whollies.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^(?:${pattern})$`);
  whollies.set(pattern, made);
  return made;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
