/**
 * Limiters of Java and .NET and of hosted services, from reading them: bucket4j 8 (BucketState64BitsInteger.java),
 * System.Threading.RateLimiting (SlidingWindow-, FixedWindow- and TokenBucketRateLimiter.cs), @upstash/ratelimit
 * (sliding window), Kong's advanced plugin and Cloudflare (a sliding counter that counts what it rejects), and the
 * buckets of AWS from their documentation.
 */
import type { Decider } from '../simulate.ts';

const admitted = { admitted: true } as const;
const rejected = { admitted: false } as const;

export interface Bucket4jOptions {
  readonly capacity: number;
  readonly refillTokens: number;
  readonly refillPeriodMs: number;
  /** 'greedy': one by one, as they become due; 'intervally': all of them at the end of each period. */
  readonly refill: 'greedy' | 'intervally';
  /** When the bucket was made: periods run from then. */
  readonly createdAtMs: number;
}

/** Whole milliseconds (its default clock) and whole tokens; what does not make a token yet is carried over. */
export function bucket4j(options: Bucket4jOptions): Decider {
  const { capacity, refillTokens, refillPeriodMs, refill } = options;
  let tokens = capacity;
  let lastMs = Math.floor(options.createdAtMs);
  let carried = 0;
  return {
    decide(nowMs) {
      let now = Math.floor(nowMs);
      if (refill === 'intervally') now -= (now - lastMs) % refillPeriodMs;
      if (now > lastMs) {
        const earned = refillTokens * (now - lastMs) + carried;
        lastMs = now;
        if (tokens < capacity) {
          tokens += Math.floor(earned / refillPeriodMs);
          carried = earned % refillPeriodMs;
          if (tokens >= capacity) {
            tokens = capacity;
            carried = 0;
          }
        }
      }
      if (tokens < 1) return rejected;
      tokens -= 1;
      return admitted;
    },
  };
}

/**
 * .NET's sliding window: permits come back with the segment that they were taken in, by a timer that runs from the
 * making of the limiter.
 */
export function segmentedWindow(permits: number, windowMs: number, segments: number, createdAtMs: number): Decider {
  const segmentMs = windowMs / segments;
  const taken = Array.from({ length: segments }, () => 0);
  let left = permits;
  let ticks = 0;
  return {
    decide(nowMs) {
      const due = Math.floor((nowMs - createdAtMs) / segmentMs);
      for (; ticks < due; ticks += 1) {
        const at = (ticks + 1) % segments;
        left += taken[at] ?? 0;
        taken[at] = 0;
        if (left === permits) ticks = due - 1;
      }
      if (left < 1) return rejected;
      left -= 1;
      taken[ticks % segments] = (taken[ticks % segments] ?? 0) + 1;
      return admitted;
    },
  };
}

/** .NET's fixed window and token bucket: so many by a timer that runs from the making of the limiter. */
export function replenished(limit: number, perPeriod: number, periodMs: number, createdAtMs: number): Decider {
  let left = limit;
  let periods = 0;
  return {
    decide(nowMs) {
      const due = Math.floor((nowMs - createdAtMs) / periodMs);
      left = Math.min(limit, left + (due - periods) * perPeriod);
      periods = due;
      if (left < 1) return rejected;
      left -= 1;
      return admitted;
    },
  };
}

/** Windows of the wall clock in milliseconds; the share of the last one is rounded down; rejected ones do not count. */
export function upstashSlidingWindow(tokens: number, windowMs: number): Decider {
  const counts = new Map<number, number>();
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      const window = Math.floor(now / windowMs);
      const share = (now % windowMs) / windowMs;
      const current = counts.get(window) ?? 0;
      if (Math.floor((1 - share) * (counts.get(window - 1) ?? 0)) + current >= tokens) return rejected;
      counts.set(window, current + 1);
      return admitted;
    },
  };
}

/** Windows of the wall clock; every request counts, and the estimate, which is not rounded, must not exceed the limit. */
export function countingSlidingWindow(limit: number, windowMs: number): Decider {
  const counts = new Map<number, number>();
  return {
    decide(nowMs) {
      const window = Math.floor(nowMs / windowMs);
      const current = (counts.get(window) ?? 0) + 1;
      counts.set(window, current);
      const share = 1 - (nowMs % windowMs) / windowMs;
      return current + (counts.get(window - 1) ?? 0) * share > limit ? rejected : admitted;
    },
  };
}

/** AWS: a bucket that gets its tokens once a second, counted from the first request. */
export function secondlyBucket(burst: number, perSecond: number): Decider {
  let tokens = burst;
  let filledAtMs: number | null = null;
  return {
    decide(nowMs) {
      filledAtMs ??= nowMs;
      const seconds = Math.floor((nowMs - filledAtMs) / 1000);
      tokens = Math.min(burst, tokens + seconds * perSecond);
      filledAtMs += seconds * 1000;
      if (tokens < 1) return rejected;
      tokens -= 1;
      return admitted;
    },
  };
}
