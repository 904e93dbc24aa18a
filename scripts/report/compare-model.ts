import type { CompareResult } from '../results/results.ts';
import { formatDecimal, formatMs, formatRate } from './numbers.ts';

/** What the report says about two loads side by side. */

export type MetricDifference = CompareResult['differences'][number];

/** How a metric is told: worse beyond the tolerance is a finding, worse within it is not. */
export type DifferenceState = 'worse' | 'tolerated' | 'better' | 'no-difference' | 'unknown';

export function differenceState(one: MetricDifference, toleranceRatio: number): DifferenceState {
  if (one.change === null) return 'unknown';
  if (one.verdict !== 'worse') return one.verdict;
  return lossOf(one) > toleranceRatio ? 'worse' : 'tolerated';
}

/** By which share B is worse than A; negative where it is better. */
function lossOf({ metric, change }: MetricDifference): number {
  return (metric === 'accepted' ? -1 : 1) * (change ?? 0);
}

/** The difference to be told first: the greatest loss, else the greatest gain that the data show; null where they show none. */
export function leadingDifference({ differences }: CompareResult): MetricDifference | null {
  const worse = differences.filter(({ verdict }) => verdict === 'worse').sort((a, b) => lossOf(b) - lossOf(a));
  const better = differences.filter(({ verdict }) => verdict === 'better').sort((a, b) => lossOf(a) - lossOf(b));
  return worse[0] ?? better[0] ?? null;
}

/** "accepted requests/s", "p95 latency". */
export function metricName(metric: MetricDifference['metric']): string {
  return metric === 'accepted' ? 'accepted requests/s' : `${metric} latency`;
}

export function metricValue(metric: MetricDifference['metric'], value: number | null): string {
  if (value === null) return '–';
  return metric === 'accepted' ? formatRate(value) : formatMs(value);
}

/** A change as people write it: 0.1234 → "+12.3 %"; a true minus sign. */
export function changeText(change: number | null): string {
  if (change === null) return '–';
  const text = formatDecimal(Math.abs(change) * 100, 1);
  return `${text === '0' ? '±' : change > 0 ? '+' : '−'}${text} %`;
}

/** "−21.2 % to −18.9 %" */
export function changeRangeText(range: MetricDifference['changeRange']): string {
  return range === null ? '–' : `${changeText(range[0])} to ${changeText(range[1])}`;
}
