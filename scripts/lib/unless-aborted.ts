import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';

/**
 * What `work` gives; throws UserError (exit code 130) as soon as the signal comes. The work itself cannot be called
 * back: what a request creates after the signal is not in the ledger.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, message: string): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () =>
      reject(new UserError(message, { why: 'a signal came', fix: 'start again', exitCode: ExitCode.Interrupted }));
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
