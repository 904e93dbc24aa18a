import { type Anchor, type Decision, keyed, type Limiter } from './limiter.ts';

export interface FixedWindowOptions {
  readonly capacity: number;
  readonly windowMs: number;
  readonly anchor: Anchor;
  /**
   * What pushes the end of a running window back to `windowMs` from now: nothing, each rejected request, or every
   * request (a Redis INCR with EXPIRE on each hit). Only for windows from the first request.
   */
  readonly prolongedBy?: 'nothing' | 'rejected' | 'every';
}

/** Counts requests in windows that do not overlap; the request that finds its window full is rejected. */
export function fixedWindow(options: FixedWindowOptions): Limiter {
  const { capacity, windowMs, anchor, prolongedBy = 'nothing' } = options;
  const stateOf = keyed(() => ({ count: 0, endMs: Number.NEGATIVE_INFINITY }));

  const roll = (nowMs: number, state: { count: number; endMs: number }): void => {
    if (nowMs < state.endMs) return;
    state.count = 0;
    state.endMs =
      anchor.kind === 'grid'
        ? anchor.originMs + (Math.floor((nowMs - anchor.originMs) / windowMs) + 1) * windowMs
        : nowMs + windowMs;
  };

  return {
    decide(nowMs, key): Decision {
      const state = stateOf(key);
      roll(nowMs, state);
      const admitted = state.count < capacity;
      if (admitted) state.count += 1;
      if (prolongedBy === 'every' || (prolongedBy === 'rejected' && !admitted)) state.endMs = nowMs + windowMs;
      const resetMs = state.endMs - nowMs;
      const remaining = Math.max(0, capacity - state.count);
      return admitted
        ? { admitted, remaining, limit: capacity, resetMs }
        : { admitted, remaining: 0, limit: capacity, resetMs, retryAfterMs: resetMs };
    },
    wouldAdmit(nowMs, key) {
      const state = stateOf(key);
      return capacity > 0 && (nowMs >= state.endMs || state.count < capacity);
    },
  };
}
