import type { LimitsResult, ThroughputResult } from '../results/results.ts';
import { html, type Markup } from './html.ts';
import {
  counted,
  formatCount,
  formatDecimal,
  formatMs,
  formatRate,
  formatSeconds,
  formatShare,
  formatShort,
} from './numbers.ts';
import {
  at,
  type ChartKey,
  figure,
  horizontalAxis,
  linePath,
  logScale,
  MARGIN,
  type Scale,
  stepPath,
  tagRows,
  timeScale,
  verticalAxis,
  verticalScale,
  WIDTH,
} from './svg.ts';
import { type DrawnSeries, drawnSeries, type Interval } from './throughput-model.ts';

/** The charts of the report. */

/** Most intervals of a drawn series: about four units of the plot each. */
const MAX_INTERVALS = 240;

interface Line {
  readonly name: string;
  readonly kind: string;
  readonly shape: 'line' | 'dashed' | 'dotted';
  readonly of: (interval: Interval) => number | null;
}

/** Offered, accepted, limited and failed rate over time. */
export function rateChart(load: ThroughputResult): Markup {
  const drawn = drawnSeries(load.series, MAX_INTERVALS);
  const hasOffered = drawn.intervals.some((interval) => interval.offeredPerSecond !== null);
  const lines: Line[] = [
    ...(hasOffered
      ? [
          {
            name: 'offered',
            kind: 'offered',
            shape: 'dashed',
            of: (interval: Interval) => interval.offeredPerSecond,
          } as const,
        ]
      : []),
    { name: 'accepted', kind: 'accepted', shape: 'line', of: (interval) => interval.acceptedPerSecond },
    { name: 'limited', kind: 'limited', shape: 'dotted', of: (interval) => interval.limitedPerSecond },
    { name: 'failed', kind: 'failed', shape: 'line', of: (interval) => interval.failedPerSecond },
    ...(load.droppedIterations > 0
      ? [
          {
            name: 'dropped by the generator',
            kind: 'dropped',
            shape: 'dashed',
            of: (interval: Interval) => interval.droppedPerSecond,
          } as const,
        ]
      : []),
  ];
  return lineChart({
    id: 'rates',
    title: 'Requests per second over time',
    description: `${formatRate(load.offeredPerSecond)} requests/s were offered and ${formatRate(load.acceptedPerSecond)} accepted, on average over ${formatSeconds(load.seconds)}.`,
    drawn,
    lines,
    format: formatRate,
    averaging: 'the mean',
    isLog: false,
    markWarmUp: load.warmUpSeconds ?? 0,
  });
}

/** Percentiles of accepted answers over time. */
export function latencyChart(load: ThroughputResult): Markup {
  const drawn = drawnSeries(load.series, MAX_INTERVALS);
  const values = drawn.intervals
    .flatMap(({ p50, p99 }) => [p50, p99])
    .filter((value) => value !== null && value > 0) as number[];
  const isLog = values.length > 0 && Math.max(...values) > 30 * Math.min(...values);
  return lineChart({
    id: 'latencies',
    title: `Latency of accepted requests over time${isLog ? ', log scale' : ''}`,
    description:
      load.latencyMs === null
        ? 'No request was accepted.'
        : `Half were answered within ${formatMs(load.latencyMs.p50)}, 95 % within ${formatMs(load.latencyMs.p95)}, 99 % within ${formatMs(load.latencyMs.p99)}.`,
    drawn,
    lines: [
      { name: 'p99', kind: 'p99', shape: 'dotted', of: (interval) => interval.p99 },
      { name: 'p95', kind: 'p95', shape: 'dashed', of: (interval) => interval.p95 },
      { name: 'p50', kind: 'p50', shape: 'line', of: (interval) => interval.p50 },
    ],
    format: formatMs,
    averaging: 'the highest',
    isLog,
    markWarmUp: load.warmUpSeconds ?? 0,
  });
}

function lineChart(chart: {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly drawn: DrawnSeries;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly averaging: string;
  readonly isLog: boolean;
  readonly markWarmUp: number;
}): Markup {
  const { drawn, lines, format } = chart;
  const height = 250;
  const bottom = height - MARGIN.bottom;
  const { intervals, intervalSeconds } = drawn;
  const first = intervals[0]?.second ?? 0;
  const last = intervals.at(-1)?.second ?? 1;
  const x = timeScale(first, last);
  const values = intervals
    .flatMap((interval) => lines.map((line) => line.of(interval)))
    .filter((value) => value !== null);
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  const lowest = values.reduce(
    (least, value) => (value > 0 ? Math.min(least, value) : least),
    Number.POSITIVE_INFINITY,
  );
  const y: Scale = chart.isLog
    ? logScale(lowest * 0.8, highest * 1.2, bottom, MARGIN.top)
    : verticalScale(highest, MARGIN.top, bottom);
  const warmUpEnd = chart.markWarmUp > first ? x(Math.min(chart.markWarmUp, last)) : MARGIN.left;
  const drawing = html`${warmUpEnd > MARGIN.left && html`<rect class="warm-up" x="${MARGIN.left}" y="${MARGIN.top}" width="${at(warmUpEnd - MARGIN.left)}" height="${bottom - MARGIN.top}"/><text class="unit" x="${MARGIN.left + 6}" y="${MARGIN.top + 14}">warm-up</text>`}${verticalAxis(y, format)}${horizontalAxis(x, bottom, timeTick, 'time since the start')}${lines.map(
    (line) => {
      const points = intervals.map((interval) => {
        const value = line.of(interval);
        return value === null ? null : ([x(interval.second), y(value)] as const);
      });
      const isSingle = points.filter((point) => point !== null).length === 1;
      return html`<g class="${line.kind}"><path class="line ${line.shape === 'line' ? '' : line.shape}" d="${linePath(points)}"/>${isSingle && points.map((point) => point && html`<circle class="dot" cx="${at(point[0])}" cy="${at(point[1])}" r="3"/>`)}</g>`;
    },
  )}`;
  const cells = (interval: Interval) =>
    lines.map((line) => {
      const value = line.of(interval);
      return value === null ? '–' : format(value);
    });
  const rows = intervals.map((interval) => [timeTick(interval.second), ...cells(interval)]);
  const isMerged = intervalSeconds > 1;
  return figure({
    id: chart.id,
    title: chart.title,
    description: chart.description,
    height,
    keys: lines.map(({ name, kind, shape }): ChartKey => ({ name, kind, shape })),
    drawing,
    readings: {
      names: lines.map((line) => line.name),
      stops: intervals.map((interval) => ({
        x: Math.round(x(interval.second) * 10) / 10,
        label: timeTick(interval.second),
        values: cells(interval),
      })),
    },
    table: { head: ['time', ...lines.map((line) => line.name)], rows, more: null },
    note: isMerged
      ? `Each point stands for ${formatDecimal(intervalSeconds)} s and shows ${chart.averaging} of it; throughput.json has every second.`
      : null,
  });
}

/** 75 → "1:15"; below two minutes "75 s". */
function timeTick(seconds: number): string {
  if (Math.abs(seconds) < 120) return `${formatDecimal(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const pair = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:${pair(Math.floor((whole % 3600) / 60))}` : Math.floor(whole / 60)}:${pair(whole % 60)}`;
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
  const y = verticalScale(
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

const LANES = [
  { name: 'accepted', kind: 'accepted', shape: 'dot', holds: (outcome: string) => outcome === 'admitted' },
  { name: 'rejected', kind: 'limited', shape: 'cross', holds: (outcome: string) => outcome === 'rejected' },
  {
    name: 'other or lost',
    kind: 'failed',
    shape: 'triangle',
    holds: (outcome: string) => outcome === 'other' || outcome === 'lost',
  },
] as const;

/** Width of one bin of the timeline, in units of the view box. */
const BIN = 6;

/** When each model was refuted, by its tag on the timeline: 1, 2, 3 … in the order of the requests. */
export function refutationTags(limits: LimitsResult): ReadonlyMap<string, number> {
  const refuted = limits.evidence.models.filter((model) => model.refutedBy !== null);
  const ordered = [...refuted].sort((a, b) => (a.refutedBy ?? 0) - (b.refutedBy ?? 0));
  return new Map(ordered.map((model, index) => [model.name, index + 1]));
}

/** All requests over time by what became of them, the requests that refuted a model, and the quota of the best model. */
export function limitsTimeline(limits: LimitsResult): Markup | null {
  const { observations, quota } = limits.evidence;
  if (observations.length === 0) return null;
  const sentAt = new Map(observations.map((row) => [row[0], row[1]]));
  const end = observations.reduce((most, row) => Math.max(most, row[1]), 0.001);
  const lanes = LANES.filter((lane, index) => index < 2 || observations.some((row) => lane.holds(row[4])));
  const tags = refutationTags(limits);
  const flags = limits.evidence.models
    .flatMap((model) => {
      const seconds = model.refutedBy === null ? undefined : sentAt.get(model.refutedBy);
      return seconds === undefined ? [] : [{ tag: tags.get(model.name) ?? 0, title: model.title, seconds }];
    })
    .sort((a, b) => a.tag - b.tag);
  const x = timeScale(0, end);
  const flagRows = tagRows(
    flags.map(({ seconds }) => x(seconds)),
    19,
    5,
  );
  const flagHeight = flags.length === 0 ? 0 : (Math.max(...flagRows) + 1) * 18 + 6;
  const laneTop = MARGIN.top + flagHeight;
  const laneHeight = 44;
  const lanesBottom = laneTop + lanes.length * laneHeight;
  const quotaTop = lanesBottom + 22;
  const bottom = quota.length === 0 ? lanesBottom : quotaTop + 92;
  const bins = lanes.map((lane) =>
    binned(
      observations.filter((row) => lane.holds(row[4])).map((row) => row[1]),
      x,
    ),
  );
  const drawing = html`${flags.map(({ tag, title, seconds }, index) => {
    const place = x(seconds);
    const y = MARGIN.top + 2 + (flagRows[index] ?? 0) * 18;
    return html`<g class="flag"><line x1="${at(place)}" x2="${at(place)}" y1="${y + 8}" y2="${at(bottom)}"/><circle cx="${at(place)}" cy="${y + 6}" r="8"/><text x="${at(place)}" y="${y + 10}" text-anchor="middle">${tag}</text><title>refutes: ${title}</title></g>`;
  })}${lanes.map((lane, index) => {
    const y = laneTop + index * laneHeight + laneHeight / 2 + 6;
    return html`<g class="${lane.kind}"><line class="lane" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y)}" y2="${at(y)}"/><text class="lane-name" x="${MARGIN.left - 18}" y="${at(y + 4)}" text-anchor="end">${lane.name.replace(' or lost', '')}</text>${laneMarks(bins[index] ?? [], lane.shape, y)}</g>`;
  })}${quota.length > 0 && quotaDrawing(limits, x, quotaTop, bottom)}${horizontalAxis(x, bottom, timeTick, 'time since the first request')}`;
  const columns = new Map<number, { from: number; counts: number[] }>();
  for (const [lane, marks] of bins.entries())
    for (const mark of marks) {
      const column = columns.get(mark.bin) ?? { from: mark.from, counts: lanes.map(() => 0) };
      column.from = Math.min(column.from, mark.from);
      column.counts[lane] = mark.count;
      columns.set(mark.bin, column);
    }
  const stops = [...columns]
    .sort(([a], [b]) => a - b)
    .map(([bin, { from, counts }]) => ({
      x: MARGIN.left + (bin + 0.5) * BIN,
      label: formatSeconds(from),
      values: counts.map(formatCount),
    }));
  const names = lanes.map((lane) => lane.name);
  return figure({
    id: 'timeline',
    title: quota.length > 0 ? 'Every request, and the quota that the model says was left' : 'Every request',
    description: `${counted(limits.cost.accepted, 'request')} accepted and ${formatCount(limits.cost.rejected)} rejected in ${formatSeconds(limits.cost.seconds)}. A larger mark stands for more requests at the same time.`,
    height: bottom + MARGIN.bottom,
    keys: [
      ...lanes.map(({ name, kind, shape }): ChartKey => ({ name, kind, shape })),
      ...(quota.length > 0 ? [{ name: 'quota of the model', kind: 'quota', shape: 'area' } as const] : []),
    ],
    drawing,
    readings: { names, stops },
    table: { head: ['from', ...names], rows: stops.map(({ label, values }) => [label, ...values]), more: null },
    note: flags.length > 0 ? 'Numbers above the requests mark those that refuted a model in the table below.' : null,
  });
}

interface Mark {
  readonly bin: number;
  readonly x: number;
  /** Seconds of the first request in it. */
  readonly from: number;
  readonly count: number;
}

function binned(seconds: readonly number[], x: Scale): Mark[] {
  const bins = new Map<number, { sum: number; from: number; count: number }>();
  for (const second of seconds) {
    const place = x(second);
    const bin = Math.floor((place - MARGIN.left) / BIN);
    const known = bins.get(bin) ?? { sum: 0, from: second, count: 0 };
    bins.set(bin, { sum: known.sum + place, from: Math.min(known.from, second), count: known.count + 1 });
  }
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, { sum, from, count }]) => ({ bin, x: sum / count, from, count }));
}

/** Marks whose area grows with their count; counts of ten and more are written over them where there is room. */
function laneMarks(marks: readonly Mark[], shape: 'dot' | 'cross' | 'triangle', y: number): Markup[] {
  let labelEnd = Number.NEGATIVE_INFINITY;
  return marks.map(({ x, count }) => {
    const radius = Math.min(11, 2.2 + 0.8 * Math.sqrt(count));
    const text = formatCount(count);
    const hasLabel = count >= 10 && x - labelEnd > 4 + text.length * 4;
    if (hasLabel) labelEnd = x + text.length * 4;
    const place = at(x);
    const drawn =
      shape === 'dot'
        ? html`<circle class="dot" cx="${place}" cy="${at(y)}" r="${at(radius)}"/>`
        : shape === 'cross'
          ? html`<path class="stroke" d="M${at(x - radius * 0.8)} ${at(y - radius * 0.8)}l${at(radius * 1.6)} ${at(radius * 1.6)}m0 ${at(-radius * 1.6)}l${at(-radius * 1.6)} ${at(radius * 1.6)}"/>`
          : html`<path class="dot" d="M${place} ${at(y - radius)}l${at(radius)} ${at(radius * 1.8)}h${at(-2 * radius)}z"/>`;
    return html`${drawn}${hasLabel && html`<text class="count" x="${place}" y="${at(y - radius - 5)}" text-anchor="middle">${text}</text>`}`;
  });
}

const LINEAR_QUOTA: ReadonlySet<string> = new Set(['token-bucket', 'leaky-queue', 'sliding-counter']);

function quotaDrawing(limits: LimitsResult, x: Scale, top: number, bottom: number): Markup {
  const points = limits.evidence.quota;
  const y = verticalScale(
    points.reduce((most, point) => Math.max(most, point.remaining), 0),
    top,
    bottom,
  );
  const places = thinned(points.map((point) => [x(point.atSeconds), y(point.remaining)] as const));
  const last = places.at(-1);
  const isLinear = limits.limits.every(
    (tier) => LINEAR_QUOTA.has(tier.algorithm) && tier.refillIntervalSeconds === null,
  );
  const edge = isLinear ? linePath(places) : `${stepPath(places)}${last ? `H${WIDTH - MARGIN.right}` : ''}`;
  return html`${verticalAxis(y, formatCount)}<text class="lane-name" x="${MARGIN.left - 18}" y="${at(top - 8)}" text-anchor="end">quota</text><g class="quota"><path class="area" d="${edge}V${at(bottom)}H${at(places[0]?.[0] ?? MARGIN.left)}z"/><path class="line" d="${edge}"/></g>`;
}

/** Of points that fall on one unit of the view box, the first, lowest, highest and last, in their order. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const kept: (readonly [number, number])[] = [];
  for (let start = 0; start < points.length; ) {
    const column = Math.floor(points[start]?.[0] ?? 0);
    let end = start;
    let low = start;
    let high = start;
    while (end < points.length && Math.floor(points[end]?.[0] ?? 0) === column) {
      if ((points[end]?.[1] ?? 0) < (points[low]?.[1] ?? 0)) low = end;
      if ((points[end]?.[1] ?? 0) > (points[high]?.[1] ?? 0)) high = end;
      end += 1;
    }
    for (const index of [...new Set([start, low, high, end - 1])].sort((a, b) => a - b)) {
      const point = points[index];
      if (point) kept.push(point);
    }
    start = end;
  }
  return kept;
}
