import { withDotenv } from '../../contracts/lib/environment.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import type { Host } from './host.ts';

/**
 * The real host. The first Ctrl-C, SIGTERM or hang-up aborts `signal`, so that a command stops in order; the second
 * ends the process at once. `interruptedBy` tells which came first.
 */
export function nodeHost(packageRoot: string): Host & { interruptedBy(): NodeJS.Signals | null } {
  const controller = new AbortController();
  let first: NodeJS.Signals | null = null;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (first !== null) process.exit(ExitCode.Interrupted);
      first = name;
      controller.abort();
    });
  }
  // A reader that went away (`assay … | head`) is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const cwd = process.cwd();
  return {
    env: withDotenv(process.env, cwd),
    cwd,
    packageRoot,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
    isOutputTerminal: process.stdout.isTTY === true,
    now: () => new Date(),
    signal: controller.signal,
    interruptedBy: () => first,
  };
}
