import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { REWRITE, secondsLeftAt, startProgress, statusText } from './progress.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => void vi.useRealTimers());

function shown(host: { isTerminal: boolean; isQuiet?: boolean }) {
  const texts: string[] = [];
  const progress = startProgress({ ...host, now: () => new Date(), err: (text) => void texts.push(text) });
  return { progress, text: () => texts.join('') };
}
const recovery = { phase: 'recovery', says: '120 accepted, then 429', secondsLeft: 12.4 };

describe('progress', () => {
  test('says the phase, how much of it, and the time left', () => {
    expect(statusText(recovery, 0)).toBe('recovery: 120 accepted, then 429, about 12 s left');
    expect(statusText({ ...recovery, secondsLeft: null }, 0)).toBe('recovery: 120 accepted, then 429');
    expect(statusText(recovery, 100)).toBe('recovery: 120 accepted, then 429');
  });

  test('without a terminal is a line for each phase and every ten seconds', () => {
    const { progress, text } = shown({ isTerminal: false });
    progress.update({ phase: 'first burst', says: '0 requests' });
    progress.update({ phase: 'first burst', says: '1 request' });
    progress.update(recovery);
    vi.advanceTimersByTime(10_250);
    progress.update({ ...recovery, secondsLeft: null });
    vi.advanceTimersByTime(60_000);
    progress.done();
    vi.advanceTimersByTime(60_000);
    expect(text().split('\n')).toEqual([
      'first burst: 0 requests',
      'recovery: 120 accepted, then 429, about 12 s left',
      'recovery: 120 accepted, then 429, about 2 s left',
      'recovery: 120 accepted, then 429',
      '',
    ]);
  });

  test('on a terminal is one line that counts down, never wraps, and goes away', () => {
    const { progress, text } = shown({ isTerminal: true });
    progress.update({ ...recovery, says: 'x'.repeat(50) });
    vi.advanceTimersByTime(2000);
    progress.update({ ...recovery, says: 'x'.repeat(200) });
    vi.advanceTimersByTime(500);
    progress.done();
    const lines = text().split(REWRITE).slice(1);
    expect(lines.slice(0, 3)).toEqual([12, 11, 10].map((left) => `recovery: ${'x'.repeat(50)}, about ${left} s left`));
    expect(lines.at(-2)).toHaveLength(79);
    expect(lines.at(-1)).toBe('');
    expect(text()).not.toContain('\n');
  });

  test('says nothing where quiet is asked for, and ends nothing where nothing was shown', () => {
    const quiet = shown({ isTerminal: true, isQuiet: true });
    quiet.progress.update(recovery);
    vi.advanceTimersByTime(20_000);
    quiet.progress.done();
    const idle = shown({ isTerminal: true });
    idle.progress.done();
    expect([quiet.text(), idle.text()]).toEqual(['', '']);
  });

  test('takes the rest to go on as it went', () => {
    expect(secondsLeftAt(50, 200, 10)).toBe(30);
    expect(secondsLeftAt(0, 200, 10)).toBeNull();
    expect(secondsLeftAt(9, 200, 10)).toBeNull();
    expect(secondsLeftAt(210, 200, 10)).toBe(0);
  });
});
