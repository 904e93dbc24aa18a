import type { Json } from '../lib/operation.ts';
import { solveArray } from './array-solver.ts';
import type { Formula, FormulaStore, LeafFormula } from './formula.ts';
import { ALL_TYPES, ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, STRING, typeOf } from './formula.ts';
import { solveNumber } from './number-solver.ts';
import { solveObject } from './object-solver.ts';
import { solveText } from './text-solver.ts';

/**
 * Looks for a value of which a formula holds, by building one: branches of the formula are taken one after another,
 * and each conjunction of leaves is handed to the solver of one type. Three answers: a value; `empty`, which is a
 * proof that there is none; `unknown`.
 *
 * A schema that needs a value of itself inside itself has no smallest value, so a goal that turns up again inside its
 * own search counts as empty there (values are finite).
 */
export type Solution =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unknown' };

export const EMPTY: Solution = { kind: 'empty' };
export const UNKNOWN: Solution = { kind: 'unknown' };

/** Says whether a value that was found will do; the search goes on if not. */
export type Accept = (value: Json) => boolean;

/** What the solvers of the types need. */
export interface SolverContext {
  readonly store: FormulaStore;
  solve(formula: Formula): Solution;
  /** Up to `count` different values, fewer if there are no more or none is found; `complete`: there are no more. */
  solveMany(formula: Formula, count: number): { values: Json[]; complete: boolean };
  /** False: the search has used up its steps. */
  spend(steps: number): boolean;
}

/** Conjunctions looked at before a search gives up. */
const DEFAULT_STEPS = 6000;
const MAX_DEPTH = 700;
const MAX_ALTERNATIVES = 1200;

export class Solver implements SolverContext {
  readonly store: FormulaStore;
  private readonly memo = new Map<number, Solution>();
  /** Goals under way → how deep. */
  private readonly active = new Map<number, number>();
  private steps = 0;
  private depth = 0;
  /** The outermost goal under way that an answer relied on. */
  private reliedOn = Number.POSITIVE_INFINITY;

  constructor(store: FormulaStore) {
    this.store = store;
  }

  /** A value that satisfies `formula` and that `accept` takes; `empty` is a proof whatever `accept` says. */
  find(formula: Formula, accept: Accept = () => true, steps = DEFAULT_STEPS): Solution {
    this.steps = steps;
    this.active.clear();
    this.depth = 0;
    this.reliedOn = Number.POSITIVE_INFINITY;
    return this.search(formula, accept);
  }

  spend(steps: number): boolean {
    this.steps -= steps;
    return this.steps > 0;
  }

  solve(formula: Formula): Solution {
    return this.search(formula, null);
  }

  solveMany(formula: Formula, count: number): { values: Json[]; complete: boolean } {
    const values: Json[] = [];
    while (values.length < count) {
      const goal = values.length === 0 ? formula : this.store.and([formula, this.store.not(this.store.enum(values))]);
      const next = this.solve(goal);
      if (next.kind !== 'value') return { values, complete: next.kind === 'empty' };
      values.push(next.value);
    }
    return { values, complete: false };
  }

  private search(formula: Formula, accept: Accept | null): Solution {
    if (formula.kind === 'false') return EMPTY;
    const known = this.memo.get(formula.id);
    if (known !== undefined && (known.kind !== 'value' || accept === null || accept(known.value))) return known;
    const under = this.active.get(formula.id);
    if (under !== undefined) {
      this.reliedOn = Math.min(this.reliedOn, under);
      return EMPTY;
    }
    if (this.depth >= MAX_DEPTH || !this.spend(1)) return UNKNOWN;
    const outerReliance = this.reliedOn;
    this.reliedOn = Number.POSITIVE_INFINITY;
    const level = this.depth++;
    this.active.set(formula.id, level);
    const solution = this.step(formula, accept);
    this.active.delete(formula.id);
    this.depth--;
    const isOwn = this.reliedOn >= level;
    if (solution.kind === 'value' || (solution.kind === 'empty' && isOwn)) this.memo.set(formula.id, solution);
    this.reliedOn = Math.min(outerReliance, isOwn ? Number.POSITIVE_INFINITY : this.reliedOn);
    return solution;
  }

  private step(formula: Formula, accept: Accept | null): Solution {
    const { store } = this;
    switch (formula.kind) {
      case 'true':
        return this.literals([], accept);
      case 'false':
        return EMPTY;
      case 'or':
        return this.firstOf(formula.of, accept);
      case 'leaf':
        return this.literals([formula], accept);
      case 'oneOf':
        return this.firstOf(this.alternatives(formula, store.true) ?? [], accept);
      case 'ref': {
        const body = store.bodies.get(formula.name);
        if (body === undefined) return UNKNOWN;
        return this.search(formula.isNegated ? store.not(body) : body, accept);
      }
      case 'and':
        return this.conjunction(formula.of, accept);
    }
  }

  private firstOf(alternatives: readonly Formula[], accept: Accept | null): Solution {
    let all: Solution = EMPTY;
    for (const alternative of alternatives) {
      const solution = this.search(alternative, accept);
      if (solution.kind === 'value') return solution;
      if (solution.kind === 'unknown') all = UNKNOWN;
    }
    return all;
  }

  private conjunction(parts: readonly Formula[], accept: Accept | null): Solution {
    const { store } = this;
    const reference = parts.find((part) => part.kind === 'ref');
    if (reference !== undefined && reference.kind === 'ref') {
      const body = store.bodies.get(reference.name);
      if (body === undefined) return UNKNOWN;
      const rest = parts.filter((part) => part !== reference);
      return this.search(store.and([...rest, reference.isNegated ? store.not(body) : body]), accept);
    }
    const leaves = parts.filter((part) => part.kind === 'leaf');
    const known = store.and(leaves);
    const choices = parts.filter((part) => part.kind === 'or' || part.kind === 'oneOf');
    let best: { goals: readonly Formula[]; choice: Formula } | null = null;
    const open: Formula[] = [];
    for (const choice of choices) {
      const goals = this.alternatives(choice, known);
      if (goals === null) continue;
      if (goals.length === 0) return EMPTY;
      open.push(choice);
      if (best === null || goals.length < best.goals.length) best = { goals, choice };
    }
    if (best === null)
      return open.length < choices.length && known !== store.true
        ? this.search(known, accept)
        : this.literals(leaves, accept);
    const { goals, choice } = best;
    if (goals.length > MAX_ALTERNATIVES) return UNKNOWN;
    const others = open.filter((other) => other !== choice);
    return this.firstOf(
      goals.map((goal) => store.and([known, ...others, goal])),
      accept,
    );
  }

  /** The alternatives of a choice that `known` leaves; null if one of them holds already. */
  private alternatives(choice: Formula, known: Formula): readonly Formula[] | null {
    const { store } = this;
    const isPossible = (formula: Formula): boolean => {
      const quick = store.and([known, formula]);
      return quick.kind !== 'false' && this.memo.get(quick.id)?.kind !== 'empty';
    };
    if (choice.kind === 'or') {
      const goals: Formula[] = [];
      for (const alternative of choice.of) {
        if (store.and([known, alternative]) === known) return null;
        if (isPossible(alternative)) goals.push(alternative);
      }
      return goals;
    }
    if (choice.kind !== 'oneOf') return [choice];
    // Branches that are impossible here need no second look: what is left is one of a few.
    const left = choice.of.filter(isPossible);
    const no = left.map((branch) => store.not(branch));
    if (!choice.isNegated) {
      return left.map((branch, i) => store.and([branch, ...no.filter((_, other) => other !== i)])).filter(isPossible);
    }
    const pairs = left.flatMap((one, i) => left.slice(i + 1).map((other) => store.and([one, other])));
    return [store.and(no), ...pairs].filter(isPossible);
  }

  /** A conjunction of leaves: each type that is left is tried, in an order that prefers telling values. */
  private literals(leaves: readonly LeafFormula[], accept: Accept | null): Solution {
    const { store } = this;
    let mask = ALL_TYPES;
    for (const { leaf, isNegated } of leaves) {
      if (leaf.kind === 'type') mask &= leaf.mask;
      if (leaf.kind === 'enum' && !isNegated) return this.listed(leaf.values, leaves, accept);
    }
    let all: Solution = EMPTY;
    for (const type of typeOrder(leaves)) {
      if ((mask & type) === 0) continue;
      const solution = this.ofType(type, mask, leaves);
      if (solution.kind === 'value' && leaves.every((leaf) => store.holds(leaf, solution.value) !== false)) {
        if (accept === null || accept(solution.value)) return solution;
        all = UNKNOWN;
      } else if (solution.kind !== 'empty') all = UNKNOWN;
    }
    return all;
  }

  private listed(values: readonly Json[], leaves: readonly LeafFormula[], accept: Accept | null): Solution {
    let all: Solution = EMPTY;
    for (const value of values) {
      if (leaves.some((leaf) => this.store.holds(leaf, value) === false)) continue;
      if (accept === null || accept(value)) return { kind: 'value', value };
      all = UNKNOWN;
    }
    return all;
  }

  private ofType(type: number, mask: number, leaves: readonly LeafFormula[]): Solution {
    const refused = leaves.flatMap(({ leaf, isNegated }) => (leaf.kind === 'enum' && isNegated ? leaf.values : []));
    const excluded = refused.filter((value) => (typeOf(value) & type) !== 0);
    switch (type) {
      case NULL:
        return excluded.length > 0 ? EMPTY : { kind: 'value', value: null };
      case BOOLEAN: {
        const left = [true, false].filter((value) => !excluded.includes(value));
        return left[0] === undefined ? EMPTY : { kind: 'value', value: left[0] };
      }
      case NUMBER:
        return solveNumber(leaves, mask & NUMBER, excluded);
      case STRING:
        return solveText(leaves, excluded);
      case ARRAY:
        return solveArray(this, leaves, excluded);
      default:
        return solveObject(this, leaves, excluded);
    }
  }
}

/** Types that a leaf speaks of come first: their values show what was asked for. */
function typeOrder(leaves: readonly LeafFormula[]): number[] {
  const kinds = new Set(leaves.map(({ leaf }) => leaf.kind));
  const isAbout = (type: number): boolean =>
    type === OBJECT
      ? ['required', 'property', 'every', 'some', 'minProperties', 'maxProperties'].some((kind) =>
          kinds.has(kind as LeafFormula['leaf']['kind']),
        )
      : type === ARRAY
        ? ['items', 'item', 'someItem', 'contains', 'containsMax', 'minItems', 'maxItems', 'unique'].some((kind) =>
            kinds.has(kind as LeafFormula['leaf']['kind']),
          )
        : false;
  const order = [STRING, NUMBER, BOOLEAN, NULL, ARRAY, OBJECT];
  return [...order.filter(isAbout), ...order.filter((type) => !isAbout(type))];
}
