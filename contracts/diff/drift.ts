import type { Json, JsonSchema, Operation } from '../lib/operation.ts';
import { pointerTokens, toPointer } from '../lib/pointer.ts';
import { codePoints, isObject } from './json-value.ts';
import { compiledPattern } from './regex-engine.ts';
import { bundleSchema, definitionOf, ENTRY, type SchemaBundle } from './schema-bundle.ts';
import { type OracleFailure, schemaOracle } from './schema-oracle.ts';

/**
 * Holds recorded responses against a contract: what came and is not documented, what is documented and never came,
 * what lies outside, and the change of the schema (JSON Patch, RFC 6902) under which all of it would be inside.
 */
export interface RecordedResponse {
  readonly status: number;
  readonly body: Json;
}

export interface DriftEntry {
  readonly status: string;
  readonly what: 'undocumented-status' | 'undocumented' | 'never-seen' | 'outside';
  /** Into the body; * is any item. */
  readonly pointer: string;
  /** Responses in which it was seen, of those of this status. */
  readonly seen: number;
  readonly of: number;
  /** The keyword that a value outside breaks, and what AJV says. */
  readonly keyword: string | null;
  readonly message: string | null;
  readonly example: Json;
}

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: Json;
}

export interface SchemaPatch {
  readonly file: string;
  readonly operations: readonly PatchOperation[];
}

export interface DriftReport {
  readonly responses: number;
  readonly entries: readonly DriftEntry[];
  readonly patches: readonly SchemaPatch[];
  /** Do all recorded bodies of documented statuses fit the patched schemas? */
  readonly patchFits: boolean;
}

type Documents = ReadonlyMap<string, unknown>;
type SchemaObject = { readonly [keyword: string]: unknown };

/** A schema, and where it is written. */
interface Place {
  readonly schema: SchemaObject;
  readonly file: string;
  readonly tokens: readonly string[];
}

export function findDrift(
  operation: Pick<Operation, 'responses'>,
  schemas: Readonly<Record<string, JsonSchema>>,
  recorded: readonly RecordedResponse[],
): DriftReport {
  const documents: Documents = new Map(Object.entries(schemas));
  const byStatus = new Map<string, RecordedResponse[]>();
  for (const response of recorded) {
    const status = String(response.status);
    byStatus.set(status, [...(byStatus.get(status) ?? []), response]);
  }
  const entries: DriftEntry[] = [];
  const patches = new PatchSet();
  const documented: { file: string; bodies: Json[] }[] = [];
  for (const [status, responses] of [...byStatus].sort()) {
    const rule = Object.hasOwn(operation.responses, status) ? operation.responses[status] : undefined;
    const bodies = responses.map(({ body }) => body);
    if (rule === undefined) {
      const count = bodies.length;
      const nothing = { keyword: null, message: null, example: bodies[0] ?? null };
      entries.push({ status, what: 'undocumented-status', pointer: '', seen: count, of: count, ...nothing });
      continue;
    }
    documented.push({ file: rule.schema, bodies });
    const bundle = bundleSchema({ file: rule.schema, documents });
    entries.push(...new StatusDrift(status, bundle, bodies, patches).entries());
  }
  const files = patches.patches();
  const patched = patchedDocuments(documents, files);
  const patchFits = documented.every(({ file, bodies }) => {
    const oracle = schemaOracle(bundleSchema({ file, documents: patched }).schema);
    return bodies.every((body) => oracle.accepts(body) === true);
  });
  return { responses: recorded.length, entries, patches: files, patchFits };
}

class StatusDrift {
  private readonly status: string;
  private readonly bundle: SchemaBundle;
  private readonly bodies: readonly Json[];
  private readonly patches: PatchSet;
  private readonly undocumented = new Map<string, { seen: Set<number>; values: Json[]; home: Place | null }>();
  private readonly outside = new Map<
    string,
    { seen: Set<number>; failure: OracleFailure; values: Json[]; pointer: string }
  >();
  private readonly seen = new Set<string>();

  constructor(status: string, bundle: SchemaBundle, bodies: readonly Json[], patches: PatchSet) {
    this.status = status;
    this.bundle = bundle;
    this.bodies = bodies;
    this.patches = patches;
  }

  entries(): DriftEntry[] {
    const oracle = schemaOracle(this.bundle.schema);
    for (const [index, body] of this.bodies.entries()) {
      this.visit(body, this.inPlace([this.definition(ENTRY)]), [], index);
      for (const failure of tellingFailures(oracle.failures(body))) this.addFailure(body, failure, index);
    }
    const of = this.bodies.length;
    const found: DriftEntry[] = [];
    const base = { status: this.status, of, keyword: null, message: null };
    for (const [pointer, { seen, values, home }] of this.undocumented) {
      found.push({ ...base, what: 'undocumented', pointer, seen: seen.size, example: values[0] ?? null });
      const name = pointerTokens(pointer).at(-1) ?? '';
      if (home !== null) this.patches.addProperty(home, name, inferredSchema(values));
    }
    for (const { pointer, seen, failure, values } of this.outside.values()) {
      const { keyword, message } = failure;
      found.push({ ...base, what: 'outside', pointer, seen: seen.size, keyword, message, example: values[0] ?? null });
      this.proposeFor(failure, values);
    }
    for (const pointer of this.documentedPointers()) {
      if (!this.seen.has(pointer)) found.push({ ...base, what: 'never-seen', pointer, seen: 0, example: null });
    }
    return found;
  }

  private definition(name: string): Place {
    const schema = this.bundle.definitions.get(name) ?? true;
    const place = this.bundle.places.get(name) ?? '';
    const at = place.indexOf('#');
    const file = at < 0 ? place : place.slice(0, at);
    return { schema: isObject(schema) ? schema : {}, file, tokens: pointerTokens(place.slice(at + 1)) };
  }

  /** Everything that speaks of the same value: through references and branches. */
  private inPlace(places: readonly Place[]): Place[] {
    const found: Place[] = [];
    const visited = new Set<unknown>();
    const visit = (place: Place): void => {
      const { schema } = place;
      if (visited.has(schema)) return;
      visited.add(schema);
      found.push(place);
      if (schema['$ref'] !== undefined) visit(this.definition(definitionOf(schema['$ref'])));
      for (const keyword of ['allOf', 'anyOf', 'oneOf'])
        for (const index of listOf(schema[keyword]).keys())
          for (const one of child(place, keyword, String(index))) visit(one);
      for (const keyword of ['if', 'then', 'else']) for (const one of child(place, keyword)) visit(one);
      for (const name of keysOf(schema['dependentSchemas']))
        for (const one of child(place, 'dependentSchemas', name)) visit(one);
    };
    for (const place of places) visit(place);
    return found;
  }

  private propertyPlaces(places: readonly Place[], name: string): Place[] {
    return places.flatMap((place) => {
      const own = child(place, 'properties', name);
      const patterns = keysOf(place.schema['patternProperties']).filter((source) => compiledPattern(source).test(name));
      const spoken = [...own, ...patterns.flatMap((source) => child(place, 'patternProperties', source))];
      return spoken.length > 0 ? spoken : child(place, 'additionalProperties');
    });
  }

  private itemPlaces(places: readonly Place[], index: number): Place[] {
    return places.flatMap((place) =>
      index < listOf(place.schema['prefixItems']).length
        ? child(place, 'prefixItems', String(index))
        : child(place, 'items'),
    );
  }

  private visit(value: Json, places: readonly Place[], tokens: readonly string[], response: number): void {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries())
        this.visit(item, this.inPlace(this.itemPlaces(places, index)), [...tokens, '*'], response);
      return;
    }
    if (!isObject(value)) return;
    // Where nothing names a property, any may come: a free-form object documents them all.
    const isNamed = places.some(({ schema }) => keysOf(schema['properties']).length > 0);
    for (const [name, member] of Object.entries(value as { [key: string]: Json })) {
      const at = [...tokens, name];
      const pointer = toPointer(at);
      const inner = this.propertyPlaces(places, name);
      const isPermitted = places.some(({ schema }) => keysOf(schema['properties']).includes(name));
      this.seen.add(pointer);
      if (inner.length === 0 && !isPermitted && isNamed) {
        const home = places.find(({ schema }) => keysOf(schema['properties']).length > 0) ?? null;
        const known = this.undocumented.get(pointer) ?? { seen: new Set<number>(), values: [], home };
        known.seen.add(response);
        known.values.push(member);
        this.undocumented.set(pointer, known);
      } else this.visit(member, this.inPlace(inner), at, response);
    }
  }

  /** Pointers of all properties that the schema names, each schema once on a way down. */
  private documentedPointers(): string[] {
    const found = new Set<string>();
    const visit = (places: readonly Place[], tokens: readonly string[], above: ReadonlySet<unknown>): void => {
      const below = new Set([...above, ...places.map(({ schema }) => schema)]);
      const isSafe = (next: readonly Place[]): boolean => !next.some(({ schema }) => above.has(schema));
      for (const name of new Set(places.flatMap(({ schema }) => keysOf(schema['properties'])))) {
        const next = this.inPlace(this.propertyPlaces(places, name));
        found.add(toPointer([...tokens, name]));
        if (isSafe(next)) visit(next, [...tokens, name], below);
      }
      const items = this.inPlace(this.itemPlaces(places, Number.POSITIVE_INFINITY));
      if (items.length > 0 && isSafe(items)) visit(items, [...tokens, '*'], below);
    };
    visit(this.inPlace([this.definition(ENTRY)]), [], new Set());
    // A property of something that never came is not told again for each thing in it.
    return [...found].filter((pointer) => {
      const parent = toPointer(pointerTokens(pointer).slice(0, -1)).replace(/(\/\*)+$/, '');
      return parent === '' || this.seen.has(parent);
    });
  }

  private addFailure(body: Json, failure: OracleFailure, response: number): void {
    const tokens = pointerTokens(failure.pointer);
    const pattern: string[] = [];
    let value: Json | undefined = body;
    for (const token of tokens) {
      pattern.push(Array.isArray(value) ? '*' : token);
      value = typeof value === 'object' && value !== null ? (value as { [key: string]: Json })[token] : undefined;
    }
    const pointer = toPointer(pattern);
    const key = `${pointer} ${failure.keyword} ${failure.message}`;
    const known = this.outside.get(key) ?? { seen: new Set<number>(), failure, values: [], pointer };
    known.seen.add(response);
    known.values.push(value ?? null);
    this.outside.set(key, known);
  }

  /** The places that speak of the value at a pointer of a body. */
  private placesAt(tokens: readonly string[]): Place[] {
    let places = this.inPlace([this.definition(ENTRY)]);
    for (const token of tokens) {
      const byName = this.propertyPlaces(places, token);
      const byIndex = /^\d+$/.test(token) ? this.itemPlaces(places, Number(token)) : [];
      places = this.inPlace(byName.length > 0 ? byName : byIndex);
    }
    return places;
  }

  private proposeFor(failure: OracleFailure, values: readonly Json[]): void {
    const { keyword } = failure;
    const places = this.placesAt(pointerTokens(failure.pointer));
    const place = places.find(({ schema }) => schema[keyword] !== undefined);
    if (place === undefined) return;
    const { schema } = place;
    const types = [...new Set(values.map(typeName))].sort();
    const numbers = values.filter((value) => typeof value === 'number');
    const sizes = values.map(sizeOf).filter((size) => size !== null);
    // A schema that is used at several places is widened for each of them.
    const current = this.patches.current(place, keyword);
    const bound = typeof current === 'number' ? current : 0;
    switch (keyword) {
      case 'additionalProperties':
      case 'unevaluatedProperties':
        // Documenting the property, as is proposed anyway, lets it in.
        return;
      case 'type': {
        const all = [...new Set([...[current].flat().map(String), ...types])];
        const merged = all.includes('number') ? all.filter((name) => name !== 'integer') : all;
        this.patches.set(place, 'type', merged);
        break;
      }
      case 'enum':
        this.patches.extend(place, 'enum', values);
        break;
      case 'const':
        this.patches.remove(place, 'const');
        this.patches.extend({ ...place, schema: { enum: [schema['const']] } }, 'enum', values);
        break;
      case 'anyOf':
      case 'oneOf':
        this.patches.extend(place, keyword, [inferredSchema(values)]);
        break;
      case 'required':
        this.patches.set(
          place,
          'required',
          listOf(current)
            .map(String)
            .filter((name) => values.every((value) => isObject(value) && Object.hasOwn(value, name))),
        );
        break;
      case 'minimum':
        this.patches.set(place, keyword, Math.min(bound, ...numbers));
        break;
      case 'maximum':
        this.patches.set(place, keyword, Math.max(bound, ...numbers));
        break;
      case 'minLength':
      case 'minItems':
      case 'minProperties':
        this.patches.set(place, keyword, Math.min(bound, ...sizes));
        break;
      case 'maxLength':
      case 'maxItems':
      case 'maxProperties':
        this.patches.set(place, keyword, Math.max(bound, ...sizes));
        break;
      default:
        this.patches.remove(place, keyword);
    }
  }
}

/** Failures without those that only pass on what is told deeper, or that belong to a branch that was not meant. */
function tellingFailures(failures: readonly OracleFailure[]): OracleFailure[] {
  const unions = failures.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const isBelow = (pointer: string, above: string): boolean => pointer.startsWith(`${above}/`);
  const deeper = (pointer: string): boolean => failures.some((other) => isBelow(other.pointer, pointer));
  return failures.filter(({ pointer, keyword }) => {
    const union = unions.find((one) => one.pointer === pointer);
    if (union === undefined) return keyword !== 'if';
    if (deeper(pointer)) return keyword === 'required';
    const hasRequired = failures.some((other) => other.pointer === pointer && other.keyword === 'required');
    return hasRequired ? keyword === 'required' : keyword === union.keyword;
  });
}

/** Collects changes by file and place; two changes of one keyword become one. */
class PatchSet {
  private readonly byFile = new Map<string, Map<string, PatchOperation>>();

  set({ schema, file, tokens }: Place, keyword: string, value: Json): void {
    const op = schema[keyword] === undefined ? 'add' : 'replace';
    this.put(file, { op, path: toPointer([...tokens, keyword]), value });
  }

  remove({ file, tokens }: Place, keyword: string): void {
    this.put(file, { op: 'remove', path: toPointer([...tokens, keyword]) });
  }

  /** The value of a keyword, with the change so far. */
  current({ schema, file, tokens }: Place, keyword: string): Json | undefined {
    return this.byFile.get(file)?.get(toPointer([...tokens, keyword]))?.value ?? (schema[keyword] as Json | undefined);
  }

  extend(place: Place, keyword: string, values: readonly Json[]): void {
    const old = this.current(place, keyword) ?? [];
    const all = new Map([...(Array.isArray(old) ? old : []), ...values].map((value) => [JSON.stringify(value), value]));
    this.set(place, keyword, [...all.values()]);
  }

  addProperty({ file, tokens }: Place, name: string, schema: Json): void {
    this.put(file, { op: 'add', path: toPointer([...tokens, 'properties', name]), value: schema });
  }

  private put(file: string, operation: PatchOperation): void {
    const operations = this.byFile.get(file) ?? new Map<string, PatchOperation>();
    operations.set(operation.path, operation);
    this.byFile.set(file, operations);
  }

  patches(): SchemaPatch[] {
    return [...this.byFile].map(([file, operations]) => ({ file, operations: [...operations.values()] }));
  }
}

/** The documents with the patches applied. */
export function patchedDocuments(documents: Documents, patches: readonly SchemaPatch[]): Map<string, unknown> {
  const out = new Map(documents);
  for (const { file, operations } of patches) {
    const copy = structuredClone(out.get(file));
    for (const { op, path, value } of operations) {
      const tokens = pointerTokens(path);
      const last = tokens.pop() ?? '';
      let holder: unknown = copy;
      for (const token of tokens)
        holder = isObject(holder) || Array.isArray(holder) ? (holder as Record<string, unknown>)[token] : undefined;
      if (!isObject(holder)) continue;
      const writable = holder as Record<string, unknown>;
      if (op === 'remove') delete writable[last];
      else writable[last] = value;
    }
    out.set(file, copy);
  }
  return out;
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function sizeOf(value: Json): number | null {
  if (typeof value === 'string') return codePoints(value);
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : null;
}

/** A schema that fits all `values`, which are at least one: types, and what is in objects and arrays. */
export function inferredSchema(values: readonly Json[]): { [keyword: string]: Json } {
  const names = [...new Set(values.map(typeName))].sort();
  const types = names.includes('number') ? names.filter((name) => name !== 'integer') : names;
  const [only] = types;
  const schema: { [keyword: string]: Json } = { type: types.length === 1 && only !== undefined ? only : types };
  const objects = values.filter((value): value is { [key: string]: Json } => isObject(value));
  if (objects.length > 0) {
    const keys = [...new Set(objects.flatMap(Object.keys))];
    const required = keys.filter((key) => objects.every((object) => Object.hasOwn(object, key)));
    if (required.length > 0) schema['required'] = required;
    schema['properties'] = Object.fromEntries(
      keys.map((key) => [
        key,
        inferredSchema(objects.filter((object) => Object.hasOwn(object, key)).map((object) => object[key] ?? null)),
      ]),
    );
  }
  const items = values.flatMap((value) => (Array.isArray(value) ? value : []));
  if (items.length > 0) schema['items'] = inferredSchema(items);
  return schema;
}

/** The schema under a keyword of a place, if it is an object; booleans document nothing. */
function child(place: Place, ...tokens: string[]): Place[] {
  let value: unknown = place.schema;
  for (const token of tokens)
    value =
      (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, token)
        ? (value as Record<string, unknown>)[token]
        : undefined;
  return isObject(value) ? [{ schema: value, file: place.file, tokens: [...place.tokens, ...tokens] }] : [];
}

function keysOf(map: unknown): string[] {
  return isObject(map) ? Object.keys(map) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
