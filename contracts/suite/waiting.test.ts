import { expect, test } from 'vitest';
import type { Answer } from '../judge/answer.ts';
import { retryAfterSeconds, waitAfter } from './waiting.ts';

const NOW_MS = Date.parse('2026-05-01T12:00:00Z');
const rejected = (headers: Record<string, string>): Answer => ({
  status: 429,
  headers: Object.entries(headers),
  body: new Uint8Array(),
  sentAtMs: NOW_MS,
  receivedAtMs: NOW_MS,
});

const rows: [string, Record<string, string>, number | null][] = [
  ['nothing', {}, null],
  ['seconds', { 'Retry-After': '7' }, 7],
  ['zero', { 'retry-after': '0' }, 0],
  [
    'a date against the Date of the server, whose clock is an hour off',
    { 'Retry-After': 'Fri, 01 May 2026 13:00:30 GMT', Date: 'Fri, 01 May 2026 13:00:00 GMT' },
    30,
  ],
  ['a date against our clock', { 'Retry-After': 'Fri, 01 May 2026 12:00:05 GMT' }, 5],
  ['a date that is over', { 'Retry-After': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 0],
  ['a fraction', { 'Retry-After': '1.5' }, null],
  ['a negative number', { 'Retry-After': '-1' }, null],
  ['words', { 'Retry-After': 'soon' }, null],
];
for (const [does, headers, expected] of rows)
  test(`Retry-After: ${does}`, () => {
    expect(retryAfterSeconds(rejected(headers))).toBe(expected);
  });

test('a 429 is waited out as it says, else for the window, else longer each time', () => {
  expect(waitAfter(rejected({ 'Retry-After': '7' }), 60, 0)).toBe(7050);
  expect(waitAfter(rejected({}), 60, 0)).toBe(60_050);
  expect([0, 1, 2].map((waits) => waitAfter(rejected({}), null, waits))).toEqual([1050, 2050, 4050]);
  expect(waitAfter(rejected({ 'Retry-After': '86400' }), 60, 0)).toBeNull();
});
