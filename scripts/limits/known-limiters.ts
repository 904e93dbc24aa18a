import type { Algorithm } from '../../load/inference/engine.ts';

/**
 * Limiters of the reference API whose truth is known, with windows of a few seconds: what the end-to-end tests and
 * `bench:limits` put in front of `assay limits`. `spec` is the text of `assay serve --limit`.
 */
export interface KnownLimiter {
  readonly title: string;
  readonly spec: string;
  /** What an exact verdict must say, one entry a tier; null: no exact verdict can be right. */
  readonly truth: readonly Truth[] | null;
  /** A rejection shuts everything out for so long. */
  readonly penaltySeconds?: number;
  /** Verdicts that are right. */
  readonly verdicts: readonly ('exact' | 'bounded' | 'none' | 'inconclusive')[];
  /** Part of the short list that `npm test` runs. */
  readonly isShort?: boolean;
}

export interface Truth {
  readonly algorithm: Algorithm;
  readonly capacity: number;
  readonly windowSeconds?: number;
  readonly refillPerSecond?: number;
  readonly anchor?: 'first-request' | 'clock';
  readonly status?: number;
  readonly countsRejected?: boolean;
}

const exact = ['exact'] as const;
const never = ['bounded', 'inconclusive'] as const;

export const KNOWN_LIMITERS: readonly KnownLimiter[] = [
  {
    title: 'a fixed window from the first request',
    spec: '12/3s',
    truth: [{ algorithm: 'fixed-window', anchor: 'first-request', capacity: 12, windowSeconds: 3 }],
    verdicts: exact,
    isShort: true,
  },
  {
    title: 'a sliding log',
    spec: 'sliding-log:10/3s',
    truth: [{ algorithm: 'sliding-log', capacity: 10, windowSeconds: 3 }],
    verdicts: exact,
  },
  {
    title: 'a token bucket',
    spec: 'bucket:10@10/s',
    truth: [{ algorithm: 'token-bucket', capacity: 10, refillPerSecond: 10 }],
    verdicts: exact,
  },
  { title: 'no limit', spec: 'none', truth: null, verdicts: ['none'], isShort: true },
  {
    title: 'a limit of 0',
    spec: '0/1s',
    truth: [{ algorithm: 'unknown', capacity: 0 }],
    verdicts: ['exact', 'bounded', 'inconclusive'],
  },
  {
    title: 'a fixed window aligned to the clock',
    spec: '12/2s,anchor=clock',
    truth: [{ algorithm: 'fixed-window', anchor: 'clock', capacity: 12, windowSeconds: 2 }],
    verdicts: exact,
  },
  {
    title: 'a fixed window aligned to the start of the server',
    spec: '12/2s,anchor=server-start',
    truth: [{ algorithm: 'fixed-window', anchor: 'clock', capacity: 12, windowSeconds: 2 }],
    verdicts: exact,
  },
  {
    title: 'a log that counts rejections',
    spec: 'sliding-log:8/2s,counts-rejected',
    truth: [{ algorithm: 'sliding-log', capacity: 8, windowSeconds: 2 }],
    verdicts: exact,
  },
  {
    title: 'a sliding-window counter',
    spec: 'sliding-counter:12/2s',
    truth: [{ algorithm: 'sliding-counter', capacity: 12, windowSeconds: 2 }],
    verdicts: exact,
  },
  {
    title: 'a bucket that is refilled in steps',
    spec: 'bucket:10@5/s,step=1s',
    truth: [{ algorithm: 'token-bucket', capacity: 10, refillPerSecond: 5 }],
    verdicts: exact,
  },
  {
    title: 'GCRA',
    spec: 'gcra:6@3/s',
    truth: [{ algorithm: 'token-bucket', capacity: 6, refillPerSecond: 3 }],
    verdicts: exact,
  },
  {
    title: 'GCRA without a burst',
    spec: 'gcra:1@4/s',
    truth: [{ algorithm: 'token-bucket', capacity: 1, refillPerSecond: 4 }],
    verdicts: exact,
  },
  {
    title: 'a leaky queue',
    spec: 'queue:5@10/s',
    truth: [{ algorithm: 'leaky-queue', capacity: 6, refillPerSecond: 10 }],
    verdicts: ['exact', 'bounded'],
  },
  {
    title: 'a window that rejects with 503',
    spec: '10/2s;status=503',
    truth: [{ algorithm: 'fixed-window', capacity: 10, windowSeconds: 2, status: 503 }],
    verdicts: exact,
  },
  {
    title: 'a window whose rejections are slow',
    spec: '10/2s;slow=300ms',
    truth: [{ algorithm: 'fixed-window', capacity: 10, windowSeconds: 2 }],
    verdicts: exact,
  },
  {
    title: 'two tiers',
    spec: '5/1s+20/10s',
    truth: [
      { algorithm: 'fixed-window', capacity: 5, windowSeconds: 1 },
      { algorithm: 'fixed-window', capacity: 20, windowSeconds: 10 },
    ],
    verdicts: ['exact', 'bounded'],
  },
  {
    title: 'two counters in turn, which are one of twice the size',
    spec: '6/2s;servers=2',
    truth: [{ algorithm: 'fixed-window', capacity: 12, windowSeconds: 2 }],
    verdicts: ['exact', 'bounded'],
  },
  {
    title: 'a ban of 4 s',
    spec: '8/2s;ban=4s',
    truth: [{ algorithm: 'fixed-window', anchor: 'first-request', capacity: 8, windowSeconds: 2 }],
    penaltySeconds: 4,
    verdicts: ['exact', 'bounded'],
  },
  { title: 'random shedding', spec: 'none;shed=0.3', truth: null, verdicts: never },
];
