import { expect, test } from 'vitest';
import { openStopLine } from './stop-line.ts';

test('a script that waits gets its answer when the line is pulled, and one that comes later at once', async () => {
  const line = await openStopLine();
  const waiting = fetch(line.url);
  const first = await Promise.race([
    waiting.then(() => 'answered'),
    new Promise((done) => setTimeout(done, 50, 'waits')),
  ]);
  expect(first).toBe('waits');
  line.pull();
  expect((await waiting).status).toBe(204);
  expect((await fetch(line.url)).status).toBe(204);
  line.close();
  await expect(fetch(line.url)).rejects.toThrow();
});
