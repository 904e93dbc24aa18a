import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { residentBytes } from '../k6/memory.ts';
import type { Host } from '../lib/host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { readResults } from '../results/results.ts';
import { median } from './statistics.ts';

/**
 * `npm run bench:soak`: a long load on the toolkit itself. The server's count has to be the report's, the memory of our
 * own processes flat, and k6's is told per million requests (it keeps each sample for its summary).
 */

export interface SoakOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/** Of a process that is done with starting: what it may hold more at the end than a fifth of the time after its start. */
const MOST_GROWTH = { share: 0.2, bytes: 24e6 };
const EVERY_MS = 1000;
/** With fewer between the two looks, what k6 takes more is that its users get warm. */
const LEAST_REQUESTS = 100_000;

export async function runBenchSoak({ ratePerSecond, seconds }: SoakOptions, host: Host): Promise<ExitCode> {
  await promisify(execFile)(process.execPath, [join(host.packageRoot, 'scripts', 'build.mjs')]);
  const contract = readContract(contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot));
  const out = mkdtempSync(join(tmpdir(), 'assay-soak-'));
  const api = await startReferenceApi({ contract });
  const program = join(host.packageRoot, 'dist', 'assay.js');
  const load = [program, 'throughput', '--mode', 'soak', '--rate', `${ratePerSecond}`, '--duration', `${seconds}s`];
  const child = spawn(process.execPath, load, {
    env: {
      ...{ ...host.env, ...embeddedInputs(contract) },
      ...{ ASSAY_BASE_URL: api.baseUrl, ASSAY_API_KEY: api.apiKey, ASSAY_OUT: out },
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const memory = { assay: [] as number[], server: [] as number[], k6: [] as number[] };
  const sample = (name: keyof typeof memory, pid: number | null) => {
    const bytes = pid === null ? null : residentBytes(pid);
    if (bytes !== null) memory[name].push(bytes);
  };
  const timer = setInterval(() => {
    const k6 = child.pid === undefined ? null : largestChildOf(child.pid);
    // Before and after the load there is none: then the others are not of interest either.
    if (k6 === null) return;
    sample('k6', k6);
    sample('assay', child.pid ?? null);
    sample('server', process.pid);
  }, EVERY_MS);
  const stop = () => child.kill('SIGINT');
  host.signal.addEventListener('abort', stop);
  try {
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    const { throughput } = readResults(out);
    if (throughput === null) return ExitCode.Impossible;
    const served = api.stats.byStatus[201] ?? api.stats.requests;
    const told = throughput.created ?? 0;
    // The server may have answered after the time for an answer was over.
    const unanswered = throughput.series.reduce((sum, { byStatus }) => sum + (byStatus?.['0'] ?? 0), 0);
    const isComplete = served >= told && served <= told + unanswered + (throughput.unfinished ?? 0);
    host.out(
      `answers      server ${served}, report ${told}${unanswered === 0 ? '' : ` and ${unanswered} that came too late`}: ${isComplete ? 'none lost' : 'SOME ARE LOST'}\n`,
    );
    const areFlat = (['assay', 'server'] as const).map((name) => {
      const { early, late } = earlyAndLate(memory[name]);
      const isFlat = late <= early * (1 + MOST_GROWTH.share) + MOST_GROWTH.bytes;
      host.out(
        `memory       ${name}: ${megabytes(early)} early, ${megabytes(late)} late: ${isFlat ? 'flat' : 'GROWS'}\n`,
      );
      return isFlat;
    });
    const { early, late } = earlyAndLate(memory.k6);
    // From the middle of the second fifth to that of the last one.
    const between = (told * 3) / 5;
    const perMillion =
      between < LEAST_REQUESTS
        ? `too few requests to tell what a million takes`
        : `${megabytes(((late - early) / between) * 1e6)} per million requests`;
    host.out(
      `memory       k6: ${megabytes(early)} early, ${megabytes(late)} late, ${megabytes(Math.max(...memory.k6))} at most, with ${throughput.vus ?? 'an unknown number of'} users: ${perMillion}\n`,
    );
    return isComplete && areFlat.every(Boolean) ? ExitCode.Ok : ExitCode.Finding;
  } finally {
    clearInterval(timer);
    host.signal.removeEventListener('abort', stop);
    await api.close();
    rmSync(out, { recursive: true, force: true });
  }
}

/** Medians of the second and of the last fifth of the time. */
function earlyAndLate(samples: readonly number[]): { early: number; late: number } {
  const fifth = Math.floor(samples.length / 5);
  return { early: median(samples.slice(fifth, 2 * fifth)), late: median(samples.slice(4 * fifth)) };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** The child that holds the most: k6, beside the bundler. null where there is none, or the system does not tell. */
function largestChildOf(pid: number): number | null {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    const sizes = children.map((child) => ({ child, bytes: residentBytes(child) ?? 0 }));
    return sizes.sort((left, right) => right.bytes - left.bytes)[0]?.child ?? null;
  } catch {
    return null;
  }
}
