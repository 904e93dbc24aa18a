import { describe, expect, test } from 'vitest';
import type { DiffResult, LimitsResult, Results, ThroughputResult } from '../results/results.ts';
import {
  badRun,
  contractCase,
  contractChange,
  goodRun,
  noResults,
  sampleContract,
  sampleDiff,
  sampleLimits,
  sampleThroughput,
  soakRun,
} from '../results/sample-results.fixture.ts';
import { contractModel } from './contract-model.ts';
import { algorithmText, tierFigure } from './limits-model.ts';
import { type Answer, reportModel } from './model.ts';

function answerOf(results: Partial<Results>): Answer {
  const answers = reportModel({ ...noResults, ...results }, null).answers.filter((answer) => answer.tone !== 'none');
  const [answer] = answers;
  if (!answer || answers.length !== 1) throw new Error('one part was asked for');
  return answer;
}

const limits = (more: Partial<LimitsResult>): Answer => answerOf({ limits: { ...sampleLimits(), ...more } });
const load = (more: Partial<ThroughputResult>): Answer => answerOf({ throughput: { ...sampleThroughput(), ...more } });
const [window] = sampleLimits().limits;
if (!window) throw new Error('the sample has a limit');
const bucket = {
  ...window,
  algorithm: 'token-bucket',
  anchor: null,
  capacity: 50,
  capacityRange: [50, 50],
  windowSeconds: null,
  windowSecondsRange: null,
  refillPerSecond: 5,
  refillPerSecondRange: [4.98, 5.02],
} as const;

describe('answers', () => {
  const rows: {
    does: string;
    answer: Answer;
    tone: Answer['tone'];
    word: string;
    figure: string;
    unit: string;
  }[] = [
    {
      does: 'a contract that holds',
      answer: answerOf({ contract: sampleContract() }),
      tone: 'good',
      word: 'Holds',
      figure: '35',
      unit: 'of 35 asserted cases hold',
    },
    {
      does: 'a broken contract',
      answer: answerOf({ contract: badRun().contract }),
      tone: 'bad',
      word: 'Broken',
      figure: '4',
      unit: 'of 36 cases break 3 rules',
    },
    {
      does: 'a contract that too few cases reached',
      answer: answerOf({
        contract: { ...sampleContract(), verdict: 'undecided', reason: 'too few', reached: { cases: 2, ofCases: 36 } },
      }),
      tone: 'open',
      word: 'Undecided',
      figure: '2',
      unit: 'of 36 cases that should reach the endpoint did',
    },
    {
      does: 'an exact limit',
      answer: limits({}),
      tone: 'good',
      word: 'Exact',
      figure: '120',
      unit: 'requests per 10 s',
    },
    {
      does: 'an exact limit, no expectation',
      answer: limits({ expected: null }),
      tone: 'good',
      word: 'Exact',
      figure: '120',
      unit: 'requests per 10 s',
    },
    {
      does: 'another limit than expected',
      answer: limits({ expected: { limit: '120/60s', agrees: false, differences: [] } }),
      tone: 'bad',
      word: 'Differs',
      figure: '120',
      unit: 'requests per 10 s',
    },
    {
      does: 'an expectation that is undecided',
      answer: limits({ verdict: 'bounded', expected: { limit: '120/60s', agrees: null, differences: [] } }),
      tone: 'open',
      word: 'Bounded',
      figure: '120',
      unit: 'requests per 10 s',
    },
    {
      does: 'a limit with another status',
      answer: limits({ limits: [{ ...window, status: 503 }] }),
      tone: 'bad',
      word: 'Exact',
      figure: '120',
      unit: 'requests per 10 s',
    },
    {
      does: 'a bucket',
      answer: limits({ limits: [bucket] }),
      tone: 'good',
      word: 'Exact',
      figure: '50',
      unit: 'requests at once, refilled at 5/s',
    },
    {
      does: 'two tiers',
      answer: limits({ limits: [window, bucket] }),
      tone: 'good',
      word: 'Exact',
      figure: '2',
      unit: 'limits at once: 120 requests per 10 s and 50 requests at once, refilled at 5/s',
    },
    {
      does: 'no limit',
      answer: limits({ verdict: 'none', limits: [], firstRejection: null }),
      tone: 'good',
      word: 'No limit found',
      figure: '380',
      unit: 'requests in 33.1 s, none rejected',
    },
    {
      does: 'an undecided limit',
      answer: limits({ verdict: 'inconclusive', limits: [], reason: 'random' }),
      tone: 'open',
      word: 'Undecided',
      figure: '–',
      unit: 'nothing can be said',
    },
    {
      does: 'a load that was borne',
      answer: load({}),
      tone: 'good',
      word: 'Holds',
      figure: '399.6',
      unit: 'requests/s accepted',
    },
    {
      does: 'a load that missed an objective',
      answer: load({ objectives: [{ expression: 'p95<1ms', value: 4.13, holds: false }] }),
      tone: 'bad',
      word: 'Missed',
      figure: '399.6',
      unit: 'requests/s accepted',
    },
    {
      does: 'a load that broke the contract',
      answer: load({ contract: { checked: 9, violations: 1, byRule: {}, examples: [] } }),
      tone: 'bad',
      word: 'Breaks',
      figure: '399.6',
      unit: 'requests/s accepted',
    },
    {
      does: 'a load that means nothing',
      answer: load({ valid: false, invalidBecause: 'no answer', latencyMs: null }),
      tone: 'open',
      word: 'Invalid',
      figure: '399.6',
      unit: 'requests/s accepted',
    },
    {
      does: 'a load that breaks the contract and means nothing else',
      answer: load({
        valid: false,
        invalidBecause: 'interrupted',
        contract: { checked: 9, violations: 1, byRule: {}, examples: [] },
      }),
      tone: 'bad',
      word: 'Breaks',
      figure: '399.6',
      unit: 'requests/s accepted',
    },
    {
      does: 'a breakpoint',
      answer: load({ breakpoint: { requestsPerSecond: 240, because: 'p95 > 500 ms' } }),
      tone: 'good',
      word: 'Holds',
      figure: '240',
      unit: 'requests/s before it bends',
    },
  ];
  const diff = (more: Partial<DiffResult>): Answer => answerOf({ diff: { ...sampleDiff(), ...more } });
  const kept = sampleDiff().changes.filter(({ level }) => level === 'info');
  const agreed = sampleDiff().changes.filter(({ accepted }) => accepted !== null);
  const undecided = contractChange({
    rule: 'request-pattern-changed',
    level: 'info',
    proof: 'no counter-example in 1000 values',
  });
  rows.push(
    {
      does: 'a change that breaks clients',
      answer: diff({}),
      tone: 'bad',
      word: 'Breaking',
      figure: '1',
      unit: 'of 5 changes breaks clients',
    },
    {
      does: 'a change that breaks nobody',
      answer: diff({ verdict: 'compatible', changes: kept }),
      tone: 'good',
      word: 'Compatible',
      figure: '0',
      unit: 'of 2 changes break clients',
    },
    {
      does: 'no change',
      answer: diff({ verdict: 'compatible', changes: [] }),
      tone: 'good',
      word: 'Compatible',
      figure: '0',
      unit: 'changes in meaning',
    },
    {
      does: 'a break that was agreed to',
      answer: diff({ verdict: 'compatible', changes: agreed }),
      tone: 'good',
      word: 'Accepted',
      figure: '0',
      unit: 'of 1 change break clients',
    },
    {
      does: 'a change without proof',
      answer: diff({ verdict: 'no-counter-example', changes: [undecided] }),
      tone: 'open',
      word: 'Not proved',
      figure: '0',
      unit: 'of 1 change break clients',
    },
  );
  test('a change without proof is told in the words of the comparison', () =>
    expect(diff({ verdict: 'no-counter-example', changes: [undecided] }).sentences).toContain(
      'No counter-example in 1000 values.',
    ));
  for (const { does, answer, ...expected } of rows)
    test(`the answer to ${does}`, () => expect(answer).toMatchObject(expected));
});

test('the worst answer sets the tone of the whole; a part that was not run has no say', () => {
  expect(reportModel(goodRun(), null).tone).toBe('good');
  expect(reportModel({ ...goodRun(), limits: badRun().limits }, null).tone).toBe('bad');
  expect(reportModel({ ...noResults, contract: sampleContract() }, null).tone).toBe('good');
});

test('a contract without a 429 promises no status for the limit', () => {
  const contract = { ...sampleContract(), coverage: { statuses: [{ status: 201, documented: true, responses: 1 }] } };
  const other = { ...sampleLimits(), limits: [{ ...window, status: 503 }] };
  const model = reportModel({ ...noResults, contract, limits: other }, null);
  expect(model.answers[1]?.tone).toBe('good');
  expect(model.checks.find((check) => check.id === 'limits.status')?.outcome).toBe('holds');
});

test('a window whose length is not known well is shown as a range', () => {
  expect(tierFigure({ ...window, windowSecondsRange: [9, 11] }).unit).toBe('requests per 9–11 s');
  expect(tierFigure({ ...window, capacityRange: [100, null] }).figure).toBe('≥ 100');
  expect(algorithmText({ ...window, anchor: 'clock' })).toBe('fixed window on the clock');
});

test('violations are grouped by rule and place, the most frequent first, a baselined one left out', () => {
  const broken = (id: string, pointer: string) =>
    contractCase({ id, title: id, outcome: 'broken', rule: 'schema.type', pointer });
  const model = contractModel(
    sampleContract([
      contractCase({ id: 'a', title: 'a' }),
      broken('b', '/x'),
      broken('c', '/y'),
      {
        ...broken('d', '/y'),
        violations: [
          { rule: 'schema.type', pointer: '/y', expected: null, received: null },
          { rule: 'echo', pointer: null, expected: null, received: null },
        ],
      },
      { ...broken('e', '/z'), baseline: { reason: 'known', expires: '2027-01-01' } },
    ]),
  );
  expect(
    model.violations.map(({ rule, pointer, count, cases }) => [
      rule,
      pointer,
      count,
      cases.map((one) => one.id).join(),
    ]),
  ).toEqual([
    ['schema.type', '/y', 2, 'c,d'],
    ['schema.type', '/x', 1, 'b'],
    ['echo', null, 1, 'd'],
  ]);
  expect(model.counts).toEqual({ broken: 3, excused: 1, 'not-reached': 0, observed: 0, holds: 1 });
  expect(model.groups[0]?.cases.map((one) => one.id)).toEqual(['b', 'c', 'd', 'e', 'a']);
});

test('a hundred thousand violations are grouped, each counted', () => {
  const { violations } = contractModel(soakRun().contract ?? sampleContract());
  expect(violations).toHaveLength(40);
  expect(violations.reduce((sum, group) => sum + group.count, 0)).toBe(100_000);
});

test('each change is a check: a break fails, an accepted one is skipped, what breaks nobody is noted', () => {
  const outcomes = (diff: DiffResult) =>
    reportModel({ ...noResults, diff }, null).checks.map(({ id, outcome }) => [id, outcome]);
  expect(outcomes(sampleDiff())).toEqual([
    ['diff.create-chat.request-required-added', 'broken'],
    ['diff.create-chat.response-type-changed', 'skipped'],
    ['diff.create-chat.response-property-removed', 'noted'],
    ['diff.create-chat.limit-raised', 'noted'],
    ['diff.create-chat.response-property-added', 'noted'],
  ]);
  expect(outcomes({ ...sampleDiff([]), verdict: 'compatible' })).toEqual([['diff.verdict', 'holds']]);
  expect(outcomes({ ...sampleDiff([]), verdict: 'no-counter-example' })).toEqual([['diff.verdict', 'noted']]);
});

test('two changes of one rule at one place are two checks', () => {
  const twice = contractChange({ rule: 'response-enum-value-added', level: 'breaking' });
  const ids = reportModel({ ...noResults, diff: sampleDiff([twice, twice]) }, null).checks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});
