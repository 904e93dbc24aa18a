import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';

let temporaryFiles = 0;

/**
 * Writes a file so that a reader finds the old text or the new one, never a part: write beside it, flush, rename.
 * Folders on the way are made. Throws UserError (exit code 3) where the file cannot be written.
 */
export function writeWhole(path: string, text: string | Uint8Array): void {
  temporaryFiles += 1;
  const temporary = `${path}.${process.pid}-${temporaryFiles}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UserError(
      `cannot write ${path}`,
      {
        why: (error as Error).message,
        fix: 'make room or set ASSAY_OUT to a folder that can be written',
        exitCode: ExitCode.Impossible,
      },
      error,
    );
  }
}
