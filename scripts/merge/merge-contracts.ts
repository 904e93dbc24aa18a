import { UserError } from '../../contracts/lib/user-error.ts';
import type { ContractCase, ContractResult } from '../results/results.ts';
import { checkParts } from './check-parts.ts';

/** One contract run that was divided: the shards of Playwright, each on a machine of its own. Pure. */

type Coverage = ContractResult['coverage'];
type Rule = NonNullable<Coverage['rules']>[number];
type Baseline = NonNullable<ContractResult['baseline']>;

/** Of a case that ran twice the gravest outcome counts; one that was not reached says nothing beside one that was. */
const GRAVITY: readonly ContractCase['outcome'][] = ['broken', 'observed', 'holds', 'not-reached'];

/** Throws UserError where these are not parts of one run. `names` of the folders are for its words. */
export function mergedContractRun(parts: readonly ContractResult[], names: readonly string[]): ContractResult {
  const [first] = parts;
  if (first === undefined) throw new Error('nothing to merge');
  for (const [index, part] of parts.entries()) {
    const promises = ({ environment: { contract, method, path } }: ContractResult) => `${contract} ${method} ${path}`;
    if (promises(part) !== promises(first))
      throw new UserError('these are not parts of one contract run', {
        why: `${names[0]} is of ${promises(first)}, ${names[index]} of ${promises(part)}`,
        fix: 'merge runs of one contract',
      });
  }
  checkParts(
    '--shard',
    parts.map(({ environment }) => environment),
    names,
  );
  const cases = mergedCases(parts);
  const ends = parts.map(({ environment: { startedAt, seconds = 0 } }) => Date.parse(startedAt) + seconds * 1000);
  const startMs = Math.min(...parts.map(({ environment }) => Date.parse(environment.startedAt)));
  const seeds = new Set(parts.map(({ environment }) => environment.seed));
  const sum = (of: (part: ContractResult) => number) => parts.reduce((all, part) => all + of(part), 0);
  return {
    ...first,
    ...verdictOf(parts, names, cases),
    cases,
    reached: { cases: sum(({ reached }) => reached.cases), ofCases: sum(({ reached }) => reached.ofCases) },
    coverage: mergedCoverage(parts.map(({ coverage }) => coverage)),
    drift: mergedDrift(parts),
    precedence: firstOfEach(
      parts.flatMap(({ precedence = [] }) => precedence),
      (one) => one.case,
    ),
    baseline: mergedBaseline(parts.flatMap(({ baseline }) => baseline ?? [])),
    notes: [...new Set(parts.flatMap(({ notes = [] }) => notes))],
    created: sum(({ created = 0 }) => created),
    environment: {
      ...first.environment,
      startedAt: new Date(startMs).toISOString(),
      seconds: Math.max(0, Math.max(...ends) - startMs) / 1000,
      part: null,
      seed: seeds.size === 1 ? first.environment.seed : null,
    },
  };
}

function mergedCases(parts: readonly ContractResult[]): ContractCase[] {
  const byId = new Map<string, ContractCase>();
  for (const one of parts.flatMap(({ cases }) => cases)) {
    const known = byId.get(one.id);
    const isGraver = known === undefined || GRAVITY.indexOf(one.outcome) < GRAVITY.indexOf(known.outcome);
    if (isGraver) byId.set(one.id, one);
  }
  return [...byId.values()];
}

/** A gate that a part did not pass (--strict, too few cases reached) is not passed by the whole. */
function verdictOf(
  parts: readonly ContractResult[],
  names: readonly string[],
  cases: readonly ContractCase[],
): Pick<ContractResult, 'verdict' | 'reason'> {
  if (cases.some(({ outcome, baseline }) => outcome === 'broken' && (baseline ?? null) === null))
    return { verdict: 'broken', reason: null };
  for (const verdict of ['broken', 'undecided'] as const) {
    const reasons = parts.flatMap((part, index) =>
      part.verdict === verdict ? [`${names[index]}: ${part.reason ?? verdict}`] : [],
    );
    if (reasons.length > 0) return { verdict, reason: reasons.join('; ') };
  }
  return { verdict: 'holds', reason: null };
}

function mergedCoverage(parts: readonly Coverage[]): Coverage {
  const rules = new Map<string, Rule>();
  for (const rule of parts.flatMap((part) => part.rules ?? [])) {
    const known = rules.get(rule.rule);
    const plus = (of: 'kept' | 'cases' | 'broken') => (known?.[of] ?? 0) + (rule[of] ?? 0);
    const broke = [known?.broke, rule.broke].filter((count): count is number => typeof count === 'number');
    rules.set(rule.rule, {
      rule: rule.rule,
      ...{ kept: plus('kept'), cases: plus('cases'), broken: plus('broken') },
      broke: broke.length === 0 ? null : broke.reduce((sum, count) => sum + count, 0),
    });
  }
  const responses = new Map<number, { status: number; documented: boolean; responses: number }>();
  for (const one of parts.flatMap((part) => part.statuses ?? []))
    responses.set(one.status, { ...one, responses: one.responses + (responses.get(one.status)?.responses ?? 0) });
  const statuses = [...responses.values()].sort((left, right) => left.status - right.status);
  const documented = statuses.filter((one) => one.documented);
  const all = [...rules.values()].sort((left, right) => (left.rule < right.rule ? -1 : 1));
  const outcomes = all.flatMap(({ kept = 0, broke = null }) => (broke === null ? [kept] : [kept, broke]));
  const covered = outcomes.filter((count) => count > 0).length + documented.filter((one) => one.responses > 0).length;
  const most = outcomes.length + documented.length;
  return { percent: most === 0 ? 0 : Math.floor((covered * 1000) / most) / 10, statuses, rules: all };
}

function mergedDrift(parts: readonly ContractResult[]): ContractResult['drift'] {
  const byPlace = new Map<string, ContractResult['drift'][number]>();
  for (const one of parts.flatMap(({ drift }) => drift)) {
    const place = `${one.pointer} ${one.what}`;
    byPlace.set(place, { ...one, seen: (byPlace.get(place)?.seen ?? 0) + (one.seen ?? 0) });
  }
  return [...byPlace.values()];
}

function mergedBaseline(parts: readonly Baseline[]): Baseline | null {
  const [first] = parts;
  if (first === undefined) return null;
  const used = [...new Set(parts.flatMap((part) => part.used))];
  return {
    ...first,
    used,
    expired: firstOfEach(
      parts.flatMap(({ expired }) => expired),
      (entry) => entry.case,
    ),
    unneeded: firstOfEach(
      parts.flatMap(({ unneeded }) => unneeded),
      (entry) => entry.case,
    ).filter((entry) => !used.includes(entry.case)),
  };
}

function firstOfEach<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    if (seen.has(key(item))) return false;
    seen.add(key(item));
    return true;
  });
}
