import { describe, expect, it } from 'vitest';
import { firstAnswers } from './first-answers.ts';

const refused = 'dial: connection refused';
const cases: [does: string, answers: (number | string)[], why: string | null][] = [
  ['says nothing before three', [401, 401], null],
  ['stops at three lost', [refused, refused, refused], `3 requests got no answer (${refused})`],
  ['stops at three times 401', [401, 401, 401], 'it answers 401 to a valid request: the API key is not accepted'],
  ['stops at three times 404', [404, 404, 404], 'it answers 404 to a valid request: there is no such path'],
  [
    'stops at redirects',
    [302, 302, 302],
    'it answers 302 to a valid request: it redirects, and redirects are not followed',
  ],
  ['goes on when one of them differs', [401, 400, 401], null],
  ['goes on when one was answered', [refused, 401, refused], null],
  ['goes on after a success', [201, 401, 401, 401, 401], null],
  // A limit of zero, and one that answers 503 or 403.
  ['goes on at 429', [429, 429, 429], null],
  ['goes on at 503', [503, 503, 503], null],
  ['goes on at 403', [403, 403, 403], null],
  ['goes on once there was another answer', [refused, 429, refused, refused, refused], null],
];

describe('the first answers', () => {
  it.each(cases)('%s', (_, answers, why) => {
    const first = firstAnswers();
    for (const answer of answers) {
      if (typeof answer === 'number') first.take(answer, null);
      else first.take(null, answer);
    }
    expect(first.whyUnusable()).toBe(why);
  });

  it('are judged at the end, however few came', () => {
    const first = firstAnswers();
    expect(first.whyUnusable('at the end')).toBeNull();
    first.take(null, 'request timeout');
    expect(first.whyUnusable()).toBeNull();
    expect(first.whyUnusable('at the end')).toBe('1 requests got no answer (request timeout)');
  });
});
