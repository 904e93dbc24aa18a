import { afterEach, describe, expect, it, vi } from 'vitest';
import { progressText, startLiveProgress } from './live-progress.ts';

afterEach(() => void vi.useRealTimers());
const progress = { phase: 'recovery', known: '120 accepted, then 429', secondsLeft: 12.4, requests: 121 };

function shown(isTerminal: boolean) {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  const texts: string[] = [];
  const err = (text: string) => void texts.push(text);
  const live = startLiveProgress({ isTerminal, now: () => new Date(), err });
  return { live, text: () => texts.join('') };
}

describe('live progress', () => {
  it('says phase, what is known and the time left', () => {
    expect(progressText(progress, 0)).toBe('recovery: 120 accepted, then 429; 121 requests, about 12 s left');
    expect(progressText({ ...progress, secondsLeft: null }, 0)).toBe('recovery: 120 accepted, then 429; 121 requests');
    expect(progressText(progress, 100)).toBe('recovery: 120 accepted, then 429; 121 requests');
  });

  it('is a line for each phase and every ten seconds where there is no terminal', () => {
    const { live, text } = shown(false);
    live.take({ ...progress, phase: 'first burst', secondsLeft: null });
    live.take({ ...progress, phase: 'first burst', secondsLeft: null });
    live.take(progress);
    vi.advanceTimersByTime(10_250);
    live.take({ ...progress, secondsLeft: null });
    vi.advanceTimersByTime(60_000);
    live.done();
    vi.advanceTimersByTime(60_000);
    expect(text().split('\n')).toEqual([
      'first burst: 120 accepted, then 429; 121 requests',
      'recovery: 120 accepted, then 429; 121 requests, about 12 s left',
      'recovery: 120 accepted, then 429; 121 requests, about 2 s left',
      'recovery: 120 accepted, then 429; 121 requests',
      '',
    ]);
  });

  it('is one line on a terminal, which counts down and never wraps', () => {
    const { live, text } = shown(true);
    live.take({ ...progress, known: 'x'.repeat(200) });
    vi.advanceTimersByTime(2000);
    live.done();
    const lines = text().split('\r\x1b[2K').slice(1);
    expect(lines.length).toBeGreaterThan(4);
    expect(Math.max(...lines.map((line) => line.trimEnd().length))).toBe(79);
    expect(text().split('\n')).toHaveLength(2);
  });
});
