import { expect, test } from 'vitest';
import { localPace, paceIntervalMs, remotePace, servePace } from './pace.ts';

test('turns are an interval apart, and nobody has one during a hold', async () => {
  let now = 1000;
  const pace = localPace(500, () => now);
  expect([await pace.turn(), await pace.turn(), await pace.turn()]).toEqual([0, 500, 1000]);
  now = 5000;
  expect(await pace.turn()).toBe(0);
  await pace.hold(2000);
  expect(await pace.turn()).toBe(2000);
  expect(await pace.turn()).toBe(2500);
});

test('the pace keeps the documented limit with a margin, is divided among shards, and there is none on loopback', () => {
  const limit = { requests: 120, windowSeconds: 60 };
  expect(paceIntervalMs(limit, false, 1)).toBe(525);
  expect(paceIntervalMs(limit, false, 4)).toBe(2100);
  expect(paceIntervalMs(limit, true, 1)).toBe(0);
  expect(paceIntervalMs(null, false, 1)).toBe(0);
});

test('in any window the pace lets no more through than the limit, for any number of workers', async () => {
  const limit = { requests: 10, windowSeconds: 1 };
  let now = 0;
  const pace = localPace(paceIntervalMs(limit, false, 1), () => now);
  const times: number[] = [];
  for (let sent = 0; sent < 60; sent += 1) {
    times.push(now + (await pace.turn()));
    now += sent % 3;
  }
  for (const [at, start] of times.entries())
    expect(times.slice(at).filter((time) => time < start + 1000).length).toBeLessThanOrEqual(10);
});

test('workers of other processes share one pace over loopback', async () => {
  const served = await servePace(localPace(1000, () => 0));
  const [a, b] = [remotePace(served.url), remotePace(served.url)];
  await a.begin();
  await b.begin();
  expect(await a.turn()).toBe(0);
  expect(await b.turn()).toBe(1000);
  expect(await a.state()).toMatchObject({ running: 2, idleMs: 0 });
  await b.end();
  await a.hold(5000);
  expect(await b.turn()).toBe(5000);
  expect((await a.state()).running).toBe(1);
  await a.report('no answer');
  await b.report('no answer & more');
  expect((await a.state()).lost).toEqual({ inARow: 2, inAll: 2, reason: 'no answer & more' });
  await b.report(null);
  expect((await a.state()).lost).toMatchObject({ inARow: 0, inAll: 2 });
  await served.close();
});
