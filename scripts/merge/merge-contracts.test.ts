import { expect, test } from 'vitest';
import type { ContractCase, ContractResult } from '../results/results.ts';
import { sampleContract } from '../results/sample-results.fixture.ts';
import { mergedContractRun } from './merge-contracts.ts';

function part(cases: readonly ContractCase[], more: Partial<ContractResult> = {}): ContractResult {
  return { ...sampleContract(), verdict: 'holds', reason: null, baseline: null, drift: [], cases, ...more };
}

const [sample] = sampleContract().cases;
function caseOf(id: string, outcome: ContractCase['outcome'] = 'holds'): ContractCase {
  if (sample === undefined) throw new Error('the sample has no case');
  return { ...sample, id, outcome, baseline: null };
}

test('shards are one run: all cases, and what was reached, covered and created added up', () => {
  const rule = { rule: 'request.schema.json#/required', kept: 1, broke: 0, cases: 1, broken: 0 };
  const statuses = [
    { status: 201, documented: true, responses: 2 },
    { status: 429, documented: true, responses: 0 },
  ];
  const whole = mergedContractRun(
    [
      part([caseOf('a')], {
        ...{ created: 2, reached: { cases: 1, ofCases: 1 }, coverage: { percent: 50, statuses, rules: [rule] } },
        drift: [{ pointer: '/x', what: 'not documented', seen: 2 }],
      }),
      part([caseOf('b'), caseOf('c')], {
        ...{ created: 3, reached: { cases: 1, ofCases: 2 } },
        coverage: { percent: 50, statuses, rules: [{ ...rule, kept: 0, broke: 1, cases: 1 }] },
        drift: [{ pointer: '/x', what: 'not documented', seen: 5 }],
      }),
    ],
    ['1', '2'],
  );
  expect(whole.cases.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(whole).toMatchObject({
    ...{ verdict: 'holds', created: 5, reached: { cases: 2, ofCases: 3 } },
    // Kept, broken, and one of two documented statuses.
    coverage: { percent: 75, rules: [{ kept: 1, broke: 1, cases: 2 }] },
    drift: [{ pointer: '/x', seen: 7 }],
  });
});

test('a case that breaks in one part breaks the whole, and a case that ran twice counts once, by its gravest outcome', () => {
  const whole = mergedContractRun(
    [part([caseOf('a'), caseOf('b', 'not-reached')]), part([caseOf('a', 'broken'), caseOf('b')])],
    ['1', '2'],
  );
  expect(whole.verdict).toBe('broken');
  expect(whole.cases.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['a', 'broken'],
    ['b', 'holds'],
  ]);
});

test('a part that is undecided leaves the whole undecided, with the name of the part', () => {
  const reason = 'only 1 of 9 cases got past authentication and limit';
  const undecided = part([caseOf('b', 'not-reached')], { verdict: 'undecided', reason });
  expect(mergedContractRun([part([caseOf('a')]), undecided], ['1', '2'])).toMatchObject({
    verdict: 'undecided',
    reason: `2: ${reason}`,
  });
});

test('a run of another contract is no part', () => {
  const other = part([caseOf('a')], { environment: { ...sampleContract().environment, contract: 'create-other' } });
  expect(() => mergedContractRun([part([caseOf('a')]), other], ['1', '2'])).toThrow(
    expect.objectContaining({ name: 'UserError', why: expect.stringContaining('create-other') }),
  );
});
