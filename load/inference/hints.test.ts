import { describe, expect, it } from 'vitest';
import { returnHintMs } from './hints.ts';

const WALL_MS = Date.UTC(2026, 0, 1);

describe('a hint of when quota returns', () => {
  it.each([
    ['Retry-After in seconds', { 'retry-after': '8' }, 13_000],
    ['Retry-After as a date', { 'retry-after': new Date(WALL_MS + 13_000).toUTCString() }, 13_000],
    ['RateLimit-Reset', { 'ratelimit-reset': '3' }, 8000],
    ['X-RateLimit-Reset as a span', { 'x-ratelimit-reset': '2.5' }, 7500],
    ['X-RateLimit-Reset as a time in seconds', { 'x-ratelimit-reset': String(WALL_MS / 1000 + 9) }, 9000],
    ['X-RateLimit-Reset as a time in ms', { 'x-ratelimit-reset': String(WALL_MS + 9500) }, 9500],
    ['RateLimit as a structured field', { ratelimit: '"default";r=0;t=4' }, 9000],
  ])('is read from %s, for an answer that came at 5 s', (_, headers, returnsAtMs) => {
    const [earliestMs, latestMs] = returnHintMs(headers, 5000, WALL_MS) ?? [0, 0];
    expect(earliestMs).toBeLessThanOrEqual(returnsAtMs);
    expect(latestMs).toBeGreaterThanOrEqual(returnsAtMs);
    expect(latestMs - earliestMs).toBeLessThan(1500);
  });

  it.each([
    ['no header', {}],
    ['words', { 'retry-after': 'soon' }],
    ['a negative number', { 'retry-after': '-5' }],
    ['a moment that is past', { 'x-ratelimit-reset': String(WALL_MS / 1000 - 60) }],
    ['ages', { 'retry-after': '99999999' }],
    ['an empty one', { 'retry-after': '' }],
  ])('is none for %s', (_, headers) => {
    expect(returnHintMs(headers, 5000, WALL_MS)).toBeNull();
  });

  it('is none for a time where the wall clock is not known', () => {
    expect(returnHintMs({ 'x-ratelimit-reset': String(WALL_MS / 1000 + 9) }, 5000, null)).toBeNull();
  });
});

it("the header that tells most is taken, whatever their order, and the server's Date changes nothing", () => {
  const headers = { 'x-ratelimit-reset': '60', date: new Date(WALL_MS - 90_000).toUTCString(), 'retry-after': '2' };
  const [earliestMs = 0, latestMs = 0] = returnHintMs(headers, 5000, WALL_MS) ?? [];
  expect(earliestMs).toBeLessThanOrEqual(7000);
  expect(latestMs).toBeLessThan(8000);
  const moment = { date: headers.date, 'x-ratelimit-reset': String(WALL_MS / 1000 + 9) };
  expect(returnHintMs(moment, 5000, WALL_MS)).toEqual(returnHintMs({ ...moment, date: '' }, 5000, WALL_MS));
});
