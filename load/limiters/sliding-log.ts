import { type Decision, keyed, type Limiter } from './limiter.ts';

export interface SlidingLogOptions {
  readonly capacity: number;
  readonly windowMs: number;
  /** Rejected requests are entered too (a sorted set that is added to before it is counted). */
  readonly countsRejected?: boolean;
}

/** Admits a request when fewer than `capacity` were entered within the last `windowMs`. */
export function slidingLog({ capacity, windowMs, countsRejected = false }: SlidingLogOptions): Limiter {
  const stateOf = keyed(() => ({ times: [] as number[], head: 0 }));

  const expire = (nowMs: number, state: { times: number[]; head: number }): void => {
    while (state.head < state.times.length && (state.times[state.head] ?? nowMs) + windowMs <= nowMs) state.head += 1;
    if (state.head > 1024 && state.head * 2 > state.times.length) {
      state.times.splice(0, state.head);
      state.head = 0;
    }
  };

  return {
    decide(nowMs, key): Decision {
      const state = stateOf(key);
      expire(nowMs, state);
      const admitted = state.times.length - state.head < capacity;
      if (admitted || countsRejected) state.times.push(nowMs);
      const entered = state.times.length - state.head;
      // The next one is admitted when so many entries have gone that capacity − 1 are left.
      const blocking = state.times[state.times.length - capacity] ?? nowMs;
      const newest = state.times[state.times.length - 1] ?? nowMs;
      const shared = {
        limit: capacity,
        remaining: Math.max(0, capacity - entered),
        resetMs: newest + windowMs - nowMs,
      };
      return admitted
        ? { admitted, ...shared }
        : { admitted, ...shared, retryAfterMs: Math.max(0, blocking + windowMs - nowMs) };
    },
    wouldAdmit(nowMs, key) {
      const state = stateOf(key);
      expire(nowMs, state);
      return state.times.length - state.head < capacity;
    },
  };
}
