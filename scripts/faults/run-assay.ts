import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../contracts/lib/target.ts';

/** Runs the built command line in a place of its own, and looks at what it leaves behind. */

export interface Place {
  /** Working folder. */
  readonly cwd: string;
  /** ASSAY_OUT; it is not there yet. */
  readonly out: string;
  /** TMPDIR. */
  readonly temporary: string;
  remove(): void;
}

export interface AssayRun {
  readonly args: readonly string[];
  readonly env?: Environment;
  /** Below the place's working folder, to start in. */
  readonly folder?: string | undefined;
  /** Run before assay.js, as `node --import`. */
  readonly preload?: string;
  /** Standard output and error are pipes whose readers went away at the start. */
  readonly closesOutput?: boolean;
  /** Called when it has started; its signals, and what happens to its folders meanwhile. */
  readonly meanwhile?: ((running: Running) => Promise<readonly string[]>) | undefined;
  readonly longestSeconds: number;
  /** Time for children to go after their parent; default 3. */
  readonly afterlifeSeconds?: number | undefined;
}

export interface Running {
  readonly child: ChildProcess;
  readonly place: Place;
  said(): string;
  /** Ids of processes of this run, itself left out, whose command line matches. */
  processes(command: RegExp): number[];
  /** The run has ended. */
  hasEnded(): boolean;
}

export interface EndedRun {
  /** null: ended by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** What `meanwhile` found. */
  readonly problems: readonly string[];
  /** It had to be killed. */
  readonly isTooLong: boolean;
  /** Command lines of processes that outlived it. */
  readonly leftProcesses: readonly string[];
  /** Files and folders that it left in the folder for temporary files. */
  readonly leftFiles: readonly string[];
}

/** Environment variable by which a run's processes are found, whatever groups they made. */
const MARK = 'ASSAY_FAULT_RUN';
const AFTERLIFE_SECONDS = 3;

let places = 0;

export function makePlace(): Place {
  places += 1;
  const root = join(tmpdir(), `assay-faults-${process.pid}-${places}`);
  const place = { cwd: join(root, 'work'), out: join(root, 'out'), temporary: join(root, 'tmp') };
  for (const folder of [place.cwd, place.temporary]) mkdirSync(folder, { recursive: true });
  return { ...place, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export async function runAssay(packageRoot: string, place: Place, run: AssayRun): Promise<EndedRun> {
  const mark = randomUUID();
  const startedAtMs = performance.now();
  const program = join(packageRoot, 'dist', 'assay.js');
  const preload = run.preload === undefined ? [] : ['--import', run.preload];
  const child = spawn(process.execPath, [...preload, program, ...run.args], {
    cwd: join(place.cwd, run.folder ?? '.'),
    env: { ...machineEnvironment(), [MARK]: mark, TMPDIR: place.temporary, ASSAY_OUT: place.out, ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  if (run.closesOutput === true) {
    child.stdout.destroy();
    child.stderr.destroy();
  } else {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
  }
  let isTooLong = false;
  let hasEnded = false;
  const timer = setTimeout(() => {
    isTooLong = true;
    for (const pid of processesOf(mark)) kill(pid);
  }, run.longestSeconds * 1000);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal });
    });
  });
  const meanwhile = run.meanwhile?.({
    child,
    place,
    said: () => stdout + stderr,
    processes: (command) =>
      processesOf(mark).filter((pid) => pid !== child.pid && command.test(commandLine(pid) ?? '')),
    hasEnded: () => hasEnded,
  });
  const end = await ended;
  clearTimeout(timer);
  const problems = (await meanwhile) ?? [];
  const seconds = (performance.now() - startedAtMs) / 1000;
  const leftProcesses = await whatStays(mark, run.afterlifeSeconds ?? AFTERLIFE_SECONDS);
  return {
    ...end,
    stdout,
    stderr,
    seconds,
    problems,
    isTooLong,
    leftProcesses,
    leftFiles: readdirSync(place.temporary),
  };
}

/** The machine's environment, without a target and without what would change the output. */
function machineEnvironment(): Environment {
  const left = /^(ASSAY_|K6_|CI$|GITHUB_|VITEST|NODE_ENV$|FORCE_COLOR$|NO_COLOR$)/;
  const kept = Object.entries(process.env).filter(([name]) => name === 'ASSAY_CACHE_DIR' || !left.test(name));
  // Playwright's transpiled files are kept for all runs: making them takes seconds.
  return { ...Object.fromEntries(kept), PWTEST_CACHE_DIR: join(tmpdir(), 'assay-faults-playwright-cache') };
}

/** Waits for children that are just ending; command lines of those that do not, which are killed. */
async function whatStays(mark: string, seconds: number): Promise<string[]> {
  const untilMs = performance.now() + seconds * 1000;
  let pids = processesOf(mark);
  while (pids.length > 0 && performance.now() < untilMs) {
    await sleep(50);
    pids = processesOf(mark);
  }
  const left = pids.flatMap((pid) => commandLine(pid) ?? []);
  for (const pid of pids) kill(pid);
  return left;
}

/** Whether this system tells the environment of processes: without it, what outlives a run is not seen. */
export const SEES_PROCESSES = existsSync('/proc/self/environ');

function processesOf(mark: string): number[] {
  if (!SEES_PROCESSES) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readOrNull(`/proc/${pid}/environ`)?.split('\0').includes(`${MARK}=${mark}`) === true)
    .map(Number);
}

function commandLine(pid: number): string | null {
  return readOrNull(`/proc/${pid}/cmdline`)?.split('\0').join(' ').trim() ?? null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
