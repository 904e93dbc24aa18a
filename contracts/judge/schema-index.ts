import type { Contract } from '../lib/contract.ts';
import { subschemas } from '../lib/keywords.ts';
import type { JsonSchema } from '../lib/operation.ts';
import { resolveRef } from '../lib/reference.ts';
import { type SchemaError, sharedAjv, type Validate } from '../lib/validator.ts';

/** A schema at its place in a file. */
export interface Node {
  readonly file: string;
  readonly schema: JsonSchema;
}

/** One schema object that a value is held to, with its place: "request.schema.json#/properties/a". */
export interface Layer {
  readonly file: string;
  readonly location: string;
  readonly keywords: { readonly [keyword: string]: unknown };
}

/** The schemas of a contract, looked at place by place. */
export interface SchemaIndex {
  /** "file#pointer" of a schema object that is part of a contract's file. */
  locationOf(schema: object): string;
  /** What the schema of a node says against a value; [] for nothing. */
  errorsOf(node: Node, value: unknown): readonly SchemaError[];
  /** Whether `value` keeps these keywords on their own (no reference, no neighbour). */
  holds(keywords: { readonly [keyword: string]: unknown }, value: unknown): boolean;
  /** The node that `$ref`s lead to. Throws where they lead nowhere: a parsed contract has no such. */
  resolve(node: Node): Node;
  /**
   * The schema objects that a node puts on `value`: itself, what it refers to, allOf, the branches of anyOf and oneOf
   * that the value fits, and if/then/else as it applies.
   */
  layersOf(node: Node, value: unknown): Layer[];
}

const indexes = new WeakMap<Contract, SchemaIndex>();

/** The index of a contract: one for all who look at it. */
export function schemaIndex(contract: Contract): SchemaIndex {
  const index = indexes.get(contract) ?? newIndex(contract);
  indexes.set(contract, index);
  return index;
}

function newIndex(contract: Contract): SchemaIndex {
  const locations = new Map<object, string>();
  for (const [file, root] of Object.entries(contract.schemas)) {
    for (const { pointer, schema } of subschemas(root))
      if (typeof schema === 'object') locations.set(schema, `${file}#${pointer}`);
  }
  const ajv = sharedAjv(contract.schemas);
  const validators = new Map<string, Validate>();

  const locationOf = (schema: object): string => {
    const location = locations.get(schema);
    if (location === undefined) throw new Error('the schema is not part of the contract');
    return location;
  };
  const errorsOf = ({ schema }: Node, value: unknown): readonly SchemaError[] => {
    if (schema === true) return [];
    if (schema === false)
      return [{ keyword: 'false schema', instancePath: '', schemaPath: '#/false schema', params: {} }];
    const location = locationOf(schema);
    let validate = validators.get(location);
    if (validate === undefined) {
      const [file = '', pointer = ''] = location.split('#');
      validate = ajv.compile({
        $ref: pointer === '' ? file : `${file}#${pointer.split('/').map(encodeURIComponent).join('/')}`,
      }) as unknown as Validate;
      validators.set(location, validate);
    }
    return validate(value) ? [] : (validate.errors ?? []);
  };
  const lone = new Map<string, Validate>();
  const holds = (keywords: { readonly [keyword: string]: unknown }, value: unknown): boolean => {
    const key = JSON.stringify(keywords);
    let validate = lone.get(key);
    if (validate === undefined) {
      validate = ajv.compile(keywords) as unknown as Validate;
      lone.set(key, validate);
    }
    return validate(value);
  };
  const resolve = (node: Node): Node => {
    const found = resolveRef(contract.schemas, node.file, node.schema);
    if (found === undefined) throw new Error(`a $ref in ${node.file} leads nowhere`);
    return found;
  };
  const layersOf = (node: Node, value: unknown, depth = 0): Layer[] => {
    if (typeof node.schema === 'boolean' || depth > 30) return [];
    const { file, schema } = node;
    const inner = (child: unknown): Layer[] => layersOf({ file, schema: child as JsonSchema }, value, depth + 1);
    const fits = (child: unknown): boolean => errorsOf({ file, schema: child as JsonSchema }, value).length === 0;
    const layers: Layer[] = [{ file, location: locationOf(schema), keywords: schema }];
    if (typeof schema['$ref'] === 'string')
      layers.push(...layersOf(resolve({ file, schema: { $ref: schema['$ref'] } }), value, depth + 1));
    for (const child of (schema['allOf'] as unknown[] | undefined) ?? []) layers.push(...inner(child));
    for (const keyword of ['anyOf', 'oneOf']) {
      const branch = ((schema[keyword] as unknown[] | undefined) ?? []).find(fits);
      if (branch !== undefined) layers.push(...inner(branch));
    }
    if (schema['if'] !== undefined) {
      const next = fits(schema['if']) ? schema['then'] : schema['else'];
      if (next !== undefined) layers.push(...inner(next));
    }
    return layers;
  };
  return { locationOf, errorsOf, holds, resolve, layersOf };
}

/** The schemas that the layers of an object put on its property `name`. */
export function propertyNodes(layers: readonly Layer[], name: string): Node[] {
  return layers.flatMap(({ file, keywords }) => {
    const properties = keywords['properties'] as Record<string, JsonSchema> | undefined;
    const patterns = (keywords['patternProperties'] ?? {}) as Record<string, JsonSchema>;
    const found: Node[] = [];
    if (properties !== undefined && Object.hasOwn(properties, name))
      found.push({ file, schema: properties[name] as JsonSchema });
    for (const [pattern, schema] of Object.entries(patterns))
      if (new RegExp(pattern, 'u').test(name)) found.push({ file, schema });
    const others = keywords['additionalProperties'] as JsonSchema | undefined;
    if (found.length === 0 && others !== undefined && typeof others === 'object') found.push({ file, schema: others });
    return found;
  });
}

/** The schemas that the layers of an array put on its item `index`. */
export function itemNodes(layers: readonly Layer[], index: number): Node[] {
  return layers.flatMap(({ file, keywords }) => {
    const prefix = keywords['prefixItems'] as JsonSchema[] | undefined;
    const schema = prefix?.[index] ?? (keywords['items'] as JsonSchema | undefined);
    return schema === undefined ? [] : [{ file, schema }];
  });
}

/** Names that the layers of an object list under `properties`, in their order. */
export function propertyNames(layers: readonly Layer[]): string[] {
  return [
    ...new Set(
      layers.flatMap(({ keywords }) => Object.keys((keywords['properties'] ?? {}) as Record<string, JsonSchema>)),
    ),
  ];
}

/** Names that the layers of an object require. */
export function requiredNames(layers: readonly Layer[]): string[] {
  return [...new Set(layers.flatMap(({ keywords }) => (keywords['required'] as string[] | undefined) ?? []))];
}
