import type { CompareResult } from '../results/results.ts';
import {
  changeRangeText,
  changeText,
  differenceState,
  type MetricDifference,
  metricName,
  metricValue,
} from './compare-model.ts';
import { html, type Markup } from './html.ts';
import { type ChartLine, lineChart, MAX_INTERVALS } from './line-chart.ts';
import { formatMs, formatRate } from './numbers.ts';
import { at, figure, horizontalAxis, MARGIN, roundTicks, type Scale } from './svg.ts';
import { highest, intervalLength, type TimeBin, timeBins } from './throughput-model.ts';

/** The charts of two compared loads. */

type ComparedLoad = CompareResult['sides']['a'];
type ComparedPoint = ComparedLoad['series'][number];

export function compareRateChart(compare: CompareResult): Markup {
  const { a, b } = compare.sides;
  return overlay(compare, {
    id: 'compare-rates',
    title: 'Accepted requests per second, both loads over each other',
    description: `A had ${formatRate(a.acceptedPerSecond)} requests/s accepted on average, B ${formatRate(b.acceptedPerSecond)}.`,
    of: ({ points, seconds }) => points.reduce((sum, point) => sum + point.accepted, 0) / seconds,
    format: formatRate,
    shows: 'the mean',
    mayBeLog: false,
  });
}

export function compareLatencyChart(compare: CompareResult, name: 'p50' | 'p95' | 'p99'): Markup {
  const difference = compare.differences.find(({ metric }) => metric === name);
  return overlay(compare, {
    id: `compare-${name}`,
    title: `${name} of accepted requests, both loads over each other`,
    description:
      difference === undefined || difference.change === null
        ? 'Too few seconds to compare.'
        : `${metricValue(name, difference.a)} in A, ${metricValue(name, difference.b)} in B: ${changeText(difference.change)}.`,
    of: ({ points }) => highest(points.map((point) => point[name])),
    format: formatMs,
    shows: 'the highest',
    mayBeLog: true,
  });
}

function overlay(
  { sides: { a, b } }: CompareResult,
  chart: {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    readonly of: (bin: TimeBin<ComparedPoint>) => number | null;
    readonly format: (value: number) => string;
    readonly shows: string;
    readonly mayBeLog: boolean;
  },
): Markup {
  const { of, ...rest } = chart;
  const intervalSeconds = Math.max(intervalLength(a.series, MAX_INTERVALS), intervalLength(b.series, MAX_INTERVALS));
  const [binsA, binsB] = [a, b].map(({ series }) => timeBins(series, intervalSeconds));
  const longer = (binsA?.length ?? 0) > (binsB?.length ?? 0) ? binsA : binsB;
  const values = (bins: readonly TimeBin<ComparedPoint>[] | undefined): ChartLine['values'] =>
    (longer ?? []).map((_, index) => {
      const bin = bins?.[index];
      return bin === undefined ? null : of(bin);
    });
  return lineChart({
    ...rest,
    seconds: (longer ?? []).map(({ second }) => second),
    intervalSeconds,
    lines: [
      { name: 'A', kind: 'side-a', shape: 'dashed', values: values(binsA) },
      { name: 'B', kind: 'side-b', shape: 'line', values: values(binsB) },
    ],
    source: 'compare.json',
    warmUpSeconds: Math.max(a.warmUpSeconds, b.warmUpSeconds),
    levels: [],
  });
}

const ROW_HEIGHT = 40;
/** Where names of metrics end, and where the values of the changes begin. */
const NAMES_END = 196;
const VALUES_FROM = 800;

/** Each difference as a share of A, with the interval that it lies in, on one scale; the tolerance is shaded. */
export function intervalChart({ differences, toleranceRatio }: CompareResult): Markup | null {
  const known = differences.flatMap((one) => (one.changeRange === null ? [] : [{ ...one, range: one.changeRange }]));
  if (known.length === 0) return null;
  const low = Math.min(-toleranceRatio, ...known.map(({ range }) => range[0]));
  const high = Math.max(toleranceRatio, ...known.map(({ range }) => range[1]));
  const room = (high - low) * 0.06 || 0.01;
  const [from, to] = [low - room, high + room];
  const x: Scale = Object.assign(
    (change: number) => NAMES_END + 20 + ((change - from) / (to - from)) * (VALUES_FROM - 40 - NAMES_END),
    { ticks: roundTicks(from * 100, to * 100, 6).map((percent) => percent / 100) },
  );
  const top = MARGIN.top;
  const bottom = top + known.length * ROW_HEIGHT + 6;
  const drawing = html`<rect class="tolerance" x="${at(x(-toleranceRatio))}" y="${top}" width="${at(x(toleranceRatio) - x(-toleranceRatio))}" height="${bottom - top}"/>${horizontalAxis(x, bottom, changeText, 'change from A to B; shaded: the tolerance')}<line class="zero" x1="${at(x(0))}" x2="${at(x(0))}" y1="${top}" y2="${bottom}"/>${known.map(
    (one, index) => {
      const y = top + index * ROW_HEIGHT + ROW_HEIGHT / 2 + 3;
      const state = differenceState(one, toleranceRatio);
      return html`<g class="interval ${state}"><text class="lane-name" x="${NAMES_END}" y="${at(y + 4)}" text-anchor="end">${metricName(one.metric)}</text><path class="stroke" d="M${at(x(one.range[0]))} ${y}H${at(x(one.range[1]))}M${at(x(one.range[0]))} ${y - 6}v12M${at(x(one.range[1]))} ${y - 6}v12"/><circle class="dot" cx="${at(x(one.change ?? 0))}" cy="${y}" r="5"/><text class="lane-name" x="${VALUES_FROM}" y="${at(y + 4)}">${changeText(one.change)} ${WORD[one.verdict]}</text></g>`;
    },
  )}`;
  return figure({
    id: 'intervals',
    title: 'What changed, and how sure that is',
    description: known
      .map((one) => `${metricName(one.metric)}: ${changeText(one.change)}, ${changeRangeText(one.changeRange)}.`)
      .join(' '),
    height: bottom + MARGIN.bottom,
    keys: [],
    drawing,
    readings: null,
    table: null,
    note: null,
  });
}

const WORD: Readonly<Record<MetricDifference['verdict'], string>> = {
  better: 'better',
  worse: 'worse',
  'no-difference': '',
};
