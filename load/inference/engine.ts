/**
 * The public face of the limit finder: what a shell (k6, a test, a simulator) gives it and gets from it.
 *
 * A shell runs this loop; `now()` is one monotonic clock in milliseconds that starts anywhere:
 *
 *     for (;;) {
 *       const step = engine.next(now());
 *       if (step.kind === 'done') break;
 *       if (step.kind === 'send')
 *         for (const probe of step.probes) { engine.sent(probe.id, now()); start(probe); } // all at once
 *       else await whicheverComesFirst(timeOf(step.untilMs), anAnswerArrived);
 *     }
 *     // as each answer arrives: engine.observe({ id, receivedAtMs: now(), status, lost: false, headers })
 *     // when one fails or times out: engine.observe({ id, receivedAtMs: now(), status: null, lost: true, headers: {} })
 *
 * After a `send` the shell calls `next` again at once. `verdict` may be asked for at any moment.
 */
import { Finder } from './finder.ts';

export type ProbeKind = 'valid' | 'invalid' | 'unauthorized';
/** Who sends: the key under test, ASSAY_SECOND_API_KEY, or the key under test from another source address. */
export type ProbeIdentity = 'primary' | 'second-key' | 'second-address';

/** One request to send. */
export interface Probe {
  /** 1, 2, 3 … in the order of sending: the number of the observation everywhere. */
  readonly id: number;
  readonly kind: ProbeKind;
  readonly identity: ProbeIdentity;
}

export type Step =
  /** Send all of these at once, then ask again without waiting for their answers. */
  | { readonly kind: 'send'; readonly probes: readonly Probe[] }
  /** Ask again at this time, or when any answer arrives, whichever is first; Infinity: when an answer arrives. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'done' };

/** The answer to a probe, or that there was none. */
export interface Answer {
  readonly id: number;
  readonly receivedAtMs: number;
  /** HTTP status; null when lost. */
  readonly status: number | null;
  /** No answer came (time-out, broken connection): the server may have counted the request, or not. */
  readonly lost: boolean;
  /** Retry-After, RateLimit… and X-RateLimit… as raw strings by lower-case name. They guide, and never prove. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of a request. `other` is a status that is neither a success, nor the expected error, nor a limit's. */
export type Outcome = 'admitted' | 'rejected' | 'other' | 'lost';

/** One request as the engine keeps it. */
export interface Observation {
  readonly number: number;
  readonly kind: ProbeKind;
  readonly identity: ProbeIdentity;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly status: number | null;
  readonly outcome: Outcome;
}

export interface EngineOptions {
  /** Statuses that mean "done" for a valid request. */
  readonly successStatuses: readonly number[];
  /** Statuses that the contract documents for an invalid request (400), and for one without a valid key (401). */
  readonly invalidStatuses: readonly number[];
  readonly unauthorizedStatuses: readonly number[];
  /** The status that the contract documents for a rejection: 429. Any other constant one is found as well. */
  readonly rejectionStatus: number;
  /**
   * Most requests that may be sent, most time that may pass, and most things that may be created (null: any number): a
   * request counts as one from when it is sent until its status says that it created nothing.
   */
  readonly budget: { readonly maxRequests: number; readonly maxSeconds: number; readonly maxCreated?: number | null };
  /** Whether something may have been created, as far as the status tells; null: no answer. */
  readonly mayHaveCreated: (status: number | null) => boolean;
  /** The expected or documented limit: shortens the way, never the proof. One entry a tier. */
  readonly prior: readonly { readonly requests: number; readonly windowSeconds: number }[];
  /**
   * Others may have used quota shortly before (a contract run with the same key). If not, a first burst that admits
   * less than later ones shows a limit that changed, and nothing is called exact.
   */
  readonly isQuotaMaybeUsed: boolean;
  /** Ask as well whether 400s and 401s use up quota. */
  readonly probeCosts: boolean;
  /** A second key is there; a second source address is there: ask what the limit is counted by. */
  readonly secondKey: boolean;
  readonly secondAddress: boolean;
  /** Probe with invalid requests, which create nothing, if they turn out to use up quota. */
  readonly harmless: boolean;
  /** Most requests in flight at once. */
  readonly maxInFlight: number;
  /** After this long the shell gives an answer up for lost. */
  readonly requestTimeoutMs: number;
  /** Wall clock, ms since 1970, at time 0 of the monotonic clock; null: not known. Names a clock's anchor. */
  readonly wallClockAtZeroMs: number | null;
  /** For the few choices that are random (spreading probes over clock phases); same seed, same choices. */
  readonly seed: number;
}

export type Algorithm =
  | 'fixed-window'
  | 'sliding-log'
  | 'sliding-counter'
  | 'token-bucket'
  | 'leaky-queue'
  | 'concurrency'
  | 'unknown';

export type Range = readonly [low: number, high: number];

/** One tier, as in limits.json. */
export interface FoundLimit {
  readonly algorithm: Algorithm;
  readonly anchor: 'first-request' | 'clock' | null;
  readonly capacity: number;
  /** Its upper end is Infinity where there is no telling. */
  readonly capacityRange: Range;
  readonly windowSeconds: number | null;
  readonly windowSecondsRange: Range | null;
  readonly refillPerSecond: number | null;
  readonly refillPerSecondRange: Range | null;
  readonly refillIntervalSeconds: number | null;
  readonly countsRejected: boolean | null;
  readonly status: number;
}

/** A hypothesis and what became of it. */
export interface ModelEvidence {
  /** Short stable name: "fixed-window/first-request". */
  readonly name: string;
  /** In words: "fixed window from the first request". */
  readonly title: string;
  readonly state: 'surviving' | 'refuted';
  /** Number of the observation that no parameters of this model explain; null while it survives. */
  readonly refutedBy: number | null;
  /** In words: what that observation shows, or what would separate a survivor from the others. */
  readonly because: string;
  /** Names of parameters → range of values that are still possible; empty for refuted models. */
  readonly parameters: Readonly<Record<string, Range>>;
}

/** The fresh round that tells the best model from its nearest rivals. */
export interface Foretold {
  /** The rivals that the round was chosen against; [] when only nuisances were left. */
  readonly against: readonly string[];
  readonly round: readonly {
    readonly number: number;
    readonly predicted: 'admitted' | 'rejected' | 'either';
    readonly seen: Outcome;
  }[];
  /** No prediction failed, and at least one admitted and one rejected were foretold. */
  readonly holds: boolean;
}

/** The fields of limits.json that follow from observations, and the evidence for the report. */
export interface LimitsVerdict {
  readonly verdict: 'exact' | 'bounded' | 'none' | 'inconclusive';
  readonly summary: string;
  readonly reason: string | null;
  readonly firstRejection: { readonly requestNumber: number; readonly atSeconds: number } | null;
  readonly limits: readonly FoundLimit[];
  readonly countsInvalid: boolean | null;
  readonly countsUnauthorized: boolean | null;
  readonly scope: 'key' | 'address' | 'global' | null;
  readonly penaltySeconds: number | null;
  /** More accepted in some window than N when many requests are in flight; null: not seen. */
  readonly overAdmission: { readonly admitted: number; readonly capacity: number } | null;
  readonly client: {
    readonly burst: number;
    readonly steadyPerSecond: number | null;
    readonly waitAfterRejectionSeconds: number | null;
  } | null;
  readonly cost: {
    readonly requests: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly seconds: number;
  };
  /** Other findings in words: a rejecting status other than the contract's, unsystematic errors … */
  readonly findings: readonly string[];
  readonly evidence: {
    readonly models: readonly ModelEvidence[];
    readonly foretold: Foretold | null;
    /** Quota of the best model over time, for a timeline; null without one. */
    readonly quota: QuotaFunction | null;
  };
}

/** Requests that the best model would have admitted at once at this time (middle of its range). */
export type QuotaFunction = (atMs: number) => number;

export interface Progress {
  /** "first burst", "recovery", "refill", "proof" … */
  readonly phase: string;
  /** What is known so far, in words. */
  readonly known: string;
  /** A guess, from what is known so far; null: nothing known yet. */
  readonly secondsLeft: number | null;
  readonly requests: number;
}

export interface Engine {
  /** What to do now. */
  next(nowMs: number): Step;
  /** The probe went out. To be called for each probe of a step, before `next`. */
  sent(id: number, atMs: number): void;
  /** An answer came, or was given up. */
  observe(answer: Answer): void;
  progress(nowMs: number): Progress;
  /** What is known now; final once `next` said done. */
  verdict(): LimitsVerdict;
  /** All requests so far, in the order of sending; those in flight are left out. */
  observations(): readonly Observation[];
}

/** An engine at its start; nothing has been sent. */
export function createEngine(options: EngineOptions): Engine {
  return new Finder(options);
}
