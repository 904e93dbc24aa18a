import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../lib/files.ts';
import type { Cleaner } from './clean.ts';

export interface CleanedFolder {
  readonly files: number;
  /** Files that held a secret, and do not any more. */
  readonly cleaned: readonly string[];
  /** Files that could not be looked into, with the reason. */
  readonly unread: readonly string[];
}

/** A file beyond this is not read into memory. */
const LARGEST_BYTES = 1024 * 1024 * 1024;

/** Takes the secrets out of every file below `paths` that was changed since `sinceMs` (Unix); links are not followed. */
export function cleanFolders(paths: readonly string[], cleaner: Cleaner, sinceMs: number): CleanedFolder {
  const cleaned: string[] = [];
  const unread: string[] = [];
  const files = [...new Set(paths.flatMap((path) => filesBelow(path, sinceMs)))];
  for (const file of files) {
    try {
      if (statSync(file).size > LARGEST_BYTES) throw new Error('it is larger than 1 GB');
      const content = cleaner.clean(readFileSync(file));
      if (content === null) continue;
      writeWhole(file, content);
      cleaned.push(file);
    } catch (error) {
      unread.push(`${file}: ${(error as Error).message}`);
    }
  }
  return { files: files.length, cleaned, unread };
}

function filesBelow(path: string, sinceMs: number): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  // File systems round times down, some to two seconds.
  if (stats.isFile()) return stats.mtimeMs >= sinceMs - 2000 ? [path] : [];
  return stats.isDirectory() ? readdirSync(path).flatMap((name) => filesBelow(join(path, name), sinceMs)) : [];
}
