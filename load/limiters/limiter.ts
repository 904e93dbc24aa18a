/**
 * What every limiter of the reference API and of the simulator looks like: a decision for each request, at a time
 * that the caller gives. Limiters own no clock; times are milliseconds of any one clock that never runs backwards.
 * The inference engine never sees this folder: it is the thing to be found out.
 */

/** What a limiter says about one request. */
export interface Decision {
  readonly admitted: boolean;
  /** The answer, admitted or not, is held back this long (leaky queue; a slow 429). Absent: not at all. */
  readonly delayMs?: number;
  /** When the same request would be admitted, if no other comes in between; on rejected requests. */
  readonly retryAfterMs?: number;
  /** Requests that would be admitted right after this one. */
  readonly remaining?: number;
  /** Requests admitted in one burst from a fresh state, for the advertised policy. */
  readonly limit?: number;
  /** Time until `remaining` is back at `limit` (windows: until the window ends). */
  readonly resetMs?: number;
  /** Status to answer with when rejected, where the limiter insists on one. */
  readonly status?: number;
  /** To be called once, when the answer has been sent; only concurrency limits have it. */
  readonly release?: (nowMs: number) => void;
}

/** A rate limiter. `key` is whatever quota is counted by: an API key, an address, a constant. */
export interface Limiter {
  /** Decides on one request, and counts it. `nowMs` never decreases from call to call. */
  decide(nowMs: number, key: string): Decision;
  /** What `decide` would say, without counting; for tiers that count nothing unless all of them admit. */
  wouldAdmit(nowMs: number, key: string): boolean;
}

/** Where windows or refill steps begin: with a request, or on a grid that is there without any. */
export type Anchor =
  | { readonly kind: 'first-request' }
  /** Boundaries at originMs + k × length: 0 for a limiter aligned to its clock, the start for one aligned to its start. */
  | { readonly kind: 'grid'; readonly originMs: number };

/** Uniform random numbers in [0, 1), for limiters that are random on purpose. */
export type Random = () => number;

/** The state of one key, made by `fresh` when the key is first seen. */
export function keyed<State>(fresh: () => State): (key: string) => State {
  const states = new Map<string, State>();
  return (key) => {
    const known = states.get(key);
    if (known !== undefined) return known;
    const made = fresh();
    states.set(key, made);
    return made;
  };
}
