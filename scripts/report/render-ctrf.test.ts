import { expect, test } from 'vitest';
import { createAjv } from '../../contracts/lib/validator.ts';
import type { Results } from '../results/results.ts';
import { badRun, diffRun, environment, goodRun, hostileRun, noResults } from '../results/sample-results.fixture.ts';
import { reportModel } from './model.ts';
import { renderCtrf } from './render-ctrf.ts';

const count = { type: 'integer', minimum: 0 };
const summary = ['tests', 'passed', 'failed', 'skipped', 'pending', 'other', 'suites', 'start', 'stop', 'duration'];
/** Of the schema on ctrf.io, what concerns the parts that are written. */
const ctrf = {
  type: 'object',
  required: ['results', 'reportFormat', 'specVersion'],
  additionalProperties: false,
  properties: {
    reportFormat: { const: 'CTRF' },
    specVersion: { type: 'string', pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' },
    generatedBy: { type: 'string' },
    results: {
      type: 'object',
      required: ['tool', 'summary', 'tests'],
      additionalProperties: false,
      properties: {
        tool: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: { name: { type: 'string', minLength: 1 }, version: { type: 'string' } },
        },
        summary: {
          type: 'object',
          required: ['tests', 'passed', 'failed', 'skipped', 'pending', 'other', 'start', 'stop'],
          additionalProperties: false,
          properties: Object.fromEntries(summary.map((name) => [name, count])),
        },
        tests: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name', 'status', 'duration'],
            additionalProperties: false,
            properties: {
              name: { type: 'string', minLength: 1 },
              status: { enum: ['passed', 'failed', 'skipped', 'pending', 'other'] },
              duration: count,
              suite: { type: 'array', minItems: 1, items: { type: 'string' } },
              message: { type: 'string' },
              trace: { type: 'string' },
              rawStatus: { type: 'string' },
            },
          },
        },
      },
    },
  },
};
const isCtrf = createAjv({ 'ctrf.json': ctrf }).getSchema('ctrf.json');
const NOW_MS = 1_800_000_000_000;

interface Report {
  results: { summary: Record<string, number>; tests: { name: string; status: string; message?: string }[] };
}

function reportOf(run: Results): Report['results'] {
  const report: unknown = JSON.parse(renderCtrf(reportModel(run, null), '1.2.3', NOW_MS));
  isCtrf?.(report);
  expect(isCtrf?.errors ?? []).toEqual([]);
  return (report as Report).results;
}

for (const [name, run] of Object.entries({ good: goodRun(), bad: badRun(), diff: diffRun(), hostile: hostileRun() })) {
  test(`ctrf.json of a ${name} run has one test a check, and counts that add up`, () => {
    const { summary: counts, tests } = reportOf(run);
    const { checks } = reportModel(run, null);
    expect(tests).toHaveLength(checks.length);
    for (const status of ['passed', 'failed', 'skipped', 'pending', 'other'])
      expect(counts[status], status).toBe(tests.filter((one) => one.status === status).length);
    expect(counts['tests']).toBe(tests.length);
    expect(counts['failed']).toBe(checks.filter(({ outcome }) => outcome === 'broken').length);
    expect(counts['other']).toBe(checks.filter(({ outcome }) => outcome === 'undecided').length);
  });
}

test('the run lasts from the first part to the last; without any it is now', () => {
  const startMs = Date.parse(environment.startedAt);
  expect(reportOf(goodRun()).summary).toMatchObject({ start: startMs, stop: startMs + 34_200 });
  const { diff } = diffRun();
  expect(reportOf({ ...noResults, diff }).summary).toMatchObject({
    start: NOW_MS,
    duration: 0,
  });
});
