import type { Truth } from '../known-limiters.ts';
import type { BenchServer } from './bench-server.ts';
import { startGo, startGoWithRedis, startJava, startPython, startRust } from './library-servers.ts';
import { startHaproxy, startNginx } from './proxy-servers.ts';

const bucket = (capacity: number, refillPerSecond: number, more: Partial<Truth> = {}): Truth => ({
  algorithm: 'token-bucket',
  capacity,
  refillPerSecond,
  ...more,
});
const windowed = (
  algorithm: Truth['algorithm'],
  capacity: number,
  windowSeconds: number,
  more: Partial<Truth> = {},
): Truth => ({ algorithm, capacity, windowSeconds, ...more });

const LIMIT_REQ = 'nginx/src/http/modules/ngx_http_limit_req_module.c, ngx_http_limit_req_lookup';
const FREQ_CTR = 'haproxy/include/haproxy/freq_ctr.h, update_freq_ctr_period and read_freq_ctr_period';
const exact = ['exact'] as const;

/** Limiters of proxies and of other languages that stand before APIs. */
export const OTHER_LIMITERS: readonly BenchServer[] = [
  {
    name: 'nginx limit_req',
    options: 'rate=10r/s, burst=9 nodelay',
    // The first request costs nothing: burst + 1. 503 is its own status.
    truth: [bucket(10, 10, { status: 503 })],
    verdicts: exact,
    source: LIMIT_REQ,
    start: (setting) =>
      startNginx(
        {
          zones: 'limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;',
          limits: 'limit_req zone=a burst=9 nodelay;',
        },
        setting,
      ),
  },
  {
    name: 'nginx limit_req',
    options: 'rate=5r/s',
    truth: [bucket(1, 5, { status: 429 })],
    verdicts: exact,
    source: LIMIT_REQ,
    start: (setting) =>
      startNginx(
        {
          zones: 'limit_req_zone $binary_remote_addr zone=a:1m rate=5r/s;',
          limits: 'limit_req zone=a; limit_req_status 429;',
        },
        setting,
      ),
  },
  {
    name: 'nginx limit_req',
    options: 'rate=100r/m, burst=4 nodelay',
    // 100 a minute is kept as 1666 thousandths a second.
    truth: [bucket(5, 1.666, { status: 503 })],
    verdicts: exact,
    source: `${LIMIT_REQ}, and ngx_http_limit_req_zone`,
    start: (setting) =>
      startNginx(
        {
          zones: 'limit_req_zone $binary_remote_addr zone=a:1m rate=100r/m;',
          limits: 'limit_req zone=a burst=4 nodelay;',
        },
        setting,
      ),
  },
  {
    name: 'nginx limit_req',
    options: 'rate=10r/s, burst=5 (queued)',
    truth: [{ algorithm: 'leaky-queue', capacity: 6, refillPerSecond: 10, status: 503 }],
    verdicts: ['exact', 'bounded'],
    source: `${LIMIT_REQ} and ngx_http_limit_req_account`,
    start: (setting) =>
      startNginx(
        { zones: 'limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;', limits: 'limit_req zone=a burst=5;' },
        setting,
      ),
  },
  {
    name: 'nginx limit_req',
    options: 'rate=10r/s, burst=8 delay=4',
    // Four at once, four more that wait: a bucket and a queue in one.
    truth: null,
    verdicts: ['bounded', 'inconclusive'],
    source: `${LIMIT_REQ} and ngx_http_limit_req_account`,
    start: (setting) =>
      startNginx(
        {
          zones: 'limit_req_zone $binary_remote_addr zone=a:1m rate=10r/s;',
          limits: 'limit_req zone=a burst=8 delay=4;',
        },
        setting,
      ),
  },
  {
    name: 'nginx limit_conn',
    options: '4, upstream takes 300 ms',
    truth: [{ algorithm: 'concurrency', capacity: 4, status: 503 }],
    verdicts: ['exact', 'bounded'],
    source: 'nginx/src/http/modules/ngx_http_limit_conn_module.c, ngx_http_limit_conn_handler',
    start: (setting) =>
      startNginx(
        {
          zones: 'limit_conn_zone $binary_remote_addr zone=c:1m;',
          limits: 'limit_conn c 4;',
          serviceTimeMs: 300,
        },
        setting,
      ),
  },
  {
    name: 'HAProxy stick table',
    options: 'http_req_rate(2s) gt 10',
    // Denied requests are tracked before they are denied; the last window counts by its share, rounded down.
    truth: [windowed('sliding-counter', 10, 2, { countsRejected: true })],
    verdicts: exact,
    source: FREQ_CTR,
    start: (setting) =>
      startHaproxy(
        [
          'stick-table type ip size 1k expire 600s store http_req_rate(2s)',
          'http-request track-sc0 src',
          'http-request deny deny_status 429 if { sc_http_req_rate(0) gt 10 }',
        ],
        setting,
      ),
  },
  {
    name: 'HAProxy stick table',
    options: 'http_req_cnt gt 10, expire 2s',
    // Each request, also a denied one, puts the end of the entry off: only silence ends it.
    truth: [windowed('fixed-window', 10, 2, { countsRejected: true, anchor: 'first-request' })],
    verdicts: exact,
    source: 'haproxy/src/stick_table.c, stktable_touch_with_exp and process_table_expire',
    start: (setting) =>
      startHaproxy(
        [
          'stick-table type ip size 1k expire 2s store http_req_cnt',
          'http-request track-sc0 src',
          'http-request deny deny_status 429 if { sc_http_req_cnt(0) gt 10 }',
        ],
        setting,
      ),
  },
  {
    name: 'golang.org/x/time/rate',
    options: 'NewLimiter(5, 10)',
    truth: [bucket(10, 5)],
    verdicts: exact,
    source: 'golang.org/x/time/rate/rate.go, reserveN and advance',
    start: (setting) => startGo({ KIND: 'x/time/rate', REQUESTS: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'throttled (GCRA)',
    options: '6 per 2 s, MaxBurst 5',
    // MaxBurst + 1 from rest.
    truth: [bucket(6, 3)],
    verdicts: exact,
    source: 'github.com/throttled/throttled/v2/rate.go, RateLimitCtx',
    start: (setting) => startGo({ KIND: 'throttled', REQUESTS: 6, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'ulule/limiter',
    options: '10 per 2 s, memory store',
    truth: [windowed('fixed-window', 10, 2, { anchor: 'first-request' })],
    verdicts: exact,
    source: 'github.com/ulule/limiter/v3/drivers/store/memory/cache.go, Increment',
    start: (setting) => startGo({ KIND: 'ulule', REQUESTS: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'ulule/limiter',
    options: '25 per 4 s, memory store',
    truth: [windowed('fixed-window', 25, 4, { anchor: 'first-request' })],
    verdicts: exact,
    source: 'github.com/ulule/limiter/v3/drivers/store/memory/cache.go, Increment',
    start: (setting) => startGo({ KIND: 'ulule', REQUESTS: 25, WINDOW_MS: 4000 }, setting),
  },
  {
    name: 'go-chi/httprate',
    options: '10 per 2 s',
    // Rounded to the nearest, on a grid from the start of the server.
    truth: [windowed('sliding-counter', 10, 2, { countsRejected: false })],
    verdicts: exact,
    source: 'github.com/go-chi/httprate/limiter.go, OnLimit and calculateRate',
    start: (setting) => startGo({ KIND: 'httprate', REQUESTS: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'redis_rate (GCRA in Redis)',
    options: '8 per 2 s, Burst 8',
    truth: [bucket(8, 4)],
    verdicts: exact,
    source: 'github.com/go-redis/redis_rate/v10/lua.go, allowN',
    start: (setting) => startGoWithRedis({ KIND: 'redis_rate', REQUESTS: 8, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'limits (Python)',
    options: 'fixed-window, 10 per 2 s',
    truth: [windowed('fixed-window', 10, 2, { anchor: 'first-request' })],
    verdicts: exact,
    source: 'limits/storage/memory.py, incr',
    start: (setting) => startPython({ KIND: 'fixed-window', REQUESTS: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'limits (Python)',
    options: 'moving-window, 10 per 2 s',
    truth: [windowed('sliding-log', 10, 2, { countsRejected: false })],
    verdicts: exact,
    source: 'limits/storage/memory.py, acquire_entry',
    start: (setting) => startPython({ KIND: 'moving-window', REQUESTS: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'limits (Python)',
    options: 'sliding-window-counter, 10 per 2 s',
    // On windows of the wall clock, rounded down.
    truth: [windowed('sliding-counter', 10, 2, { countsRejected: false })],
    verdicts: exact,
    source: 'limits/storage/memory.py, acquire_sliding_window_entry',
    start: (setting) => startPython({ KIND: 'sliding-window-counter', REQUESTS: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'limits (Python)',
    options: 'moving-window, 7 per 3 s',
    truth: [windowed('sliding-log', 7, 3, { countsRejected: false })],
    verdicts: exact,
    source: 'limits/storage/memory.py, acquire_entry (the same strategy as of slowapi and flask-limiter)',
    start: (setting) => startPython({ KIND: 'moving-window', REQUESTS: 7, WINDOW_MS: 3000 }, setting),
  },
  {
    name: 'limits (Python)',
    options: 'sliding-window-counter, 15 per 4 s',
    truth: [windowed('sliding-counter', 15, 4, { countsRejected: false })],
    verdicts: exact,
    source: 'limits/storage/memory.py, acquire_sliding_window_entry',
    start: (setting) => startPython({ KIND: 'sliding-window-counter', REQUESTS: 15, WINDOW_MS: 4000 }, setting),
  },
  {
    name: 'bucket4j',
    options: 'capacity 10, refillGreedy(10, 2 s)',
    truth: [bucket(10, 5)],
    verdicts: exact,
    source: 'bucket4j, BucketState64BitsInteger.java, refill',
    start: (setting) => startJava({ KIND: 'greedy', REQUESTS: 10, REFILL: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'bucket4j',
    options: 'capacity 9, refillIntervally(3, 1 s)',
    truth: [bucket(9, 3)],
    verdicts: exact,
    source: 'bucket4j, BucketState64BitsInteger.java, refill',
    start: (setting) => startJava({ KIND: 'intervally', REQUESTS: 9, REFILL: 3, WINDOW_MS: 1000 }, setting),
  },
  {
    name: 'bucket4j',
    options: 'capacity 10, refillIntervally(10, 2 s)',
    // All of it at once, on a grid from the making of the bucket: a fixed window.
    truth: [windowed('fixed-window', 10, 2, { anchor: 'clock' })],
    verdicts: exact,
    source: 'bucket4j, BucketState64BitsInteger.java, refill',
    start: (setting) => startJava({ KIND: 'intervally', REQUESTS: 10, REFILL: 10, WINDOW_MS: 2000 }, setting),
  },
  {
    name: 'governor',
    options: '6 per 2 s, allow_burst(6)',
    truth: [bucket(6, 3)],
    verdicts: exact,
    source: 'governor/src/gcra.rs, test_and_update',
    start: (setting) => startRust({ REQUESTS: 6, WINDOW_MS: 2000, BURST: 6 }, setting),
  },
  {
    name: 'governor',
    options: '4 per 1 s, no burst',
    truth: [bucket(1, 4)],
    verdicts: exact,
    source: 'governor/src/gcra.rs, test_and_update',
    start: (setting) => startRust({ REQUESTS: 4, WINDOW_MS: 1000, BURST: 1 }, setting),
  },
  {
    name: 'governor',
    options: '5 per 2 s, allow_burst(12)',
    truth: [bucket(12, 2.5)],
    verdicts: exact,
    source: 'governor/src/gcra.rs, test_and_update',
    start: (setting) => startRust({ REQUESTS: 5, WINDOW_MS: 2000, BURST: 12 }, setting),
  },
];
