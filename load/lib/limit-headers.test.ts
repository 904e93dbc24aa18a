import { expect, it } from 'vitest';
import { limitHeaders } from './limit-headers.ts';

it('headers about a limit are kept, others are not', () => {
  const about = {
    'retry-after': '1',
    date: 'Tue, 24 Nov 2026 06:00:00 GMT',
    ratelimit: '"a";r=1',
    'ratelimit-policy': '"a";q=1',
    'x-ratelimit-limit': '1',
    'x-ratelimit-remaining-minute': '1',
    'x-rate-limit-reset': '1',
  };
  const others = {
    'content-type': 'application/json',
    'set-cookie': 'a=b',
    'x-request-id': '1',
    'x-retry-after-note': 'x',
    deprecation: '@1',
  };
  expect(limitHeaders({ ...others, ...about })).toEqual(about);
  expect(limitHeaders({ ratelimit: 'x'.repeat(2000) })).toEqual({ ratelimit: 'x'.repeat(500) });
});
