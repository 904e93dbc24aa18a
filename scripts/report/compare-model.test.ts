import { describe, expect, test } from 'vitest';
import type { CompareResult } from '../results/results.ts';
import { noResults, sampleCompare } from '../results/sample-results.fixture.ts';
import { changeText, differenceState, leadingDifference, type MetricDifference } from './compare-model.ts';
import { reportModel } from './model.ts';
import { renderMarkdown } from './render-markdown.ts';

function difference(more: Partial<MetricDifference>): MetricDifference {
  return {
    metric: 'p95',
    a: 10,
    b: 10,
    change: 0,
    changeRange: [-0.02, 0.02],
    verdict: 'no-difference',
    because: null,
    ...more,
  };
}

function compared(differences: readonly MetricDifference[], holds = true): CompareResult {
  return { ...sampleCompare(), differences, holds };
}

const slower = difference({ b: 14, change: 0.4, changeRange: [0.3, 0.5], verdict: 'worse' });
const slightlySlower = difference({ b: 10.3, change: 0.03, changeRange: [0.01, 0.05], verdict: 'worse' });
const fewer = difference({
  metric: 'accepted',
  a: 100,
  b: 50,
  change: -0.5,
  changeRange: [-0.6, -0.4],
  verdict: 'worse',
});
const quicker = difference({ metric: 'p50', b: 8, change: -0.2, changeRange: [-0.25, -0.15], verdict: 'better' });
const unknown = difference({ a: null, b: null, change: null, changeRange: null, because: '0 seconds with a value' });

describe('the answer of a comparison', () => {
  const rows = [
    {
      does: 'the greatest loss first',
      of: compared([slower, fewer], false),
      tone: 'bad',
      word: 'Worse',
      figure: '−50 %',
    },
    {
      does: 'a loss before a gain',
      of: compared([quicker, slower], false),
      tone: 'bad',
      word: 'Worse',
      figure: '+40 %',
    },
    {
      does: 'a loss within the tolerance',
      of: compared([slightlySlower]),
      tone: 'good',
      word: 'Within tolerance',
      figure: '+3 %',
    },
    { does: 'a gain', of: compared([quicker, difference({})]), tone: 'good', word: 'Better', figure: '−20 %' },
    {
      does: 'no difference',
      of: compared([difference({}), unknown]),
      tone: 'good',
      word: 'No difference',
      figure: '0',
    },
    { does: 'nothing to compare', of: compared([unknown]), tone: 'open', word: 'Undecided', figure: '–' },
  ];
  for (const { does, of, ...expected } of rows)
    test(`is that of ${does}`, () => {
      const model = reportModel({ ...noResults, compare: of }, null);
      expect(model.answers.at(-1)).toMatchObject({ part: 'compare', ...expected });
      expect(model.checks.filter((check) => check.outcome === 'broken').length > 0).toBe(!of.holds);
    });
});

test('a metric is told apart by its verdict and the tolerance', () => {
  expect([slower, slightlySlower, fewer, quicker, unknown].map((one) => differenceState(one, 0.05))).toEqual([
    'worse',
    'tolerated',
    'worse',
    'better',
    'unknown',
  ]);
  expect(differenceState(quicker, 0)).toBe('better');
  expect(leadingDifference(compared([difference({})]))).toBeNull();
});

test('a change is signed, and none is no sign', () => {
  expect([0.1234, -0.5, 0.0004, null].map(changeText)).toEqual(['+12.3 %', '−50 %', '±0 %', '–']);
});

test('summary.md of compared loads', async () => {
  const model = reportModel({ ...noResults, compare: sampleCompare() }, null);
  await expect(renderMarkdown(model)).toMatchFileSnapshot('golden/compare.summary.md.txt');
});
