import type { JsonSchema } from './operation.ts';
import { toPointer } from './pointer.ts';

/** A place in a schema that the toolkit would not treat alike everywhere, and why. */
export interface KeywordProblem {
  /** JSON pointer into the schema file. */
  readonly pointer: string;
  readonly what: string;
  readonly fix: string;
}

/** Keywords whose value is a schema, an array of schemas, or an object of schemas (draft 2020-12, applicators). */
const ONE = [
  'not',
  'if',
  'then',
  'else',
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contentSchema',
];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAP = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];

/** Each subschema of `schema` with its pointer, the schema itself first. Values under const, enum and examples are no schemas. */
export function* subschemas(
  schema: unknown,
  tokens: readonly (string | number)[] = [],
): Generator<{ pointer: string; schema: JsonSchema }> {
  if (typeof schema === 'boolean') yield { pointer: toPointer(tokens), schema };
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return;
  const object = schema as { [keyword: string]: unknown };
  yield { pointer: toPointer(tokens), schema: object };
  for (const [keyword, value] of Object.entries(object)) {
    if (ONE.includes(keyword)) yield* subschemas(value, [...tokens, keyword]);
    else if (LIST.includes(keyword) && Array.isArray(value)) {
      for (const [index, item] of value.entries()) yield* subschemas(item, [...tokens, keyword, index]);
    } else if (MAP.includes(keyword) && typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) yield* subschemas(item, [...tokens, keyword, key]);
    }
  }
}

/** Formats that ajv-formats checks; of those it only names (password, binary) nothing would be held. */
export const KNOWN_FORMATS = [
  'date',
  'time',
  'date-time',
  'iso-time',
  'iso-date-time',
  'duration',
  'uri',
  'uri-reference',
  'uri-template',
  'url',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'regex',
  'uuid',
  'json-pointer',
  'json-pointer-uri-fragment',
  'relative-json-pointer',
  'byte',
  'int32',
  'int64',
  'float',
  'double',
];

/**
 * Keywords and patterns that Node, k6 and the generated types would not all treat alike. They are refused by name
 * instead of being silently read differently; what can be translated is, and is not listed here.
 */
export function keywordProblems(schema: unknown): KeywordProblem[] {
  const problems: KeywordProblem[] = [];
  for (const { pointer, schema: place } of subschemas(schema)) {
    if (typeof place === 'boolean') continue;
    const at = (keyword: string, what: string, fix: string) =>
      problems.push({ pointer: `${pointer}/${keyword}`, what, fix });
    const patterns: [string, unknown][] = [['pattern', place['pattern']]];
    if (typeof place['patternProperties'] === 'object' && place['patternProperties'] !== null) {
      for (const pattern of Object.keys(place['patternProperties'])) patterns.push(['patternProperties', pattern]);
    }
    for (const [keyword, pattern] of patterns) {
      if (typeof pattern !== 'string') continue;
      try {
        new RegExp(pattern, 'u');
      } catch {
        at(keyword, `the pattern ${pattern} is no regular expression`, 'correct it (ECMA-262, Unicode mode)');
      }
    }
    const format = place['format'];
    if (typeof format === 'string' && !KNOWN_FORMATS.includes(format)) {
      at(
        'format',
        `the format "${format}" is not known, so nothing would check it`,
        `use one of ${KNOWN_FORMATS.join(', ')}, or a pattern`,
      );
    }
    for (const keyword of ['$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor']) {
      if (keyword in place) at(keyword, `${keyword} cannot be translated into types`, 'write a plain $ref');
    }
    // AJV takes it as OpenAPI 3.0 does; the types and other validators do not.
    if ('nullable' in place) at('nullable', '"nullable" is of OpenAPI 3.0', 'write "null" into the list under type');
    if ('definitions' in place) at('definitions', '"definitions" is of an older draft', 'call it $defs');
    if ('dependencies' in place)
      at('dependencies', '"dependencies" is of an older draft', 'write dependentRequired or dependentSchemas');
    if (Array.isArray(place['items'])) at('items', 'an array under "items" is of an older draft', 'write prefixItems');
    if ('contentMediaType' in place || 'contentEncoding' in place) {
      at(
        'contentMediaType' in place ? 'contentMediaType' : 'contentEncoding',
        'content keywords are annotations that nothing checks',
        'write a pattern or a format',
      );
    }
  }
  return problems;
}
