import { type Operation, successStatuses } from '../../contracts/lib/operation.ts';
import type { LatencyMs, ThroughputSummary } from './lines.ts';
import {
  acceptedLatency,
  CREATED_ID,
  DROPPED,
  MEASURED_REQUESTS,
  START_LAG,
  STOPPED,
  statusLatency,
  statusRequests,
  VIOLATIONS,
} from './metric-names.ts';

/** Reads what k6 gives to `handleSummary`. Pure. */

/** The statistics of a Trend that the script asks k6 for. */
export const SUMMARY_STATS = ['min', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max', 'count'];

/** Value of one statistic of a metric; null where the metric had no sample. */
function statistic(data: unknown, metric: string, name: string): number | null {
  let value: unknown = data;
  for (const key of ['metrics', metric, 'values', name]) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'number' ? value : null;
}

function latencyMs(data: unknown, metric: string): LatencyMs | null {
  const [min, p50, p90, p95, p99, p999, max, count] = SUMMARY_STATS.map((name) => statistic(data, metric, name) ?? 0);
  if (!count) return null;
  return {
    min: min ?? 0,
    p50: p50 ?? 0,
    p90: p90 ?? 0,
    p95: p95 ?? 0,
    p99: p99 ?? 0,
    p999: p999 ?? 0,
    max: max ?? 0,
  };
}

export function parseSummary(data: unknown, operation: Operation): ThroughputSummary {
  const byStatusMs: Record<string, LatencyMs> = {};
  for (const status of Object.keys(operation.responses)) {
    const latency = latencyMs(data, statusLatency(Number(status)));
    if (latency !== null) byStatusMs[status] = latency;
  }
  const first = statistic(data, CREATED_ID, 'min');
  const last = statistic(data, CREATED_ID, 'max');
  const startLagMs = latencyMs(data, START_LAG);
  return {
    acceptedMs: latencyMs(data, acceptedLatency(successStatuses(operation))),
    byStatusMs,
    startLagMs,
    dropped: statistic(data, DROPPED, 'count') ?? 0,
    violations: statistic(data, VIOLATIONS, 'count') ?? 0,
    createdIds: first === null || last === null ? null : { first, last },
  };
}

/** What a plain `k6 run` prints at its end. */
export function summaryText(data: unknown, operation: Operation, warmUpSeconds: number): string {
  const count = (metric: string) => statistic(data, metric, 'count') ?? 0;
  const known = Object.keys(operation.responses).map(
    (status) => [status, count(statusRequests(Number(status)))] as const,
  );
  const requests = count(MEASURED_REQUESTS);
  const lost = count(statusRequests(0));
  const others = known.reduce((left, [, answers]) => left - answers, requests - lost);
  const statuses = [
    ...known,
    ['other statuses', others] as const,
    ['no answer', lost] as const,
    ['not sent', count(STOPPED)] as const,
  ].filter(([, answers]) => answers !== 0);
  const { acceptedMs, violations, dropped } = parseSummary(data, operation);
  const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;
  return [
    '',
    `requests   ${requests}${warmUpSeconds > 0 ? ` after a warm-up of ${warmUpSeconds} s` : ''}: ${statuses.map(([status, answers]) => `${answers} × ${status}`).join(', ') || 'none answered'}`,
    acceptedMs === null
      ? 'latency    nothing was accepted after the warm-up'
      : `latency    p50 ${milliseconds(acceptedMs.p50)}, p95 ${milliseconds(acceptedMs.p95)}, p99 ${milliseconds(acceptedMs.p99)} of accepted answers after the warm-up`,
    ...(dropped === 0
      ? []
      : [`dropped    ${dropped} arrivals that could not start in time; percentiles leave them out`]),
    `contract   ${violations === 0 ? 'every answer kept it' : `${violations} answers broke it`}`,
    '',
  ].join('\n');
}
