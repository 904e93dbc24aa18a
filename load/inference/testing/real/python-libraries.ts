/**
 * Limiters of Python and Ruby and PHP frameworks, from reading them: limits 5.8 (storage/memory.py, the limiter of
 * slowapi and flask-limiter), Django REST framework (throttling.py), django-ratelimit (core.py), Rack::Attack
 * (cache.rb), Laravel (Cache/RateLimiter.php with a store of whole seconds).
 */
import type { Decider } from '../simulate.ts';

const admitted = { admitted: true } as const;
const rejected = { admitted: false } as const;

/** A window from the first request, in which every request counts. */
export function limitsFixedWindow(amount: number, expiryMs: number): Decider {
  let count = 0;
  let expiresAtMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      if (expiresAtMs <= nowMs) {
        count = 0;
        expiresAtMs = nowMs + expiryMs;
      }
      count += 1;
      return count <= amount ? admitted : rejected;
    },
  };
}

/** The newest first; the one that is `amount` back must be older than the window, not just as old. */
export function limitsMovingWindow(amount: number, expiryMs: number): Decider {
  let entries: number[] = [];
  return {
    decide(nowMs) {
      const oldest = entries[amount - 1];
      if (oldest !== undefined && oldest >= nowMs - expiryMs) return rejected;
      entries = [nowMs, ...entries.slice(0, amount - 1)];
      return admitted;
    },
  };
}

/** On windows of the wall clock; the weighted count is rounded down; rejected requests do not count. */
export function limitsSlidingWindowCounter(amount: number, expiryMs: number): Decider {
  const counts = new Map<number, number>();
  return {
    decide(nowMs) {
      const window = Math.floor(nowMs / expiryMs);
      const previousTtlMs = (1 - (((nowMs - expiryMs) / expiryMs) % 1)) * expiryMs;
      const current = counts.get(window) ?? 0;
      const weighted = ((counts.get(window - 1) ?? 0) * previousTtlMs) / expiryMs + current;
      if (Math.floor(weighted) + 1 > amount) return rejected;
      counts.set(window, current + 1);
      return admitted;
    },
  };
}

/** Django REST framework: a history of what was admitted; what is just as old as the window is dropped. */
export function restFrameworkThrottle(requests: number, durationMs: number): Decider {
  let history: number[] = [];
  return {
    decide(nowMs) {
      history = history.filter((atMs) => atMs > nowMs - durationMs);
      if (history.length >= requests) return rejected;
      history.push(nowMs);
      return admitted;
    },
  };
}

/** A window of whole seconds on the wall clock; django-ratelimit shifts it by a number that depends on the key. */
export function clockSeconds(limit: number, periodSeconds: number, shiftSeconds = 0): Decider {
  let window = Number.NaN;
  let count = 0;
  return {
    decide(nowMs) {
      const current = Math.floor((Math.floor(nowMs / 1000) - shiftSeconds) / periodSeconds);
      if (current !== window) count = 0;
      window = current;
      count += 1;
      return count > limit ? rejected : admitted;
    },
  };
}

/**
 * Laravel with a store that keeps whole seconds (files, a database): the window that the first request begins ends on a
 * second, so that it lasts up to one second less than it should. What is rejected does not count.
 */
export function laravelRateLimiter(maxAttempts: number, decaySeconds: number): Decider {
  let attempts = 0;
  let expiresAtSeconds = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs / 1000);
      if (now >= expiresAtSeconds) attempts = 0;
      if (attempts >= maxAttempts) return rejected;
      if (attempts === 0) expiresAtSeconds = now + decaySeconds;
      attempts += 1;
      return admitted;
    },
  };
}
