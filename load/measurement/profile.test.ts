import { expect, test } from 'vitest';
import { k6Rate, parseLoadProfile, plannedRequests } from './profile.ts';

const loopback = { isLoopback: true };
const elsewhere = { isLoopback: false };
const limit = { requests: 120, windowSeconds: 60 };

test('the load on loopback is 200/s for 10 s where nothing is said', () => {
  expect(parseLoadProfile({}, loopback, limit)).toMatchObject({
    mode: 'open',
    ratePerSecond: 200,
    durationSeconds: 10,
    warmUpSeconds: 1,
  });
});

test('the load elsewhere keeps the documented limit where nothing is said, and 1/s where none is documented', () => {
  const profile = parseLoadProfile({}, elsewhere, limit);
  expect(profile).toMatchObject({ mode: 'open', ratePerSecond: 2 });
  expect(plannedRequests(profile)).toBe(20);
  expect(parseLoadProfile({}, elsewhere, undefined)).toMatchObject({ ratePerSecond: 1 });
});

test('users instead of a rate make the closed model, whose requests depend on the answers', () => {
  const profile = parseLoadProfile({ ASSAY_VUS: '7', ASSAY_DURATION_SECONDS: '2.5' }, loopback, limit);
  expect(profile).toEqual({ mode: 'closed', vus: 7, durationSeconds: 2.5, warmUpSeconds: 0 });
  expect(plannedRequests(profile)).toBeNull();
});

test('users are made ready for four times the latency that was seen', () => {
  const profile = (latency: string) =>
    parseLoadProfile({ ASSAY_RATE: '1000', ASSAY_EXPECTED_LATENCY_MS: latency }, loopback, limit);
  expect(profile('50')).toMatchObject({ preallocatedVus: 200, maxVus: 1000 });
  expect(profile('0.3')).toMatchObject({ preallocatedVus: 5 });
  expect(profile('5000')).toMatchObject({ preallocatedVus: 400, maxVus: 1000 });
});

for (const [does, env] of [
  ['a rate that is no number', { ASSAY_RATE: 'quick' }],
  ['a rate of 0', { ASSAY_RATE: '0' }],
  ['a negative duration', { ASSAY_DURATION_SECONDS: '-1' }],
  ['a warm-up as long as the load', { ASSAY_DURATION_SECONDS: '5', ASSAY_WARM_UP_SECONDS: '5' }],
  ['a rate together with users', { ASSAY_RATE: '5', ASSAY_VUS: '5' }],
] as const) {
  test(`a load profile refuses ${does}`, () => {
    expect(() => parseLoadProfile(env, loopback, limit)).toThrow(
      expect.objectContaining({ name: 'UserError', exitCode: 2 }),
    );
  });
}

test('rates that k6 cannot say per second are said per 1000 s', () => {
  expect(k6Rate(200)).toEqual({ rate: 200, timeUnit: '1s' });
  expect(k6Rate(2.5)).toEqual({ rate: 2500, timeUnit: '1000s' });
  expect(k6Rate(1 / 60)).toEqual({ rate: 17, timeUnit: '1000s' });
});
