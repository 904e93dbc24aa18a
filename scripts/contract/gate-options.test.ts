import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { redactor } from '../../contracts/lib/redact.ts';
import { gateEnvironment, splitArguments, withReporter } from './gate-options.ts';
import { forward } from './playwright.ts';

test('our options are taken out, the others go to Playwright as they are', () => {
  const { gates, playwrightArgs } = splitArguments([
    '--strict',
    '--grep',
    '@auth',
    '--min-coverage=90',
    '--baseline',
    'b.json',
    '-x',
    '--min-reached',
    '80%',
  ]);
  expect(gates).toEqual({ strict: true, baseline: 'b.json', minCoveragePercent: 90, minReachedPercent: 80 });
  expect(playwrightArgs).toEqual(['--grep', '@auth', '-x']);
  expect(gateEnvironment(gates)).toEqual({
    ASSAY_STRICT: '1',
    ASSAY_BASELINE: 'b.json',
    ASSAY_MIN_COVERAGE: '90',
    ASSAY_MIN_REACHED: '80',
  });
  expect(gateEnvironment(splitArguments([]).gates)).toEqual({});
});

for (const args of [['--min-coverage', 'x'], ['--min-reached=101'], ['--baseline'], ['--min-coverage', '--strict']])
  test(`${args.join(' ')} is refused`, () => {
    expect(() => splitArguments(args)).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 2 }));
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
