import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { LINE_MARKER } from '../../load/lib/line-marker.ts';
import { PROFILE_VARIABLES } from '../../load/measurement/profile.ts';
import { findK6 } from '../k6/find.ts';
import { runK6 } from '../k6/run.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import type { Host } from '../lib/host.ts';
import { type ReferenceApi, startReferenceApi } from '../reference-api/server.ts';
import { endedChildrenCpuSeconds } from './child-cpu.ts';
import { GARBAGE_COLLECTION_PERCENT } from './load-session.ts';

/** Short rounds of load on one reference API, for the benches that weigh what checking each answer costs. */

/** What is looked at in each answer: see ASSAY_CHECK in load/throughput.ts. */
export const WAYS = ['status', 'recognise', 'parse'] as const;
export type Way = (typeof WAYS)[number];
export const TITLES: Readonly<Record<Way, string>> = {
  status: 'bare (status only)',
  recognise: 'checked (recognised)',
  parse: 'checked (parse + AJV)',
};

export interface RoundOptions {
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly vus: number;
}

export interface Round {
  readonly perSecond: number;
  /** The generator's own, its start included; null where the system does not tell. */
  readonly cpuMicrosecondsPerAnswer: number | null;
}

export interface Bench {
  readonly contract: Contract;
  readonly api: ReferenceApi;
  /** That a script needs to find the API. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder that is removed afterwards. */
  readonly work: string;
  /** What k6 printed; throws where it does not end with 0. */
  runScript(scriptPath: string, more: Record<string, string>, onMarked: (text: string) => void): Promise<string>;
  /** One round of the throughput script; throws where an answer broke the contract. */
  round(way: Way): Promise<Round>;
}

/** Starts a reference API without a limit, of the contract that the environment names, and calls `use`. */
export async function withBench<T>(options: RoundOptions, host: Host, use: (bench: Bench) => Promise<T>): Promise<T> {
  const contract = chosenContract(host);
  const k6 = await findK6(host);
  const work = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  const api = await startReferenceApi({ contract });
  const env = {
    ...embeddedInputs(contract),
    ASSAY_BASE_URL: api.baseUrl,
    ASSAY_API_KEY: api.apiKey,
    [PROFILE_VARIABLES.vus]: String(options.vus),
    [PROFILE_VARIABLES.durationSeconds]: String(options.secondsPerRound),
    [PROFILE_VARIABLES.warmUpSeconds]: '0',
    GOGC: GARBAGE_COLLECTION_PERCENT,
  };
  const runScript: Bench['runScript'] = async (scriptPath, more, onMarked) => {
    let shown = '';
    const end = await runK6({
      ...{ k6Path: k6.path, scriptPath, args: ['--quiet'], cwd: work, inherited: host.env, env: { ...env, ...more } },
      ...{ marker: LINE_MARKER, onMarked, stdout: (text) => (shown += text), err: (text) => host.err(text) },
      ...{ redact: (text) => text, signal: host.signal },
    });
    if (end.exitCode !== 0) throw new Error(`k6 ended with ${end.exitCode}`);
    return shown;
  };
  const script = join(work, 'throughput.js');
  const round = (way: Way) =>
    measuredRound(options.secondsPerRound, async () => {
      const shown = await runScript(script, { ASSAY_CHECK: way }, () => {});
      if (!shown.includes('every answer kept it')) throw new Error(`the ${way} round found: ${shown}`);
      return Number(/^requests +(\d+)/m.exec(shown)?.[1] ?? 0);
    });
  try {
    await bundleK6Script('throughput', contract, script, host.packageRoot);
    return await use({ contract, api, env, work, runScript, round });
  } finally {
    await api.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** `send` runs a generator to its end and gives the number of its answers. */
export async function measuredRound(seconds: number, send: () => Promise<number>): Promise<Round> {
  const before = endedChildrenCpuSeconds();
  const answers = await send();
  const after = endedChildrenCpuSeconds();
  return {
    perSecond: answers / seconds,
    cpuMicrosecondsPerAnswer: before === null || after === null ? null : ((after - before) * 1e6) / answers,
  };
}
