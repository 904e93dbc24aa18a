import type { Violation } from '../validation/response-check.ts';

/** What the throughput script says to `assay`, line by line. */
export type ThroughputLine =
  | {
      readonly kind: 'start';
      /** Unix milliseconds at which the first requests are about to start. */
      readonly atMs: number;
    }
  | {
      readonly kind: 'created';
      readonly id: string | number | null;
      /** The operation that created it, where it is one that gives an input. */
      readonly operation?: string;
    }
  | ({ readonly kind: 'violation'; readonly status: number; readonly atMs: number } & Violation)
  | { readonly kind: 'summary'; readonly summary: ThroughputSummary };

/** What only k6's end-of-test summary knows: exact values, of which what it pushes has none. */
export interface ThroughputSummary {
  /** Of accepted answers after the warm-up; null without any. */
  readonly acceptedMs: LatencyMs | null;
  readonly byStatusMs: Readonly<Record<string, LatencyMs>>;
  /** By how much requests started after their time, as if no arrival was dropped; null where the rate is not steady. */
  readonly startLagMs: LatencyMs | null;
  /** Of the whole run, warm-up included: arrivals that could not start in time, and answers that broke the contract. */
  readonly dropped: number;
  readonly violations: number;
  /** Lowest and highest id created; null where none is a number. */
  readonly createdIds: { readonly first: number; readonly last: number } | null;
}

export interface LatencyMs {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}
