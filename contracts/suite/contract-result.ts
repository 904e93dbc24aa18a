/**
 * What `contract.json` holds, as the suite makes it. The published schema is written beside the other result schemas
 * and says the same; a field that is not listed there cannot be written.
 */
export interface ContractResult {
  readonly schemaVersion: 1;
  /** undecided: too few cases got past authentication and limit to say. */
  readonly verdict: 'holds' | 'broken' | 'undecided';
  /** Why it is undecided, or which gate (`--strict`, `--min-coverage`) made it broken; null otherwise. */
  readonly reason: string | null;
  /** In the order in which they are derived; the user's own tests after them. */
  readonly cases: readonly ContractCase[];
  /** Cases that send the right key and so have to get past authentication and limit, and how many did. */
  readonly reached: { readonly cases: number; readonly ofCases: number };
  readonly coverage: Coverage;
  readonly drift: readonly Drift[];
  readonly precedence: readonly Precedence[];
  readonly baseline: BaselineUse | null;
  /** Things worth telling that are neither findings nor drift: what was left out and why. */
  readonly notes: readonly string[];
  /** Things created on the server by this run. */
  readonly created: number;
  readonly environment: SuiteEnvironment;
}

export interface Violation {
  /** Stable name of the promise: "status", "schema.type", "error.code", "echo" … */
  readonly rule: string;
  /** Where it is written: file and place, and the document it comes from. */
  readonly source: string | null;
  /** JSON pointer into the response, or into the request for a field at fault; null where no field is meant. */
  readonly pointer: string | null;
  readonly expected: string | null;
  readonly received: string | null;
}

export interface ContractCase {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly tags: readonly string[];
  readonly outcome: 'holds' | 'broken' | 'observed' | 'not-reached';
  /** The first broken rule; of a case that holds, what it asserts. */
  readonly rule: string | null;
  readonly source: string | null;
  readonly pointer: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  /** The key is $ASSAY_API_KEY in it. */
  readonly curl: string | null;
  readonly rerun: string | null;
  readonly status: number | null;
  /** From the first byte sent to the last one received of the judged answer, without waiting for the limit; ms. */
  readonly milliseconds: number;
  readonly violations: readonly Violation[];
  /** Set when a baseline entry excuses what broke. */
  readonly baseline: { readonly reason: string; readonly expires: string } | null;
}

export interface Coverage {
  /** Share of the rules' outcomes and documented statuses that a case reached, 0–100. */
  readonly percent: number;
  readonly statuses: readonly { readonly status: number; readonly documented: boolean; readonly responses: number }[];
  /** Each keyword of the request schema, and how many reached cases kept and broke it on purpose. */
  readonly rules: readonly {
    /** "request.schema.json#/properties/owner/type" */
    readonly rule: string;
    /** Reached cases whose request keeps it. */
    readonly kept: number;
    /** Reached cases whose request breaks this rule and no other; null where no request can break it alone. */
    readonly broke: number | null;
    /** kept + broke. */
    readonly cases: number;
    /** Those of them with a finding. */
    readonly broken: number;
  }[];
}

export interface Drift {
  /** JSON pointer into the response, with * for any index; a status for a status that is not documented. */
  readonly pointer: string;
  readonly what: string;
  readonly seen: number;
}

/** Which of two faults in one request was answered. */
export interface Precedence {
  /** "authentication", "validation", "limit" */
  readonly first: string | null;
  readonly between: readonly [string, string];
  readonly status: number | null;
  readonly case: string;
}

export interface BaselineUse {
  readonly file: string;
  readonly entries: number;
  readonly used: readonly string[];
  readonly expired: readonly { readonly case: string; readonly expires: string; readonly reason: string }[];
  readonly unneeded: readonly { readonly case: string; readonly reason: string }[];
}

export interface SuiteEnvironment {
  readonly assay: string;
  readonly node: string;
  readonly playwright: string;
  readonly contract: string;
  readonly method: string;
  readonly path: string;
  readonly target: string;
  readonly embedded: boolean;
  readonly startedAt: string;
  readonly seconds: number;
  /** A shard; null where it is all of the run. */
  readonly part: { readonly number: number; readonly of: number } | null;
  readonly seed: number;
}
