import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { type LimitsResult, readResults } from '../results/results.ts';
import { KNOWN_LIMITERS, type Truth } from './known-limiters.ts';
import { runLimits } from './run-limits.ts';

/** Over real HTTP, through k6: the verdict on limiters that are known. ASSAY_TEST_FULL=1 takes the whole list. */

const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const isFull = process.env['ASSAY_TEST_FULL'] === '1';
let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

async function found(spec: string): Promise<LimitsResult> {
  const api = await startReferenceApi({ contract, limiter: spec === 'none' ? null : createLimiter(spec) });
  const env = { ...embeddedInputs(contract), ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: api.apiKey, ASSAY_OUT: out };
  try {
    await runLimits({ expect: null, maxRequests: 3000, maxSeconds: 90 }, testHost(env));
  } finally {
    await api.close();
  }
  const { limits } = readResults(out);
  if (limits === null) throw new Error('there is no limits.json');
  return limits;
}

test.each(KNOWN_LIMITERS.filter(({ isShort }) => isFull || isShort))(
  '$title ($spec) gets a true verdict',
  async ({ spec, truth, verdicts }) => {
    const result = await found(spec);
    const { verdict, limits, summary, reason } = result;
    // How narrow the numbers get depends on what else the machine does; `npm run test:full` asks for exact ones.
    const isHonest = !isFull && verdict === 'bounded' && truth !== null;
    expect(isHonest ? [...verdicts, 'bounded'] : verdicts, `${verdict}: ${summary}; ${reason}`).toContain(verdict);
    if (isHonest) for (const [index, limit] of limits.entries()) expectBetween(limit, truth[index]);
    if (verdict !== 'exact' || truth === null) return;
    expect(limits).toHaveLength(truth.length);
    const sorted = limits.toSorted((a, b) => a.capacity - b.capacity);
    for (const [index, limit] of sorted.entries()) expectTrue(limit, truth[index]);
    expect(result.evidence.models.filter(({ state }) => state === 'surviving')).toHaveLength(1);
    expect(result.evidence.foretold?.holds).toBe(true);
  },
  120_000,
);

function expectTrue(limit: LimitsResult['limits'][number], truth: Truth | undefined): void {
  if (truth === undefined) throw new Error('there is no such tier');
  expect(limit.capacity).toBe(truth.capacity);
  expect(limit.capacityRange).toEqual([truth.capacity, truth.capacity]);
  if (truth.capacity === 0) return;
  expect(limit.algorithm).toBe(truth.algorithm);
  expect(limit.status).toBe(truth.status ?? 429);
  if (truth.anchor !== undefined) expect(limit.anchor).toBe(truth.anchor);
  expectWithin(limit.windowSecondsRange, limit.windowSeconds, truth.windowSeconds);
  expectWithin(limit.refillPerSecondRange, limit.refillPerSecond, truth.refillPerSecond);
}

/** Nothing is excluded that is true. */
function expectBetween({ capacityRange, windowSecondsRange }: LimitsResult['limits'][number], truth?: Truth): void {
  if (truth === undefined) throw new Error('there is no such tier');
  expect(capacityRange[0]).toBeLessThanOrEqual(truth.capacity);
  expect(capacityRange[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth.capacity);
  if (truth.windowSeconds === undefined || windowSecondsRange === null) return;
  expect(windowSecondsRange[0]).toBeLessThanOrEqual(truth.windowSeconds);
  expect(windowSecondsRange[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth.windowSeconds);
}

/** The truth lies in the range, the middle within 1 %, and the range is no wider than 2 %, or 20 ms if that is more. */
function expectWithin(
  range: readonly [number, number | null] | null,
  middle: number | null,
  truth: number | undefined,
): void {
  if (truth === undefined) return;
  const [low, high] = range ?? [Number.NaN, Number.NaN];
  expect(low).toBeLessThanOrEqual(truth);
  expect(high).toBeGreaterThanOrEqual(truth);
  const slack = Math.max(0.02 * truth, 0.02);
  expect((high ?? Number.POSITIVE_INFINITY) - low).toBeLessThanOrEqual(slack);
  expect(Math.abs((middle ?? Number.NaN) - truth)).toBeLessThanOrEqual(slack / 2);
}
