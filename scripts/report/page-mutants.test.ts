import { expect, test } from 'vitest';
import { badRun, goodRun } from '../results/sample-results.fixture.ts';
import { reportModel } from './model.ts';
import { renderHtml } from './render-html.ts';

const mutants = {
  schemaVersion: 1,
  contract: 'create-order',
  defects: { caught: 1, of: 2 },
  variations: { flagged: 0, of: 1 },
  outcomes: [
    {
      id: 'a',
      group: 'shape',
      title: 'sends <b>text</b>',
      isRight: true,
      verdict: 'broken',
      caughtBy: { 'schema.type': 3 },
      firstFinding: 'x',
    },
    {
      id: 'b',
      group: 'auth',
      title: 'lets everybody in',
      isRight: false,
      verdict: 'holds',
      caughtBy: {},
      firstFinding: null,
    },
    {
      id: 'c',
      group: 'variation',
      title: 'is slow',
      isRight: true,
      verdict: 'holds',
      caughtBy: {},
      firstFinding: null,
    },
  ],
  byRule: { 'schema.type': { defects: 1, alone: 1 } },
  seconds: 3,
} as const;

test('the page says what the suite catches, what it missed, and by which check', () => {
  const page = renderHtml(reportModel(goodRun(), null, mutants));
  expect(page).toContain(
    '1 of 2 defects of the reference API were caught, and 0 of 1 harmless variations were flagged.',
  );
  expect(page).toContain('lets everybody in');
  expect(page).toContain('schema.type');
  expect(page).toContain('sends &lt;b&gt;text&lt;/b&gt;');
});

test('without a run of the mutants nothing is said of them', () => {
  expect(renderHtml(reportModel(badRun(), null))).not.toContain('What the suite catches');
});
