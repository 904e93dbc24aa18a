import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedInputs } from '../../../contracts/lib/embedded-inputs.ts';
import type { Host } from '../../lib/host.ts';
import { type LimitsResult, readResults } from '../../results/results.ts';
import { type JudgedResult, judgeResult } from '../judged-result.ts';
import { type RunLimitsOptions, runLimits } from '../run-limits.ts';
import type { BenchServer, ServerSetting } from './bench-server.ts';

export interface BenchRun extends JudgedResult {
  readonly result: LimitsResult;
}

/** Starts a bench server, looks for its limit as a user would (k6, HTTP, limits.json), and holds that against the truth. */
export async function runBenchServer(
  server: BenchServer,
  setting: ServerSetting,
  host: Host,
  options: Partial<RunLimitsOptions> = {},
): Promise<BenchRun> {
  const out = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  try {
    const { baseUrl, close } = await server.start(setting);
    const target = {
      ...embeddedInputs(setting.contract),
      ASSAY_BASE_URL: baseUrl,
      ASSAY_API_KEY: setting.apiKey,
      ASSAY_OUT: out,
    };
    try {
      await runLimits(
        { expect: null, maxRequests: 3000, maxSeconds: 120, ...options },
        { ...host, env: { ...host.env, ...target } },
      );
    } finally {
      await close();
    }
    const { limits } = readResults(out);
    if (limits === null) throw new Error('there is no limits.json');
    return { result: limits, ...judgeResult(limits, server) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
