import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Environment } from '../../contracts/lib/target.ts';
import { hasCode } from '../lib/lock.ts';
import { userCacheFolder } from '../lib/platform.ts';
import { isExecutable } from './executable.ts';
import { binaryName, type Machine, platformKey } from './release.ts';
import { K6_VERSION } from './version.ts';

/**
 * The tool's own copy of k6, in the user's cache folder so that fresh clones share it. An entry is a folder with the
 * binary and a record of its hash; it is made aside and published by renaming the folder, so it is there whole or not
 * at all, and hashed at each use (60 ms), so a file that was cut or changed later is found too.
 */

const RECORD_NAME = 'k6.json';
const STAGING_PREFIX = 'staging-';
/** A staging folder that old was left by a run that was killed: no build takes so long. */
const LEFTOVER_AFTER_MS = 2 * 3_600_000;

interface CacheRecord {
  readonly version: string;
  readonly platform: string;
  readonly origin: string;
  readonly sha256: string;
}

export type CacheEntry =
  | { readonly kind: 'sound'; readonly path: string; readonly origin: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly why: string };

/**
 * Where this tool keeps what may be fetched again: ASSAY_CACHE_DIR, else `assay` in the user's cache folder. Pure.
 */
export function cacheFolder(env: Environment, machine: Machine, cwd: string): string {
  const own = env['ASSAY_CACHE_DIR'] ?? '';
  if (own !== '') return resolve(cwd, own);
  return join(userCacheFolder(env, machine.homeDir, machine.platform), 'assay');
}

/** The folder of the entry for this machine. */
export function entryFolder(cache: string, machine: Machine): string {
  return join(cache, 'k6', `v${K6_VERSION}-${platformKey(machine)}`);
}

/** Looks at the entry and checks it against its record. */
export async function readEntry(folder: string, machine: Machine): Promise<CacheEntry> {
  const path = join(folder, binaryName(machine));
  try {
    await stat(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'absent' };
    throw error;
  }
  const record = await readRecord(join(folder, RECORD_NAME));
  if (record === null) return { kind: 'broken', why: 'its record is missing or unreadable' };
  if (record.version !== K6_VERSION || record.platform !== platformKey(machine)) {
    return { kind: 'broken', why: `its record is of ${record.version} for ${record.platform}` };
  }
  if (!(await isExecutable(path))) return { kind: 'broken', why: 'the binary is missing or not executable' };
  if ((await hashFile(path)) !== record.sha256) return { kind: 'broken', why: 'the binary is not what was recorded' };
  return { kind: 'sound', path, origin: record.origin };
}

/**
 * Makes the entry: `make` puts the binary at the path that it is given, in a folder of its own that it may use; then
 * the entry is published in place of what was there. Returns the binary's path. Nothing stays behind when `make` throws.
 */
export async function publishEntry(
  folder: string,
  machine: Machine,
  origin: string,
  make: (binaryPath: string, workFolder: string) => Promise<void>,
): Promise<string> {
  const parent = resolve(folder, '..');
  const staging = await mkdtemp(join(parent, STAGING_PREFIX));
  try {
    const work = join(staging, 'work');
    const entry = join(staging, 'entry');
    await mkdir(work);
    await mkdir(entry);
    const binary = join(entry, binaryName(machine));
    await make(binary, work);
    await chmod(binary, 0o755);
    await syncFile(binary);
    const record: CacheRecord = {
      version: K6_VERSION,
      platform: platformKey(machine),
      origin,
      sha256: await hashFile(binary),
    };
    await writeWhole(join(entry, RECORD_NAME), `${JSON.stringify(record, null, 2)}\n`);
    await replaceFolder(entry, folder, staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return join(folder, binaryName(machine));
}

/** Removes what runs that were killed left in the folder of the entries. */
export async function removeLeftovers(folder: string, nowMs: number): Promise<void> {
  const parent = resolve(folder, '..');
  for (const name of await readdir(parent)) {
    if (!name.startsWith(STAGING_PREFIX)) continue;
    const path = join(parent, name);
    const touchedAtMs = (await stat(path).catch(() => null))?.mtimeMs ?? nowMs;
    if (nowMs - touchedAtMs > LEFTOVER_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Two renames: a folder cannot be renamed onto one that is not empty. A k6 that runs from the old one goes on. */
async function replaceFolder(from: string, to: string, staging: string): Promise<void> {
  try {
    await rename(to, join(staging, `old-${randomUUID()}`));
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await rename(from, to);
}

async function readRecord(path: string): Promise<CacheRecord | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const fields = new Map<string, unknown>(Object.entries(value ?? {}));
    const [version, platform, origin, sha256] = ['version', 'platform', 'origin', 'sha256'].map((name) =>
      fields.get(name),
    );
    if (typeof version !== 'string' || typeof platform !== 'string') return null;
    if (typeof origin !== 'string' || typeof sha256 !== 'string') return null;
    return { version, platform, origin, sha256 };
  } catch {
    return null;
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20, autoClose: false })) hash.update(chunk);
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
