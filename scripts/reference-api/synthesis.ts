import { sampleOfPattern } from '../../contracts/cases/pattern-sample.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import type { Json, JsonSchema } from '../../contracts/lib/operation.ts';
import { resolveRef } from '../../contracts/lib/reference.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/** `full`: optional properties and one item in each array; `minimal`: what is required. */
type Extent = 'full' | 'minimal';

const DEEPEST = 12;

/**
 * A body that is valid under a schema of the contract, made from the schema alone: the full one if that is valid,
 * else the minimal one. Throws UserError where neither is: some schemas need an example.
 */
export function synthesise(contract: Contract, file: string, message: string): Json {
  const validate = contract.validator(file);
  for (const extent of ['full', 'minimal'] as const) {
    const body = valueFor(contract, file, contract.schemas[file] ?? true, extent, 0);
    if (validate(body)) return body;
  }
  throw new UserError(`the reference API cannot make up an answer of ${file}`, {
    why: 'no value guessed from the schema is valid under it, and the contract has no example of that answer',
    fix: `add an answer as examples/${message}.valid.<name>.json to the contract folder`,
  });
}

/** A value for a place of a schema; undefined where there is none. */
export function synthesiseAt(
  contract: Contract,
  place: { readonly file: string; readonly schema: JsonSchema } | undefined,
): Json | undefined {
  return place === undefined ? undefined : valueFor(contract, place.file, place.schema, 'full', 0);
}

/** A value for a place of a schema that is an object there, null left aside; undefined where it never is one. */
export function synthesiseObject(contract: Contract, file: string, schema: JsonSchema): Json | undefined {
  const value = valueFor(contract, file, schema, 'full', 0, 'object');
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

function valueFor(
  contract: Contract,
  file: string,
  schema: JsonSchema,
  extent: Extent,
  depth: number,
  wanted?: string,
): Json {
  const place = resolveRef(contract.schemas, file, schema);
  if (place === undefined || typeof place.schema === 'boolean' || depth > DEEPEST) return null;
  const keywords = merged(contract, place.file, place.schema, wanted);
  if ('const' in keywords) return keywords['const'] as Json;
  if (Array.isArray(keywords['enum'])) {
    const values = keywords['enum'] as Json[];
    return values.find((value) => value !== null) ?? null;
  }
  const types = typesOf(keywords);
  const type =
    wanted !== undefined && types.includes(wanted) ? wanted : (types.find((name) => name !== 'null') ?? 'null');
  switch (type) {
    case 'object':
      return objectFor(contract, place.file, keywords, extent, depth);
    case 'array':
      return arrayFor(contract, place.file, keywords, extent, depth);
    case 'string':
      return stringFor(keywords);
    case 'integer':
    case 'number':
      return numberFor(keywords);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

/** The schema's keywords with those of allOf and of the first fitting branch of anyOf and oneOf laid over them. */
function merged(
  contract: Contract,
  file: string,
  schema: { readonly [keyword: string]: unknown },
  wanted: string | undefined,
): Record<string, unknown> {
  let result: Record<string, unknown> = { ...schema };
  const lay = (branch: JsonSchema | undefined) => {
    const place = branch === undefined ? undefined : resolveRef(contract.schemas, file, branch);
    if (place === undefined || typeof place.schema === 'boolean') return;
    const inner = merged(contract, place.file, place.schema, wanted);
    result = {
      ...result,
      ...inner,
      properties: { ...(result['properties'] as object | undefined), ...(inner['properties'] as object | undefined) },
      required: [...((result['required'] as string[] | undefined) ?? []), ...((inner['required'] as string[]) ?? [])],
    };
  };
  for (const branch of (schema['allOf'] as JsonSchema[] | undefined) ?? []) lay(branch);
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = (schema[keyword] as JsonSchema[] | undefined) ?? [];
    const typesOfBranch = (branch: JsonSchema) => {
      const place = resolveRef(contract.schemas, file, branch)?.schema;
      return typeof place === 'object' ? typesOf(place) : [];
    };
    lay(
      branches.find((branch) => wanted !== undefined && typesOfBranch(branch).includes(wanted)) ??
        branches.find((branch) => typesOfBranch(branch).some((type) => type !== 'null')) ??
        branches[0],
    );
  }
  return result;
}

function typesOf(keywords: { readonly [keyword: string]: unknown }): string[] {
  const type = keywords['type'];
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type as string[];
  if (Object.keys((keywords['properties'] as object | undefined) ?? {}).length > 0) return ['object'];
  if ('required' in keywords && (keywords['required'] as string[]).length > 0) return ['object'];
  if ('items' in keywords || 'prefixItems' in keywords) return ['array'];
  if ('minLength' in keywords || 'maxLength' in keywords || 'pattern' in keywords || 'format' in keywords)
    return ['string'];
  if ('minimum' in keywords || 'maximum' in keywords || 'multipleOf' in keywords) return ['number'];
  return [];
}

function objectFor(
  contract: Contract,
  file: string,
  keywords: Record<string, unknown>,
  extent: Extent,
  depth: number,
): Json {
  const properties = (keywords['properties'] as Record<string, JsonSchema> | undefined) ?? {};
  const required = (keywords['required'] as string[] | undefined) ?? [];
  const names = new Set([...required, ...(extent === 'full' && depth < 4 ? Object.keys(properties) : [])]);
  const object: Record<string, Json> = {};
  for (const name of names) {
    const property = properties[name] ??
      (keywords['additionalProperties'] as JsonSchema | undefined) ?? { type: 'string' };
    if (property !== false) object[name] = valueFor(contract, file, property, extent, depth + 1);
  }
  for (let index = names.size; index < ((keywords['minProperties'] as number | undefined) ?? 0); index += 1) {
    const property = (keywords['additionalProperties'] as JsonSchema | undefined) ?? { type: 'string' };
    object[`extra${index}`] = valueFor(contract, file, property, extent, depth + 1);
  }
  return object;
}

function arrayFor(
  contract: Contract,
  file: string,
  keywords: Record<string, unknown>,
  extent: Extent,
  depth: number,
): Json {
  const prefix = (keywords['prefixItems'] as JsonSchema[] | undefined) ?? [];
  const items = (keywords['items'] as JsonSchema | undefined) ?? { type: 'string' };
  const least = (keywords['minItems'] as number | undefined) ?? 0;
  const most = (keywords['maxItems'] as number | undefined) ?? Number.POSITIVE_INFINITY;
  const wish =
    extent === 'full' && items !== false ? Math.max(least, prefix.length, 1) : Math.max(least, prefix.length);
  const array: Json[] = [];
  for (let index = 0; index < Math.min(wish, most); index += 1) {
    const value = valueFor(contract, file, prefix[index] ?? items, extent, depth + 1);
    array.push(keywords['uniqueItems'] === true && index > 0 ? distinct(value, index) : value);
  }
  return array;
}

/** Another value of the same type, so that items differ. */
function distinct(value: Json, index: number): Json {
  if (typeof value === 'number') return value + index;
  return typeof value === 'string' ? `${value}${index}` : value;
}

/** A string of each format that a validator knows, for one moment and one name. */
const FORMATS: Record<string, string> = {
  'date-time': '2020-10-01T12:15:14Z',
  'iso-date-time': '2020-10-01T12:15:14Z',
  date: '2020-10-01',
  time: '12:15:14Z',
  'iso-time': '12:15:14Z',
  duration: 'P1D',
  email: 'john.doe@example.org',
  hostname: 'example.org',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.org/1',
  url: 'https://example.org/1',
  'uri-reference': '/1',
  'uri-template': '/{id}',
  uuid: '0b6f3f6a-6c5c-4d0f-9f3e-3f1d2c4b5a69',
  regex: '^a$',
  'json-pointer': '/a',
  'json-pointer-uri-fragment': '#/a',
  'relative-json-pointer': '0/a',
  byte: 'YQ==',
};

function stringFor(keywords: Record<string, unknown>): string {
  if (typeof keywords['pattern'] === 'string') return sampleOfPattern(keywords['pattern']);
  const format = typeof keywords['format'] === 'string' ? FORMATS[keywords['format']] : undefined;
  if (format !== undefined) return format;
  const least = (keywords['minLength'] as number | undefined) ?? 0;
  const most = (keywords['maxLength'] as number | undefined) ?? Number.POSITIVE_INFINITY;
  return 'example'.slice(0, most).padEnd(least, 'e');
}

function numberFor(keywords: Record<string, unknown>): number {
  const step = (keywords['multipleOf'] as number | undefined) ?? 1;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = keywords as Record<string, number | undefined>;
  const least = Math.max(minimum ?? Number.NEGATIVE_INFINITY, exclusiveMinimum ?? Number.NEGATIVE_INFINITY);
  const most = Math.min(maximum ?? Number.POSITIVE_INFINITY, exclusiveMaximum ?? Number.POSITIVE_INFINITY);
  let value = 1 >= least && 1 <= most ? 1 : Number.isFinite(least) ? least : most;
  value = Math.ceil(value / step) * step;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) value += step;
  if (value > most || (exclusiveMaximum !== undefined && value >= exclusiveMaximum)) value = (least + most) / 2;
  return value;
}
