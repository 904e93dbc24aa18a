import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A lock between processes: a file that holds who has it, touched while the work goes on. It spares double work; what
 * it guards must stay whole without it, since a stopped process may come back after its lock was taken over.
 */

export interface LockTimes {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  /** Not touched for so long: its holder is gone. Many heartbeats, for a machine that is busy. */
  readonly staleAfterMs: number;
}

const LOCK_TIMES: LockTimes = { pollMs: 300, heartbeatMs: 2_000, staleAfterMs: 30_000 };

interface Holder {
  /** The file's text, which differs for each holder. */
  readonly text: string;
  readonly pid: number | null;
  readonly machine: string | null;
  readonly touchedAtMs: number;
}

/**
 * Runs `work` while holding the lock `file`; waits as long as another holds it and calls `onWait` at each look, with
 * the holder's process id. Throws the reason of `signal` when it is aborted while waiting, and what `work` throws.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: { onWait: (pid: number | null) => void; signal: AbortSignal; times?: LockTimes },
): Promise<T> {
  const times = options.times ?? LOCK_TIMES;
  const text = `${JSON.stringify({ pid: process.pid, machine: hostname(), id: randomUUID() })}\n`;
  while (!(await create(file, text))) {
    options.signal.throwIfAborted();
    const holder = await readHolder(file);
    if (holder === null) continue;
    if (isGone(holder, Date.now(), times.staleAfterMs)) {
      await takeAway(file, holder);
    } else {
      options.onWait(holder.pid);
      await sleep(times.pollMs, undefined, { signal: options.signal });
    }
  }
  const heartbeat = setInterval(() => {
    utimes(file, new Date(), new Date()).catch(() => undefined);
  }, times.heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readHolder(file))?.text === text) await rm(file, { force: true });
  }
}

async function create(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(text);
    } catch (error) {
      // A full disk: a lock without its holder would have others wait.
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { text, ...parseHolder(text), touchedAtMs: mtimeMs };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A lock whose writer was stopped before it wrote has neither; its age decides. */
function parseHolder(text: string): { pid: number | null; machine: string | null } {
  try {
    const value: unknown = JSON.parse(text);
    const fields = new Map<string, unknown>(Object.entries(value ?? {}));
    const pid = fields.get('pid');
    const machine = fields.get('machine');
    return { pid: typeof pid === 'number' ? pid : null, machine: typeof machine === 'string' ? machine : null };
  } catch {
    return { pid: null, machine: null };
  }
}

function isGone(holder: Holder, nowMs: number, staleAfterMs: number): boolean {
  if (nowMs - holder.touchedAtMs > staleAfterMs) return true;
  return holder.pid !== null && holder.machine === hostname() && !isAlive(holder.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/** Removes the lock of `gone`, and puts back what another waiter may have set up in its place in the meantime. */
async function takeAway(file: string, gone: Holder): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== gone.text) await link(aside, file).catch(() => undefined);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await rm(aside, { force: true });
}

/** `error` is one of the system with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
