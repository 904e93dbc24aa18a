import type { Json } from '../lib/operation.ts';
import type { LeafFormula } from './formula.ts';
import { codePoints } from './json-value.ts';
import type { Automaton } from './regex-automaton.ts';
import { anotherWord, automatonOf, automatonOfWords, findWord } from './regex-automaton.ts';
import { compiledPattern } from './regex-engine.ts';
import { EMPTY, type Solution, UNKNOWN } from './solver.ts';
import { textFormat } from './text-formats.ts';

/** Words that are tried where an automaton accepts more than the constraint it stands for. */
const MAX_WORDS = 16;

/** Strings: length in code points, patterns and formats (wanted and unwanted), excluded values. */
export function solveText(leaves: readonly LeafFormula[], excluded: readonly Json[]): Solution {
  let [minLength, maxLength] = [0, Number.POSITIVE_INFINITY];
  /** Supersets, of which a word must be in each; and languages it must be outside of. */
  const inside: Automaton[] = [];
  const outside: Automaton[] = [];
  /** Further automata that narrow the search to likely words, at the price of proof. */
  const likely: { inside: Automaton[]; outside: Automaton[] }[] = [{ inside: [], outside: [] }];
  const checks: ((text: string) => boolean)[] = [];
  for (const { leaf, isNegated } of leaves) {
    if (leaf.kind === 'minLength') minLength = leaf.n;
    if (leaf.kind === 'maxLength') maxLength = leaf.n;
    if (leaf.kind === 'pattern') {
      const automaton = automatonOf(leaf.source);
      checks.push((text) => compiledPattern(leaf.source).test(text) !== isNegated);
      if (automaton === null) continue;
      if (!isNegated) inside.push(automaton);
      else if (automaton.exact) outside.push(automaton);
      else likely.unshift({ inside: [], outside: [automaton] });
    }
    if (leaf.kind === 'format') {
      const format = textFormat(leaf.name);
      if (format === null) continue;
      checks.push((text) => format.holds(text) !== isNegated);
      const [within] = format.within;
      if (!isNegated) {
        inside.push(...format.within);
        if (format.core !== null) likely.unshift({ inside: [format.core], outside: [] });
      } else if (format.exact && format.within.length === 1 && within !== undefined) outside.push(within);
      else
        for (const one of [...format.within, format.core])
          if (one !== null) likely.unshift({ inside: [], outside: [one] });
    }
  }
  if (minLength > maxLength) return EMPTY;
  const isWanted = (text: string): boolean =>
    codePoints(text) >= minLength && codePoints(text) <= maxLength && checks.every((check) => check(text));
  const words = excluded.filter((value) => typeof value === 'string');
  if (words.length > 3) {
    const numbered = `w${words.length}`.padEnd(minLength, 'x');
    if (isWanted(numbered) && !words.includes(numbered)) return { kind: 'value', value: numbered };
    const taken = new Set(words);
    const other = anotherWord({ inside, outside, minLength, maxLength }, (word) => !taken.has(word) && isWanted(word));
    if (other !== null) return { kind: 'value', value: other };
  }
  for (const extra of likely) {
    const seen = [...words];
    for (let tries = 0; tries < MAX_WORDS; tries++) {
      const answer = findWord({
        inside: [...inside, ...extra.inside],
        outside: [...outside, ...extra.outside, ...(seen.length === 0 ? [] : [automatonOfWords(seen)])],
        minLength,
        maxLength,
      });
      if (answer.kind === 'empty' && extra.inside.length === 0 && extra.outside.length === 0) return EMPTY;
      if (answer.kind !== 'word') break;
      if (isWanted(answer.word)) return { kind: 'value', value: answer.word };
      seen.push(answer.word);
    }
  }
  return UNKNOWN;
}
