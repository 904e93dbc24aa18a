import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Host } from '../lib/host.ts';
import { testHost } from '../lib/test-host.ts';
import { readResults, type ThroughputResult, writeResult } from '../results/results.ts';
import { type CompareOptions, runCompare } from './run-compare.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A load of ten seconds, each accepting about this many. */
function write(name: string, accepted: number): void {
  const result: ThroughputResult = {
    ...{ schemaVersion: 1, mode: 'closed', valid: true, invalidBecause: null, bound: null, seconds: 10, requests: 10 },
    ...{ offeredPerSecond: 1, requestsPerSecond: 1, acceptedPerSecond: 1, byStatus: {}, latencyMs: null },
    ...{ latencyMsByStatus: {}, droppedIterations: 0, objectives: [], breakpoint: null },
    contract: { checked: 0, violations: 0, byRule: {}, examples: [] },
    series: Array.from({ length: 10 }, (_, second) => ({
      ...{ second, requests: accepted, accepted: accepted + (second % 3), limited: 0, failed: 0 },
      ...{ p50: 10 + (second % 2), p95: null, p99: 20 },
    })),
    environment: { assay: '1', node: '20', target: 'http://127.0.0.1', startedAt: '2026-01-02T03:04:05Z', seed: null },
  };
  writeResult(join(folder, name), 'throughput', result, (text) => text);
}

async function said(
  a: string,
  b: string,
  options: Partial<CompareOptions> = {},
): Promise<{ code: number; text: string }> {
  let text = '';
  const host = { cwd: folder, env: {}, out: (part: string) => (text += part) } as unknown as Host;
  return { code: await runCompare(a, b, { tolerance: null, format: 'text', ...options }, host), text };
}

test('compare says what changed, by how much, and exits with 1 beyond the tolerance', async () => {
  write('old', 100);
  write('new', 80);
  const { code, text } = await said('old', 'new');
  expect(code).toBe(1);
  expect(text).toMatchInlineSnapshot(`
    "                     A      B      change   95 % confidence, all four  verdict
    accepted per second  100.9  80.90  -19.8 %  -20.8 % to -18.8 %         worse
    p50, ms              10.49  10.49  0.0 %    -6.0 % to +6.4 %           no difference that this data can show
    p95, ms              –      –      –        –                          no difference that this data can show (0 seconds with a value, and 5 are needed)
    p99, ms              20.00  20.00  0.0 %    -2.1 % to +2.2 %           no difference that this data can show
    B is worse, beyond the tolerance of 5 %
    "
  `);
  expect((await said('old', 'new', { tolerance: 0.5 })).code).toBe(0);
  expect((await said('new', 'old')).code).toBe(0);
  const markdown = await said('old', 'new', { format: 'markdown' });
  expect(markdown.text).toContain('| accepted per second | 100.9 | 80.90 |');
  const json = JSON.parse((await said('old', 'old', { format: 'json' })).text);
  expect(json).toMatchObject({ verdict: 'no-difference', holds: true, toleranceRatio: 0.05 });
});

test('compare refuses a folder without a load', async () => {
  const host = { cwd: folder, env: {}, out: () => {} } as unknown as Host;
  await expect(runCompare('a', 'b', { tolerance: null, format: 'text' }, host)).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 2,
    message: 'there is no load to compare in a',
  });
});

test('compare writes compare.json, with both loads second by second and without the key', async () => {
  write('old', 100);
  write('sk-secret-key-1', 80);
  const host = { ...testHost({ ASSAY_API_KEY: 'sk-secret-key-1', ASSAY_OUT: 'compared' }), cwd: folder };
  expect(await runCompare('old', 'sk-secret-key-1', { tolerance: 0.1, format: 'json' }, host)).toBe(1);
  const { compare } = readResults(join(folder, 'compared'));
  expect(compare).toMatchObject({ verdict: 'worse', holds: false, toleranceRatio: 0.1 });
  expect(compare?.sides.a).toMatchObject({ label: 'old', acceptedPerSecond: 1, target: 'http://127.0.0.1' });
  expect(compare?.sides.a.series).toHaveLength(10);
  expect(compare?.sides.b.series[1]).toEqual({ second: 1, accepted: 81, p50: 11, p95: null, p99: 20 });
  expect(compare?.sides.b.label).toBe('***');
});
