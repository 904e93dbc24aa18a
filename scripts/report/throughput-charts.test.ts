import { expect, test } from 'vitest';
import { badRun, sampleThroughput } from '../results/sample-results.fixture.ts';
import { breakpointChart } from './breakpoint-chart.ts';
import { histogramChart } from './histogram-chart.ts';
import { latencyChart, rateChart } from './throughput-charts.ts';

const load = badRun().throughput;
if (load === null) throw new Error('a bad run has a load');

const textOf = (markup: string) => markup.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

test('the histogram has a row a status, the accepted first, with a bar a bucket', () => {
  const { markup } = histogramChart(load) ?? { markup: '' };
  expect(markup).toContain('How long answers took, by status');
  expect([...markup.matchAll(/<text class="lane-name"[^>]*>([^<]+)</g)].map(([, name]) => name)).toEqual([
    'accepted',
    '429',
    '500',
  ]);
  const buckets = [load.histogram, load.histogramByStatus?.['429'], load.histogramByStatus?.['500']];
  const filled = buckets.reduce((sum, all) => sum + (all ?? []).filter(({ count }) => count > 0).length, 0);
  expect(markup.match(/<rect class="bar"/g)).toHaveLength(filled);
  expect(textOf(histogramChart(sampleThroughput())?.markup ?? '')).toContain('How long accepted requests took');
  expect(histogramChart({ ...sampleThroughput(), histogram: [] })).toBeNull();
});

test('a status that never was accepted has its histogram even where nothing was accepted', () => {
  const rejected = { ...load, latencyMs: null, histogram: [], histogramByStatus: { '429': load.histogram ?? [] } };
  expect(histogramChart(rejected)?.markup).toContain('No request was accepted. 429: ');
});

test('what objectives ask for is drawn where it can be seen: a level among the latencies, and among the rates', () => {
  const objectives = ['p95<100ms', 'p99<90s', 'accepted>100/s', 'failed<5%'].map((expression) => ({
    ...{ expression, value: 1, holds: true },
  }));
  const levels = (markup: string) =>
    [...markup.matchAll(/<g class="level"><line[^>]*><text[^>]*>([^<]+)</g)].map(([, text]) => text);
  expect(levels(latencyChart({ ...load, objectives }).markup)).toEqual(['p95&lt;100ms']);
  expect(levels(rateChart({ ...load, objectives }).markup)).toEqual(['accepted&gt;100/s']);
});

test('the steps of a breakpoint are drawn by their rate, told apart by their shape', () => {
  const found = load.breakpoint;
  if (!found) throw new Error('the load has a breakpoint');
  const { markup } = breakpointChart(found) ?? { markup: '' };
  expect(markup).toContain('2 of 3 rates met the objectives; the highest that did is 240 requests/s.');
  expect(markup.match(/r="4.5"\/><\/g>/g)).toHaveLength(3);
  expect(breakpointChart({ ...found, steps: found.steps?.slice(0, 1) ?? [] })).toBeNull();
});
