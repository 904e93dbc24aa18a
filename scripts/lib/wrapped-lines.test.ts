import { expect, test } from 'vitest';
import { wrappedLines } from './wrapped-lines.ts';

const lines = [
  `latency    p50 0.49 ms, p95 2.04 ms, ${'and more, '.repeat(6)}done`,
  `  for a client: ${'bursts up to 120 '.repeat(6)}done`,
  '',
  `curl ${'x'.repeat(100)} end`,
];

test('on a terminal lines are broken between words, below the text of their first line', () => {
  expect(
    wrappedLines(lines, { isOutputTerminal: true }),
  ).toBe(`latency    p50 0.49 ms, p95 2.04 ms, and more, and more, and more, and more, and
           more, and more, done
  for a client: bursts up to 120 bursts up to 120 bursts up to 120 bursts up to
    120 bursts up to 120 bursts up to 120 done

curl
  ${'x'.repeat(100)}
  end
`);
});

test('in a pipe they stay whole', () => {
  expect(wrappedLines(lines, { isOutputTerminal: false })).toBe(`${lines.join('\n')}\n`);
});
