import type { JsonSchema } from '../lib/operation.ts';
import { pointerTokens, toPointer } from '../lib/pointer.ts';
import { UserError } from '../lib/user-error.ts';
import { isObject } from './json-value.ts';
import { compiledPattern } from './regex-engine.ts';
import { metaSchemaErrors } from './schema-oracle.ts';

/**
 * Makes one self-contained schema of the files that a message is written in: every `$ref`, `$anchor`, `$id` and
 * `$dynamicRef` becomes `#/$defs/<n>`, and everything that does not decide about validity is dropped. Both the model
 * and AJV read the result, so neither can be confused by ids that old and new have in common.
 */
export interface SchemaSource {
  /** The file the message's schema is in. */
  readonly file: string;
  /** JSON pointer to the schema in that file; "" for the whole. */
  readonly pointer?: string;
  /** Parsed files by name; references are resolved among them, relative to the file they stand in. */
  readonly documents: ReadonlyMap<string, unknown>;
  /** The server fills in defaults, so a required property that has one may be left out. */
  readonly appliesDefaults?: boolean;
}

export interface SchemaBundle {
  /** `{ $ref: "#/$defs/0", $defs: { … } }` */
  readonly schema: JsonSchema;
  readonly definitions: ReadonlyMap<string, JsonSchema>;
  /** Definition → where it stands, such as `chat.schema.json#/$defs/Time`. */
  readonly places: ReadonlyMap<string, string>;
}

export const ENTRY = '0';
const REF_PREFIX = '#/$defs/';

/** The definition that a reference of a bundle means. */
export function definitionOf(ref: unknown): string {
  return String(ref).slice(REF_PREFIX.length);
}

const ONE_SCHEMA = new Set([
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'items',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
]);
const SCHEMA_LISTS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const SCHEMA_MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const PLAIN = new Set([
  'type',
  'enum',
  'const',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'maxContains',
  'minContains',
  'maxProperties',
  'minProperties',
  'required',
  'dependentRequired',
  'format',
]);
/** Where else schemas are looked for, to find the ids and anchors in them. */
const MORE_MAPS = ['$defs', 'definitions'];

interface Place {
  readonly file: string;
  readonly tokens: readonly string[];
}

const placeText = ({ file, tokens }: Place): string => `${file}#${toPointer(tokens)}`;

/** Bundles a schema; throws one UserError that lists every problem with its file and place. */
export function bundleSchema(source: SchemaSource): SchemaBundle {
  return new Bundler(source).bundle();
}

class Bundler {
  private readonly source: SchemaSource;
  private readonly problems: string[] = [];
  /** URI without fragment, or with an anchor as fragment → place. */
  private readonly byUri = new Map<string, Place>();
  private readonly dynamic = new Map<string, Place[]>();
  private readonly names = new Map<string, string>();
  private readonly queue: { name: string; place: Place }[] = [];

  constructor(source: SchemaSource) {
    this.source = source;
    for (const [file, document] of source.documents) {
      this.byUri.set(fileUri(file), { file, tokens: [] });
      this.index(document, { file, tokens: [] }, fileUri(file));
    }
  }

  bundle(): SchemaBundle {
    const { file, pointer = '' } = this.source;
    const definitions = new Map<string, JsonSchema>();
    const places = new Map<string, string>();
    this.define({ file, tokens: pointerTokens(pointer) });
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      const value = this.valueAt(next.place);
      if (typeof value !== 'boolean' && !isObject(value)) {
        this.problems.push(`${placeText(next.place)} is no schema`);
        continue;
      }
      const schema = this.rewritten(value, next.place, this.baseAt(next.place));
      for (const { pointer: at, message } of metaSchemaErrors(schema))
        this.problems.push(`${placeText(next.place)}${at} ${message}`);
      definitions.set(next.name, schema);
      places.set(next.name, placeText(next.place));
    }
    if (this.problems.length > 0) {
      throw new UserError(`${file} is no usable JSON Schema`, {
        why: this.problems.slice(0, 10).join('; '),
        fix: 'correct the schema at the place named (draft 2020-12)',
      });
    }
    const schema = { $ref: REF_PREFIX + ENTRY, $defs: Object.fromEntries(definitions) };
    return { schema, definitions, places };
  }

  private index(value: unknown, place: Place, base: string): void {
    if (!isObject(value)) return;
    const id = idOf(value);
    const here = id === null ? base : resolved(id, base);
    if (id !== null) this.byUri.set(withoutFragment(here), place);
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = value[keyword];
      if (typeof anchor !== 'string') continue;
      this.byUri.set(`${withoutFragment(here)}#${anchor}`, place);
      if (keyword === '$dynamicAnchor') this.dynamic.set(anchor, [...(this.dynamic.get(anchor) ?? []), place]);
    }
    for (const [keyword, child] of Object.entries(value)) {
      const at = (...tokens: string[]): Place => ({ file: place.file, tokens: [...place.tokens, keyword, ...tokens] });
      if (ONE_SCHEMA.has(keyword)) this.index(child, at(), here);
      if (Array.isArray(child) && (SCHEMA_LISTS.has(keyword) || keyword === 'items'))
        for (const [i, item] of child.entries()) this.index(item, at(String(i)), here);
      if (isObject(child) && (SCHEMA_MAPS.has(keyword) || MORE_MAPS.includes(keyword)))
        for (const [name, item] of Object.entries(child)) this.index(item, at(name), here);
    }
  }

  private valueAt({ file, tokens }: Place): unknown {
    let value: unknown = this.source.documents.get(file);
    for (const token of tokens) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
      value = (value as Record<string, unknown>)[token];
    }
    return value;
  }

  private baseAt({ file, tokens }: Place): string {
    let base = fileUri(file);
    let value: unknown = this.source.documents.get(file);
    for (const token of tokens) {
      const id = isObject(value) ? idOf(value) : null;
      if (id !== null) base = resolved(id, base);
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[token] : undefined;
    }
    return base;
  }

  private define(place: Place): string {
    const key = placeText(place);
    let name = this.names.get(key);
    if (name === undefined) {
      name = String(this.names.size);
      this.names.set(key, name);
      this.queue.push({ name, place });
    }
    return name;
  }

  private target(ref: string, place: Place, base: string): Place | null {
    for (const from of [base, fileUri(place.file)]) {
      const uri = resolved(ref, from);
      const direct = this.byUri.get(uri.replace(/#$/, ''));
      if (direct !== undefined) return direct;
      const [whole = '', fragment = ''] = uri.split('#');
      const resource = this.byUri.get(whole);
      const pointer = decoded(fragment);
      if (resource === undefined || (pointer !== '' && !pointer.startsWith('/'))) continue;
      const found = { file: resource.file, tokens: [...resource.tokens, ...pointerTokens(pointer)] };
      if (this.valueAt(found) !== undefined) return found;
    }
    return null;
  }

  /** The outermost schema with this dynamic anchor: the message's own file comes first in every dynamic scope. */
  private dynamicTarget(ref: string, place: Place, base: string): Place | null {
    const lexical = this.target(ref, place, base);
    const anchor = ref.split('#')[1] ?? '';
    const candidates = this.dynamic.get(anchor) ?? [];
    if (lexical === null || !candidates.some((candidate) => placeText(candidate) === placeText(lexical)))
      return lexical;
    return candidates.find((candidate) => candidate.file === this.source.file) ?? lexical;
  }

  private rewritten(value: unknown, place: Place, outerBase: string): JsonSchema {
    if (!isObject(value)) return value as JsonSchema;
    const id = idOf(value);
    const base = id === null ? outerBase : resolved(id, outerBase);
    const isLegacy = isLegacyDraft(this.source.documents.get(place.file));
    const at = (...tokens: string[]): Place => ({ file: place.file, tokens: [...place.tokens, ...tokens] });
    const inner = (child: unknown, ...tokens: string[]): JsonSchema => this.rewritten(child, at(...tokens), base);
    const out: Record<string, unknown> = {};
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const ref = value[keyword];
      if (typeof ref !== 'string') continue;
      const target = keyword === '$dynamicRef' ? this.dynamicTarget(ref, place, base) : this.target(ref, place, base);
      if (target === null) {
        this.problems.push(`${placeText(place)}/${keyword} leads nowhere: ${JSON.stringify(ref)}`);
        continue;
      }
      const link = REF_PREFIX + this.define(target);
      if (out['$ref'] === undefined) out['$ref'] = link;
      else out['allOf'] = [{ $ref: link }];
    }
    if (isLegacy && out['$ref'] !== undefined) return out;
    for (const [keyword, child] of Object.entries(isLegacy ? modernised(value) : value)) {
      if (PLAIN.has(keyword)) out[keyword] = child;
      else if (ONE_SCHEMA.has(keyword)) out[keyword] = inner(child, keyword);
      else if (SCHEMA_LISTS.has(keyword) && Array.isArray(child)) {
        const items = child.map((item, index) => inner(item, keyword, String(index)));
        out[keyword] = keyword === 'allOf' && Array.isArray(out['allOf']) ? [...out['allOf'], ...items] : items;
      } else if (SCHEMA_MAPS.has(keyword) && isObject(child)) {
        out[keyword] = Object.fromEntries(
          Object.entries(child).map(([name, item]) => [name, inner(item, keyword, name)]),
        );
      } else if (SCHEMA_LISTS.has(keyword) || SCHEMA_MAPS.has(keyword)) out[keyword] = child;
    }
    this.addDependencies(value, out, (child, name) => inner(child, 'dependencies', name));
    this.checkPatterns(out, place);
    avoidOracleFaults(out);
    return this.source.appliesDefaults ? this.withoutDefaulted(value, out, place, base) : out;
  }

  /** `dependencies` of older drafts, which AJV still asserts, as its two successors. */
  private addDependencies(
    value: { readonly [key: string]: unknown },
    out: Record<string, unknown>,
    inner: (child: unknown, name: string) => JsonSchema,
  ): void {
    const dependencies = value['dependencies'];
    if (!isObject(dependencies)) return;
    const entries = Object.entries(dependencies);
    const lists = entries.filter(([, child]) => Array.isArray(child));
    const schemas = entries.filter(([, child]) => !Array.isArray(child));
    const oldLists = isObject(out['dependentRequired']) ? out['dependentRequired'] : {};
    const oldSchemas = isObject(out['dependentSchemas']) ? out['dependentSchemas'] : {};
    if (lists.length > 0) out['dependentRequired'] = { ...Object.fromEntries(lists), ...oldLists };
    if (schemas.length > 0) {
      const added = Object.fromEntries(schemas.map(([name, child]) => [name, inner(child, name)]));
      out['dependentSchemas'] = { ...added, ...oldSchemas };
    }
  }

  private checkPatterns(out: Record<string, unknown>, place: Place): void {
    const patternProperties = isObject(out['patternProperties']) ? Object.keys(out['patternProperties']) : [];
    const patterns = typeof out['pattern'] === 'string' ? [out['pattern']] : [];
    for (const pattern of [...patterns, ...patternProperties]) {
      try {
        compiledPattern(pattern);
      } catch {
        const keyword = patterns.includes(pattern) ? 'pattern' : 'patternProperties';
        this.problems.push(`${placeText(place)}/${keyword} holds no regular expression: ${JSON.stringify(pattern)}`);
      }
    }
  }

  private withoutDefaulted(
    value: { readonly [key: string]: unknown },
    out: Record<string, unknown>,
    place: Place,
    base: string,
  ): JsonSchema {
    const [required, properties] = [out['required'], value['properties']];
    if (!Array.isArray(required) || !isObject(properties)) return out;
    const hasDefault = (name: unknown): boolean => {
      const property = typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (!isObject(property)) return false;
      if (Object.hasOwn(property, 'default')) return true;
      const ref = property['$ref'];
      const target = typeof ref === 'string' ? this.target(ref, place, base) : null;
      const schema = target === null ? undefined : this.valueAt(target);
      return isObject(schema) && Object.hasOwn(schema, 'default');
    };
    return { ...out, required: required.filter((name) => !hasDefault(name)) };
  }
}

const EVERY_TYPE = ['null', 'boolean', 'number', 'string', 'array', 'object'];

/**
 * Writes what AJV 8.20 gets wrong in another way: `not` of everything beside unevaluated keywords ("items0 is not
 * defined"), an empty enum (refused), and `contains` beside unevaluatedItems (which it takes to look at every item;
 * a double negation hides it, and the items it looks at are added by hand).
 */
function avoidOracleFaults(out: Record<string, unknown>): void {
  const { not, enum: values } = out;
  if (not === true || (isObject(not) && Object.keys(not).length === 0)) out['not'] = { type: EVERY_TYPE };
  const { contains, minContains, maxContains, unevaluatedItems } = out;
  if (contains !== undefined && unevaluatedItems !== undefined) {
    const count = Object.fromEntries(
      Object.entries({ contains, minContains, maxContains }).filter(([, value]) => value !== undefined),
    );
    for (const keyword of Object.keys(count)) delete out[keyword];
    out['allOf'] = [...(Array.isArray(out['allOf']) ? out['allOf'] : []), { not: { not: count } }];
    out['unevaluatedItems'] = { anyOf: [unevaluatedItems, contains] };
  }
  if (Array.isArray(values) && values.length === 0) {
    delete out['enum'];
    out['allOf'] = [...(Array.isArray(out['allOf']) ? out['allOf'] : []), { not: { type: EVERY_TYPE } }];
  }
}

function idOf(value: { readonly [key: string]: unknown }): string | null {
  const id = value['$id'];
  return typeof id === 'string' && !id.startsWith('#') ? id : null;
}

/** Relative names are put deep enough that `../` of a reference stays inside. */
const URI_ROOT = `file:///${'-/'.repeat(20)}`;

function fileUri(file: string): string {
  return new URL(file.split('/').map(encodeURIComponent).join('/'), URI_ROOT).href;
}

function resolved(ref: string, base: string): string {
  try {
    return new URL(ref, base).href;
  } catch {
    return `${withoutFragment(base)}#${ref}`;
  }
}

function withoutFragment(uri: string): string {
  return uri.split('#')[0] ?? uri;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function isLegacyDraft(document: unknown): boolean {
  const draft = isObject(document) ? document['$schema'] : undefined;
  return typeof draft === 'string' && /draft-0[3-7]\b/.test(draft);
}

/** A schema of draft 04 to 07 with the keywords of 2020-12. */
function modernised(value: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  const { items, additionalItems, exclusiveMinimum, exclusiveMaximum, minimum, maximum, ...rest } = value;
  const out: Record<string, unknown> = rest;
  if (Array.isArray(items)) {
    out['prefixItems'] = items;
    if (additionalItems !== undefined) out['items'] = additionalItems;
  } else if (items !== undefined) out['items'] = items;
  if (exclusiveMinimum === true) out['exclusiveMinimum'] = minimum;
  else if (minimum !== undefined) out['minimum'] = minimum;
  if (typeof exclusiveMinimum === 'number') out['exclusiveMinimum'] = exclusiveMinimum;
  if (exclusiveMaximum === true) out['exclusiveMaximum'] = maximum;
  else if (maximum !== undefined) out['maximum'] = maximum;
  if (typeof exclusiveMaximum === 'number') out['exclusiveMaximum'] = exclusiveMaximum;
  return out;
}
