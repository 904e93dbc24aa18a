import type { Json } from '../lib/operation.ts';
import { isMultipleOf } from './decimal.ts';
import { canonicalText, codePoints, isObject } from './json-value.ts';
import { compiledPattern } from './regex-engine.ts';
import { textFormat } from './text-formats.ts';

/**
 * A JSON Schema as a formula of logic: conjunctions, disjunctions, and leaves that each say one thing. Formulas are
 * interned and kept in one normal form, so that schemas that differ only in writing become the same object, and they
 * have a negation, so that "accepted here and refused there" is a formula too.
 *
 * Every leaf except `type`, `enum` and `opaque` speaks of values of one type only and holds of all others, negated
 * or not.
 */

export const NULL = 1;
export const BOOLEAN = 2;
export const INTEGER = 4;
/** Numbers that are not whole. */
export const FRACTION = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const NUMBER = INTEGER | FRACTION;
export const ALL_TYPES = 127;

export type Leaf =
  | { readonly kind: 'type'; readonly mask: number }
  | { readonly kind: 'enum'; readonly values: readonly Json[] }
  | { readonly kind: 'atLeast' | 'atMost'; readonly n: number; readonly exclusive: boolean }
  | { readonly kind: 'multiple'; readonly n: number }
  | { readonly kind: 'minLength' | 'maxLength'; readonly n: number }
  | { readonly kind: 'pattern'; readonly source: string }
  | { readonly kind: 'format'; readonly name: string }
  | { readonly kind: 'minItems' | 'maxItems'; readonly n: number }
  | { readonly kind: 'unique' }
  | { readonly kind: 'item'; readonly index: number; readonly of: Formula }
  /** All, or some, items from this index on. */
  | { readonly kind: 'items' | 'someItem'; readonly from: number; readonly of: Formula }
  /** At least, or at most, n items. */
  | { readonly kind: 'contains' | 'containsMax'; readonly n: number; readonly of: Formula }
  | { readonly kind: 'minProperties' | 'maxProperties'; readonly n: number }
  | { readonly kind: 'required'; readonly name: string }
  | { readonly kind: 'property'; readonly name: string; readonly of: Formula }
  /** Every, or some, property whose name is as `names` says (a formula on strings) has a value as `of` says. */
  | { readonly kind: 'every' | 'some'; readonly names: Formula; readonly of: Formula }
  /** Something this model does not express. */
  | { readonly kind: 'opaque'; readonly key: string };

export interface LeafFormula {
  readonly id: number;
  readonly kind: 'leaf';
  readonly leaf: Leaf;
  readonly isNegated: boolean;
}

export type Formula =
  | { readonly id: number; readonly kind: 'true' | 'false' }
  | { readonly id: number; readonly kind: 'and' | 'or'; readonly of: readonly Formula[] }
  | { readonly id: number; readonly kind: 'oneOf'; readonly of: readonly Formula[]; readonly isNegated: boolean }
  /** A schema that contains itself, by the name under which its body is kept. */
  | { readonly id: number; readonly kind: 'ref'; readonly name: string; readonly isNegated: boolean }
  | LeafFormula;

const LEAF_TYPES: Readonly<Record<Leaf['kind'], number>> = {
  type: ALL_TYPES,
  enum: ALL_TYPES,
  opaque: ALL_TYPES,
  atLeast: NUMBER,
  atMost: NUMBER,
  multiple: NUMBER,
  minLength: STRING,
  maxLength: STRING,
  pattern: STRING,
  format: STRING,
  minItems: ARRAY,
  maxItems: ARRAY,
  unique: ARRAY,
  item: ARRAY,
  items: ARRAY,
  someItem: ARRAY,
  contains: ARRAY,
  containsMax: ARRAY,
  minProperties: OBJECT,
  maxProperties: OBJECT,
  required: OBJECT,
  property: OBJECT,
  every: OBJECT,
  some: OBJECT,
};

/** The type bit of a value. */
export function typeOf(value: Json): number {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOLEAN;
  if (typeof value === 'number') return Number.isInteger(value) ? INTEGER : FRACTION;
  if (typeof value === 'string') return STRING;
  return Array.isArray(value) ? ARRAY : OBJECT;
}

/** Makes and keeps formulas; formulas of different stores must not meet. */
export class FormulaStore {
  readonly true: Formula = { id: 0, kind: 'true' };
  readonly false: Formula = { id: 1, kind: 'false' };
  /** Bodies of the schemas that contain themselves. */
  readonly bodies = new Map<string, Formula>();
  private readonly byKey = new Map<string, Formula>();
  private readonly negations = new Map<number, Formula>();
  private nextId = 2;

  constructor() {
    this.negations.set(0, this.false);
    this.negations.set(1, this.true);
  }

  private intern(key: string, make: (id: number) => Formula): Formula {
    let formula = this.byKey.get(key);
    if (formula === undefined) {
      formula = make(this.nextId++);
      this.byKey.set(key, formula);
    }
    return formula;
  }

  private rawLeaf(leaf: Leaf, isNegated = false): Formula {
    return this.intern(`${isNegated ? '!' : ''}${leafKey(leaf)}`, (id) => ({ id, kind: 'leaf', leaf, isNegated }));
  }

  type(mask: number): Formula {
    if (mask === 0) return this.false;
    if (mask === ALL_TYPES) return this.true;
    if ((mask & ~(NULL | BOOLEAN)) === 0) return this.enum(fewValues(mask));
    return this.rawLeaf({ kind: 'type', mask });
  }

  enum(values: readonly Json[]): Formula {
    const byText = new Map(values.map((value) => [canonicalText(value), value]));
    if (byText.size === 0) return this.false;
    const sorted = [...byText.keys()].sort().map((text) => byText.get(text) ?? null);
    return this.rawLeaf({ kind: 'enum', values: sorted });
  }

  ref(name: string): Formula {
    return this.intern(`ref ${name}`, (id) => ({ id, kind: 'ref', name, isNegated: false }));
  }

  oneOf(branches: readonly Formula[]): Formula {
    const real = branches.filter((branch) => branch.kind !== 'false');
    const [only] = real;
    if (only === undefined) return this.false;
    if (real.length === 1) return only;
    const sorted = [...real].sort((a, b) => a.id - b.id);
    return this.intern(`oneOf ${sorted.map((f) => f.id).join()}`, (id) => ({
      id,
      kind: 'oneOf',
      of: sorted,
      isNegated: false,
    }));
  }

  /** A leaf in its normal form, which may be another kind of formula. */
  leaf(leaf: Leaf): Formula {
    switch (leaf.kind) {
      case 'type':
        return this.type(leaf.mask);
      case 'enum':
        return this.enum(leaf.values);
      case 'minLength':
      case 'minItems':
      case 'minProperties':
        return leaf.n <= 0 ? this.true : this.rawLeaf({ ...leaf, n: Math.ceil(leaf.n) });
      case 'maxLength':
      case 'maxItems':
      case 'maxProperties': {
        const types = LEAF_TYPES[leaf.kind];
        return leaf.n < 0 ? this.type(ALL_TYPES & ~types) : this.rawLeaf({ ...leaf, n: Math.floor(leaf.n) });
      }
      case 'item':
        if (leaf.of.kind === 'true') return this.true;
        return leaf.of.kind === 'false' ? this.leaf({ kind: 'maxItems', n: leaf.index }) : this.rawLeaf(leaf);
      case 'items':
        if (leaf.of.kind === 'true') return this.true;
        return leaf.of.kind === 'false' ? this.leaf({ kind: 'maxItems', n: leaf.from }) : this.rawLeaf(leaf);
      case 'someItem':
        if (leaf.of.kind === 'true') return this.leaf({ kind: 'minItems', n: leaf.from + 1 });
        if (leaf.of.kind === 'false') return this.type(ALL_TYPES & ~ARRAY);
        return leaf.from === 0 ? this.leaf({ kind: 'contains', n: 1, of: leaf.of }) : this.rawLeaf(leaf);
      case 'contains':
        if (leaf.n <= 0) return this.true;
        if (leaf.of.kind === 'true') return this.leaf({ kind: 'minItems', n: leaf.n });
        return leaf.of.kind === 'false' ? this.type(ALL_TYPES & ~ARRAY) : this.rawLeaf(leaf);
      case 'containsMax':
        if (leaf.of.kind === 'false') return this.true;
        if (leaf.n < 0) return this.type(ALL_TYPES & ~ARRAY);
        if (leaf.of.kind === 'true') return this.leaf({ kind: 'maxItems', n: leaf.n });
        return leaf.n === 0 ? this.leaf({ kind: 'items', from: 0, of: this.not(leaf.of) }) : this.rawLeaf(leaf);
      case 'property':
        if (leaf.of.kind === 'true') return this.true;
        return leaf.of.kind === 'false'
          ? this.rawLeaf({ kind: 'required', name: leaf.name }, true)
          : this.rawLeaf(leaf);
      case 'every':
      case 'some':
        return this.quantified(leaf.kind, leaf.names, leaf.of);
      default:
        return this.rawLeaf(leaf);
    }
  }

  private quantified(kind: 'every' | 'some', names: Formula, of: Formula): Formula {
    const texts = this.and([this.type(STRING), names]);
    const isVacuous = texts.kind === 'false' || of.kind === (kind === 'every' ? 'true' : 'false');
    if (isVacuous) return kind === 'every' ? this.true : this.type(ALL_TYPES & ~OBJECT);
    if (texts.kind === 'leaf' && texts.leaf.kind === 'enum' && !texts.isNegated) {
      const properties = texts.leaf.values.map((name): Formula => {
        const property = this.leaf({ kind: 'property', name: String(name), of });
        const required = this.leaf({ kind: 'required', name: String(name) });
        return kind === 'every' ? property : this.and([required, property]);
      });
      return kind === 'every' ? this.and(properties) : this.or(properties);
    }
    const isAnyName = texts === this.type(STRING);
    if (isAnyName && kind === 'every' && of.kind === 'false') return this.leaf({ kind: 'maxProperties', n: 0 });
    if (isAnyName && kind === 'some' && of.kind === 'true') return this.leaf({ kind: 'minProperties', n: 1 });
    return this.rawLeaf({ kind, names: texts, of });
  }

  /** The formula that holds exactly where `formula` does not. */
  not(formula: Formula): Formula {
    const known = this.negations.get(formula.id);
    if (known !== undefined) return known;
    const negation = this.negate(formula);
    this.negations.set(formula.id, negation);
    if (!this.negations.has(negation.id)) this.negations.set(negation.id, formula);
    return negation;
  }

  private negate(formula: Formula): Formula {
    switch (formula.kind) {
      case 'true':
        return this.false;
      case 'false':
        return this.true;
      case 'and':
        return this.or(formula.of.map((part) => this.not(part)));
      case 'or':
        return this.and(formula.of.map((part) => this.not(part)));
      case 'oneOf':
        return this.intern(`${formula.isNegated ? '' : '!'}oneOf ${formula.of.map((f) => f.id).join()}`, (id) => ({
          ...formula,
          id,
          isNegated: !formula.isNegated,
        }));
      case 'ref':
        return this.intern(`${formula.isNegated ? '' : '!'}ref ${formula.name}`, (id) => ({
          ...formula,
          id,
          isNegated: !formula.isNegated,
        }));
      case 'leaf':
        return this.and([this.type(LEAF_TYPES[formula.leaf.kind]), this.opposite(formula)]);
    }
  }

  /** The leaf that says the opposite of values of the leaf's own type. */
  private opposite({ leaf, isNegated }: LeafFormula): Formula {
    switch (leaf.kind) {
      case 'type':
        return this.type(ALL_TYPES & ~leaf.mask);
      case 'atLeast':
        return this.leaf({ kind: 'atMost', n: leaf.n, exclusive: !leaf.exclusive });
      case 'atMost':
        return this.leaf({ kind: 'atLeast', n: leaf.n, exclusive: !leaf.exclusive });
      case 'minLength':
        return this.leaf({ kind: 'maxLength', n: leaf.n - 1 });
      case 'maxLength':
        return this.leaf({ kind: 'minLength', n: leaf.n + 1 });
      case 'minItems':
        return this.leaf({ kind: 'maxItems', n: leaf.n - 1 });
      case 'maxItems':
        return this.leaf({ kind: 'minItems', n: leaf.n + 1 });
      case 'minProperties':
        return this.leaf({ kind: 'maxProperties', n: leaf.n - 1 });
      case 'maxProperties':
        return this.leaf({ kind: 'minProperties', n: leaf.n + 1 });
      case 'item':
        return this.and([
          this.leaf({ kind: 'minItems', n: leaf.index + 1 }),
          this.leaf({ kind: 'item', index: leaf.index, of: this.not(leaf.of) }),
        ]);
      case 'items':
        return this.leaf({ kind: 'someItem', from: leaf.from, of: this.not(leaf.of) });
      case 'someItem':
        return this.leaf({ kind: 'items', from: leaf.from, of: this.not(leaf.of) });
      case 'contains':
        return this.leaf({ kind: 'containsMax', n: leaf.n - 1, of: leaf.of });
      case 'containsMax':
        return this.leaf({ kind: 'contains', n: leaf.n + 1, of: leaf.of });
      case 'property':
        return this.and([
          this.leaf({ kind: 'required', name: leaf.name }),
          this.leaf({ kind: 'property', name: leaf.name, of: this.not(leaf.of) }),
        ]);
      case 'every':
        return this.leaf({ kind: 'some', names: leaf.names, of: this.not(leaf.of) });
      case 'some':
        return this.leaf({ kind: 'every', names: leaf.names, of: this.not(leaf.of) });
      default:
        return this.rawLeaf(leaf, !isNegated);
    }
  }

  and(formulas: readonly Formula[]): Formula {
    const parts = new Map<number, Formula>();
    const pending = [...formulas];
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part.kind === 'false') return this.false;
      if (part.kind === 'true' || parts.has(part.id)) continue;
      const negation = this.negations.get(part.id);
      if (negation !== undefined && parts.has(negation.id)) return this.false;
      parts.set(part.id, part);
      if (part.kind === 'and') pending.push(...part.of);
    }
    return this.conjunction([...parts.values()].filter((part) => part.kind !== 'and'));
  }

  /** Merges the leaves of a flat conjunction and drops what its types make pointless. */
  private conjunction(parts: readonly Formula[]): Formula {
    if (parts.length === 1 && parts[0] !== undefined && parts[0].kind !== 'leaf') return parts[0];
    let mask = ALL_TYPES;
    let allowed: readonly Json[] | null = null;
    const refused = new Map<string, Json>();
    const merged = new Map<string, Leaf>();
    const signed: LeafFormula[] = [];
    const others: Formula[] = [];
    for (const part of parts) {
      if (part.kind !== 'leaf') others.push(part);
      else if (part.leaf.kind === 'type') mask &= part.leaf.mask;
      else if (part.leaf.kind === 'enum') {
        if (part.isNegated) for (const value of part.leaf.values) refused.set(canonicalText(value), value);
        else {
          const texts = new Set(part.leaf.values.map(canonicalText));
          allowed = (allowed ?? part.leaf.values).filter((value) => texts.has(canonicalText(value)));
        }
      } else if (isSigned(part.leaf)) signed.push(part);
      else {
        const key = mergeKey(part.leaf);
        const old = merged.get(key);
        merged.set(key, old === undefined ? part.leaf : this.merge(old, part.leaf));
      }
    }
    const leaves: LeafFormula[] = [];
    const extra: Formula[] = [];
    for (const leaf of merged.values()) {
      const formula = this.leaf(leaf);
      if (formula.kind === 'leaf' && formula.leaf.kind !== 'type' && formula.leaf.kind !== 'enum') {
        if (isSigned(formula.leaf)) signed.push(formula);
        else if (mergeKey(formula.leaf) === mergeKey(leaf)) leaves.push(formula);
        else extra.push(formula);
      } else if (formula.kind !== 'true') extra.push(formula);
    }
    if (extra.length > 0) {
      const kept = parts.filter((part) => part.kind !== 'leaf' || isKept(part));
      return this.and([...extra, ...leaves, ...signed, ...kept]);
    }
    mask &= ~contradictedTypes(leaves, signed);
    if ((mask & ~(NULL | BOOLEAN)) === 0) {
      const few = fewValues(mask);
      const texts = allowed === null ? null : new Set(allowed.map(canonicalText));
      allowed = texts === null ? few : few.filter((value) => texts.has(canonicalText(value)));
    }
    const rest = [...leaves, ...signed].filter((part) => (LEAF_TYPES[part.leaf.kind] & mask) !== 0);
    if (allowed !== null) return this.finite(allowed, mask, refused, [...rest, ...others]);
    if (mask === 0) return this.false;
    const excluded = [...refused.values()].filter((value) => (typeOf(value) & mask) !== 0);
    if (excluded.length > 0) {
      const gone = excluded.filter((value) => typeOf(value) === NULL || typeOf(value) === BOOLEAN);
      const lost = (gone.includes(null) ? NULL : 0) | (gone.includes(true) && gone.includes(false) ? BOOLEAN : 0);
      const left = excluded.filter((value) => (typeOf(value) & lost) === 0);
      if (lost !== 0) {
        const others2 = left.length === 0 ? [] : [this.rawLeaf(enumLeaf(left), true)];
        return this.and([this.type(mask & ~lost), ...others2, ...rest, ...others]);
      }
    }
    const all: Formula[] = [...rest, ...others];
    if (excluded.length > 0) all.push(this.rawLeaf(enumLeaf(excluded), true));
    if (mask !== ALL_TYPES) all.push(this.type(mask));
    return this.compound('and', all);
  }

  /** A conjunction that only a few values can satisfy. */
  private finite(
    allowed: readonly Json[],
    mask: number,
    refused: ReadonlyMap<string, Json>,
    rest: readonly Formula[],
  ): Formula {
    const left: Json[] = [];
    let isCertain = true;
    for (const value of allowed) {
      if ((typeOf(value) & mask) === 0 || refused.has(canonicalText(value))) continue;
      const verdicts = rest.map((part) => this.holds(part, value));
      if (verdicts.includes(false)) continue;
      if (verdicts.includes(null)) isCertain = false;
      left.push(value);
    }
    const values = this.enum(left);
    return isCertain || values.kind === 'false' ? values : this.compound('and', [values, ...rest]);
  }

  or(formulas: readonly Formula[]): Formula {
    const parts = new Map<number, Formula>();
    const pending = [...formulas];
    let mask = 0;
    const values: Json[] = [];
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part.kind === 'true') return this.true;
      if (part.kind === 'false' || parts.has(part.id)) continue;
      const negation = this.negations.get(part.id);
      if (negation !== undefined && parts.has(negation.id)) return this.true;
      if (part.kind === 'or') pending.push(...part.of);
      else if (part.kind === 'leaf' && part.leaf.kind === 'type') mask |= part.leaf.mask;
      else if (part.kind === 'leaf' && part.leaf.kind === 'enum' && !part.isNegated) values.push(...part.leaf.values);
      else parts.set(part.id, part);
    }
    const texts = new Set(values.map(canonicalText));
    if (texts.has('null') && mask !== 0) mask |= NULL;
    if (texts.has('true') && texts.has('false') && mask !== 0) mask |= BOOLEAN;
    const all = [...parts.values()];
    const rest = values.filter((value) => (typeOf(value) & mask) === 0);
    if (rest.length > 0) all.push(this.enum(rest));
    if (mask !== 0) all.push(this.type(mask));
    if (all.some((part) => part.kind === 'true')) return this.true;
    return this.compound('or', all);
  }

  private compound(kind: 'and' | 'or', parts: readonly Formula[]): Formula {
    const unique = [...new Map(parts.map((part) => [part.id, part])).values()].sort((a, b) => a.id - b.id);
    const [only] = unique;
    if (only === undefined) return kind === 'and' ? this.true : this.false;
    if (unique.length === 1) return only;
    return this.intern(`${kind} ${unique.map((f) => f.id).join()}`, (id) => ({ id, kind, of: unique }));
  }

  private merge(left: Leaf, right: Leaf): Leaf {
    if ('of' in left && 'of' in right && left.kind !== 'contains' && left.kind !== 'containsMax') {
      return { ...left, of: this.and([left.of, right.of]) } as Leaf;
    }
    if (left.kind === 'atLeast' && right.kind === 'atLeast') return tighter(left, right, right.n > left.n);
    if (left.kind === 'atMost' && right.kind === 'atMost') return tighter(left, right, right.n < left.n);
    if ('n' in left && 'n' in right) {
      const isUpper = left.kind.startsWith('max') || left.kind === 'containsMax';
      return { ...left, n: isUpper ? Math.min(left.n, right.n) : Math.max(left.n, right.n) } as Leaf;
    }
    return left;
  }

  /** Does `formula` hold of `value`? null where the model cannot say. */
  holds(formula: Formula, value: Json): boolean | null {
    switch (formula.kind) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'and':
        return allOf(formula.of, (part) => this.holds(part, value));
      case 'or':
        return opposite(allOf(formula.of, (part) => opposite(this.holds(part, value))));
      case 'oneOf': {
        const verdicts = formula.of.map((part) => this.holds(part, value));
        const holding = verdicts.filter((verdict) => verdict === true).length;
        if (holding > 1) return formula.isNegated;
        if (verdicts.includes(null)) return null;
        return (holding === 1) !== formula.isNegated;
      }
      case 'ref': {
        const body = this.bodies.get(formula.name);
        const verdict = body === undefined ? null : this.holds(body, value);
        return formula.isNegated ? opposite(verdict) : verdict;
      }
      case 'leaf': {
        if ((LEAF_TYPES[formula.leaf.kind] & typeOf(value)) === 0) return true;
        const verdict = this.leafHolds(formula.leaf, value);
        return formula.isNegated ? opposite(verdict) : verdict;
      }
    }
  }

  private leafHolds(leaf: Leaf, value: Json): boolean | null {
    switch (leaf.kind) {
      case 'type':
        return (leaf.mask & typeOf(value)) !== 0;
      case 'enum': {
        const text = canonicalText(value);
        return leaf.values.some((member) => canonicalText(member) === text);
      }
      case 'opaque':
        return null;
    }
    if (typeof value === 'number') return numberHolds(leaf, value);
    if (typeof value === 'string') return textHolds(leaf, value);
    if (Array.isArray(value)) return this.arrayHolds(leaf, value);
    return isObject(value) ? this.objectHolds(leaf, value as { [key: string]: Json }) : true;
  }

  private arrayHolds(leaf: Leaf, value: readonly Json[]): boolean | null {
    switch (leaf.kind) {
      case 'minItems':
        return value.length >= leaf.n;
      case 'maxItems':
        return value.length <= leaf.n;
      case 'unique':
        return new Set(value.map(canonicalText)).size === value.length;
      case 'item': {
        const item = value[leaf.index];
        return item === undefined ? true : this.holds(leaf.of, item);
      }
      case 'items':
        return allOf(value.slice(leaf.from), (item) => this.holds(leaf.of, item));
      case 'someItem':
        return opposite(allOf(value.slice(leaf.from), (item) => opposite(this.holds(leaf.of, item))));
      case 'contains':
      case 'containsMax': {
        const verdicts = value.map((item) => this.holds(leaf.of, item));
        const least = verdicts.filter((verdict) => verdict === true).length;
        const most = least + verdicts.filter((verdict) => verdict === null).length;
        if (leaf.kind === 'contains') return least >= leaf.n ? true : most < leaf.n ? false : null;
        return most <= leaf.n ? true : least > leaf.n ? false : null;
      }
      default:
        return true;
    }
  }

  private objectHolds(leaf: Leaf, value: { readonly [key: string]: Json }): boolean | null {
    const entries = Object.entries(value);
    switch (leaf.kind) {
      case 'minProperties':
        return entries.length >= leaf.n;
      case 'maxProperties':
        return entries.length <= leaf.n;
      case 'required':
        return Object.hasOwn(value, leaf.name);
      case 'property': {
        const member = Object.hasOwn(value, leaf.name) ? value[leaf.name] : undefined;
        return member === undefined ? true : this.holds(leaf.of, member);
      }
      case 'every':
        return allOf(entries, ([name, member]) =>
          opposite(bothHold(this.holds(leaf.names, name), opposite(this.holds(leaf.of, member)))),
        );
      case 'some':
        return opposite(
          allOf(entries, ([name, member]) =>
            opposite(bothHold(this.holds(leaf.names, name), this.holds(leaf.of, member))),
          ),
        );
      default:
        return true;
    }
  }
}

function opposite(verdict: boolean | null): boolean | null {
  return verdict === null ? null : !verdict;
}

function bothHold(left: boolean | null, right: boolean | null): boolean | null {
  if (left === false || right === false) return false;
  return left === null || right === null ? null : true;
}

function allOf<T>(items: readonly T[], verdictOf: (item: T) => boolean | null): boolean | null {
  let all: boolean | null = true;
  for (const item of items) {
    const verdict = verdictOf(item);
    if (verdict === false) return false;
    if (verdict === null) all = null;
  }
  return all;
}

function numberHolds(leaf: Leaf, value: number): boolean {
  switch (leaf.kind) {
    case 'atLeast':
      return leaf.exclusive ? value > leaf.n : value >= leaf.n;
    case 'atMost':
      return leaf.exclusive ? value < leaf.n : value <= leaf.n;
    case 'multiple':
      return isMultipleOf(value, leaf.n);
    default:
      return true;
  }
}

function textHolds(leaf: Leaf, value: string): boolean {
  switch (leaf.kind) {
    case 'minLength':
      return codePoints(value) >= leaf.n;
    case 'maxLength':
      return codePoints(value) <= leaf.n;
    case 'pattern':
      return compiledPattern(leaf.source).test(value);
    case 'format':
      return textFormat(leaf.name)?.holds(value) ?? true;
    default:
      return true;
  }
}

function tighter<T extends Leaf & { n: number; exclusive: boolean }>(left: T, right: T, isRightTighter: boolean): T {
  if (left.n === right.n) return left.exclusive ? left : right;
  return isRightTighter ? right : left;
}

function fewValues(mask: number): Json[] {
  return [...((mask & NULL) !== 0 ? [null] : []), ...((mask & BOOLEAN) !== 0 ? [false, true] : [])];
}

function enumLeaf(values: readonly Json[]): Leaf {
  const byText = new Map(values.map((value) => [canonicalText(value), value]));
  return { kind: 'enum', values: [...byText.keys()].sort().map((text) => byText.get(text) ?? null) };
}

/** Leaves that are kept once for each argument, with a sign. */
function isSigned(leaf: Leaf): boolean {
  return (
    leaf.kind === 'multiple' ||
    leaf.kind === 'pattern' ||
    leaf.kind === 'format' ||
    leaf.kind === 'unique' ||
    leaf.kind === 'required' ||
    leaf.kind === 'opaque'
  );
}

function isKept(part: LeafFormula): boolean {
  return part.leaf.kind === 'type' || part.leaf.kind === 'enum';
}

/** Leaves of one conjunction with the same key become one leaf. */
function mergeKey(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'item':
      return `item ${leaf.index}`;
    case 'items':
      return `items ${leaf.from}`;
    case 'property':
      return `property ${leaf.name}`;
    case 'every':
      return `every ${leaf.names.id}`;
    case 'contains':
    case 'containsMax':
      return `${leaf.kind} ${leaf.of.id}`;
    case 'some':
    case 'someItem':
      return leafKey(leaf);
    default:
      return leaf.kind;
  }
}

function leafKey(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'type':
      return `type ${leaf.mask}`;
    case 'enum':
      return `enum ${canonicalText(leaf.values)}`;
    case 'atLeast':
    case 'atMost':
      return `${leaf.kind} ${leaf.exclusive ? 'x' : ''}${leaf.n}`;
    case 'pattern':
      return `pattern ${leaf.source}`;
    case 'format':
      return `format ${leaf.name}`;
    case 'unique':
      return 'unique';
    case 'item':
      return `item ${leaf.index} ${leaf.of.id}`;
    case 'items':
    case 'someItem':
      return `${leaf.kind} ${leaf.from} ${leaf.of.id}`;
    case 'contains':
    case 'containsMax':
      return `${leaf.kind} ${leaf.n} ${leaf.of.id}`;
    case 'required':
      return `required ${leaf.name}`;
    case 'property':
      return `property ${leaf.of.id} ${leaf.name}`;
    case 'every':
    case 'some':
      return `${leaf.kind} ${leaf.names.id} ${leaf.of.id}`;
    case 'opaque':
      return `opaque ${leaf.key}`;
    default:
      return `${leaf.kind} ${leaf.n}`;
  }
}

/** Types of which no value can satisfy these leaves together, as far as a glance tells. */
function contradictedTypes(leaves: readonly LeafFormula[], signed: readonly LeafFormula[]): number {
  let types = 0;
  const signs = new Map<string, boolean>();
  for (const { leaf, isNegated } of signed) {
    const key = leafKey(leaf);
    if (signs.has(key) && signs.get(key) !== isNegated) types |= LEAF_TYPES[leaf.kind];
    signs.set(key, isNegated);
  }
  const bound = new Map(leaves.map(({ leaf }) => [leaf.kind, leaf]));
  const n = (kind: Leaf['kind'], otherwise: number): number => {
    const leaf = bound.get(kind);
    return leaf !== undefined && 'n' in leaf ? leaf.n : otherwise;
  };
  if (n('minLength', 0) > n('maxLength', Number.POSITIVE_INFINITY)) types |= STRING;
  if (n('minItems', 0) > n('maxItems', Number.POSITIVE_INFINITY)) types |= ARRAY;
  if (n('minProperties', 0) > n('maxProperties', Number.POSITIVE_INFINITY)) types |= OBJECT;
  const [low, high] = [bound.get('atLeast'), bound.get('atMost')];
  if (low?.kind === 'atLeast' && high?.kind === 'atMost') {
    if (low.n > high.n || (low.n === high.n && (low.exclusive || high.exclusive))) types |= NUMBER;
  }
  return types;
}
