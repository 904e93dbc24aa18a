import type { JsonSchema } from '../lib/operation.ts';
import { toPointer } from '../lib/pointer.ts';
import type { Node, SchemaIndex } from './schema-index.ts';

/**
 * Which keyword, written where, a value breaks at which place. AJV judges; this walk only asks it keyword by keyword,
 * because AJV's own paths are relative to whatever it compiled, and of a choice (anyOf, oneOf) it lists what every
 * branch has to say. Here one branch speaks: the one that the value comes closest to.
 */

export interface BrokenRule {
  readonly keyword: string;
  /** What the keyword says: the value beside it in the schema. */
  readonly rule: unknown;
  /** "chat.schema.json#/$defs/Agent/properties/id/type" */
  readonly location: string;
  /** JSON pointer to the value at fault; for a missing field, to where it should be. */
  readonly pointer: string;
  /** What stands there; undefined where nothing does. */
  readonly value: unknown;
  /** The description beside the keyword, where there is one. */
  readonly description: string | null;
}

/** Keywords that say something of the value itself, without subschemas. */
const ASSERTIONS = new Set([
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
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

type Tokens = readonly (string | number)[];

/** Every rule of `node` that `value` breaks; [] if it is valid. */
export function brokenRules(index: SchemaIndex, node: Node, value: unknown): BrokenRule[] {
  if (index.errorsOf(node, value).length === 0) return [];
  const found = walk(index, node, value, []);
  if (found.length > 0) return unique(found);
  // Never seen; but a value that AJV refuses must not pass because this walk does not know why.
  const location = typeof node.schema === 'object' ? index.locationOf(node.schema) : `${node.file}#`;
  return [{ keyword: 'schema', rule: null, location, pointer: '', value, description: null }];
}

function unique(rules: readonly BrokenRule[]): BrokenRule[] {
  const seen = new Map(rules.map((rule) => [`${rule.pointer} ${rule.location}`, rule]));
  return [...seen.values()];
}

function walk(index: SchemaIndex, node: Node, value: unknown, at: Tokens): BrokenRule[] {
  const { file, schema } = node;
  if (typeof schema === 'boolean') {
    return schema
      ? []
      : [{ keyword: 'false', rule: false, location: `${file}#`, pointer: toPointer(at), value, description: null }];
  }
  if (index.errorsOf(node, value).length === 0) return [];
  const location = index.locationOf(schema);
  const description = typeof schema['description'] === 'string' ? schema['description'] : null;
  const broken = (keyword: string, tokens: Tokens = at, what: unknown = value): BrokenRule => ({
    keyword,
    rule: schema[keyword],
    location: `${location}/${keyword}`,
    pointer: toPointer(tokens),
    value: what,
    description,
  });
  const into = (child: JsonSchema, inner: unknown, ...tokens: (string | number)[]): BrokenRule[] =>
    walk(index, { file, schema: child }, inner, [...at, ...tokens]);
  const object = isObject(value) ? value : null;
  const array = Array.isArray(value) ? (value as unknown[]) : null;
  const found: BrokenRule[] = [];

  for (const [keyword, rule] of Object.entries(schema)) {
    if (ASSERTIONS.has(keyword)) {
      if (!index.holds({ [keyword]: rule }, value)) found.push(broken(keyword));
      continue;
    }
    switch (keyword) {
      case '$ref':
        found.push(...walk(index, index.resolve({ file, schema: { $ref: rule } }), value, at));
        break;
      case 'allOf':
        for (const child of rule as JsonSchema[]) found.push(...into(child, value));
        break;
      case 'anyOf':
      case 'oneOf': {
        const branches = (rule as JsonSchema[]).map((child) => into(child, value));
        const fitting = branches.filter((branch) => branch.length === 0).length;
        if (fitting === 0) found.push(...(closest(branches, at) ?? [broken(keyword)]));
        else if (keyword === 'oneOf' && fitting > 1) found.push(broken(keyword));
        break;
      }
      case 'not':
        if (index.errorsOf({ file, schema: rule as JsonSchema }, value).length === 0) found.push(broken(keyword));
        break;
      case 'if': {
        const branch = into(rule as JsonSchema, value).length === 0 ? schema['then'] : schema['else'];
        if (branch !== undefined) found.push(...into(branch as JsonSchema, value));
        break;
      }
      case 'required':
        for (const name of rule as string[])
          if (object !== null && !Object.hasOwn(object, name)) found.push(broken(keyword, [...at, name], undefined));
        break;
      case 'dependentRequired':
        for (const [name, needed] of Object.entries(rule as Record<string, string[]>))
          for (const one of needed)
            if (object !== null && Object.hasOwn(object, name) && !Object.hasOwn(object, one))
              found.push(broken(keyword, [...at, one], undefined));
        break;
      case 'dependentSchemas':
        for (const [name, child] of Object.entries(rule as Record<string, JsonSchema>))
          if (object !== null && Object.hasOwn(object, name)) found.push(...into(child, value));
        break;
      case 'properties':
        for (const [name, child] of Object.entries(rule as Record<string, JsonSchema>))
          if (object !== null && Object.hasOwn(object, name)) {
            if (child === false)
              found.push({
                ...broken(keyword, [...at, name], object[name]),
                location: `${location}/properties${toPointer([name])}`,
              });
            else found.push(...into(child, object[name], name));
          }
        break;
      case 'patternProperties':
      case 'additionalProperties':
        for (const [name, inner] of Object.entries(object ?? {})) {
          const matching = namedBy(schema, keyword, name);
          for (const child of matching) {
            if (child === false) found.push(broken(keyword, [...at, name], inner));
            else found.push(...into(child, inner, name));
          }
        }
        break;
      case 'propertyNames':
        for (const name of Object.keys(object ?? {}))
          if (index.errorsOf({ file, schema: rule as JsonSchema }, name).length > 0)
            found.push(broken(keyword, [...at, name], name));
        break;
      case 'prefixItems':
        for (const [place, child] of (rule as JsonSchema[]).entries())
          if (array !== null && place < array.length) found.push(...into(child, array[place], place));
        break;
      case 'items': {
        const from = (schema['prefixItems'] as unknown[] | undefined)?.length ?? 0;
        for (const [place, inner] of (array ?? []).entries()) {
          if (place < from) continue;
          if (rule === false) found.push(broken(keyword, [...at, place], inner));
          else found.push(...into(rule as JsonSchema, inner, place));
        }
        break;
      }
      case 'contains': {
        const count = (array ?? []).filter(
          (item) => index.errorsOf({ file, schema: rule as JsonSchema }, item).length === 0,
        ).length;
        const least = (schema['minContains'] as number | undefined) ?? 1;
        const most = (schema['maxContains'] as number | undefined) ?? Number.POSITIVE_INFINITY;
        if (array !== null && (count < least || count > most)) found.push(broken(keyword));
        break;
      }
      case 'unevaluatedProperties':
      case 'unevaluatedItems':
        for (const error of index.errorsOf(node, value)) {
          if (error.keyword !== keyword || error.instancePath !== '') continue;
          const name = error.params['unevaluatedProperty'];
          found.push(typeof name === 'string' ? broken(keyword, [...at, name], object?.[name]) : broken(keyword));
        }
        break;
      default:
        break;
    }
  }
  return found;
}

/** The schemas that patternProperties, or else additionalProperties, of one schema object put on a property. */
function namedBy(schema: { readonly [keyword: string]: unknown }, keyword: string, name: string): JsonSchema[] {
  const patterns = Object.entries((schema['patternProperties'] ?? {}) as Record<string, JsonSchema>).filter(
    ([pattern]) => new RegExp(pattern, 'u').test(name),
  );
  if (keyword === 'patternProperties') return patterns.map(([, child]) => child);
  const isNamed = Object.hasOwn((schema['properties'] ?? {}) as object, name) || patterns.length > 0;
  return isNamed ? [] : [schema['additionalProperties'] as JsonSchema];
}

/**
 * What the branch has to say that the value comes closest to: one whose type it has, with the fewest broken rules.
 * null where it has the type of none, so that the choice itself is what is broken.
 */
function closest(branches: readonly (readonly BrokenRule[])[], at: Tokens): readonly BrokenRule[] | null {
  const here = toPointer(at);
  const ofRightType = branches.filter(
    (branch) =>
      !branch.some(
        (rule) => rule.pointer === here && ['type', 'const', 'enum', 'false', 'anyOf', 'oneOf'].includes(rule.keyword),
      ),
  );
  const [first] = [...ofRightType].sort((a, b) => a.length - b.length);
  return first ?? null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
