/**
 * Well-known limiters as they are, not as the textbook has them: independent counterparts of real implementations with
 * their clocks, roundings and lazy resets, and what is true of each. For the tests and `bench:limits`.
 */
import type { Algorithm } from '../../engine.ts';
import type { Decider } from '../simulate.ts';
import type { Specimen, Truth } from '../specimens.ts';
import * as gcra from './gcra.ts';
import * as go from './go-libraries.ts';
import * as managed from './managed.ts';
import * as node from './node-libraries.ts';
import * as proxies from './proxies.ts';
import * as python from './python-libraries.ts';

/** About so many requests in about so long; `originMs`: when the server started, for those that run from then. */
export interface Size {
  readonly requests: number;
  readonly cycleMs: number;
  readonly originMs: number;
}

interface Built {
  readonly decider: Decider;
  readonly truth: readonly Truth[] | 'not exact';
  readonly cycleMs?: number;
  readonly requests?: number;
  readonly serviceMs?: number;
  /** A ban longer or shorter than the window. */
  readonly penaltyMs?: number;
}

export type RealLimiter = Specimen;

/** Whole seconds, at least one. */
const secondsOf = (cycleMs: number): number => Math.max(1, Math.round(cycleMs / 1000));

const window = (
  algorithm: Algorithm,
  { requests, cycleMs }: Pick<Size, 'requests' | 'cycleMs'>,
  more: Partial<Truth> = {},
): readonly Truth[] => [{ algorithm, capacity: requests, windowMs: cycleMs, ...more }];

const bucket = (capacity: number, refillPerSecond: number, more: Partial<Truth> = {}): readonly Truth[] => [
  { algorithm: 'token-bucket', capacity, refillPerSecond, ...more },
];

/** A fixed window from the first request. */
const plain = (decider: Decider, size: Size): Built => ({
  decider,
  truth: window('fixed-window', size, { anchor: 'first-request' }),
});

const perSecond = ({ requests, cycleMs }: Size): number => requests / (cycleMs / 1000);

/** nginx takes whole requests a second or a minute, and keeps whole thousandths. */
function limitReq(size: Size, delay: number | 'nodelay'): Built {
  // Whoever is queued for longer than a client waits is lost to it.
  const wanted = delay === 'nodelay' ? perSecond(size) : Math.max(perSecond(size), size.requests / 2.5);
  const rate = wanted >= 1 ? Math.round(wanted) * 1000 : Math.trunc((Math.max(1, Math.round(wanted * 60)) * 1000) / 60);
  const refillPerSecond = rate / 1000;
  const decider = proxies.limitReq({ rate, burst: size.requests - 1, delay });
  const cycleMs = (size.requests / refillPerSecond) * 1000;
  if (delay === 'nodelay') return { decider, truth: bucket(size.requests, refillPerSecond), cycleMs };
  return { decider, truth: [{ algorithm: 'leaky-queue', capacity: size.requests, refillPerSecond }], cycleMs };
}

const MAKERS: Readonly<Record<string, (size: Size) => Built>> = {
  'express-rate-limit': (size) => plain(node.expressRateLimit(size.requests, size.cycleMs), size),
  'rate-limiter-flexible': (size) => plain(node.rateLimiterMemory(size.requests, size.cycleMs), size),
  'rate-limiter-flexible, blocked for longer': (size) => ({
    ...plain(node.rateLimiterMemory(size.requests, size.cycleMs, 3 * size.cycleMs), size),
    penaltyMs: 3 * size.cycleMs,
  }),
  'rate-limiter-flexible, two windows that add up': (size) => ({
    decider: node.burstyRateLimiter(
      node.rateLimiterMemory(size.requests, size.cycleMs),
      node.rateLimiterMemory(Math.max(1, Math.round(size.requests / 2)), 3 * size.cycleMs),
    ),
    truth: 'not exact',
  }),
  'rate-limiter-flexible, a union of two': (size) => ({
    decider: node.rateLimiterUnion([
      node.rateLimiterMemory(size.requests, size.cycleMs),
      node.rateLimiterMemory(3 * size.requests, 10 * size.cycleMs),
    ]),
    truth: [
      ...window('fixed-window', size, { anchor: 'first-request' }),
      ...window('fixed-window', { requests: 3 * size.requests, cycleMs: 10 * size.cycleMs }),
    ],
    cycleMs: 10 * size.cycleMs,
    requests: 3 * size.requests,
  }),
  '@fastify/rate-limit': (size) => plain(node.fastifyRateLimit(size.requests, size.cycleMs), size),
  '@fastify/rate-limit with ban': (size) => plain(node.fastifyRateLimit(size.requests, size.cycleMs, { ban: 2 }), size),
  '@fastify/rate-limit that goes on exceeding': (size) => ({
    decider: node.fastifyRateLimit(size.requests, size.cycleMs, { continueExceeding: true }),
    truth: window('fixed-window', size, { anchor: 'first-request', countsRejected: true }),
  }),
  '@fastify/rate-limit with backoff': (size) => ({
    decider: node.fastifyRateLimit(size.requests, size.cycleMs, { exponentialBackoff: true }),
    truth: window('fixed-window', size, { anchor: 'first-request', countsRejected: true }),
  }),
  'nginx limit_req nodelay': (size) => limitReq(size, 'nodelay'),
  'nginx limit_req': (size) => limitReq(size, 0),
  'nginx limit_req with delay': (size) => ({
    ...limitReq(size, Math.trunc(size.requests / 2)),
    truth: 'not exact',
  }),
  'nginx limit_conn': ({ requests }) => ({
    decider: proxies.limitConn(Math.min(requests, 40)),
    truth: [{ algorithm: 'concurrency', capacity: Math.min(requests, 40) }],
    requests: Math.min(requests, 40),
    serviceMs: 300,
  }),
  'HAProxy http_req_rate': (size) => ({
    decider: proxies.httpRequestRate(size.requests, size.cycleMs),
    truth: window('sliding-counter', size, { countsRejected: true }),
  }),
  'HAProxy http_req_cnt, expiring': (size) => ({
    decider: proxies.httpRequestCount(size.requests, size.cycleMs),
    truth: window('fixed-window', size, { countsRejected: true }),
  }),
  'Envoy, by a timer': (size) => {
    const fill = Math.max(1, Math.round(size.requests / 4));
    const everyMs = Math.max(50, Math.round(size.cycleMs / 4));
    return {
      decider: proxies.timerBucket(size.requests, fill, everyMs, size.originMs),
      truth: bucket(size.requests, fill / (everyMs / 1000)),
    };
  },
  'Envoy, continuous': (size) => ({
    decider: proxies.atomicTokenBucket(size.requests, perSecond(size)),
    truth: bucket(size.requests, perSecond(size)),
  }),
  // A bucket of half a token more than it says: no integer burst explains it.
  Traefik: (size) => ({ decider: proxies.traefikRateLimit(perSecond(size), size.requests), truth: 'not exact' }),
  Caddy: (size) => ({
    decider: proxies.ringBuffer(size.requests, size.cycleMs),
    truth: window('sliding-log', size, { countsRejected: false }),
  }),
  Kong: (size) => {
    const seconds = secondsOf(size.cycleMs);
    return {
      decider: proxies.kongRateLimiting([{ limit: size.requests, seconds }]),
      truth: window('fixed-window', { requests: size.requests, cycleMs: seconds * 1000 }, { anchor: 'clock' }),
      cycleMs: seconds * 1000,
    };
  },
  'Kong, two tiers': (size) => {
    const seconds = secondsOf(size.cycleMs);
    const tiers = [
      { limit: size.requests, seconds },
      { limit: 3 * size.requests, seconds: 10 * seconds },
    ];
    return {
      decider: proxies.kongRateLimiting(tiers),
      truth: tiers.flatMap((tier) =>
        window('fixed-window', { requests: tier.limit, cycleMs: tier.seconds * 1000 }, { anchor: 'clock' }),
      ),
      cycleMs: 10_000 * seconds,
      requests: 3 * size.requests,
    };
  },
  'Spring Cloud Gateway': (size) => {
    const rate = Math.max(1, Math.round(perSecond(size)));
    const burst = Math.max(rate, size.requests);
    return {
      decider: proxies.redisTokenBucket(rate, burst),
      // With a burst of one refill it is a window of a second.
      truth: burst === rate ? 'not exact' : bucket(burst, rate),
      cycleMs: (burst / rate) * 1000,
      requests: burst,
    };
  },
  'x/time/rate': (size) => ({
    decider: go.timeRate(perSecond(size), size.requests),
    truth: bucket(size.requests, perSecond(size)),
  }),
  'ulule/limiter': (size) => plain(go.ululeLimiter(size.requests, size.cycleMs), size),
  'go-chi/httprate': (size) => ({
    decider: go.httprate(size.requests, size.cycleMs, size.originMs),
    truth: window('sliding-counter', size, { countsRejected: false }),
  }),
  'governor, throttled and redis-cell': (size) => ({
    decider: gcra.cellRate({ burst: size.requests, count: size.requests, periodMs: size.cycleMs }),
    truth: bucket(size.requests, perSecond(size)),
  }),
  // With room for one request it is a window of one interval just as well, and that is what it is called.
  'governor without a burst': (size) => {
    const one = { requests: 1, cycleMs: size.cycleMs / size.requests };
    return {
      decider: gcra.cellRate({ burst: 1, count: size.requests, periodMs: size.cycleMs }),
      truth: window('fixed-window', one),
      ...one,
    };
  },
  redis_rate: (size) => ({
    decider: gcra.redisRate({ burst: size.requests, count: size.requests, periodMs: size.cycleMs }),
    truth: bucket(size.requests, perSecond(size)),
  }),
  'limits, fixed window': (size) => plain(python.limitsFixedWindow(size.requests, size.cycleMs), size),
  'limits, moving window': (size) => ({
    decider: python.limitsMovingWindow(size.requests, size.cycleMs),
    truth: window('sliding-log', size, { countsRejected: false }),
  }),
  'limits, sliding window counter': (size) => ({
    decider: python.limitsSlidingWindowCounter(size.requests, size.cycleMs),
    truth: window('sliding-counter', size, { countsRejected: false }),
  }),
  'Django REST framework': (size) => ({
    decider: python.restFrameworkThrottle(size.requests, size.cycleMs),
    truth: window('sliding-log', size, { countsRejected: false }),
  }),
  'django-ratelimit': (size) => clocked(size, true),
  'Rack::Attack': (size) => clocked(size, false),
  'Laravel, whole seconds': (size) => {
    const seconds = secondsOf(size.cycleMs);
    const cycleMs = seconds * 1000;
    return {
      decider: python.laravelRateLimiter(size.requests, seconds),
      // A window of one second is over when the second is; longer ones are of no one length.
      truth: seconds > 1 ? 'not exact' : window('fixed-window', { ...size, cycleMs }, { anchor: 'clock' }),
      cycleMs,
    };
  },
  'bucket4j, greedy': (size) => ({
    decider: bucket4j(size, 'greedy', size.requests, size.cycleMs),
    truth: bucket(size.requests, perSecond(size)),
  }),
  'bucket4j, intervally': (size) => {
    const refill = Math.max(1, Math.round(size.requests / 3));
    const everyMs = Math.max(50, Math.round(size.cycleMs / 3));
    return {
      decider: bucket4j(size, 'intervally', refill, everyMs),
      truth: bucket(size.requests, refill / (everyMs / 1000)),
    };
  },
  'bucket4j, intervally and in full': (size) => ({
    decider: bucket4j(size, 'intervally', size.requests, size.cycleMs),
    truth: window('fixed-window', size, { anchor: 'clock' }),
  }),
  // A log whose times are those of its segments.
  'ASP.NET, sliding window': (size) => ({
    decider: managed.segmentedWindow(size.requests, size.cycleMs, 4, size.originMs),
    truth: 'not exact',
  }),
  'ASP.NET, fixed window': (size) => ({
    decider: managed.replenished(size.requests, size.requests, size.cycleMs, size.originMs),
    truth: window('fixed-window', size, { anchor: 'clock' }),
  }),
  'ASP.NET, token bucket': (size) => {
    const refill = Math.max(1, Math.round(size.requests / 4));
    const everyMs = Math.max(50, Math.round(size.cycleMs / 4));
    return {
      decider: managed.replenished(size.requests, refill, everyMs, size.originMs),
      truth: bucket(size.requests, refill / (everyMs / 1000)),
    };
  },
  Upstash: (size) => ({
    decider: managed.upstashSlidingWindow(size.requests, size.cycleMs),
    truth: window('sliding-counter', size, { countsRejected: false }),
  }),
  'a sliding counter that counts what it rejects': (size) => ({
    decider: managed.countingSlidingWindow(size.requests, size.cycleMs),
    truth: window('sliding-counter', size, { countsRejected: true }),
  }),
  'AWS, a bucket filled each second': (size) => {
    const rate = Math.max(1, Math.round(size.requests / 4));
    return {
      decider: managed.secondlyBucket(size.requests, rate),
      truth: rate >= size.requests ? 'not exact' : bucket(size.requests, rate),
      cycleMs: (size.requests / rate) * 1000,
    };
  },
};

function clocked(size: Size, isShifted: boolean): Built {
  const seconds = secondsOf(size.cycleMs);
  const shift = isShifted ? Math.floor(Math.abs(size.originMs)) % seconds : 0;
  return {
    decider: python.clockSeconds(size.requests, seconds, shift),
    truth: window('fixed-window', { requests: size.requests, cycleMs: seconds * 1000 }, { anchor: 'clock' }),
    cycleMs: seconds * 1000,
  };
}

function bucket4j(size: Size, refill: 'greedy' | 'intervally', refillTokens: number, refillPeriodMs: number): Decider {
  const { requests: capacity, originMs: createdAtMs } = size;
  return managed.bucket4j({ capacity, refillTokens, refillPeriodMs, refill, createdAtMs });
}

export const REAL_KINDS: readonly string[] = Object.keys(MAKERS);

/** The limiter of this kind, of about this size; throws RangeError for a kind that there is not. */
export function realLimiter(kind: string, size: Size): RealLimiter {
  const make = MAKERS[kind];
  if (make === undefined) throw new RangeError(`no kind "${kind}"`);
  const { decider, truth, cycleMs = size.cycleMs, requests = size.requests, serviceMs, penaltyMs } = make(size);
  return {
    kind,
    description: `${kind}: ${size.requests} in ${size.cycleMs} ms`,
    decider,
    truth,
    cycleMs,
    size: requests,
    ...(serviceMs === undefined ? {} : { serviceMs }),
    ...(penaltyMs === undefined ? {} : { penaltyMs }),
  };
}

/** A random one of this kind: 3 to 120 requests in 0.5 s to 2 min, round numbers most of the time. */
export function drawRealLimiter(kind: string, random: () => number): RealLimiter {
  const round = [5, 10, 20, 30, 60, 100];
  const windows = [500, 1000, 2000, 5000, 10_000, 60_000];
  const isRound = random() < 0.7;
  const requests = isRound ? (round[Math.floor(random() * round.length)] ?? 10) : Math.round(3 * 40 ** random());
  const cycleMs = isRound
    ? (windows[Math.floor(random() * windows.length)] ?? 1000)
    : Math.round(500 * 240 ** random());
  return realLimiter(kind, { requests, cycleMs, originMs: -Math.floor(random() * 1e6) });
}

/** One of each kind that has a sharp answer, for those who ask by name, algorithm and capacity alone. */
export const LIMITERS: readonly {
  readonly name: string;
  readonly limiter: () => Decider;
  readonly algorithm: Algorithm;
  readonly capacity: number;
}[] = REAL_KINDS.flatMap((name) => {
  const make = (): RealLimiter => realLimiter(name, { requests: 12, cycleMs: 3000, originMs: -777 });
  const { truth } = make();
  const first = Array.isArray(truth) ? (truth[0] as Truth | undefined) : undefined;
  if (first === undefined || !Array.isArray(truth) || truth.length > 1) return [];
  return [{ name, limiter: () => make().decider, algorithm: first.algorithm, capacity: first.capacity }];
});
