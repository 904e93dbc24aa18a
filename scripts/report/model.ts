import type { LedgerSummary } from '../results/ledger.ts';
import type { MutantReport } from '../results/mutants.ts';
import type {
  CompareResult,
  LimitsResult,
  ResultName,
  Results,
  RunEnvironment,
  ThroughputResult,
} from '../results/results.ts';
import { type Check, checksOf, hasOtherStatus } from './checks.ts';
import {
  changeRangeText,
  changeText,
  differenceState,
  leadingDifference,
  metricName,
  metricValue,
} from './compare-model.ts';
import { type ContractModel, contractModel } from './contract-model.ts';
import { type DiffModel, diffModel, proofText, reasonText, sentenceOf } from './diff-model.ts';
import type { HistoryModel } from './history-model.ts';
import { algorithmText, limitText, rejectionsText, tierFigure } from './limits-model.ts';
import { agreeing, counted, formatCount, formatMs, formatRate, formatSeconds } from './numbers.ts';

/**
 * The one model that page, Markdown, JUnit and terminal are made from: what each part answers, in a verdict word, a
 * number and a sentence. Texts may hold a server's words: each renderer escapes and cuts them for its own format.
 */

/** good: all holds. bad: a finding. open: undecided, or figures that mean little. none: this part was not run. */
export type Tone = 'good' | 'bad' | 'open' | 'none';

export interface Answer {
  readonly part: ResultName;
  readonly question: string;
  readonly tone: Tone;
  readonly word: string;
  /** The number, as text, with what it is of; "–" where there is none. */
  readonly figure: string;
  readonly unit: string;
  /** What follows the number, a sentence or two. */
  readonly sentences: readonly string[];
  /** Anchor on the page, and what is found there. */
  readonly proof: { readonly anchor: string; readonly label: string };
  /** The answer as part of a text: "create-order keeps its contract."; null where the part was not run. */
  readonly claim: string | null;
}

export interface ReportModel {
  /** "create-order", or "the endpoint" where nothing names it. */
  readonly name: string;
  /** "POST /chats", or null. */
  readonly operation: string | null;
  /** The worst of the answers. */
  readonly tone: Tone;
  /** Contract, limits and throughput; then what was compared: versions of the contract, loads. */
  readonly answers: readonly Answer[];
  readonly checks: readonly Check[];
  readonly contract: ContractModel | null;
  readonly limits: LimitsResult | null;
  readonly throughput: ThroughputResult | null;
  readonly diff: DiffModel | null;
  readonly compare: CompareResult | null;
  /** Of the parts that sent requests. */
  readonly environments: readonly { readonly part: Answer['part']; readonly environment: RunEnvironment }[];
  readonly ledger: LedgerSummary | null;
  /** What the suite catches, where `npm run bench:mutants` has been run into the same folder. */
  readonly mutants: MutantReport | null;
  /** Past runs, where a history is kept. */
  readonly history: HistoryModel | null;
}

export function reportModel(
  results: Results,
  ledger: LedgerSummary | null,
  mutants: MutantReport | null = null,
  history: HistoryModel | null = null,
): ReportModel {
  const parts = ['contract', 'limits', 'throughput'] as const;
  const environments = parts.flatMap((part) => {
    const environment = results[part]?.environment;
    return environment ? [{ part, environment }] : [];
  });
  const named = environments
    .map(({ environment }) => environment)
    .find((environment) => environment.contract !== undefined);
  const diff = results.diff && diffModel(results.diff);
  const compared = new Set(results.diff?.changes.map(({ operation }) => operation));
  const [onlyCompared] = compared.size === 1 ? compared : [];
  const name = named?.contract ?? onlyCompared ?? 'the endpoint';
  const contract = results.contract && contractModel(results.contract);
  const answers = [
    contractAnswer(contract, name),
    limitsAnswer(results.limits, hasOtherStatus(results)),
    throughputAnswer(results.throughput),
    ...(diff === null ? [] : [diffAnswer(diff)]),
    ...(results.compare === null ? [] : [compareAnswer(results.compare)]),
  ];
  return {
    name,
    operation: named?.method !== undefined && named.path !== undefined ? `${named.method} ${named.path}` : null,
    tone:
      (['bad', 'open', 'good', 'none'] as const).find((tone) => answers.some((answer) => answer.tone === tone)) ??
      'none',
    answers,
    checks: checksOf(results),
    contract,
    limits: results.limits,
    throughput: results.throughput,
    diff,
    compare: results.compare,
    environments,
    ledger,
    mutants,
    history,
  };
}

const NOT_RUN = { tone: 'none', word: 'Not run', figure: '–', claim: null } as const;

function contractAnswer(contract: ContractModel | null, name: string): Answer {
  const head = { part: 'contract', question: 'Does it keep its contract?' } as const;
  if (contract === null)
    return {
      ...head,
      ...NOT_RUN,
      unit: 'no cases',
      sentences: ['assay contract runs the cases.'],
      proof: { anchor: 'contract', label: 'Contract' },
    };
  const { counts, result, violations } = contract;
  const all = result.cases.length;
  const { reached } = result;
  const reach = `${formatCount(reached.cases)} of ${counted(reached.ofCases, 'case')} that should reach the endpoint did.`;
  const told = [
    counts.observed > 0 ? `${formatCount(counts.observed)} observed, which the documents leave open` : '',
    counts['not-reached'] > 0 ? `${formatCount(counts['not-reached'])} not reached` : '',
    counts.excused > 0 ? `${formatCount(counts.excused)} excused by the baseline` : '',
  ].filter((text) => text !== '');
  const others = told.length === 0 ? [] : [`Besides: ${told.join('; ')}.`];
  const reason = result.reason ? [result.reason] : [];
  if (result.verdict === 'broken') {
    const [first] = violations;
    const rules = first ? [`Most often: ${first.rule}${first.pointer ? ` at ${first.pointer}` : ''}.`] : [];
    return {
      ...head,
      tone: 'bad',
      word: 'Broken',
      figure: formatCount(counts.broken),
      unit: `of ${counted(all, 'case')} ${agreeing(counts.broken, 'breaks', 'break')} ${violations.length === 1 ? 'a rule' : `${formatCount(violations.length)} rules`}`,
      sentences: [...reason, ...rules, reach, ...others],
      proof: { anchor: violations.length > 0 ? 'violations' : 'contract', label: 'See what broke' },
      claim: `${name} breaks its contract.`,
    };
  }
  if (result.verdict === 'undecided')
    return {
      ...head,
      tone: 'open',
      word: 'Undecided',
      figure: formatCount(reached.cases),
      unit: `of ${counted(reached.ofCases, 'case')} that should reach the endpoint did`,
      sentences: [...reason, ...others],
      proof: { anchor: 'contract', label: 'See the cases' },
      claim: `Whether ${name} keeps its contract is undecided.`,
    };
  return {
    ...head,
    tone: 'good',
    word: 'Holds',
    figure: formatCount(counts.holds),
    unit: `of ${counted(all - counts.observed, 'asserted case')} ${agreeing(counts.holds, 'holds', 'hold')}`,
    sentences: [...reason, reach, ...others],
    proof: { anchor: 'contract', label: 'See the cases' },
    claim: `${name} keeps its contract.`,
  };
}

function limitsAnswer(limits: LimitsResult | null, hasOtherStatus: boolean): Answer {
  const head = {
    part: 'limits',
    question: 'Where do the 429s start?',
    proof: { anchor: 'limits', label: 'See the proof' },
  } as const;
  if (limits === null) return { ...head, ...NOT_RUN, unit: 'no requests', sentences: ['assay limits finds out.'] };
  const { verdict, expected, firstRejection, reason, cost } = limits;
  const findings = limits.findings ?? [];
  const word = { exact: 'Exact', bounded: 'Bounded', none: 'No limit found', inconclusive: 'Undecided' }[verdict];
  const known = { exact: 'good', bounded: 'open', none: 'good', inconclusive: 'open' } as const;
  const differs = expected?.agrees === false;
  const [tier] = limits.limits;
  const figure =
    verdict === 'none'
      ? { figure: formatCount(cost.requests), unit: `requests in ${formatSeconds(cost.seconds)}, none rejected` }
      : limits.limits.length > 1
        ? { figure: formatCount(limits.limits.length), unit: `limits at once: ${limitText(limits.limits)}` }
        : tier
          ? tierFigure(tier)
          : { figure: '–', unit: 'nothing can be said' };
  return {
    ...head,
    tone: differs || hasOtherStatus ? 'bad' : expected?.agrees === null ? 'open' : known[verdict],
    word: differs ? 'Differs' : word,
    ...figure,
    sentences: [
      tier && limits.limits.length === 1 ? `${capitalized(algorithmText(tier))}.` : sentence(limits.summary),
      ...(firstRejection
        ? [
            `First rejection: request ${formatCount(firstRejection.requestNumber)}, after ${formatSeconds(firstRejection.atSeconds)}.`,
          ]
        : []),
      ...(expected === null ? [] : [expectationText(expected)]),
      ...(reason === null ? [] : [sentence(`Not exact: ${reason}`)]),
      ...findings.map((finding) => sentence(capitalized(finding))),
    ],
    claim: limitsClaim(limits),
  };
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** "As expected (120/10s)." */
export function expectationText(expected: NonNullable<LimitsResult['expected']>): string {
  if (expected.agrees === true) return `As expected (${expected.limit}).`;
  if (expected.agrees === null) return `Whether it is ${expected.limit}, as expected, is undecided.`;
  return `Expected was ${expected.limit}${expected.differences.length > 0 ? `: ${expected.differences.join('; ')}` : ''}.`;
}

function limitsClaim(limits: LimitsResult): string {
  const text = limitText(limits.limits);
  const rejections = rejectionsText(limits.limits);
  if (limits.verdict === 'exact') return `Its ${rejections} start beyond ${text}.`;
  if (limits.verdict === 'bounded')
    return text === ''
      ? 'Its limit is known in part.'
      : `Its ${rejections} start beyond ${text}; not known more exactly.`;
  if (limits.verdict === 'none') return `It rejected none of ${counted(limits.cost.requests, 'request')}.`;
  return 'Where its 429s start is undecided.';
}

function throughputAnswer(load: ThroughputResult | null): Answer {
  const head = {
    part: 'throughput',
    question: 'What load does it bear?',
    proof: { anchor: 'throughput', label: 'See the load' },
  } as const;
  if (load === null) return { ...head, ...NOT_RUN, unit: 'no load', sentences: ['assay throughput runs a load.'] };
  const missed = load.objectives.filter((objective) => !objective.holds);
  const { violations, checked } = load.contract;
  const [tone, word]: [Tone, string] =
    violations > 0
      ? ['bad', 'Breaks']
      : !load.valid
        ? ['open', 'Invalid']
        : missed.length > 0
          ? ['bad', 'Missed']
          : ['good', 'Holds'];
  const rate = load.breakpoint?.requestsPerSecond ?? load.acceptedPerSecond;
  const bound = {
    limiter: "Bound by the server's limiter, not by its capacity.",
    capacity: 'Bound by the capacity of the server.',
    none: 'Neither limiter nor capacity was reached: it may bear more.',
  }[load.bound ?? 'none'];
  return {
    ...head,
    tone,
    word,
    figure: formatRate(rate),
    unit: load.breakpoint ? 'requests/s before it bends' : 'requests/s accepted',
    sentences: [
      ...(load.valid ? [] : [`The run is not valid: ${load.invalidBecause ?? 'no reason was given'}.`]),
      ...(load.latencyMs === null
        ? []
        : [
            `p95 is ${formatMs(load.latencyMs.p95)} over ${counted(load.requests, 'request')} in ${formatSeconds(load.seconds)}.`,
          ]),
      violations > 0
        ? `${counted(violations, 'response')} of ${formatCount(checked)} broke the contract.`
        : `${checked === load.requests ? 'Every response' : `Each of ${counted(checked, 'response')} that ${agreeing(checked, 'was', 'were')} checked`} kept the contract.`,
      ...(missed.length > 0 ? [`Missed: ${missed.map((objective) => objective.expression).join(', ')}.`] : []),
      ...(load.breakpoint ? [`Above that: ${load.breakpoint.because}.`] : []),
      bound,
    ],
    claim: load.valid ? loadClaim(load, rate) : 'What load it bears is undecided.',
  };
}

function loadClaim(load: ThroughputResult, rate: number): string {
  const text = `${formatRate(rate)} requests/s`;
  if (load.breakpoint) return `It bears ${text}.`;
  if (load.bound === 'limiter') return `Its limiter let ${text} through.`;
  if (load.bound === 'capacity') return `It bears at most ${text}.`;
  return `It bears ${text} or more.`;
}

function diffAnswer({ result, counts, changes }: DiffModel): Answer {
  const { breaking, accepted, warning, info } = counts;
  const all = changes.length;
  const told = [
    accepted > 0 ? `${formatCount(accepted)} breaking, but accepted` : '',
    warning > 0 ? counted(warning, 'warning') : '',
    info > 0 ? `${formatCount(info)} ${agreeing(info, 'breaks', 'break')} nobody` : '',
  ].filter((text) => text !== '');
  const others = told.length === 0 ? [] : [`${breaking > 0 ? 'Besides' : 'Of these'}: ${told.join('; ')}.`];
  const head = {
    part: 'diff',
    question: 'Does the change break anyone?',
    figure: formatCount(breaking),
    proof: { anchor: 'diff', label: breaking > 0 ? 'See what breaks' : 'See the changes' },
  } as const;
  const [worst] = changes;
  if (result.verdict === 'breaking')
    return {
      ...head,
      tone: 'bad',
      word: 'Breaking',
      unit: `of ${counted(all, 'change')} ${agreeing(breaking, 'breaks', 'break')} clients`,
      sentences: [...(worst ? [sentence(capitalized(sentenceOf(worst))), sentence(reasonText(worst))] : []), ...others],
      claim: 'The new version breaks its clients.',
    };
  const unit =
    all === 0 ? 'changes in meaning' : `of ${counted(all, 'change')} ${agreeing(breaking, 'breaks', 'break')} clients`;
  const proof = sentence(capitalized(proofText(result)));
  if (result.verdict === 'no-counter-example')
    return {
      ...head,
      tone: 'open',
      word: 'Not proved',
      unit,
      sentences: [proof, ...others],
      claim: 'Whether the new version breaks anyone is not proved.',
    };
  return {
    ...head,
    tone: 'good',
    word: accepted > 0 ? 'Accepted' : 'Compatible',
    unit,
    sentences: accepted > 0 ? others : [proof, ...others],
    claim: accepted > 0 ? 'The new version breaks only what was agreed to.' : 'The new version breaks nobody.',
  };
}

function compareAnswer(compare: CompareResult): Answer {
  const { differences, cautions, toleranceRatio } = compare;
  const head = {
    part: 'compare',
    question: 'Is it worse than before?',
    proof: { anchor: 'compare', label: 'See both loads' },
  } as const;
  const states = differences.map((one) => differenceState(one, toleranceRatio));
  const leading = leadingDifference(compare);
  const others = differences
    .filter((one) => one !== leading && one.verdict !== 'no-difference')
    .map((one) => `${capitalized(metricName(one.metric))}: ${changeText(one.change)}.`);
  const warned = cautions.map((caution) => sentence(`Hard to compare: ${caution}`));
  if (leading === null) {
    const isKnown = states.some((state) => state !== 'unknown');
    const because = differences.find((one) => one.because !== null)?.because;
    return {
      ...head,
      tone: isKnown ? 'good' : 'open',
      word: isKnown ? 'No difference' : 'Undecided',
      figure: isKnown ? '0' : '–',
      unit: isKnown ? `of ${differences.length} measures differ, as far as the data show` : 'too little to compare',
      sentences: [
        ...(isKnown ? [`Intervals: ${intervalsText(compare)}.`] : because ? [sentence(capitalized(because))] : []),
        ...warned,
      ],
      claim: isKnown ? 'Its load shows no difference to the one before.' : null,
    };
  }
  const figure = {
    figure: changeText(leading.change),
    unit: `${metricName(leading.metric)}: ${metricValue(leading.metric, leading.a)} → ${metricValue(leading.metric, leading.b)}`,
  };
  const interval = `With 95 % confidence between ${changeRangeText(leading.changeRange).replace(' to ', ' and ')}.`;
  if (leading.verdict === 'better')
    return {
      ...head,
      ...figure,
      tone: 'good',
      word: 'Better',
      sentences: [interval, ...others, ...warned],
      claim: 'It bears its load better than before.',
    };
  const tolerance = `${changeText(toleranceRatio).slice(1)}`;
  return {
    ...head,
    ...figure,
    tone: compare.holds ? 'good' : 'bad',
    word: compare.holds ? 'Within tolerance' : 'Worse',
    sentences: [
      interval,
      `${compare.holds ? 'Within' : 'Beyond'} the tolerance of ${tolerance}.`,
      ...others,
      ...warned,
    ],
    claim: compare.holds
      ? 'It bears its load about as before.'
      : `Its load is worse than before: ${metricName(leading.metric)} ${changeText(leading.change)}.`,
  };
}

function intervalsText({ differences }: CompareResult): string {
  return differences
    .filter(({ changeRange }) => changeRange !== null)
    .map(({ metric, changeRange }) => `${metric === 'accepted' ? 'accepted' : metric} ${changeRangeText(changeRange)}`)
    .join(', ');
}
