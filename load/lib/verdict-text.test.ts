import { describe, expect, it } from 'vitest';
import type { LimitsVerdict } from '../inference/engine.ts';
import { numberText, rangeText, secondsText, verdictLines } from './verdict-text.ts';

const verdict: LimitsVerdict = {
  verdict: 'exact',
  summary: '120 requests per 60 s, fixed window from the first request',
  reason: null,
  firstRejection: { requestNumber: 121, atSeconds: 0.41 },
  limits: [
    {
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
    },
  ],
  countsInvalid: true,
  countsUnauthorized: false,
  scope: 'key',
  penaltySeconds: null,
  overAdmission: { admitted: 124, capacity: 120 },
  client: { burst: 120, steadyPerSecond: 2, waitAfterRejectionSeconds: 60 },
  cost: { requests: 371, accepted: 361, rejected: 10, seconds: 185.2 },
  findings: ['it rejects with 503 instead of 429'],
  evidence: { models: [], foretold: null, quota: null },
};

describe('a verdict in words', () => {
  it('of a proven limit', () => {
    expect(verdictLines(verdict).join('\n')).toBe(`exact: 120 requests per 60 s, fixed window from the first request
  counted by: API key
  400s use up quota
  401s use up no quota
  over-admission: 124 accepted where 120 are allowed, with many in flight
  finding: it rejects with 503 instead of 429
  for a client: bursts up to 120, at most 2 a second for long, wait 60 s after a rejection
  cost: 371 requests (361 accepted, 10 rejected) in 3 min 5 s`);
  });

  it('of one within bounds', () => {
    const { limits, cost } = verdict;
    const bounded: LimitsVerdict = {
      ...verdict,
      verdict: 'bounded',
      summary: '120 requests per 55 to 65 s',
      reason: 'out of budget',
      countsInvalid: null,
      countsUnauthorized: null,
      scope: null,
      overAdmission: null,
      client: null,
      findings: [],
      penaltySeconds: 300,
      limits: limits.map((limit) => ({
        ...limit,
        algorithm: 'unknown',
        windowSecondsRange: [55, Number.POSITIVE_INFINITY],
      })),
      cost: { ...cost, seconds: 1.2345 },
    };
    expect(verdictLines(bounded).join('\n')).toBe(`bounded: 120 requests per 55 to 65 s
  because: out of budget
  so far: 120 requests per at least 55 s
  penalty: blocked for 5 min
  cost: 371 requests (361 accepted, 10 rejected) in 1.234 s`);
  });

  it('has short numbers, but all digits of a whole one', () => {
    expect([0, 0.123456, 12.3456, 59.97, 12345, 1234.5].map(numberText)).toEqual([
      '0',
      '0.1235',
      '12.35',
      '59.97',
      '12345',
      '1235',
    ]);
    expect([rangeText([1, 1]), rangeText([1, 2]), rangeText([1, Number.POSITIVE_INFINITY])]).toEqual([
      '1',
      '1 to 2',
      'at least 1',
    ]);
    expect([0.4123, 12.345, 119, 120, 3599.6].map(secondsText)).toEqual([
      '0.4123 s',
      '12.3 s',
      '119 s',
      '2 min',
      '60 min',
    ]);
  });
});
