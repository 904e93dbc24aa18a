import type { Json, JsonSchema } from '../../contracts/lib/operation.ts';

/** A schema of what some bodies have in common: types and names, nothing that one body more would be likely to break. Pure. */
export function schemaOfSamples(samples: readonly Json[]): JsonSchema {
  const kinds = new Set(samples.map(kindOf));
  const known = [...kinds].filter((kind) => kind !== 'null');
  if (kinds.has('integer') && kinds.has('number')) known.splice(known.indexOf('integer'), 1);
  // Of null alone nothing follows but that it may be null.
  if (known.length === 0)
    return samples.length === 0 ? true : { description: 'null in the sample: what else is not known' };
  const type = [...known, ...(kinds.has('null') ? ['null'] : [])];
  return {
    type: type.length === 1 ? (type[0] ?? 'object') : type,
    ...(known.includes('object') ? objectKeywords(samples.filter(isObject)) : {}),
    ...(known.includes('array') ? arrayKeywords(samples.filter(Array.isArray) as Json[][]) : {}),
    ...(known.includes('string') ? formatOf(samples.filter((one) => typeof one === 'string')) : {}),
  };
}

type JsonObject = { [name: string]: Json };

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function objectKeywords(samples: readonly JsonObject[]): {
  required: string[];
  properties: Record<string, JsonSchema>;
} {
  const names = [...new Set(samples.flatMap((sample) => Object.keys(sample)))];
  const has = (sample: JsonObject, name: string) => Object.hasOwn(sample, name);
  return {
    required: names.filter((name) => samples.every((sample) => has(sample, name))),
    properties: Object.fromEntries(
      names.map((name) => [
        name,
        schemaOfSamples(samples.filter((sample) => has(sample, name)).map((sample) => sample[name] ?? null)),
      ]),
    ),
  };
}

function arrayKeywords(samples: readonly Json[][]): { items?: JsonSchema } {
  const items = samples.flat();
  return items.length === 0 ? {} : { items: schemaOfSamples(items) };
}

/** Formats that no ordinary text has by chance. */
const FORMATS: readonly [format: string, pattern: RegExp][] = [
  ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/],
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
];

function formatOf(texts: readonly Json[]): { format?: string } {
  const found = FORMATS.find(([, pattern]) => texts.every((text) => pattern.test(String(text))));
  return found === undefined ? {} : { format: found[0] };
}
