import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { readResults, type ThroughputResult } from '../results/results.ts';
import { compareLoads } from './compare.ts';
import { runThroughput } from './run-throughput.ts';

/**
 * `npm run bench:compare`: how often `assay compare` cries wolf, and how often it sees what is there. Loads on a server
 * that stays as it is (A) are compared with each other, and with loads on one that takes longer (B); the two alternate,
 * so that what else the machine does falls on both.
 */

export interface CompareBenchOptions {
  /** Loads on each server. */
  readonly runs: number;
  readonly seconds: number;
  readonly ratePerSecond: number;
}

const SERVICE_MS = { a: 10, b: 13 };
const TOLERANCE = 0.05;

export async function runBenchCompare(options: CompareBenchOptions, host: Host): Promise<ExitCode> {
  const loads: Record<'a' | 'b', ThroughputResult[]> = { a: [], b: [] };
  for (let run = 0; run < options.runs && !host.signal.aborted; run += 1) {
    for (const name of run % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)) {
      loads[name].push(await oneLoad(SERVICE_MS[name], options, host));
    }
    host.err(`round ${run + 1} of ${options.runs}\n`);
  }
  const alike = pairsOf(loads.a).concat(pairsOf(loads.b));
  const different = loads.a.flatMap((a) => loads.b.map((b): [ThroughputResult, ThroughputResult] => [a, b]));
  tell('A/A, alike', alike, host);
  tell(`A/B, ${SERVICE_MS.a} and ${SERVICE_MS.b} ms`, different, host);
  return ExitCode.Ok;
}

async function oneLoad(serviceTimeMs: number, options: CompareBenchOptions, host: Host): Promise<ThroughputResult> {
  const contract = chosenContract(host);
  const out = mkdtempSync(join(tmpdir(), 'assay-compare-'));
  const api = await startReferenceApi({ contract, serviceTimeMs });
  try {
    const env = { ...embeddedInputs(contract), ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: api.apiKey, ASSAY_OUT: out };
    const quiet = { ...withEnvironment(host, env), out: () => {}, err: () => {} };
    await runThroughput({ rate: options.ratePerSecond, vus: null, durationSeconds: options.seconds }, quiet);
    const { throughput } = readResults(out);
    if (throughput === null) throw new Error('a load without a result');
    return throughput;
  } finally {
    await api.close();
    rmSync(out, { recursive: true, force: true });
  }
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((left, index) => items.slice(index + 1).map((right): [T, T] => [left, right]));
}

function tell(title: string, pairs: readonly (readonly [ThroughputResult, ThroughputResult])[], host: Host): void {
  const found = pairs.map(([a, b]) => compareLoads(a, b, TOLERANCE));
  const share = (count: number) => `${count} of ${pairs.length} (${((100 * count) / pairs.length).toFixed(0)} %)`;
  const differing = found.filter(({ verdict }) => verdict !== 'no-difference').length;
  const failing = found.filter((one) => one.isWorseBeyondTolerance).length;
  host.out(
    `${title.padEnd(24)}said to differ ${share(differing)}, worse beyond ${100 * TOLERANCE} % (exit code 1) ${share(failing)}\n`,
  );
}
