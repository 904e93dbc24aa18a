import { expect, test } from 'vitest';
import { checkK6Arguments, parseSegment, segmentArguments, withoutPushOutput } from './k6-arguments.ts';

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

for (const [args, left, wants] of [
  [['--out', 'json=a.json', '-o', 'csv=b.csv'], ['--out', 'json=a.json', '-o', 'csv=b.csv'], false],
  [['--out', 'experimental-prometheus-rw', '--tag', 'a=b'], ['--tag', 'a=b'], true],
  [['-oexperimental-prometheus-rw', '--out=csv=b.csv'], ['--out=csv=b.csv'], true],
  [['--out=experimental-prometheus-rw'], [], true],
] as const) {
  test(`of ${args.join(' ')} k6 gets ${left.join(' ') || 'nothing'}`, () => {
    expect(withoutPushOutput(args)).toEqual({ args: left, wantsPushOutput: wants });
  });
}

test('the segments of a load are those of k6', () => {
  expect(segmentArguments(parseSegment('2/3'))).toEqual([
    ...['--execution-segment', '1/3:2/3', '--execution-segment-sequence', '0,1/3,2/3,1'],
  ]);
  for (const text of ['0/2', '3/2', '1', '1/2/3', 'a/b'])
    expect(() => parseSegment(text)).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 2 }));
});
