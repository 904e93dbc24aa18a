import { withDotenv } from '../../contracts/lib/environment.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import type { Host } from './host.ts';
import { withLineBelow } from './line-below.ts';

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
  // A reader that went away (`assay … | head`), or a terminal that was closed, is no reason to fail.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
  const cwd = process.cwd();
  const env = withDotenv(process.env, cwd);
  // The last of many hands through which what is said goes: whatever fails, the key is not in it.
  const redact = redactor([env['ASSAY_API_KEY'], env['ASSAY_SECOND_API_KEY']]);
  const { out, err } = withLineBelow({
    out: (text) => void process.stdout.write(redact(text)),
    err: (text) => void process.stderr.write(redact(text)),
  });
  return {
    env,
    cwd,
    packageRoot,
    out,
    err,
    isTerminal: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb' && (process.env['CI'] ?? '') === '',
    isOutputTerminal: process.stdout.isTTY === true,
    now: () => new Date(),
    signal: controller.signal,
    interruptedBy: () => first,
  };
}
