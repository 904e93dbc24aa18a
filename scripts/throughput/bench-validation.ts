import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { LINE_MARKER } from '../../load/lib/line-marker.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import { PROFILE_VARIABLES } from '../../load/measurement/profile.ts';
import { findK6 } from '../k6/find.ts';
import { runK6 } from '../k6/run.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import type { Host } from '../lib/host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { endedChildrenCpuSeconds } from './child-cpu.ts';
import { GARBAGE_COLLECTION_PERCENT } from './load-session.ts';
import { mean, median } from './statistics.ts';

/**
 * `npm run bench:validation`: what it costs to hold every answer to the contract. The same script is run in turn bare
 * (bodies read, status looked at), checked, and with each answer parsed and validated, in many short rounds against one
 * server, because other work on the machine comes and goes; then one check is timed inside k6, without any request.
 */

export interface BenchOptions {
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly vus: number;
}

const WAYS = ['status', 'recognise', 'parse'] as const;
type Way = (typeof WAYS)[number];
const TITLES: Readonly<Record<Way, string>> = {
  status: 'bare (status only)',
  recognise: 'checked (recognised)',
  parse: 'checked (parse + AJV)',
};

/** Answers whose check is timed. */
const COST_ANSWERS = 200;

interface Round {
  readonly perSecond: number;
  /** k6's own, start included; null where the system does not tell. */
  readonly cpuMicrosecondsPerAnswer: number | null;
}

/** Prints the figures; exit code 1 where the checked script falls below 0.9 of the bare one, or a check costs more than a quarter. */
export async function runBenchValidation(options: BenchOptions, host: Host): Promise<ExitCode> {
  const contract = readContract(contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot));
  const k6 = await findK6(host);
  const work = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  const api = await startReferenceApi({ contract });
  try {
    const env = {
      ...embeddedInputs(contract),
      ASSAY_BASE_URL: api.baseUrl,
      ASSAY_API_KEY: api.apiKey,
      [PROFILE_VARIABLES.vus]: String(options.vus),
      [PROFILE_VARIABLES.durationSeconds]: String(options.secondsPerRound),
      [PROFILE_VARIABLES.warmUpSeconds]: '0',
      GOGC: GARBAGE_COLLECTION_PERCENT,
    };
    const k6Run = async (scriptPath: string, more: Record<string, string>, onMarked: (text: string) => void) => {
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
    await bundleK6Script('throughput', contract, script, host.packageRoot);
    const rounds: Record<Way, Round[]> = { status: [], recognise: [], parse: [] };
    for (let round = 0; round < options.rounds && !host.signal.aborted; round += 1) {
      // Each way is the first as often as the last.
      for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
        const before = endedChildrenCpuSeconds();
        const shown = await k6Run(script, { ASSAY_CHECK: way }, () => {});
        const after = endedChildrenCpuSeconds();
        const requests = Number(/^requests +(\d+)/m.exec(shown)?.[1] ?? 0);
        if (!shown.includes('every answer kept it')) throw new Error(`the ${way} round found: ${shown}`);
        rounds[way].push({
          perSecond: requests / options.secondsPerRound,
          cpuMicrosecondsPerAnswer: before === null || after === null ? null : ((after - before) * 1e6) / requests,
        });
      }
      host.err(`round ${round + 1} of ${options.rounds}\n`);
    }

    const request = requestBodies(
      contract.operation,
      requestTemplate(contract),
      parseTarget(env, contract.operation).inputs,
      contract.validator(contract.operation.request.schema),
    ).valid;
    const answers = [];
    for (let index = 0; index < COST_ANSWERS; index += 1) {
      const response = await fetch(`${api.baseUrl}${contract.operation.path}`, {
        method: contract.operation.method,
        headers: { Authorization: `Bearer ${api.apiKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(request),
      });
      const headers = {
        'Content-Type': response.headers.get('content-type') ?? '',
        Date: response.headers.get('date') ?? '',
      };
      answers.push({ status: response.status, headers, body: await response.text(), receivedAtMs: Date.now() });
    }
    const input = join(work, 'answers.json');
    writeFileSync(input, JSON.stringify({ request, answers }));
    const costScript = join(work, 'cost.js');
    await bundleK6Script('validation/cost', contract, costScript, host.packageRoot);
    let cost = { recogniseMicroseconds: Number.NaN, parseMicroseconds: Number.NaN, recognisedShare: 0 };
    await k6Run(costScript, { ASSAY_COST_INPUT: input }, (text) => {
      cost = JSON.parse(text) as typeof cost;
    });

    const ratio = (way: Way) =>
      median(rounds[way].map(({ perSecond }, round) => perSecond / (rounds.status[round]?.perSecond ?? Number.NaN)));
    for (const way of WAYS) {
      const cpu = rounds[way].map(({ cpuMicrosecondsPerAnswer }) => cpuMicrosecondsPerAnswer ?? Number.NaN);
      host.out(
        `${TITLES[way].padEnd(24)}${mean(rounds[way].map(({ perSecond }) => perSecond))
          .toFixed(0)
          .padStart(
            6,
          )}/s, median ratio to bare ${ratio(way).toFixed(2)}, k6's processor time ${median(cpu).toFixed(0)} µs an answer\n`,
      );
    }
    host.out(
      `one check inside k6: ${cost.recogniseMicroseconds.toFixed(1)} µs recognised, ${cost.parseMicroseconds.toFixed(1)} µs parsed and validated, ratio ${(cost.recogniseMicroseconds / cost.parseMicroseconds).toFixed(3)} (${(100 * cost.recognisedShare).toFixed(1)} % recognised)\n`,
    );
    const holds = ratio('recognise') >= 0.9 && cost.recogniseMicroseconds <= 0.25 * cost.parseMicroseconds;
    host.out(`goal (at least 0.90 of bare, at most 0.250 of the cost): ${holds ? 'met' : 'missed'}\n`);
    return holds ? ExitCode.Ok : ExitCode.Finding;
  } finally {
    await api.close();
    rmSync(work, { recursive: true, force: true });
  }
}
