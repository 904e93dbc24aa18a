/**
 * Limiters of proxies, from reading them: nginx limit_req and limit_conn (ngx_http_limit_req_module.c,
 * ngx_http_limit_conn_module.c), HAProxy's stick tables (freq_ctr.h, freq_ctr.c), Envoy's local rate limit
 * (local_ratelimit_impl.cc, token_bucket_impl.cc), Traefik's (ratelimiter/rate_limiter.go), Caddy's
 * (caddy-ratelimit/ringbuffer.go), Kong's (policies/init.lua), Spring Cloud Gateway's (request_rate_limiter.lua).
 */
import type { Decider } from '../simulate.ts';
import { timeRate } from './go-libraries.ts';

const admitted = { admitted: true } as const;
const rejected = { admitted: false } as const;

export interface LimitReqOptions {
  /** Thousandths of a request a second, an integer: 10r/s is 10000, and 100r/m is 1666. */
  readonly rate: number;
  readonly burst: number;
  /** Excess beyond this many requests is delayed; 'nodelay': none is. Default: 0. */
  readonly delay?: number | 'nodelay';
}

/**
 * Excess in thousandths of a request, time in whole milliseconds. The very first request finds no record and costs
 * nothing, so burst + 1 get through; an empty record is no different, as its excess stops at 0 after the request.
 */
export function limitReq({ rate, burst, delay = 0 }: LimitReqOptions): Decider {
  let excess = 0;
  let lastMs: number | null = null;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (lastMs === null) {
        lastMs = now;
        return admitted;
      }
      const elapsedMs = Math.max(0, now - lastMs);
      const next = Math.max(0, excess - Math.trunc((rate * elapsedMs) / 1000) + 1000);
      if (next > burst * 1000) return { admitted: false, status: 503 };
      excess = next;
      if (elapsedMs > 0) lastMs = now;
      if (delay === 'nodelay' || next <= delay * 1000) return admitted;
      return { admitted: true, delayMs: Math.trunc(((next - delay * 1000) * 1000) / rate) };
    },
  };
}

/** So many requests at once; those that are turned away do not count. */
export function limitConn(connections: number): Decider {
  let open = 0;
  return {
    decide() {
      if (open >= connections) return { admitted: false, status: 503 };
      open += 1;
      return {
        admitted: true,
        release() {
          open -= 1;
        },
      };
    },
  };
}

/**
 * http_req_rate: every tracked request counts, also a denied one. Windows follow each other from the first request, on
 * an even millisecond (the lowest bit is a lock), and begin anew after one that nobody came in. The last window counts
 * by the share of it that is still in sight, rounded down.
 */
export function httpRequestRate(limit: number, periodMs: number): Decider {
  let current = 0;
  let previous = 0;
  let tickMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (now - tickMs >= periodMs) {
        previous = current;
        current = 0;
        tickMs += periodMs;
        if (now - tickMs >= periodMs) {
          previous = 0;
          tickMs = now;
        }
        tickMs -= tickMs % 2;
      }
      current += 1;
      const remainingMs = tickMs + periodMs - now;
      const rate = Math.trunc((previous * remainingMs + current * periodMs) / periodMs);
      return rate > limit ? rejected : admitted;
    },
  };
}

/** http_req_cnt of an entry that expires: each request, also a denied one, puts the end off. Only silence ends it. */
export function httpRequestCount(limit: number, expireMs: number): Decider {
  let count = 0;
  let expiresAtMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (now >= expiresAtMs) count = 0;
      expiresAtMs = now + expireMs;
      count += 1;
      return count > limit ? rejected : admitted;
    },
  };
}

/** Envoy until 2024: tokens come by a timer that runs from the start of the server. */
export function timerBucket(
  maxTokens: number,
  tokensPerFill: number,
  fillIntervalMs: number,
  startMs: number,
): Decider {
  let tokens = maxTokens;
  let fills = 0;
  return {
    decide(nowMs) {
      const due = Math.floor((nowMs - startMs) / fillIntervalMs);
      tokens = Math.min(maxTokens, tokens + (due - fills) * tokensPerFill);
      fills = due;
      if (tokens < 1) return rejected;
      tokens -= 1;
      return admitted;
    },
  };
}

/** Envoy since: the bucket is the moment at which it was empty, in seconds. */
export function atomicTokenBucket(maxTokens: number, fillPerSecond: number): Decider {
  let emptyAtSeconds: number | null = null;
  return {
    decide(nowMs) {
      const now = nowMs / 1000;
      emptyAtSeconds ??= now - maxTokens / fillPerSecond;
      const total = Math.min(maxTokens, (now - emptyAtSeconds) * fillPerSecond);
      if (now <= emptyAtSeconds || total < 1) return rejected;
      emptyAtSeconds = now - (total - 1) / fillPerSecond;
      return admitted;
    },
  };
}

/**
 * Traefik: a token may be half an interval away, and the request waits for it. A bucket that nobody asked for two
 * seconds (or for one and the time of a token) is forgotten, and the next one is full.
 */
export function traefikRateLimit(perSecond: number, burst: number): Decider {
  const longestWaitMs = perSecond < 1 ? 500 : 1000 / (2 * Math.trunc(perSecond));
  const forgottenAfterMs = (perSecond >= 1 ? 2 : 1 + Math.trunc(1 / perSecond)) * 1000;
  let bucket = timeRate(perSecond, burst, longestWaitMs);
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    decide(nowMs, key) {
      if (nowMs - lastMs >= forgottenAfterMs) bucket = timeRate(perSecond, burst, longestWaitMs);
      lastMs = nowMs;
      return bucket.decide(nowMs, key);
    },
  };
}

/** Caddy: a ring of the times of those that were admitted; the oldest must be longer ago than the window. */
export function ringBuffer(maxEvents: number, windowMs: number): Decider {
  const ring: number[] = Array.from({ length: maxEvents }, () => Number.NEGATIVE_INFINITY);
  let cursor = 0;
  return {
    decide(nowMs) {
      if (nowMs - (ring[cursor] ?? nowMs) <= windowMs) return rejected;
      ring[cursor] = nowMs;
      cursor = (cursor + 1) % maxEvents;
      return admitted;
    },
  };
}

/** Kong: windows of the wall clock, read in whole seconds; nothing counts unless every tier admits. */
export function kongRateLimiting(tiers: readonly { readonly limit: number; readonly seconds: number }[]): Decider {
  const states = tiers.map(({ limit, seconds }) => ({ limit, seconds, window: Number.NaN, count: 0 }));
  return {
    decide(nowMs) {
      const nowSeconds = Math.floor(nowMs / 1000);
      for (const state of states) {
        const window = Math.floor(nowSeconds / state.seconds);
        if (state.window !== window) state.count = 0;
        state.window = window;
      }
      if (states.some(({ limit, count }) => count >= limit)) return rejected;
      for (const state of states) state.count += 1;
      return admitted;
    },
  };
}

/** Spring Cloud Gateway: a bucket that reads whole seconds of the wall clock, so `replenishRate` tokens come at once. */
export function redisTokenBucket(replenishRate: number, burstCapacity: number): Decider {
  let tokens = burstCapacity;
  let lastSeconds: number | null = null;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs / 1000);
      tokens = Math.min(burstCapacity, tokens + (now - (lastSeconds ?? now)) * replenishRate);
      lastSeconds = now;
      if (tokens < 1) return rejected;
      tokens -= 1;
      return admitted;
    },
  };
}
