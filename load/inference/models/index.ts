/** All models that the engine knows, simplest first: of those that explain everything, the first one leads. */
import { ban } from './ban.ts';
import { fixedWindowFirstRequest, fixedWindowGrid } from './fixed-window.ts';
import type { Model } from './model.ts';
import { slidingCounter } from './sliding-counter.ts';
import { slidingLog } from './sliding-log.ts';
import { oneByOneBucket, steppedBucket, tokenBucket } from './token-bucket.ts';

export const MODELS: readonly Model[] = [
  fixedWindowFirstRequest('nothing'),
  fixedWindowGrid,
  slidingLog(false),
  tokenBucket,
  slidingCounter(false),
  slidingLog(true),
  fixedWindowFirstRequest('rejected'),
  fixedWindowFirstRequest('every'),
  oneByOneBucket,
  steppedBucket,
  slidingCounter(true),
  ban,
];

/**
 * Looked at beside the counters that they are like, and where no other explains what was seen: where their windows lie is
 * soon lost, and then they explain a lot.
 */
export const RESERVE: readonly Model[] = [
  slidingCounter(false, 'first-request'),
  slidingCounter(true, 'first-request'),
];
