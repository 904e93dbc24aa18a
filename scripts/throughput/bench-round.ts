import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { successStatuses } from '../../contracts/lib/operation.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { LINE_MARKER } from '../../load/lib/line-marker.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
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

/** What is looked at in each answer: see ASSAY_CHECK in load/throughput.ts; "plain" is a script as one writes it by hand. */
export const WAYS = ['plain', 'status', 'recognise', 'parse'] as const;
export type Way = (typeof WAYS)[number];
export const TITLES: Readonly<Record<Way, string>> = {
  plain: 'by hand (post and check)',
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
  readonly answers: number;
  /** Processor time of the generator, its start included; null where the system does not tell. */
  readonly cpuSeconds: number | null;
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
  round(way: Way, seconds?: number): Promise<Round>;
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
  const plain = join(work, 'plain.js');
  const round = (way: Way, seconds: number = options.secondsPerRound) =>
    measuredRound(seconds, async () => {
      const more = { [PROFILE_VARIABLES.durationSeconds]: String(seconds), ASSAY_CHECK: way };
      const shown = await runScript(way === 'plain' ? plain : script, more, () => {});
      if (!shown.includes('every answer kept it')) throw new Error(`the ${way} round found: ${shown}`);
      return Number(/^requests +(\d+)/m.exec(shown)?.[1] ?? 0);
    });
  try {
    await bundleK6Script('throughput', contract, script, host.packageRoot);
    writeFileSync(plain, plainScript(contract, options));
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
    answers,
    cpuSeconds: before === null || after === null ? null : after - before,
  };
}

/** Processor time an answer, µs, without that of the start; NaN where the system does not tell. */
export function cpuMicroseconds({ answers, cpuSeconds }: Round, start: Round): number {
  return (((cpuSeconds ?? Number.NaN) - (start.cpuSeconds ?? Number.NaN)) * 1e6) / (answers - start.answers);
}

/** The shortest round that k6 runs: what a longer one takes more is what its answers cost. */
export const START_SECONDS = 1;

/** What one would write without assay: the request, and one check of its status. */
function plainScript(contract: Contract, { vus }: RoundOptions): string {
  const { operation } = contract;
  const inputs = parseTarget(
    { ...embeddedInputs(contract), ASSAY_BASE_URL: 'http://127.0.0.1', ASSAY_API_KEY: 'key' },
    operation,
  ).inputs;
  const isValid = contract.validator(operation.request.schema);
  const body = JSON.stringify(requestBodies(operation, requestTemplate(contract), inputs, isValid).valid);
  const statuses = successStatuses(operation);
  return `import http from 'k6/http';
import { check } from 'k6';
export const options = {
  scenarios: { load: { executor: 'constant-vus', vus: ${vus}, duration: __ENV.${PROFILE_VARIABLES.durationSeconds} + 's' } },
  systemTags: ['status', 'expected_response'],
};
const parameters = { headers: { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: 'Bearer ' + __ENV.ASSAY_API_KEY } };
export default function () {
  const response = http.request(${JSON.stringify(operation.method)}, __ENV.ASSAY_BASE_URL + ${JSON.stringify(operation.path)}, ${JSON.stringify(body)}, parameters);
  check(response, { accepted: ({ status }) => ${JSON.stringify(statuses)}.includes(status) });
}
export function handleSummary({ metrics }) {
  const failed = metrics.checks.values.fails;
  return { stdout: 'requests ' + metrics.http_reqs.values.count + '\\n' + (failed === 0 ? 'every answer kept it' : failed + ' failed') + '\\n' };
}
`;
}
