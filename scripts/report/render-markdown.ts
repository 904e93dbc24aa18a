import { briefJson } from '../diff/brief-json.ts';
import { changeRangeText, changeText, differenceState, metricName, metricValue } from './compare-model.ts';
import { changeState, evidenceOf, sentenceOf } from './diff-model.ts';
import { algorithmText, clientAdvice, tierFigure } from './limits-model.ts';
import type { ReportModel, Tone } from './model.ts';
import {
  agreeing,
  counted,
  formatCount,
  formatDuration,
  formatMs,
  formatRange,
  formatRate,
  formatShare,
} from './numbers.ts';
import { shown, shownLine } from './shown-text.ts';
import { objectiveValueText } from './throughput-model.ts';

/**
 * `summary.md`, for a pull request or the summary of a CI step: the answers as a table, then what broke, the limit and
 * the load. A server's words stand in code spans only, where neither HTML nor a mention nor a link works.
 */
export function renderMarkdown(model: ReportModel): string {
  const blocks = [
    heading(model),
    answers(model),
    violations(model),
    limits(model),
    throughput(model),
    compared(model),
    changes(model),
    environment(model),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const MARK: Readonly<Record<Tone, string>> = { good: '✅', bad: '❌', open: '⚠️', none: '➖' };
const MAX_VIOLATIONS = 10;
const MAX_CHANGES = 15;
const CELL_CHARACTERS = 120;
const SENTENCE_CHARACTERS = 300;

function heading(model: ReportModel): string {
  const [first] = model.environments;
  const where = first
    ? ` on ${code(first.environment.target)}${first.environment.embedded ? ' (embedded reference API)' : ''}`
    : '';
  return `## ${MARK[model.tone]} ${model.operation === null ? escaped(model.name) : code(model.operation)}${where}`;
}

function answers(model: ReportModel): string {
  const rows = model.answers.map((answer) => [
    answer.question,
    `${MARK[answer.tone]} **${answer.word}**`,
    `${answer.figure === '–' ? '' : `**${answer.figure}** `}${escaped(answer.unit)}`,
    escaped(shownLine(answer.sentences.join(' '), SENTENCE_CHARACTERS)),
  ]);
  return table(['', 'verdict', '', ''], rows);
}

function violations(model: ReportModel): string {
  if (model.contract === null || model.contract.violations.length === 0) return '';
  const groups = model.contract.violations;
  const rows = groups
    .slice(0, MAX_VIOLATIONS)
    .map((group) => [
      code(group.rule),
      group.pointer === null ? '' : code(group.pointer),
      code(group.expected),
      code(group.received),
      formatCount(group.count),
    ]);
  const more = groups.length - MAX_VIOLATIONS;
  const tail = more > 0 ? `\n\n${counted(more, 'more rule')} in \`contract.json\`.` : '';
  return `### What broke\n\n${table(['rule', 'at', 'expected', 'received', 'cases'], rows, [4])}${tail}`;
}

function limits(model: ReportModel): string {
  if (model.limits === null) return '';
  const { limits: tiers, evidence, client, cost, advertised } = model.limits;
  const rows = tiers.map((tier) => {
    const { figure, unit } = tierFigure(tier);
    const range = tier.windowSecondsRange
      ? `${formatRange(tier.windowSecondsRange)} s`
      : tier.refillPerSecondRange
        ? `${formatRange(tier.refillPerSecondRange)}/s`
        : '';
    return [
      `${figure} ${unit}`,
      algorithmText(tier),
      formatRange(tier.capacityRange, formatCount),
      range,
      String(tier.status),
    ];
  });
  const refuted = evidence.models.filter((one) => one.state === 'refuted').length;
  const proof = `${counted(refuted, 'rival model')} refuted, ${counted(evidence.models.length - refuted, 'model')} left${evidence.foretold ? `; a fresh round was ${evidence.foretold.holds ? 'foretold' : 'foretold wrongly'}` : ''}. Cost: ${counted(cost.requests, 'request')}, ${formatDuration(cost.seconds)}.`;
  const differences = advertised.differences.map((difference) => `- Advertised, but not so: ${code(difference)}`);
  return [
    '### Limit',
    ...(rows.length > 0 ? [table(['limit', 'algorithm', 'capacity', 'window or refill', 'status'], rows)] : []),
    proof,
    ...(differences.length > 0 ? [differences.join('\n')] : []),
    clientAdvice(client).join(' '),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

function throughput(model: ReportModel): string {
  if (model.throughput === null) return '';
  const load = model.throughput;
  const latency = load.latencyMs;
  const figures = [
    `offered ${formatRate(load.offeredPerSecond)}/s, accepted ${formatRate(load.acceptedPerSecond)}/s over ${formatDuration(load.seconds)}`,
    ...(latency === null
      ? []
      : [
          `p50 ${formatMs(latency.p50)}, p95 ${formatMs(latency.p95)}, p99 ${formatMs(latency.p99)}, max ${formatMs(latency.max)}`,
        ]),
    ...(load.droppedIterations > 0
      ? [`${counted(load.droppedIterations, 'arrival')} dropped by the generator; percentiles leave them out`]
      : []),
  ];
  const statuses = Object.entries(load.byStatus).map(([status, count]) => [
    status === '0' ? 'no answer' : code(status),
    formatCount(count),
    escaped(formatShare(count, load.requests)),
  ]);
  const objectives = load.objectives.map((objective) => [
    code(objective.expression),
    escaped(objectiveValueText(objective.expression, objective.value)),
    objective.holds ? '✅ met' : '❌ missed',
  ]);
  const rules = Object.entries(load.contract.byRule).slice(0, MAX_VIOLATIONS);
  return [
    '### Load',
    figures.map((figure) => `- ${figure}`).join('\n'),
    table(['status', 'responses', 'share'], statuses, [1, 2]),
    ...(objectives.length > 0 ? [table(['objective', 'measured', ''], objectives, [1])] : []),
    ...(rules.length > 0
      ? [
          `${counted(load.contract.violations, 'response')} ${agreeing(load.contract.violations, 'breaks', 'break')} the contract:\n${rules.map(([rule, count]) => `\n- ${formatCount(count)} × ${code(rule)}`).join('')}`,
        ]
      : []),
  ].join('\n\n');
}

function compared({ compare }: ReportModel): string {
  if (compare === null) return '';
  const { sides, cautions, toleranceRatio } = compare;
  const words = {
    worse: '❌ worse',
    tolerated: '⚠️ worse, within the tolerance',
    better: '✅ better',
    'no-difference': 'no difference that the data show',
    unknown: 'not known',
  } as const;
  const rows = compare.differences.map((one) => [
    metricName(one.metric),
    metricValue(one.metric, one.a),
    metricValue(one.metric, one.b),
    changeText(one.change),
    changeRangeText(one.changeRange),
    words[differenceState(one, toleranceRatio)],
  ]);
  return [
    '### Compared loads',
    `A ${code(sides.a.label)} (${escaped(sides.a.startedAt)}), B ${code(sides.b.label)} (${escaped(sides.b.startedAt)}); tolerance ${escaped(changeText(toleranceRatio).slice(1))}`,
    table(['', 'A', 'B', 'change', '95 % confidence', ''], rows, [1, 2, 3, 4]),
    ...(cautions.length === 0
      ? []
      : [
          cautions
            .slice(0, MAX_VIOLATIONS)
            .map((caution) => `- Hard to compare: ${code(caution)}`)
            .join('\n'),
        ]),
  ].join('\n\n');
}

function changes({ diff }: ReportModel): string {
  if (diff === null || diff.changes.length === 0) return '';
  const mark = { breaking: '❌ breaks', accepted: '➖ accepted', warning: '⚠️ warning', info: '✅' } as const;
  const rows = diff.changes
    .slice(0, MAX_CHANGES)
    .map((change) => [
      mark[changeState(change)],
      code(sentenceOf(change)),
      code(change.rule),
      code(briefJson(change.old)),
      code(briefJson(change.new)),
      change.accepted === null
        ? code(evidenceOf(change))
        : `until ${escaped(change.accepted.expires)}: ${escaped(change.accepted.reason)}`,
    ]);
  const more = diff.changes.length - MAX_CHANGES;
  const tail = more > 0 ? `\n\n${counted(more, 'more change')} in \`diff.json\`.` : '';
  const { sides } = diff.result;
  const compared = sides === undefined ? '' : `${code(sides.old)} → ${code(sides.new)}\n\n`;
  return `### Changes\n\n${compared}${table(['', 'change', 'rule', 'old', 'new', 'evidence'], rows)}${tail}`;
}

function environment(model: ReportModel): string {
  const [first] = model.environments;
  if (!first) return '';
  const { assay, node, startedAt } = first.environment;
  const k6 = model.environments.find((one) => typeof one.environment.k6 === 'string')?.environment.k6;
  const seeds = [
    ...new Set(
      model.environments.flatMap((one) => (one.environment.seed === null ? [] : [String(one.environment.seed)])),
    ),
  ];
  const told = [
    `assay ${assay}`,
    `Node ${node}`,
    ...(k6 ? [`k6 ${k6}`] : []),
    `started ${startedAt}`,
    ...(seeds.length > 0 ? [`seed ${seeds.join(', ')}`] : []),
    ...(model.ledger ? [`${formatCount(model.ledger.created)} created`] : []),
  ];
  return `<sub>${escaped(told.join(' · '))}</sub>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], numbers: readonly number[] = []): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (numbers.includes(index) ? '--:' : '---'))), ...rows.map(line)].join(
    '\n',
  );
}

/** Text of ours, with a server's words in it perhaps, as plain text: whatever Markdown, HTML or GitHub would act on is escaped. */
function escaped(text: string): string {
  return shownLine(text, SENTENCE_CHARACTERS * 2)
    .replace(/[\\`*_[\]|~#!$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@\u200b')
    .replaceAll('://', ':\u200b//');
}

/** A code span that ends where it should, whatever is in it; also in a table. */
function code(text: string | null): string {
  if (text === null || text === '') return '';
  const { text: head, cutFrom } = shown(text, CELL_CHARACTERS);
  const line = shownLine(head, Number.POSITIVE_INFINITY).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 || line.startsWith(' ') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}${cutFrom === null ? '' : ` … (${formatCount(cutFrom)} characters)`}`;
}
