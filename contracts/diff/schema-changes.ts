import type { Json, JsonSchema } from '../lib/operation.ts';
import { toPointer } from '../lib/pointer.ts';
import { ALL_TYPES, type Formula, type FormulaStore, NULL, OBJECT, STRING, typeOf } from './formula.ts';
import type { Inclusion } from './inclusion.ts';
import { canonicalText, isObject } from './json-value.ts';
import { compiledPattern } from './regex-engine.ts';
import type { ChangeKind } from './rules.ts';
import { definitionOf, ENTRY, type SchemaBundle } from './schema-bundle.ts';
import { type SchemaCompiler, TYPE_BITS } from './schema-formula.ts';

/**
 * Walks two schemas side by side and proposes what changed, and where. Each proposal carries the formula of the bodies
 * that the target refuses because of it; whether there are such bodies is for the search to say. References, allOf and
 * "or null" are looked through, so a schema that is only written differently proposes nothing.
 */
export interface ProposedChange {
  readonly kind: ChangeKind;
  /** JSON pointer into the body; `*` stands for any item, or any property that is not named. */
  readonly pointer: string;
  readonly old: Json;
  readonly new: Json;
  readonly refused: Formula;
  /** Only worth telling if nothing else explains a break. */
  readonly isFallback: boolean;
}

export interface Side {
  readonly bundle: SchemaBundle;
  readonly compiler: SchemaCompiler;
}

type SchemaObject = { readonly [keyword: string]: unknown };

/** One schema that holds at a place; `orNull`: or the value is null. */
interface Entry {
  readonly schema: SchemaObject;
  readonly orNull: boolean;
}

interface Place {
  readonly old: readonly Entry[];
  readonly new: readonly Entry[];
  readonly tokens: readonly string[];
  /** A formula on the value here as a formula on the whole body. */
  readonly within: (formula: Formula) => Formula;
  readonly ancestors: ReadonlySet<string>;
}

const NEVER: SchemaObject = { not: true };
/** Places looked at before the walk stops: a wide schema that is used everywhere unfolds into many. */
const MAX_PLACES = 3000;

/** Keywords that are compared as one. */
const GROUPS = {
  minimum: ['minimum', 'exclusiveMinimum'],
  maximum: ['maximum', 'exclusiveMaximum'],
  'min-length': ['minLength'],
  'max-length': ['maxLength'],
  'min-items': ['minItems'],
  'max-items': ['maxItems'],
  'min-properties': ['minProperties'],
  'max-properties': ['maxProperties'],
  'multiple-of': ['multipleOf'],
  pattern: ['pattern'],
  format: ['format'],
  'unique-items': ['uniqueItems'],
  contains: ['contains', 'minContains', 'maxContains'],
  'property-names': ['propertyNames'],
  dependencies: ['dependentRequired', 'dependentSchemas'],
  not: ['not'],
  conditional: ['if', 'then', 'else'],
} as const;
type Group = keyof typeof GROUPS;
const BOUNDS: readonly Group[] = [
  'minimum',
  'maximum',
  'min-length',
  'max-length',
  'min-items',
  'max-items',
  'min-properties',
  'max-properties',
];

export function proposeChanges(
  inclusion: Inclusion,
  sides: { old: Side; new: Side },
  isTargetNew: boolean,
): ProposedChange[] {
  return new ChangeWalk(inclusion, sides, isTargetNew).changes();
}

class ChangeWalk {
  private readonly inclusion: Inclusion;
  private readonly store: FormulaStore;
  private readonly sides: { readonly old: Side; readonly new: Side };
  private readonly isTargetNew: boolean;
  private readonly found: ProposedChange[] = [];
  private readonly ids = new Map<SchemaObject, number>();
  private places = 0;

  constructor(inclusion: Inclusion, sides: { old: Side; new: Side }, isTargetNew: boolean) {
    this.inclusion = inclusion;
    this.store = inclusion.store;
    this.sides = sides;
    this.isTargetNew = isTargetNew;
  }

  changes(): ProposedChange[] {
    const root = (side: Side): Entry[] => flatten(side.bundle, [side.bundle.definitions.get(ENTRY) ?? true]);
    this.visit({
      old: root(this.sides.old),
      new: root(this.sides.new),
      tokens: [],
      within: (formula) => formula,
      ancestors: new Set(),
    });
    return this.found;
  }

  private visit(place: Place): void {
    const key = [place.old, place.new].map((entries) => this.keyOf(entries)).join('|');
    if (place.ancestors.has(key) || ++this.places > MAX_PLACES) return;
    const here = { ...place, ancestors: new Set([...place.ancestors, key]) };
    this.compareTypes(here);
    this.compareValues(here);
    for (const group of Object.keys(GROUPS) as Group[]) this.compareGroup(here, group);
    this.compareUnevaluated(here);
    this.compareRequired(here);
    this.compareProperties(here);
    this.comparePatternProperties(here);
    this.compareAdditional(here);
    this.compareItems(here);
    this.compareUnions(here);
  }

  private keyOf(entries: readonly Entry[]): string {
    return entries
      .map(({ schema, orNull }) => {
        const id = this.ids.get(schema) ?? this.ids.size;
        this.ids.set(schema, id);
        return orNull ? `${id}?` : String(id);
      })
      .sort()
      .join();
  }

  private targetOf<T>(pair: { readonly old: T; readonly new: T }): T {
    return this.isTargetNew ? pair.new : pair.old;
  }

  private propose(
    place: Place,
    kind: ChangeKind,
    values: { old: Json; new: Json },
    refused: Formula,
    { name, isFallback = false }: { name?: string; isFallback?: boolean } = {},
  ): void {
    const tokens = name === undefined ? place.tokens : [...place.tokens, name];
    this.found.push({ kind, pointer: toPointer(tokens), ...values, refused: place.within(refused), isFallback });
  }

  /** What some keywords of all entries of a side say together. */
  private formulas(place: Place, keywords: readonly string[]): { old: Formula; new: Formula } {
    const one = (entries: readonly Entry[], { compiler }: Side): Formula =>
      this.store.and(
        entries.map(({ schema, orNull }) => {
          const present = keywords.filter((keyword) => schema[keyword] !== undefined);
          const all = this.store.and(present.map((keyword) => compiler.keyword(schema, keyword)));
          return orNull ? this.store.or([all, this.store.enum([null])]) : all;
        }),
      );
    return { old: one(place.old, this.sides.old), new: one(place.new, this.sides.new) };
  }

  private whole(entries: readonly Entry[], { compiler }: Side): Formula {
    return this.store.and(
      entries.map(({ schema, orNull }) => {
        const formula = compiler.formula(schema);
        return orNull ? this.store.or([formula, this.store.enum([null])]) : formula;
      }),
    );
  }

  /** Formulas that differ, and not only in writing: the rest of the place does not make up for it. */
  private differ(place: Place, { old, new: now }: { old: Formula; new: Formula }): boolean {
    if (old === now) return false;
    const { store, inclusion } = this;
    const wholeOld = this.whole(place.old, this.sides.old);
    const wholeNew = this.whole(place.new, this.sides.new);
    if (wholeOld === wholeNew) return false;
    return !(
      inclusion.isEmpty(store.and([wholeOld, store.not(now)])) &&
      inclusion.isEmpty(store.and([wholeNew, store.not(old)]))
    );
  }

  private compareTypes(place: Place): void {
    const types = this.formulas(place, ['type']);
    if (!this.differ(place, types)) return;
    const masks = { old: maskOf(types.old), new: maskOf(types.new) };
    const isOnlyNull = (masks.old ^ masks.new) === NULL;
    const kind: ChangeKind = isOnlyNull
      ? (masks.new & NULL) !== 0
        ? 'nullable-added'
        : 'nullable-removed'
      : (masks.old & ~masks.new) === 0
        ? 'type-widened'
        : (masks.new & ~masks.old) === 0
          ? 'type-narrowed'
          : 'type-changed';
    const refused = this.store.not(this.targetOf(types));
    this.propose(place, kind, { old: typeNames(masks.old), new: typeNames(masks.new) }, refused);
  }

  private compareValues(place: Place): void {
    const values = this.formulas(place, ['enum', 'const']);
    if (!this.differ(place, values)) return;
    const [old, now] = [valuesOf(values.old), valuesOf(values.new)];
    const isNullDone =
      this.found.at(-1)?.kind.startsWith('nullable') && this.found.at(-1)?.pointer === toPointer(place.tokens);
    if (old === null || now === null) {
      const kind = old === null ? 'enum-added' : 'enum-removed';
      this.propose(place, kind, { old, new: now }, this.store.not(this.targetOf(values)));
      return;
    }
    const without = (left: readonly Json[], right: readonly Json[]): Json[] => {
      const texts = new Set(right.map(canonicalText));
      return left.filter((value) => !texts.has(canonicalText(value)) && !(isNullDone && value === null));
    };
    const added = without(now, old);
    const removed = without(old, now);
    const never = this.store.false;
    if (added.length > 0) {
      const kind = added.every((value) => value === null) ? 'nullable-added' : 'enum-value-added';
      this.propose(place, kind, { old, new: now }, this.isTargetNew ? never : this.store.enum(added));
    }
    if (removed.length > 0) {
      const kind = removed.every((value) => value === null) ? 'nullable-removed' : 'enum-value-removed';
      this.propose(place, kind, { old, new: now }, this.isTargetNew ? this.store.enum(removed) : never);
    }
  }

  private compareGroup(place: Place, group: Group): void {
    const formulas = this.formulas(place, GROUPS[group]);
    if (!this.differ(place, formulas)) return;
    const show = (entries: readonly Entry[]): Json => {
      const shown = entries
        .map(({ schema }) =>
          Object.fromEntries(
            Object.entries(schema).filter(([keyword]) => (GROUPS[group] as readonly string[]).includes(keyword)),
          ),
        )
        .filter((part) => Object.keys(part).length > 0);
      const [first] = shown;
      if (first === undefined) return null;
      const [only, ...more] = Object.values(first);
      return shown.length > 1 ? (shown as Json) : more.length > 0 ? (first as Json) : (only as Json);
    };
    const isTrue = { old: formulas.old.kind === 'true', new: formulas.new.kind === 'true' };
    const kind = (
      isTrue.old
        ? `${group}-added`
        : isTrue.new
          ? `${group}-removed`
          : BOUNDS.includes(group)
            ? `${group}-${boundOf(formulas.new) >= boundOf(formulas.old) ? 'raised' : 'lowered'}`
            : `${group}-changed`
    ) as ChangeKind;
    const values = { old: show(place.old), new: show(place.new) };
    this.propose(place, kind, values, this.store.not(this.targetOf(formulas)));
  }

  private compareUnevaluated(place: Place): void {
    const has = ({ schema }: Entry): boolean =>
      schema['unevaluatedProperties'] !== undefined || schema['unevaluatedItems'] !== undefined;
    if (!place.old.some(has) && !place.new.some(has)) return;
    const one = (entries: readonly Entry[], { compiler }: Side): Formula =>
      this.store.and(entries.map(({ schema }) => compiler.unevaluatedFormula(schema)));
    const formulas = { old: one(place.old, this.sides.old), new: one(place.new, this.sides.new) };
    if (!this.differ(place, formulas)) return;
    const show = (entries: readonly Entry[]): Json =>
      entries.filter(has).map(({ schema }) => (schema['unevaluatedProperties'] ?? schema['unevaluatedItems']) as Json);
    const values = { old: show(place.old), new: show(place.new) };
    const isFallback = canonicalText(values.old) === canonicalText(values.new);
    this.propose(place, 'unevaluated-changed', values, this.store.not(this.targetOf(formulas)), { isFallback });
  }

  private compareRequired(place: Place): void {
    const names = { old: requiredNames(place.old), new: requiredNames(place.new) };
    const [before, after] = [propertyNames(place.old), propertyNames(place.new)];
    for (const name of new Set([...names.old, ...names.new])) {
      if (names.old.has(name) === names.new.has(name)) continue;
      // A property that appears or goes away is told of as a whole.
      if (before.has(name) !== after.has(name)) continue;
      const isAdded = names.new.has(name);
      const values = { old: !isAdded, new: isAdded };
      this.propose(place, isAdded ? 'required-added' : 'required-removed', values, this.missing(place, name), { name });
    }
  }

  /** Objects without a property that the target requires; nothing if it does not. */
  private missing(place: Place, name: string): Formula {
    const { store } = this;
    if (!requiredNames(this.targetOf({ old: place.old, new: place.new })).has(name)) return store.false;
    return store.and([store.type(OBJECT), store.not(store.leaf({ kind: 'required', name }))]);
  }

  private compareProperties(place: Place): void {
    const { store } = this;
    const [old, now] = [propertyNames(place.old), propertyNames(place.new)];
    for (const name of new Set([...old, ...now])) {
      const within = (formula: Formula): Formula =>
        place.within(
          store.and([
            store.type(OBJECT),
            store.leaf({ kind: 'required', name }),
            store.leaf({ kind: 'property', name, of: formula }),
          ]),
        );
      const schemas = { old: propertySchemas(place.old, name), new: propertySchemas(place.new, name) };
      const inner: Place = {
        ...place,
        old: flatten(this.sides.old.bundle, schemas.old),
        new: flatten(this.sides.new.bundle, schemas.new),
        tokens: [...place.tokens, name],
        within,
      };
      if (old.has(name) && now.has(name)) {
        this.visit(inner);
        continue;
      }
      const isAdded = now.has(name);
      const pointer = toPointer(inner.tokens);
      const target = this.isTargetNew ? this.whole(inner.new, this.sides.new) : this.whole(inner.old, this.sides.old);
      const refused = store.or([within(store.not(target)), place.within(this.missing(place, name))]);
      const shown = { old: isAdded ? null : shownSchema(schemas.old), new: isAdded ? shownSchema(schemas.new) : null };
      const isRequired = requiredNames(isAdded ? place.new : place.old).has(name);
      const kind: ChangeKind = `${isRequired ? 'required-' : ''}property-${isAdded ? 'added' : 'removed'}`;
      this.found.push({ kind, pointer, ...shown, refused, isFallback: false });
    }
  }

  private comparePatternProperties(place: Place): void {
    const { store } = this;
    const [old, now] = [patternsOf(place.old), patternsOf(place.new)];
    for (const source of new Set([...old, ...now])) {
      const only = (entries: readonly Entry[]): JsonSchema[] =>
        entries.flatMap(({ schema }) => valueAt(schema['patternProperties'], source));
      const names = store.and([store.type(STRING), store.leaf({ kind: 'pattern', source })]);
      const inner: Place = {
        ...place,
        old: flatten(this.sides.old.bundle, only(place.old)),
        new: flatten(this.sides.new.bundle, only(place.new)),
        tokens: [...place.tokens, '*'],
        within: (formula) =>
          place.within(store.and([store.type(OBJECT), store.leaf({ kind: 'some', names, of: formula })])),
      };
      if (old.has(source) && now.has(source)) {
        this.visit(inner);
        continue;
      }
      const formulas = this.formulas(place, ['patternProperties']);
      const kind = now.has(source) ? 'pattern-properties-added' : 'pattern-properties-removed';
      if (this.differ(place, formulas))
        this.propose(
          place,
          kind,
          { old: old.has(source) ? source : null, new: now.has(source) ? source : null },
          store.not(this.targetOf(formulas)),
        );
    }
  }

  private compareAdditional(place: Place): void {
    const { store } = this;
    const only = (entries: readonly Entry[]): JsonSchema[] =>
      entries.flatMap(({ schema }) => valueAt(schema, 'additionalProperties'));
    const schemas = { old: only(place.old), new: only(place.new) };
    const said = {
      old: store.and(schemas.old.map((schema) => this.sides.old.compiler.formula(schema))),
      new: store.and(schemas.new.map((schema) => this.sides.new.compiler.formula(schema))),
    };
    if (said.old === said.new) return;
    const isPlain = [said.old, said.new].every(({ kind }) => kind !== 'false' && kind !== 'true');
    if (isPlain) {
      const names = store.and([
        store.type(STRING),
        store.not(store.enum([...propertyNames(place.old), ...propertyNames(place.new)])),
      ]);
      this.visit({
        ...place,
        old: flatten(this.sides.old.bundle, schemas.old),
        new: flatten(this.sides.new.bundle, schemas.new),
        tokens: [...place.tokens, '*'],
        within: (formula) =>
          place.within(store.and([store.type(OBJECT), store.leaf({ kind: 'some', names, of: formula })])),
      });
      return;
    }
    const formulas = this.formulas(place, ['additionalProperties']);
    if (!this.differ(place, formulas)) return;
    const kind =
      said.new.kind === 'false'
        ? 'additional-properties-closed'
        : said.old.kind === 'false'
          ? 'additional-properties-opened'
          : 'additional-properties-changed';
    const values = { old: shownSchema(schemas.old), new: shownSchema(schemas.new) };
    this.propose(place, kind, values, store.not(this.targetOf(formulas)));
  }

  private compareItems(place: Place): void {
    const { store } = this;
    const isArrayPlace = [...place.old, ...place.new].some(
      ({ schema }) => schema['items'] !== undefined || schema['prefixItems'] !== undefined,
    );
    if (!isArrayPlace) return;
    const prefix = Math.max(...[...place.old, ...place.new].map(({ schema }) => listOf(schema['prefixItems']).length));
    const at = (entries: readonly Entry[], index: number): JsonSchema[] =>
      entries.flatMap(({ schema }) => {
        const own = listOf(schema['prefixItems']);
        return (index < own.length ? [own[index]] : [schema['items']]).filter(
          (one) => one !== undefined,
        ) as JsonSchema[];
      });
    for (let index = 0; index <= prefix; index++) {
      const schemas = { old: at(place.old, index), new: at(place.new, index) };
      const isRest = index === prefix;
      const within = (formula: Formula): Formula =>
        place.within(
          store.not(
            store.leaf(
              isRest
                ? { kind: 'items', from: index, of: store.not(formula) }
                : { kind: 'item', index, of: store.not(formula) },
            ),
          ),
        );
      if ([...schemas.old, ...schemas.new].includes(false)) {
        const formulas = this.formulas(place, ['items', 'prefixItems']);
        if (isRest && this.differ(place, formulas)) {
          const kind = schemas.new.includes(false) ? 'items-closed' : 'items-opened';
          const values = { old: shownSchema(schemas.old), new: shownSchema(schemas.new) };
          this.propose(place, kind, values, store.not(this.targetOf(formulas)));
        }
        continue;
      }
      this.visit({
        ...place,
        old: flatten(this.sides.old.bundle, schemas.old),
        new: flatten(this.sides.new.bundle, schemas.new),
        tokens: [...place.tokens, isRest ? '*' : String(index)],
        within,
      });
    }
  }

  private compareUnions(place: Place): void {
    const formulas = this.formulas(place, ['anyOf', 'oneOf']);
    if (formulas.old === formulas.new || !this.differ(place, formulas)) return;
    const before = this.found.length;
    const branches = { old: onlyUnion(place.old), new: onlyUnion(place.new) };
    if (branches.old !== null && branches.new !== null) this.compareBranches(place, branches.old, branches.new);
    const isFallback = this.found.length > before;
    const kind =
      formulas.old.kind === 'true' ? 'union-added' : formulas.new.kind === 'true' ? 'union-removed' : 'union-changed';
    const show = (entries: readonly Entry[]): Json =>
      entries.flatMap(({ schema }) => (schema['anyOf'] ?? schema['oneOf'] ?? []) as Json);
    const values = { old: show(place.old), new: show(place.new) };
    this.propose(place, kind, values, this.store.not(this.targetOf(formulas)), { isFallback });
  }

  private compareBranches(place: Place, old: readonly JsonSchema[], now: readonly JsonSchema[]): void {
    const { store } = this;
    const formulaOf = (side: Side) => (schema: JsonSchema) => ({ schema, formula: side.compiler.formula(schema) });
    const left = old.map(formulaOf(this.sides.old));
    const right = now.map(formulaOf(this.sides.new));
    let removed = left.filter(({ formula }) => !right.some((other) => other.formula === formula));
    let added = right.filter(({ formula }) => !left.some((other) => other.formula === formula));
    const keyOld = (schema: JsonSchema): string => branchKey(this.sides.old.bundle, schema);
    const keyNew = (schema: JsonSchema): string => branchKey(this.sides.new.bundle, schema);
    const pairs: { old: JsonSchema; new: JsonSchema; sent: Formula }[] = [];
    for (const one of removed) {
      const same = added.filter(({ schema }) => keyNew(schema) === keyOld(one.schema));
      const rivals = removed.filter(({ schema }) => keyOld(schema) === keyOld(one.schema));
      const [other] = same;
      if (same.length !== 1 || rivals.length !== 1 || other === undefined) continue;
      pairs.push({ old: one.schema, new: other.schema, sent: this.isTargetNew ? one.formula : other.formula });
    }
    removed = removed.filter(({ schema }) => !pairs.some((pair) => pair.old === schema));
    added = added.filter(({ schema }) => !pairs.some((pair) => pair.new === schema));
    for (const pair of pairs) {
      this.visit({
        ...place,
        old: flatten(this.sides.old.bundle, [pair.old]),
        new: flatten(this.sides.new.bundle, [pair.new]),
        within: (formula) => place.within(store.and([pair.sent, formula])),
      });
    }
    for (const { schema, formula } of added)
      this.propose(
        place,
        'union-member-added',
        { old: null, new: schema as Json },
        this.isTargetNew ? store.false : formula,
      );
    for (const { schema, formula } of removed)
      this.propose(
        place,
        'union-member-removed',
        { old: schema as Json, new: null },
        this.isTargetNew ? formula : store.false,
      );
  }
}

/** The schemas that hold together at a place: references and allOf looked through, `X or null` as X that may be null. */
function flatten(bundle: SchemaBundle, schemas: readonly JsonSchema[]): Entry[] {
  const entries: Entry[] = [];
  const visit = (schema: JsonSchema, orNull: boolean, visited: ReadonlySet<unknown>): void => {
    if (schema === true || visited.has(schema)) return;
    if (schema === false) {
      entries.push({ schema: NEVER, orNull });
      return;
    }
    const inner = new Set([...visited, schema]);
    const { $ref, allOf, ...rest } = schema;
    if ($ref !== undefined) visit(bundle.definitions.get(definitionOf($ref)) ?? true, orNull, inner);
    for (const child of listOf(allOf)) visit(child as JsonSchema, orNull, inner);
    const nullable = nullableBranch(rest);
    if (nullable !== null) {
      const { [nullable.keyword]: _, ...others } = rest;
      visit(nullable.branch, true, inner);
      if (Object.keys(others).length > 0) entries.push({ schema: others, orNull });
      return;
    }
    const isWhole = $ref === undefined && allOf === undefined;
    if (Object.keys(rest).length > 0) entries.push({ schema: isWhole ? schema : rest, orNull });
  };
  for (const schema of schemas) visit(schema, false, new Set());
  return entries;
}

function nullableBranch(schema: SchemaObject): { keyword: 'anyOf' | 'oneOf'; branch: JsonSchema } | null {
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = listOf(schema[keyword]);
    const real = branches.filter((branch) => !isNullSchema(branch));
    const [branch] = real;
    if (branches.length === 2 && real.length === 1 && branch !== undefined)
      return { keyword, branch: branch as JsonSchema };
  }
  return null;
}

function isNullSchema(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const text = canonicalText(Object.values(schema));
  return ['["null"]', '[["null"]]', '[null]', '[[null]]'].includes(text) && !Object.hasOwn(schema, '$ref');
}

/** Branches of the one anyOf or oneOf of a place; null if there is none, or more than one. */
function onlyUnion(entries: readonly Entry[]): JsonSchema[] | null {
  const unions = entries.flatMap(({ schema }) =>
    ['anyOf', 'oneOf'].filter((keyword) => schema[keyword] !== undefined).map((keyword) => listOf(schema[keyword])),
  );
  return unions.length === 1 ? ((unions[0] ?? []) as JsonSchema[]) : null;
}

/** What makes a branch the same branch in another version: its types, and the properties with a fixed value. */
function branchKey(bundle: SchemaBundle, schema: JsonSchema): string {
  const entries = flatten(bundle, [schema]);
  const types = entries.flatMap(({ schema: one }) => one['type'] ?? []).map(String);
  const fixed = entries.flatMap(({ schema: one }) =>
    Object.entries(isObject(one['properties']) ? one['properties'] : {}).flatMap(([name, property]) => {
      if (!isObject(property)) return [];
      if (Object.hasOwn(property, 'const')) return [`${name}=${canonicalText(property['const'])}`];
      const values = listOf(property['enum']);
      return values.length === 1 ? [`${name}=${canonicalText(values[0])}`] : [];
    }),
  );
  return [...new Set(types)].sort().concat(fixed.sort()).join();
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function valueAt(map: unknown, name: string): JsonSchema[] {
  return isObject(map) && Object.hasOwn(map, name) ? [map[name] as JsonSchema] : [];
}

function requiredNames(entries: readonly Entry[]): Set<string> {
  return new Set(entries.flatMap(({ schema }) => listOf(schema['required']).map(String)));
}

function propertyNames(entries: readonly Entry[]): Set<string> {
  return new Set(
    entries.flatMap(({ schema }) => (isObject(schema['properties']) ? Object.keys(schema['properties']) : [])),
  );
}

function patternsOf(entries: readonly Entry[]): Set<string> {
  return new Set(
    entries.flatMap(({ schema }) =>
      isObject(schema['patternProperties']) ? Object.keys(schema['patternProperties']) : [],
    ),
  );
}

/** The schemas that a property of this name is held to. */
function propertySchemas(entries: readonly Entry[], name: string): JsonSchema[] {
  return entries.flatMap(({ schema }) => {
    const patterns = isObject(schema['patternProperties']) ? Object.entries(schema['patternProperties']) : [];
    const matched = patterns
      .filter(([source]) => compiledPattern(source).test(name))
      .map(([, one]) => one as JsonSchema);
    const spoken = [...valueAt(schema['properties'], name), ...matched];
    return spoken.length > 0 ? spoken : valueAt(schema, 'additionalProperties');
  });
}

/** Values of a formula that lists them; null for any other. */
function valuesOf(formula: Formula): (readonly Json[] & Json) | null {
  if (formula.kind === 'false') return [];
  if (formula.kind === 'leaf' && formula.leaf.kind === 'enum' && !formula.isNegated) return [...formula.leaf.values];
  return null;
}

function maskOf(formula: Formula): number {
  if (formula.kind === 'true') return ALL_TYPES;
  if (formula.kind === 'or') return formula.of.reduce((mask, part) => mask | maskOf(part), 0);
  if (formula.kind === 'and') return formula.of.reduce((mask, part) => mask & maskOf(part), ALL_TYPES);
  if (formula.kind !== 'leaf') return formula.kind === 'false' ? 0 : ALL_TYPES;
  if (formula.leaf.kind === 'type') return formula.leaf.mask;
  if (formula.leaf.kind !== 'enum' || formula.isNegated) return ALL_TYPES;
  return formula.leaf.values.reduce((mask: number, value) => mask | typeOf(value), 0);
}

function typeNames(mask: number): Json {
  if (mask === ALL_TYPES) return 'any';
  const names = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'].filter((name) => {
    const bits = TYPE_BITS[name] ?? 0;
    return (
      (mask & bits) === bits && !(name === 'integer' && (mask & (TYPE_BITS['number'] ?? 0)) === TYPE_BITS['number'])
    );
  });
  return names.length === 1 ? (names[0] ?? null) : names;
}

function boundOf(formula: Formula): number {
  if (formula.kind === 'or') return Math.max(...formula.of.map(boundOf));
  if (formula.kind !== 'leaf' || !('n' in formula.leaf)) return Number.NEGATIVE_INFINITY;
  const isOpen = 'exclusive' in formula.leaf && formula.leaf.exclusive;
  return formula.leaf.n + (isOpen ? (formula.leaf.kind === 'atLeast' ? 1e-9 : -1e-9) : 0);
}

function shownSchema(schemas: readonly JsonSchema[]): Json {
  const [first] = schemas;
  return schemas.length === 0 ? null : schemas.length === 1 ? (first as Json) : (schemas as Json);
}
