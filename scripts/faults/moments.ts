import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from './fault-row.ts';
import type { Running } from './run-assay.ts';

/** When, in a run, something happens to it. */

/** Longest time for a moment to come: Playwright takes its time to start. */
const LONGEST_MS = 60_000;
const POLL_MS = 20;
/** "Stops in order within 5 s", and what a busy machine adds. */
const LONGEST_STOP_MS = 8000;

/** Resolves when the server has given so many answers; at once where there is no such server. */
export async function answers({ server }: Bed, running: Running, number: number): Promise<void> {
  await until(running, () => server === null || server.stats.answers >= number);
}

/** Resolves when a process of the run has such a command line; its id. */
export async function process(running: Running, command: RegExp): Promise<number | null> {
  let [pid] = running.processes(command);
  await until(running, () => {
    [pid] = running.processes(command);
    return pid !== undefined;
  });
  return pid ?? null;
}

/** Resolves when something was said. */
export function said(running: Running, pattern: RegExp): Promise<void> {
  return until(running, () => pattern.test(running.said()));
}

async function until(running: Running, isReached: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + LONGEST_MS;
  while (!isReached() && !running.hasEnded() && performance.now() < giveUpAtMs) await sleep(POLL_MS);
}

/** Sends signals as a terminal does, to the whole group, and says where the run does not end soon after. */
export async function signalled(running: Running, ...signals: readonly NodeJS.Signals[]): Promise<readonly string[]> {
  if (running.hasEnded()) return ['it ended before the signal'];
  for (const signal of signals) {
    globalThis.process.kill(-(running.child.pid ?? 0), signal);
    await sleep(100);
  }
  const sentAtMs = performance.now();
  while (!running.hasEnded()) {
    if (performance.now() - sentAtMs > LONGEST_STOP_MS) return [`it did not stop within ${LONGEST_STOP_MS / 1000} s`];
    await sleep(POLL_MS);
  }
  return [];
}
