import type { ThroughputResult } from '../results/results.ts';
import type { Markup } from './html.ts';
import { type ChartLine, lineChart, MAX_INTERVALS } from './line-chart.ts';
import { formatMs, formatRate, formatSeconds } from './numbers.ts';
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
