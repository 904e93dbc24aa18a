import { expect, test } from 'vitest';
import { pastRun } from '../results/history.ts';
import { goodRun, sampleHistory } from '../results/sample-results.fixture.ts';
import { againstText, historyModel, trends } from './history-model.ts';
import { reportModel } from './model.ts';
import { renderHtml } from './render-html.ts';

const run = pastRun(goodRun());
if (run === null) throw new Error('a good run has main figures');

test('only runs of the same subject are drawn, at most sixty, and the rest is counted', () => {
  const runs = Array.from({ length: 100 }, (_, minute) => ({
    ...run,
    startedAt: new Date(minute * 60_000).toISOString(),
    subject: minute % 10 === 0 ? 'another' : run.subject,
  }));
  const newest = runs.at(-1) ?? run;
  const model = historyModel({ schemaVersion: 1, runs }, newest);
  expect(model).toMatchObject({ subject: run.subject, older: 30, others: 10, current: 59 });
  expect(model?.runs).toHaveLength(60);
  expect(historyModel({ schemaVersion: 1, runs }, null)?.current).toBeNull();
  expect(historyModel({ schemaVersion: 1, runs: [] }, null)).toBeNull();
});

test('a figure that fewer than two runs measured has no trend; loads that were not valid are left out', () => {
  const { runs } = sampleHistory(run);
  const drawn = trends(runs);
  expect(drawn.map(({ name }) => name)).toContain('p95 latency');
  expect(drawn.find(({ name }) => name === 'p95 latency')?.values[4]).toBeNull();
  expect(trends(runs.slice(0, 1))).toEqual([]);
});

test('a value is told beside the run before and the median of all before', () => {
  const trend = (values: (number | null)[]) => ({ name: 'x', kind: 'p95', values, format: String });
  expect(againstText(trend([4, 9, null, 5, 7]), 4)).toBe('run before 5 · median 5');
  expect(againstText(trend([4, 9, null, 5, 7]), 1)).toBe('run before 4');
  expect(againstText(trend([null, 5]), 1)).toBe('');
});

test('the page draws the trend of each figure with the value of this run', () => {
  const page = renderHtml(reportModel(goodRun(), null, null, historyModel(sampleHistory(run), run)));
  expect(page).toContain('<a href="#history">Trend</a>');
  expect(page).toContain('20 runs of POST /chats, embedded');
  expect(page.match(/<figure class="trend/g)).toHaveLength(trends(sampleHistory(run).runs).length);
  expect(page).toContain('<span class="chart-title">p95 latency</span><span class="now">4.13 ms</span>');
});
