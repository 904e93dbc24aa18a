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

/** Points of one interval of time. */
export interface TimeBin<P> {
  /** Start, s. */
  readonly second: number;
  /** How much of it the series covers, s: the last may be shorter. */
  readonly seconds: number;
  readonly points: readonly P[];
}

interface TimedPoint {
  readonly second: number;
  /** Length, s; 1 where it is left out. */
  readonly seconds?: number;
}

/** Length of an interval, s, of which at most `maxIntervals` cover the series: a whole number of its first point's. */
export function intervalLength(series: readonly TimedPoint[], maxIntervals: number): number {
  const pointSeconds = series[0]?.seconds ?? 1;
  const points = (endOf(series) - (series[0]?.second ?? 0)) / pointSeconds;
  return pointSeconds * Math.max(1, Math.ceil(points / maxIntervals - 1e-6));
}

/** The points of a series by intervals from its start; a rest at the end shorter than half an interval is left out. */
export function timeBins<P extends TimedPoint>(series: readonly P[], intervalSeconds: number): TimeBin<P>[] {
  const first = series[0]?.second ?? 0;
  const end = endOf(series);
  const count = Math.max(series.length > 0 ? 1 : 0, Math.round((end - first) / intervalSeconds));
  const bins = Array.from({ length: count }, (_, index) => {
    const second = first + index * intervalSeconds;
    return { second, seconds: Math.min(intervalSeconds, end - second), points: [] as P[] };
  });
  for (const point of series) bins[Math.floor((point.second - first) / intervalSeconds + 1e-6)]?.points.push(point);
  return bins;
}

function endOf(series: readonly TimedPoint[]): number {
  const last = series.at(-1);
  return last === undefined ? 0 : last.second + (last.seconds ?? 1);
}

/** The series in at most `maxIntervals` intervals of equal length. */
export function drawnSeries(series: ThroughputResult['series'], maxIntervals: number): DrawnSeries {
  const intervalSeconds = intervalLength(series, maxIntervals);
  const hasOffered = series.every((point) => point.offered !== undefined);
  const intervals = timeBins(series, intervalSeconds).map(({ second, seconds, points }): Interval => {
    const rate = (of: (point: SeriesPoint) => number) => points.reduce((sum, point) => sum + of(point), 0) / seconds;
    return {
      second,
      offeredPerSecond: hasOffered ? rate((point) => point.offered ?? 0) : null,
      acceptedPerSecond: rate((point) => point.accepted),
      limitedPerSecond: rate((point) => point.limited),
      failedPerSecond: rate((point) => point.failed),
      droppedPerSecond: rate((point) => point.dropped ?? 0),
      p50: highest(points.map((point) => point.p50)),
      p95: highest(points.map((point) => point.p95)),
      p99: highest(points.map((point) => point.p99)),
    };
  });
  return { intervals, intervalSeconds };
}

export function highest(values: readonly (number | null)[]): number | null {
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

/** What a status of an answer counts as; "0" is a request without one. */
export function statusKind(status: string): 'accepted' | 'limited' | 'failed' {
  if (/^2\d\d$/.test(status)) return 'accepted';
  return status === '429' ? 'limited' : 'failed';
}

export function statusName(status: string): string {
  return status === '0' ? 'no answer' : status;
}
