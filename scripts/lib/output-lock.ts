import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { cannotWrite, makeFolder } from './files.ts';
import type { Host } from './host.ts';
import { outputDirectory } from './output-directory.ts';

/**
 * Does `work` while no other run writes to the folder for results: two would take each other's results and ledger
 * away. Throws UserError (exit code 3) where another one does, and where the folder cannot be written: before anything
 * is sent.
 */
export async function holdingOutput<T>(host: Pick<Host, 'env' | 'cwd' | 'signal'>, work: () => Promise<T>): Promise<T> {
  const out = outputDirectory(host);
  const file = join(out, '.assay.lock');
  let hasBegun = false;
  const release = () => rmSync(file, { force: true });
  // Every command names this module, and `--help` needs no locks.
  const { withLock } = await import('./lock.ts');
  try {
    makeFolder(out);
    return await withLock(
      file,
      async () => {
        hasBegun = true;
        // A second signal ends the process at once.
        process.once('exit', release);
        try {
          return await work();
        } finally {
          process.off('exit', release);
        }
      },
      {
        onWait: (pid) => {
          throw new UserError(`another run writes to ${out}`, {
            why: `process ${pid ?? 'unknown'} holds ${file}`,
            fix: 'wait until it has ended, or set ASSAY_OUT to another folder',
            exitCode: ExitCode.Impossible,
          });
        },
        signal: host.signal,
      },
    );
  } catch (error) {
    if (hasBegun || error instanceof UserError) throw error;
    throw cannotWrite(out, error);
  }
}
