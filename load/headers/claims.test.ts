import { describe, expect, it } from 'vitest';
import { type Claim, parseClaims } from './claims.ts';

const DATE = 'Tue, 24 Nov 2026 06:00:00 GMT';
const DATE_SECONDS = Date.parse(DATE) / 1000;

/** "limit 100/60", "remaining 5", "quota 30 some": a claim as short text. */
function short(claim: Claim): string {
  if (claim.kind === 'limit') return `${claim.header} limit ${claim.requests}/${claim.windowSeconds}`;
  if (claim.kind === 'remaining') return `${claim.header} remaining ${claim.requests}`;
  return `${claim.header} ${claim.until} after ${claim.afterSeconds.join('..')}`;
}

const readable: [name: string, value: string, claims: string[]][] = [
  ['retry-after', '30', ['Retry-After some after 30..30']],
  ['retry-after', '0', ['Retry-After some after 0..0']],
  ['retry-after', ' 30 ', ['Retry-After some after 30..30']],
  // Date is rounded down, so it was up to a second later.
  ['retry-after', 'Tue, 24 Nov 2026 06:00:30 GMT', ['Retry-After some after 29..30']],
  ['retry-after', 'Tuesday, 24-Nov-26 06:00:30 GMT', ['Retry-After some after 29..30']],
  ['retry-after', 'Tue Nov 24 06:00:30 2026', ['Retry-After some after 29..30']],
  ['ratelimit', '"burst";r=50;t=30', ['RateLimit remaining 50']],
  [
    'ratelimit',
    '"burst";r=0;t=30, "daily";r=7;t=100',
    ['RateLimit remaining 0', 'RateLimit some after 30..30', 'RateLimit remaining 7'],
  ],
  ['ratelimit', '"burst";r=3', ['RateLimit remaining 3']],
  [
    'ratelimit',
    'limit=100, remaining=50, reset=30',
    ['RateLimit limit 100/null', 'RateLimit remaining 50', 'RateLimit all after 30..30'],
  ],
  [
    'ratelimit-policy',
    '"burst";q=100;w=60,"daily";q=1000;w=86400',
    ['RateLimit-Policy limit 100/60', 'RateLimit-Policy limit 1000/86400'],
  ],
  ['ratelimit-policy', '"a";q=10', ['RateLimit-Policy limit 10/null']],
  [
    'ratelimit-policy',
    '"bytes";q=65535;qu="content-bytes";w=10, "a";q=1;qu="requests";w=2;pk=:sdfjLJUOUH==:',
    ['RateLimit-Policy limit 1/2'],
  ],
  [
    'ratelimit-policy',
    '100;w=60, 5000;w=3600;comment="hourly"',
    ['RateLimit-Policy limit 100/60', 'RateLimit-Policy limit 5000/3600'],
  ],
  ['ratelimit-limit', '100', ['RateLimit-Limit limit 100/null']],
  [
    'ratelimit-limit',
    '10, 10;w=1, 50;w=60',
    ['RateLimit-Limit limit 10/null', 'RateLimit-Limit limit 10/1', 'RateLimit-Limit limit 50/60'],
  ],
  ['ratelimit-remaining', '4', ['RateLimit-Remaining remaining 4']],
  ['ratelimit-reset', '30', ['RateLimit-Reset all after 30..30']],
  ['x-ratelimit-limit', '5000', ['X-RateLimit-Limit limit 5000/null']],
  ['x-ratelimit-limit-minute', '20', ['X-RateLimit-Limit-Minute limit 20/60']],
  ['x-ratelimit-remaining-second', '1', ['X-RateLimit-Remaining-Second remaining 1']],
  ['x-ratelimit-reset', '30', ['X-RateLimit-Reset all after 30..30']],
  ['x-ratelimit-reset', String(DATE_SECONDS + 30), ['X-RateLimit-Reset all after 29..30']],
  ['x-ratelimit-reset', String((DATE_SECONDS + 30) * 1000), ['X-RateLimit-Reset all after 29..30']],
  ['x-ratelimit-reset', '2026-11-24T06:00:30.000Z', ['X-RateLimit-Reset all after 29..30']],
  ['x-ratelimit-reset', 'Tue, 24 Nov 2026 06:00:30 GMT', ['X-RateLimit-Reset all after 29..30']],
  ['x-ratelimit-reset-requests', '6m0s', ['X-RateLimit-Reset-Requests all after 360..360']],
  ['x-ratelimit-reset-requests', '120ms', ['X-RateLimit-Reset-Requests all after 0.12..0.12']],
  ['x-ratelimit-reset-after', '1.25', ['X-RateLimit-Reset-After all after 1.25..1.25']],
  ['x-rate-limit-limit', '15', ['X-Rate-Limit-Limit limit 15/null']],
  // Of another resource, or of none that is known.
  ['x-ratelimit-remaining-tokens', '149984', []],
  ['x-ratelimit-resource', 'core', []],
];

const malformed: [name: string, value: string, fault: string][] = [
  ['retry-after', 'soon', 'Retry-After is malformed: "soon" is neither whole seconds nor a date'],
  ['retry-after', '1.5', 'Retry-After is malformed: "1.5" is neither whole seconds nor a date'],
  ['retry-after', '-1', 'Retry-After is malformed: "-1" is neither whole seconds nor a date'],
  ['retry-after', '30, 30', 'Retry-After is malformed: "30, 30" is neither whole seconds nor a date'],
  [
    'retry-after',
    '2026-11-24T06:00:30Z',
    'Retry-After is malformed: "2026-11-24T06:00:30Z" is neither whole seconds nor a date',
  ],
  ['ratelimit', '"burst";t=30', 'RateLimit is malformed: ""burst";t=30" has no whole r'],
  ['ratelimit', '"burst";r=1.5;t=30', 'RateLimit is malformed: ""burst";r=1.5;t=30" has no whole r'],
  ['ratelimit', '"burst";r=1;t=0.5', 'RateLimit is malformed: ""burst";r=1;t=0.5" has a t that is no whole number'],
  ['ratelimit', 'limit=100', 'RateLimit is malformed: "limit=100" is no list of policies with r and t'],
  ['ratelimit', 'burst;r=1', 'RateLimit is malformed: "burst;r=1" is no list of policies with r and t'],
  [
    'ratelimit-policy',
    '"a";q=10;w=0',
    'RateLimit-Policy is malformed: ""a";q=10;w=0" has a w that is no whole number above 0',
  ],
  [
    'ratelimit-policy',
    '"a";q=10;w=1.5',
    'RateLimit-Policy is malformed: ""a";q=10;w=1.5" has a w that is no whole number above 0',
  ],
  ['ratelimit-policy', '"a";w=10', 'RateLimit-Policy is malformed: ""a";w=10" has a policy without a whole q'],
  ['ratelimit-policy', '"a;q=10', 'RateLimit-Policy is malformed: ""a;q=10" is no structured list'],
  ['ratelimit-limit', 'many', 'RateLimit-Limit is malformed: "many" is no whole number'],
  ['ratelimit-reset', '1.5', 'RateLimit-Reset is malformed: "1.5" is no whole number of seconds'],
  ['x-ratelimit-remaining', '-1', 'X-RateLimit-Remaining is malformed: "-1" is no whole number'],
  ['x-ratelimit-reset', 'NaN', 'X-RateLimit-Reset is malformed: "NaN" is neither seconds nor a time'],
  ['x-ratelimit-reset', '', 'X-RateLimit-Reset is malformed: "" is neither seconds nor a time'],
];

describe('headers about a limit', () => {
  it.each(readable)('%s: %s', (name, value, claims) => {
    const read = parseClaims({ date: DATE, [name]: value });
    expect(read.claims.map(short)).toEqual(claims);
    expect(read.faults).toEqual([]);
  });

  it.each(malformed)('%s: %s is malformed', (name, value, fault) => {
    expect(parseClaims({ date: DATE, [name]: value }).faults).toEqual([fault]);
  });

  it.each([
    ['retry-after', 'Tue, 24 Nov 2026 06:00:30 GMT'],
    ['x-ratelimit-reset', String(DATE_SECONDS + 30)],
  ])('%s: a time of day says nothing where the answer has no Date', (name, value) => {
    expect(parseClaims({ [name]: value })).toEqual({ claims: [], faults: [] });
  });
});
