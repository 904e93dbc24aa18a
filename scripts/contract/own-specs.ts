import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import type { ContractResult } from '../../contracts/suite/contract-result.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { readResults } from '../results/results.ts';
import { suiteRun } from './run-contract.ts';

/** The contract's own specs, through Playwright, against the reference API with one defect switched on. */
export async function runOwnSpecs(
  contract: Contract,
  defect: string,
  host: Host,
  args: readonly string[] = ['--project', 'operation'],
): Promise<ContractResult> {
  const out = mkdtempSync(join(tmpdir(), 'assay-mutant-'));
  const api = await startReferenceApi({ contract, limiter: null, defect });
  try {
    await suiteRun(args, {
      ...withEnvironment(host, {
        ...embeddedInputs(contract, { withGiven: true }),
        ASSAY_BASE_URL: api.baseUrl,
        ASSAY_API_KEY: api.apiKey,
        ASSAY_OUT: out,
        ASSAY_EMBEDDED_LIMIT: 'none',
      }),
      out: () => {},
      err: () => {},
    });
    const { contract: result } = readResults(out);
    if (result === null) throw new Error(`no result for ${defect}`);
    return result as unknown as ContractResult;
  } finally {
    await api.close();
    rmSync(out, { recursive: true, force: true });
  }
}
