import { UserError } from '../../contracts/lib/user-error.ts';
import { DROPPED, VIOLATIONS } from './metric-names.ts';

/**
 * What a load is to meet, as text: `p95<300ms`, `max<2s`, `failed<0.1%`, `limited<1%`, `dropped<1%`, `violations=0`,
 * `accepted>100/s`. Latencies are those of accepted answers after the warm-up; failed are answers that are neither
 * accepted nor a limiter's, and requests without an answer; shares are of all requests, of dropped of all arrivals. Pure.
 */

const LATENCIES = ['min', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
const SHARES = ['failed', 'limited', 'dropped', 'violations'] as const;

export type LatencyName = (typeof LATENCIES)[number];
export type ShareName = (typeof SHARES)[number];

export type Objective = {
  /** As it was written. */
  readonly expression: string;
  readonly comparison: '<' | '<=' | '>' | '>=' | '=';
  /** In the unit of the expression. */
  readonly limit: number;
} & (
  | { readonly kind: 'latency'; readonly name: LatencyName; readonly unitMs: number }
  | { readonly kind: 'share'; readonly name: ShareName }
  | { readonly kind: 'count'; readonly name: ShareName }
  | { readonly kind: 'accepted' }
);

/** What an objective is measured by. Shares are 0 to 1. */
export interface Measured {
  /** null: nothing was accepted. */
  readonly latencyMs: Readonly<Record<LatencyName, number>> | null;
  readonly counts: Readonly<Record<ShareName, number>>;
  readonly requests: number;
  readonly acceptedPerSecond: number;
}

const EXPRESSION = /^([a-z]+\d*)\s*(<=|>=|<|>|=)\s*(\d+(?:\.\d+)?)\s*(ms|s|%|\/s)?$/;

/** Parses objectives separated by commas; throws UserError for one that is none. */
export function parseObjectives(text: string): Objective[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseObjective);
}

function parseObjective(expression: string): Objective {
  const [, name = '', comparison = '', number = '', unit = ''] = EXPRESSION.exec(expression) ?? [];
  const common = { expression, comparison: comparison as Objective['comparison'], limit: Number(number) };
  if (isOneOf(LATENCIES, name) && (unit === 'ms' || unit === 's') && comparison !== '=')
    return { ...common, kind: 'latency', name, unitMs: unit === 's' ? 1000 : 1 };
  if (isOneOf(SHARES, name) && unit === '%') return { ...common, kind: 'share', name };
  if (isOneOf(SHARES, name) && unit === '') return { ...common, kind: 'count', name };
  if (name === 'accepted' && unit === '/s') return { ...common, kind: 'accepted' };
  throw new UserError(`the objective ${expression.slice(0, 60)} is not understood`, {
    why: `it is none of ${LATENCIES.join(', ')} with ms or s, ${SHARES.join(', ')} with % or a count, accepted with /s`,
    fix: 'write it like p95<300ms, failed<0.1%, violations=0 or accepted>100/s',
  });
}

/** The value in the expression's unit, and whether it holds; without a value it does not. */
export function weigh(objective: Objective, measured: Measured): { value: number | null; holds: boolean } {
  const value = measuredValue(objective, measured);
  if (value === null) return { value, holds: false };
  const { comparison, limit } = objective;
  const holds =
    comparison === '='
      ? value === limit
      : comparison.startsWith('<')
        ? value < limit || (comparison === '<=' && value === limit)
        : value > limit || (comparison === '>=' && value === limit);
  return { value, holds };
}

function measuredValue(
  objective: Objective,
  { latencyMs, counts, requests, acceptedPerSecond }: Measured,
): number | null {
  if (objective.kind === 'latency') return latencyMs === null ? null : latencyMs[objective.name] / objective.unitMs;
  if (objective.kind === 'accepted') return acceptedPerSecond;
  const count = counts[objective.name];
  if (objective.kind === 'count') return count;
  const all = requests + (objective.name === 'dropped' ? counts.dropped : 0);
  return all === 0 ? null : (100 * count) / all;
}

/** Statistics of a k6 Trend by our names. */
const K6_STATISTICS: Readonly<Record<LatencyName, string>> = {
  min: 'min',
  p50: 'med',
  p90: 'p(90)',
  p95: 'p(95)',
  p99: 'p(99)',
  p999: 'p(99.9)',
  max: 'max',
};

/**
 * Objectives as thresholds of k6, so that its own summary and outputs show them; those that k6 has no metric for are
 * left out. The contract is always one: a plain `k6 run` that found it broken does not end with 0. `acceptedLatency`
 * is the metric of the latency of accepted answers.
 */
export function k6Thresholds(objectives: readonly Objective[], acceptedLatency: string): Record<string, string[]> {
  const thresholds: Record<string, string[]> = { [VIOLATIONS]: ['count==0'] };
  const add = (metric: string, threshold: string) => {
    thresholds[metric] = [...(thresholds[metric] ?? []), threshold];
  };
  for (const objective of objectives) {
    const { comparison, limit } = objective;
    const operator = comparison === '=' ? '==' : comparison;
    if (objective.kind === 'latency')
      add(acceptedLatency, `${K6_STATISTICS[objective.name]}${operator}${limit * objective.unitMs}`);
    else if (objective.kind === 'share' && objective.name === 'failed')
      add('http_req_failed', `rate${operator}${limit / 100}`);
    else if (objective.kind === 'count' && objective.name === 'dropped') add(DROPPED, `count${operator}${limit}`);
  }
  return thresholds;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
