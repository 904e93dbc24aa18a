import { EventEmitter } from 'node:events';
import fastifyRateLimitPlugin from '@fastify/rate-limit';
import { type Options, rateLimit } from 'express-rate-limit';
import fc from 'fast-check';
import fastify from 'fastify';
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterUnion } from 'rate-limiter-flexible';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Decider } from '../simulate.ts';
import {
  burstyRateLimiter,
  expressRateLimit,
  fastifyRateLimit,
  rateLimiterMemory,
  rateLimiterUnion,
} from './node-libraries.ts';

/** Each counterpart decides as the library does, at whatever times requests come. */

const WINDOW_MS = 1000;
const START_MS = 1_700_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS, toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether, and with what status, a request at the present moment gets through. */
type Ask = () => Promise<{ readonly admitted: boolean; readonly status?: number }>;

/** Silences before each request: mostly none, some within a window, some of just a window, some of several. */
const gaps = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(0, 1, 2) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: Math.trunc(WINDOW_MS / 3) }) },
    { weight: 2, arbitrary: fc.integer({ min: WINDOW_MS - 2, max: WINDOW_MS + 2 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * WINDOW_MS }) },
  ),
  { minLength: 5, maxLength: 80 },
);

async function expectSame(
  makeLibrary: () => Promise<Ask> | Ask,
  makeCounterpart: () => Decider,
  runs = 40,
): Promise<void> {
  let rejections = 0;
  await fc.assert(
    fc.asyncProperty(gaps, async (silences) => {
      const ask = await makeLibrary();
      const counterpart = makeCounterpart();
      for (const silenceMs of silences) {
        await vi.advanceTimersByTimeAsync(silenceMs);
        const real = await ask();
        expect(counterpart.decide(Date.now() + 0.4, 'key')).toEqual(real);
        if (!real.admitted) rejections += 1;
      }
    }),
    { numRuns: runs, seed: 11 },
  );
  expect(rejections).toBeGreaterThan(20);
}

/** The middleware with a request and a response as it needs them; the answer is sent before the next request. */
function express(options: Partial<Options>): Ask {
  const middleware = rateLimit({ windowMs: WINDOW_MS, validate: false, legacyHeaders: false, ...options });
  return async () => {
    const response = Object.assign(new EventEmitter(), {
      statusCode: 201,
      headersSent: false,
      writableEnded: false,
      setHeader: () => undefined,
      append: () => undefined,
      status(code: number) {
        response.statusCode = code;
        return response;
      },
      send: () => undefined,
    });
    const request = { ip: '127.0.0.1', method: 'POST', headers: {}, originalUrl: '/', app: { get: () => false } };
    let isAdmitted = false;
    await middleware(request as never, response as never, () => {
      isAdmitted = true;
    });
    response.writableEnded = true;
    response.emit('finish');
    await vi.advanceTimersByTimeAsync(0);
    return { admitted: isAdmitted };
  };
}

const flexible =
  (limiter: { consume(key: string): Promise<unknown> }): Ask =>
  async () => ({
    admitted: await limiter.consume('key').then(
      () => true,
      () => false,
    ),
  });

async function fastified(options: object): Promise<Ask> {
  const app = fastify();
  await app.register(fastifyRateLimitPlugin, { max: 4, timeWindow: WINDOW_MS, ...options });
  app.post('/', async () => ({}));
  await app.ready();
  return async () => {
    const { statusCode } = await app.inject({ method: 'POST', url: '/' });
    if (statusCode === 200) return { admitted: true };
    return statusCode === 429 ? { admitted: false } : { admitted: false, status: statusCode };
  };
}

it('express-rate-limit', () =>
  expectSame(
    () => express({ limit: 4 }),
    () => expressRateLimit(4, WINDOW_MS),
  ));

it('express-rate-limit that skips failed requests', () =>
  expectSame(
    () => express({ limit: 4, skipFailedRequests: true }),
    () => expressRateLimit(4, WINDOW_MS),
  ));

it('rate-limiter-flexible', () =>
  expectSame(
    () => flexible(new RateLimiterMemory({ points: 4, duration: 1 })),
    () => rateLimiterMemory(4, WINDOW_MS),
  ));

it.each([0.5, 3])('rate-limiter-flexible that blocks for %d s', (blockDuration) =>
  expectSame(
    () => flexible(new RateLimiterMemory({ points: 4, duration: 1, blockDuration })),
    () => rateLimiterMemory(4, WINDOW_MS, blockDuration * 1000),
  ),
);

it('BurstyRateLimiter', () =>
  expectSame(
    () =>
      flexible(
        new BurstyRateLimiter(
          new RateLimiterMemory({ points: 3, duration: 1 }),
          new RateLimiterMemory({ keyPrefix: 'burst', points: 2, duration: 2 }),
        ),
      ),
    () => burstyRateLimiter(rateLimiterMemory(3, WINDOW_MS), rateLimiterMemory(2, 2000)),
  ));

it('RateLimiterUnion', () =>
  expectSame(
    () =>
      flexible(
        new RateLimiterUnion(
          new RateLimiterMemory({ keyPrefix: 'short', points: 3, duration: 1 }),
          new RateLimiterMemory({ keyPrefix: 'long', points: 9, duration: 4 }),
        ),
      ),
    () => rateLimiterUnion([rateLimiterMemory(3, WINDOW_MS), rateLimiterMemory(9, 4000)]),
  ));

it.each([
  ['@fastify/rate-limit', {}],
  ['@fastify/rate-limit that bans', { ban: 2 }],
  ['@fastify/rate-limit that goes on exceeding', { continueExceeding: true }],
  ['@fastify/rate-limit that backs off', { exponentialBackoff: true }],
])('%s', (_, options) =>
  expectSame(
    () => fastified(options),
    () => fastifyRateLimit(4, WINDOW_MS, options),
    15,
  ),
);
