import { type Decision, keyed, type Limiter } from './limiter.ts';

export interface GcraOptions {
  /** Time between requests at the steady rate. */
  readonly emissionIntervalMs: number;
  /** Requests admitted in one burst; at least 1. */
  readonly burst: number;
}

/** Generic cell rate algorithm by theoretical arrival time (ITU-T I.371): a token bucket told by its empty end. */
export function gcra({ emissionIntervalMs, burst }: GcraOptions): Limiter {
  const stateOf = keyed(() => ({ theoreticalArrivalMs: Number.NEGATIVE_INFINITY }));
  const toleranceMs = emissionIntervalMs * (burst - 1);
  const earliestMs = (arrivalMs: number): number => arrivalMs - toleranceMs - 1e-6;
  return {
    decide(nowMs, key): Decision {
      const state = stateOf(key);
      const admitted = nowMs >= earliestMs(state.theoreticalArrivalMs);
      if (admitted) state.theoreticalArrivalMs = Math.max(nowMs, state.theoreticalArrivalMs) + emissionIntervalMs;
      const debtMs = state.theoreticalArrivalMs - nowMs;
      const remaining = Math.max(
        0,
        Math.floor((toleranceMs + emissionIntervalMs - debtMs) / emissionIntervalMs + 1e-9),
      );
      const shared = { limit: burst, remaining, resetMs: debtMs };
      return admitted
        ? { admitted, ...shared }
        : { admitted, ...shared, retryAfterMs: earliestMs(state.theoreticalArrivalMs) - nowMs };
    },
    wouldAdmit: (nowMs, key) => nowMs >= earliestMs(stateOf(key).theoreticalArrivalMs),
  };
}
