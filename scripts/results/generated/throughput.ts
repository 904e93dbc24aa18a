/** Made from throughput.schema.json by result-types.test.ts; not to be edited. */

/**
 * Latency of accepted answers in buckets that grow with the latency, by a factor of 2^(1/8); empty ones are left out.
 */
export type Histogram = HistogramBucket[];
export type Histogram1 = HistogramBucket[];

/**
 * throughput.json: what load an endpoint bears, with responses held to the contract.
 */
export interface ThroughputResult {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * open: requests start at a rate, whatever the answers do. closed: a fixed number of users, each waiting for its answer. The others are shapes of the open one.
   */
  mode: "open" | "closed" | "breakpoint" | "spike" | "soak";
  /**
   * The figures say something about the server; false when the generator was the bottleneck, or nothing was answered.
   */
  valid: boolean;
  /**
   * Why not, when not.
   */
  invalidBecause: string | null;
  /**
   * The run was interrupted, or its generator was killed: the figures are of the time until then.
   */
  partial?: boolean;
  /**
   * What kept the rate from rising: the server's limiter, its capacity, or neither was reached (null).
   */
  bound: "limiter" | "capacity" | null;
  /**
   * The limit that bound it, in words; null where none did, or it is not known.
   */
  boundBy?: string | null;
  /**
   * Of a load that was merged: how many generators there were; left out where there was one.
   */
  generators?: number;
  generator?: Generator;
  /**
   * Time measured, warm-up left out, s.
   */
  seconds: number;
  /**
   * Time at the start that the figures leave out, s.
   */
  warmUpSeconds?: number;
  /**
   * Requests sent in the time measured.
   */
  requests: number;
  /**
   * Rate that was to be sent; in the closed model, the rate that was sent.
   */
  offeredPerSecond: number;
  /**
   * Rate that was sent.
   */
  requestsPerSecond: number;
  /**
   * Rate of answers with a success status.
   */
  acceptedPerSecond: number;
  /**
   * Requests by status of their answer; "0": no answer.
   */
  byStatus: {
    /**
     * Requests.
     */
    [k: string]: number;
  };
  /**
   * Of accepted answers, warm-up left out; null without any.
   */
  latencyMs: LatencyMs | null;
  /**
   * The same by status.
   */
  latencyMsByStatus: {
    [k: string]: LatencyMs;
  };
  histogram?: Histogram;
  /**
   * The same of each status that came; "0": the time until a request without an answer was given up.
   */
  histogramByStatus?: {
    [k: string]: Histogram1;
  };
  /**
   * Arrivals that the generator could not start in time; percentiles leave them out.
   */
  droppedIterations: number;
  /**
   * Requests that had no answer yet when the load was ended, and are in no other number; null where the generator was killed and could not tell.
   */
  unfinished?: number | null;
  /**
   * Answers held to the contract.
   */
  contract: {
    /**
     * Answers that were checked.
     */
    checked: number;
    /**
     * Answers that broke a rule.
     */
    violations: number;
    /**
     * Answers by the rule they broke; one answer may break several.
     */
    byRule: {
      /**
       * Answers.
       */
      [k: string]: number;
    };
    /**
     * The first answers that broke each rule.
     */
    examples: ViolationExample[];
  };
  /**
   * What the load was to meet.
   */
  objectives: Objective[];
  /**
   * Where the load became too much; null where it was not looked for.
   */
  breakpoint: {
    /**
     * Highest rate that met the objectives.
     */
    requestsPerSecond: number;
    /**
     * What failed above it.
     */
    because: string;
    /**
     * Steps in the order they were run.
     */
    steps?: BreakpointStep[];
  } | null;
  /**
   * Second by second, warm-up included.
   */
  series: SeriesPoint[];
  /**
   * Things created on the server by this run.
   */
  created?: number;
  /**
   * Most virtual users at once.
   */
  vus?: number;
  environment: Environment;
}
/**
 * How well the generator itself did.
 */
export interface Generator {
  /**
   * Processor time of k6 as a share of all processors, 0 to 1; null where the system does not tell.
   */
  cpuShare: number | null;
  /**
   * Most memory that k6 held; null where the system does not tell.
   */
  peakMemoryBytes?: number | null;
  /**
   * By how much requests of a steady rate started after their time, 95th percentile, ms; null where it is not known: another mode, or dropped arrivals.
   */
  startLagP95Ms: number | null;
  /**
   * The same, the most, ms.
   */
  startLagMaxMs: number | null;
}
/**
 * Latency of answers, ms, from sending to the last byte.
 */
export interface LatencyMs {
  /**
   * Shortest, ms.
   */
  min: number;
  /**
   * Median, ms.
   */
  p50: number;
  /**
   * 90th percentile, ms.
   */
  p90: number;
  /**
   * 95th percentile, ms.
   */
  p95: number;
  /**
   * 99th percentile, ms.
   */
  p99: number;
  /**
   * 99.9th percentile, ms.
   */
  p999: number;
  /**
   * Longest, ms.
   */
  max: number;
}
export interface HistogramBucket {
  /**
   * Lower bound, left out of the bucket, ms.
   */
  fromMs: number;
  /**
   * Upper bound, ms.
   */
  toMs: number;
  /**
   * Answers.
   */
  count: number;
}
export interface ViolationExample {
  /**
   * The rule that broke.
   */
  rule: string;
  /**
   * Status of the answer; null without one.
   */
  status?: number | null;
  /**
   * JSON pointer to the field at fault.
   */
  pointer?: string | null;
  /**
   * What the contract promises, as text.
   */
  expected?: string | null;
  /**
   * What came, as text; cut when long.
   */
  received?: string | null;
  /**
   * When, s after the start.
   */
  atSeconds?: number;
}
export interface Objective {
  /**
   * What was asked for: "p95<300ms".
   */
  expression: string;
  /**
   * What was measured, in the expression's unit; null: nothing to measure.
   */
  value: number | null;
  /**
   * It was met.
   */
  holds: boolean;
}
export interface BreakpointStep {
  /**
   * Rate of this step.
   */
  requestsPerSecond: number;
  /**
   * Rate of accepted answers.
   */
  acceptedPerSecond: number;
  /**
   * 95th percentile, ms.
   */
  p95: number | null;
  /**
   * Median, ms.
   */
  p50?: number | null;
  /**
   * 99th percentile, ms.
   */
  p99?: number | null;
  /**
   * Requests that were measured.
   */
  requests?: number;
  /**
   * Answers with the limit's status.
   */
  limited?: number;
  /**
   * Other answers, and requests without one.
   */
  failed?: number;
  /**
   * Arrivals that the generator could not start in time.
   */
  dropped?: number;
  /**
   * It met the objectives.
   */
  holds: boolean;
  /**
   * What failed.
   */
  because: string | null;
}
export interface SeriesPoint {
  /**
   * Start of the interval, s after the start.
   */
  second: number;
  /**
   * Length of the interval, s; left out where it is 1.
   */
  seconds?: number;
  /**
   * Requests sent.
   */
  requests: number;
  /**
   * Answers with a success status.
   */
  accepted: number;
  /**
   * Answers with the limit's status.
   */
  limited: number;
  /**
   * Other answers, and requests without one.
   */
  failed: number;
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
   * Requests that were to be sent.
   */
  offered?: number;
  /**
   * Arrivals that the generator could not start in time.
   */
  dropped?: number;
  /**
   * Requests by status of their answer; "0": no answer.
   */
  byStatus?: {
    /**
     * Requests.
     */
    [k: string]: number;
  };
  /**
   * Accepted answers by latency, so that loads can be merged: pairs of n and a count, where the latency lies above 2^((n-1)/8) and up to 2^(n/8) seconds (a native histogram of Prometheus, schema 3).
   */
  buckets?: [number, number][];
}
/**
 * Where, when and with what the run was made.
 */
export interface Environment {
  /**
   * Version of assay.
   */
  assay: string;
  /**
   * Version of Node.js.
   */
  node: string;
  /**
   * Version of k6; null where k6 was not used.
   */
  k6?: string | null;
  /**
   * Version of Playwright; null where it was not used.
   */
  playwright?: string | null;
  /**
   * Name of the contract.
   */
  contract?: string;
  /**
   * Method of the operation.
   */
  method?: string;
  /**
   * Path of the operation, appended to the target.
   */
  path?: string;
  /**
   * Base URL of the server under test.
   */
  target: string;
  /**
   * The target was assay's own reference API.
   */
  embedded?: boolean;
  /**
   * When the run started.
   */
  startedAt: string;
  /**
   * How long the run took, s.
   */
  seconds?: number;
  /**
   * Which part of a divided run this is: a shard of the contract suite, a segment of a load; null or absent where it is all of it.
   */
  part?: {
    /**
     * Of this part, from 1.
     */
    number: number;
    /**
     * How many parts there are.
     */
    of: number;
  } | null;
  /**
   * Seed of every random choice; the same seed makes the same choices. Null where none was used.
   */
  seed: number | string | null;
}
