import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { memoryLimitBytes, residentBytes, watchMemory } from './memory.ts';

test('k6 may hold a share of the memory there is, where nothing is said', () => {
  expect(memoryLimitBytes({}, 10e9)).toBe(6e9);
});

for (const [text, bytes] of [
  ['500MB', 500e6],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['64MiB', 64 * 2 ** 20],
] as const) {
  test(`${text} is a limit`, () => {
    expect(memoryLimitBytes({ ASSAY_K6_MAX_MEMORY: text })).toBe(bytes);
  });
}

for (const text of ['500', '10MB', '-1GB', 'much', '1TB', '1e3MB']) {
  test(`${text} is refused as a limit`, () => {
    expect(() => memoryLimitBytes({ ASSAY_K6_MAX_MEMORY: text })).toThrow(
      expect.objectContaining({ name: 'UserError', exitCode: 2 }),
    );
  });
}

test.runIf(process.platform === 'linux')('a process that holds more than the limit is told, once', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const pid = child.pid ?? 0;
  try {
    const over: number[] = [];
    const watch = await new Promise<ReturnType<typeof watchMemory>>((resolve) => {
      const started = watchMemory(pid, 1e6, {
        onOver: (bytes) => over.push(bytes),
        onFarOver: () => resolve(started),
      });
    });
    expect(over).toHaveLength(1);
    expect(watch.peakBytes()).toBeGreaterThan(1e6);
    watch.stop();
  } finally {
    child.kill('SIGKILL');
  }
  expect(residentBytes(2 ** 30)).toBeNull();
});
