/** Exit codes of every command. They come from our own results, never from Playwright's or k6's exit code. */
export const ExitCode = {
  /** All holds. */
  Ok: 0,
  /** Contract broken, limit differs from what was expected, breaking change, threshold crossed. */
  Finding: 1,
  /** Wrong usage or configuration. */
  Usage: 2,
  /** The job could not be done: target unreachable, no k6, too few cases reached the endpoint. */
  Impossible: 3,
  /** Inconclusive, or no proof where one was required. */
  Undecided: 4,
  /** A bug of ours. */
  Bug: 70,
  Interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Gravest first: the exit code of a command that did several things. */
const GRAVITY: readonly ExitCode[] = [70, 130, 2, 3, 1, 4, 0];

/** The gravest of `codes`; 0 for none. */
export function gravest(codes: readonly ExitCode[]): ExitCode {
  return GRAVITY.find((code) => codes.includes(code)) ?? ExitCode.Ok;
}

/**
 * An error that a person can act on: it reaches the user as what, why and fix, without a stack.
 * Anything else that is thrown is a bug of ours and keeps its stack (exit code 70).
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly why: string;
  readonly fix: string;
  readonly exitCode: ExitCode;

  constructor(what: string, help: { why: string; fix: string; exitCode?: ExitCode }, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause });
    this.why = help.why;
    this.fix = help.fix;
    this.exitCode = help.exitCode ?? ExitCode.Usage;
  }

  /** The three lines that a user sees. */
  toText(): string {
    return `error: ${this.message}\n  why: ${this.why}\n  fix: ${this.fix}`;
  }
}
