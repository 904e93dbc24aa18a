/**
 * Limiters of Go, from reading them: golang.org/x/time/rate (rate.go), throttled v2 (rate.go), ulule/limiter v3 (memory
 * store), go-chi/httprate 0.16 (limiter.go, local_counter.go). They read nanoseconds.
 */
import type { Decider } from '../simulate.ts';

const admitted = { admitted: true } as const;
const rejected = { admitted: false } as const;

/**
 * Tokens as a float, advanced by the time that went by. `longestWaitMs`: for those who reserve instead of asking: a
 * token that comes so soon is waited for.
 */
export function timeRate(perSecond: number, burst: number, longestWaitMs = 0): Decider {
  let tokens = burst;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const elapsedMs = Math.max(0, nowMs - lastMs);
      const left = Math.min(burst, tokens + (elapsedMs / 1000) * perSecond) - 1;
      // Durations are whole nanoseconds: what is missing less than one of them is not missing.
      const waitMs = left < 0 ? Math.trunc((-left / perSecond) * 1e9) / 1e6 : 0;
      if (waitMs > longestWaitMs) return rejected;
      tokens = left;
      lastMs = Math.max(lastMs, nowMs);
      return waitMs > 0 ? { admitted: true, delayMs: waitMs } : admitted;
    },
  };
}

/** A window from the first request, in which every request counts; it is over only after its last moment. */
export function ululeLimiter(limit: number, periodMs: number): Decider {
  let count = 0;
  let expiresAtMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      if (nowMs > expiresAtMs) {
        count = 0;
        expiresAtMs = nowMs + periodMs;
      }
      count += 1;
      return count > limit ? rejected : admitted;
    },
  };
}

/**
 * A sliding-window counter on a grid from its start, rounded to the nearest. The counters turn over when something is
 * counted, and are read by whether they are of this window or of the last one.
 */
export function httprate(requestLimit: number, windowMs: number, startMs: number): Decider {
  let latestWindow = Number.NaN;
  let latest = 0;
  let previous = 0;
  return {
    decide(nowMs) {
      const window = Math.floor((nowMs - startMs) / windowMs);
      const intoMs = nowMs - startMs - window * windowMs;
      const current = latestWindow === window ? latest : 0;
      const last = latestWindow === window ? previous : latestWindow === window - 1 ? latest : 0;
      if (Math.round((last * (windowMs - intoMs)) / windowMs + current) + 1 > requestLimit) return rejected;
      latestWindow = window;
      latest = current + 1;
      previous = last;
      return admitted;
    },
  };
}
