import { expect, test } from 'vitest';
import { sampleThroughput } from '../results/sample-results.fixture.ts';
import { reasonOf } from './run-breakpoint.ts';

const good = {
  ...sampleThroughput(),
  ...{ valid: true, invalidBecause: null, objectives: [{ expression: 'p95<200ms', value: 86, holds: true }] },
  contract: { checked: 10, violations: 0, byRule: {}, examples: [] },
};

test('a rate holds where its load met the objectives, kept the contract, and was the load that was asked for', () => {
  expect(reasonOf(good)).toBeNull();
  // With a tenth of the arrivals dropped the others may well be quick.
  const invalidBecause = '139 of 1241 arrivals could not start in time';
  expect(reasonOf({ ...good, valid: false, invalidBecause })).toBe(invalidBecause);
  const missed = [{ expression: 'p95<200ms', value: 382.8, holds: false }];
  expect(reasonOf({ ...good, objectives: missed })).toBe('p95<200ms (382.8)');
  expect(reasonOf({ ...good, contract: { ...good.contract, violations: 3 } })).toBe('3 answers broke the contract');
});
