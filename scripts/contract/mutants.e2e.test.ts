import { describe, expect, test } from 'vitest';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { DEFECTS, VARIATIONS } from '../reference-api/defects.ts';
import { mutantReport } from './bench-mutants.ts';
import { mutantOutcome, runMutant } from './mutants.ts';

/**
 * A sample of `npm run bench:mutants`: every twenty-first defect and every twelfth variation, fewer for the second
 * contract; all of them with ASSAY_TEST_FULL.
 */
const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const samples = [
  { name: 'create-chat', defectStep: 21, variationStep: 12 },
  { name: 'create-message', defectStep: 60, variationStep: 30 },
];

describe.each(samples)('$name', ({ name, defectStep, variationStep }) => {
  const contract = readContract(`contracts/${name}`);
  const here = <T extends { isIn?(of: typeof contract): boolean }>(variants: readonly T[], step: number) =>
    variants.filter((variant) => variant.isIn?.(contract) ?? true).filter((_, at) => isFull || at % step === 0);
  // What needs the contract's own spec goes through Playwright, in the bench.
  const defects = here(DEFECTS, defectStep).filter((defect) => defect.needs !== 'own-spec');

  test('the reference API itself keeps its contract and its limit', async () => {
    const result = await runMutant(contract, null);
    expect(result.cases.filter((one) => one.outcome === 'broken')).toEqual([]);
    expect(result).toMatchObject({ verdict: 'holds', coverage: { percent: 100 } });
    expect(result.reached.cases).toBe(result.reached.ofCases);
  });

  for (const defect of defects)
    test(`a server that ${defect.title} is caught`, { timeout: 60_000 }, async () => {
      const outcome = mutantOutcome(defect, await runMutant(contract, defect));
      expect(outcome.isRight, JSON.stringify(outcome)).toBe(true);
    });

  for (const variation of here(VARIATIONS, variationStep))
    test(`a server that ${variation.title} is left alone, because ${variation.because}`, {
      timeout: 60_000,
    }, async () => {
      const outcome = mutantOutcome(variation, await runMutant(contract, variation));
      expect(outcome.isRight, JSON.stringify(outcome)).toBe(true);
    });
});

test('there are at least 60 defects and 20 variations', () => {
  expect(DEFECTS.length).toBeGreaterThanOrEqual(60);
  expect(VARIATIONS.length).toBeGreaterThanOrEqual(20);
});

test('the table tells what each check catches, and what it catches alone', () => {
  const outcome = { title: '', verdict: 'broken' as const, firstFinding: null, isRight: true };
  const report = mutantReport(
    'c',
    [
      { ...outcome, id: 'a', group: 'shape', caughtBy: { status: 2, echo: 1 } },
      { ...outcome, id: 'b', group: 'shape', caughtBy: { status: 1 } },
      { ...outcome, id: 'c', group: 'shape', caughtBy: {}, isRight: false },
      { ...outcome, id: 'd', group: 'variation', caughtBy: { echo: 1 }, isRight: false },
    ],
    1,
  );
  expect(report).toMatchObject({
    defects: { caught: 2, of: 3 },
    variations: { flagged: 1, of: 1 },
    byRule: { status: { defects: 2, alone: 1 }, echo: { defects: 1, alone: 0 } },
  });
});
