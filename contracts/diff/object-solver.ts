import type { Json } from '../lib/operation.ts';
import type { Formula, LeafFormula } from './formula.ts';
import { OBJECT, STRING, typeOf } from './formula.ts';
import { canonicalText, objectOf } from './json-value.ts';
import { EMPTY, type Solution, type SolverContext, UNKNOWN } from './solver.ts';

/**
 * Objects. Required properties are given values; each "some property …" is given a property, one of those spoken of or
 * a fresh one; more are added until there are enough. A fresh name is looked for in each region of names that the
 * constraints tell apart, so that "no name fits" is a proof.
 */
interface Quantified {
  readonly names: Formula;
  readonly of: Formula;
}

/** Constraints on names that are told apart; beyond them "empty" is no longer claimed. */
const MAX_REGION_SPLITS = 5;
const MAX_PROPERTIES_FILLED = 2000;

export function solveObject(
  context: SolverContext,
  leaves: readonly LeafFormula[],
  excluded: readonly Json[],
): Solution {
  return new ObjectSearch(context, leaves, excluded).solve();
}

class ObjectSearch {
  private readonly context: SolverContext;
  private readonly excluded: readonly Json[];
  private readonly required = new Set<string>();
  private readonly absent = new Set<string>();
  private readonly properties = new Map<string, Formula>();
  private readonly every: Quantified[] = [];
  private readonly some: Quantified[] = [];
  private readonly mentioned = new Set<string>();
  private min = 0;
  private max = Number.POSITIVE_INFINITY;
  /** False as soon as something was left out of the search. */
  private isComplete = true;

  constructor(context: SolverContext, leaves: readonly LeafFormula[], excluded: readonly Json[]) {
    this.context = context;
    this.excluded = excluded;
    for (const { leaf, isNegated } of leaves) {
      if (leaf.kind === 'required') (isNegated ? this.absent : this.required).add(leaf.name);
      if (leaf.kind === 'property') this.properties.set(leaf.name, leaf.of);
      if (leaf.kind === 'every') this.every.push(leaf);
      if (leaf.kind === 'some') this.some.push(leaf);
      if (leaf.kind === 'minProperties') this.min = leaf.n;
      if (leaf.kind === 'maxProperties') this.max = leaf.n;
    }
    for (const name of [...this.required, ...this.properties.keys()]) this.mentioned.add(name);
    for (const { names } of [...this.every, ...this.some]) for (const name of namesIn(names)) this.mentioned.add(name);
  }

  solve(): Solution {
    if (this.required.size > this.max) return EMPTY;
    const chosen = new Map<string, Formula>();
    for (const name of this.required) {
      const goal = this.goalFor(name);
      if (this.context.solve(goal).kind === 'empty') return this.isComplete ? EMPTY : UNKNOWN;
      chosen.set(name, goal);
    }
    return this.satisfySome(0, chosen);
  }

  /** What the value of this property must satisfy. */
  private goalFor(name: string): Formula {
    const { store } = this.context;
    const goals = [this.properties.get(name) ?? store.true];
    for (const { names, of } of this.every) {
      const isMeant = store.holds(names, name);
      if (isMeant === null) this.isComplete = false;
      if (isMeant !== false) goals.push(of);
    }
    return store.and(goals);
  }

  private satisfySome(index: number, chosen: ReadonlyMap<string, Formula>): Solution {
    const demand = this.some[index];
    if (demand === undefined) return this.fill(chosen);
    const { store } = this.context;
    let all: Solution = EMPTY;
    const attempt = (name: string, base: Formula): Solution => {
      const goal = store.and([base, demand.of]);
      const value = this.context.solve(goal);
      if (value.kind !== 'value') return value;
      const next = new Map(chosen).set(name, goal);
      return next.size > this.max ? EMPTY : this.satisfySome(index + 1, next);
    };
    for (const name of new Set([...chosen.keys(), ...this.mentioned])) {
      if (this.absent.has(name)) continue;
      const isMeant = store.holds(demand.names, name);
      if (isMeant === false) continue;
      const solution = attempt(name, chosen.get(name) ?? this.goalFor(name));
      if (solution.kind === 'value') return solution;
      if (solution.kind === 'unknown') all = UNKNOWN;
    }
    for (const { name, base } of this.freshNames(demand.names, chosen)) {
      const solution = attempt(name, base);
      if (solution.kind === 'value') return solution;
      if (solution.kind === 'unknown') all = UNKNOWN;
    }
    return this.isComplete ? all : UNKNOWN;
  }

  /** A name that is not mentioned, in each region of names; the loosest regions first. */
  private *freshNames(
    names: Formula,
    chosen: ReadonlyMap<string, Formula>,
  ): Generator<{ name: string; base: Formula }> {
    const { store } = this.context;
    const taken = [...new Set([...this.mentioned, ...chosen.keys()])];
    const fresh = store.and([store.type(STRING), names, store.not(store.enum(taken))]);
    // Where properties are few, one name may have to serve several demands: those tell names apart too.
    const demands = this.max === Number.POSITIVE_INFINITY ? [] : this.some.map((one) => ({ ...one, of: store.true }));
    const all = [...this.every, ...demands.filter((one) => one.names !== names)];
    const splits = all.slice(0, MAX_REGION_SPLITS);
    if (splits.length < all.length) this.isComplete = false;
    const regions = function* (
      index: number,
      region: Formula,
      goals: readonly Formula[],
    ): Generator<{ region: Formula; goals: readonly Formula[] }> {
      const split = splits[index];
      if (region.kind === 'false') return;
      if (split === undefined) return yield { region, goals };
      yield* regions(index + 1, store.and([region, store.not(split.names)]), goals);
      yield* regions(index + 1, store.and([region, split.names]), [...goals, split.of]);
    };
    for (const { region, goals } of regions(0, fresh, [])) {
      const base = store.and(goals);
      if (base.kind === 'false') continue;
      const name = this.context.solve(region);
      if (name.kind === 'unknown') this.isComplete = false;
      if (name.kind === 'value' && typeof name.value === 'string') yield { name: name.value, base };
    }
  }

  /** Adds properties until there are enough, then builds the object. */
  private fill(chosen: ReadonlyMap<string, Formula>): Solution {
    const filled = new Map(chosen);
    if (this.min > MAX_PROPERTIES_FILLED) return UNKNOWN;
    if (filled.size < this.min) {
      for (const name of this.mentioned) {
        if (filled.size >= this.min) break;
        if (filled.has(name) || this.absent.has(name)) continue;
        const goal = this.goalFor(name);
        const value = this.context.solve(goal);
        if (value.kind === 'value') filled.set(name, goal);
        else if (value.kind === 'unknown') this.isComplete = false;
      }
      this.fillWithNumbered(filled);
      while (filled.size < this.min) {
        const before = filled.size;
        for (const { name, base } of this.freshNames(this.context.store.true, filled)) {
          const value = this.context.solve(base);
          if (value.kind === 'unknown') this.isComplete = false;
          if (value.kind === 'value' && filled.size < this.min) filled.set(name, base);
        }
        if (filled.size === before) return this.isComplete ? EMPTY : UNKNOWN;
      }
    }
    return filled.size > this.max ? EMPTY : this.build(filled);
  }

  /** Plain names are tried first where many are needed: looking for each in turn would be slow. */
  private fillWithNumbered(filled: Map<string, Formula>): void {
    for (let number = 1; number <= 2 * this.min && filled.size < this.min; number++) {
      const name = `p${number}`;
      if (filled.has(name) || this.absent.has(name)) continue;
      const goal = this.goalFor(name);
      if (this.context.solve(goal).kind === 'value') filled.set(name, goal);
    }
  }

  private build(goals: ReadonlyMap<string, Formula>): Solution {
    const entries: [string, Json][] = [];
    for (const [name, goal] of goals) {
      const value = this.context.solve(goal);
      if (value.kind !== 'value') return value;
      entries.push([name, value.value]);
    }
    if (this.excluded.length === 0) return { kind: 'value', value: objectOf(entries) };
    return this.otherThanExcluded(goals, entries);
  }

  /** Varies one property, or adds one, until the object is none of those excluded. */
  private otherThanExcluded(goals: ReadonlyMap<string, Formula>, entries: readonly [string, Json][]): Solution {
    const texts = new Set(this.excluded.filter((value) => typeOf(value) === OBJECT).map(canonicalText));
    const isNew = (value: Json): boolean => !texts.has(canonicalText(value));
    const plain = objectOf(entries);
    if (isNew(plain)) return { kind: 'value', value: plain };
    for (const [name, goal] of goals) {
      for (const value of this.context.solveMany(goal, texts.size + 1).values) {
        const varied = { ...plain, [name]: value };
        if (isNew(varied)) return { kind: 'value', value: varied };
      }
    }
    if (goals.size < this.max) {
      const optional = [...this.mentioned].filter((name) => !goals.has(name) && !this.absent.has(name));
      const fresh = [...this.freshNames(this.context.store.true, goals)].map(({ name, base }) => [name, base] as const);
      for (const [name, goal] of [...optional.map((other) => [other, this.goalFor(other)] as const), ...fresh]) {
        for (const value of this.context.solveMany(goal, texts.size + 1).values) {
          const longer = { ...plain, [name]: value };
          if (isNew(longer)) return { kind: 'value', value: longer };
        }
      }
    }
    return UNKNOWN;
  }
}

/** The names that a formula on strings lists. */
function namesIn(formula: Formula): string[] {
  if (formula.kind === 'and' || formula.kind === 'or' || formula.kind === 'oneOf') return formula.of.flatMap(namesIn);
  if (formula.kind !== 'leaf' || formula.leaf.kind !== 'enum') return [];
  return formula.leaf.values.filter((value) => typeof value === 'string');
}
