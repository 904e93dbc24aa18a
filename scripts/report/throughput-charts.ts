import type { ThroughputResult } from '../results/results.ts';
import { html, type Markup } from './html.ts';
import { type ChartLine, lineChart, MAX_INTERVALS } from './line-chart.ts';
import { formatCount, formatMs, formatRate, formatSeconds, formatShare, formatShort } from './numbers.ts';
import { at, countScale, figure, horizontalAxis, logScale, MARGIN, verticalAxis, WIDTH } from './svg.ts';
import { drawnSeries, type Interval } from './throughput-model.ts';

/** The charts of a load. */

/** Offered, accepted, limited and failed rate over time. */
export function rateChart(load: ThroughputResult): Markup {
  const { intervals, intervalSeconds } = drawnSeries(load.series, MAX_INTERVALS);
  const line = (
    name: string,
    kind: string,
    shape: ChartLine['shape'],
    of: (interval: Interval) => number | null,
  ): ChartLine => ({ name, kind, shape, values: intervals.map(of) });
  const hasOffered = intervals.some((interval) => interval.offeredPerSecond !== null);
  return lineChart({
    id: 'rates',
    title: 'Requests per second over time',
    description: `${formatRate(load.offeredPerSecond)} requests/s were offered and ${formatRate(load.acceptedPerSecond)} accepted, on average over ${formatSeconds(load.seconds)}.`,
    seconds: intervals.map(({ second }) => second),
    intervalSeconds,
    lines: [
      ...(hasOffered ? [line('offered', 'offered', 'dashed', (interval) => interval.offeredPerSecond)] : []),
      line('accepted', 'accepted', 'line', (interval) => interval.acceptedPerSecond),
      line('limited', 'limited', 'dotted', (interval) => interval.limitedPerSecond),
      line('failed', 'failed', 'line', (interval) => interval.failedPerSecond),
      ...(load.droppedIterations > 0
        ? [line('dropped by the generator', 'dropped', 'dashed', (interval) => interval.droppedPerSecond)]
        : []),
    ],
    format: formatRate,
    shows: 'the mean',
    source: 'throughput.json',
    mayBeLog: false,
    warmUpSeconds: load.warmUpSeconds ?? 0,
    levels: load.objectives.flatMap(({ expression }) => levelOf(expression, /^accepted\s*>=?\s*([\d.]+)\s*(\/s)$/)),
  });
}

/** Percentiles of accepted answers over time, with the latencies that the objectives ask for. */
export function latencyChart(load: ThroughputResult): Markup {
  const { intervals, intervalSeconds } = drawnSeries(load.series, MAX_INTERVALS);
  return lineChart({
    id: 'latencies',
    title: 'Latency of accepted requests over time',
    description:
      load.latencyMs === null
        ? 'No request was accepted.'
        : `Half were answered within ${formatMs(load.latencyMs.p50)}, 95 % within ${formatMs(load.latencyMs.p95)}, 99 % within ${formatMs(load.latencyMs.p99)}.`,
    seconds: intervals.map(({ second }) => second),
    intervalSeconds,
    lines: [
      { name: 'p99', kind: 'p99', shape: 'dotted', values: intervals.map(({ p99 }) => p99) },
      { name: 'p95', kind: 'p95', shape: 'dashed', values: intervals.map(({ p95 }) => p95) },
      { name: 'p50', kind: 'p50', shape: 'line', values: intervals.map(({ p50 }) => p50) },
    ],
    format: formatMs,
    shows: 'the highest',
    source: 'throughput.json',
    mayBeLog: true,
    warmUpSeconds: load.warmUpSeconds ?? 0,
    levels: load.objectives.flatMap(({ expression }) =>
      levelOf(expression, /^p(?:50|95|99)\s*<=?\s*([\d.]+)\s*(ms|s)$/),
    ),
  });
}

/** The level that an objective asks for, in the unit of the chart: "p95<0.3s" → 300; [] for another objective. */
function levelOf(expression: string, form: RegExp): { label: string; value: number }[] {
  const [, number, unit] = form.exec(expression.trim()) ?? [];
  if (number === undefined) return [];
  return [{ label: expression.trim(), value: Number(number) * (unit === 's' ? 1000 : 1) }];
}

/** Room for the label of a percentile, and where labels stand to the left of their lines. */
const LABEL_WIDTH = 110;
const LABEL_TURNS = WIDTH - MARGIN.right - LABEL_WIDTH;

/** Latency of accepted answers: buckets on a log scale, with the percentiles. */
export function histogramChart(load: ThroughputResult): Markup | null {
  const buckets = (load.histogram ?? []).filter((bucket) => bucket.count > 0 && bucket.toMs > 0);
  if (buckets.length === 0) return null;
  const height = 250;
  const top = MARGIN.top + 36;
  const bottom = height - MARGIN.bottom;
  const positive = buckets.map((bucket) => (bucket.fromMs > 0 ? bucket.fromMs : bucket.toMs / 2));
  const low = positive.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = buckets.reduce((most, bucket) => Math.max(most, bucket.toMs), 0);
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  const x = logScale(low, high, MARGIN.left, WIDTH - MARGIN.right);
  const y = countScale(
    buckets.reduce((most, bucket) => Math.max(most, bucket.count), 0),
    top,
    bottom,
  );
  const { latencyMs } = load;
  const marks =
    latencyMs === null
      ? []
      : (['p50', 'p95', 'p99'] as const)
          .map((name) => ({ name, ms: latencyMs[name] }))
          .filter(({ ms }) => ms >= low && ms <= high);
  const isCrowded = marks.some(
    ({ ms }, index) => x(ms) > LABEL_TURNS || (index > 0 && x(ms) - x(marks[index - 1]?.ms ?? 0) < LABEL_WIDTH),
  );
  const drawing = html`${verticalAxis(y, formatCount)}${horizontalAxis(x, bottom, (tick) => formatMs(tick), 'latency, log scale')}<g class="accepted">${buckets.map(
    (bucket) => {
      const from = x(bucket.fromMs);
      return html`<rect class="bar" x="${at(from)}" y="${at(y(bucket.count))}" width="${at(Math.max(0.8, x(bucket.toMs) - from - 1))}" height="${at(bottom - y(bucket.count))}"/>`;
    },
  )}</g>${marks.map(({ name, ms }, index) => {
    const isRight = x(ms) > LABEL_TURNS;
    const labelY = MARGIN.top + 2 + (isCrowded ? index * 14 : 0);
    return html`<g class="${name}"><path class="line ${name === 'p95' ? 'dashed' : name === 'p99' ? 'dotted' : ''}" d="M${at(x(ms))} ${labelY - 8}V${bottom}"/><text x="${at(x(ms) + (isRight ? -6 : 6))}" y="${labelY}"${isRight ? html` text-anchor="end"` : ''}>${name} ${formatMs(ms)}</text></g>`;
  })}`;
  return figure({
    id: 'histogram',
    title: 'How long accepted requests took',
    description:
      latencyMs === null
        ? 'No percentiles.'
        : `Most lie around ${formatMs(latencyMs.p50)}; the longest took ${formatMs(latencyMs.max)}.`,
    height,
    keys: [],
    drawing,
    readings: {
      names: ['requests', 'share'],
      stops: buckets.map((bucket) => ({
        x: Math.round(((x(bucket.fromMs) + x(bucket.toMs)) / 2) * 10) / 10,
        label: `${formatShort(bucket.fromMs)}–${formatMs(bucket.toMs)}`,
        values: [formatCount(bucket.count), formatShare(bucket.count, total)],
      })),
    },
    table: {
      head: ['latency', 'requests', 'share'],
      rows: buckets.map((bucket) => [
        `${formatShort(bucket.fromMs)}–${formatMs(bucket.toMs)}`,
        formatCount(bucket.count),
        formatShare(bucket.count, total),
      ]),
      more: null,
    },
    note: null,
  });
}
