import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { countsByStatus, measure, outcomes } from './measurement.ts';
import { snapshotWith } from './snapshots.fixture.ts';

const { operation } = readContract('contracts/create-chat');

function snapshot(atMs: number, accepted: number, limited = 0) {
  return snapshotWith(atMs, { 201: accepted, ...(limited > 0 ? { 429: limited } : {}) });
}

test('counts at whole seconds are read off between the ticks around them', () => {
  // A steady 100/s from 1000 ms on, seen at ticks that fall 300 ms behind whole seconds.
  const snapshots = [
    snapshot(300, 0),
    snapshot(1300, 30),
    snapshot(2300, 130),
    snapshot(3300, 230),
    snapshot(4000, 300),
  ];
  const { seconds, endSeconds, total } = measure(snapshots, 1000, 0, operation);
  expect(seconds.map((tally) => outcomes(tally).accepted)).toEqual([100, 100, 100]);
  expect(endSeconds).toBe(3);
  expect(countsByStatus(total)).toEqual({ 201: 300 });
});

test('seconds add up to the whole, whatever the ticks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.nat(500), fc.nat(500)), { minLength: 1 }),
      (ticks) => {
        let [atMs, accepted, limited] = [5000, 0, 0];
        const snapshots = ticks.map(([pauseMs, moreAccepted, moreLimited]) => {
          atMs += pauseMs;
          accepted += moreAccepted;
          limited += moreLimited;
          return snapshot(atMs, accepted, limited);
        });
        const { seconds, total } = measure(snapshots, 5000, 0, operation);
        const sum = (of: 'accepted' | 'limited') => seconds.reduce((all, tally) => all + outcomes(tally)[of], 0);
        expect([sum('accepted'), sum('limited')]).toEqual([accepted, limited]);
        expect(outcomes(total)).toEqual({ requests: accepted + limited, accepted, limited, failed: 0 });
      },
    ),
    { seed: 1 },
  );
});

test('nothing is lost where a clock is set back by an hour', () => {
  const snapshots = [snapshot(1000, 100), snapshot(2000 - 3_600_000, 200), snapshot(3000 - 3_600_000, 300)];
  const { seconds, total, endSeconds } = measure(snapshots, 0, 0, operation);
  expect(countsByStatus(total)).toEqual({ 201: 300 });
  expect(seconds.reduce((sum, tally) => sum + outcomes(tally).accepted, 0)).toBe(300);
  expect(endSeconds).toBeCloseTo(2, 2);
});

test('the warm-up is left out of what is measured, request by request, and not of the whole', () => {
  const snapshots = [
    snapshotWith(1000, {}, { warmUp: { 201: 100 }, dropped: 4 }),
    snapshotWith(2000, { 201: 190 }, { warmUp: { 201: 110 }, dropped: 5 }),
  ];
  const { measured, total } = measure(snapshots, 0, 1, operation);
  expect([outcomes(measured).accepted, outcomes(total).accepted]).toEqual([190, 300]);
  expect([measured.droppedIterations, total.droppedIterations]).toEqual([1, 5]);
});

test('answers of undocumented statuses and requests without answer are failed ones', () => {
  const { total } = measure([snapshotWith(1000, { 0: 2, 201: 1, 401: 1, 503: 3 })], 0, 0, operation);
  expect(countsByStatus(total)).toEqual({ 0: 2, 201: 1, 401: 1, 503: 3 });
  expect(outcomes(total)).toEqual({ requests: 7, accepted: 1, limited: 0, failed: 6 });
});

test('a run without a snapshot measured nothing', () => {
  expect(measure([], 0, 0, operation)).toMatchObject({ seconds: [], endSeconds: 0 });
});
