import { describe, expect, it } from 'vitest';
import type { FoundLimit, LimitsVerdict, Outcome } from '../../load/inference/engine.ts';
import { type AnsweredRequest, compareAdvertised } from './advertised.ts';
import { fixedWindow, tokenBucket, unknownWindow, verdictWith } from './verdict-fixture.ts';

const LETTERS: Record<string, Outcome> = { a: 'admitted', r: 'rejected', o: 'other' };
const STATUS: Record<Outcome, number | null> = { admitted: 201, rejected: 429, other: 500, lost: null };

/** Requests one after another: [seconds, outcome, headers]; each is answered after 10 ms. */
type Step = [atSeconds: number, outcome: 'a' | 'r' | 'o', headers?: Record<string, string>];
function trace(...steps: Step[]): AnsweredRequest[] {
  return steps.map(([atSeconds, letter, headers = {}], index) => {
    const outcome = LETTERS[letter] ?? 'other';
    return {
      number: index + 1,
      kind: 'valid',
      identity: 'primary',
      sentAtMs: atSeconds * 1000,
      receivedAtMs: atSeconds * 1000 + 10,
      status: STATUS[outcome],
      outcome,
      headers,
    };
  });
}

const window10: FoundLimit = {
  ...fixedWindow,
  capacity: 2,
  capacityRange: [2, 2],
  windowSeconds: 10,
  windowSecondsRange: [9.98, 10.02],
};
const exact = verdictWith([window10]);
const log = verdictWith([{ ...window10, algorithm: 'sliding-log', countsRejected: false }]);
const countingLog = verdictWith([{ ...window10, algorithm: 'sliding-log', countsRejected: true }]);
const bucket = verdictWith([tokenBucket]);
const retry = (value: string) => ({ 'retry-after': value });
const date = 'Tue, 24 Nov 2026 06:00:00 GMT';

const cases: [
  does: string,
  verdict: LimitsVerdict,
  requests: AnsweredRequest[],
  agrees: boolean | null,
  differences: string[],
][] = [
  ['nothing advertised', exact, trace([0, 'a'], [0.1, 'a'], [0.2, 'r']), null, []],
  [
    'Retry-After that is kept',
    exact,
    trace([0, 'a'], [0.1, 'a'], [0.2, 'r', retry('10')], [5, 'r'], [10.1, 'a']),
    true,
    [],
  ],
  [
    'Retry-After that is early',
    exact,
    trace([0, 'a'], [0.1, 'a'], [0.2, 'r', retry('4')], [5, 'r'], [10.1, 'a']),
    false,
    ['early: Retry-After of request 3 says 4, but request 4 was rejected after 4.79 s'],
  ],
  [
    'Retry-After: 0',
    exact,
    trace([0, 'a'], [0.1, 'a'], [0.2, 'r', retry('0')], [0.25, 'r'], [9, 'r']),
    false,
    ['early: Retry-After of request 3 says 0, but request 5 was rejected after 8.79 s'],
  ],
  [
    'two that are early, of which the worse is shown',
    exact,
    trace([0, 'a'], [0.1, 'a'], [0.2, 'r', retry('1')], [3, 'r', retry('1')], [9, 'r']),
    false,
    ['early: Retry-After of request 3 says 1, but request 5 was rejected after 8.79 s (2 such cases)'],
  ],
  [
    'Retry-After that is late',
    exact,
    trace([0, 'a'], [0.1, 'a'], [0.2, 'r', retry('60')], [10.1, 'a']),
    false,
    ['late: Retry-After of request 3 says 60, but request 4 was accepted after 9.91 s'],
  ],
  ['Retry-After rounded up', exact, trace([0, 'a'], [0.1, 'a'], [0.2, 'r', retry('10')], [10.01, 'a']), true, []],
  [
    'Retry-After as a date that is kept',
    exact,
    trace([0, 'a'], [0.1, 'r', { date, 'retry-after': 'Tue, 24 Nov 2026 06:00:10 GMT' }], [10.1, 'a']),
    true,
    [],
  ],
  [
    'Retry-After as a date that is late',
    exact,
    trace([0, 'a'], [0.1, 'r', { date, 'retry-after': 'Tue, 24 Nov 2026 06:01:00 GMT' }], [10.1, 'a']),
    false,
    ['late: Retry-After of request 2 says Tue, 24 Nov 2026 06:01:00 GMT, but request 3 was accepted after 10.01 s'],
  ],
  [
    'an early one whose promise others used up',
    countingLog,
    trace([0, 'r', retry('1')], [0.5, 'r'], [2, 'r']),
    null,
    [],
  ],
  [
    'an early one during a ban, which other rejections may have prolonged',
    verdictWith([window10], { penaltySeconds: 30 }),
    trace([0, 'r', retry('1')], [0.5, 'r'], [2, 'r']),
    null,
    [],
  ],
  [
    'two policies that are used up, of which the longer decides',
    exact,
    trace([0, 'r', { ratelimit: '"a";r=0;t=10, "b";r=0;t=2' }], [5, 'r'], [10.1, 'a']),
    true,
    [],
  ],
  [
    'an early one of a log that counts no rejections',
    log,
    trace([0, 'r', retry('1')], [0.5, 'r'], [2, 'r']),
    false,
    ['early: Retry-After of request 1 says 1, but request 3 was rejected after 1.99 s'],
  ],
  [
    'an early one whose promise an accepted request took',
    bucket,
    trace([0, 'r', retry('1')], [1.5, 'a'], [1.6, 'r']),
    true,
    [],
  ],
  [
    'Retry-After with random rejections',
    verdictWith([], { verdict: 'inconclusive' }),
    trace([0, 'r', retry('60')], [0.5, 'a']),
    true,
    [],
  ],
  ['Retry-After that nothing put to the test', exact, trace([0, 'a'], [0.1, 'r', retry('10')]), null, []],

  ['the right policy', exact, trace([0, 'a', { 'ratelimit-policy': '"a";q=2;w=10' }]), true, []],
  [
    'a wrong quota',
    exact,
    trace([0, 'a', { 'ratelimit-policy': '"a";q=3;w=10' }]),
    false,
    ['RateLimit-Policy says 3 per 10 s, found 2'],
  ],
  [
    'a wrong window',
    exact,
    trace([0, 'a', { 'ratelimit-policy': '"a";q=2;w=60' }]),
    false,
    ['RateLimit-Policy says 2 per 60 s, found a window of 9.98 to 10.02 s'],
  ],
  [
    'a window next to a whole one',
    exact,
    trace([0, 'a', { 'ratelimit-policy': '"a";q=2;w=11' }]),
    false,
    ['RateLimit-Policy says 2 per 11 s, found a window of 9.98 to 10.02 s'],
  ],
  [
    'a window of 1.5 s, told as 2',
    verdictWith([{ ...window10, windowSecondsRange: [1.49, 1.51] }]),
    trace([0, 'a', { 'ratelimit-policy': '"a";q=2;w=2' }]),
    true,
    [],
  ],
  [
    'a bucket, told as burst per time to fill',
    bucket,
    trace([0, 'a', { 'ratelimit-policy': '"a";q=20;w=4' }]),
    true,
    [],
  ],
  [
    'a bucket, told with another time',
    bucket,
    trace([0, 'a', { 'ratelimit-policy': '"a";q=20;w=60' }]),
    false,
    ['RateLimit-Policy says 20 per 60 s, found a refill of 4.98 to 5.02 a second'],
  ],
  [
    'a limit within bounds',
    verdictWith([unknownWindow], { verdict: 'bounded' }),
    trace([0, 'a', { 'x-ratelimit-limit': '120' }]),
    true,
    [],
  ],
  [
    'a limit where none was found',
    verdictWith([], { verdict: 'none' }),
    trace([0, 'a', { 'x-ratelimit-limit': '120' }]),
    null,
    [],
  ],
  [
    'two tiers, both told',
    verdictWith([window10, fixedWindow]),
    trace([0, 'a', { 'ratelimit-policy': '"a";q=2;w=10, "b";q=120;w=60' }]),
    true,
    [],
  ],

  [
    'what remains, truthfully',
    exact,
    trace(
      [0, 'a', { 'ratelimit-remaining': '1' }],
      [0.1, 'a', { 'ratelimit-remaining': '0' }],
      [0.2, 'r', { 'ratelimit-remaining': '0' }],
    ),
    true,
    [],
  ],
  [
    'more than remains',
    exact,
    trace([0, 'a', { 'ratelimit-remaining': '5' }], [0.1, 'r', { 'ratelimit-remaining': '0' }]),
    false,
    ['lying: RateLimit-Remaining of request 1 says 5, but the next request was rejected'],
  ],
  [
    'something remaining on a rejection',
    exact,
    trace([0, 'r', { 'x-ratelimit-remaining': '3' }]),
    false,
    ['lying: X-RateLimit-Remaining of request 1 says 3, but that request was rejected'],
  ],
  [
    'less than remains',
    exact,
    trace([0, 'a', { 'ratelimit-remaining': '0', 'ratelimit-reset': '10' }], [0.1, 'a'], [0.2, 'r']),
    false,
    ['lying: RateLimit-Remaining of request 1 says 0, but 1 more were accepted before the window ended'],
  ],
  [
    'less than remains, of a bucket that refills meanwhile',
    bucket,
    trace([0, 'a', { 'ratelimit-remaining': '0', 'ratelimit-reset': '10' }], [0.3, 'a']),
    true,
    [],
  ],
  [
    'the policy with the least decides',
    exact,
    trace([0, 'a', { ratelimit: '"a";r=0;t=10, "b";r=90;t=60' }], [0.1, 'r']),
    true,
    [],
  ],

  [
    'a reset that is early',
    exact,
    trace([0, 'r', { 'ratelimit-reset': '2' }], [3, 'r']),
    false,
    ['early: RateLimit-Reset of request 1 says 2, but request 2 was rejected after 2.99 s'],
  ],
  [
    'a reset that is late',
    exact,
    trace([0, 'r', { 'ratelimit-reset': '30' }], [10, 'a']),
    false,
    ['late: RateLimit-Reset of request 1 says 30, but request 2 was accepted after 10.01 s'],
  ],
  [
    'a reset of a log, which gives quota back before it',
    log,
    trace([0, 'r', { 'ratelimit-reset': '30' }], [10, 'a']),
    null,
    [],
  ],
  [
    't, which is until some quota, of a log',
    log,
    trace([0, 'r', { ratelimit: '"a";r=0;t=30' }], [10, 'a']),
    false,
    ['late: RateLimit of request 1 says t=30, but request 2 was accepted after 10.01 s'],
  ],
  [
    'Retry-After before t',
    exact,
    trace([0, 'r', { ratelimit: '"a";r=0;t=10', 'retry-after': '5' }]),
    false,
    ["Retry-After of request 1 says 5, which is earlier than RateLimit's t=10"],
  ],
  [
    'something malformed, twice',
    exact,
    trace([0, 'a', { ratelimit: 'x' }], [1, 'a', { ratelimit: 'y' }]),
    false,
    ['RateLimit is malformed: "x" is no list of policies with r and t (2 times)'],
  ],
];

describe('what is advertised', () => {
  it.each(cases)('%s', (_, verdict, requests, agrees, differences) => {
    const { agrees: agreed, differences: found } = compareAdvertised(requests, verdict);
    expect(found).toEqual(differences);
    expect(agreed).toBe(agrees);
  });

  it('is shown as the last rejection has it, without Date', () => {
    const requests = trace(
      [0, 'a', { 'x-ratelimit-limit': '2', date }],
      [1, 'r', retry('9')],
      [2, 'r', retry('8')],
      [10, 'a', { 'x-ratelimit-limit': '3' }],
    );
    expect(compareAdvertised(requests, exact).headers).toEqual({ 'x-ratelimit-limit': '3', 'retry-after': '8' });
  });

  it('is not held against requests of others, or while others were in flight', () => {
    const other = trace([0, 'r', retry('1')], [2, 'r']).map((request) => ({
      ...request,
      identity: 'second-key' as const,
    }));
    expect(compareAdvertised(other, exact).agrees).toBeNull();
    // The second request went out before the first was answered: it may have taken what remained.
    const together = trace([0, 'a', { 'ratelimit-remaining': '1' }], [0.005, 'a'], [0.02, 'r']);
    expect(compareAdvertised(together, exact).differences).toEqual([]);
    const twoTogether = trace([0, 'a', { 'ratelimit-remaining': '1' }], [0.005, 'r']);
    expect(compareAdvertised(twoTogether, exact).differences).toEqual([]);
  });
});
