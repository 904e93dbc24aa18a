// biome-ignore-all lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema
import type { JsonSchema } from '../lib/operation.ts';

/** Random schemas for the tests: small, of every keyword, with constants that meet often. */
type Random = () => number;

export function randomSchema(random: Random, depth = 3): JsonSchema {
  const make = new SchemaMaker(random);
  const schema = make.schema(depth);
  return typeof schema === 'boolean' || !make.usesRef ? schema : { ...schema, $defs: { n: make.definition() } };
}

/** `schema` with one keyword of one place changed, added or removed. */
export function mutatedSchema(schema: JsonSchema, random: Random): JsonSchema {
  if (typeof schema === 'boolean') return randomSchema(random, 1);
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const copy = structuredClone(schema) as Record<string, unknown>;
  const collect = (node: unknown): void => {
    if (Array.isArray(node)) for (const child of node) collect(child);
    else if (typeof node === 'object' && node !== null) {
      const holder = node as Record<string, unknown>;
      for (const key of Object.keys(holder)) {
        places.push({ holder, key });
        collect(holder[key]);
      }
    }
  };
  collect(copy);
  const place = places[Math.floor(random() * places.length)];
  const make = new SchemaMaker(random);
  if (place === undefined || random() < 0.25) {
    const [keyword, value] = make.keyword(1);
    return { ...copy, [keyword]: value } as JsonSchema;
  }
  const value = place.holder[place.key];
  if (typeof value === 'number') place.holder[place.key] = Math.max(0, value + (random() < 0.5 ? 1 : -1)) || 1;
  else if (place.key === '$defs' || place.key === 'n') return { ...copy };
  else if (Array.isArray(value) && value.length > 1 && place.key !== 'prefixItems')
    place.holder[place.key] = value.filter((_, index) => index !== Math.floor(random() * value.length));
  else if (typeof value === 'object' && value !== null && !Array.isArray(value) && random() < 0.7) {
    const holder = value as Record<string, unknown>;
    const isSchema = !['properties', 'patternProperties', 'dependentSchemas', 'dependentRequired'].includes(place.key);
    if (isSchema) {
      const [keyword, added] = make.keyword(1);
      if (place.key !== 'const') holder[keyword] = added;
    } else delete holder[Object.keys(holder)[0] ?? ''];
  } else if (random() < 0.5) delete place.holder[place.key];
  return copy as JsonSchema;
}

class SchemaMaker {
  usesRef = false;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  private pick<T>(items: readonly [T, ...T[]]): T {
    return items[Math.floor(this.random() * items.length)] ?? items[0];
  }

  private chance(probability: number): boolean {
    return this.random() < probability;
  }

  definition(): JsonSchema {
    return {
      type: 'object',
      properties: { a: this.schema(1), n: { $ref: '#/$defs/n' } },
      ...(this.chance(0.3) ? { required: ['a'] } : {}),
    };
  }

  schema(depth: number): JsonSchema {
    if (this.chance(0.06)) return this.chance(0.7);
    const schema: Record<string, unknown> = {};
    if (this.chance(0.75)) schema['type'] = this.type();
    const count = Math.floor(this.random() * 4);
    for (let index = 0; index < count; index++) {
      const [keyword, value] = this.keyword(depth, schema['type']);
      schema[keyword] = value;
    }
    if (schema['if'] !== undefined) {
      schema['then'] = this.schema(depth - 1);
      if (this.chance(0.5)) schema['else'] = this.schema(depth - 1);
    }
    return schema;
  }

  private type(): unknown {
    const types = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'] as const;
    return this.chance(0.8)
      ? this.pick([...types, 'object', 'object', 'array'])
      : [...new Set([this.pick(types), this.pick(types)])];
  }

  private constant(): unknown {
    return this.pick([
      null,
      true,
      false,
      0,
      1,
      2,
      1.5,
      'a',
      'b',
      'ab',
      '',
      [],
      [1],
      {},
      { a: 1 },
      { a: 'a', b: 1 },
    ] as const as unknown as [unknown]);
  }

  private name(): string {
    return this.pick(['a', 'b', 'c', 'ab']);
  }

  keyword(depth: number, type?: unknown): [string, unknown] {
    const small = (): number => Math.floor(this.random() * 4);
    const inner = (): JsonSchema => (depth > 0 ? this.schema(depth - 1) : true);
    const map = (keys: string[]): Record<string, JsonSchema> => Object.fromEntries(keys.map((key) => [key, inner()]));
    const byType: Record<string, (() => [string, unknown])[]> = {
      number: [
        () => [this.pick(['minimum', 'exclusiveMinimum']), small() - 1],
        () => [this.pick(['maximum', 'exclusiveMaximum']), small() + this.pick([0, 0.5])],
        () => ['multipleOf', this.pick([1, 2, 3, 0.5, 1.5])],
      ],
      string: [
        () => ['minLength', small()],
        () => ['maxLength', small()],
        () => ['pattern', this.pick(['^a', 'b$', '^[ab]*$', 'a', '^(?!ab)', '^a?b?$', '^.{2}$'])],
        () => ['format', this.pick(['date', 'email', 'ipv4', 'uuid'])],
      ],
      array: [
        () => ['items', inner()],
        () => ['prefixItems', [inner(), ...(this.chance(0.4) ? [inner()] : [])]],
        () => ['contains', inner()],
        () => ['minContains', small()],
        () => ['maxContains', 1 + small()],
        () => ['minItems', small()],
        () => ['maxItems', small()],
        () => ['uniqueItems', this.chance(0.8)],
        () => ['unevaluatedItems', this.chance(0.6) ? false : inner()],
      ],
      object: [
        () => ['properties', map([...new Set([this.name(), this.name()])])],
        () => ['properties', map([...new Set([this.name(), this.name()])])],
        () => ['required', [...new Set([this.name(), this.name()])]],
        () => ['additionalProperties', this.chance(0.5) ? false : inner()],
        () => ['patternProperties', map([this.pick(['^a', 'b$', '^.$'])])],
        () => [
          'propertyNames',
          this.pick<JsonSchema>([{ maxLength: 1 }, { pattern: '^a' }, { enum: ['a', 'b'] }, { minLength: 2 }]),
        ],
        () => ['minProperties', small()],
        () => ['maxProperties', small()],
        () => ['dependentRequired', { [this.name()]: [this.name()] }],
        () => ['dependentSchemas', map([this.name()])],
        () => ['unevaluatedProperties', this.chance(0.6) ? false : inner()],
      ],
    };
    const any: (() => [string, unknown])[] = [
      () => ['enum', [this.constant(), this.constant(), this.constant()]],
      () => ['const', this.constant()],
      () => ['allOf', [inner(), inner()]],
      () => ['anyOf', [inner(), inner()]],
      () => ['oneOf', [inner(), inner()]],
      () => ['not', inner()],
      () => ['if', inner()],
      () => {
        this.usesRef = true;
        return ['$ref', '#/$defs/n'];
      },
    ];
    const named = String([type].flat()[0]);
    const own = byType[named === 'integer' ? 'number' : named];
    const choice = own !== undefined && this.chance(0.7) ? own : this.chance(0.5) ? any : Object.values(byType).flat();
    return (choice[Math.floor(this.random() * choice.length)] ?? (() => ['minLength', 1] as [string, unknown]))();
  }
}
