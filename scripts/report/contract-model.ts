import type { ContractCase, ContractResult } from '../results/results.ts';

/** What the report says about the contract: violations grouped by what broke, cases by what they belong to. */

/** How a case stands in the report: a broken one that a baseline excuses is told apart. */
export type CaseState = ContractCase['outcome'] | 'excused';

/** Worst first: the order of groups and cases. */
export const CASE_STATES: readonly CaseState[] = ['broken', 'not-reached', 'excused', 'holds', 'observed'];

export type CaseCounts = Readonly<Record<CaseState, number>>;

/** All violations of one rule at one place. */
export interface ViolationGroup {
  readonly rule: string;
  readonly source: string | null;
  readonly pointer: string | null;
  /** Of the first of them. */
  readonly expected: string | null;
  readonly received: string | null;
  readonly count: number;
  /** The first cases that showed it. */
  readonly cases: readonly { readonly id: string; readonly title: string }[];
}

export interface CaseGroup {
  readonly name: string;
  readonly counts: CaseCounts;
  /** Worst first, else in the order of the results. */
  readonly cases: readonly ContractCase[];
}

export interface ContractModel {
  readonly result: ContractResult;
  readonly counts: CaseCounts;
  /** Most frequent first. */
  readonly violations: readonly ViolationGroup[];
  /** Those with violations first, else in the order of the results. */
  readonly groups: readonly CaseGroup[];
}

/** Cases named in a violation group. */
const MAX_NAMED_CASES = 5;

export function contractModel(result: ContractResult): ContractModel {
  return {
    result,
    counts: caseCounts(result.cases),
    violations: violationGroups(result.cases),
    groups: caseGroups(result.cases),
  };
}

export function caseState(one: ContractCase): CaseState {
  return one.outcome === 'broken' && one.baseline ? 'excused' : one.outcome;
}

function caseCounts(cases: readonly ContractCase[]): CaseCounts {
  const counts = { broken: 0, excused: 0, 'not-reached': 0, observed: 0, holds: 0 };
  for (const one of cases) counts[caseState(one)] += 1;
  return counts;
}

function violationGroups(cases: readonly ContractCase[]): ViolationGroup[] {
  const groups = new Map<string, ViolationGroup & { cases: { id: string; title: string }[]; count: number }>();
  for (const one of cases) {
    if (caseState(one) !== 'broken') continue;
    const own = {
      rule: one.rule ?? 'no rule was named',
      source: one.source ?? null,
      pointer: one.pointer,
      expected: one.expected,
      received: one.received,
    };
    for (const violation of one.violations?.length ? one.violations : [own]) {
      const key = JSON.stringify([violation.rule, violation.pointer]);
      const group = groups.get(key) ?? { ...violation, source: violation.source ?? null, count: 0, cases: [] };
      group.count += 1;
      if (group.cases.length < MAX_NAMED_CASES && group.cases.at(-1)?.id !== one.id)
        group.cases.push({ id: one.id, title: one.title });
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

function caseGroups(cases: readonly ContractCase[]): CaseGroup[] {
  const groups = new Map<string, ContractCase[]>();
  for (const one of cases) {
    const name = one.group ?? one.id.split(/[./:]/)[0] ?? one.id;
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  const rank = (one: ContractCase) => CASE_STATES.indexOf(caseState(one));
  return [...groups]
    .map(([name, all]) => ({ name, counts: caseCounts(all), cases: [...all].sort((a, b) => rank(a) - rank(b)) }))
    .sort((a, b) => Number(b.counts.broken > 0) - Number(a.counts.broken > 0));
}
