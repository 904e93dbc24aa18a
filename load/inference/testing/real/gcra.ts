/**
 * GCRA by theoretical arrival time, from reading: governor 0.10 (gcra.rs), throttled v2 (rate.go), redis-cell
 * (cell/mod.rs), redis_rate (lua.go). They differ in how they say the burst, and in the unit of their clocks.
 */
import type { Decider } from '../simulate.ts';

const NANOSECONDS = 1e6;

export interface GcraOptions {
  /** Requests that get through at once from rest. throttled and redis-cell are given one less. */
  readonly burst: number;
  /** So many in so long, from which the interval follows in whole nanoseconds. */
  readonly count: number;
  readonly periodMs: number;
}

/** Whole nanoseconds; a rejected request leaves the arrival time as it is. */
export function cellRate({ burst, count, periodMs }: GcraOptions): Decider {
  const interval = Math.floor((periodMs * NANOSECONDS) / count);
  const tolerance = interval * (burst - 1);
  let arrival: number | null = null;
  let startMs: number | null = null;
  return {
    decide(nowMs) {
      startMs ??= nowMs;
      const now = Math.floor((nowMs - startMs) * NANOSECONDS);
      const due = Math.max(arrival ?? now, now);
      if (due - tolerance > now) return { admitted: false };
      arrival = due + interval;
      return { admitted: true };
    },
  };
}

/** redis_rate: seconds as a float, microseconds of Redis, and a whole number of requests that remain. */
export function redisRate({ burst, count, periodMs }: GcraOptions): Decider {
  const interval = periodMs / 1000 / count;
  let arrival: number | null = null;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs * 1000) / 1e6;
      const next = Math.max(arrival ?? now, now) + interval;
      if (Math.floor((now - (next - interval * burst)) / interval) < 0) return { admitted: false };
      arrival = next;
      return { admitted: true };
    },
  };
}
