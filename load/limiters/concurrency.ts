import { type Decision, keyed, type Limiter } from './limiter.ts';

/** Admits a request when fewer than `capacity` are in flight; each one admitted must be released. */
export function concurrencyLimit({ capacity }: { readonly capacity: number }): Limiter {
  const stateOf = keyed(() => ({ inFlight: 0 }));
  return {
    decide(_nowMs, key): Decision {
      const state = stateOf(key);
      if (state.inFlight >= capacity) return { admitted: false, limit: capacity, remaining: 0 };
      state.inFlight += 1;
      let isReleased = false;
      const release = (): void => {
        if (isReleased) return;
        isReleased = true;
        state.inFlight -= 1;
      };
      return { admitted: true, limit: capacity, remaining: capacity - state.inFlight, release };
    },
    wouldAdmit: (_nowMs, key) => stateOf(key).inFlight < capacity,
  };
}
