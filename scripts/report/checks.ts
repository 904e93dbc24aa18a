import type {
  CompareResult,
  ContractCase,
  DiffResult,
  LimitsResult,
  ResultName,
  Results,
  ThroughputResult,
} from '../results/results.ts';
import { changeRangeText, changeText, differenceState, metricName, metricValue } from './compare-model.ts';
import { caseState } from './contract-model.ts';
import { changeDetails, changeState, evidenceOf, proofText, sentenceOf } from './diff-model.ts';
import { counted, formatCount } from './numbers.ts';
import { shownLine } from './shown-text.ts';
import { objectiveValueText } from './throughput-model.ts';

/**
 * Everything that a run checked, one entry a check, for machines that count (JUnit). Outcomes follow the exit codes:
 * `broken` is a finding (1), `undecided` could not be said (3 or 4), `noted` and `skipped` change nothing.
 */
export interface Check {
  readonly part: ResultName;
  /** What it belongs to within its part. */
  readonly group: string;
  readonly id: string;
  readonly title: string;
  readonly outcome: 'holds' | 'broken' | 'undecided' | 'noted' | 'skipped';
  /** One line; null where there is nothing to say. */
  readonly message: string | null;
  /** Further lines: rule, expected, received, curl. */
  readonly details: readonly string[];
  readonly seconds: number | null;
}

export function checksOf(results: Results): Check[] {
  return [
    ...(results.contract?.cases.map(caseCheck) ?? []),
    ...(results.contract ? [verdictCheck(results.contract)] : []),
    ...(results.limits ? limitsChecks(results.limits, hasOtherStatus(results)) : []),
    ...(results.throughput ? throughputChecks(results.throughput) : []),
    ...(results.diff ? diffChecks(results.diff) : []),
    ...(results.compare ? compareChecks(results.compare) : []),
  ];
}

function labelled(label: string, text: string | null | undefined): string[] {
  return text === null || text === undefined ? [] : [`${label}: ${text}`];
}

function brokenText({ rule, pointer, expected, received }: ContractCase): string {
  const cut = (text: string) => shownLine(text, 80);
  const place = pointer === null ? '' : ` at ${cut(pointer)}`;
  const wanted = expected === null ? '' : `, expected ${cut(expected)}`;
  const came = received === null ? '' : `, received ${cut(received)}`;
  return `${cut(rule ?? 'a rule is broken')}${place}${wanted}${came}`;
}

function caseCheck(one: ContractCase): Check {
  const state = caseState(one);
  const outcome = {
    holds: 'holds',
    broken: 'broken',
    excused: 'skipped',
    observed: 'noted',
    'not-reached': 'skipped',
  } as const;
  const message = {
    holds: null,
    broken: brokenText(one),
    excused: `excused until ${one.baseline?.expires}: ${one.baseline?.reason}`,
    observed: one.received,
    'not-reached': one.received ?? 'the endpoint never judged it',
  };
  const rest = state === 'broken' ? (one.violations ?? []).slice(1) : [];
  return {
    part: 'contract',
    group: one.group ?? 'cases',
    id: one.id,
    title: one.title,
    outcome: outcome[state],
    message: message[state],
    details:
      state === 'holds'
        ? []
        : [
            ...labelled('rule', one.rule),
            ...labelled('written in', one.source),
            ...labelled('at', one.pointer),
            ...labelled('expected', one.expected),
            ...labelled('received', one.received),
            ...rest.map((also) => `also: ${also.rule}${also.pointer === null ? '' : ` at ${also.pointer}`}`),
            ...labelled('request', one.curl),
            ...labelled('alone', one.rerun),
          ],
    seconds: one.milliseconds === undefined ? null : one.milliseconds / 1000,
  };
}

/** That enough cases got through to say anything; where a gate broke the verdict, that gate. */
function verdictCheck(contract: NonNullable<Results['contract']>): Check {
  const { reached, verdict, reason } = contract;
  const gateBroke = verdict === 'broken' && !contract.cases.some((one) => caseState(one) === 'broken');
  return {
    part: 'contract',
    group: 'run',
    id: 'contract.verdict',
    title: 'enough cases reached the endpoint, and no gate is crossed',
    outcome: verdict === 'undecided' ? 'undecided' : gateBroke ? 'broken' : 'holds',
    message: verdict === 'undecided' || gateBroke ? (reason ?? 'no reason was given') : null,
    details: [`reached: ${formatCount(reached.cases)} of ${formatCount(reached.ofCases)}`],
    seconds: null,
  };
}

/** The limit rejects with another status than the 429 of the contract: a finding. A contract without a 429 promises none. */
export function hasOtherStatus({ limits, contract }: Results): boolean {
  const statuses = contract?.coverage.statuses;
  const isPromised = statuses === undefined || statuses.some((one) => one.status === 429 && one.documented);
  return isPromised && (limits?.limits ?? []).some((tier) => tier.status !== 429);
}

function limitsChecks(limits: LimitsResult, hasOther: boolean): Check[] {
  const check = (more: Pick<Check, 'id' | 'title' | 'outcome' | 'message'> & Partial<Check>): Check => ({
    part: 'limits',
    group: 'limits',
    details: [],
    seconds: null,
    ...more,
  });
  const identified = check({
    id: 'limits.identified',
    title: 'where the endpoint starts to reject can be said',
    outcome: limits.verdict === 'inconclusive' ? 'undecided' : 'holds',
    message: limits.verdict === 'inconclusive' ? (limits.reason ?? limits.summary) : null,
    details: [`${limits.verdict}: ${limits.summary}`, ...labelled('reason', limits.reason)],
    seconds: limits.cost.seconds,
  });
  const { expected, advertised } = limits;
  const agreement = expected && {
    outcome:
      expected.agrees === null ? ('undecided' as const) : expected.agrees ? ('holds' as const) : ('broken' as const),
    message:
      expected.agrees === true
        ? null
        : expected.agrees === null
          ? `${expected.limit} lies within what is still possible: ${limits.summary}`
          : expected.differences.join('; ') || `observed: ${limits.summary}`,
  };
  return [
    identified,
    ...(agreement
      ? [
          check({
            id: 'limits.expected',
            title: `the limit is ${expected.limit}, as expected`,
            ...agreement,
            details: [`observed: ${limits.summary}`],
          }),
        ]
      : []),
    ...(advertised.agrees === null
      ? []
      : [
          check({
            id: 'limits.advertised',
            title: 'what the server advertises agrees with what was observed',
            outcome: advertised.agrees ? 'holds' : 'noted',
            message: advertised.agrees ? null : advertised.differences.join('; '),
          }),
        ]),
    ...(limits.limits.length === 0
      ? []
      : [
          check({
            id: 'limits.status',
            title: 'requests over the limit get the status of the contract',
            outcome: hasOther ? 'broken' : 'holds',
            message: hasOther ? `${limits.limits.map((tier) => tier.status).join(', ')} instead of 429` : null,
          }),
        ]),
    ...(limits.findings ?? []).map((finding, index) =>
      check({
        id: `limits.finding.${index + 1}`,
        title: 'something else that was seen',
        outcome: 'noted',
        message: finding,
      }),
    ),
  ];
}

function throughputChecks(load: ThroughputResult): Check[] {
  const check = (more: Pick<Check, 'id' | 'title' | 'outcome' | 'message'> & Partial<Check>): Check => ({
    part: 'throughput',
    group: 'throughput',
    details: [],
    seconds: null,
    ...more,
  });
  const { contract } = load;
  return [
    check({
      id: 'throughput.valid',
      title: 'the figures say something about the server',
      outcome: load.valid ? 'holds' : 'undecided',
      message: load.valid ? null : (load.invalidBecause ?? 'no reason was given'),
      seconds: load.seconds,
    }),
    check({
      id: 'throughput.contract',
      title: 'every response keeps the contract under load',
      outcome: contract.violations > 0 ? 'broken' : contract.checked === 0 ? 'undecided' : 'holds',
      message:
        contract.violations > 0
          ? `${counted(contract.violations, 'response')} of ${formatCount(contract.checked)} broke a rule`
          : contract.checked === 0
            ? 'no response was checked'
            : null,
      details: [
        ...Object.entries(contract.byRule).map(([rule, count]) => `${formatCount(count)} × ${rule}`),
        ...contract.examples.flatMap((example) => [
          ...labelled('example', example.rule),
          ...labelled('  at', example.pointer),
          ...labelled('  expected', example.expected),
          ...labelled('  received', example.received),
        ]),
      ],
    }),
    ...load.objectives.map((objective) =>
      check({
        id: `throughput.objective.${objective.expression}`,
        title: objective.expression,
        outcome: objective.value === null && !objective.holds ? 'undecided' : objective.holds ? 'holds' : 'broken',
        message: objective.holds ? null : `measured: ${objectiveValueText(objective.expression, objective.value)}`,
      }),
    ),
  ];
}

/** A check a change; where nothing changed, or nothing is proved, one that says so. */
function diffChecks(diff: DiffResult): Check[] {
  const seen = new Map<string, number>();
  const changes = diff.changes.map((change): Check => {
    const state = changeState(change);
    const title = sentenceOf(change);
    const key = JSON.stringify([change.operation, change.rule, title]);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    const { accepted } = change;
    return {
      part: 'diff',
      group: change.operation,
      id: `diff.${change.operation}.${change.rule}${count > 1 ? `.${count}` : ''}`,
      title,
      outcome: ({ breaking: 'broken', accepted: 'skipped', warning: 'noted', info: 'noted' } as const)[state],
      message: state === 'accepted' ? `accepted until ${accepted?.expires}: ${accepted?.reason}` : evidenceOf(change),
      details: changeDetails(change),
      seconds: null,
    };
  });
  if (diff.verdict === 'breaking' || (diff.verdict === 'compatible' && changes.length > 0)) return changes;
  const isProved = diff.verdict === 'compatible';
  return [
    ...changes,
    {
      part: 'diff',
      group: 'diff',
      id: 'diff.verdict',
      title: isProved ? 'no change in meaning' : 'no change is known to break clients',
      outcome: isProved ? 'holds' : 'noted',
      message: isProved ? null : proofText(diff),
      details: [],
      seconds: null,
    },
  ];
}

/** A check a metric: that B is not worse than A beyond the tolerance. */
function compareChecks({ differences, toleranceRatio, cautions, sides }: CompareResult): Check[] {
  return differences.map((one): Check => {
    const state = differenceState(one, toleranceRatio);
    const name = metricName(one.metric);
    return {
      part: 'compare',
      group: 'compare',
      id: `compare.${one.metric}`,
      title: `${name}: B is not worse than A by more than ${changeText(toleranceRatio).slice(1)}`,
      outcome: state === 'worse' ? 'broken' : state === 'unknown' ? 'skipped' : 'holds',
      message:
        state === 'unknown'
          ? (one.because ?? 'not known')
          : state === 'worse'
            ? `${changeText(one.change)} (${changeRangeText(one.changeRange)}): ${metricValue(one.metric, one.a)} → ${metricValue(one.metric, one.b)}`
            : null,
      details:
        state === 'worse'
          ? [
              `A: ${sides.a.label}, ${sides.a.startedAt}`,
              `B: ${sides.b.label}, ${sides.b.startedAt}`,
              ...cautions.map((caution) => `caution: ${caution}`),
            ]
          : [],
      seconds: null,
    };
  });
}
