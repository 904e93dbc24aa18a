import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
    makeFolder(dirname(path));
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

/** Makes a folder and those above it. Throws the system's error: Node's own says of any of them that it does not exist. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    let first = path;
    while (!existsSync(dirname(first)) && dirname(first) !== first) first = dirname(first);
    mkdirSync(first);
    makeFolder(path);
  }
}

/** The text of a file that a user named, in which `what` should be. Throws UserError where it cannot be read. */
export function readNamedFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT';
    throw new UserError(
      isMissing ? `there is no file ${path}` : `${path} cannot be read`,
      { why: isMissing ? `${what} should be in it` : message, fix: 'correct the path' },
      error,
    );
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
