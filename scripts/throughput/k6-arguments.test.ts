import { expect, test } from 'vitest';
import { checkK6Arguments } from './k6-arguments.ts';

test('outputs, tags and what else leaves the load as it is are passed on', () => {
  checkK6Arguments([]);
  checkK6Arguments(['--out', 'json=a.json', '--tag', 'a=--vus', '--no-color', '--quiet', '--summary-export=s.json']);
});

for (const args of [
  ['--vus', '3'],
  ['--out', 'json=a', '--duration=5s'],
  ['-u', '3'],
  ['script.js'],
  ['--http-debug'],
]) {
  test(`${args.join(' ')} is refused`, () => {
    expect(() => checkK6Arguments(args)).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 2 }));
  });
}
