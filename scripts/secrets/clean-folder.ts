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

/** How each file looked at some time: path → what changes when it is written. Clocks that are set meanwhile do not matter. */
export type FileStamps = ReadonlyMap<string, string>;

export function stampsOf(paths: readonly string[]): FileStamps {
  return new Map(paths.flatMap(filesBelow));
}

/** Takes the secrets out of every file below `paths` that is not as it was `before`; links are not followed. */
export function cleanFolders(paths: readonly string[], cleaner: Cleaner, before: FileStamps): CleanedFolder {
  const cleaned: string[] = [];
  const unread: string[] = [];
  const files = [...stampsOf(paths)].flatMap(([file, stamp]) => (before.get(file) === stamp ? [] : [file]));
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

function filesBelow(path: string): [path: string, stamp: string][] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isFile()) return [[path, `${stats.ino}:${stats.mtimeMs}:${stats.ctimeMs}:${stats.size}`]];
  if (!stats.isDirectory()) return [];
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    // Nothing of ours could be written there.
    return [[path, (error as Error).message]];
  }
  return names.flatMap((name) => filesBelow(join(path, name)));
}
