import type { Json } from '../lib/operation.ts';
import type { Formula, LeafFormula } from './formula.ts';
import { canonicalText } from './json-value.ts';
import { EMPTY, type Solution, type SolverContext, UNKNOWN } from './solver.ts';

/**
 * Arrays. A length is chosen; each position has a goal, which says for every `contains` whether the item counts. How
 * many items count is settled by going through the positions and keeping every tally that can be reached. Lengths
 * beyond what the counts can need are pointless, so that "none fits" is a proof.
 */
const MAX_LENGTH = 100_000;
/** Tallies kept, over all positions, before the search gives up. */
const MAX_TALLIES = 400_000;
const MAX_UNIQUE = 2000;

interface Count {
  readonly of: Formula;
  readonly not: Formula;
  readonly min: number;
  readonly max: number;
}

/** One way to fill a position: does it count, for each `contains`? */
interface Option {
  readonly counts: readonly boolean[];
  readonly goal: Formula;
  readonly value: Json;
}

export function solveArray(
  context: SolverContext,
  leaves: readonly LeafFormula[],
  excluded: readonly Json[],
): Solution {
  return new ArraySearch(context, leaves, excluded).solve();
}

class ArraySearch {
  private readonly context: SolverContext;
  private readonly excluded: ReadonlySet<string>;
  private readonly positions: { index: number; of: Formula }[] = [];
  private readonly tails: { from: number; of: Formula }[] = [];
  private readonly some: { from: number; of: Formula }[] = [];
  private readonly counts: Count[] = [];
  private min = 0;
  private max = Number.POSITIVE_INFINITY;
  private unique: boolean | null = null;
  private readonly goals = new Map<number, Formula>();
  private head: number | null = null;
  private readonly options = new Map<number, { options: Option[]; isComplete: boolean }>();

  constructor(context: SolverContext, leaves: readonly LeafFormula[], excluded: readonly Json[]) {
    this.context = context;
    this.excluded = new Set(excluded.map(canonicalText));
    const bounds = new Map<number, { of: Formula; min: number; max: number }>();
    const bound = (of: Formula): { of: Formula; min: number; max: number } => {
      const known = bounds.get(of.id) ?? { of, min: 0, max: Number.POSITIVE_INFINITY };
      bounds.set(of.id, known);
      return known;
    };
    for (const { leaf, isNegated } of leaves) {
      if (leaf.kind === 'minItems') this.min = leaf.n;
      if (leaf.kind === 'maxItems') this.max = leaf.n;
      if (leaf.kind === 'unique') this.unique = !isNegated;
      if (leaf.kind === 'item') this.positions.push(leaf);
      if (leaf.kind === 'items') this.tails.push(leaf);
      if (leaf.kind === 'someItem') this.some.push(leaf);
      if (leaf.kind === 'contains') bound(leaf.of).min = leaf.n;
      if (leaf.kind === 'containsMax') bound(leaf.of).max = leaf.n;
    }
    for (const { of, min, max } of bounds.values()) this.counts.push({ of, not: context.store.not(of), min, max });
  }

  solve(): Solution {
    if (this.min > this.max || this.counts.some(({ min, max }) => min > max)) return EMPTY;
    const needed = this.counts.reduce((sum, { min }) => sum + min, 0);
    const head = this.headLength();
    const bound = Math.max(this.min, head + needed + this.some.length + (this.unique === false ? 2 : 0));
    const last = Math.min(this.max, bound);
    if (this.min > MAX_LENGTH) return UNKNOWN;
    let all: Solution = EMPTY;
    const least = Math.max(this.min, this.some.length > 0 ? 1 : 0, Math.max(0, ...this.counts.map(({ min }) => min)));
    for (let length = least; length <= last; length++) {
      if (!this.context.spend(1)) return UNKNOWN;
      const solution = this.place(length, 0, new Map());
      if (solution.kind === 'value') return solution;
      if (solution.kind === 'unknown') all = UNKNOWN;
    }
    return all;
  }

  /** Positions from here on all have the same goal. */
  private headLength(): number {
    this.head ??= Math.max(
      0,
      ...this.positions.map(({ index }) => index + 1),
      ...this.tails.map(({ from }) => from),
      ...this.some.map(({ from }) => from),
    );
    return this.head;
  }

  private goalAt(index: number): Formula {
    const at = Math.min(index, this.headLength());
    const known = this.goals.get(at);
    if (known !== undefined) return known;
    const goal = this.goalOf(at);
    this.goals.set(at, goal);
    return goal;
  }

  private goalOf(index: number): Formula {
    return this.context.store.and([
      ...this.positions.filter((one) => one.index === index).map(({ of }) => of),
      ...this.tails.filter(({ from }) => index >= from).map(({ of }) => of),
    ]);
  }

  /** Gives each "some item" a position, then fills the array. */
  private place(length: number, which: number, extra: ReadonlyMap<number, Formula>): Solution {
    const demand = this.some[which];
    if (demand === undefined) return this.repeat(length, extra);
    const { store } = this.context;
    let all: Solution = EMPTY;
    // Beyond the head, one untouched position is as good as another.
    const last = Math.min(length, this.headLength() + extra.size + 1);
    for (let index = demand.from; index < last; index++) {
      const goal = store.and([extra.get(index) ?? store.true, demand.of]);
      if (this.context.solve(store.and([this.goalAt(index), goal])).kind === 'empty') continue;
      const solution = this.place(length, which + 1, new Map(extra).set(index, goal));
      if (solution.kind === 'value') return solution;
      if (solution.kind === 'unknown') all = UNKNOWN;
    }
    return all;
  }

  /** For arrays that must repeat an item: which two are equal? */
  private repeat(length: number, extra: ReadonlyMap<number, Formula>): Solution {
    if (this.unique !== false) return this.fill(length, extra, null);
    let all: Solution = EMPTY;
    const last = Math.min(length, this.headLength() + extra.size + 2);
    for (let left = 0; left < last; left++) {
      for (let right = left + 1; right < last; right++) {
        const solution = this.fill(length, extra, [left, right]);
        if (solution.kind === 'value') return solution;
        if (solution.kind === 'unknown') all = UNKNOWN;
      }
    }
    return all;
  }

  private optionsFor(goal: Formula): { options: Option[]; isComplete: boolean } {
    const known = this.options.get(goal.id);
    if (known !== undefined) return known;
    const { store } = this.context;
    let isComplete = true;
    const options: Option[] = [];
    const explore = (index: number, sofar: Formula, counts: readonly boolean[]): void => {
      if (sofar.kind === 'false') return;
      const count = this.counts[index];
      if (count !== undefined) {
        explore(index + 1, store.and([sofar, count.not]), [...counts, false]);
        explore(index + 1, store.and([sofar, count.of]), [...counts, true]);
        return;
      }
      const value = this.context.solve(sofar);
      if (value.kind === 'value') options.push({ counts, goal: sofar, value: value.value });
      if (value.kind === 'unknown') isComplete = false;
    };
    explore(0, goal, []);
    const answer = { options, isComplete };
    this.options.set(goal.id, answer);
    return answer;
  }

  private fill(length: number, extra: ReadonlyMap<number, Formula>, equal: readonly [number, number] | null): Solution {
    const { store } = this.context;
    let isComplete = true;
    const goals: Formula[] = [];
    for (let index = 0; index < length; index++) {
      const own = extra.get(index);
      goals.push(own === undefined ? this.goalAt(index) : store.and([this.goalAt(index), own]));
    }
    if (equal !== null) {
      const both = store.and([goals[equal[0]] ?? store.true, goals[equal[1]] ?? store.true]);
      for (const index of equal) goals[index] = both;
    }
    const choices: Option[][] = [];
    for (const goal of goals) {
      const { options, isComplete: isWhole } = this.optionsFor(goal);
      if (!isWhole) isComplete = false;
      if (options.length === 0) return isWhole ? EMPTY : UNKNOWN;
      choices.push(options);
    }
    const picked = this.tally(choices, equal);
    if (picked === 'unknown') return UNKNOWN;
    if (picked === null) return isComplete ? EMPTY : UNKNOWN;
    const values = this.unique === true ? this.distinct(picked) : picked.map((option) => option.value);
    if (values === 'empty') return EMPTY;
    if (values === null) return UNKNOWN;
    return this.excluded.has(canonicalText(values)) ? this.varied(picked, values) : { kind: 'value', value: values };
  }

  /** An option for each position such that every count lies in its range. */
  private tally(choices: readonly Option[][], equal: readonly [number, number] | null): Option[] | null | 'unknown' {
    if (this.counts.length === 0) return choices.map((options) => options[0]).filter((option) => option !== undefined);
    const caps = this.counts.map(({ min, max }) => (max === Number.POSITIVE_INFINITY ? min : max + 1));
    type State = {
      readonly tally: readonly number[];
      readonly from: State | null;
      readonly option: Option | null;
      readonly twin: Option | null;
    };
    let states = new Map<string, State>([
      ['', { tally: this.counts.map(() => 0), from: null, option: null, twin: null }],
    ]);
    let total = 0;
    for (const [index, options] of choices.entries()) {
      const next = new Map<string, State>();
      for (const state of states.values()) {
        const isTwin = equal !== null && index === equal[1];
        for (const option of isTwin && state.twin !== null ? [state.twin] : options) {
          const tally = state.tally.map((count, i) => Math.min(caps[i] ?? 0, count + (option.counts[i] ? 1 : 0)));
          if (tally.some((count, i) => count > (this.counts[i]?.max ?? 0))) continue;
          const twin = equal !== null && index === equal[0] ? option : state.twin;
          const key = `${tally.join()} ${twin === null ? '' : twin.counts.join()}`;
          if (!next.has(key)) next.set(key, { tally, from: state, option, twin });
        }
      }
      states = next;
      total += states.size;
      if (total > MAX_TALLIES) return 'unknown';
    }
    for (const end of states.values()) {
      if (end.tally.some((count, i) => count < (this.counts[i]?.min ?? 0))) continue;
      const picked: Option[] = [];
      for (let state: State | null = end; state !== null; state = state.from)
        if (state.option !== null) picked.push(state.option);
      return picked.reverse();
    }
    return null;
  }

  /**
   * Different values for all positions; null if that did not work out. `empty` only where all positions share one goal
   * and no `contains` had a say, so that running out of values is a proof.
   */
  private distinct(picked: readonly Option[]): Json[] | null | 'empty' {
    if (picked.length > MAX_UNIQUE) return null;
    const { store } = this.context;
    const isUniform = this.counts.length === 0 && new Set(picked.map(({ goal }) => goal.id)).size === 1;
    const [first] = picked;
    if (isUniform && first !== undefined) {
      const { values, complete } = this.context.solveMany(first.goal, picked.length);
      if (values.length === picked.length) return values;
      return complete ? 'empty' : null;
    }
    // Positions with the fewest values choose first.
    const order = picked
      .map((option, index) => ({ option, index, room: this.context.solveMany(option.goal, 3).values.length }))
      .sort((a, b) => a.room - b.room);
    const values: Json[] = [];
    const byIndex = new Map<number, Json>();
    for (const { option, index } of order) {
      const free = values.length === 0 ? option.goal : store.and([option.goal, store.not(store.enum(values))]);
      const value = this.context.solve(free);
      if (value.kind !== 'value') return null;
      values.push(value.value);
      byIndex.set(index, value.value);
    }
    return picked.map((_, index) => byIndex.get(index) ?? null);
  }

  /** An array that is not excluded: one item more, or another value at one position. */
  private varied(picked: readonly Option[], values: readonly Json[]): Solution {
    for (const [index, { goal }] of picked.entries()) {
      for (const value of this.context.solveMany(goal, this.excluded.size + 1).values) {
        const other = values.map((old, at) => (at === index ? value : old));
        if (!this.excluded.has(canonicalText(other))) return { kind: 'value', value: other };
      }
    }
    const goal = this.goalAt(values.length);
    if (values.length < this.max && this.counts.length === 0) {
      for (const value of this.context.solveMany(goal, this.excluded.size + 1).values) {
        const longer = [...values, value];
        if (!this.excluded.has(canonicalText(longer))) return { kind: 'value', value: longer };
      }
    }
    return UNKNOWN;
  }
}
