import { html, type Markup, raw, scriptJson } from './html.ts';
import { formatDecimal } from './numbers.ts';

/**
 * A small writer of charts as SVG: scales, axes, lines and steps. Drawn when the page is built, so that a page needs no
 * script to show them; colours and shapes are classes of the page's style. Lengths are units of the view box.
 */

export const WIDTH = 960;
export const MARGIN = { top: 14, right: 16, bottom: 38, left: 84 } as const;
const PLOT_RIGHT = WIDTH - MARGIN.right;

/** From a value to a place. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

/** Round ticks (1, 2, 2.5 or 5 × a power of ten apart) from `low` to `high`, about `count` of them. */
export function roundTicks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Values from `low` to `high` across the plot. */
export function horizontalScale(low: number, high: number): Scale {
  const span = high > low ? high - low : 1;
  const place = (value: number) => MARGIN.left + ((value - low) / span) * (PLOT_RIGHT - MARGIN.left);
  return Object.assign(place, { ticks: roundTicks(low, low + span, 8) });
}

/** Steps of a time axis, s: what a clock has. Below two minutes plain numbers do. */
const TIME_STEPS = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Seconds from `low` to `high` across the plot, with ticks at full minutes or hours where it is long. */
export function timeScale(low: number, high: number): Scale {
  const plain = horizontalScale(low, high);
  const step = TIME_STEPS.find((seconds) => (high - low) / seconds <= 9);
  if (high - low < 120 || step === undefined) return plain;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Object.assign((value: number) => plain(value), {
    ticks: Array.from({ length: count }, (_, index) => (first + index) * step),
  });
}

/** 75 → "1:15"; below two minutes "75 s". */
export function timeTick(seconds: number): string {
  if (Math.abs(seconds) < 120) return `${formatDecimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const pair = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:${pair(Math.floor((whole % 3600) / 60))}` : Math.floor(whole / 60)}:${pair(whole % 60)}`;
}

/** Values from 0 to `high` or a little more, from `bottom` up to `top`. */
export function verticalScale(high: number, top: number, bottom: number): Scale {
  const most = high > 0 ? high : 1;
  const ticks = roundTicks(0, most * 1.08, 4);
  const end = Math.max(most * 1.08, ticks.at(-1) ?? most);
  return Object.assign((value: number) => bottom - (value / end) * (bottom - top), { ticks });
}

/** The same with ticks at whole numbers, for what is counted. */
export function countScale(high: number, top: number, bottom: number): Scale {
  const scale = verticalScale(high, top, bottom);
  return Object.assign((value: number) => scale(value), { ticks: scale.ticks.filter(Number.isInteger) });
}

/** Positive values by their order of magnitude. */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const start = Math.log10(low);
  const span = high > low ? Math.log10(high) - start : 1;
  const ticks: number[] = [];
  const decades = Math.ceil(span);
  const factors = decades <= 2 ? [1, 2, 5] : decades <= 4 ? [1, 3] : [1];
  for (let power = Math.floor(start); power <= Math.ceil(start + span); power += 1)
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(6));
      if (tick >= low * 0.999 && tick <= 10 ** (start + span) * 1.001) ticks.push(tick);
    }
  return Object.assign((value: number) => from + ((Math.log10(Math.max(value, low)) - start) / span) * (to - from), {
    ticks,
  });
}

/** A place with two decimals at most. */
export function at(place: number): string {
  return String(Math.round(place * 100) / 100);
}

/** Text of a path through these points; null lifts the pen. */
export function linePath(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let path = '';
  let isDown = false;
  for (const point of points) {
    if (point === null) {
      isDown = false;
      continue;
    }
    path += `${isDown ? 'L' : 'M'}${at(point[0])} ${at(point[1])}`;
    isDown = true;
  }
  return path;
}

export function horizontalAxis(scale: Scale, y: number, format: (tick: number) => string, label: string): Markup {
  return html`<g class="axis">${scale.ticks.map(
    (tick) =>
      html`<line class="tick" x1="${at(scale(tick))}" x2="${at(scale(tick))}" y1="${at(y)}" y2="${at(y + 4)}"/><text x="${at(scale(tick))}" y="${at(y + 17)}" text-anchor="middle">${format(tick)}</text>`,
  )}<line class="base" x1="${MARGIN.left}" x2="${PLOT_RIGHT}" y1="${at(y)}" y2="${at(y)}"/><text class="unit" x="${PLOT_RIGHT}" y="${at(y + 31)}" text-anchor="end">${label}</text></g>`;
}

export function verticalAxis(scale: Scale, format: (tick: number) => string): Markup {
  return html`<g class="axis">${scale.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${MARGIN.left}" x2="${PLOT_RIGHT}" y1="${at(scale(tick))}" y2="${at(scale(tick))}"/><text x="${MARGIN.left - 8}" y="${at(scale(tick) + 4)}" text-anchor="end">${format(tick)}</text>`,
  )}</g>`;
}

/**
 * Rows of tags that would run into one another on one row: for each place (ascending) the row it goes to; where none is
 * free, the one with the most room.
 */
export function tagRows(places: readonly number[], apart: number, rows: number): number[] {
  const ends = new Array<number>(rows).fill(Number.NEGATIVE_INFINITY);
  return places.map((place) => {
    const free = ends.findIndex((end) => place - end >= apart);
    const row = free === -1 ? ends.indexOf(Math.min(...ends)) : free;
    ends[row] = place;
    return row;
  });
}

/** What a pointer or the arrow keys read off a chart: for each stop its place, its label and a text a series. */
export interface Readings {
  readonly names: readonly string[];
  readonly stops: readonly { readonly x: number; readonly label: string; readonly values: readonly string[] }[];
}

export interface ChartKey {
  readonly name: string;
  /** Class of its marks. */
  readonly kind: string;
  readonly shape: 'line' | 'dashed' | 'dotted' | 'dot' | 'cross' | 'triangle' | 'area';
}

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (Markup | string)[])[];
  /** Said under the table where rows are left out; null: all are there. */
  readonly more: string | null;
}

/** A chart with its title, key, description for screen readers, readings, and the table that says the same. */
export function figure(chart: {
  readonly id: string;
  readonly title: string;
  /** One sentence that says what is to be seen. */
  readonly description: string;
  readonly height: number;
  readonly keys: readonly ChartKey[];
  readonly drawing: Markup;
  readonly readings: Readings | null;
  /** null: the section has one that says the same. */
  readonly table: ChartTable | null;
  readonly note: string | null;
}): Markup {
  const { id, table } = chart;
  return html`<figure class="chart" id="${id}">
<figcaption><span class="chart-title">${chart.title}</span><span class="keys">${chart.keys.map(key)}</span></figcaption>
<div class="plot" role="region" aria-label="${chart.title}" tabindex="0"><svg viewBox="0 0 ${WIDTH} ${chart.height}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${chart.title}</title><desc id="${id}-desc">${chart.description}</desc>${chart.drawing}<line class="cursor" x1="0" x2="0" y1="${MARGIN.top}" y2="${chart.height - MARGIN.bottom}"/></svg></div>
${chart.readings && html`<script type="application/json" class="readings">${scriptJson(chart.readings)}</script>`}
${chart.note && html`<p class="note">${chart.note}</p>`}
${table && html`<details class="twin"><summary>The same as a table</summary>${dataTable(table, chart.title)}</details>`}
</figure>`;
}

/** A table of numbers; the first column is a heading. */
export function dataTable(table: ChartTable, caption: string): Markup {
  return html`<div class="scroll" role="region" aria-label="${caption}, table" tabindex="0"><table class="numbers"><caption class="unseen">${caption}</caption><thead><tr>${table.head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${table.rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`,
  )}</tbody></table></div>${table.more && html`<p class="note">${table.more}</p>`}`;
}

function key({ name, kind, shape }: ChartKey): Markup {
  return html`<span class="key"><svg viewBox="0 0 22 12" aria-hidden="true"><g class="${kind}">${raw(KEY_SHAPE[shape])}</g></svg>${name}</span>`;
}

const KEY_SHAPE: Readonly<Record<ChartKey['shape'], string>> = {
  line: '<path class="line" d="M1 6H21"/>',
  dashed: '<path class="line dashed" d="M1 6H21"/>',
  dotted: '<path class="line dotted" d="M1 6H21"/>',
  dot: '<circle class="dot" cx="11" cy="6" r="4.5"/>',
  cross: '<path class="stroke" d="M7 2l8 8M15 2l-8 8"/>',
  triangle: '<path class="dot" d="M11 1l5 9H6z"/>',
  area: '<path class="area" d="M1 1H21V11H1z"/>',
};
