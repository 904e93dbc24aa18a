import type { LimitsResult } from '../results/results.ts';
import { html, type Markup } from './html.ts';
import { counted, formatCount, formatSeconds } from './numbers.ts';
import { type QuotaLine, quotaLines } from './quota-model.ts';
import {
  at,
  type ChartKey,
  countScale,
  figure,
  horizontalAxis,
  linePath,
  MARGIN,
  type Scale,
  tagRows,
  timeScale,
  timeTick,
  verticalAxis,
  WIDTH,
} from './svg.ts';

/** The requests that a limit was found with, drawn over time. */

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
  const sent = new Set(limits.evidence.observations.map(([number]) => number));
  const refuted = limits.evidence.models.filter(({ refutedBy }) => refutedBy !== null && sent.has(refutedBy));
  const ordered = [...refuted].sort((a, b) => (a.refutedBy ?? 0) - (b.refutedBy ?? 0));
  return new Map(ordered.map((model, index) => [model.name, index + 1]));
}

/** All requests over time by what became of them, the requests that refuted a model, and the quota of the best model. */
export function limitsTimeline(limits: LimitsResult): Markup | null {
  const { observations } = limits.evidence;
  const quota = quotaLines(limits);
  if (observations.length === 0) return null;
  const sentAt = new Map(observations.map((row) => [row[0], row[1]]));
  const end = observations.reduce((most, row) => Math.max(most, row[1], row[2]), 0.001);
  const lanes = LANES.filter((lane, index) => index < 2 || observations.some((row) => lane.holds(row[4])));
  const tags = refutationTags(limits);
  const flags = limits.evidence.models
    .flatMap((model) => {
      const seconds = model.refutedBy === null ? undefined : sentAt.get(model.refutedBy);
      const tag = tags.get(model.name);
      return seconds === undefined || tag === undefined ? [] : [{ tag, title: model.title, seconds }];
    })
    .sort((a, b) => a.tag - b.tag);
  const x = timeScale(0, end);
  const flagRows = tagRows(
    flags.map(({ seconds }) => x(seconds)),
    19,
    8,
  );
  const flagHeight = flags.length === 0 ? 0 : (Math.max(...flagRows) + 1) * 18 + 6;
  const laneTop = MARGIN.top + flagHeight;
  const laneHeight = 44;
  const lanesBottom = laneTop + lanes.length * laneHeight;
  const quotaTop = lanesBottom + 22;
  const stripHeight = quota.length > 1 ? 84 : 92;
  const bottom =
    quota.length === 0 ? lanesBottom : quotaTop + quota.length * stripHeight + (quota.length - 1) * STRIP_GAP;
  const bins = lanes.map((lane) =>
    binned(
      observations.filter((row) => lane.holds(row[4])).map((row) => row[1]),
      x,
    ),
  );
  const drawing = html`${flags.map(({ tag, title, seconds }, index) => {
    const place = x(seconds);
    const y = MARGIN.top + 2 + (flagRows[index] ?? 0) * 18;
    return html`<g class="flag"><line x1="${at(place)}" x2="${at(place)}" y1="${y + 8}" y2="${at(bottom)}"/><circle cx="${at(place)}" cy="${y + 6}" r="8"/><text${tag > 9 && html` class="two"`} x="${at(place)}" y="${y + 10}" text-anchor="middle">${tag}</text><title>refutes: ${title}</title></g>`;
  })}${lanes.map((lane, index) => {
    const y = laneTop + index * laneHeight + laneHeight / 2 + 6;
    return html`<g class="${lane.kind}"><line class="lane" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y)}" y2="${at(y)}"/><text class="lane-name" x="${MARGIN.left - 18}" y="${at(y + 4)}" text-anchor="end">${lane.name.replace(' or lost', '')}</text>${laneMarks(bins[index] ?? [], lane.shape, y)}</g>`;
  })}${quota.map((line, index) => {
    const top = quotaTop + index * (stripHeight + STRIP_GAP);
    return quotaStrip(line, end, x, top, top + stripHeight);
  })}${horizontalAxis(x, bottom, timeTick, 'time since the first request')}`;
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
  const notes = [
    ...(flags.length > 0 ? ['Numbers above the requests mark those that refuted a model in the table below.'] : []),
    ...(limits.limits.some(({ algorithm }) => algorithm === 'unknown')
      ? ['No quota is drawn, since the algorithm is not decided.']
      : limits.limits.length > 0 && quota.length === 0
        ? ['No quota is drawn: the numbers are not known narrowly enough for one that the answers agree with.']
        : []),
  ];
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
    note: notes.length > 0 ? notes.join(' ') : null,
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

/** Between the strips of two tiers. */
const STRIP_GAP = 24;

function quotaStrip({ label, points: all }: QuotaLine, end: number, x: Scale, top: number, bottom: number): Markup {
  const points = all.filter(([atSeconds]) => atSeconds <= end);
  const y = countScale(
    points.reduce((most, point) => Math.max(most, point[1]), 0),
    top,
    bottom,
  );
  const places = thinned(points.map(([atSeconds, remaining]) => [x(atSeconds), y(remaining)] as const));
  const last = places.at(-1);
  const edge = `${linePath(places)}${last ? `H${WIDTH - MARGIN.right}` : ''}`;
  return html`${verticalAxis(y, formatCount)}<text class="lane-name" x="${MARGIN.left - 18}" y="${at(top - 8)}" text-anchor="end">quota</text>${label !== '' && html`<text class="unit" x="${WIDTH - MARGIN.right}" y="${at(top - 8)}" text-anchor="end">${label}</text>`}<g class="quota"><path class="area" d="${edge}V${at(bottom)}H${at(places[0]?.[0] ?? MARGIN.left)}z"/><path class="line" d="${edge}"/></g>`;
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
