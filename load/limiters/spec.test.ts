import { describe, expect, it } from 'vitest';
import { parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { LimiterSpecError, parseLimiterSpec } from './spec.ts';

const make = (text: string) => parseLimiterSpec(text, { parseLimit, startMs: 500, random: () => 0.5 });

/** Admitted (a) or rejected (r), at these times. */
function decisions(text: string, timesMs: readonly number[]): string {
  const limiter = make(text);
  return timesMs.map((ms) => (limiter.decide(ms, 'key').admitted ? 'a' : 'r')).join('');
}

describe('a limiter spec', () => {
  const rows = [
    { spec: '2/1s', times: [100, 200, 300, 1099, 1100], expected: 'aarra', why: 'from the first request: 100 + 1000' },
    { spec: 'fixed-window:2/1s,anchor=clock', times: [900, 910, 920, 1000], expected: 'aara', why: 'whole seconds' },
    { spec: 'fixed-window:2/1s,anchor=server-start', times: [900, 910, 1400, 1500], expected: 'aara', why: 'from 500' },
    { spec: '2/1s,prolonged-by=rejected', times: [0, 1, 900, 1500, 2500], expected: 'aarra', why: '1500 + 1000' },
    { spec: '2/1s,prolonged-by=every', times: [0, 900, 1800, 2801], expected: 'aara', why: 'silence of a second' },
    { spec: 'sliding-log:2/1s', times: [0, 500, 999, 1000, 1499, 1500], expected: 'aarara', why: 'one at a time' },
    {
      spec: 'sliding-log:2/1s,counts-rejected',
      times: [0, 500, 999, 1000, 1500],
      expected: 'aarrr',
      why: 'rejected entries',
    },
    {
      spec: 'sliding-counter:2/1s',
      times: [0, 1, 1001, 1002, 1501],
      expected: 'aaara',
      why: '2·0.998 + 1 ≥ 2, 2·0.499 + 1 < 2',
    },
    { spec: 'bucket:2@1/s', times: [0, 0, 0, 999, 1000], expected: 'aarra', why: 'one token a second' },
    {
      spec: 'bucket:2@1/s,step=2s',
      times: [0, 0, 0, 1999, 2000, 2000, 2000],
      expected: 'aarraar',
      why: 'two each 2 s',
    },
    { spec: 'gcra:2@1/s', times: [0, 0, 0, 999, 1000], expected: 'aarra', why: 'the same as a bucket' },
    { spec: 'concurrency:1', times: [0, 1], expected: 'ar', why: 'nothing was released' },
    { spec: 'none', times: [0, 0, 0], expected: 'aaa', why: 'no limit' },
    {
      spec: '2/1s+3/10s',
      times: [0, 1, 2, 1000, 1001, 2000],
      expected: 'aarara'.replace(/..$/, 'rr'),
      why: 'the second tier is full',
    },
    {
      spec: '1/1s;ban=3s',
      times: [0, 1, 2000, 3000, 3001],
      expected: 'arrra',
      why: 'rejected at 1, banned until 3001',
    },
    { spec: '2/1s;servers=2', times: [0, 0, 0, 0, 0], expected: 'aaaar', why: 'two counters' },
  ];
  for (const { spec, times, expected, why } of rows)
    it(`${spec}: ${why}`, () => expect(decisions(spec, times)).toBe(expected));

  it('carries the status and the delay of rejections', () => {
    const limiter = make('0/1s;status=503;slow=200ms');
    expect(limiter.decide(0, 'key')).toMatchObject({ admitted: false, status: 503, delayMs: 200 });
  });

  it('delays what comes too early, and rejects only when the queue is full', () => {
    const limiter = make('queue:1@10/s');
    expect([0, 0, 0].map((ms) => limiter.decide(ms, 'key'))).toMatchObject([
      { admitted: true, delayMs: 0 },
      { admitted: true, delayMs: 100 },
      { admitted: false },
    ]);
  });

  it('counts by key', () => {
    const limiter = make('1/1s');
    expect(['a', 'a', 'b'].map((key) => limiter.decide(0, key).admitted)).toEqual([true, false, true]);
  });

  for (const text of ['nonsense', '2/1s,anchor=moon', '2/1s,colour=red', '2/1s;ban=soon', 'queue:2@0/s', ''])
    it(`refuses "${text}"`, () => expect(() => make(text)).toThrow());

  it('names what is wrong with an option', () => {
    expect(() => make('2/1s,colour=red')).toThrow(LimiterSpecError);
    expect(() => make('2/1s,colour=red')).toThrow('"colour" is no option here');
  });
});
