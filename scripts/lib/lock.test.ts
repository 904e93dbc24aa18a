import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-lock-'));
  file = join(folder, 'k6.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const times = { pollMs: 5, heartbeatMs: 20, staleAfterMs: 1_000 };
const options = { onWait: () => undefined, signal: new AbortController().signal, times };

test('works that want the same lock run one after another and leave no file', async () => {
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 10));
    running -= 1;
  };
  await Promise.all(Array.from({ length: 6 }, () => withLock(file, work, options)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('the lock is given back when the work throws', async () => {
  const failing = withLock(file, () => Promise.reject(new Error('no')), options);
  await expect(failing).rejects.toThrow('no');
  await expect(withLock(file, async () => 'done', options)).resolves.toBe('done');
});

test('the lock of a dead process of this machine is taken over at once', async () => {
  await writeFile(file, JSON.stringify({ pid: 2 ** 22 + 1, machine: hostname(), id: 'x' }));
  await expect(withLock(file, async () => 'done', options)).resolves.toBe('done');
});

test('the lock of another machine, or one that was never written to its end, is waited for until it is old', async () => {
  for (const text of [JSON.stringify({ pid: 2 ** 22 + 1, machine: 'elsewhere', id: 'x' }), '', '{"pid":1']) {
    await writeFile(file, text);
    let looks = 0;
    const onWait = () => {
      looks += 1;
      if (looks === 3) void utimes(file, new Date(0), new Date(0));
    };
    await expect(withLock(file, async () => 'done', { ...options, onWait })).resolves.toBe('done');
    expect(looks).toBeGreaterThanOrEqual(3);
  }
});

test('a lock that is held for longer than the stale time is kept by its heartbeat', async () => {
  const short = { pollMs: 5, heartbeatMs: 20, staleAfterMs: 200 };
  const order: string[] = [];
  const first = withLock(
    file,
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      order.push('first');
    },
    { ...options, times: short },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  await withLock(file, async () => void order.push('second'), { ...options, times: short });
  await first;
  expect(order).toEqual(['first', 'second']);
});

test('waiting ends when it is aborted, and the holder keeps its lock', async () => {
  const text = JSON.stringify({ pid: process.pid, machine: hostname(), id: 'x' });
  await writeFile(file, text);
  const stop = new AbortController();
  const waiting = withLock(file, async () => 'done', { ...options, signal: stop.signal, onWait: () => stop.abort() });
  await expect(waiting).rejects.toThrow();
  expect(await readFile(file, 'utf8')).toBe(text);
});
