import { expect, it } from 'vitest';
import type { LimitsVerdict, Range } from '../../load/inference/engine.ts';
import { judgeResult } from './judged-result.ts';
import type { KnownLimiter } from './known-limiters.ts';
import { fixedWindow, tokenBucket, unknownWindow, verdictWith } from './verdict-fixture.ts';

const held: LimitsVerdict['evidence'] = {
  models: [{ name: 'fixed-window/first-request', state: 'surviving', refutedBy: null, parameters: {} }] as never,
  foretold: { holds: true } as never,
  quota: null,
};
const surviving = (...models: readonly (readonly [name: string, capacity: Range])[]): LimitsVerdict['evidence'] => ({
  ...held,
  models: models.map(([name, capacity]) => ({
    name,
    state: 'surviving',
    refutedBy: null,
    parameters: { capacity },
  })) as never,
});
const exact = (limits: LimitsVerdict['limits'], more: Partial<LimitsVerdict> = {}): LimitsVerdict =>
  verdictWith(limits, { evidence: held, ...more });
const bounded = (limits: LimitsVerdict['limits']) => verdictWith(limits, { verdict: 'bounded', reason: 'why' });

const minute: KnownLimiter['truth'] = [
  { algorithm: 'fixed-window', anchor: 'first-request', capacity: 120, windowSeconds: 60 },
];
const bucket: KnownLimiter['truth'] = [{ algorithm: 'token-bucket', capacity: 20, refillPerSecond: 5 }];
const one = { ...fixedWindow, capacity: 1, capacityRange: [1, 1] as const, windowSeconds: 0.25 };

const cases: [
  does: string,
  verdict: LimitsVerdict,
  truth: KnownLimiter['truth'],
  outcome: string,
  mistakes: string[],
][] = [
  ['the truth', exact([fixedWindow]), minute, 'right', []],
  ['a bucket', exact([tokenBucket]), bucket, 'right', []],
  [
    'a bucket, and the same one refilled one token at a time',
    exact([tokenBucket], {
      evidence: surviving(['token-bucket', [20, 20]], ['token-bucket/one-by-one', [20, 20]]),
    }),
    bucket,
    'right',
    [],
  ],
  [
    'a bucket, and one of another size',
    exact([tokenBucket], {
      evidence: surviving(['token-bucket', [20, 20]], ['token-bucket/one-by-one', [19, 20]]),
    }),
    bucket,
    'wrong',
    ['rivals survive'],
  ],
  [
    'a window, and a log of as many',
    exact([fixedWindow], {
      evidence: surviving(['fixed-window/first-request', [120, 120]], ['sliding-log', [120, 120]]),
    }),
    minute,
    'wrong',
    ['rivals survive'],
  ],
  ['bounds that hold the truth', bounded([unknownWindow]), minute, 'undecided', []],
  [
    'bounds that exclude it',
    bounded([{ ...unknownWindow, capacity: 100, capacityRange: [100, 110] }]),
    minute,
    'wrong',
    ['capacity 100 to 110, is 120'],
  ],
  [
    'a bounded window that excludes it',
    bounded([{ ...fixedWindow, windowSecondsRange: [61, 70] }]),
    minute,
    'wrong',
    ['window 61 to 70, is 60'],
  ],
  [
    'another algorithm, anchor and status',
    exact([{ ...fixedWindow, algorithm: 'sliding-log', anchor: null, status: 503 }]),
    minute,
    'wrong',
    ['algorithm sliding-log, is fixed-window', 'status 503, is 429', 'anchor null, is first-request'],
  ],
  [
    'another amount',
    exact([{ ...fixedWindow, capacity: 121, capacityRange: [121, 121] }]),
    minute,
    'wrong',
    ['capacity 121, is 120'],
  ],
  [
    'a window that is too wide to be exact',
    exact([{ ...fixedWindow, windowSecondsRange: [59, 61] }]),
    minute,
    'wrong',
    ['window 59 to 61 is too wide'],
  ],
  [
    'a rate beside the truth',
    exact([{ ...tokenBucket, refillPerSecond: 5.06, refillPerSecondRange: [5.03, 5.09] }]),
    bucket,
    'wrong',
    ['refill 5.03 to 5.09, is 5', 'the middle of refill is 5.06, not 5'],
  ],
  ['an exact answer where there is none', exact([fixedWindow]), null, 'wrong', ['there is no exact answer']],
  ['a tier too few', exact([fixedWindow]), [...minute, ...bucket], 'wrong', ['1 tiers, there are 2']],
  ['no limit where there is one', verdictWith([], { verdict: 'none' }), minute, 'wrong', ['a limit was not seen']],
  [
    'an exact answer without proof',
    exact([fixedWindow], { evidence: { ...held, foretold: null } }),
    minute,
    'wrong',
    ['no round was foretold that held'],
  ],
  [
    'a bucket of one by the name of a window',
    exact([{ ...one, windowSecondsRange: [0.245, 0.255] }]),
    [{ algorithm: 'token-bucket', capacity: 1, refillPerSecond: 4 }],
    'right',
    [],
  ],
  [
    'a bucket of one by the name of another window',
    exact([{ ...one, windowSeconds: 0.5, windowSecondsRange: [0.495, 0.505] }]),
    [{ algorithm: 'token-bucket', capacity: 1, refillPerSecond: 4 }],
    'wrong',
    ['window 0.495 to 0.505, is 0.25', 'the middle of window is 0.5, not 0.25'],
  ],
];

it.each(cases)('%s', (_, verdict, truth, outcome, mistakes) => {
  expect(judgeResult(verdict as never, { truth, verdicts: ['exact'] })).toEqual({ outcome, mistakes });
});

it('an honest bound is right where it is said to be', () => {
  const judged = judgeResult(bounded([unknownWindow]) as never, { truth: minute, verdicts: ['exact', 'bounded'] });
  expect(judged.outcome).toBe('right');
});

it.each([
  ['the truth', 4.01, 4, []],
  ['another penalty', 5, 4, ['penalty 5 s, is 4 s']],
  ['a penalty where there is none', 5, undefined, ['penalty 5, is null']],
  ['none where there is one', null, 4, ['penalty null, is 4']],
])('a penalty: %s', (_, penaltySeconds, truth, mistakes) => {
  const known = {
    truth: minute,
    verdicts: ['exact'] as const,
    ...(truth === undefined ? {} : { penaltySeconds: truth }),
  };
  expect(judgeResult(exact([fixedWindow], { penaltySeconds }), known).mistakes).toEqual(mistakes);
});
