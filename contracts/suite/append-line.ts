import { Buffer } from 'node:buffer';
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/**
 * Appends a line to a file, whole or not at all: where the disk is full, the part that still found room is taken back.
 * Throws the system's error.
 */
export function appendLine(path: string, line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  const file = openSync(path, 'a');
  const { size } = fstatSync(file);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written);
  } catch (error) {
    // Not where another process has appended in between.
    if (written > 0 && fstatSync(file).size === size + written) ftruncateSync(file, size);
    throw error;
  } finally {
    closeSync(file);
  }
}
