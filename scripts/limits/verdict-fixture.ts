import type { FoundLimit, LimitsVerdict } from '../../load/inference/engine.ts';

/** Verdicts for tests. */

export const fixedWindow: FoundLimit = {
  algorithm: 'fixed-window',
  anchor: 'first-request',
  capacity: 120,
  capacityRange: [120, 120],
  windowSeconds: 60,
  windowSecondsRange: [59.97, 60.02],
  refillPerSecond: null,
  refillPerSecondRange: null,
  refillIntervalSeconds: null,
  countsRejected: null,
  status: 429,
};

export const tokenBucket: FoundLimit = {
  ...fixedWindow,
  algorithm: 'token-bucket',
  anchor: null,
  capacity: 20,
  capacityRange: [20, 20],
  windowSeconds: null,
  windowSecondsRange: null,
  refillPerSecond: 5,
  refillPerSecondRange: [4.98, 5.02],
  countsRejected: false,
};

/** Nothing but its amount is known. */
export const unknownWindow: FoundLimit = {
  ...fixedWindow,
  algorithm: 'unknown',
  anchor: null,
  windowSeconds: null,
  windowSecondsRange: [55, 65],
};

export function verdictWith(limits: readonly FoundLimit[], more: Partial<LimitsVerdict> = {}): LimitsVerdict {
  return {
    verdict: 'exact',
    summary: 'as found',
    reason: null,
    firstRejection: limits.length === 0 ? null : { requestNumber: 121, atSeconds: 0.4 },
    limits,
    countsInvalid: null,
    countsUnauthorized: null,
    scope: null,
    penaltySeconds: null,
    overAdmission: null,
    client: null,
    cost: { requests: 371, accepted: 361, rejected: 10, seconds: 185.2 },
    findings: [],
    evidence: { models: [], foretold: null, quota: null },
    ...more,
  };
}
