import type { ThroughputResult } from '../results/results.ts';
import { html, type Markup } from './html.ts';
import { counted, formatCount, formatMs, formatShort } from './numbers.ts';
import { at, countScale, figure, horizontalAxis, logScale, MARGIN, type Scale, verticalAxis, WIDTH } from './svg.ts';
import { statusKind, statusName } from './throughput-model.ts';

/** How long answers took, on a log scale: accepted ones with their percentiles, and below each other status on the same scale. */

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly buckets: readonly Bucket[];
}
type Bucket = NonNullable<ThroughputResult['histogram']>[number];

/** Statuses that have a row of their own: the most frequent. */
const MAX_OTHERS = 4;
const TOP = MARGIN.top + 36;
const FIRST_HEIGHT = 162;
const OTHER_HEIGHT = 58;
const GAP = 22;

export function histogramChart(load: ThroughputResult): Markup | null {
  const rows = histogramRows(load);
  if (rows.length === 0) return null;
  const others = rows.filter(({ kind }) => kind !== 'accepted');
  const buckets = rows.flatMap((row) => row.buckets);
  const low = buckets.reduce((least, { fromMs, toMs }) => Math.min(least, fromMs > 0 ? fromMs : toMs / 2), Infinity);
  const high = buckets.reduce((most, { toMs }) => Math.max(most, toMs), 0);
  const x = logScale(low, high, MARGIN.left, WIDTH - MARGIN.right);
  const places = rows.map((_, index) => {
    const top = index === 0 ? TOP : TOP + FIRST_HEIGHT + GAP + (index - 1) * (OTHER_HEIGHT + GAP);
    return { top, bottom: top + (index === 0 ? FIRST_HEIGHT : OTHER_HEIGHT) };
  });
  const bottom = places.at(-1)?.bottom ?? TOP;
  const drawing = html`${rows.map((row, index) => rowDrawing(row, x, places[index] ?? { top: 0, bottom: 0 }, others.length > 0))}${horizontalAxis(x, bottom, (tick) => formatMs(tick), 'latency, log scale')}${percentiles(load, x, TOP + FIRST_HEIGHT)}`;
  const bounds = [...new Set(buckets.map(({ fromMs }) => fromMs))].sort((a, b) => a - b);
  const stops = bounds.map((fromMs) => {
    const here = rows.map((row) => row.buckets.find((bucket) => bucket.fromMs === fromMs));
    const toMs = here.find((bucket) => bucket !== undefined)?.toMs ?? fromMs;
    return {
      x: Math.round(((x(fromMs) + x(toMs)) / 2) * 10) / 10,
      label: `${formatShort(fromMs)}–${formatMs(toMs)}`,
      values: here.map((bucket) => formatCount(bucket?.count ?? 0)),
    };
  });
  const names = rows.map(({ name }) => name);
  const { latencyMs } = load;
  return figure({
    id: 'histogram',
    title: others.length > 0 ? 'How long answers took, by status' : 'How long accepted requests took',
    description: [
      latencyMs === null
        ? 'No request was accepted.'
        : `Most accepted requests took around ${formatMs(latencyMs.p50)}; the longest ${formatMs(latencyMs.max)}.`,
      ...others.map(({ name, buckets: all }) => `${name}: ${counted(countOf(all), 'answer')}.`),
    ].join(' '),
    height: bottom + MARGIN.bottom,
    keys: [],
    drawing,
    readings: { names, stops },
    table: { head: ['latency', ...names], rows: stops.map(({ label, values }) => [label, ...values]), more: null },
    note: rows.length > 1 ? 'Each row counts on a scale of its own.' : null,
  });
}

function histogramRows({ histogram = [], histogramByStatus = {} }: ThroughputResult): Row[] {
  const filled = (buckets: readonly Bucket[]) => buckets.filter(({ count, toMs }) => count > 0 && toMs > 0);
  const others = Object.entries(histogramByStatus)
    .filter(([status]) => statusKind(status) !== 'accepted')
    .map(([status, buckets]): Row => ({ name: statusName(status), kind: statusKind(status), buckets: filled(buckets) }))
    .filter(({ buckets }) => buckets.length > 0)
    .sort((a, b) => countOf(b.buckets) - countOf(a.buckets));
  const accepted: Row = { name: 'accepted', kind: 'accepted', buckets: filled(histogram) };
  return [...(accepted.buckets.length > 0 ? [accepted] : []), ...others.slice(0, MAX_OTHERS)];
}

function countOf(buckets: readonly Bucket[]): number {
  return buckets.reduce((sum, { count }) => sum + count, 0);
}

function rowDrawing(
  { name, kind, buckets }: Row,
  x: Scale,
  place: { top: number; bottom: number },
  isNamed: boolean,
): Markup {
  const { top, bottom } = place;
  const y = countScale(
    buckets.reduce((most, { count }) => Math.max(most, count), 0),
    top,
    bottom,
  );
  // A low row has no room for more than the ends of its scale.
  const ticks = bottom - top < FIRST_HEIGHT ? [0, y.ticks.at(-1) ?? 0] : y.ticks;
  return html`${verticalAxis(
    Object.assign((value: number) => y(value), { ticks: [...new Set(ticks)] }),
    formatCount,
  )}${isNamed && html`<text class="lane-name" x="${WIDTH - MARGIN.right}" y="${at(top + 4)}" text-anchor="end">${name}</text>`}<g class="${kind}">${buckets.map(
    ({ fromMs, toMs, count }) => {
      const from = x(fromMs);
      return html`<rect class="bar" x="${at(from)}" y="${at(y(count))}" width="${at(Math.max(0.8, x(toMs) - from - 1))}" height="${at(bottom - y(count))}"/>`;
    },
  )}</g>`;
}

/** Room for the label of a percentile, and where labels stand to the left of their lines. */
const LABEL_WIDTH = 110;
const LABEL_TURNS = WIDTH - MARGIN.right - LABEL_WIDTH;

/** The percentiles of accepted answers as lines through their row. */
function percentiles({ latencyMs, histogram = [] }: ThroughputResult, x: Scale, bottom: number): Markup | null {
  if (latencyMs === null || histogram.length === 0) return null;
  const marks = (['p50', 'p95', 'p99'] as const)
    .map((name) => ({ name, ms: latencyMs[name], place: x(latencyMs[name]) }))
    .filter(({ place }) => place >= MARGIN.left && place <= WIDTH - MARGIN.right);
  const isCrowded = marks.some(
    ({ place }, index) => place > LABEL_TURNS || place - (marks[index - 1]?.place ?? -LABEL_WIDTH) < LABEL_WIDTH,
  );
  return html`${marks.map(({ name, ms, place }, index) => {
    const isRight = place > LABEL_TURNS;
    const labelY = MARGIN.top + 2 + (isCrowded ? index * 14 : 0);
    return html`<g class="${name}"><path class="line ${name === 'p95' ? 'dashed' : name === 'p99' ? 'dotted' : ''}" d="M${at(place)} ${labelY - 8}V${bottom}"/><text x="${at(place + (isRight ? -6 : 6))}" y="${labelY}"${isRight ? html` text-anchor="end"` : ''}>${name} ${formatMs(ms)}</text></g>`;
  })}`;
}
