import type { Environment } from '../../contracts/lib/target.ts';

/** The world as a command sees it: everything it reads of the machine and all that it says go through here. */
export interface Host {
  readonly env: Environment;
  /** Absolute path of the folder the command was called in. */
  readonly cwd: string;
  /** Root folder of this package (where contracts/, load/ and dist/ lie). */
  readonly packageRoot: string;
  /** Standard output; the caller ends lines. */
  out(text: string): void;
  /** Standard error; the caller ends lines. */
  err(text: string): void;
  /** Standard error is a terminal that a person watches, so a line may be rewritten. */
  readonly isTerminal: boolean;
  /** No progress is wanted. */
  readonly isQuiet?: boolean;
  /** Standard output is a terminal, so it may be coloured. */
  readonly isOutputTerminal: boolean;
  now(): Date;
  /** Aborted at the first Ctrl-C, SIGTERM or hang-up. */
  readonly signal: AbortSignal;
}

/** Whether standard output may be coloured: a terminal, and nobody said no (https://no-color.org). */
export function usesColor(host: Pick<Host, 'env' | 'isOutputTerminal'>): boolean {
  return host.isOutputTerminal && (host.env['NO_COLOR'] ?? '') === '' && host.env['TERM'] !== 'dumb';
}

/** The same host with more environment variables set (undefined unsets one). */
export function withEnvironment(host: Host, more: Environment): Host {
  return {
    ...host,
    env: { ...host.env, ...more },
    out: host.out.bind(host),
    err: host.err.bind(host),
    now: host.now.bind(host),
  };
}
