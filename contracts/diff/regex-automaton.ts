import { isUnicodePattern } from './regex-engine.ts';
import type { CharSet, RegexNode } from './regex-syntax.ts';
import { ANY, parseRegex, UnsupportedRegex } from './regex-syntax.ts';

/**
 * Languages of regular expressions as automata, and the search for a word that lies in some and outside others, with a
 * length in code points. Exact: "empty" is a proof.
 */
export interface Automaton {
  /** False: accepts a superset of the pattern's language. */
  readonly exact: boolean;
  readonly sets: readonly CharSet[];
  readonly start: number;
  /** Next state by state and index of set membership; computed on demand. */
  step(state: number, letter: Membership): number;
  accepts(state: number): boolean;
}

/** Which of an automaton's sets hold a letter; `key` tells memberships apart. */
export interface Membership {
  readonly key: string;
  readonly isIn: readonly boolean[];
}

/** A pattern such as {10000} takes as many states; beyond this many the pattern counts as unsupported. */
const MAX_STATES = 30_000;

interface Nfa {
  readonly epsilon: { to: number; only: 'start' | 'end' | null }[][];
  readonly moves: { set: number; to: number }[][];
  readonly sets: CharSet[];
}

const known = new Map<string, Automaton | null>();

/** The automaton of a pattern in search semantics (unanchored, as JSON Schema says), or null if it has none here. */
export function automatonOf(source: string, ignoreCase = false): Automaton | null {
  const key = `${ignoreCase ? 'i' : ''}/${source}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  let automaton: Automaton | null = null;
  try {
    // Without the u flag a dot or a negated class takes half of an emoji, which is no matter of code points.
    const isPlain = isUnicodePattern(source) || !/\.|\[\^|\\[WDSP]/.test(source);
    const { tree, exact } = parseRegex(source, ignoreCase);
    automaton = isPlain ? build(tree, exact) : null;
  } catch (error) {
    if (!(error instanceof UnsupportedRegex)) throw error;
  }
  if (known.size > 2000) known.clear();
  known.set(key, automaton);
  return automaton;
}

/** The automaton of exactly these words. */
export function automatonOfWords(words: readonly string[]): Automaton {
  const literal = (word: string): RegexNode => ({
    kind: 'sequence',
    of: [
      { kind: 'start' },
      ...[...word].map((char): RegexNode => {
        const code = char.codePointAt(0) ?? 0;
        return { kind: 'set', set: [[code, code]] };
      }),
      { kind: 'end' },
    ],
  });
  return build({ kind: 'choice', of: words.map(literal) }, true);
}

function build(tree: RegexNode, exact: boolean): Automaton {
  const nfa: Nfa = { epsilon: [], moves: [], sets: [] };
  const setIndex = new Map<string, number>();
  const state = (): number => {
    if (nfa.epsilon.length > MAX_STATES) throw new UnsupportedRegex('a pattern with too many states');
    nfa.epsilon.push([]);
    nfa.moves.push([]);
    return nfa.epsilon.length - 1;
  };
  const link = (from: number, to: number, only: 'start' | 'end' | null = null): void => {
    nfa.epsilon[from]?.push({ to, only });
  };
  const move = (from: number, to: number, set: CharSet): void => {
    const key = set.join(';');
    let index = setIndex.get(key);
    if (index === undefined) {
      index = nfa.sets.push(set) - 1;
      setIndex.set(key, index);
    }
    nfa.moves[from]?.push({ set: index, to });
  };
  const add = (node: RegexNode, from: number): number => {
    switch (node.kind) {
      case 'set': {
        const to = state();
        move(from, to, node.set);
        return to;
      }
      case 'start':
      case 'end': {
        const to = state();
        link(from, to, node.kind);
        return to;
      }
      case 'sequence':
        return node.of.reduce((last, part) => add(part, last), from);
      case 'choice': {
        const to = state();
        for (const branch of node.of) {
          const into = state();
          link(from, into);
          link(add(branch, into), to);
        }
        return to;
      }
      case 'repeat': {
        let last = from;
        for (let count = 0; count < node.min; count++) last = add(node.of, last);
        if (node.max === Number.POSITIVE_INFINITY) {
          const loop = state();
          link(last, loop);
          link(add(node.of, loop), loop);
          const to = state();
          link(loop, to);
          return to;
        }
        const to = state();
        link(last, to);
        for (let count = node.min; count < node.max; count++) {
          last = add(node.of, last);
          link(last, to);
        }
        return to;
      }
    }
  };
  const start = state();
  move(start, start, ANY);
  const final = add(tree, start);
  move(final, final, ANY);
  return determinised(nfa, start, final, exact);
}

function determinised(nfa: Nfa, start: number, final: number, exact: boolean): Automaton {
  const closure = (seeds: readonly number[], allowed: readonly ('start' | 'end')[]): number[] => {
    const seen = new Set(seeds);
    const pending = [...seeds];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const { to, only } of nfa.epsilon[at] ?? []) {
        if (seen.has(to) || (only !== null && !allowed.includes(only))) continue;
        seen.add(to);
        pending.push(to);
      }
    }
    return [...seen].sort((a, b) => a - b);
  };
  const states: { members: number[]; accepts: boolean; next: Map<string, number> }[] = [];
  const index = new Map<string, number>();
  const stateOf = (seeds: readonly number[], atStart: boolean): number => {
    const members = closure(seeds, atStart ? ['start'] : []);
    const key = `${atStart ? '^' : ''}${members.join()}`;
    const old = index.get(key);
    if (old !== undefined) return old;
    const accepts = closure(members, atStart ? ['start', 'end'] : ['end']).includes(final);
    states.push({ members, accepts, next: new Map() });
    index.set(key, states.length - 1);
    return states.length - 1;
  };
  return {
    exact,
    sets: nfa.sets,
    start: stateOf([start], true),
    step(from, { key, isIn }) {
      const state = states[from];
      if (state === undefined) return from;
      let to = state.next.get(key);
      if (to === undefined) {
        const seeds = new Set<number>();
        for (const member of state.members)
          for (const { set, to: target } of nfa.moves[member] ?? []) if (isIn[set]) seeds.add(target);
        to = stateOf([...seeds], false);
        state.next.set(key, to);
      }
      return to;
    },
    accepts: (at) => states[at]?.accepts ?? false,
  };
}

export interface WordQuery {
  readonly inside: readonly Automaton[];
  readonly outside: readonly Automaton[];
  /** In code points. */
  readonly minLength: number;
  readonly maxLength: number;
}

export type WordAnswer = { readonly kind: 'word'; readonly word: string } | { readonly kind: 'empty' | 'unknown' };

/** Nodes of the search before it gives up. */
const MAX_NODES = 200_000;

/** A shortest word that lies inside and outside as asked; `empty` is exact for the automata as they are. */
export function findWord({ inside, outside, minLength, maxLength }: WordQuery): WordAnswer {
  if (minLength > maxLength) return { kind: 'empty' };
  const automata = [...inside, ...outside];
  if (automata.length === 0) {
    return minLength > 1_000_000 ? { kind: 'unknown' } : { kind: 'word', word: 'a'.repeat(minLength) };
  }
  const letters = alphabet(automata);
  const isDead = deadStates(inside, letters);
  const nodes: { states: number[]; length: number; parent: number; letter: number }[] = [
    { states: automata.map((automaton) => automaton.start), length: 0, parent: -1, letter: -1 },
  ];
  const seen = new Set<string>();
  for (let at = 0; at < nodes.length; at++) {
    if (nodes.length > MAX_NODES) return { kind: 'unknown' };
    const node = nodes[at];
    if (node === undefined) break;
    if (
      node.length >= minLength &&
      automata.every((automaton, i) => automaton.accepts(node.states[i] ?? 0) === i < inside.length)
    ) {
      return { kind: 'word', word: spell(nodes, at, letters) };
    }
    if (node.length >= maxLength) continue;
    for (const [letter, { memberships }] of letters.entries()) {
      const states = automata.map((automaton, i) => automaton.step(node.states[i] ?? 0, memberships[i] ?? NOWHERE));
      if (inside.some((_, i) => isDead(i, states[i] ?? 0))) continue;
      const length = node.length + 1;
      const key = `${states.join()}@${Math.min(length, minLength)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      nodes.push({ states, length, parent: at, letter });
    }
  }
  return { kind: 'empty' };
}

/** Words that `anotherWord` looks at before it gives up. */
const MAX_WORDS_TRIED = 20_000;
/** Letters of one class that it tells apart. */
const LETTERS_OF_CLASS = 40;

/** A word of the query that `isWanted` takes, looked for one after another: for where many different ones are needed. */
export function anotherWord(query: WordQuery, isWanted: (word: string) => boolean): string | null {
  const shortest = findWord(query);
  if (shortest.kind !== 'word') return null;
  const { inside, outside, minLength, maxLength } = query;
  const automata = [...inside, ...outside];
  const letters = alphabet(automata, LETTERS_OF_CLASS);
  const isDead = deadStates(inside, letters);
  const bound = Math.min(maxLength, [...shortest.word].length + 3);
  let tried = 0;
  const visit = (states: readonly number[], word: string, length: number): string | null => {
    if (++tried > MAX_WORDS_TRIED) return null;
    const accepts = automata.every((automaton, i) => automaton.accepts(states[i] ?? 0) === i < inside.length);
    if (accepts && length >= minLength && isWanted(word)) return word;
    if (length >= bound) return null;
    for (const { text, memberships } of letters) {
      const next = automata.map((automaton, i) => automaton.step(states[i] ?? 0, memberships[i] ?? NOWHERE));
      if (inside.some((_, i) => isDead(i, next[i] ?? 0))) continue;
      const found = visit(next, word + text, length + 1);
      if (found !== null) return found;
    }
    return null;
  };
  return bound > 2000
    ? null
    : visit(
        automata.map((automaton) => automaton.start),
        '',
        0,
      );
}

function spell(
  nodes: readonly { parent: number; letter: number }[],
  from: number,
  letters: readonly { text: string }[],
): string {
  const word: string[] = [];
  for (let at = from; at > 0; ) {
    const node = nodes[at];
    if (node === undefined) break;
    word.push(letters[node.letter]?.text ?? '');
    at = node.parent;
  }
  return word.reverse().join('');
}

interface Letter {
  readonly text: string;
  /** By automaton. */
  readonly memberships: readonly Membership[];
}

const NOWHERE: Membership = { key: '', isIn: [] };

/** Letters that look ordinary come first, so that witnesses do. */
const PREFERRED = [
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:;@/!#$%&*+=?~|(){}[]<>"\'`^\\',
];

/** One letter, or some, for each class of code points that no set tells apart. */
function alphabet(automata: readonly Automaton[], most = 1): Letter[] {
  const starts = new Set([0, 0xd800, 0xe000]);
  for (const automaton of automata)
    for (const set of automaton.sets)
      for (const [low, high] of set) {
        starts.add(low);
        starts.add(high + 1);
      }
  const codes = [
    ...PREFERRED.map((char) => char.codePointAt(0) ?? 0),
    ...[...starts].filter((code) => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)).sort((a, b) => a - b),
  ];
  const byMembership = new Map<string, number>();
  const letters = new Map<string, Letter>();
  for (const code of codes) {
    const memberships = automata.map(({ sets }): Membership => {
      const isIn = sets.map((set) => has(set, code));
      return { key: isIn.map((holds) => (holds ? '1' : '0')).join(''), isIn };
    });
    const key = memberships.map((one) => one.key).join('|');
    const text = String.fromCodePoint(code);
    const count = byMembership.get(key) ?? 0;
    if (count >= most || letters.has(text)) continue;
    byMembership.set(key, count + 1);
    letters.set(text, { text, memberships });
  }
  return [...letters.values()];
}

function has(set: CharSet, code: number): boolean {
  let [low, high] = [0, set.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = set[middle];
    if (range === undefined) return false;
    if (code < range[0]) high = middle - 1;
    else if (code > range[1]) low = middle + 1;
    else return true;
  }
  return false;
}

/** Tells whether an automaton can no longer accept; explored up to a bound, beyond which nothing counts as dead. */
function deadStates(
  automata: readonly Automaton[],
  letters: readonly Letter[],
): (automaton: number, state: number) => boolean {
  const alive = automata.map((automaton, index) => {
    const reached = new Map<number, Set<number>>([[automaton.start, new Set()]]);
    const pending = [automaton.start];
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      if (reached.size > 2000) return null;
      for (const { memberships } of letters) {
        const next = automaton.step(state, memberships[index] ?? NOWHERE);
        if (!reached.has(next)) {
          reached.set(next, new Set());
          pending.push(next);
        }
        reached.get(next)?.add(state);
      }
    }
    const living = new Set([...reached.keys()].filter((state) => automaton.accepts(state)));
    const queue = [...living];
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      for (const from of reached.get(state) ?? []) {
        if (living.has(from)) continue;
        living.add(from);
        queue.push(from);
      }
    }
    return living;
  });
  return (automaton, state) => {
    const living = alive[automaton];
    return living !== null && living !== undefined && !living.has(state);
  };
}
