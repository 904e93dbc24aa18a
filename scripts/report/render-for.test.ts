import { expect, test } from 'vitest';
import { badRun, diffRun } from '../results/sample-results.fixture.ts';
import { reportModel } from './model.ts';
import { renderFor } from './render-for.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';

const run = diffRun();
const model = reportModel(run, null);

test('json is the results as their files hold them: one, or all by name', () => {
  expect(JSON.parse(renderFor('json', model))).toEqual(run);
  for (const part of ['contract', 'limits', 'throughput', 'diff'] as const)
    expect(JSON.parse(renderFor('json', model, { part }))).toEqual(run[part]);
  expect(renderFor('json', reportModel(badRun(), null), { part: 'diff' })).toBe('null\n');
});

test('the other forms are those of the files', () => {
  expect(renderFor('markdown', model)).toBe(renderMarkdown(model));
  expect(renderFor('junit', model)).toBe(renderJunit(model));
  expect(renderFor('github', model)).toMatch(/^::error /);
});
