import type { Json, JsonSchema } from '../lib/operation.ts';
import type { Formula, FormulaStore } from './formula.ts';
import { ALL_TYPES, ARRAY, BOOLEAN, FRACTION, INTEGER, NULL, NUMBER, OBJECT, STRING } from './formula.ts';
import { isObject } from './json-value.ts';
import { splitLookAheads } from './regex-syntax.ts';
import { definitionOf, ENTRY, type SchemaBundle } from './schema-bundle.ts';
import { NUMBER_FORMATS, textFormat } from './text-formats.ts';

/** Turns bundled schemas into formulas of one store; schemas that contain themselves become references. */

export interface CompileRequest {
  readonly bundle: SchemaBundle;
  /** Readers who ignore what they do not know: closed objects are open, where that is sound. */
  readonly isTolerant?: boolean;
}

export const TYPE_BITS: Readonly<Record<string, number>> = {
  null: NULL,
  boolean: BOOLEAN,
  integer: INTEGER,
  number: NUMBER,
  string: STRING,
  array: ARRAY,
  object: OBJECT,
};

/** Combinations of branches that `unevaluated…` may have to tell apart before it is given up as opaque. */
const MAX_CASES = 256;

/** One formula a request. */
export function compileSchemas(store: FormulaStore, requests: readonly CompileRequest[]): SchemaCompiler[] {
  const compilers = requests.map((request, index) => new SchemaCompiler(store, request, index));
  refineClasses(store, compilers);
  return compilers;
}

/**
 * Gives recursive definitions that unfold to the same tree the same name, on both sides: all begin in one class, and
 * classes split while their bodies differ.
 */
function refineClasses(store: FormulaStore, compilers: readonly SchemaCompiler[]): void {
  const members = compilers.flatMap((compiler) => [...compiler.recursive].map((name) => ({ compiler, name })));
  if (members.length === 0) return;
  let classCount = 1;
  for (const { compiler, name } of members) compiler.classes.set(name, 'r0.0');
  for (let round = 1; ; round++) {
    const classes = new Map<string, string>();
    for (const compiler of compilers) compiler.forget();
    const next = members.map(({ compiler, name }) => {
      const key = `${compiler.classes.get(name)} ${compiler.body(name).id}`;
      const known = classes.get(key) ?? `r${round}.${classes.size}`;
      classes.set(key, known);
      return known;
    });
    for (const [index, { compiler, name }] of members.entries()) compiler.classes.set(name, next[index] ?? '');
    if (classes.size === classCount) break;
    classCount = classes.size;
  }
  for (const compiler of compilers) compiler.forget();
  for (const { compiler, name } of members) {
    const className = compiler.classes.get(name) ?? '';
    if (!store.bodies.has(className)) store.bodies.set(className, compiler.body(name));
  }
}

/** What the properties, or items, of a value have been looked at by, in one combination of branches. */
interface Evaluated {
  readonly condition: Formula;
  readonly names: readonly string[];
  readonly patterns: readonly string[];
  readonly allProperties: boolean;
  /** Items before this index. */
  readonly items: number;
  readonly contains: readonly Formula[];
}

export class SchemaCompiler {
  readonly recursive: ReadonlySet<string>;
  /** Recursive definition → the name of its class in the store. */
  readonly classes = new Map<string, string>();
  private readonly store: FormulaStore;
  private readonly bundle: SchemaBundle;
  private readonly isTolerant: boolean;
  private readonly side: number;
  private readonly opaque = new Map<JsonSchema, number>();
  private cache = new Map<JsonSchema, Formula>();

  constructor(store: FormulaStore, { bundle, isTolerant = false }: CompileRequest, side: number) {
    this.store = store;
    this.bundle = bundle;
    this.isTolerant = isTolerant;
    this.side = side;
    this.recursive = recursiveDefinitions(bundle);
  }

  forget(): void {
    this.cache = new Map();
  }

  /** The formula of the whole message. */
  whole(): Formula {
    return this.reference(ENTRY);
  }

  body(name: string): Formula {
    return this.formula(this.bundle.definitions.get(name) ?? true);
  }

  private reference(name: string): Formula {
    return this.recursive.has(name) ? this.store.ref(this.classes.get(name) ?? name) : this.body(name);
  }

  /** The formula of a schema of the bundle. */
  formula(schema: JsonSchema): Formula {
    if (typeof schema === 'boolean') return schema ? this.store.true : this.store.false;
    const known = this.cache.get(schema);
    if (known !== undefined) return known;
    const formula = this.store.and(this.parts(schema));
    this.cache.set(schema, formula);
    return formula;
  }

  private parts(schema: { readonly [keyword: string]: unknown }): Formula[] {
    return [...Object.keys(schema).map((keyword) => this.keyword(schema, keyword)), ...this.unevaluated(schema)];
  }

  /** What one keyword says, with the neighbours it depends on (`properties` of `additionalProperties`, and so on). */
  keyword(schema: { readonly [keyword: string]: unknown }, keyword: string): Formula {
    const { store } = this;
    const value = schema[keyword];
    const sub = (child: unknown): Formula => this.formula(child as JsonSchema);
    const list = (children: unknown): Formula[] => (Array.isArray(children) ? children.map(sub) : []);
    const entries = (children: unknown): [string, unknown][] => (isObject(children) ? Object.entries(children) : []);
    switch (keyword) {
      case '$ref':
        return this.reference(definitionOf(value));
      case 'type':
        return store.type([value].flat().reduce((mask: number, name) => mask | (TYPE_BITS[String(name)] ?? 0), 0));
      case 'enum':
        return store.enum(Array.isArray(value) ? (value as Json[]) : []);
      case 'const':
        return store.enum([value as Json]);
      case 'minimum':
      case 'exclusiveMinimum':
        return store.leaf({ kind: 'atLeast', n: Number(value), exclusive: keyword === 'exclusiveMinimum' });
      case 'maximum':
      case 'exclusiveMaximum':
        return store.leaf({ kind: 'atMost', n: Number(value), exclusive: keyword === 'exclusiveMaximum' });
      case 'multipleOf':
        return this.multipleOf(Number(value));
      case 'minLength':
      case 'maxLength':
      case 'minItems':
      case 'maxItems':
      case 'minProperties':
      case 'maxProperties':
        return store.leaf({ kind: keyword, n: Number(value) });
      case 'pattern':
        return this.pattern(String(value));
      case 'format':
        return this.format(String(value));
      case 'uniqueItems':
        return value === true ? store.leaf({ kind: 'unique' }) : store.true;
      case 'prefixItems':
        return store.and(list(value).map((of, index) => store.leaf({ kind: 'item', index, of })));
      case 'items':
        return store.leaf({ kind: 'items', from: prefixLength(schema), of: sub(value) });
      case 'contains':
        return this.contains(schema, sub(value));
      case 'required':
        return store.and(
          (Array.isArray(value) ? value : []).map((name) => store.leaf({ kind: 'required', name: String(name) })),
        );
      case 'properties':
        return store.and(entries(value).map(([name, of]) => store.leaf({ kind: 'property', name, of: sub(of) })));
      case 'patternProperties':
        return store.and(
          entries(value).map(([source, of]) => store.leaf({ kind: 'every', names: this.pattern(source), of: sub(of) })),
        );
      case 'additionalProperties':
        return this.isTolerant && value === false
          ? store.true
          : store.leaf({ kind: 'every', names: this.otherNames(schema), of: sub(value) });
      case 'propertyNames':
        return store.leaf({ kind: 'every', names: store.not(sub(value)), of: store.false });
      case 'dependentRequired':
        return store.and(
          entries(value).flatMap(([name, others]) =>
            (Array.isArray(others) ? others : []).map((other) =>
              store.or([this.absent(name), store.leaf({ kind: 'required', name: String(other) })]),
            ),
          ),
        );
      case 'dependentSchemas':
        return store.and(entries(value).map(([name, of]) => store.or([this.absent(name), sub(of)])));
      case 'allOf':
        return store.and(list(value));
      case 'anyOf':
        return store.or(list(value));
      case 'oneOf':
        return store.oneOf(list(value));
      case 'not':
        return store.not(sub(value));
      case 'if':
        return this.conditional(schema);
      default:
        return store.true;
    }
  }

  /** Not an object, or one without this property. */
  private absent(name: string): Formula {
    return this.store.or([
      this.store.type(ALL_TYPES & ~OBJECT),
      this.store.not(this.store.leaf({ kind: 'required', name })),
    ]);
  }

  private conditional(schema: { readonly [keyword: string]: unknown }): Formula {
    const { store } = this;
    const branch = (keyword: string): Formula =>
      schema[keyword] === undefined ? store.true : this.formula(schema[keyword] as JsonSchema);
    const [condition, then, otherwise] = [branch('if'), branch('then'), branch('else')];
    return store.and([store.or([store.not(condition), then]), store.or([condition, otherwise])]);
  }

  private contains(schema: { readonly [keyword: string]: unknown }, of: Formula): Formula {
    const { minContains = 1, maxContains } = schema;
    const least = this.store.leaf({ kind: 'contains', n: Number(minContains), of });
    return maxContains === undefined
      ? least
      : this.store.and([least, this.store.leaf({ kind: 'containsMax', n: Number(maxContains), of })]);
  }

  /** A whole step above 1 of a whole number is kept exact; one that divides 1 is no constraint on whole numbers. */
  private multipleOf(n: number): Formula {
    const step = this.store.leaf({ kind: 'multiple', n });
    const integers = this.store.type(ALL_TYPES & ~FRACTION);
    if (n === 1) return integers;
    return Number.isInteger(n) ? this.store.and([integers, step]) : step;
  }

  private pattern(source: string): Formula {
    const { store } = this;
    const isText = store.type(STRING);
    return store.and(
      splitLookAheads(source).map((part) => {
        const leaf = isTrivialPattern(part.source) ? store.true : store.leaf({ kind: 'pattern', source: part.source });
        return part.isNegated ? store.or([store.not(isText), store.not(leaf)]) : leaf;
      }),
    );
  }

  private format(name: string): Formula {
    const { store } = this;
    const numeric = Object.hasOwn(NUMBER_FORMATS, name) ? NUMBER_FORMATS[name] : undefined;
    if (numeric !== undefined) {
      return store.and([
        ...(numeric.integer ? [store.type(ALL_TYPES & ~FRACTION)] : []),
        ...(numeric.min === undefined ? [] : [store.leaf({ kind: 'atLeast', n: numeric.min, exclusive: false })]),
        ...(numeric.max === undefined ? [] : [store.leaf({ kind: 'atMost', n: numeric.max, exclusive: false })]),
      ]);
    }
    return textFormat(name) === null ? store.true : store.leaf({ kind: 'format', name });
  }

  /** The names that neither `properties` nor `patternProperties` of this schema speak of. */
  private otherNames(schema: { readonly [keyword: string]: unknown }): Formula {
    const keys = (map: unknown): string[] => (isObject(map) ? Object.keys(map) : []);
    return this.namesOutside(keys(schema['properties']), keys(schema['patternProperties']));
  }

  private namesOutside(names: readonly string[], patterns: readonly string[]): Formula {
    const { store } = this;
    return store.and([
      store.type(STRING),
      store.not(store.enum(names)),
      ...patterns.map((source) => store.not(store.and([store.type(STRING), this.pattern(source)]))),
    ]);
  }

  /** What `unevaluatedProperties` and `unevaluatedItems` of this schema say. */
  unevaluatedFormula(schema: { readonly [keyword: string]: unknown }): Formula {
    return this.store.and(this.unevaluated(schema));
  }

  private opaqueId(schema: JsonSchema): number {
    const id = this.opaque.get(schema) ?? this.opaque.size;
    this.opaque.set(schema, id);
    return id;
  }

  private unevaluated(schema: { readonly [keyword: string]: unknown }): Formula[] {
    const { store } = this;
    const parts: Formula[] = [];
    const [properties, items] = [schema['unevaluatedProperties'], schema['unevaluatedItems']];
    if (properties === undefined && items === undefined) return parts;
    const cases = this.evaluatedCases(schema, new Set());
    if (cases === null) return [store.leaf({ kind: 'opaque', key: `${this.side} ${this.opaqueId(schema)}` })];
    if (properties !== undefined && !(this.isTolerant && properties === false)) {
      const of = this.formula(properties as JsonSchema);
      parts.push(
        store.or(
          cases.map(({ condition, names, patterns, allProperties }) =>
            allProperties
              ? condition
              : store.and([condition, store.leaf({ kind: 'every', names: this.namesOutside(names, patterns), of })]),
          ),
        ),
      );
    }
    if (items !== undefined) {
      const of = this.formula(items as JsonSchema);
      parts.push(
        store.or(
          cases.map(({ condition, items: from, contains }) =>
            from === Number.POSITIVE_INFINITY
              ? condition
              : store.and([condition, store.leaf({ kind: 'items', from, of: store.or([of, ...contains]) })]),
          ),
        ),
      );
    }
    return parts;
  }

  /**
   * Every combination of branches of this schema, with what the branches that hold look at; null if there are too
   * many. The conditions exclude each other and cover everything.
   */
  private evaluatedCases(schema: JsonSchema, visiting: ReadonlySet<string>): Evaluated[] | null {
    const { store } = this;
    const nothing: Evaluated = {
      condition: store.true,
      names: [],
      patterns: [],
      allProperties: false,
      items: 0,
      contains: [],
    };
    if (typeof schema === 'boolean') return [nothing];
    const keys = (map: unknown): string[] => (isObject(map) ? Object.keys(map) : []);
    const has = (keyword: string): boolean => schema[keyword] !== undefined;
    let cases: Evaluated[] = [
      {
        condition: store.true,
        names: keys(schema['properties']),
        patterns: keys(schema['patternProperties']),
        allProperties: has('additionalProperties'),
        items: has('items') ? Number.POSITIVE_INFINITY : prefixLength(schema),
        contains: has('contains') ? [this.formula(schema['contains'] as JsonSchema)] : [],
      },
    ];
    /** Splits every case by whether `condition` holds; `inside` and `outside` are what is then looked at. */
    const split = (condition: Formula, inside: Evaluated[] | null, outside: Evaluated[] | null): boolean => {
      if (inside === null || outside === null) return false;
      const isIdle = [...inside, ...outside].every(looksAtNothing);
      if (isIdle) return true;
      const guarded = [
        ...inside.map((one) => ({ ...one, condition: store.and([condition, one.condition]) })),
        ...outside.map((one) => ({ ...one, condition: store.and([store.not(condition), one.condition]) })),
      ].filter((one) => one.condition.kind !== 'false');
      cases = cases.flatMap((one) => guarded.map((other) => joined(store, one, other)));
      cases = cases.filter((one) => one.condition.kind !== 'false');
      return cases.length <= MAX_CASES;
    };
    const casesOf = (child: unknown): Evaluated[] | null =>
      this.withNested(child as JsonSchema, this.evaluatedCases(child as JsonSchema, visiting));
    if (has('$ref')) {
      const name = definitionOf(schema['$ref']);
      if (visiting.has(name)) return null;
      const target = this.bundle.definitions.get(name) ?? true;
      const inner = this.withNested(target, this.evaluatedCases(target, new Set([...visiting, name])));
      if (!split(store.true, inner, [])) return null;
    }
    for (const child of listOf(schema['allOf'])) if (!split(store.true, casesOf(child), [])) return null;
    for (const child of listOf(schema['anyOf']))
      if (!split(this.formula(child as JsonSchema), casesOf(child), [nothing])) return null;
    // Exactly one branch of oneOf holds: where none or two do, the schema does not hold in the first place.
    const branches = listOf(schema['oneOf']);
    if (branches.length > 0) {
      const conditions = branches.map((child) => this.formula(child as JsonSchema));
      const inside: Evaluated[] = [];
      for (const [index, child] of branches.entries()) {
        const own = casesOf(child);
        if (own === null) return null;
        const alone = store.and(conditions.map((one, other) => (other === index ? one : store.not(one))));
        inside.push(...own.map((one) => ({ ...one, condition: store.and([alone, one.condition]) })));
      }
      if (!split(store.true, inside, [])) return null;
    }
    if (has('if')) {
      const condition = this.formula(schema['if'] as JsonSchema);
      const both = cross(store, casesOf(schema['if']), has('then') ? casesOf(schema['then']) : [nothing]);
      if (!split(condition, both, has('else') ? casesOf(schema['else']) : [nothing])) return null;
    }
    if (isObject(schema['dependentSchemas'])) {
      for (const [name, child] of Object.entries(schema['dependentSchemas'])) {
        const condition = store.and([store.type(OBJECT), store.leaf({ kind: 'required', name })]);
        if (!split(condition, casesOf(child), [nothing])) return null;
      }
    }
    return cases;
  }

  /** A nested schema that has `unevaluated…` itself leaves nothing unevaluated. */
  private withNested(schema: JsonSchema, cases: Evaluated[] | null): Evaluated[] | null {
    if (typeof schema === 'boolean' || cases === null) return cases;
    const properties = schema['unevaluatedProperties'] !== undefined;
    const items = schema['unevaluatedItems'] !== undefined;
    return cases.map((one) => ({
      ...one,
      allProperties: one.allProperties || properties,
      items: items ? Number.POSITIVE_INFINITY : one.items,
    }));
  }
}

function looksAtNothing(one: Evaluated): boolean {
  return (
    one.names.length === 0 &&
    one.patterns.length === 0 &&
    !one.allProperties &&
    one.items === 0 &&
    one.contains.length === 0
  );
}

function joined(store: FormulaStore, left: Evaluated, right: Evaluated): Evaluated {
  return {
    condition: store.and([left.condition, right.condition]),
    names: [...left.names, ...right.names],
    patterns: [...left.patterns, ...right.patterns],
    allProperties: left.allProperties || right.allProperties,
    items: Math.max(left.items, right.items),
    contains: [...left.contains, ...right.contains],
  };
}

function cross(store: FormulaStore, left: Evaluated[] | null, right: Evaluated[] | null): Evaluated[] | null {
  if (left === null || right === null) return null;
  return left.flatMap((one) => right.map((other) => joined(store, one, other)));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function prefixLength(schema: { readonly [keyword: string]: unknown }): number {
  return listOf(schema['prefixItems']).length;
}

/** Patterns that every string matches. */
function isTrivialPattern(source: string): boolean {
  return source === '' || source === '^' || source === '$' || source === '.*' || source === '[\\s\\S]*';
}

/** The definitions of a bundle that reach themselves. */
function recursiveDefinitions(bundle: SchemaBundle): Set<string> {
  const links = new Map([...bundle.definitions].map(([name, schema]) => [name, referencedDefinitions(schema)]));
  const recursive = new Set<string>();
  for (const name of links.keys()) {
    const reached = new Set<string>();
    const pending = [...(links.get(name) ?? [])];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (reached.has(at)) continue;
      reached.add(at);
      pending.push(...(links.get(at) ?? []));
    }
    if (reached.has(name)) recursive.add(name);
  }
  return recursive;
}

function referencedDefinitions(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(referencedDefinitions);
  if (!isObject(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, child]) => {
    if (keyword === '$ref') return [definitionOf(child)];
    if (keyword === 'enum' || keyword === 'const' || keyword === 'dependentRequired') return [];
    const isMap = keyword === 'properties' || keyword === 'patternProperties' || keyword === 'dependentSchemas';
    return isMap && isObject(child)
      ? Object.values(child).flatMap(referencedDefinitions)
      : referencedDefinitions(child);
  });
}
