import { expect, test } from 'vitest';
import { formatLimit, LimitSyntaxError, parseLimit } from './limit-grammar.ts';

const window = (requests: number, windowSeconds: number, algorithm: string | null = null) => ({
  kind: 'window',
  algorithm,
  requests,
  windowSeconds,
});
const good = [
  { text: '120/60s', parts: [window(120, 60)] },
  { text: '120/1m', parts: [window(120, 60)] },
  { text: '1/500ms', parts: [window(1, 0.5)] },
  { text: '5000/h', parts: [window(5000, 3600)] },
  { text: '10/1s+120/60s', parts: [window(10, 1), window(120, 60)] },
  { text: 'sliding-log:20/5s', parts: [window(20, 5, 'sliding-log')] },
  { text: 'sliding-counter:20/2.5s', parts: [window(20, 2.5, 'sliding-counter')] },
  { text: 'bucket:20@5/s', parts: [{ kind: 'bucket', burst: 20, refillPerSecond: 5 }] },
  { text: 'bucket:20@0.5/s + 100/1m', parts: [{ kind: 'bucket', burst: 20, refillPerSecond: 0.5 }, window(100, 60)] },
  { text: '0/1s', parts: [window(0, 1)] },
];
for (const { text, parts } of good) {
  test(`${text} is read, and read back`, () => {
    expect(parseLimit(text)).toEqual(parts);
    expect(parseLimit(formatLimit(parseLimit(text)))).toEqual(parts);
  });
}

const bad = [
  '',
  '120',
  '120/',
  '/60s',
  '120/0s',
  '-1/60s',
  '1.5/60s',
  'foo:120/60s',
  'bucket:20/5s',
  'bucket:20@0/s',
  '120/60s+',
  '120/60 s',
  '120/60x',
  'bucket:20@5',
];
for (const text of bad) {
  test(`"${text}" is no limit`, () => {
    expect(() => parseLimit(text)).toThrow(LimitSyntaxError);
  });
}
