import { formatCount } from '../report/numbers.ts';
import type { ThroughputResult } from '../results/results.ts';

/** Most broken rules that are listed on the screen. */
const SHOWN_RULES = 5;

/** What `assay throughput` prints. */
export function summaryLines(result: ThroughputResult): string[] {
  const { latencyMs, contract } = result;
  const statuses = Object.entries(result.byStatus)
    .map(([status, count]) => `${formatCount(count)} × ${status === '0' ? 'no answer' : status}`)
    .join(', ');
  const rules = Object.entries(contract.byRule).sort(([, left], [, right]) => right - left);
  return [
    `requests   ${formatCount(result.requests)} in ${result.seconds} s, ${perSecond(result.requestsPerSecond)}${result.mode !== 'closed' ? ` of ${perSecond(result.offeredPerSecond)} offered` : ''}: ${statuses || 'none answered'}${warmUp(result)}`,
    `accepted   ${perSecond(result.acceptedPerSecond)}${boundText(result)}`,
    latencyMs === null
      ? 'latency    nothing was accepted'
      : `latency    p50 ${milliseconds(latencyMs.p50)}, p95 ${milliseconds(latencyMs.p95)}, p99 ${milliseconds(latencyMs.p99)}, max ${milliseconds(latencyMs.max)} (accepted answers)`,
    ...(result.droppedIterations === 0
      ? []
      : [
          `dropped    ${formatCount(result.droppedIterations)} arrivals that could not start in time; percentiles leave them out`,
        ]),
    contract.checked === 0
      ? 'contract   there was no answer to hold to it'
      : contract.violations === 0
        ? `contract   all ${formatCount(contract.checked)} answers kept it`
        : `contract   ${formatCount(contract.violations)} of ${formatCount(contract.checked)} answers broke it`,
    ...rules
      .slice(0, SHOWN_RULES)
      .map(([rule, count]) => `           ${formatCount(count)} × ${rule}${exampleText(result, rule)}`),
    ...(rules.length > SHOWN_RULES ? [`           and ${rules.length - SHOWN_RULES} more rules`] : []),
    ...result.objectives.map(
      ({ expression, value, holds }) =>
        `objective  ${expression}: ${holds ? 'holds' : 'missed'}, ${value ?? 'nothing measured'}`,
    ),
    ...(result.breakpoint === null
      ? []
      : [`breakpoint ${perSecond(result.breakpoint.requestsPerSecond)}; above it: ${result.breakpoint.because}`]),
    ...(result.valid ? [] : [`not valid  ${result.invalidBecause}`]),
  ];
}

function warmUp(result: ThroughputResult): string {
  return result.warmUpSeconds ? `, after a warm-up of ${result.warmUpSeconds} s` : '';
}

function boundText({ bound, boundBy = null }: ThroughputResult): string {
  if (bound === 'limiter')
    return `, limiter-bound: the target rejects what is more${boundBy === null ? '' : ` (${boundBy})`}`;
  return bound === 'capacity' ? ', capacity-bound: the target is not quicker' : '';
}

function exampleText(result: ThroughputResult, rule: string): string {
  const example = result.contract.examples.find((one) => one.rule === rule);
  return example === undefined ? '' : `: expected ${example.expected}, got ${example.received}`;
}

function perSecond(rate: number): string {
  return `${rate < 100 ? rate.toFixed(rate < 10 ? 2 : 1) : formatCount(rate)}/s`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}
