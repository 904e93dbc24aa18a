import { expect, test } from 'vitest';
import { k6Rate, offeredRequests, parseLoadProfile } from './profile.ts';

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
  expect(offeredRequests(profile, 0, 60)).toBe(20);
  expect(parseLoadProfile({}, elsewhere, undefined)).toMatchObject({ ratePerSecond: 1 });
});

test('users instead of a rate make the closed model, whose requests depend on the answers', () => {
  const profile = parseLoadProfile({ ASSAY_VUS: '7', ASSAY_DURATION_SECONDS: '2.5' }, loopback, limit);
  expect(profile).toMatchObject({ mode: 'closed', vus: 7, durationSeconds: 2.5, warmUpSeconds: 0 });
  expect(profile.objectives.map(({ expression }) => expression)).toEqual(['violations=0', 'failed<1%']);
  expect(offeredRequests(profile, 0, 1)).toBeNull();
});

test('users are made ready for four times the latency that was seen', () => {
  const profile = (latency: string) =>
    parseLoadProfile({ ASSAY_RATE: '1000', ASSAY_EXPECTED_LATENCY_MS: latency }, loopback, limit);
  expect(profile('50')).toMatchObject({ preallocatedVus: 200, maxVus: 1000 });
  expect(profile('0.3')).toMatchObject({ preallocatedVus: 100 });
  expect(profile('5000')).toMatchObject({ preallocatedVus: 400, maxVus: 1000 });
  const atMost = (maxVus: string) =>
    parseLoadProfile({ ASSAY_RATE: '1000', ASSAY_EXPECTED_LATENCY_MS: '50', ASSAY_MAX_VUS: maxVus }, loopback, limit);
  expect(atMost('3000')).toMatchObject({ preallocatedVus: 200, maxVus: 3000 });
  expect(atMost('20')).toMatchObject({ preallocatedVus: 20, maxVus: 20 });
});

for (const [does, env] of [
  ['a rate that is no number', { ASSAY_RATE: 'quick' }],
  ['a rate of 0', { ASSAY_RATE: '0' }],
  ['a negative duration', { ASSAY_DURATION_SECONDS: '-1' }],
  ['a warm-up as long as the load', { ASSAY_DURATION_SECONDS: '5', ASSAY_WARM_UP_SECONDS: '5' }],
  ['a rate together with users', { ASSAY_RATE: '5', ASSAY_VUS: '5' }],
  ['a rate for fixed users', { ASSAY_MODE: 'closed', ASSAY_RATE: '5' }],
  ['users for a spike', { ASSAY_MODE: 'spike', ASSAY_VUS: '5' }],
  ['a rate around a load that is no spike', { ASSAY_BASE_RATE: '5' }],
  ['a spike of a load that is none', { ASSAY_VUS: '5', ASSAY_SPIKE_SECONDS: '5' }],
  ['a spike as long as its load', { ASSAY_MODE: 'spike', ASSAY_DURATION_SECONDS: '5', ASSAY_SPIKE_SECONDS: '5' }],
  ['a spike below what is around it', { ASSAY_MODE: 'spike', ASSAY_RATE: '50', ASSAY_BASE_RATE: '51' }],
  ['a base rate of 0', { ASSAY_MODE: 'spike', ASSAY_BASE_RATE: '0' }],
  ['a most of fixed users', { ASSAY_VUS: '5', ASSAY_MAX_VUS: '5' }],
  ['a most of users that is no number', { ASSAY_MAX_VUS: 'many' }],
  ['a mode that is none', { ASSAY_MODE: 'constructor' }],
  ['a preset that is none', { ASSAY_PRESET: 'huge' }],
  ['a deadline that is no number', { ASSAY_DEADLINE_MS: 'soon' }],
  ['an objective that is none', { ASSAY_OBJECTIVES: 'quick' }],
] as const) {
  test(`a load profile refuses ${does}`, () => {
    expect(() => parseLoadProfile(env, loopback, limit)).toThrow(
      expect.objectContaining({ name: 'UserError', exitCode: 2 }),
    );
  });
}

test('a preset gives the numbers that are not given, and elsewhere stays within the documented limit', () => {
  const env = { ASSAY_PRESET: 'spike', ASSAY_DURATION_SECONDS: '6' };
  expect(parseLoadProfile(env, loopback, limit)).toMatchObject({
    mode: 'spike',
    ratePerSecond: 1000,
    durationSeconds: 6,
  });
  expect(parseLoadProfile(env, elsewhere, limit)).toMatchObject({ mode: 'spike', ratePerSecond: 2 });
  expect(parseLoadProfile({ ASSAY_PRESET: 'soak' }, loopback, limit)).toMatchObject({
    mode: 'soak',
    ratePerSecond: 100,
  });
});

test('a spike offers a fifth, all, and a fifth of its rate', () => {
  const spike = parseLoadProfile(
    { ASSAY_MODE: 'spike', ASSAY_RATE: '100', ASSAY_DURATION_SECONDS: '9' },
    loopback,
    limit,
  );
  expect([offeredRequests(spike, 0, 3), offeredRequests(spike, 2, 4), offeredRequests(spike, 0, 99)]).toEqual([
    60, 120, 420,
  ]);
});

test('what is around a spike, and how long it lasts, may be set', () => {
  const spike = parseLoadProfile(
    {
      ...{ ASSAY_MODE: 'spike', ASSAY_RATE: '100', ASSAY_DURATION_SECONDS: '9' },
      ...{ ASSAY_BASE_RATE: '10', ASSAY_SPIKE_SECONDS: '1' },
    },
    loopback,
    limit,
  );
  expect([offeredRequests(spike, 0, 4), offeredRequests(spike, 4, 5), offeredRequests(spike, 5, 99)]).toEqual([
    40, 100, 40,
  ]);
});

test('rates that k6 cannot say per second are said per 1000 s', () => {
  expect(k6Rate(200)).toEqual({ rate: 200, timeUnit: '1s' });
  expect(k6Rate(2.5)).toEqual({ rate: 2500, timeUnit: '1000s' });
  expect(k6Rate(1 / 60)).toEqual({ rate: 17, timeUnit: '1000s' });
});
