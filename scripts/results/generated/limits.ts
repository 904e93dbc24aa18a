/** Made from limits.schema.json by result-types.test.ts; not to be edited. */

/**
 * One request: number, sent at (s after the first request), received or given up at (s), status or null, outcome, kind, identity.
 *
 * @minItems 7
 * @maxItems 7
 */
export type ObservationRow = [
  number,
  number,
  number,
  number | null,
  "admitted" | "rejected" | "other" | "lost",
  "valid" | "invalid" | "unauthorized",
  "primary" | "second-key" | "second-address"
];

/**
 * limits.json: where an endpoint starts to reject, by which algorithm, and how that is known.
 */
export interface LimitsResult {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * exact: algorithm and numbers known, every rival refuted, a fresh round foretold. bounded: numbers within ranges. none: no rejection within the budget. inconclusive: no such statement can be made.
   */
  verdict: "exact" | "bounded" | "none" | "inconclusive";
  /**
   * The finding in one sentence.
   */
  summary: string;
  /**
   * Why it is not exact, when it is not.
   */
  reason: string | null;
  /**
   * Null: none was seen.
   */
  firstRejection: {
    /**
     * Number of the first request that was rejected, from 1.
     */
    requestNumber: number;
    /**
     * When it was sent, s after the first request.
     */
    atSeconds: number;
  } | null;
  /**
   * One entry a tier; all hold at once.
   */
  limits: Limit[];
  /**
   * An invalid request (400) uses up quota; null: not asked.
   */
  countsInvalid: boolean | null;
  /**
   * A request without a valid key (401) uses up quota; null: not asked.
   */
  countsUnauthorized: boolean | null;
  /**
   * What quota is counted by; null: not asked.
   */
  scope: "key" | "address" | "global" | null;
  /**
   * A ban longer than the window, s; null: none seen.
   */
  penaltySeconds: number | null;
  /**
   * More was accepted in some window than the limit allows, with many requests in flight; null: not seen.
   */
  overAdmission?: {
    /**
     * Requests accepted.
     */
    admitted: number;
    /**
     * Requests that the limit allows.
     */
    capacity: number;
  } | null;
  /**
   * Other findings in words, such as a rejecting status other than the contract's.
   */
  findings?: string[];
  /**
   * What the server says about its limit. It guides the search and proves nothing.
   */
  advertised: {
    /**
     * Headers about the limit, as they came, by lower-case name.
     */
    headers: {
      [k: string]: string;
    };
    /**
     * They agree with what was observed; null: nothing was advertised, or it cannot be compared.
     */
    agrees: boolean | null;
    /**
     * Each difference in words.
     */
    differences: string[];
  };
  /**
   * Null without an expectation.
   */
  expected: {
    /**
     * The expected limit: "120/60s".
     */
    limit: string;
    /**
     * The observed limit agrees; null: undecided, since the expectation lies within what is still possible.
     */
    agrees: boolean | null;
    /**
     * Each difference in words.
     */
    differences: string[];
  } | null;
  /**
   * What follows for a client; null: nothing can be said.
   */
  client: {
    /**
     * Largest burst from a fresh state.
     */
    burst: number;
    /**
     * Highest steady rate that is never rejected; null: not known, or no bound.
     */
    steadyPerSecond: number | null;
    /**
     * How long to wait after a rejection, s; null: not known.
     */
    waitAfterRejectionSeconds: number | null;
  } | null;
  /**
   * What finding it out took.
   */
  cost: {
    /**
     * Requests sent.
     */
    requests: number;
    /**
     * Those accepted.
     */
    accepted: number;
    /**
     * Those rejected.
     */
    rejected: number;
    /**
     * Time it took, s.
     */
    seconds: number;
  };
  /**
   * How it is known.
   */
  evidence: {
    /**
     * Every model that was considered.
     */
    models: Model[];
    /**
     * A fresh round that the best model predicted; null: none was made.
     */
    foretold: Foretold | null;
    /**
     * Quota left by the best model over time; empty without a model.
     */
    quota: {
      /**
       * Time, s after the first request.
       */
      atSeconds: number;
      /**
       * Requests that would have been accepted at once.
       */
      remaining: number;
    }[];
    /**
     * Every request, in the order of sending.
     */
    observations: ObservationRow[];
  };
  environment: Environment;
}
/**
 * One tier of a limit.
 */
export interface Limit {
  algorithm:
    "fixed-window" | "sliding-log" | "sliding-counter" | "token-bucket" | "leaky-queue" | "concurrency" | "unknown";
  /**
   * When a window starts: with the first request, or with the clock; null: no window, or not found out.
   */
  anchor: "first-request" | "clock" | null;
  /**
   * Requests accepted in one burst from a fresh state; for concurrency: in flight at once; for a tier that a burst never reaches: its own number.
   */
  capacity: number;
  /**
   * Lowest and highest capacity that is still possible; null: no upper bound.
   *
   * @minItems 2
   * @maxItems 2
   */
  capacityRange: [number, number | null];
  /**
   * Length of the window, s; null for a bucket, a queue and concurrency.
   */
  windowSeconds: number | null;
  windowSecondsRange: [number, number | null] | null;
  /**
   * Requests regained per second, for a bucket or a queue.
   */
  refillPerSecond: number | null;
  refillPerSecondRange: [number, number | null] | null;
  /**
   * Time between refills, where it refills in steps, s.
   */
  refillIntervalSeconds: number | null;
  /**
   * Rejected requests use up quota too; null: not found out, or makes no difference.
   */
  countsRejected: boolean | null;
  /**
   * The status that rejects.
   */
  status: number;
}
export interface Model {
  /**
   * Short stable name: "fixed-window/first-request".
   */
  name: string;
  /**
   * In words.
   */
  title: string;
  state: "surviving" | "refuted";
  /**
   * Number of the observation that no parameters of this model explain; null while it survives.
   */
  refutedBy: number | null;
  /**
   * What that observation shows, or what would separate a survivor from the others.
   */
  because: string;
  /**
   * Values that are still possible, by name; empty for refuted models.
   */
  parameters: {
    /**
     * Lowest and highest; null: no bound.
     *
     * @minItems 2
     * @maxItems 2
     */
    [k: string]: [number, number | null];
  };
}
export interface Foretold {
  /**
   * Names of the rivals that the round was chosen against.
   */
  against: string[];
  /**
   * Each request of the round.
   */
  round: {
    /**
     * Number of the request.
     */
    number: number;
    predicted: "admitted" | "rejected" | "either";
    seen: "admitted" | "rejected" | "other" | "lost";
  }[];
  /**
   * No prediction failed, and something was predicted.
   */
  holds: boolean;
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
