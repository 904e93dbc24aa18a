import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Environment } from '../../contracts/lib/target.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * Keeps k6 from taking the machine's memory: it holds whole answers and each sample of a load, and one gzip bomb has
 * been seen to take it beyond 1 GB.
 */

/** Environment variable of the limit. */
export const MEMORY_VARIABLE = 'ASSAY_K6_MAX_MEMORY';

/** Of the memory that this process may use, where nothing is set. */
const USUAL_SHARE = 0.6;
/** k6 does not start with less. */
const LEAST_BYTES = 32 * 2 ** 20;
const EVERY_MS = 250;
/** Beyond this share of the limit there is no time for an orderly end. */
const KILL_SHARE = 1.25;

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, MiB: 2 ** 20, GiB: 2 ** 30 };

/** The most that k6 may hold. Throws UserError for a value that is none. */
export function memoryLimitBytes(env: Environment, availableBytes: number = machineBytes()): number {
  const text = (env[MEMORY_VARIABLE] ?? '').trim();
  if (text === '') return Math.max(LEAST_BYTES, Math.floor(availableBytes * USUAL_SHARE));
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(MB|GB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit] ?? Number.NaN);
  if (!(bytes >= LEAST_BYTES)) {
    throw new UserError(`${text.slice(0, 40)} is no limit for the memory of k6`, {
      why: `it takes a number with MB, GB, MiB or GiB, and at least ${LEAST_BYTES / 2 ** 20} MiB`,
      fix: `write for example --max-memory 500MB, or set ${MEMORY_VARIABLE}`,
    });
  }
  return Math.floor(bytes);
}

/** Of the machine, or of the container that this process is in. */
function machineBytes(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

export interface MemoryWatch {
  /** Most bytes that were seen; null where the system does not tell. */
  peakBytes(): number | null;
  stop(): void;
}

/** Calls `onOver` once where the process holds more than the limit, and `onFarOver` once where it holds much more. */
export function watchMemory(
  pid: number,
  limitBytes: number,
  { onOver, onFarOver }: { onOver(bytes: number): void; onFarOver(): void },
): MemoryWatch {
  let peak: number | null = null;
  let isOver = false;
  const timer = setInterval(() => {
    const bytes = residentBytes(pid);
    if (bytes === null) return;
    peak = Math.max(peak ?? 0, bytes);
    if (bytes > limitBytes && !isOver) {
      isOver = true;
      onOver(bytes);
    }
    if (bytes > limitBytes * KILL_SHARE) {
      clearInterval(timer);
      onFarOver();
    }
  }, EVERY_MS);
  timer.unref();
  return { peakBytes: () => peak, stop: () => clearInterval(timer) };
}

/** Memory that a process holds; null where the system does not tell (it is Linux's /proc). */
export function residentBytes(pid: number): number | null {
  try {
    const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return Number.isFinite(kibibytes) ? kibibytes * 1024 : null;
  } catch {
    return null;
  }
}
