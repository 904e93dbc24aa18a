import { isBudgetReason } from '../lib/budget.ts';
import type { Contract } from '../lib/contract.ts';
import type { Baseline } from './baseline.ts';
import type {
  BaselineUse,
  ContractCase,
  ContractResult,
  Coverage,
  Drift,
  Precedence,
  SuiteEnvironment,
} from './contract-result.ts';
import type { CaseRecord } from './record.ts';

export interface ResultInput {
  readonly contract: Contract;
  /** Records of this run, in any order. */
  readonly records: readonly CaseRecord[];
  /** Ids of the derived cases, in their order; others come after them. */
  readonly order: readonly string[];
  /** The user's own tests, which have no record. */
  readonly own: readonly ContractCase[];
  readonly baseline: Baseline | null;
  readonly gates: {
    readonly isStrict: boolean;
    readonly minCoveragePercent: number;
    readonly minReachedPercent: number;
  };
  readonly environment: SuiteEnvironment;
  /** Things created, as the ledger counts them. */
  readonly created: number;
  /** The run ended before its time. */
  readonly isInterrupted: boolean;
  readonly notes: readonly string[];
}

/** contract.json of a run. Pure. */
export function contractResult(input: ResultInput): ContractResult {
  const { records, gates } = input;
  const rank = new Map(input.order.map((id, at) => [id, at]));
  const sorted = [...withFreshness(records, input.contract)].sort(
    (a, b) =>
      (rank.get(a.case.id) ?? rank.size) - (rank.get(b.case.id) ?? rank.size) || a.case.id.localeCompare(b.case.id),
  );
  const cases = [...sorted.map((record) => record.case), ...input.own];
  const wanted = sorted.filter((record) => record.isAuthorized);
  const reachedCases = wanted.filter((record) => record.case.outcome !== 'not-reached').length;
  const coverage = coverageOf(input.contract, sorted);
  const drift = driftOf(sorted);
  const findings = cases.filter((one) => one.outcome === 'broken' && one.baseline === null);
  const { verdict, reason } = judge();

  return {
    schemaVersion: 1,
    verdict,
    reason,
    cases,
    reached: { cases: reachedCases, ofCases: wanted.length },
    coverage,
    drift,
    precedence: precedenceOf(sorted),
    baseline: baselineUse(input.baseline, cases),
    notes: notesOf(),
    created: input.created,
    environment: input.environment,
  };

  function judge(): Pick<ContractResult, 'verdict' | 'reason'> {
    if (findings.length > 0) return { verdict: 'broken', reason: null };
    if (gates.isStrict && drift.length > 0)
      return {
        verdict: 'broken',
        reason: `${count(drift.length, 'difference', 'differences')} from what is documented, and --strict makes that a finding`,
      };
    const budget = cases.find((one) => one.outcome === 'not-reached' && isBudgetReason(one.received));
    if (budget !== undefined) return { verdict: 'undecided', reason: budget.received };
    if (input.isInterrupted) return { verdict: 'undecided', reason: 'the run was interrupted' };
    if (cases.every((one) => one.outcome === 'not-reached'))
      return { verdict: 'undecided', reason: cases[0]?.received ?? 'no case ran' };
    if (isTooFew(reachedCases, wanted.length, gates.minReachedPercent)) {
      const why = sorted.find((record) => record.isAuthorized && record.notReachedBecause !== null)?.notReachedBecause;
      return {
        verdict: 'undecided',
        reason: `only ${reachedCases} of ${wanted.length} cases got past authentication and limit, at least ${gates.minReachedPercent} % have to${why === undefined ? '' : ` (${why})`}`,
      };
    }
    if (coverage.percent < gates.minCoveragePercent)
      return {
        verdict: 'broken',
        reason: `the cases cover ${coverage.percent} % of the contract, less than the ${gates.minCoveragePercent} % asked for`,
      };
    return { verdict: 'holds', reason: null };
  }

  function notesOf(): string[] {
    const waits = records.reduce((sum, record) => sum + record.waits, 0);
    return [
      ...input.notes,
      ...(waits > 0 ? [`${count(waits, '429 was', '429s were')} waited out`] : []),
      ...sorted
        .filter((record) => record.notReachedBecause !== null && !record.isAuthorized)
        .map((record) => `${record.case.id} was not decided: ${record.notReachedBecause}`),
    ];
  }
}

/** Too few cases reached the endpoint for a verdict. */
export function isTooFew(reached: number, ofCases: number, minPercent: number): boolean {
  return ofCases > 0 && (reached * 100) / ofCases < minPercent;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Ids that two cases were given are a finding of the later one: each creation must have a new one. */
function withFreshness(records: readonly CaseRecord[], contract: Contract): CaseRecord[] {
  const owners = new Map<string, string>();
  return records.map((record) => {
    const repeated = record.createdIds.find((id) => {
      const owner = owners.get(String(id));
      owners.set(String(id), owner ?? record.case.id);
      return owner !== undefined && owner !== record.case.id;
    });
    if (repeated === undefined || record.case.outcome === 'broken') return record;
    const violation = {
      rule: 'created.id',
      source: 'operation.json#/created/id',
      pointer: contract.operation.created?.id ?? null,
      expected: 'a new id for each creation',
      received: `${repeated}, which ${owners.get(String(repeated))} was given too`,
    };
    return { ...record, case: { ...record.case, ...violation, outcome: 'broken' as const, violations: [violation] } };
  });
}

function coverageOf(contract: Contract, records: readonly CaseRecord[]): Coverage {
  const kept = new Map<string, number>();
  const broke = new Map<string, number>();
  const broken = new Map<string, number>();
  const responses = new Map<number, number>();
  const add = <K>(map: Map<K, number>, key: K, by = 1) => map.set(key, (map.get(key) ?? 0) + by);
  const breakable = new Set<string>();
  const keepable = new Set<string>();
  for (const record of records) {
    const isReached = record.case.outcome !== 'not-reached';
    for (const status of record.statuses) add(responses, status);
    for (const rule of record.keeps) {
      keepable.add(rule);
      if (isReached) add(kept, rule);
      if (record.case.outcome === 'broken') add(broken, rule);
    }
    if (record.breaks !== null) {
      breakable.add(record.breaks);
      if (isReached) add(broke, record.breaks);
      if (record.case.outcome === 'broken') add(broken, record.breaks);
    }
  }
  const rules = [...new Set([...keepable, ...breakable])].sort();
  const documented = Object.keys(contract.operation.responses).map(Number);
  const statuses = [...new Set([...documented, ...responses.keys()])].sort((a, b) => a - b);
  const outcomes = keepable.size + breakable.size + documented.length;
  const covered = kept.size + broke.size + documented.filter((status) => (responses.get(status) ?? 0) > 0).length;
  return {
    percent: outcomes === 0 ? 0 : Math.floor((covered * 1000) / outcomes) / 10,
    statuses: statuses.map((status) => ({
      status,
      documented: documented.includes(status),
      responses: responses.get(status) ?? 0,
    })),
    rules: rules.map((rule) => ({
      rule,
      kept: kept.get(rule) ?? 0,
      broke: breakable.has(rule) ? (broke.get(rule) ?? 0) : null,
      cases: (kept.get(rule) ?? 0) + (broke.get(rule) ?? 0),
      broken: broken.get(rule) ?? 0,
    })),
  };
}

function driftOf(records: readonly CaseRecord[]): Drift[] {
  const seen = new Map<string, { pointer: string; what: string; seen: number }>();
  const add = (pointer: string, what: string) => {
    const key = `${pointer} ${what}`;
    const known = seen.get(key) ?? { pointer, what, seen: 0 };
    seen.set(key, { ...known, seen: known.seen + 1 });
  };
  for (const record of records) for (const { pointer, what } of record.drift) add(pointer, what);
  return [...seen.values()].sort((a, b) => a.what.localeCompare(b.what) || a.pointer.localeCompare(b.pointer));
}

function precedenceOf(records: readonly CaseRecord[]): Precedence[] {
  const pairs: Record<string, [string, string]> = {
    'precedence.authentication-validation': ['authentication', 'validation'],
    'precedence.limit-authentication': ['limit', 'authentication'],
    'precedence.limit-validation': ['limit', 'validation'],
  };
  const meaning = (status: number | null): string | null => {
    if (status === 429) return 'limit';
    if (status === 401 || status === 403) return 'authentication';
    return status === 400 || status === 422 ? 'validation' : null;
  };
  return records.flatMap((record) => {
    const between = pairs[record.case.id];
    return between === undefined || record.case.outcome === 'not-reached'
      ? []
      : [{ first: meaning(record.case.status), between, status: record.case.status, case: record.case.id }];
  });
}

function baselineUse(baseline: Baseline | null, cases: readonly ContractCase[]): BaselineUse | null {
  if (baseline === null) return null;
  const used = cases.filter((one) => one.baseline !== null).map((one) => one.id);
  const ran = new Map(cases.map((one) => [one.id, one.outcome]));
  return {
    file: baseline.file,
    entries: baseline.entries.length,
    used,
    expired: baseline.entries
      .filter((entry) => entry.isExpired)
      .map((entry) => ({ case: entry.case, expires: entry.expires, reason: entry.reason })),
    // Only what ran can be unneeded: with --grep most cases did not.
    unneeded: baseline.entries
      .filter((entry) => {
        const outcome = ran.get(entry.case);
        if (outcome === undefined || outcome === 'not-reached') return false;
        if (outcome !== 'broken') return true;
        const rules = cases.find((one) => one.id === entry.case)?.violations.map((violation) => violation.rule) ?? [];
        return entry.rule !== null && !rules.includes(entry.rule);
      })
      .map((entry) => ({ case: entry.case, reason: entry.reason })),
  };
}
