/** Made from history.schema.json by result-types.test.ts; not to be edited. */

/**
 * history.json: the main figures of past runs, oldest first.
 */
export interface History {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * Oldest first.
   */
  runs: PastRun[];
}
export interface PastRun {
  /**
   * When it started; names the run.
   */
  startedAt: string;
  /**
   * What was tested: operation and base URL, "embedded" for assay's own reference API. Runs of one subject make one trend.
   */
  subject: string;
  /**
   * Version of assay.
   */
  assay: string;
  /**
   * Null where this part was not run.
   */
  contract: PastContract | null;
  /**
   * Null where this part was not run.
   */
  limits: PastLimits | null;
  /**
   * Null where this part was not run.
   */
  throughput: PastThroughput | null;
}
export interface PastContract {
  verdict: "holds" | "broken" | "undecided";
  /**
   * Cases that were asserted or observed.
   */
  cases: number;
  /**
   * Cases that broke a rule and are not excused.
   */
  broken: number;
  /**
   * Rules and statuses that a case touched, %; null where it was not measured.
   */
  coveragePercent?: number | null;
}
export interface PastLimits {
  verdict: "exact" | "bounded" | "none" | "inconclusive";
  /**
   * The limit in words.
   */
  summary: string;
  /**
   * Of the first tier; null: not known, or no limit.
   */
  capacity: number | null;
  /**
   * Of the first tier, s.
   */
  windowSeconds: number | null;
  /**
   * Of the first tier.
   */
  refillPerSecond: number | null;
}
export interface PastThroughput {
  mode: "open" | "closed" | "breakpoint" | "spike" | "soak";
  /**
   * The figures say something about the server.
   */
  valid: boolean;
  /**
   * Rate that was to be sent.
   */
  offeredPerSecond: number;
  /**
   * Rate of answers with a success status; of a breakpoint, the highest rate that met the objectives.
   */
  acceptedPerSecond: number;
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
  /**
   * Responses that broke the contract under load.
   */
  violations: number;
}
