import {
  itemNodes,
  type Layer,
  type Node,
  propertyNames,
  propertyNodes,
  requiredNames,
  type SchemaIndex,
} from '../judge/schema-index.ts';
import type { Json } from '../lib/operation.ts';
import { sampleOfPattern } from './pattern-sample.ts';

/**
 * Values that are valid under schemas of a contract, made from the schemas alone. Each is checked against them, so
 * what is given is valid; for schemas that are too clever nothing is given.
 */

/** `all`: every optional property that can be filled; `none`: only what is required. */
export type Extent = 'all' | 'none';

const DEEPEST = 8;
/** Most choices of anyOf and oneOf branches that are tried for one value. */
const MOST_CHOICES = 24;

/** A value valid under all of `nodes` at once; undefined where none was found. */
export function sampleValue(index: SchemaIndex, nodes: readonly Node[], extent: Extent, depth = 0): Json | undefined {
  for (const value of samples(index, nodes, extent, depth)) return value;
  return undefined;
}

/** Different valid values, the plainest first. */
export function* samples(
  index: SchemaIndex,
  nodes: readonly Node[],
  extent: Extent,
  depth = 0,
): Generator<Json, undefined> {
  if (depth > DEEPEST) return undefined;
  const seen = new Set<string>();
  for (const layers of choices(index, nodes)) {
    for (const value of candidates(index, layers, extent, depth)) {
      const text = JSON.stringify(value);
      if (seen.has(text)) continue;
      seen.add(text);
      if (nodes.every((node) => index.errorsOf(node, value).length === 0)) yield value;
    }
  }
  return undefined;
}

/** The layers of `nodes`, once for each choice of branches. */
function* choices(index: SchemaIndex, nodes: readonly Node[]): Generator<Layer[]> {
  let given = 0;
  for (const layers of expand(index, nodes, 0)) {
    yield layers;
    given += 1;
    if (given >= MOST_CHOICES) return;
  }
}

function* expand(index: SchemaIndex, nodes: readonly Node[], depth: number): Generator<Layer[]> {
  const [node, ...others] = nodes;
  if (node === undefined || depth > 40) {
    yield [];
    return;
  }
  const { file, schema } = node;
  if (typeof schema === 'boolean') {
    yield* expand(index, others, depth + 1);
    return;
  }
  const always: Node[] = [];
  if (typeof schema['$ref'] === 'string') always.push(index.resolve({ file, schema: { $ref: schema['$ref'] } }));
  for (const child of (schema['allOf'] as Node['schema'][] | undefined) ?? []) always.push({ file, schema: child });
  const own: Layer = { file, location: index.locationOf(schema), keywords: schema };
  for (const branches of branchChoices(node)) {
    for (const rest of expand(index, [...always, ...branches, ...others], depth + 1)) yield [own, ...rest];
  }
}

function* branchChoices({ file, schema }: Node): Generator<Node[]> {
  const keywords = schema as { [keyword: string]: Node['schema'][] | undefined };
  const anyOf = keywords['anyOf'] ?? [];
  const oneOf = keywords['oneOf'] ?? [];
  const conditional = keywords as { if?: Node['schema']; then?: Node['schema']; else?: Node['schema'] };
  const conditions: Node['schema'][][] =
    conditional.if === undefined ? [[]] : [[conditional.if, conditional.then ?? true], [conditional.else ?? true]];
  for (const any of anyOf.length === 0 ? [[]] : anyOf.map((branch) => [branch]))
    for (const one of oneOf.length === 0 ? [[]] : oneOf.map((branch) => [branch]))
      for (const condition of conditions)
        yield [...any, ...one, ...condition].map((branch) => ({ file, schema: branch }));
}

const FORMAT_SAMPLES: Record<string, string> = {
  date: '2026-01-02',
  time: '03:04:05Z',
  'date-time': '2026-01-02T03:04:05Z',
  'iso-time': '03:04:05Z',
  'iso-date-time': '2026-01-02T03:04:05Z',
  duration: 'P1D',
  uri: 'https://example.com/a',
  'uri-reference': '/a',
  'uri-template': '/a/{b}',
  url: 'https://example.com/a',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  regex: 'a+',
  uuid: '6f1f0a3e-51a7-4d8c-9a55-0d6a1a2b3c4d',
  'json-pointer': '/a/0',
  'json-pointer-uri-fragment': '#/a/0',
  'relative-json-pointer': '1/a',
  byte: 'YXNzYXk=',
};

function all<T>(layers: readonly Layer[], keyword: string): T[] {
  return layers.flatMap(({ keywords }) => (keywords[keyword] === undefined ? [] : [keywords[keyword] as T]));
}

/** JSON types that all layers allow; where none says, what their keywords are about. */
export function typesOf(layers: readonly Layer[]): string[] {
  const declared = all<string | string[]>(layers, 'type').map((type) => [type].flat());
  const [first, ...rest] = declared;
  if (first !== undefined) {
    return first.filter((type) =>
      rest.every((types) => types.includes(type) || (type === 'integer' && types.includes('number'))),
    );
  }
  const speaksOf = (...keywords: string[]) => layers.some((layer) => keywords.some((name) => name in layer.keywords));
  if (speaksOf('properties', 'required', 'additionalProperties', 'minProperties', 'patternProperties'))
    return ['object'];
  if (speaksOf('items', 'prefixItems', 'minItems', 'contains')) return ['array'];
  if (speaksOf('minLength', 'maxLength', 'pattern', 'format')) return ['string'];
  if (speaksOf('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return ['number'];
  return [];
}

function* candidates(index: SchemaIndex, layers: readonly Layer[], extent: Extent, depth: number): Generator<Json> {
  yield* all<Json>(layers, 'const');
  for (const values of all<Json[]>(layers, 'enum')) yield* values;
  for (const values of all<Json[]>(layers, 'examples')) yield* values;
  yield* all<Json>(layers, 'example');
  yield* all<Json>(layers, 'default');
  const types = typesOf(layers);
  for (const type of types.length === 0 ? ['string', 'integer', 'object', 'null'] : types) {
    if (type === 'null') yield null;
    else if (type === 'boolean') yield* [true, false];
    else if (type === 'integer' || type === 'number') yield* numbers(layers, type === 'integer');
    else if (type === 'string') yield* texts(layers);
    else if (type === 'array') yield* arrays(index, layers, extent, depth);
    else yield* objects(index, layers, extent, depth);
  }
}

function* numbers(layers: readonly Layer[], isInteger: boolean): Generator<number> {
  const steps = all<number>(layers, 'multipleOf');
  const step = steps.length === 0 ? (isInteger ? 1 : 0.5) : steps.reduce((product, one) => Math.max(product, one));
  const least = Math.max(
    ...all<number>(layers, 'minimum'),
    ...all<number>(layers, 'exclusiveMinimum').map((bound) => bound + step),
  );
  const most = Math.min(
    ...all<number>(layers, 'maximum'),
    ...all<number>(layers, 'exclusiveMaximum').map((bound) => bound - step),
  );
  const onGrid = (value: number) => Number((Math.ceil(value / step - 1e-9) * step).toPrecision(15));
  if (Number.isFinite(least)) {
    const start = steps.length === 0 && !isInteger ? least : onGrid(least);
    yield* [start, start + step, start + 2 * step];
  }
  if (Number.isFinite(most)) {
    const end = Number((Math.floor(most / step + 1e-9) * step).toPrecision(15));
    yield* [end, end - step, most];
  }
  if (Number.isFinite(least) && Number.isFinite(most)) yield (least + most) / 2;
  yield* [step, 0, 1, 2, step * 2, -step];
}

function* texts(layers: readonly Layer[]): Generator<string> {
  const least = Math.max(0, ...all<number>(layers, 'minLength'));
  const most = Math.min(1_000_000, ...all<number>(layers, 'maxLength'));
  for (const format of all<string>(layers, 'format')) {
    const sample = FORMAT_SAMPLES[format];
    if (sample !== undefined) yield sample;
  }
  for (const pattern of all<string>(layers, 'pattern')) {
    const sample = sampleOfPattern(pattern);
    yield sample;
    const missing = least - [...sample].length;
    const last = [...sample].at(-1) ?? 'a';
    if (missing > 0) yield* [sample + last.repeat(missing), 'a'.repeat(missing) + sample, '1'.repeat(missing) + sample];
  }
  const plain = 'sample text '.repeat(Math.ceil(Math.min(least, 1_000_000) / 12) + 1);
  yield plain.slice(0, Math.max(least, Math.min(most, 6)));
  yield* ['a'.repeat(least), '1'.repeat(Math.max(1, least)), 'a', ''];
}

function* arrays(index: SchemaIndex, layers: readonly Layer[], extent: Extent, depth: number): Generator<Json[]> {
  const contained = layers.flatMap(({ file, keywords }) =>
    keywords['contains'] === undefined
      ? []
      : [
          {
            node: { file, schema: keywords['contains'] as Node['schema'] },
            count: (keywords['minContains'] as number | undefined) ?? 1,
          },
        ],
  );
  const prefixLength = Math.max(0, ...all<unknown[]>(layers, 'prefixItems').map((items) => items.length));
  const least = Math.max(0, ...all<number>(layers, 'minItems'), ...contained.map(({ count }) => count));
  const most = Math.min(1000, ...all<number>(layers, 'maxItems'));
  const isUnique = all<boolean>(layers, 'uniqueItems').includes(true);
  const isOpen = layers.some(({ keywords }) => typeof keywords['items'] === 'object');
  const wanted = Math.min(most, Math.max(least, extent === 'all' ? Math.max(1, prefixLength + (isOpen ? 1 : 0)) : 0));
  for (const length of new Set([wanted, least, Math.min(most, prefixLength)])) {
    const items: Json[] = [];
    for (let place = 0; place < length; place += 1) {
      const here = itemNodes(layers, place);
      const needed = contained.filter(({ count }) => place >= prefixLength && place - prefixLength < count);
      const nodes = [...here, ...needed.map(({ node }) => node)];
      const item = nodes.length === 0 ? place + 1 : distinct(index, nodes, extent, depth + 1, isUnique ? items : []);
      if (item === undefined) break;
      items.push(item);
    }
    if (items.length === length) yield items;
  }
}

/** A sample that is none of `others`. */
function distinct(
  index: SchemaIndex,
  nodes: readonly Node[],
  extent: Extent,
  depth: number,
  others: readonly Json[],
): Json | undefined {
  const taken = new Set(others.map((item) => JSON.stringify(item)));
  for (const value of samples(index, nodes, extent, depth)) if (!taken.has(JSON.stringify(value))) return value;
  const first = sampleValue(index, nodes, extent, depth);
  for (let shift = 1; shift <= 1000 && first !== undefined; shift += 1) {
    const value =
      typeof first === 'number' ? first + shift : typeof first === 'string' ? `${first}${shift}` : undefined;
    if (value === undefined) return undefined;
    if (!taken.has(JSON.stringify(value)) && nodes.every((node) => index.errorsOf(node, value).length === 0))
      return value;
  }
  return undefined;
}

function* objects(index: SchemaIndex, layers: readonly Layer[], extent: Extent, depth: number): Generator<Json> {
  for (const filled of extent === 'all' && depth < 5 ? (['all', 'none'] as const) : (['none'] as const)) {
    const names = new Set(
      filled === 'all' ? [...propertyNames(layers), ...requiredNames(layers)] : requiredNames(layers),
    );
    for (const dependent of all<Record<string, string[]>>(layers, 'dependentRequired'))
      for (const [name, needed] of Object.entries(dependent))
        if (names.has(name)) for (const one of needed) names.add(one);
    const object: { [name: string]: Json } = {};
    const required = new Set(requiredNames(layers));
    let isComplete = true;
    for (const name of names) {
      const nodes = propertyNodes(layers, name);
      const value = nodes.length === 0 ? 'sample' : sampleValue(index, nodes, extent, depth + 1);
      if (value !== undefined) object[name] = value;
      else if (required.has(name)) isComplete = false;
    }
    if (!isComplete) continue;
    const least = Math.max(0, ...all<number>(layers, 'minProperties'));
    for (const name of [...propertyNames(layers), ...extraNames(layers)]) {
      if (Object.keys(object).length >= least) break;
      if (Object.hasOwn(object, name)) continue;
      const nodes = propertyNodes(layers, name);
      const value = nodes.length === 0 ? 'sample' : sampleValue(index, nodes, extent, depth + 1);
      if (value !== undefined) object[name] = value;
    }
    yield object;
  }
}

function* extraNames(layers: readonly Layer[]): Generator<string> {
  for (const patterns of all<Record<string, unknown>>(layers, 'patternProperties'))
    for (const pattern of Object.keys(patterns)) yield sampleOfPattern(pattern);
  for (const names of all<{ pattern?: string; enum?: string[] }>(layers, 'propertyNames')) {
    if (typeof names.pattern === 'string') yield sampleOfPattern(names.pattern);
    yield* names.enum ?? [];
  }
  for (let number = 1; number <= 20; number += 1) yield `extra${String.fromCharCode(96 + number)}`;
}
