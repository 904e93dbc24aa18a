import type { CompareResult, ThroughputResult } from '../results/results.ts';
import type { Comparison } from './compare.ts';

/** One of two compared loads, with the name of the folder that it lies in. */
export interface NamedLoad {
  readonly label: string;
  readonly load: ThroughputResult;
}

/** Makes compare.json: the comparison, and of each load what is needed to see it. Pure. */
export function compareResult(comparison: Comparison, a: NamedLoad, b: NamedLoad): CompareResult {
  const { verdict, differences, cautions, isWorseBeyondTolerance, tolerance } = comparison;
  return {
    schemaVersion: 1,
    verdict,
    holds: !isWorseBeyondTolerance,
    toleranceRatio: tolerance,
    differences,
    cautions,
    sides: { a: side(a), b: side(b) },
  };
}

function side({ label, load }: NamedLoad): CompareResult['sides']['a'] {
  const total = (of: (point: ThroughputResult['series'][number]) => number) =>
    load.series.reduce((sum, point) => sum + of(point), 0);
  return {
    label,
    target: load.environment.target,
    startedAt: load.environment.startedAt,
    mode: load.mode,
    valid: load.valid,
    seconds: load.seconds,
    warmUpSeconds: load.warmUpSeconds ?? 0,
    requests: load.requests,
    offeredPerSecond: load.offeredPerSecond,
    acceptedPerSecond: load.acceptedPerSecond,
    limited: total((point) => point.limited),
    failed: total((point) => point.failed),
    series: load.series.map(({ second, seconds, accepted, p50, p95, p99 }) => ({
      second,
      ...(seconds === undefined ? {} : { seconds }),
      accepted,
      p50,
      p95,
      p99,
    })),
  };
}
