import { type ChildProcess, spawn } from 'node:child_process';
import type { Environment } from '../../contracts/lib/target.ts';
import { hasOwnGroup, signalTree } from '../lib/platform.ts';
import { k6Environment } from './environment.ts';
import type { K6End } from './exit-code.ts';
import { type K6LogEntry, lineSplitter, parseLogLine, repetitionFilter } from './log.ts';
import { memoryLimitBytes, watchMemory } from './memory.ts';

/** Runs a k6 script and reads what it says while it runs. */

/**
 * After the first signal k6 stops its iterations, runs teardown() and handleSummary() and ends by itself; a person who
 * pressed Ctrl-C waits no more than 5 s in all.
 */
const STOP_GRACE_MS = 4000;
/** Of that, what a script has that was asked to end. */
const SCRIPT_STOP_SHARE = 0.7;

export interface K6RunOptions {
  readonly k6Path: string;
  readonly scriptPath: string;
  /** Further options of `k6 run`. Never a secret: arguments are seen by every process of the machine. */
  readonly args?: readonly string[];
  readonly cwd: string;
  /** The caller's environment; K6_* in it are left out, except for a few (environment.ts), and that is said. */
  readonly inherited: Environment;
  /** On top: the target, the API key, K6_* that are meant. */
  readonly env: Environment;
  /** What begins each console message that is for us. */
  readonly marker: string;
  /** The rest of such a message, as the script said it. */
  onMarked(text: string): void;
  /** k6's standard output, progress and summary; a function gets it line by line, redacted, ending with a line feed. */
  readonly stdout: 'inherit' | 'ignore' | ((text: string) => void);
  /** Gets, redacted and ending with a line feed, all other messages; the same one again and again is cut. */
  err(text: string): void;
  redact(text: string): string;
  /** Aborted: k6 is asked to stop (handleSummary still runs), and killed when it has not stopped in time. */
  readonly signal: AbortSignal;
  /** Asks the script to end by itself first: k6 breaks iterations off, and what is in flight with them. */
  askToStop?(): void;
  readonly stopGraceMs?: number;
}

export interface K6RunResult extends K6End {
  /** The signal of the options was aborted before k6 ended. */
  readonly wasInterrupted: boolean;
  /** Why it was stopped by us, in words that finish a sentence: it took more memory than it may; null: it was not. */
  readonly overMemory: string | null;
  /** Most memory that it held, where the system tells. */
  readonly peakMemoryBytes: number | null;
}

/**
 * Runs `k6 run` to its end. Throws what `onMarked` throws (k6 is killed first), and the system's error if k6 cannot be
 * started. k6 does not outlive this process: it is killed when this one exits or is ended by a signal.
 */
export async function runK6(options: K6RunOptions): Promise<K6RunResult> {
  if (options.signal.aborted)
    return { exitCode: null, signal: null, wasInterrupted: true, overMemory: null, peakMemoryBytes: null };
  const limitBytes = memoryLimitBytes(options.inherited);
  const { env, leftOut } = k6Environment(options.inherited, options.env);
  if (leftOut.length > 0) {
    options.err(`left out of k6's environment, because it would change the test: ${leftOut.join(', ')}\n`);
  }
  const stdout = typeof options.stdout === 'function' ? 'pipe' : options.stdout;
  const args = ['run', '--no-usage-report', '--log-output', 'stderr', '--log-format', 'json'];
  // Before the start: a signal may come as soon as k6 runs.
  const guard = guardProcess();
  const child = spawn(options.k6Path, [...args, ...(options.args ?? []), options.scriptPath], {
    cwd: options.cwd,
    // Nearer to the limit, Go collects garbage more often.
    env: { GOMEMLIMIT: String(Math.floor(limitBytes * 0.9)), ...env },
    stdio: ['ignore', stdout, 'pipe'],
    // A group of its own: at Ctrl-C the terminal signals the whole group, and a second signal makes k6 drop its summary.
    detached: hasOwnGroup(),
    windowsHide: true,
  });
  guard.child = child;
  const filter = repetitionFilter();
  const say = (text: string) => {
    const shown = filter.offer(options.redact(text));
    if (shown !== null) options.err(`${shown}\n`);
  };
  const callbackErrors: unknown[] = [];
  const lines = lineSplitter((line) => {
    const entry = parseLogLine(line);
    if (entry === null) return say(line);
    if (!entry.isFromScript || !entry.message.startsWith(options.marker)) return say(entryText(entry));
    if (callbackErrors.length > 0) return;
    try {
      options.onMarked(entry.message.slice(options.marker.length));
    } catch (error) {
      callbackErrors.push(error);
      signalTree(child, 'SIGKILL');
    }
  });
  child.stderr?.setEncoding('utf8').on('data', lines.push);
  const { stdout: onOutput } = options;
  const outputLines = lineSplitter((line) => {
    if (typeof onOutput === 'function') onOutput(`${options.redact(line)}\n`);
  });
  child.stdout?.setEncoding('utf8').on('data', outputLines.push);

  let wasInterrupted = false;
  let overMemory: string | null = null;
  const stopGraceMs = options.stopGraceMs ?? STOP_GRACE_MS;
  let killTimer: NodeJS.Timeout | null = null;
  let askTimer: NodeJS.Timeout | null = null;
  const end = () => {
    signalTree(child, 'SIGINT');
  };
  const killLater = () => {
    killTimer ??= setTimeout(() => signalTree(child, 'SIGKILL'), stopGraceMs);
  };
  const stop = () => {
    wasInterrupted = true;
    killLater();
    if (options.askToStop === undefined) return end();
    options.askToStop();
    askTimer = setTimeout(end, stopGraceMs * SCRIPT_STOP_SHARE);
  };
  const memory = watchMemory(child.pid ?? 0, limitBytes, {
    onOver(bytes) {
      const megabytes = (count: number) => `${Math.round(count / 1e6)} MB`;
      overMemory = `k6 was stopped, since it held ${megabytes(bytes)} of memory and may hold ${megabytes(limitBytes)}`;
      killLater();
      end();
    },
    onFarOver: () => signalTree(child, 'SIGKILL'),
  });
  options.signal.addEventListener('abort', stop);
  try {
    const ended = await new Promise<K6End>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    lines.end();
    outputLines.end();
    for (const text of filter.rest()) options.err(`${text}\n`);
    if (callbackErrors.length > 0) throw callbackErrors[0];
    return { ...ended, wasInterrupted, overMemory, peakMemoryBytes: memory.peakBytes() };
  } finally {
    memory.stop();
    for (const timer of [killTimer, askTimer]) if (timer !== null) clearTimeout(timer);
    options.signal.removeEventListener('abort', stop);
    guard.release();
  }
}

/** "k6 warning: Request Failed: …"; what the script itself said stands as it is. */
function entryText(entry: K6LogEntry): string {
  const message = entry.message.trimEnd();
  return entry.isFromScript ? message : `k6 ${entry.level}: ${message}`;
}

const DEADLY_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Kills `child`, once it is set, when this process exits, and when a signal that nobody handles is about to end it
 * without an exit event. (A SIGKILL of this process leaves k6 a closed pipe: it dies at its next message.)
 */
function guardProcess(): { child: ChildProcess | null; release(): void } {
  const unhandled = DEADLY_SIGNALS.filter((signal) => process.listenerCount(signal) === 0);
  const guard = {
    child: null as ChildProcess | null,
    release() {
      process.off('exit', onExit);
      for (const signal of unhandled) process.off(signal, onSignal);
    },
  };
  const onExit = () => {
    if (guard.child !== null) signalTree(guard.child, 'SIGKILL');
  };
  const onSignal = (signal: NodeJS.Signals) => {
    onExit();
    guard.release();
    process.kill(process.pid, signal);
  };
  process.on('exit', onExit);
  for (const signal of unhandled) process.on(signal, onSignal);
  return guard;
}
