import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
    throw cannotWrite(path, error);
  }
}

/** A new folder for files that nobody needs afterwards; the caller removes it. Throws UserError (exit code 3). */
export function temporaryFolder(name: string): string {
  const path = join(tmpdir(), `assay-${name}-`);
  try {
    return mkdtempSync(path);
  } catch (error) {
    throw cannotWrite(path, error, IN_TMPDIR);
  }
}

/** Writes a file into such a folder. */
export function writeTemporary(path: string, text: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw cannotWrite(path, error, IN_TMPDIR);
  }
}

const IN_TMPDIR = 'make room, or set TMPDIR to a folder that can be written';
const IN_ASSAY_OUT = 'make room or set ASSAY_OUT to a folder that can be written';

/** What a user is told when a file cannot be written. */
export function cannotWrite(path: string, error: unknown, fix = IN_ASSAY_OUT): UserError {
  return new UserError(
    `cannot write ${path}`,
    {
      why: (error as Error).message,
      fix,
      exitCode: ExitCode.Impossible,
    },
    error,
  );
}
