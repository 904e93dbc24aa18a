import type { Layer } from '../judge/schema-index.ts';
import type { Json } from '../lib/operation.ts';
import { sampleOfPattern } from './pattern-sample.ts';
import type { Place } from './places.ts';
import { typesOf } from './sample.ts';

/** A value that is meant to break one keyword at a place. Whether it does, and nothing else, is checked by the caller. */
export interface Breaker {
  readonly keyword: string;
  /** Where the keyword is written: "request.schema.json#/properties/a/type". */
  readonly rule: string;
  /** What is wrong, as part of an id: "string", "array-of-it", "below". */
  readonly variant: string;
  /** The same in words: "a string". */
  readonly words: string;
  /** undefined: nothing stands there any more. */
  readonly value: Json | undefined;
}

/** Longest text and array that are sent to break an upper bound. */
const LONGEST = 100_000;

/** Values to break each keyword at a place; where several may do for one id, the likelier first. */
export function* breakersOf(place: Place): Generator<Breaker> {
  if (place.requiredBy !== null)
    yield { keyword: 'required', rule: place.requiredBy, variant: 'missing', words: 'missing', value: undefined };
  const types = typesOf(place.layers);
  const typeLayer = place.layers.find(({ keywords }) => 'type' in keywords);
  if (typeLayer !== undefined) yield* otherTypes(place, types, `${typeLayer.location}/type`);
  for (const layer of place.layers) {
    for (const [keyword, value] of Object.entries(layer.keywords)) {
      for (const [variant, words, broken] of valuesToBreak(keyword, value, place))
        yield { keyword, rule: `${layer.location}/${keyword}`, variant, words, value: broken };
    }
  }
}

function* otherTypes(place: Place, types: readonly string[], rule: string): Generator<Breaker> {
  const value = place.value;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const others: readonly (readonly [type: string, variant: string, words: string, value: Json])[] = [
    ['null', 'null', 'null', null],
    ['boolean', 'boolean', 'a boolean', true],
    ['string', 'string', 'a string', 'abc'],
    ['string', 'empty-string', 'an empty string', ''],
    ['number', 'number', 'a number', 7],
    ['object', 'object', 'an empty object', {}],
    ['object', 'nested', 'the value inside an object', isObject ? { body: value } : { id: value }],
    ['array', 'array', 'an empty array', []],
    ['array', 'array-of-it', 'an array of the value', [value]],
  ];
  for (const [type, variant, words, broken] of others) {
    if (types.includes(type) || (type === 'number' && types.includes('integer'))) continue;
    yield { keyword: 'type', rule, variant, words, value: broken };
  }
}

type Attempt = readonly [variant: string, words: string, value: Json];

function* valuesToBreak(keyword: string, rule: unknown, place: Place): Generator<Attempt> {
  const { value } = place;
  const text = typeof value === 'string' ? value : 'sample';
  switch (keyword) {
    case 'enum':
    case 'const': {
      const allowed = keyword === 'enum' ? (rule as Json[]) : [rule as Json];
      const sample = allowed.find((one) => one !== null) ?? null;
      if (typeof sample === 'string') {
        yield ['other-value', 'a value that is not listed', `${sample}-other`];
        yield [
          'other-case',
          'a listed value in other case',
          sample === sample.toUpperCase() ? sample.toLowerCase() : sample.toUpperCase(),
        ];
      } else if (typeof sample === 'number')
        yield [
          'other-value',
          'a value that is not listed',
          Math.max(...allowed.filter((one) => typeof one === 'number')) + 1,
        ];
      else if (typeof sample === 'boolean') yield ['other-value', 'the other boolean', !sample];
      else yield ['other-value', 'a value that is not listed', 'other'];
      return;
    }
    case 'minimum':
      for (const step of stepsOf(place.layers)) yield ['below', 'below the minimum', (rule as number) - step];
      return;
    case 'exclusiveMinimum':
      yield ['at', 'at the bound that it must be above', rule as number];
      return;
    case 'maximum':
      for (const step of stepsOf(place.layers)) yield ['above', 'above the maximum', (rule as number) + step];
      return;
    case 'exclusiveMaximum':
      yield ['at', 'at the bound that it must be below', rule as number];
      return;
    case 'multipleOf': {
      const base = typeof value === 'number' ? value : (rule as number);
      for (const part of [1, 0.5, 0.1]) {
        yield ['between', 'between two multiples', base + part * (part === 1 ? 1 : (rule as number))];
        yield ['between', 'between two multiples', base - part * (part === 1 ? 1 : (rule as number))];
      }
      return;
    }
    case 'minLength':
      if ((rule as number) > 0) {
        const short = [...text].slice(0, (rule as number) - 1).join('');
        yield ['short', 'one character too short', short.padEnd((rule as number) - 1, 'a')];
        for (const pattern of patternsOf(place.layers)) yield ['short', 'too short', sampleOfPattern(pattern)];
      }
      return;
    case 'maxLength':
      if ((rule as number) < LONGEST) {
        yield ['long', 'one character too long', grown(text, (rule as number) + 1)];
        yield ['long', 'one character too long', 'a'.repeat((rule as number) + 1)];
        yield ['long', 'one character too long', '1'.repeat((rule as number) + 1)];
      }
      return;
    case 'pattern':
    case 'format':
      for (const broken of [
        `${text} §`,
        `§${text}`,
        text.replace(/./u, '§'),
        text.replace(/.$/u, '§'),
        'not that',
        '§',
        '-',
        'a b',
        'x'.repeat([...text].length),
      ])
        yield ['mismatch', keyword === 'pattern' ? 'a text that does not match' : `no ${rule}`, broken];
      return;
    case 'minItems':
      if (Array.isArray(value) && (rule as number) > 0)
        yield ['few', 'one item too few', value.slice(0, (rule as number) - 1)];
      return;
    case 'maxItems':
      if (Array.isArray(value) && (rule as number) < LONGEST) {
        const missing = (rule as number) + 1 - value.length;
        const item = value.at(-1) ?? 1;
        if (missing > 0) {
          yield [
            'many',
            'one item too many',
            [...value, ...Array.from({ length: missing }, (_, at) => different(item, at + 1))],
          ];
          yield ['many', 'one item too many', [...value, ...Array.from({ length: missing }, () => item)]];
        }
      }
      return;
    case 'uniqueItems':
      if (rule === true && Array.isArray(value) && value.length > 0) {
        yield ['twice', 'an item twice', [...value, value[0] ?? null]];
        yield ['twice', 'an item twice', value.length > 1 ? [...value.slice(0, -1), value[0] ?? null] : value];
      }
      return;
    case 'contains':
      if (Array.isArray(value)) {
        yield ['none', 'without the item it must contain', []];
        yield ['none', 'without the item it must contain', value.map(() => 'other')];
        yield ['none', 'without the item it must contain', value.map(() => 0)];
        yield ['none', 'without the item it must contain', value.map(() => ({}))];
      }
      return;
    case 'items':
      if (rule === false && Array.isArray(value)) yield ['many', 'one item too many', [...value, 1]];
      return;
    case 'additionalProperties':
    case 'unevaluatedProperties':
      if (rule === false && isObject(value))
        yield ['unknown-field', 'a field that is not allowed', { ...value, assayUnknown: 1 }];
      return;
    case 'propertyNames':
      if (isObject(value))
        for (const name of ['assay unknown §', 'ASSAY', 'assay-unknown', '1', ''])
          yield ['name', 'a field whose name is not allowed', { ...value, [name]: Object.values(value)[0] ?? 1 }];
      return;
    case 'minProperties':
      if (isObject(value)) {
        const entries = Object.entries(value);
        yield ['few', 'too few fields', Object.fromEntries(entries.slice(0, (rule as number) - 1))];
        yield ['few', 'too few fields', Object.fromEntries(entries.slice(entries.length - (rule as number) + 1))];
      }
      return;
    case 'maxProperties':
      if (isObject(value)) {
        const missing = (rule as number) + 1 - Object.keys(value).length;
        if (missing > 0 && missing < 200)
          yield [
            'many',
            'too many fields',
            {
              ...value,
              ...Object.fromEntries(
                Array.from({ length: missing }, (_, at) => [
                  `extra${String.fromCharCode(97 + (at % 26)).repeat(1 + Math.floor(at / 26))}`,
                  Object.values(value)[0] ?? 1,
                ]),
              ),
            },
          ];
      }
      return;
    case 'dependentRequired':
      if (isObject(value))
        for (const [name, needed] of Object.entries(rule as Record<string, string[]>))
          for (const one of needed)
            if (name in value) yield [`${name}-without-${one}`, `${name} without ${one}`, without(value, one)];
      return;
    case 'not':
      yield* forbidden(rule);
      return;
    default:
      // anyOf, oneOf, if and the like have no value of their own to break them: the keywords of their branches have.
      return;
  }
}

/** Values that a plain `not` forbids. */
function* forbidden(rule: unknown): Generator<Attempt> {
  if (typeof rule !== 'object' || rule === null) return;
  const { const: constant, enum: values, type } = rule as { const?: Json; enum?: Json[]; type?: string };
  if (constant !== undefined) yield ['forbidden', 'the forbidden value', constant];
  for (const value of values ?? []) yield ['forbidden', 'a forbidden value', value];
  const ofType: Record<string, Json> = {
    null: null,
    boolean: true,
    string: 'abc',
    number: 7,
    integer: 7,
    object: {},
    array: [],
  };
  if (type !== undefined && ofType[type] !== undefined)
    yield ['forbidden', 'a value of the forbidden type', ofType[type]];
}

function stepsOf(layers: readonly Layer[]): number[] {
  const grids = layers.flatMap(({ keywords }) =>
    typeof keywords['multipleOf'] === 'number' ? [keywords['multipleOf']] : [],
  );
  return [...grids, 1];
}

function patternsOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ keywords }) => (typeof keywords['pattern'] === 'string' ? [keywords['pattern']] : []));
}

/** The text with its last character repeated up to `length` characters. */
function grown(text: string, length: number): string {
  const characters = [...text];
  return text + (characters.at(-1) ?? 'a').repeat(Math.max(0, length - characters.length));
}

function different(item: Json, shift: number): Json {
  if (typeof item === 'number') return item + shift;
  return typeof item === 'string' ? `${item}${shift}` : item;
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function without(object: { [name: string]: Json }, name: string): Json {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}
