import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import { gateEnvironment, withReporter } from './gate-options.ts';
import { forward } from './playwright.ts';

test('gates that are given become variables, which the suite reads; others are left to the environment', () => {
  expect(gateEnvironment({ strict: true, baseline: 'b.json', minCoverage: 90, minReached: 80 })).toEqual({
    ASSAY_STRICT: '1',
    ASSAY_BASELINE: 'b.json',
    ASSAY_MIN_COVERAGE: '90',
    ASSAY_MIN_REACHED: '80',
  });
  expect(gateEnvironment({})).toEqual({});
});

test('a reporter that is asked for stands beside ours', () => {
  expect(withReporter(['--reporter=list', '-x'], '/r.ts')).toEqual(['--reporter=list,/r.ts', '-x']);
  expect(withReporter(['--reporter', 'dot'], '/r.ts')).toEqual(['--reporter', 'dot,/r.ts']);
  expect(withReporter(['--grep', 'a'], '/r.ts')).toEqual(['--grep', 'a']);
});

test('a secret is masked wherever the stream is cut', async () => {
  const secret = 'abcdefgh-secret';
  const text = `one ${secret} two\n${secret}${secret}\nend`;
  for (let cut = 1; cut < 9; cut += 1) {
    const chunks = text.match(new RegExp(`[^]{1,${cut}}`, 'g')) ?? [];
    let written = '';
    const stream = Readable.from(chunks);
    const flush = forward(
      stream,
      (part) => {
        written += part;
      },
      redactor([secret]),
      secret.length,
    );
    await new Promise((resolve) => stream.once('end', resolve));
    flush();
    expect(written).toBe('one *** two\n******\nend');
  }
});
