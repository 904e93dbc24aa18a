import { expect, test } from 'vitest';
import { startProgress } from './progress.ts';

function show(isTerminal: boolean): string {
  let nowMs = 0;
  let shown = '';
  const progress = startProgress({ isTerminal, now: () => new Date(nowMs), err: (text) => (shown += text) });
  for (; nowMs < 25_000; nowMs += 500) progress.update(`${nowMs / 1000} s`);
  progress.done();
  return shown;
}

test('without a terminal a line comes at once and then every ten seconds', () => {
  expect(show(false)).toBe('0 s\n10 s\n20 s\n');
});

test('on a terminal one line is rewritten and ended once', () => {
  const shown = show(true);
  expect(shown.split('\r\x1b[2K')).toHaveLength(51);
  expect(shown.endsWith('24.5 s\n')).toBe(true);
  expect(shown.split('\n')).toHaveLength(2);
});

test('nothing is ended when nothing was shown', () => {
  let shown = '';
  startProgress({ isTerminal: true, now: () => new Date(0), err: (text) => (shown += text) }).done();
  expect(shown).toBe('');
});
