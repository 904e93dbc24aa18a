import { html, type Markup } from './html.ts';
import { formatDecimal } from './numbers.ts';
import {
  at,
  type ChartKey,
  figure,
  horizontalAxis,
  linePath,
  logScale,
  MARGIN,
  type Scale,
  timeScale,
  timeTick,
  verticalAxis,
  verticalScale,
  WIDTH,
} from './svg.ts';

/** Lines over time: rates, latencies, two loads over each other. */

/** Most intervals of a drawn series: about four units of the plot each. */
export const MAX_INTERVALS = 240;

export interface ChartLine {
  readonly name: string;
  /** Class of its marks. */
  readonly kind: string;
  readonly shape: 'line' | 'dashed' | 'dotted';
  /** A value an interval; null: none there. */
  readonly values: readonly (number | null)[];
}

export interface LineChart {
  readonly id: string;
  readonly title: string;
  /** One sentence that says what is to be seen. */
  readonly description: string;
  /** Start of each interval, s. */
  readonly seconds: readonly number[];
  /** Length of each, s. */
  readonly intervalSeconds: number;
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  /** What a point shows of an interval of several seconds: "the mean". */
  readonly shows: string;
  /** The file that has every second. */
  readonly source: string;
  /** A log scale where the values spread over more than one. */
  readonly mayBeLog: boolean;
  /** End of the time at the start that figures leave out, s; 0: none. */
  readonly warmUpSeconds: number;
  /** Levels to be seen against the lines: what an objective asks for. */
  readonly levels: readonly { readonly label: string; readonly value: number }[];
}

const HEIGHT = 250;
/** From here on the highest value would leave nothing to see of the lowest. */
const LOG_FROM_RATIO = 30;

export function lineChart(chart: LineChart): Markup {
  const { seconds, intervalSeconds, lines, format } = chart;
  const bottom = HEIGHT - MARGIN.bottom;
  const first = seconds[0] ?? 0;
  const last = seconds.at(-1) ?? 1;
  const x = timeScale(first, last);
  const values = lines.flatMap((line) => line.values.filter((value) => value !== null));
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const positive = values.filter((value) => value > 0);
  const lowest = positive.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const isLog = chart.mayBeLog && positive.length > 0 && highest > LOG_FROM_RATIO * lowest;
  // A level far above all that was measured would press the lines flat: it is not drawn.
  const levels = chart.levels.filter(({ value }) => value > 0 && value <= highest * (isLog ? 10 : 2));
  const top = levels.reduce((most, { value }) => Math.max(most, value), highest);
  const y: Scale = isLog
    ? logScale(Math.min(lowest, ...levels.map(({ value }) => value)) * 0.8, top * 1.2, bottom, MARGIN.top)
    : verticalScale(top, MARGIN.top, bottom);
  const warmUpEnd = chart.warmUpSeconds > first ? x(Math.min(chart.warmUpSeconds, last)) : MARGIN.left;
  const drawing = html`${warmUpEnd > MARGIN.left && html`<rect class="warm-up" x="${MARGIN.left}" y="${MARGIN.top}" width="${at(warmUpEnd - MARGIN.left)}" height="${bottom - MARGIN.top}"/>`}${verticalAxis(y, format)}${horizontalAxis(x, bottom, timeTick, 'time since the start')}${levels.map(({ label, value }) => html`<g class="level"><line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y(value))}" y2="${at(y(value))}"/><text x="${WIDTH - MARGIN.right}" y="${at(y(value) - 5)}" text-anchor="end">${label}</text></g>`)}${lines.map(
    (line) => {
      const points = line.values.map((value, index) =>
        value === null ? null : ([x(seconds[index] ?? 0), y(value)] as const),
      );
      const isSingle = points.filter((point) => point !== null).length === 1;
      return html`<g class="${line.kind}"><path class="line ${line.shape === 'line' ? '' : line.shape}" d="${linePath(points)}"/>${isSingle && points.map((point) => point && html`<circle class="dot" cx="${at(point[0])}" cy="${at(point[1])}" r="3"/>`)}</g>`;
    },
  )}${warmUpEnd > MARGIN.left && html`<text class="unit" x="${MARGIN.left + 6}" y="${MARGIN.top + 14}">warm-up</text>`}`;
  const cells = (index: number) =>
    lines.map((line) => {
      const value = line.values[index] ?? null;
      return value === null ? '–' : format(value);
    });
  return figure({
    id: chart.id,
    title: `${chart.title}${isLog ? ', log scale' : ''}`,
    description: chart.description,
    height: HEIGHT,
    keys: lines.map(({ name, kind, shape }): ChartKey => ({ name, kind, shape })),
    drawing,
    readings: {
      names: lines.map((line) => line.name),
      stops: seconds.map((second, index) => ({
        x: Math.round(x(second) * 10) / 10,
        label: timeTick(second),
        values: cells(index),
      })),
    },
    table: {
      head: ['time', ...lines.map((line) => line.name)],
      rows: seconds.map((second, index) => [timeTick(second), ...cells(index)]),
      more: null,
    },
    note:
      intervalSeconds > 1
        ? `Each point stands for ${formatDecimal(intervalSeconds)} s and shows ${chart.shows} of it; ${chart.source} has every second.`
        : null,
  });
}
