import formatsModule from 'ajv-formats/dist/formats.js';
import type { Json, JsonSchema } from '../../contracts/lib/operation.ts';
import { toPointer } from '../../contracts/lib/pointer.ts';
import { isAnchor, type Place, refTarget, type Schemas } from '../../contracts/lib/reference.ts';

/**
 * Which scalars of a valid value may change, and within which rules, so that it stays valid whatever the others are
 * changed to. This is what lets a text be recognised instead of parsed: see recogniser.ts.
 *
 * Everything is on the safe side. A keyword that is not known here freezes all that lies below it, so that a schema
 * never makes this wrong, only slower. Of a choice (anyOf) the branch is taken that the value is proven to keep: as
 * long as that one is kept, the choice is.
 */

/** A keyword that a scalar is held to, and what stands beside it. */
export interface LeafRule {
  readonly keyword: string;
  readonly limit: unknown;
}

export interface LeafRules {
  /** Pointers to scalars, objects and arrays that must stay as they are, with all that is in them. */
  readonly frozen: ReadonlySet<string>;
  /** Pointer to a scalar → rules that it must keep. Scalars without an entry are held to none. */
  readonly rules: ReadonlyMap<string, readonly LeafRule[]>;
}

/** What says nothing about a value. Subschemas under $defs count only where a $ref leads to them. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$comment',
  '$defs',
  'title',
  'description',
  'default',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
/** What scalars are held to. */
const SCALAR_KEYWORDS = new Set([
  'type',
  'enum',
  'const',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
]);
/** What depends on the names of an object or the length of an array alone, which never change. */
const SHAPE_KEYWORDS = new Set([
  'required',
  'minProperties',
  'maxProperties',
  'propertyNames',
  'dependentRequired',
  'minItems',
  'maxItems',
]);
/** What is about the inside of objects and arrays, and nothing to a scalar. */
const INSIDE_KEYWORDS = new Set([
  ...SHAPE_KEYWORDS,
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'dependentSchemas',
  'items',
  'prefixItems',
  'contains',
  'minContains',
  'maxContains',
  'uniqueItems',
  'unevaluatedItems',
]);
/** Deeper than schemas are, but for those that lead back to themselves. */
const DEEPEST = 64;

type SchemaObject = { readonly [keyword: string]: unknown };
/** The rules of `value`, which the schema file is known to accept. */
export function leafRules(schemas: Schemas, file: string, value: Json): LeafRules {
  const frozen = new Set<string>();
  const rules = new Map<string, LeafRule[]>();
  const root = schemas[file];
  if (root === undefined || hasInnerIds(schemas)) return { frozen: new Set(['']), rules };

  /** Adds what `place` asks of `at`, a part of the value that is known to be valid under it. */
  const collect = (place: Place, at: Json, path: readonly string[], depth: number): void => {
    const { file: from, schema } = place;
    if (typeof schema === 'boolean') return;
    const freeze = (): void => {
      frozen.add(toPointer(path));
    };
    if (depth > DEEPEST) {
      freeze();
      return;
    }
    const into = (child: unknown, inner: Json, ...more: string[]): void =>
      collect({ file: from, schema: child as JsonSchema }, inner, [...path, ...more], depth + 1);
    for (const [keyword, limit] of Object.entries(schema)) {
      if (ANNOTATIONS.has(keyword) || keyword.startsWith('x-')) continue;
      if (keyword === '$ref') {
        const target = resolve(schemas, from, limit);
        if (target === null) freeze();
        else collect(target, at, path, depth + 1);
      } else if (keyword === 'allOf') {
        for (const child of limit as JsonSchema[]) into(child, at);
      } else if (keyword === 'anyOf') {
        const kept = (limit as JsonSchema[]).find((child) => proves({ file: from, schema: child }, at, depth + 1));
        if (kept === undefined) freeze();
        else into(kept, at);
      } else if (keyword === 'oneOf') {
        const branches = limit as JsonSchema[];
        const kept = branches.find((child) => proves({ file: from, schema: child }, at, depth + 1));
        const others = branches.filter((child) => child !== kept);
        const isAlone = others.every((child) => neverAccepts({ file: from, schema: child }, at, depth + 1));
        if (kept === undefined || !isAlone) freeze();
        else into(kept, at);
      } else if (isContainer(at)) {
        if (
          keyword === 'unevaluatedProperties' &&
          typeof limit === 'boolean' &&
          isByNamesAlone({ file: from, schema }, depth)
        )
          continue;
        const parts = partsUnder(schema, keyword, at);
        if (parts === null) freeze();
        for (const { child, name } of parts ?? []) {
          const inner = name === null ? at : ((at as { [name: string]: Json })[name] ?? null);
          if (child === null) frozen.add(toPointer([...path, String(name)]));
          else into(child, inner, ...(name === null ? [] : [name]));
        }
      } else if (SCALAR_KEYWORDS.has(keyword)) {
        const pointer = toPointer(path);
        rules.set(pointer, [...(rules.get(pointer) ?? []), { keyword, limit }]);
      } else if (!INSIDE_KEYWORDS.has(keyword)) {
        freeze();
      }
    }
  };

  /** Whether the value is valid for sure; false also where that is not known. */
  const proves = (place: Place, at: Json, depth: number): boolean => {
    const { file: from, schema } = place;
    if (typeof schema === 'boolean') return schema;
    if (depth > DEEPEST) return false;
    const inside = (child: unknown, inner: Json): boolean =>
      proves({ file: from, schema: child as JsonSchema }, inner, depth + 1);
    return Object.entries(schema).every(([keyword, limit]) => {
      if (ANNOTATIONS.has(keyword) || keyword.startsWith('x-')) return true;
      if (keyword === 'type') return [limit].flat().some((type) => isOfType(at, type as string));
      if (keyword === '$ref') {
        const target = resolve(schemas, from, limit);
        return target !== null && proves(target, at, depth + 1);
      }
      if (keyword === 'allOf') return (limit as JsonSchema[]).every((child) => inside(child, at));
      if (keyword === 'anyOf') return (limit as JsonSchema[]).some((child) => inside(child, at));
      if (!isContainer(at)) {
        if (INSIDE_KEYWORDS.has(keyword)) return true;
        return SCALAR_KEYWORDS.has(keyword) && keeps({ keyword, limit }, at);
      }
      if (Array.isArray(at)) {
        if (keyword === 'items' && schema['prefixItems'] === undefined) return at.every((item) => inside(limit, item));
        return isObjectKeyword(keyword);
      }
      if (keyword === 'required') return (limit as string[]).every((name) => Object.hasOwn(at, name));
      if (keyword === 'properties')
        return Object.entries(limit as Record<string, JsonSchema>).every(
          ([name, child]) => !Object.hasOwn(at, name) || inside(child, at[name] as Json),
        );
      if (keyword === 'additionalProperties' && schema['patternProperties'] === undefined)
        return Object.keys(at).every((name) => !isAdditional(schema, name) || inside(limit, at[name] as Json));
      return isArrayKeyword(keyword);
    });
  };

  /** Whether the schema refuses every value of the JSON type of `at`; false also where that is not known. */
  const neverAccepts = (place: Place, at: Json, depth: number): boolean => {
    const { file: from, schema } = place;
    if (typeof schema === 'boolean') return !schema;
    if (depth > DEEPEST) return false;
    const types = schema['type'] === undefined ? null : [schema['type']].flat();
    if (
      types !== null &&
      !types.some((type) => isOfType(at, type as string) || (type === 'integer' && typeof at === 'number'))
    )
      return true;
    const listed = 'const' in schema ? [schema['const']] : (schema['enum'] as unknown[] | undefined);
    if (listed?.every((one) => typeof one !== typeof at || (one === null) !== (at === null))) return true;
    const target = schema['$ref'] === undefined ? null : resolve(schemas, from, schema['$ref']);
    return target !== null && neverAccepts(target, at, depth + 1);
  };

  /** Whether it depends on an object's names alone which of them count as evaluated. */
  const isByNamesAlone = (place: Place, depth: number): boolean => {
    const { file: from, schema } = place;
    if (typeof schema === 'boolean') return true;
    if (depth > DEEPEST || ['anyOf', 'oneOf', 'if'].some((keyword) => keyword in schema)) return false;
    const target = schema['$ref'] === undefined ? undefined : resolve(schemas, from, schema['$ref']);
    if (target === null || (target !== undefined && !isByNamesAlone(target, depth + 1))) return false;
    return [
      ...((schema['allOf'] as JsonSchema[] | undefined) ?? []),
      ...Object.values((schema['dependentSchemas'] as Record<string, JsonSchema> | undefined) ?? {}),
    ].every((child) => isByNamesAlone({ file: from, schema: child }, depth + 1));
  };

  collect({ file, schema: root }, value, [], 0);
  return { frozen, rules };
}

/** A part of an object or array, and a schema that it is held to; null: it is not known to which. */
interface Part {
  readonly child: JsonSchema | null;
  /** null: the whole. */
  readonly name: string | null;
}

/** The parts that a keyword is about; null where it may be about all that lies below, in a way not known here. */
function partsUnder(schema: SchemaObject, keyword: string, at: Json[] | { [name: string]: Json }): Part[] | null {
  if (SHAPE_KEYWORDS.has(keyword) || keyword === 'type') return [];
  // Of scalar keywords only these two compare objects and arrays.
  if (SCALAR_KEYWORDS.has(keyword)) return keyword === 'enum' || keyword === 'const' ? null : [];
  const limit = schema[keyword];
  const names = Object.keys(at);
  if (Array.isArray(at)) {
    const prefix = (schema['prefixItems'] as JsonSchema[] | undefined) ?? [];
    if (keyword === 'items') return names.slice(prefix.length).map((name) => ({ child: limit as JsonSchema, name }));
    if (keyword === 'prefixItems')
      return prefix.slice(0, at.length).map((child, index) => ({ child, name: String(index) }));
    return isObjectKeyword(keyword) ? [] : null;
  }
  if (keyword === 'additionalProperties')
    return names.filter((name) => isAdditional(schema, name)).map((name) => ({ child: limit as JsonSchema, name }));
  if (['properties', 'dependentSchemas'].includes(keyword))
    return Object.entries(limit as Record<string, JsonSchema>)
      .filter(([name]) => Object.hasOwn(at, name))
      .map(([name, child]) => ({ child, name: keyword === 'properties' ? name : null }));
  if (keyword === 'patternProperties')
    return Object.entries(limit as Record<string, JsonSchema>).flatMap(([pattern, child]) =>
      names
        .filter((name) => matches(pattern, name) !== false)
        .map((name) => ({ child: isPortable(pattern) ? child : null, name })),
    );
  return isArrayKeyword(keyword) ? [] : null;
}

/** Whether a scalar keeps a rule; false also where that is not known. */
export function keeps({ keyword, limit }: LeafRule, value: Json): boolean {
  const number = typeof value === 'number' ? value : null;
  const text = typeof value === 'string' ? value : null;
  switch (keyword) {
    case 'type':
      return [limit].flat().some((type) => isOfType(value, type as string));
    case 'enum':
      return (limit as Json[]).some((one) => one === value);
    case 'const':
      return limit === value;
    case 'minimum':
      return number === null || number >= (limit as number);
    case 'maximum':
      return number === null || number <= (limit as number);
    case 'exclusiveMinimum':
      return number === null || number > (limit as number);
    case 'exclusiveMaximum':
      return number === null || number < (limit as number);
    case 'minLength':
      return text === null || codePoints(text) >= (limit as number);
    case 'maxLength':
      return text === null || codePoints(text) <= (limit as number);
    case 'pattern':
      return text === null || (isPortable(limit as string) && regularExpression(limit as string).test(text));
    case 'format':
      return keepsFormat(limit as string, value);
    default:
      return false;
  }
}

const regularExpressions = new Map<string, RegExp>();

function regularExpression(pattern: string): RegExp {
  const known = regularExpressions.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(pattern, 'u');
  regularExpressions.set(pattern, made);
  return made;
}

type Check = RegExp | ((value: never) => boolean);
type Format = Check | { readonly type?: 'number'; readonly validate: Check } | true;

/** The formats as AJV checks them. */
const FORMATS = (formatsModule as unknown as { fullFormats: Readonly<Record<string, Format>> }).fullFormats;

/** A format is for texts, or for numbers, and says nothing of other values. */
function keepsFormat(name: string, value: Json): boolean {
  const format = FORMATS[name];
  if (format === undefined || format === true) return false;
  const isDefinition = typeof format === 'object' && 'validate' in format;
  const check = isDefinition ? format.validate : format;
  if (typeof value !== (isDefinition ? (format.type ?? 'string') : 'string')) return true;
  return check instanceof RegExp ? check.test(value as string) : check(value as never);
}

const innerIdsOf = new WeakMap<Schemas, boolean>();

function hasInnerIds(schemas: Schemas): boolean {
  const known = innerIdsOf.get(schemas);
  if (known !== undefined) return known;
  const found = Object.values(schemas).some(hasInnerId);
  innerIdsOf.set(schemas, found);
  return found;
}

/** A subschema with an $id of its own: references inside it are relative to that, which is not followed here. */
function hasInnerId(schema: unknown): boolean {
  const isInner = (child: unknown): boolean =>
    typeof child === 'object' &&
    child !== null &&
    ((!Array.isArray(child) && typeof (child as SchemaObject)['$id'] === 'string') ||
      Object.values(child).some(isInner));
  return typeof schema === 'object' && schema !== null && Object.values(schema).some(isInner);
}

/** Where a $ref leads; null where that is not sure: an anchor may be found in what only looks like a schema. */
function resolve(schemas: Schemas, from: string, ref: unknown): Place | null {
  return isAnchor(String(ref)) ? null : (refTarget(schemas, from, String(ref)) ?? null);
}

function isContainer(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function isOfType(value: Json, type: string): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isContainer(value) && !Array.isArray(value);
  // string, number, boolean
  return typeof value === type;
}

function isObjectKeyword(keyword: string): boolean {
  return /propert|^required$|^dependent/i.test(keyword);
}

function isArrayKeyword(keyword: string): boolean {
  return /items|contains/i.test(keyword);
}

/** Whether `name` falls to additionalProperties; a pattern that is not read here counts as matching and as not. */
function isAdditional(schema: SchemaObject, name: string): boolean {
  const properties = schema['properties'] as Record<string, unknown> | undefined;
  if (properties !== undefined && Object.hasOwn(properties, name)) return false;
  const patterns = Object.keys((schema['patternProperties'] as Record<string, unknown> | undefined) ?? {});
  return !patterns.some((pattern) => matches(pattern, name) === true);
}

/** null: a pattern that k6 reads differently (\p{…}). */
function matches(pattern: string, text: string): boolean | null {
  return isPortable(pattern) ? new RegExp(pattern, 'u').test(text) : null;
}

/** k6 reads \p{L} as plain text. */
export function isPortable(pattern: string): boolean {
  return !/\\[pP]/.test(pattern);
}

function codePoints(text: string): number {
  return [...text].length;
}
