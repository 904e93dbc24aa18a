/** Made from compare.schema.json by result-types.test.ts; not to be edited. */

/**
 * compare.json: two loads side by side, and whether the second is worse.
 */
export interface CompareResult {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * worse: the data show that some metric of B is worse than that of A. better: some is better, none worse. no-difference: the data show neither.
   */
  verdict: "better" | "worse" | "no-difference";
  /**
   * False where some metric of B is worse beyond the tolerance.
   */
  holds: boolean;
  /**
   * What is worse by at most this share is not held against B: 0.05 for 5 %.
   */
  toleranceRatio: number;
  /**
   * One entry a metric.
   */
  differences: MetricDifference[];
  /**
   * What makes the two hard to compare.
   */
  cautions: string[];
  /**
   * The two loads.
   */
  sides: {
    a: ComparedLoad;
    b: ComparedLoad;
  };
}
export interface MetricDifference {
  /**
   * accepted: answers with a success status a second. Percentiles: latency of these, ms.
   */
  metric: "accepted" | "p50" | "p95" | "p99";
  /**
   * Geometric mean over the seconds of A; null without enough of them.
   */
  a: number | null;
  /**
   * The same of B.
   */
  b: number | null;
  /**
   * (b - a) / a; null without enough seconds.
   */
  change: number | null;
  /**
   * Lowest and highest change that fit the data: the intervals of all metrics hold together in 95 of 100 comparisons.
   */
  changeRange: [number, number] | null;
  /**
   * Of this metric: the interval lies on one side of zero, or it does not.
   */
  verdict: "better" | "worse" | "no-difference";
  /**
   * Why nothing could be said; null where something could.
   */
  because: string | null;
}
/**
 * What of a throughput.json the comparison shows.
 */
export interface ComparedLoad {
  /**
   * The folder, as it was named.
   */
  label: string;
  /**
   * Base URL of the server under test.
   */
  target: string;
  /**
   * When the load started.
   */
  startedAt: string;
  /**
   * As in throughput.json.
   */
  mode: "open" | "closed" | "breakpoint" | "spike" | "soak";
  /**
   * Its figures say something about the server.
   */
  valid: boolean;
  /**
   * Time measured, warm-up left out, s.
   */
  seconds: number;
  /**
   * Time at the start that the comparison leaves out, s.
   */
  warmUpSeconds: number;
  /**
   * Requests sent in the time measured.
   */
  requests: number;
  /**
   * Rate that was to be sent.
   */
  offeredPerSecond: number;
  /**
   * Rate of answers with a success status.
   */
  acceptedPerSecond: number;
  /**
   * Answers with the limit's status, warm-up included.
   */
  limited: number;
  /**
   * Other answers, and requests without one, warm-up included.
   */
  failed: number;
  /**
   * Second by second, warm-up included.
   */
  series: ComparedPoint[];
}
export interface ComparedPoint {
  /**
   * Start of the interval, s after the start.
   */
  second: number;
  /**
   * Length of the interval, s; left out where it is 1.
   */
  seconds?: number;
  /**
   * Answers with a success status.
   */
  accepted: number;
  /**
   * Median latency of accepted answers, ms; null without any.
   */
  p50: number | null;
  /**
   * 95th percentile, ms.
   */
  p95: number | null;
  /**
   * 99th percentile, ms.
   */
  p99: number | null;
}
