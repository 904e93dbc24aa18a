import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { packageRoot, testHost } from '../lib/test-host.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { type ReferenceApiOptions, type ReferenceApiStats, startReferenceApi } from '../reference-api/server.ts';
import { readLedger } from '../results/ledger.ts';
import { type LimitsResult, readResults } from '../results/results.ts';
import { type RunLimitsOptions, runLimits } from './run-limits.ts';

/**
 * What is asked beside the limit, over real HTTP: what else uses up quota (--probe-costs), what it is counted by (a
 * second key, --source-address), and probing without making anything (--harmless). ASSAY_TEST_FULL=1 asks all of it.
 */

const isFull = process.env['ASSAY_TEST_FULL'] === '1';
const contract = readContract(join(packageRoot, 'contracts/create-chat'));
const apiKey = 'further-key-2b60d1';
const secondApiKey = 'further-second-key-93ff';
let out: string;

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'assay-e2e-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

interface Asked {
  readonly result: LimitsResult;
  readonly stats: ReferenceApiStats;
}

async function ask(
  server: Partial<ReferenceApiOptions>,
  options: Partial<RunLimitsOptions>,
  hasSecondKey = false,
): Promise<Asked> {
  const limiter = createLimiter('8/2s');
  const api = await startReferenceApi({ contract, apiKey, secondApiKey, limiter, ...server });
  const env = {
    ...embeddedInputs(contract),
    ASSAY_BASE_URL: api.baseUrl,
    ASSAY_API_KEY: apiKey,
    ASSAY_OUT: out,
    ...(hasSecondKey ? { ASSAY_SECOND_API_KEY: secondApiKey } : {}),
  };
  try {
    await runLimits({ expect: null, maxRequests: 3000, maxSeconds: 150, ...options }, testHost(env));
  } finally {
    await api.close();
  }
  const { limits } = readResults(out);
  if (limits === null) throw new Error('there is no limits.json');
  return { result: limits, stats: api.stats };
}

interface Question {
  readonly does: string;
  readonly server: Partial<ReferenceApiOptions>;
  readonly options: Partial<RunLimitsOptions>;
  readonly hasSecondKey?: boolean;
  readonly answer: Partial<LimitsResult>;
}

const probeCosts = true;
const sourceAddress = '127.0.0.2';
const questions: readonly Question[] = [
  {
    does: 'a limit before anything else: 400s and 401s use it up',
    server: { limitBefore: 'auth', limitScope: 'address' },
    options: { probeCosts },
    answer: { countsInvalid: true, countsUnauthorized: true, scope: null },
  },
  {
    does: 'a limit behind the key: 400s use it up, 401s do not',
    server: { limitBefore: 'validation' },
    options: { probeCosts },
    hasSecondKey: true,
    answer: { countsInvalid: true, countsUnauthorized: false, scope: 'key' },
  },
  {
    does: 'a limit on what succeeds: neither uses it up',
    server: { limitBefore: 'nothing' },
    options: { probeCosts },
    answer: { countsInvalid: false, countsUnauthorized: false, scope: null },
  },
  {
    does: 'a limit by address: another key has no quota of its own, another address has',
    server: { limitScope: 'address' },
    options: { sourceAddress },
    hasSecondKey: true,
    answer: { scope: 'address', countsInvalid: null, countsUnauthorized: null },
  },
  {
    does: 'a limit of all together: neither another key nor another address has quota',
    server: { limitScope: 'global' },
    options: { sourceAddress },
    hasSecondKey: true,
    answer: { scope: 'global' },
  },
  {
    does: 'a limit by key, where both are asked',
    server: { limitScope: 'key' },
    options: { sourceAddress },
    hasSecondKey: true,
    answer: { scope: 'key' },
  },
  {
    does: 'a limit by address, asked by an address alone',
    server: { limitScope: 'address' },
    options: { sourceAddress },
    answer: { scope: 'address' },
  },
];

/** How narrow it gets depends on what else the machine does; it never excludes the truth. */
function expectWithin({ limits }: LimitsResult): void {
  const [low, high] = limits[0]?.capacityRange ?? [Number.NaN, null];
  expect(low).toBeLessThanOrEqual(8);
  expect(high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(8);
}

test.runIf(isFull).each(questions)(
  '$does',
  async ({ server, options, hasSecondKey, answer }) => {
    const { result, stats } = await ask(server, options, hasSecondKey);
    expect(result, `${result.verdict}: ${result.summary}; ${result.reason}`).toMatchObject(answer);
    // What is asked aside does not make the answer worse, and every request is on record.
    expectWithin(result);
    expect(result.cost.requests).toBe(stats.requests);
    expect(readLedger(out)?.created ?? 0).toBe(stats.created.count);
  },
  200_000,
);

test.runIf(isFull)(
  '--harmless finds the limit with requests that create nothing, where these use it up',
  async () => {
    const { result, stats } = await ask({ limitBefore: 'validation' }, { harmless: true });
    const said = `${result.verdict}: ${result.summary}; ${result.reason}`;
    expectWithin(result);
    expect(result.countsInvalid, said).toBe(true);
    // A few valid ones show that the two count alike; the search itself makes nothing.
    expect(stats.byStatus['201'] ?? 0).toBeLessThanOrEqual(3 * (8 + 1));
    expect(stats.byStatus['400'] ?? 0).toBeGreaterThan(2 * (stats.byStatus['201'] ?? 0));
    expect(readLedger(out)?.created ?? 0).toBe(stats.created.count);
  },
  200_000,
);

test.runIf(isFull)(
  '--harmless goes on with valid requests where invalid ones are free',
  async () => {
    const { result, stats } = await ask({ limitBefore: 'nothing' }, { harmless: true });
    expectWithin(result);
    expect(result.countsInvalid).toBe(false);
    expect(stats.byStatus['201'] ?? 0).toBeGreaterThan(8);
  },
  200_000,
);
