import { type Anchor, type Decision, keyed, type Limiter } from './limiter.ts';

export interface SlidingCounterOptions {
  readonly capacity: number;
  readonly windowMs: number;
  /** How the weighted share of the previous window is rounded before the current count is added. */
  readonly rounding: 'down' | 'up' | 'nearest' | 'none';
  /** `first-request`: the period turns over lazily, as the frequency counters of proxies do. */
  readonly anchor: Anchor;
  readonly countsRejected?: boolean;
}

interface State {
  previous: number;
  current: number;
  startMs: number;
}

/** Estimates the last `windowMs` as the current count plus the previous count weighted by its overlap. */
export function slidingCounter(options: SlidingCounterOptions): Limiter {
  const { capacity, windowMs, rounding, anchor, countsRejected = false } = options;
  const stateOf = keyed<State>(() => ({ previous: 0, current: 0, startMs: Number.NEGATIVE_INFINITY }));
  const round = { down: Math.floor, up: Math.ceil, nearest: Math.round, none: (x: number) => x }[rounding];

  const roll = (nowMs: number, state: State): void => {
    if (nowMs < state.startMs + windowMs) return;
    const isNextWindow = nowMs < state.startMs + 2 * windowMs;
    state.previous = isNextWindow ? state.current : 0;
    state.current = 0;
    if (isNextWindow) state.startMs += windowMs;
    else if (anchor.kind === 'first-request') state.startMs = nowMs;
    else state.startMs = anchor.originMs + Math.floor((nowMs - anchor.originMs) / windowMs) * windowMs;
  };
  const estimate = (nowMs: number, state: State): number =>
    round(state.previous * Math.max(0, 1 - (nowMs - state.startMs) / windowMs)) + state.current;

  return {
    decide(nowMs, key): Decision {
      const state = stateOf(key);
      roll(nowMs, state);
      const before = estimate(nowMs, state);
      const admitted = before < capacity;
      if (admitted || countsRejected) state.current += 1;
      const resetMs = state.startMs + windowMs - nowMs;
      const remaining = Math.max(0, Math.ceil(capacity - before) - (admitted ? 1 : 0));
      if (admitted) return { admitted, remaining, limit: capacity, resetMs };
      // Until the weight of the previous window has sunk enough, or the window turns over.
      const excess = before - capacity + Number.EPSILON * capacity;
      const sinkMs = state.previous > 0 ? (excess / state.previous) * windowMs : resetMs;
      return { admitted, remaining: 0, limit: capacity, resetMs, retryAfterMs: Math.max(1, Math.min(sinkMs, resetMs)) };
    },
    wouldAdmit(nowMs, key) {
      const state = stateOf(key);
      roll(nowMs, state);
      return estimate(nowMs, state) < capacity;
    },
  };
}
