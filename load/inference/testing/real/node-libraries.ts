/**
 * Rate limiters for Node, from reading them: express-rate-limit 8.7 (MemoryStore), rate-limiter-flexible 11.4
 * (RateLimiterMemory, BurstyRateLimiter, RateLimiterUnion), @fastify/rate-limit 11.2 (LocalStore). All of them read
 * Date.now, so whole milliseconds. node-libraries.test.ts holds each against the library itself.
 */
import type { Decider } from '../simulate.ts';

const admitted = { admitted: true } as const;
const rejected = { admitted: false } as const;

/**
 * A window from the first request, in which every request counts. `skipFailedRequests` takes back what was answered
 * with an error, which changes nothing for one who sends valid requests only: a window that is used up stays so.
 */
export function expressRateLimit(limit: number, windowMs: number): Decider {
  let hits = 0;
  let resetsAtMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (resetsAtMs <= now) {
        hits = 0;
        resetsAtMs = now + windowMs;
      }
      hits += 1;
      return hits <= limit ? admitted : rejected;
    },
  };
}

/**
 * A window from the first request, in which every request counts. The first one too many makes the record last
 * `blockMs` from then on: longer or shorter than the window would have been; further ones change nothing.
 */
export function rateLimiterMemory(points: number, durationMs: number, blockMs = 0): Decider {
  let consumed = 0;
  let expiresAtMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (expiresAtMs - now <= 0) {
        consumed = 0;
        expiresAtMs = now + durationMs;
      }
      consumed += 1;
      if (consumed <= points) return admitted;
      if (blockMs > 0 && consumed <= points + 1) expiresAtMs = now + blockMs;
      return rejected;
    },
  };
}

/** What the first one rejects, the second one is asked for: two windows that add up, each from its own first request. */
export function burstyRateLimiter(limiter: Decider, burst: Decider): Decider {
  return {
    decide(nowMs, key) {
      const decision = limiter.decide(nowMs, key);
      return decision.admitted ? decision : burst.decide(nowMs, key);
    },
  };
}

/** Each limiter counts each request, also one that another rejects. */
export function rateLimiterUnion(limiters: readonly Decider[]): Decider {
  return {
    decide(nowMs, key) {
      const decisions = limiters.map((limiter) => limiter.decide(nowMs, key));
      return decisions.every((decision) => decision.admitted) ? admitted : rejected;
    },
  };
}

export interface FastifyOptions {
  /** After so many rejected requests of a window the status is 403; the window ends when it would have. */
  readonly ban?: number;
  /** A rejected request begins the window anew. */
  readonly continueExceeding?: boolean;
  /** So does this; the growing times that it announces are not kept to by the store in memory. */
  readonly exponentialBackoff?: boolean;
}

/** A window from the first request, in which every request counts. */
export function fastifyRateLimit(max: number, timeWindowMs: number, options: FastifyOptions = {}): Decider {
  const { ban = -1, continueExceeding = false, exponentialBackoff = false } = options;
  let current = 0;
  let beganAtMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (beganAtMs + timeWindowMs <= now) {
        current = 0;
        beganAtMs = now;
      }
      current += 1;
      if (current <= max) return admitted;
      if (continueExceeding || exponentialBackoff) beganAtMs = now;
      return ban !== -1 && current - max > ban ? { admitted: false, status: 403 } : rejected;
    },
  };
}
