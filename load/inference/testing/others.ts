/**
 * Limiters written in the idiom of well-known implementations, from their documentation and arithmetic, and apart from
 * load/limiters: so that the engine is not proved against its own kin.
 */
import type { Algorithm } from '../engine.ts';
import type { Decider } from './simulate.ts';

const admitted = { admitted: true } as const;
const rejected = { admitted: false } as const;

/** Redis: INCR, and EXPIRE when the count is 1; the key is gone `ttlMs` later. */
function incrExpire(limit: number, ttlMs: number): Decider {
  let value = 0;
  let expiresAtMs = 0;
  return {
    decide(now) {
      if (now >= expiresAtMs) value = 0;
      value += 1;
      if (value === 1) expiresAtMs = Math.floor(now) + ttlMs;
      return value > limit ? rejected : admitted;
    },
  };
}

/** Redis: INCR and EXPIRE on each hit: only silence ends the window. */
function incrExpireAlways(limit: number, ttlMs: number): Decider {
  let value = 0;
  let expiresAtMs = 0;
  return {
    decide(now) {
      if (now >= expiresAtMs) value = 0;
      value += 1;
      expiresAtMs = Math.floor(now) + ttlMs;
      return value > limit ? rejected : admitted;
    },
  };
}

/** Redis: a sorted set, trimmed, added to, and then counted: rejected requests stay in it. */
function sortedSet(limit: number, windowMs: number): Decider {
  let members: number[] = [];
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      members = members.filter((score) => score > now - windowMs);
      members.push(now);
      return members.length > limit ? rejected : admitted;
    },
  };
}

/** nginx limit_req with nodelay: excess in thousandths of a request, time in whole milliseconds, status 503. */
function limitReq(ratePerSecond: number, burst: number): Decider {
  let excess = 0;
  let lastMs: number | null = null;
  return {
    decide(nowMs) {
      const now = Math.floor(nowMs);
      if (lastMs === null) {
        lastMs = now;
        excess = 0;
        return admitted;
      }
      const next = Math.max(0, excess - Math.floor((ratePerSecond * 1000 * Math.abs(now - lastMs)) / 1000) + 1000);
      if (next > burst * 1000) return { admitted: false, status: 503 };
      excess = next;
      lastMs = now;
      return admitted;
    },
  };
}

/** golang.org/x/time/rate: tokens as a float, advanced by elapsed time. */
function timeRate(perSecond: number, burst: number): Decider {
  let tokens = burst;
  let last = 0;
  return {
    decide(now) {
      const advanced = Math.min(burst, tokens + ((now - last) / 1000) * perSecond);
      if (advanced - 1 < 0) return rejected;
      tokens = advanced - 1;
      last = now;
      return admitted;
    },
  };
}

/** GCRA by theoretical arrival time, as throttled and redis-cell have it. */
function arrivalTime(perSecond: number, burst: number): Decider {
  const interval = 1000 / perSecond;
  let arrival = 0;
  return {
    decide(now) {
      const next = Math.max(now, arrival) + interval;
      if (now < next - interval * burst) return rejected;
      arrival = next;
      return admitted;
    },
  };
}

/** A memory store that is emptied as a whole by a timer from the start of the server. */
function emptiedByTimer(limit: number, windowMs: number): Decider {
  let hits = 0;
  let period = 0;
  return {
    decide(now) {
      const current = Math.floor((now - 777) / windowMs);
      if (current !== period) {
        period = current;
        hits = 0;
      }
      hits += 1;
      return hits > limit ? rejected : admitted;
    },
  };
}

/** A proxy's local rate limit: so many tokens per fill interval, on a timer. */
function filledByTimer(maxTokens: number, tokensPerFill: number, fillIntervalMs: number): Decider {
  let tokens = maxTokens;
  let filled: number | null = null;
  return {
    decide(now) {
      const fills = Math.floor(now / fillIntervalMs);
      filled ??= fills;
      tokens = Math.min(maxTokens, tokens + (fills - filled) * tokensPerFill);
      filled = fills;
      if (tokens < 1) return rejected;
      tokens -= 1;
      return admitted;
    },
  };
}

/** A proxy's stick table: a rate over a period that turns over lazily, counting every request. */
function stickTable(limit: number, periodMs: number): Decider {
  let current = 0;
  let previous = 0;
  let tick = 0;
  return {
    decide(now) {
      const elapsed = now - tick;
      if (elapsed >= periodMs) {
        previous = elapsed >= 2 * periodMs ? 0 : current;
        current = 0;
        tick = elapsed >= 2 * periodMs ? now : tick + periodMs;
      }
      current += 1;
      const rate = current + previous * (1 - (now - tick) / periodMs);
      return rate > limit ? rejected : admitted;
    },
  };
}

/** A sliding counter on clock windows that interpolates the previous one, in whole seconds of the clock. */
function interpolated(limit: number, windowMs: number): Decider {
  const counts = new Map<number, number>();
  return {
    decide(now) {
      const window = Math.floor(now / windowMs);
      const share = 1 - (now % windowMs) / windowMs;
      const current = counts.get(window) ?? 0;
      if ((counts.get(window - 1) ?? 0) * share + current >= limit) return rejected;
      counts.set(window, current + 1);
      return admitted;
    },
  };
}

export interface OtherLimiter {
  readonly name: string;
  readonly limiter: () => Decider;
  readonly algorithm: Algorithm;
  readonly capacity: number;
}

export const LIMITERS: readonly OtherLimiter[] = [
  { name: 'INCR and EXPIRE', limiter: () => incrExpire(30, 4000), algorithm: 'fixed-window', capacity: 30 },
  {
    name: 'INCR and EXPIRE on each hit',
    limiter: () => incrExpireAlways(10, 2000),
    algorithm: 'fixed-window',
    capacity: 10,
  },
  {
    name: 'a sorted set that keeps what it rejects',
    limiter: () => sortedSet(25, 3000),
    algorithm: 'sliding-log',
    capacity: 25,
  },
  { name: 'limit_req with burst=19 nodelay', limiter: () => limitReq(10, 19), algorithm: 'token-bucket', capacity: 20 },
  { name: 'x/time/rate', limiter: () => timeRate(8, 15), algorithm: 'token-bucket', capacity: 15 },
  { name: 'GCRA by arrival time', limiter: () => arrivalTime(4, 12), algorithm: 'token-bucket', capacity: 12 },
  {
    name: 'a store emptied by a timer',
    limiter: () => emptiedByTimer(40, 3000),
    algorithm: 'fixed-window',
    capacity: 40,
  },
  {
    name: 'a bucket filled by a timer',
    limiter: () => filledByTimer(20, 5, 1000),
    algorithm: 'token-bucket',
    capacity: 20,
  },
  { name: 'a stick table', limiter: () => stickTable(30, 3000), algorithm: 'sliding-counter', capacity: 30 },
  {
    name: 'interpolated clock windows',
    limiter: () => interpolated(20, 4000),
    algorithm: 'sliding-counter',
    capacity: 20,
  },
];
