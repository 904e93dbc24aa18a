import type { ThroughputResult } from '../results/results.ts';
import { breakpointChart } from './breakpoint-chart.ts';
import { histogramChart } from './histogram-chart.ts';
import { html, type Markup } from './html.ts';
import type { Answer } from './model.ts';
import {
  agreeing,
  counted,
  formatCount,
  formatDecimal,
  formatDuration,
  formatMs,
  formatRate,
  formatShare,
} from './numbers.ts';
import { figureOf, line, mark, more, pair, plainTable, shareBar, tile, tiles, verdict } from './page-parts.ts';
import { latencyChart, rateChart } from './throughput-charts.ts';
import { objectiveValueText, statusKind, statusName } from './throughput-model.ts';

const MAX_RULES = 60;
const MODE: Readonly<Record<ThroughputResult['mode'], string>> = {
  open: 'Open model: requests start at a rate, whatever the answers do.',
  closed: 'Closed model: a fixed number of users, each waiting for its answer.',
  breakpoint: 'Search for the highest rate that meets the objectives.',
  spike: 'A sudden rise of the rate.',
  soak: 'The same rate for a long time.',
};

/** The load: figures, rates and latency over time, histogram, statuses, objectives, the contract under load. */
export function throughputSection(load: ThroughputResult, answer: Answer): Markup {
  const { latencyMs } = load;
  const latencyTile = (name: 'p50' | 'p95' | 'p99' | 'max', label: string) =>
    latencyMs && tile(label, figureOf('throughput', `/latencyMs/${name}`, latencyMs[name], formatMs));
  const failed = Object.entries(load.byStatus)
    .filter(([status]) => statusKind(status) === 'failed')
    .reduce((sum, [, count]) => sum + count, 0);
  return html`<section class="part" id="throughput" aria-labelledby="throughput-title">
<div class="head"><h2 id="throughput-title">Throughput</h2>${verdict(answer.tone, answer.word)}</div>
<p class="lead">${MODE[load.mode]}${load.partial === true && html` ${mark('open')} It was interrupted: the figures are of the time until then.`}${!load.valid && html` ${mark('open')} ${line(`Not valid: ${load.invalidBecause ?? 'no reason was given'}`)}`}</p>
${tiles([
  tile('accepted', html`${figureOf('throughput', '/acceptedPerSecond', load.acceptedPerSecond, formatRate)}/s`),
  tile(
    'offered',
    html`${figureOf('throughput', '/offeredPerSecond', load.offeredPerSecond, formatRate)}/s`,
    html`${figureOf('throughput', '/requestsPerSecond', load.requestsPerSecond, formatRate)}/s sent`,
  ),
  tile(
    'requests',
    figureOf('throughput', '/requests', load.requests, formatCount),
    html`in ${figureOf('throughput', '/seconds', load.seconds, formatDuration)}`,
  ),
  latencyTile('p50', 'median latency'),
  latencyTile('p95', 'p95 latency'),
  latencyTile('p99', 'p99 latency'),
  latencyTile('max', 'longest'),
  tile('failed', formatShare(failed, load.requests), `${counted(failed, 'request')}; 429s are counted apart`),
  tile(
    'contract broken by',
    figureOf('throughput', '/contract/violations', load.contract.violations, formatCount),
    html`of ${figureOf('throughput', '/contract/checked', load.contract.checked, formatCount)} checked`,
  ),
  load.generator && load.generator.cpuShare !== null
    ? tile(
        'generator',
        html`${figureOf('throughput', '/generator/cpuShare', load.generator.cpuShare, (share) => `${formatDecimal(share * 100, 1)} %`)}`,
        load.generator.startLagP95Ms === null
          ? 'of all processors, used by k6'
          : html`of all processors; started ${figureOf('throughput', '/generator/startLagP95Ms', load.generator.startLagP95Ms, formatMs)} late (p95)`,
      )
    : null,
  load.droppedIterations > 0
    ? tile(
        'dropped arrivals',
        figureOf('throughput', '/droppedIterations', load.droppedIterations, formatCount),
        'percentiles leave them out',
      )
    : null,
])}
${
  load.objectives.length > 0 &&
  html`<h3>Objectives</h3>${plainTable(
    'Objectives',
    ['Objective', 'Measured', ''],
    load.objectives.map((objective) => [
      html`<code>${line(objective.expression)}</code>`,
      objectiveValueText(objective.expression, objective.value),
      objective.holds ? html`${mark('good')} met` : html`${mark('bad')} missed`,
    ]),
    { numeric: [1], layout: 'narrow' },
  )}`
}
${load.series.length > 0 && html`${rateChart(load)}${latencyChart(load)}`}
${histogramChart(load)}
<h3>By status</h3>${statusTable(load)}
${breakpoint(load)}
${contractUnderLoad(load)}
</section>`;
}

function statusTable(load: ThroughputResult): Markup {
  const rows = Object.entries(load.byStatus)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_RULES)
    .map(([status, count]) => {
      const latency = load.latencyMsByStatus[status];
      return [
        html`<code>${line(statusName(status))}</code>`,
        html`<data value="${count}">${formatCount(count)}</data>`,
        formatShare(count, load.requests),
        shareBar(count / Math.max(1, load.requests), statusKind(status)),
        latency ? formatMs(latency.p50) : '–',
        latency ? formatMs(latency.p95) : '–',
        latency ? formatMs(latency.p99) : '–',
      ];
    });
  return plainTable('By status', ['Status', 'Responses', 'Share', '', 'p50', 'p95', 'p99'], rows, {
    numeric: [1, 2, 4, 5, 6],
  });
}

function breakpoint(load: ThroughputResult): Markup | null {
  const found = load.breakpoint;
  if (found === null) return null;
  const steps = found.steps ?? [];
  return html`<h3>Where it bends</h3><p>It met its objectives up to <strong>${figureOf('throughput', '/breakpoint/requestsPerSecond', found.requestsPerSecond, formatRate)} requests/s</strong>; above that: ${line(found.because)}.</p>${breakpointChart(
    found,
  )}${
    steps.length > 0 &&
    plainTable(
      'Steps',
      ['Offered', 'Accepted', 'p50', 'p95', 'p99', 'Limited', 'Failed', ''],
      steps
        .slice(0, MAX_RULES)
        .map((step) => [
          `${formatRate(step.requestsPerSecond)}/s`,
          `${formatRate(step.acceptedPerSecond)}/s`,
          ...[step.p50, step.p95, step.p99].map((ms) => (typeof ms === 'number' ? formatMs(ms) : '–')),
          ...[step.limited, step.failed].map((count) => (count === undefined ? '–' : formatCount(count))),
          step.holds ? html`${mark('good')} met` : html`${mark('bad')} missed: ${line(step.because ?? '')}`,
        ]),
      { numeric: [0, 1, 2, 3, 4, 5, 6] },
    )
  }`;
}

function contractUnderLoad(load: ThroughputResult): Markup {
  const { checked, violations, byRule, examples } = load.contract;
  const rules = Object.entries(byRule).sort(([, a], [, b]) => b - a);
  return html`<h3>The contract under load</h3>${
    violations === 0
      ? html`<p>${mark(checked > 0 ? 'good' : 'open')} ${checked > 0 ? `None of ${counted(checked, 'checked response')} broke a rule.` : 'No response was checked.'}</p>`
      : html`<p>${mark('bad')} ${counted(violations, 'response')} of ${formatCount(checked)} broke a rule.</p>${rules
          .slice(0, MAX_RULES)
          .map(([rule, count]) => {
            const example = examples.find((one) => one.rule === rule);
            return html`<article class="violation"><div class="title"><div>${line(rule)}</div><span><data value="${count}">${formatCount(count)}</data> ${agreeing(count, 'response', 'responses')}</span></div>${example && html`<p class="where">first${typeof example.status === 'number' && ` in a ${example.status}`}${example.pointer && html` at <code>${line(example.pointer)}</code>`}</p>${pair(example.expected, example.received)}`}</article>`;
          })}${more(rules.length - MAX_RULES, 'rules', 'throughput')}`
  }`;
}
