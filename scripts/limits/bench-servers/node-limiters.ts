import { BurstyRateLimiter, RateLimiterMemory, RateLimiterUnion } from 'rate-limiter-flexible';
import type { Truth } from '../known-limiters.ts';
import { contractAnswers } from './answers.ts';
import type { BenchServer } from './bench-server.ts';
import { startExpress, startFastify, startFlexible } from './node-servers.ts';

const first = (capacity: number, windowSeconds: number, more: Partial<Truth> = {}): Truth => ({
  algorithm: 'fixed-window',
  anchor: 'first-request',
  capacity,
  windowSeconds,
  ...more,
});

const answersOf = ({ contract, apiKey }: Parameters<BenchServer['start']>[0]) => contractAnswers(contract, apiKey);

/**
 * The well-known limiters for Node. All three count rejected requests too, which makes no difference to a window that
 * begins with a request and ends by time alone, and does where a rejection restarts it or two tiers count together.
 */
export const NODE_LIMITERS: readonly BenchServer[] = [
  {
    name: 'express-rate-limit',
    options: 'limit 12, windowMs 3000',
    truth: [first(12, 3)],
    verdicts: ['exact'],
    source: 'express-rate-limit/dist/index.mjs, MemoryStore.increment',

    start: (setting) => startExpress({ limit: 12, windowMs: 3000 }, answersOf(setting)),
  },
  {
    name: 'express-rate-limit',
    options: 'limit 10, windowMs 2000, skipFailedRequests',
    truth: [first(10, 2)],
    verdicts: ['exact'],
    source: 'express-rate-limit/dist/index.mjs, rateLimit (decrementKey on finish)',
    start: (setting) => startExpress({ limit: 10, windowMs: 2000, skipFailedRequests: true }, answersOf(setting)),
  },
  {
    name: 'rate-limiter-flexible',
    options: 'RateLimiterMemory, points 10, duration 2',
    truth: [first(10, 2)],
    verdicts: ['exact'],
    source: 'rate-limiter-flexible/lib/component/MemoryStorage/MemoryStorage.js, incrby',
    start: (setting) => startFlexible(new RateLimiterMemory({ points: 10, duration: 2 }), answersOf(setting)),
  },
  {
    name: 'rate-limiter-flexible',
    options: 'RateLimiterMemory, points 8, duration 2, blockDuration 5',
    // The first rejection makes the record last 5 s from then on; a client that is never rejected sees 2 s.
    truth: [first(8, 2)],
    penaltySeconds: 5,
    verdicts: ['exact', 'bounded'],
    source: 'rate-limiter-flexible/lib/RateLimiterMemory.js, consume',
    start: (setting) =>
      startFlexible(new RateLimiterMemory({ points: 8, duration: 2, blockDuration: 5 }), answersOf(setting)),
  },
  {
    name: 'rate-limiter-flexible',
    options: 'RateLimiterMemory, points 6, duration 4, blockDuration 2',
    // The first rejection ends the record after 2 s, before its window would have ended, and all begins anew.
    truth: [first(6, 4)],
    penaltySeconds: 2,
    verdicts: ['exact', 'bounded'],
    source: 'rate-limiter-flexible/lib/RateLimiterMemory.js, consume',
    start: (setting) =>
      startFlexible(new RateLimiterMemory({ points: 6, duration: 4, blockDuration: 2 }), answersOf(setting)),
  },
  {
    name: 'rate-limiter-flexible',
    options: 'BurstyRateLimiter, 6 per 1 s and then 4 per 3 s',
    // What the first window rejects, the second one is asked for: they add up, each from its own first request.
    truth: null,
    verdicts: ['bounded', 'inconclusive'],
    source: 'rate-limiter-flexible/lib/BurstyRateLimiter.js, consume',
    start: (setting) =>
      startFlexible(
        new BurstyRateLimiter(
          new RateLimiterMemory({ points: 6, duration: 1 }),
          new RateLimiterMemory({ keyPrefix: 'burst', points: 4, duration: 3 }),
        ),
        answersOf(setting),
      ),
  },
  {
    name: 'rate-limiter-flexible',
    options: 'RateLimiterUnion, 5 per 1 s and 20 per 10 s',
    // Both count each request, also what the other one rejects.
    truth: [first(5, 1), first(20, 10)],
    verdicts: ['exact', 'bounded'],
    source: 'rate-limiter-flexible/lib/RateLimiterUnion.js, consume',
    start: (setting) =>
      startFlexible(
        new RateLimiterUnion(
          new RateLimiterMemory({ keyPrefix: 'short', points: 5, duration: 1 }),
          new RateLimiterMemory({ keyPrefix: 'long', points: 20, duration: 10 }),
        ),
        answersOf(setting),
      ),
  },
  {
    name: '@fastify/rate-limit',
    options: 'max 10, timeWindow 2000',
    truth: [first(10, 2)],
    verdicts: ['exact'],
    source: '@fastify/rate-limit/store/LocalStore.js, incr',
    start: (setting) => startFastify({ max: 10, timeWindow: 2000 }, answersOf(setting)),
  },
  {
    name: '@fastify/rate-limit',
    options: 'max 8, timeWindow 2000, ban 3',
    // From the fourth rejection of a window the status is 403; the window ends when it would have.
    truth: [first(8, 2)],
    verdicts: ['exact', 'bounded'],
    source: '@fastify/rate-limit/index.js, rateLimitRequestHandler',
    start: (setting) => startFastify({ max: 8, timeWindow: 2000, ban: 3 }, answersOf(setting)),
  },
  {
    name: '@fastify/rate-limit',
    options: 'max 8, timeWindow 2000, continueExceeding',
    truth: [first(8, 2, { countsRejected: true })],
    verdicts: ['exact'],
    source: '@fastify/rate-limit/store/LocalStore.js, incr',
    start: (setting) => startFastify({ max: 8, timeWindow: 2000, continueExceeding: true }, answersOf(setting)),
  },
  {
    name: '@fastify/rate-limit',
    options: 'max 8, timeWindow 2000, exponentialBackoff',
    // In memory the growing times are announced and not kept to: as continueExceeding, with a late Retry-After.
    truth: [first(8, 2, { countsRejected: true })],
    verdicts: ['exact'],
    source: '@fastify/rate-limit/store/LocalStore.js, incr',
    start: (setting) => startFastify({ max: 8, timeWindow: 2000, exponentialBackoff: true }, answersOf(setting)),
  },
];
