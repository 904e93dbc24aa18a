import type { CompareResult } from '../results/results.ts';
import { compareLatencyChart, compareRateChart, intervalChart } from './compare-charts.ts';
import {
  changeRangeText,
  changeText,
  type DifferenceState,
  differenceState,
  metricName,
  metricValue,
} from './compare-model.ts';
import { html, type Markup } from './html.ts';
import type { Answer, Tone } from './model.ts';
import { formatCount, formatDuration, formatRate } from './numbers.ts';
import { figureOf, line, mark, plainTable, timeText, verdict } from './page-parts.ts';

const MAX_CAUTIONS = 20;

const STATES: Readonly<Record<DifferenceState, { tone: Tone; word: string }>> = {
  worse: { tone: 'bad', word: 'worse' },
  tolerated: { tone: 'open', word: 'worse, within the tolerance' },
  better: { tone: 'good', word: 'better' },
  'no-difference': { tone: 'none', word: 'no difference that the data show' },
  unknown: { tone: 'none', word: 'not known' },
};

/** Two loads: how sure each difference is, and both over each other. */
export function compareSection(compare: CompareResult, answer: Answer): Markup {
  const { sides, cautions } = compare;
  return html`<section class="part" id="compare" aria-labelledby="compare-title">
<div class="head"><h2 id="compare-title">Compared loads</h2>${verdict(answer.tone, answer.word)}</div>
<p class="lead">A: <code>${line(sides.a.label)}</code>, ${timeText(sides.a.startedAt)}<br>B: <code>${line(sides.b.label)}</code>, ${timeText(sides.b.startedAt)}</p>
${cautions.slice(0, MAX_CAUTIONS).map((caution) => html`<p class="lead">${mark('open')} Hard to compare: ${line(caution)}</p>`)}
${intervalChart(compare)}
${plainTable(
  'Differences',
  ['', 'A', 'B', 'Change', '95 % confidence', ''],
  compare.differences.map((one, index) => {
    const at = (name: string) => `/differences/${index}/${name}`;
    const { tone, word } = STATES[differenceState(one, compare.toleranceRatio)];
    return [
      metricName(one.metric),
      figureOf('compare', at('a'), one.a, (value) => metricValue(one.metric, value)),
      figureOf('compare', at('b'), one.b, (value) => metricValue(one.metric, value)),
      changeText(one.change),
      changeRangeText(one.changeRange),
      html`${mark(tone)} ${word}${one.because !== null && html`<span class="note"> (${line(one.because)})</span>`}`,
    ];
  }),
  { numeric: [1, 2, 3, 4] },
)}
<p class="note">A and B are geometric means over the seconds after the warm-up. The intervals know the noise within each load; what differs from run to run is what the tolerance is for. All four together are meant to hold in 95 of 100 comparisons.</p>
${compareRateChart(compare)}
${compareLatencyChart(compare, 'p95')}
<details class="more"><summary>Median and p99 over each other</summary>${compareLatencyChart(compare, 'p50')}${compareLatencyChart(compare, 'p99')}</details>
<h3>The two loads</h3>${sidesTable(compare)}
</section>`;
}

function sidesTable({ sides }: CompareResult): Markup {
  type Side = CompareResult['sides']['a'];
  const row = (label: string, of: (side: Side, at: (name: string) => string) => Markup | string) => [
    label,
    of(sides.a, (name) => `/sides/a/${name}`),
    of(sides.b, (name) => `/sides/b/${name}`),
  ];
  const number = (label: string, name: NumberName, format: (value: number) => string) =>
    row(label, (side, at) => figureOf('compare', at(name), side[name], format));
  return plainTable(
    'The two loads',
    ['', 'A', 'B'],
    [
      row('target', ({ target }) => line(target)),
      row('mode', ({ mode }) => mode),
      row('figures valid', ({ valid }) => (valid ? 'yes' : html`${mark('open')} no`)),
      number('time measured', 'seconds', formatDuration),
      number('requests', 'requests', formatCount),
      number('offered, per second', 'offeredPerSecond', formatRate),
      number('accepted, per second', 'acceptedPerSecond', formatRate),
      number('limited', 'limited', formatCount),
      number('failed', 'failed', formatCount),
    ],
    { numeric: [1, 2], layout: 'narrow' },
  );
}

type NumberName = 'seconds' | 'requests' | 'offeredPerSecond' | 'acceptedPerSecond' | 'limited' | 'failed';
