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
import { judgeResult } from './judged-result.ts';
import { KNOWN_LIMITERS } from './known-limiters.ts';
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
  async ({ spec, ...known }) => {
    const result = await found(spec);
    const { outcome, mistakes } = judgeResult(result, known);
    const said = `${result.verdict}: ${result.summary}; ${result.reason}`;
    expect(mistakes, said).toEqual([]);
    // How narrow the numbers get depends on what else the machine does; `npm run test:full` asks for exact ones.
    const isHonest = !isFull && known.truth !== null && result.verdict === 'bounded';
    expect(isHonest ? 'right' : outcome, said).toBe('right');
  },
  120_000,
);
