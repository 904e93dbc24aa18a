import type { Json, JsonSchema } from '../lib/operation.ts';
import { seededRandom } from '../lib/seeded-random.ts';
import { isObject } from './json-value.ts';
import { definitionOf, ENTRY, type SchemaBundle } from './schema-bundle.ts';

/**
 * The second source of witnesses: values made at random from a schema and from what both schemas mention, without any
 * rule. Deterministic by seed.
 */
export class ValueSearch {
  private readonly random: () => number;
  private readonly bundle: SchemaBundle;
  private readonly constants: readonly Json[];
  private readonly names: readonly string[];

  /** Values follow `bundle`; constants and names are taken from `others` too. */
  constructor(bundle: SchemaBundle, others: readonly SchemaBundle[], seed: number) {
    this.random = seededRandom(seed);
    this.bundle = bundle;
    const mentioned = new Mentioned();
    for (const one of [bundle, ...others]) for (const schema of one.definitions.values()) mentioned.read(schema);
    this.constants = mentioned.constants;
    this.names = [...mentioned.names];
  }

  /** One more value; `known` values are sometimes taken and changed in one place. */
  next(known: readonly Json[]): Json {
    if (known.length > 0 && this.random() < 0.4) return this.changed(this.pick(known) ?? null);
    return this.fromSchema(this.bundle.definitions.get(ENTRY) ?? true, 0);
  }

  private pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  private chance(probability: number): boolean {
    return this.random() < probability;
  }

  private anything(depth: number): Json {
    const kind = Math.floor(this.random() * (depth > 3 ? 6 : 8));
    if (kind < 2 && this.constants.length > 0) return this.pick(this.constants) ?? null;
    if (kind === 2) return this.pick([null, true, false, 0, 1, -1, 0.5, 1e6]) ?? null;
    if (kind < 5) return this.pick(['', 'a', 'abc', '\u{1f600}', '2024-02-29', 'A1', 'a@b.co', ' ']) ?? '';
    if (kind === 5) return Math.round((this.random() - 0.5) * 100) / (this.chance(0.5) ? 1 : 4);
    if (kind === 6) return this.list(Math.floor(this.random() * 4), () => this.anything(depth + 1));
    const object: { [key: string]: Json } = {};
    for (const name of this.names)
      if (this.chance(2 / (this.names.length + 1))) object[name] = this.anything(depth + 1);
    if (this.chance(0.3)) object['other'] = this.anything(depth + 1);
    return object;
  }

  private list(length: number, make: (index: number) => Json): Json[] {
    return Array.from({ length }, (_, index) => make(index));
  }

  private fromSchema(schema: unknown, depth: number): Json {
    if (!isObject(schema) || depth > 12 || this.chance(0.02)) return this.anything(depth);
    if (Object.hasOwn(schema, 'const')) return schema['const'] as Json;
    const listed = schema['enum'];
    if (Array.isArray(listed)) return this.pick(listed as Json[]) ?? null;
    if (schema['$ref'] !== undefined && (schema['properties'] === undefined || this.chance(0.5)))
      return this.fromSchema(this.bundle.definitions.get(definitionOf(schema['$ref'])), depth + 1);
    const branches = ['anyOf', 'oneOf'].flatMap((keyword) => (Array.isArray(schema[keyword]) ? schema[keyword] : []));
    if (branches.length > 0 && this.chance(0.8)) {
      const branch: unknown = this.pick(branches);
      const both = isObject(branch) && schema['properties'] !== undefined ? merged([schema, branch]) : branch;
      return this.fromSchema(both, depth + 1);
    }
    const all = Array.isArray(schema['allOf']) ? schema['allOf'] : [];
    if (all.length > 0) return this.fromSchema(merged([{ ...schema, allOf: undefined }, ...all]), depth + 1);
    return this.ofType(this.typeFor(schema), schema, depth);
  }

  private typeFor(schema: { readonly [key: string]: unknown }): string {
    const types = [schema['type'] ?? []].flat().map(String);
    if (types.length > 0) return this.pick(types) ?? 'null';
    const has = (...keywords: string[]): boolean => keywords.some((keyword) => schema[keyword] !== undefined);
    if (has('properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames')) return 'object';
    if (has('items', 'prefixItems', 'contains', 'minItems', 'maxItems')) return 'array';
    if (has('minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum')) return 'number';
    return has('minLength', 'maxLength', 'pattern', 'format') ? 'string' : 'any';
  }

  private ofType(type: string, schema: { readonly [key: string]: unknown }, depth: number): Json {
    const bound = (keyword: string, otherwise: number): number =>
      typeof schema[keyword] === 'number' ? schema[keyword] : otherwise;
    const around = (low: number, high: number): number =>
      this.pick([low, low + 1, high, high - 1, Math.round(low + this.random() * (high - low))]) ?? low;
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return this.chance(0.5);
      case 'integer':
      case 'number': {
        const low = bound('minimum', bound('exclusiveMinimum', -10));
        const value = around(low, Math.max(low, bound('maximum', bound('exclusiveMaximum', low + 100))));
        const step = bound('multipleOf', 0);
        if (step > 0) return Math.round(value / step) * step;
        return type === 'number' && this.chance(0.3) ? value + 0.5 : value;
      }
      case 'string': {
        const low = bound('minLength', 0);
        const length = Math.min(around(low, Math.max(low, Math.min(bound('maxLength', low + 6), low + 400))), 20_000);
        const constants = this.constants.filter((value) => typeof value === 'string');
        if (constants.length > 0 && this.chance(0.3)) return this.pick(constants) ?? '';
        return Array.from({ length }, () => this.pick([...'abcxyzABC019-_ .@é\u{1f600}']) ?? 'a').join('');
      }
      case 'array': {
        const low = Math.max(bound('minItems', 0), schema['contains'] === undefined ? 0 : bound('minContains', 1));
        const length = Math.min(around(low, Math.max(low, Math.min(bound('maxItems', low + 3), low + 60))), 2000);
        const prefix = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
        return this.list(length, (index) => {
          const contained = schema['contains'] !== undefined && this.chance(0.5) ? schema['contains'] : schema['items'];
          return this.fromSchema(index < prefix.length ? prefix[index] : contained, depth + 1);
        });
      }
      case 'object':
        return this.object(schema, depth);
      default:
        return this.anything(depth);
    }
  }

  private object(schema: { readonly [key: string]: unknown }, depth: number): Json {
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
    const object: { [key: string]: Json } = {};
    for (const name of new Set([...required, ...Object.keys(properties)])) {
      if (required.includes(name) || this.chance(depth > 6 ? 0.1 : 0.5))
        object[name] = this.fromSchema(Object.hasOwn(properties, name) ? properties[name] : undefined, depth + 1);
    }
    if (this.names.length > 0 && this.chance(0.2)) {
      const name = this.pick(this.names) ?? 'other';
      object[name] = this.fromSchema(schema['additionalProperties'], depth + 1);
    }
    if (isObject(schema['additionalProperties']) && this.chance(0.5))
      object['other'] = this.fromSchema(schema['additionalProperties'], depth + 1);
    return object;
  }

  private changed(value: Json): Json {
    if (typeof value !== 'object' || value === null || this.chance(0.15)) return this.anything(1);
    if (Array.isArray(value)) {
      const at = Math.floor(this.random() * (value.length + 1));
      if (at === value.length) return [...value, this.pick(value) ?? this.anything(1)];
      if (this.chance(0.3)) return value.filter((_, index) => index !== at);
      return value.map((item, index) => (index === at ? this.changed(item) : item));
    }
    const names = Object.keys(value);
    const name = this.pick([...names, ...this.names, 'other']) ?? 'other';
    if (names.includes(name) && this.chance(0.4))
      return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    const old = Object.hasOwn(value, name) ? value[name] : undefined;
    return { ...value, [name]: old === undefined ? this.anything(1) : this.changed(old) };
  }
}

/** Constants, values around bounds, and property names that schemas mention. */
class Mentioned {
  readonly constants: Json[] = [];
  readonly names = new Set<string>();

  read(schema: JsonSchema): void {
    if (typeof schema === 'boolean') return;
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === 'const') this.constants.push(value as Json);
      else if (keyword === 'enum' && Array.isArray(value)) this.constants.push(...(value as Json[]));
      else if (typeof value === 'number' && Math.abs(value) < 1e9) this.constants.push(value, value + 1, value - 1);
      else if (keyword === 'required' && Array.isArray(value)) for (const name of value) this.names.add(String(name));
      else if (Array.isArray(value)) {
        for (const item of value) if (isObject(item)) this.read(item);
      } else if (isObject(value)) {
        const isMap = keyword === 'properties' || keyword === 'dependentSchemas';
        if (isMap) for (const name of Object.keys(value)) this.names.add(name);
        if (isMap || keyword === 'patternProperties')
          for (const child of Object.values(value)) this.read(child as JsonSchema);
        else this.read(value);
      }
    }
  }
}

/** A rough union of schemas that must all hold: good enough to make values from. */
function merged(schemas: readonly unknown[]): { [key: string]: unknown } {
  const out: { [key: string]: unknown } = {};
  for (const schema of schemas) {
    if (!isObject(schema)) continue;
    for (const [keyword, value] of Object.entries(schema)) {
      const old = out[keyword];
      if (keyword === 'properties' && isObject(old) && isObject(value)) out[keyword] = { ...old, ...value };
      else if (keyword === 'required' && Array.isArray(old) && Array.isArray(value)) out[keyword] = [...old, ...value];
      else if (value !== undefined) out[keyword] = value;
    }
  }
  delete out['anyOf'];
  delete out['oneOf'];
  return out;
}
