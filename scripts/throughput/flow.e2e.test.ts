import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { testHost } from '../lib/test-host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { ledgerPath } from '../results/ledger.ts';
import { readResults } from '../results/results.ts';
import { runThroughput } from './run-throughput.ts';

/** The load as a flow: what gives an input is called before each request. */

const contract = readContract('contracts/create-message');
const out = mkdtempSync(join(tmpdir(), 'assay-flow-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('each message goes to a chat of its own, both held to their contracts and recorded', async () => {
  const api = await startReferenceApi({ contract, others: contract.givers ?? [] });
  try {
    const host = testHost({
      ...embeddedInputs(contract),
      ...{ ASSAY_CONTRACT: 'create-message', ASSAY_OUT: out, ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: api.apiKey },
    });
    const options = { rate: 20, vus: null, durationSeconds: 2, warmUpSeconds: 0, k6Args: [] };
    expect(await runThroughput(options, host)).toBe(ExitCode.Ok);
    const { throughput } = readResults(out);
    const accepted = Number(throughput?.byStatus['200']);
    expect(accepted).toBeGreaterThan(10);
    // The reference API answers 404 for a chat that it has not given out.
    expect(throughput).toMatchObject({ byStatus: { 200: accepted }, contract: { violations: 0, checked: accepted } });
    const lines = readFileSync(ledgerPath(out), 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { operation: string; id?: number });
    const chats = entries.filter((entry) => entry.operation === 'create-chat').map((entry) => entry.id);
    expect(new Set(chats).size).toBe(chats.length);
    expect(chats.length).toBeGreaterThanOrEqual(accepted + 1);
    // One more for the request that found out whether the target answers.
    expect(api.stats.created.count).toBe(accepted + 1);
  } finally {
    await api.close();
  }
});
