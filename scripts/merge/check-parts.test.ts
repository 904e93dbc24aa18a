import { expect, test } from 'vitest';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { checkParts } from './check-parts.ts';

type Part = [number: number, of: number] | null;

const check = (parts: readonly Part[]) => () =>
  checkParts(
    '--shard',
    parts.map((part) => ({ part: part === null ? null : { number: part[0], of: part[1] } })),
    parts.map((_, index) => `folder-${index + 1}`),
  );

test.each<[string, Part[]]>([
  [
    'all parts',
    [
      [1, 3],
      [2, 3],
      [3, 3],
    ],
  ],
  [
    'all parts, in another order',
    [
      [2, 2],
      [1, 2],
    ],
  ],
  ['runs that were not divided by the option', [null, null]],
])('%s are a whole', (_, parts) => {
  expect(check(parts)).not.toThrow();
});

test('results that say nothing of parts, of an older version, are taken', () => {
  expect(() => checkParts('--segment', [{}, {}], ['a', 'b'])).not.toThrow();
});

test.each<[string, Part[], ExitCode, RegExp]>([
  [
    'a part in the middle is missing',
    [
      [1, 3],
      [3, 3],
    ],
    ExitCode.Impossible,
    /of 2\/3 there is no result among folder-1, folder-2/,
  ],
  [
    'all but one are missing',
    [
      [2, 4],
      [3, 4],
    ],
    ExitCode.Impossible,
    /of 1\/4, 4\/4 there is no result/,
  ],
  [
    'a part came twice',
    [
      [1, 2],
      [1, 2],
    ],
    ExitCode.Usage,
    /folder-1 and folder-2 are both part 1 of 2/,
  ],
  [
    'a part of another division',
    [
      [1, 2],
      [2, 3],
    ],
    ExitCode.Usage,
    /folder-1 is part 1 of 2, folder-2 part 2 of 3/,
  ],
  ['a whole run beside parts', [null, [1, 2], [2, 2]], ExitCode.Usage, /folder-2 is part 1 of 2, folder-1 is no part/],
])('%s: refused, and said', (_, parts, exitCode, why) => {
  expect(check(parts)).toThrow(
    expect.objectContaining({ name: 'UserError', exitCode, why: expect.stringMatching(why) }),
  );
});

test('what is missing is said with the command that makes it', () => {
  expect(
    check([
      [2, 4],
      [3, 4],
    ]),
  ).toThrow(expect.objectContaining({ fix: 'name their folders too, or run --shard 1/4 and --shard 4/4 again' }));
});
