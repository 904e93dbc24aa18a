import { type Decision, keyed, type Limiter } from './limiter.ts';

export interface LeakyQueueOptions {
  readonly ratePerSecond: number;
  /** Requests that may wait; one more, which is served at once when nobody waits, comes on top. */
  readonly queue: number;
}

/** Serves at a steady rate: what comes too early waits its turn, and is rejected only when the queue is full. */
export function leakyQueue({ ratePerSecond, queue }: LeakyQueueOptions): Limiter {
  const intervalMs = 1000 / ratePerSecond;
  const stateOf = keyed(() => ({ nextFreeMs: Number.NEGATIVE_INFINITY }));
  const waitMs = (nowMs: number, key: string): number => Math.max(0, stateOf(key).nextFreeMs - nowMs);
  const longestWaitMs = queue * intervalMs + 1e-6;
  return {
    decide(nowMs, key): Decision {
      const delayMs = waitMs(nowMs, key);
      const admitted = delayMs <= longestWaitMs;
      if (!admitted) return { admitted, limit: queue + 1, remaining: 0, retryAfterMs: delayMs - longestWaitMs };
      stateOf(key).nextFreeMs = nowMs + delayMs + intervalMs;
      const remaining = Math.max(0, Math.floor((longestWaitMs - delayMs) / intervalMs));
      return { admitted, delayMs, limit: queue + 1, remaining, resetMs: delayMs + intervalMs };
    },
    wouldAdmit: (nowMs, key) => waitMs(nowMs, key) <= longestWaitMs,
  };
}
