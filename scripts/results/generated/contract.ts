/** Made from contract.schema.json by result-types.test.ts; not to be edited. */

/**
 * contract.json: whether an endpoint keeps its contract, case by case.
 */
export interface ContractResult {
  /**
   * Version of this format. A reader must refuse a higher one, and must ignore fields that it does not know.
   */
  schemaVersion: 1;
  /**
   * holds: every asserted case held. broken: at least one did not. undecided: too few cases got past authentication and limit to say.
   */
  verdict: "holds" | "broken" | "undecided";
  /**
   * Why the verdict is undecided, or which gate made it broken; null otherwise.
   */
  reason?: string | null;
  /**
   * Every case, in a stable order.
   */
  cases: ContractCase[];
  /**
   * Of the cases that have to get past authentication and limit, how many did.
   */
  reached: {
    /**
     * Cases that did.
     */
    cases: number;
    /**
     * Cases that had to.
     */
    ofCases: number;
  };
  /**
   * What of the contract the cases touched.
   */
  coverage: {
    /**
     * Share of the rules' outcomes and documented statuses that a case reached, 0–100.
     */
    percent?: number;
    /**
     * Documented statuses, and others that came.
     */
    statuses?: {
      /**
       * HTTP status.
       */
      status: number;
      /**
       * The contract documents it.
       */
      documented: boolean;
      /**
       * Answers that had it.
       */
      responses: number;
    }[];
    /**
     * Rules of the contract.
     */
    rules?: {
      /**
       * File and JSON pointer of the rule: "request.schema.json#/properties/owner/type".
       */
      rule: string;
      /**
       * Cases that reached the endpoint with a request that keeps it.
       */
      kept?: number;
      /**
       * Those whose request breaks this rule and no other; null where no request can break it alone.
       */
      broke?: number | null;
      /**
       * Cases that rest on it.
       */
      cases: number;
      /**
       * Those of them that found it broken.
       */
      broken: number;
    }[];
  };
  /**
   * Differences between answers and contract that break no rule.
   */
  drift: Drift[];
  /**
   * Which of two faults in one request was answered.
   */
  precedence?: Precedence[];
  /**
   * Known violations that were excused; null without a baseline.
   */
  baseline?: Baseline | null;
  /**
   * Things worth telling that are neither findings nor drift.
   */
  notes?: string[];
  /**
   * Things created on the server by this run.
   */
  created?: number;
  environment: Environment;
}
/**
 * One check of one promise.
 */
export interface ContractCase {
  /**
   * Stable id; the same case has the same id in every run.
   */
  id: string;
  /**
   * What the case checks, in words.
   */
  title: string;
  /**
   * What it belongs to: "positive", "auth", "required" …
   */
  group?: string;
  /**
   * Tags, each with its @.
   */
  tags: string[];
  /**
   * holds, broken: an asserted rule. observed: the documents leave it open; `received` says what was seen. not-reached: the endpoint never judged it.
   */
  outcome: "holds" | "broken" | "observed" | "not-reached";
  /**
   * The first rule that broke; of a case that holds or is observed, what it is about.
   */
  rule: string | null;
  /**
   * Where that rule is written.
   */
  source?: string | null;
  /**
   * JSON pointer to the field at fault in the request or the response.
   */
  pointer: string | null;
  /**
   * What the contract promises, as text.
   */
  expected: string | null;
  /**
   * What came, as text; cut when long.
   */
  received: string | null;
  /**
   * The request as a curl command; the key is $ASSAY_API_KEY.
   */
  curl: string | null;
  /**
   * A command that runs this case alone.
   */
  rerun?: string | null;
  /**
   * Status of the answer that was judged; null without one.
   */
  status?: number | null;
  /**
   * How long the case took, ms.
   */
  milliseconds?: number;
  /**
   * Every broken rule, where there is more than the one above.
   */
  violations?: Violation[];
  /**
   * Set where a baseline excuses what broke.
   */
  baseline?: {
    reason: string;
    /**
     * The day from which it no longer does.
     */
    expires: string;
  } | null;
}
/**
 * One broken promise.
 */
export interface Violation {
  /**
   * The rule that broke.
   */
  rule: string;
  /**
   * Where that rule is written.
   */
  source?: string | null;
  /**
   * JSON pointer to the field at fault.
   */
  pointer: string | null;
  /**
   * What the contract promises, as text.
   */
  expected: string | null;
  /**
   * What came, as text; cut when long.
   */
  received: string | null;
}
export interface Drift {
  /**
   * JSON pointer to the field, with * for any index.
   */
  pointer: string;
  /**
   * What differs, in words: "not documented", "never seen".
   */
  what: string;
  /**
   * Answers that showed it.
   */
  seen?: number;
}
export interface Precedence {
  /**
   * The fault that was answered: "authentication", "validation" or "limit"; null: neither.
   */
  first: string | null;
  /**
   * The two faults.
   *
   * @minItems 2
   * @maxItems 2
   */
  between: [string, string];
  /**
   * Status of the answer; null without one.
   */
  status: number | null;
  /**
   * Id of the case that showed it.
   */
  case: string;
}
export interface Baseline {
  /**
   * The baseline's file.
   */
  file: string;
  /**
   * Entries in it.
   */
  entries: number;
  /**
   * Ids of cases that it excused.
   */
  used: string[];
  /**
   * Entries that excuse nothing any more.
   */
  expired: {
    case: string;
    expires: string;
    reason: string;
  }[];
  /**
   * Entries whose case holds.
   */
  unneeded: {
    case: string;
    reason: string;
  }[];
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
