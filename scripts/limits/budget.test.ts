import { describe, expect, it } from 'vitest';
import { parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { announcement, defaultBudget, furtherCost, tiersOf, usualCost } from './budget.ts';

const documented = [{ requests: 120, windowSeconds: 60 }];
const target = { url: 'http://127.0.0.1:1/chats', method: 'POST', creates: true, harmless: false };

describe('the budget of a search', () => {
  it('takes a bucket as a window that lasts until it is full', () => {
    expect(tiersOf(parseLimit('10/1s+bucket:20@5/s'))).toEqual([
      { requests: 10, windowSeconds: 1 },
      { requests: 20, windowSeconds: 4 },
    ]);
  });

  it('has a usual cost of 4 × (N + 1) + 40 requests and 5 windows', () => {
    // 4 × 121 + 40, 5 × 60 s; with 10/1s beside it 16 × 11 more, in the time of the longest.
    expect(usualCost(documented)).toEqual({ requests: 524, seconds: 300 });
    expect(usualCost([...documented, { requests: 10, windowSeconds: 1 }])).toEqual({ requests: 700, seconds: 300 });
    expect(usualCost([])).toBeNull();
  });

  it.each([
    ['off loopback, three times the usual cost', documented, false, { maxRequests: 1572, maxSeconds: 900 }],
    [
      'off loopback, enough for an unknown limit of a few hundred',
      [{ requests: 5, windowSeconds: 1 }],
      false,
      { maxRequests: 1000, maxSeconds: 120 },
    ],
    ['off loopback, with nothing known', [], false, { maxRequests: 5000, maxSeconds: 900 }],
    ['on loopback, much', documented, true, { maxRequests: 20_000, maxSeconds: 900 }],
    [
      'on loopback, as much as a large limit needs',
      [{ requests: 9999, windowSeconds: 600 }],
      true,
      { maxRequests: 120_120, maxSeconds: 9000 },
    ],
  ])('is %s', (_, prior, isLoopback, budget) => {
    expect(defaultBudget(prior, isLoopback)).toEqual(budget);
  });

  it('has a cost for each further question, asked of a full quota', () => {
    // 2 × (60 + 121) for 400s and 401s; 121 + 2 for another key and another address; two windows before each.
    expect(furtherCost(documented, { probeCosts: true, identities: 0 })).toEqual({ requests: 362, seconds: 252 });
    expect(furtherCost(documented, { probeCosts: false, identities: 2 })).toEqual({ requests: 123, seconds: 126 });
    expect(furtherCost(documented, { probeCosts: false, identities: 0 })).toEqual({ requests: 0, seconds: 0 });
    expect(furtherCost([], { probeCosts: true, identities: 1 }).seconds).toBe(0);
  });

  it('is announced with the further questions in it', () => {
    const questions = { probeCosts: true, identities: 1 };
    expect(announcement(documented, { maxRequests: 3000, maxSeconds: 1800 }, target, questions)[1]).toBe(
      'cost: about 1,008 requests in about 11 min 18 s, at most 3,000 in 30 min; each accepted one creates something',
    );
  });

  it('is announced before it is spent', () => {
    expect(announcement(documented, { maxRequests: 1612, maxSeconds: 960 }, target)).toEqual([
      'limits: POST http://127.0.0.1:1/chats',
      'cost: about 524 requests in about 5 min, at most 1,612 in 16 min; each accepted one creates something',
    ]);
    expect(announcement(documented, { maxRequests: 50, maxSeconds: 30 }, { ...target, harmless: true })[1]).toBe(
      'cost: about 50 requests in about 30 s, at most 50 in 30 s; each accepted one creates something, unless invalid requests turn out to use up quota: these create nothing',
    );
    expect(announcement([], { maxRequests: 50, maxSeconds: 30 }, { ...target, creates: false })[1]).toBe(
      'cost: an unknown number of requests, at most 50 in 30 s; nothing is created',
    );
  });
});
