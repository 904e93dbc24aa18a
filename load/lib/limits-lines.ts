import type { LimitsVerdict, Outcome, ProbeIdentity, ProbeKind, Progress } from '../inference/engine.ts';

/**
 * What the limits script says to `assay`, line by line, so that the files can be written whatever becomes of it: each
 * request as it goes out and as it is answered, and the verdict so far. Times are ms of the script's monotonic clock.
 */
export type LimitsLine =
  | { readonly kind: 'start'; readonly atMs: number; readonly wallClockMs: number }
  | { readonly kind: 'sent'; readonly probes: readonly SentProbe[] }
  | ({ readonly kind: 'answer'; readonly number: number; readonly receivedAtMs: number } & ProbeAnswer)
  | { readonly kind: 'progress'; readonly atMs: number; readonly progress: Progress }
  | ({ readonly kind: 'verdict'; readonly isFinal: boolean; readonly atMs: number } & SaidVerdict)
  /** The target answers in a way that makes the job pointless. */
  | { readonly kind: 'unusable'; readonly why: string }
  /** The engine threw: a bug of ours. */
  | { readonly kind: 'bug'; readonly message: string };

/** Number, kind, identity, when it was sent. */
export type SentProbe = readonly [number: number, kind: ProbeKind, identity: ProbeIdentity, sentAtMs: number];

/** What came back for a probe. */
export interface ProbeAnswer {
  /** null: lost. */
  readonly status: number | null;
  /** Why it was lost; null when it was not. */
  readonly error: string | null;
  /** Those about the limit, and Date, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Id of what the request created; null when it created nothing, or the answer has no id. */
  readonly createdId: string | number | null;
}

export interface SaidVerdict {
  /** As JSON shows it: an upper bound of null is Infinity, and evidence.quota is not there. */
  readonly verdict: LimitsVerdict;
  /** A letter for each request, in the order of their numbers. */
  readonly outcomes: string;
  /** Quota of the best model over time; said with the final verdict only. */
  readonly quota: readonly (readonly [atMs: number, remaining: number])[];
}

/** "." is a request that is still in flight. */
export const OUTCOME_LETTERS: Readonly<Record<Outcome, string>> = {
  admitted: 'a',
  rejected: 'r',
  other: 'o',
  lost: 'l',
};
