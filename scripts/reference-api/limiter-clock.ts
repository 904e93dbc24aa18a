import { performance } from 'node:perf_hooks';

/** Unix milliseconds that never run backwards, so that they serve limiters from the first request and by the clock. */
export function limiterClockMs(): number {
  return performance.timeOrigin + performance.now();
}
