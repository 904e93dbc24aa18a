import type { PastRun } from '../results/history.ts';
import { againstText, type HistoryModel, type Trend, trends } from './history-model.ts';
import { html, type Markup } from './html.ts';
import type { Tone } from './model.ts';
import { counted, formatCount, formatDecimal, formatMs, formatRate } from './numbers.ts';
import { line, mark, plainTable, timeText } from './page-parts.ts';
import { at, linePath } from './svg.ts';

/** The trend of the main figures over past runs. */
export function historySection(history: HistoryModel): Markup {
  const { runs, older, others } = history;
  const current = history.current ?? runs.length - 1;
  const drawn = trends(runs);
  const left = [
    ...(older > 0 ? [`${counted(older, 'older run')}`] : []),
    ...(others > 0 ? [`${counted(others, 'run')} of other targets`] : []),
  ];
  return html`<section class="part" id="history" aria-labelledby="history-title"><div class="head"><h2 id="history-title">Trend</h2></div>
<p class="lead">${counted(runs.length, 'run')} of ${line(history.subject)}${left.length > 0 && `; ${left.join(' and ')} in the same file`}.</p>
${drawn.length > 0 ? html`<div class="trends">${drawn.map((trend, index) => trendFigure(trend, runs, current, index))}</div>` : html`<p>One more run makes a trend.</p>`}
<details class="more"><summary>Run by run</summary>${plainTable(
    'Runs',
    ['Started', 'Contract', 'Limit', 'Accepted', 'p95', 'p99', 'assay'],
    runs.map((run, index) => tableRow(run, index === current)).reverse(),
    { numeric: [3, 4, 5], layout: 'stack' },
  )}</details>
</section>`;
}

const WIDTH = 460;
const HEIGHT = 96;
const PAD = { top: 12, right: 10, bottom: 10, left: 10 } as const;

/** One figure over the runs: its value now, what it was before, and a line whose ends are dated. */
function trendFigure(trend: Trend, runs: readonly PastRun[], current: number, index: number): Markup {
  const { values, format } = trend;
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = high - low || Math.abs(high) || 1;
  // A line that hardly moves is not blown up to fill the height: the scale spans at least a fifth of the value.
  const spread = Math.max(span, Math.abs(high) * 0.2);
  const middle = (low + high) / 2;
  const x = (run: number) => PAD.left + (run / Math.max(1, runs.length - 1)) * (WIDTH - PAD.left - PAD.right);
  const y = (value: number) => PAD.top + (0.5 - (value - middle) / spread) * (HEIGHT - PAD.top - PAD.bottom);
  const points = values.map((value, run) => (value === null ? null : ([x(run), y(value)] as const)));
  const now = values[current] ?? null;
  const id = `trend-${index}`;
  const first = runs[0]?.startedAt.slice(0, 10) ?? '';
  const last = runs.at(-1)?.startedAt.slice(0, 10) ?? '';
  return html`<figure class="trend ${trend.kind}"><figcaption><span class="chart-title">${trend.name}</span><span class="now">${now === null ? '–' : format(now)}</span><span class="note">${againstText(trend, current)}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${trend.name} over ${counted(runs.length, 'run')}</title><desc id="${id}-desc">Between ${format(low)} and ${format(high)}.</desc><path class="line" d="${linePath(points.filter((point) => point !== null))}"/>${points.map((point, run) => point && html`<circle class="${run === current ? 'dot now' : 'dot'}" cx="${at(point[0])}" cy="${at(point[1])}" r="${run === current ? 5 : 2.6}"><title>${(runs[run]?.startedAt ?? '').slice(0, 16).replace('T', ' ')}: ${format(values[run] ?? 0)}</title></circle>`)}</svg>
<p class="note"><span>${first}</span><span>${last}</span></p></figure>`;
}

const CONTRACT_TONE: Readonly<Record<NonNullable<PastRun['contract']>['verdict'], Tone>> = {
  holds: 'good',
  broken: 'bad',
  undecided: 'open',
};

function tableRow({ startedAt, contract, limits, throughput, assay }: PastRun, isCurrent: boolean) {
  return [
    html`${timeText(startedAt)}${isCurrent && html` <span class="note">this run</span>`}`,
    contract === null
      ? '–'
      : html`${mark(CONTRACT_TONE[contract.verdict])} ${contract.broken > 0 ? `${formatCount(contract.broken)} of ${formatCount(contract.cases)} broken` : contract.verdict}${typeof contract.coveragePercent === 'number' && `, coverage ${formatDecimal(contract.coveragePercent, 1)} %`}`,
    limits === null ? '–' : line(limits.summary),
    throughput === null
      ? '–'
      : html`${formatRate(throughput.acceptedPerSecond)}/s${!throughput.valid && html` ${mark('open')} not valid`}`,
    throughput === null || throughput.p95 === null ? '–' : formatMs(throughput.p95),
    throughput === null || throughput.p99 === null ? '–' : formatMs(throughput.p99),
    line(assay),
  ];
}
