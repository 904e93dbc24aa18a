import type { Json, JsonSchema } from '../lib/operation.ts';
import type { Formula, FormulaStore } from './formula.ts';
import { STRING } from './formula.ts';
import { isObject, objectOf } from './json-value.ts';
import { compiledPattern } from './regex-engine.ts';
import { definitionOf, ENTRY, type SchemaBundle } from './schema-bundle.ts';

/**
 * What a contract documents, beyond what it forbids: a sender of the closed world sends no property that the schema
 * does not name, and a tolerant reader ignores one. A property is documented if any branch of the schema names it, if
 * other properties have a schema of their own (a map), or if the object names no property at all (free form).
 */
interface Shape {
  readonly names: ReadonlySet<string>;
  readonly patterns: readonly string[];
  readonly isOpen: boolean;
  readonly nodes: readonly SchemaObject[];
}

type SchemaObject = { readonly [keyword: string]: unknown };

export class DocumentedShape {
  private readonly bundle: SchemaBundle;
  private readonly ids = new Map<SchemaObject, number>();
  private readonly shapes = new Map<string, Shape>();
  private readonly root: readonly JsonSchema[];

  constructor(bundle: SchemaBundle) {
    this.bundle = bundle;
    this.root = [bundle.definitions.get(ENTRY) ?? true];
  }

  /** `body` without the properties that a tolerant reader ignores. */
  pruned(body: Json): Json {
    return this.prune(body, this.root);
  }

  private prune(value: Json, schemas: readonly JsonSchema[]): Json {
    if (typeof value !== 'object' || value === null) return value;
    const shape = this.shapeOf(schemas);
    if (Array.isArray(value)) return value.map((item, index) => this.prune(item, itemSchemas(shape, index)));
    return objectOf(
      Object.entries(value)
        .filter(([name]) => isDocumented(shape, name))
        .map(([name, child]) => [name, this.prune(child, propertySchemas(shape, name))]),
    );
  }

  /** Holds of the bodies in which every property is documented; `label` keeps the formulas of two sides apart. */
  closedWorld(store: FormulaStore, label: string): Formula {
    const done = new Map<string, Formula>();
    const active = new Set<string>();
    const recursive = new Set<string>();
    const closed = (schemas: readonly JsonSchema[]): Formula => {
      const shape = this.shapeOf(schemas);
      const key = this.keyOf(shape.nodes);
      if (shape.nodes.length === 0) return store.true;
      const known = done.get(key);
      if (known !== undefined) return known;
      const name = `closed ${label} ${key}`;
      if (active.has(key)) {
        recursive.add(key);
        return store.ref(name);
      }
      active.add(key);
      const body = this.closedHere(store, shape, closed);
      active.delete(key);
      if (recursive.has(key)) store.bodies.set(name, body);
      const formula = recursive.has(key) ? store.ref(name) : body;
      done.set(key, formula);
      return formula;
    };
    return closed(this.root);
  }

  private closedHere(store: FormulaStore, shape: Shape, closed: (schemas: readonly JsonSchema[]) => Formula): Formula {
    const text = store.type(STRING);
    const matching = shape.patterns.map((source) => store.and([text, store.leaf({ kind: 'pattern', source })]));
    const others = store.and([text, store.not(store.or([store.enum([...shape.names]), ...matching]))]);
    const parts = [...shape.names].map((name) =>
      store.leaf({ kind: 'property', name, of: closed(propertySchemas(shape, name)) }),
    );
    for (const [index, source] of shape.patterns.entries()) {
      const schemas = shape.nodes.flatMap((node) => valuesAt(node['patternProperties'], source));
      parts.push(store.leaf({ kind: 'every', names: matching[index] ?? text, of: closed(schemas) }));
    }
    const other = shape.nodes.flatMap(otherSchemas);
    parts.push(store.leaf({ kind: 'every', names: others, of: shape.isOpen ? closed(other) : store.false }));
    const prefix = Math.max(0, ...shape.nodes.map((node) => listOf(node['prefixItems']).length));
    for (let index = 0; index < prefix; index++)
      parts.push(store.leaf({ kind: 'item', index, of: closed(itemSchemas(shape, index)) }));
    parts.push(store.leaf({ kind: 'items', from: prefix, of: closed(itemSchemas(shape, prefix)) }));
    return store.and(parts);
  }

  private keyOf(nodes: readonly SchemaObject[]): string {
    return nodes
      .map((node) => {
        const id = this.ids.get(node) ?? this.ids.size;
        this.ids.set(node, id);
        return id;
      })
      .sort((a, b) => a - b)
      .join();
  }

  private shapeOf(schemas: readonly JsonSchema[]): Shape {
    const nodes = this.inPlace(schemas);
    const key = this.keyOf(nodes);
    const known = this.shapes.get(key);
    if (known !== undefined) return known;
    const names = new Set<string>();
    const patterns = new Set<string>();
    let isOpen = false;
    /** Properties are named here, or refused altogether. */
    let isNamed = false;
    for (const node of nodes) {
      if (isObject(node['properties']) || isObject(node['patternProperties'])) isNamed = true;
      if (node['additionalProperties'] === false || node['unevaluatedProperties'] === false) isNamed = true;
      const lists = [listOf(node['required'])];
      if (isObject(node['dependentRequired'])) lists.push(...Object.values(node['dependentRequired']).map(listOf));
      for (const keyword of ['properties', 'dependentRequired', 'dependentSchemas'])
        if (isObject(node[keyword])) lists.push(Object.keys(node[keyword]));
      for (const name of lists.flat()) names.add(String(name));
      if (isObject(node['patternProperties']))
        for (const source of Object.keys(node['patternProperties'])) patterns.add(source);
      const listed = [...listOf(node['enum']), node['const']];
      if (listed.some(isObject) || otherSchemas(node).length > 0) isOpen = true;
    }
    if (!isNamed && names.size === 0) isOpen = true;
    const shape = { names, patterns: [...patterns], isOpen, nodes };
    this.shapes.set(key, shape);
    return shape;
  }

  /** The schemas that speak of the same value: through references and branches, whether these hold or not. */
  private inPlace(schemas: readonly JsonSchema[]): SchemaObject[] {
    const found = new Set<SchemaObject>();
    const pending: unknown[] = [...schemas];
    for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
      if (!isObject(schema) || found.has(schema)) continue;
      found.add(schema);
      if (schema['$ref'] !== undefined) pending.push(this.bundle.definitions.get(definitionOf(schema['$ref'])) ?? true);
      for (const keyword of ['allOf', 'anyOf', 'oneOf']) pending.push(...listOf(schema[keyword]));
      for (const keyword of ['if', 'then', 'else']) if (schema[keyword] !== undefined) pending.push(schema[keyword]);
      if (isObject(schema['dependentSchemas'])) pending.push(...Object.values(schema['dependentSchemas']));
    }
    return [...found];
  }
}

function isDocumented(shape: Shape, name: string): boolean {
  return shape.isOpen || shape.names.has(name) || shape.patterns.some((source) => compiledPattern(source).test(name));
}

function propertySchemas(shape: Shape, name: string): JsonSchema[] {
  return shape.nodes.flatMap((node) => {
    const own = valuesAt(node['properties'], name);
    const matched = isObject(node['patternProperties'])
      ? Object.entries(node['patternProperties']).filter(([source]) => compiledPattern(source).test(name))
      : [];
    const spoken = [...own, ...matched.map(([, schema]) => schema as JsonSchema)];
    return spoken.length > 0 ? spoken : otherSchemas(node);
  });
}

function itemSchemas(shape: Shape, index: number): JsonSchema[] {
  return shape.nodes.flatMap((node) => {
    const prefix = listOf(node['prefixItems']);
    const own = index < prefix.length ? [prefix[index]] : [node['items'], node['unevaluatedItems']];
    return [...own, node['contains']].filter((schema) => schema !== undefined) as JsonSchema[];
  });
}

/** Schemas of a map's values; `true` and `false` document nothing. */
function otherSchemas(node: SchemaObject): JsonSchema[] {
  return [node['additionalProperties'], node['unevaluatedProperties']].filter(
    (schema): schema is SchemaObject => isObject(schema) && Object.keys(schema).length > 0,
  );
}

function valuesAt(map: unknown, name: string): JsonSchema[] {
  return isObject(map) && Object.hasOwn(map, name) ? [map[name] as JsonSchema] : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
