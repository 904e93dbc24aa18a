import type { ThroughputResult } from '../results/results.ts';
import { formatDecimal, formatMs } from './numbers.ts';

/** A load run, made fit to be drawn. */

type SeriesPoint = ThroughputResult['series'][number];

/** One interval of a drawn series. Rates are means over the interval; percentiles its highest, so that no peak is lost. */
export interface Interval {
  /** Start, s after the start of the run. */
  readonly second: number;
  readonly offeredPerSecond: number | null;
  readonly acceptedPerSecond: number;
  readonly limitedPerSecond: number;
  readonly failedPerSecond: number;
  readonly droppedPerSecond: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface DrawnSeries {
  readonly intervals: readonly Interval[];
  /** Length of each, s. */
  readonly intervalSeconds: number;
}

/** The series in at most `maxIntervals` intervals of equal length. */
export function drawnSeries(series: ThroughputResult['series'], maxIntervals: number): DrawnSeries {
  const pointSeconds = spacing(series);
  const perInterval = Math.max(1, Math.ceil(series.length / maxIntervals));
  const intervals: Interval[] = [];
  for (let start = 0; start < series.length; start += perInterval) {
    const points = series.slice(start, start + perInterval);
    const seconds = points.length * pointSeconds;
    const rate = (of: (point: SeriesPoint) => number) => points.reduce((sum, point) => sum + of(point), 0) / seconds;
    intervals.push({
      second: points[0]?.second ?? 0,
      offeredPerSecond: points.every((point) => point.offered !== undefined)
        ? rate((point) => point.offered ?? 0)
        : null,
      acceptedPerSecond: rate((point) => point.accepted),
      limitedPerSecond: rate((point) => point.limited),
      failedPerSecond: rate((point) => point.failed),
      droppedPerSecond: rate((point) => point.dropped ?? 0),
      p50: highest(points.map((point) => point.p50)),
      p95: highest(points.map((point) => point.p95)),
      p99: highest(points.map((point) => point.p99)),
    });
  }
  return { intervals, intervalSeconds: perInterval * pointSeconds };
}

/** Seconds from one point to the next: the smallest step there is, since empty seconds may be left out. */
function spacing(series: ThroughputResult['series']): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const [index, point] of series.entries()) {
    const step = point.second - (series[index - 1]?.second ?? Number.NEGATIVE_INFINITY);
    if (step > 0 && step < smallest) smallest = step;
  }
  return Number.isFinite(smallest) ? smallest : 1;
}

function highest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (most, value) => (value !== null && (most === null || value > most) ? value : most),
    null,
  );
}

/** What an objective measured, in the unit of its expression: ("p95<300ms", 4.13) → "4.13 ms". */
export function objectiveValueText(expression: string, value: number | null): string {
  if (value === null) return 'nothing to measure';
  if (/ms\s*$/.test(expression)) return formatMs(value);
  if (/%\s*$/.test(expression)) return `${formatDecimal(value, 3)} %`;
  if (/\ds\s*$/.test(expression)) return `${formatDecimal(value, 3)} s`;
  return formatDecimal(value, 3);
}
