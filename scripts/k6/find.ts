import { mkdir, writeFile } from 'node:fs/promises';
import { arch, homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { type LockTimes, withLock } from '../lib/lock.ts';
import { secondsLeftAt, startProgress } from '../lib/progress.ts';
import { extractFile } from './archive.ts';
import { cacheFolder, entryFolder, publishEntry, readEntry, removeLeftovers } from './cache.ts';
import { DownloadError, type DownloadLimits, download } from './download.ts';
import { checkK6, findOnPath, versionLabel } from './executable.ts';
import { BuildError, buildK6, findGo } from './go-build.ts';
import { binaryName, type Machine, platformKey, RELEASE_BASE_URL, type ReleaseAsset, releaseAsset } from './release.ts';
import { formatVersion, isAtLeast, K6_VERSION, MIN_GO_VERSION, MIN_K6_VERSION } from './version.ts';

/** Finds a k6 to run, and gets one where there is none. */

export type K6Origin = 'K6_PATH' | 'PATH' | 'cache' | 'release' | 'go-build';

export interface FoundK6 {
  readonly path: string;
  /** "2.2.0". */
  readonly version: string;
  readonly origin: K6Origin;
}

export type FindHost = Pick<Host, 'env' | 'cwd' | 'packageRoot' | 'err' | 'isTerminal' | 'isQuiet' | 'now' | 'signal'>;

/** What a test puts in another's place. */
export interface K6Sources {
  readonly machine: Machine;
  readonly releaseBaseUrl: string;
  /** null: no official release for this machine. */
  readonly asset: ReleaseAsset | null;
  /** Folder of the pinned Go module. */
  readonly goModuleFolder: string;
  readonly downloadLimits?: DownloadLimits;
  readonly lockTimes?: LockTimes;
}

const INSTALL_FIX = `install k6 v${MIN_K6_VERSION} or newer (https://grafana.com/docs/k6/latest/set-up/install-k6/) and put it on the PATH or name it in K6_PATH, or install Go ${MIN_GO_VERSION} or newer to have it built; \`assay contract\` works without k6`;

/**
 * The k6 to use, in this order: K6_PATH; the PATH, if recent enough; this tool's cache; the official release, whose
 * hash is pinned; a build with an installed Go. What is passed over, and why, is said on standard error.
 * Throws a UserError: Usage for a K6_PATH that is not usable, Impossible when there is no way, Interrupted.
 */
export async function findK6(host: FindHost, sources: Partial<K6Sources> = {}): Promise<FoundK6> {
  const machine = sources.machine ?? thisMachine();
  const given = await findGiven(host, machine);
  if (given !== null) return given;
  const complete: K6Sources = {
    releaseBaseUrl: RELEASE_BASE_URL,
    asset: releaseAsset(machine),
    goModuleFolder: join(host.packageRoot, 'scripts', 'k6', 'go-build'),
    ...sources,
    machine,
  };
  try {
    return await findInCache(host, complete);
  } catch (error) {
    if (host.signal.aborted) {
      throw new UserError('interrupted while k6 was being installed', {
        why: 'a signal came',
        fix: 'start again; nothing half-written is left',
        exitCode: ExitCode.Interrupted,
      });
    }
    throw error;
  }
}

/** The k6 that `findK6` would take if it may install none; null: it would have to. Throws UserError for a K6_PATH that is not usable. */
export async function lookForK6(host: FindHost, machine: Machine = thisMachine()): Promise<FoundK6 | null> {
  const given = await findGiven(host, machine);
  if (given !== null) return given;
  const entry = await readEntry(entryFolder(cacheFolder(host.env, machine, host.cwd), machine), machine);
  return entry.kind === 'sound' ? { path: entry.path, version: K6_VERSION, origin: 'cache' } : null;
}

function thisMachine(): Machine {
  return { platform: platform(), arch: arch(), homeDir: homedir() };
}

/** K6_PATH, else the PATH. */
async function findGiven(host: FindHost, machine: Machine): Promise<FoundK6 | null> {
  const { env } = host;
  const named = env['K6_PATH'] ?? '';
  if (named !== '') return checkNamed(resolve(host.cwd, named), host);
  const onPath = await findOnPath('k6', env, machine.platform);
  if (onPath === null) return null;
  const check = await checkK6(onPath, env);
  if (check.kind === 'k6' && isAtLeast(check.version, MIN_K6_VERSION)) {
    return { path: onPath, version: formatVersion(check.version), origin: 'PATH' };
  }
  const why = check.kind === 'k6' ? `is ${versionLabel(check.version)}, older than v${MIN_K6_VERSION}` : check.why;
  host.err(`k6 on the PATH is passed over: ${onPath} ${why}\n`);
  return null;
}

async function checkNamed(path: string, host: FindHost): Promise<FoundK6> {
  const check = await checkK6(path, host.env);
  if (check.kind === 'k6' && isAtLeast(check.version, MIN_K6_VERSION)) {
    return { path, version: formatVersion(check.version), origin: 'K6_PATH' };
  }
  const why = check.kind === 'k6' ? `is ${versionLabel(check.version)}, older than v${MIN_K6_VERSION}` : check.why;
  throw new UserError('K6_PATH names no usable k6', {
    why: `${path} ${why}`,
    fix: `set K6_PATH to the file of a k6 v${MIN_K6_VERSION} or newer, or unset it to have k6 found or installed`,
    exitCode: ExitCode.Usage,
  });
}

async function findInCache(host: FindHost, sources: K6Sources): Promise<FoundK6> {
  const cache = cacheFolder(host.env, sources.machine, host.cwd);
  const folder = entryFolder(cache, sources.machine);
  try {
    const entry = await readEntry(folder, sources.machine);
    if (entry.kind === 'sound') return { path: entry.path, version: K6_VERSION, origin: 'cache' };
    await mkdir(resolve(folder, '..'), { recursive: true });
    const waiting = startProgress(host);
    return await withLock(
      `${folder}.lock`,
      async () => {
        waiting.done();
        return await install(host, sources, folder);
      },
      {
        onWait: (pid) =>
          waiting.update({
            phase: 'k6',
            says: `waiting for another run that installs it (process ${pid ?? 'unknown'})`,
          }),
        signal: host.signal,
        ...(sources.lockTimes === undefined ? {} : { times: sources.lockTimes }),
      },
    ).finally(() => waiting.done());
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new UserError(
      `the cache folder ${cache} is not usable`,
      {
        why: error.message,
        fix: 'make the folder writable, or set ASSAY_CACHE_DIR to another, or set K6_PATH to an installed k6',
        exitCode: ExitCode.Impossible,
      },
      error,
    );
  }
}

/** Holding the lock. Another run may have made the entry in the meantime. */
async function install(host: FindHost, sources: K6Sources, folder: string): Promise<FoundK6> {
  const { machine } = sources;
  const entry = await readEntry(folder, machine);
  if (entry.kind === 'sound') return { path: entry.path, version: K6_VERSION, origin: 'cache' };
  if (entry.kind === 'broken') host.err(`the cached k6 is replaced: ${entry.why}\n`);
  await removeLeftovers(folder, host.now().getTime());
  const failures: string[] = [];
  for (const way of [fromRelease, fromGo]) {
    try {
      return await way(host, sources, folder);
    } catch (error) {
      if (host.signal.aborted || !(error instanceof WayFailed)) throw error;
      failures.push(error.message);
      host.err(`${error.message}\n`);
    }
  }
  throw new UserError('k6 is not installed and could not be installed', {
    why: failures.join('; '),
    fix: INSTALL_FIX,
    exitCode: ExitCode.Impossible,
  });
}

/** One way of getting k6 failed; the next is tried. */
class WayFailed extends Error {
  override readonly name = 'WayFailed';
}

async function fromRelease(host: FindHost, sources: K6Sources, folder: string): Promise<FoundK6> {
  const { asset, machine } = sources;
  if (asset === null) throw new WayFailed(`there is no official k6 release for ${platformKey(machine)}`);
  const progress = startProgress(host);
  const startedAtMs = host.now().getTime();
  let archive: Buffer;
  try {
    archive = await download(`${sources.releaseBaseUrl}/${asset.name}`, {
      sha256: asset.sha256,
      signal: host.signal,
      onProgress: (received, total) =>
        progress.update({
          phase: `downloading ${asset.name}`,
          says: `${formatMegabytes(received)}${total === null ? '' : ` of ${formatMegabytes(total)}`}`,
          secondsLeft:
            total === null ? null : secondsLeftAt(received, total, (host.now().getTime() - startedAtMs) / 1000),
        }),
      ...(sources.downloadLimits === undefined ? {} : { limits: sources.downloadLimits }),
    });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    throw new WayFailed(`the download of ${asset.name} failed: ${error.message}`, { cause: error });
  } finally {
    progress.done();
  }
  const path = await publishEntry(folder, machine, 'release', async (binaryPath) => {
    await writeFile(binaryPath, unpack(archive, asset.name, binaryName(machine)), { mode: 0o755 });
    await checkMade(binaryPath, host);
  });
  return { path, version: K6_VERSION, origin: 'release' };
}

/** "12.3 MB". */
function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function unpack(archive: Buffer, archiveName: string, fileName: string): Buffer {
  try {
    return extractFile(archive, archiveName, fileName);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WayFailed(`${archiveName} cannot be unpacked: ${why}`, { cause: error });
  }
}

async function fromGo(host: FindHost, sources: K6Sources, folder: string): Promise<FoundK6> {
  const { machine } = sources;
  const go = await findGo(host.env, machine.platform);
  if (go.kind === 'no-go') throw new WayFailed(`k6 cannot be built: ${go.why}`);
  host.err(`building k6 v${K6_VERSION} from source with Go ${go.version}: two to three minutes, once\n`);
  const progress = startProgress(host);
  try {
    const path = await publishEntry(folder, machine, 'go-build', async (binaryPath, workFolder) => {
      await buildK6({
        goPath: go.path,
        moduleFolder: sources.goModuleFolder,
        workFolder,
        binaryPath,
        machine,
        env: host.env,
        signal: host.signal,
        onProgress: (text) => progress.update({ phase: 'building k6', says: text }),
      });
      await checkMade(binaryPath, host);
    });
    return { path, version: K6_VERSION, origin: 'go-build' };
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new WayFailed(`the build of k6 failed: ${error.message}`, { cause: error });
  } finally {
    progress.done();
  }
}

/** Before it is published, the new binary must run here and be the version that the cache promises. */
async function checkMade(path: string, host: FindHost): Promise<void> {
  const check = await checkK6(path, host.env);
  if (check.kind === 'no-k6') throw new WayFailed(`the k6 that was made ${check.why}`);
  const version = formatVersion(check.version);
  if (version !== K6_VERSION) throw new WayFailed(`the k6 that was made is v${version}, not v${K6_VERSION}`);
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
