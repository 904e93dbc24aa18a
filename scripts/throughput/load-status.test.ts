import { expect, test } from 'vitest';
import type { LoadProfile } from '../../load/measurement/profile.ts';
import { interruptedIterations, loadStatus } from './load-status.ts';

const open: LoadProfile = {
  ...{ mode: 'open', ratePerSecond: 50, spike: null, preallocatedVus: 5, maxVus: 5 },
  ...{
    durationSeconds: 90,
    warmUpSeconds: 5,
    requestTimeoutMs: 10_000,
    objectives: [],
    maxIterations: null,
    endsAtSeconds: 90,
    scenarioSeconds: 90,
  },
};
const closed: LoadProfile = {
  mode: 'closed',
  vus: 5,
  durationSeconds: 90,
  warmUpSeconds: 5,
  requestTimeoutMs: 10_000,
  objectives: [],
  maxIterations: null,
  endsAtSeconds: 90,
  scenarioSeconds: 90,
};

test('requests of those that are to start, and the time left, are read from what k6 prints', () => {
  const line = 'running (01.0s), 0/5 VUs, 49 complete and 0 interrupted iterations';
  expect(loadStatus(line, 'load', open)).toEqual({ phase: 'load', says: '49 of 4,500 requests', secondsLeft: 89 });
  expect(loadStatus(line, 'load', open, 1 / 3)).toMatchObject({ says: '49 of 1,500 requests' });
  expect(loadStatus(line, 'load', closed)).toEqual({ phase: 'load', says: '49 requests', secondsLeft: 89 });
  const later = 'running (1m10.5s), 5/5 VUs, 3500 complete and 0 interrupted iterations';
  expect(loadStatus(later, 'step 2', open)).toMatchObject({ phase: 'step 2', secondsLeft: 19.5 });
  const soak = 'running (1h00m30.0s), 5/5 VUs, 3500 complete and 0 interrupted iterations';
  expect(loadStatus(soak, 'load', { ...open, durationSeconds: 3700 })).toMatchObject({ secondsLeft: 70 });
  const last = 'running (1m31.0s), 1/5 VUs, 4499 complete and 0 interrupted iterations';
  expect(loadStatus(last, 'load', open)).toEqual({
    phase: 'load',
    says: '4,499 requests, waiting for the last answers',
  });
});

test('other lines of k6 say nothing of it', () => {
  for (const line of ['', 'load   [  24% ] 0/5 VUs  1.0s/4s  50.00 iters/s', '     execution: local'])
    expect(loadStatus(line, 'load', open)).toBeNull();
});

test('what k6 cut off is read from the line that it ends with', () => {
  expect(interruptedIterations('running (2.0s), 00/10 VUs, 3 complete and 17 interrupted iterations\n')).toBe(17);
  expect(interruptedIterations('load  [ 100% ] 03/10 VUs  1s  5.00 iters/s')).toBeNull();
});
