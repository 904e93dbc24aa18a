import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../contracts/lib/target.ts';
import { findOnPath, run } from './executable.ts';
import { lineSplitter } from './log.ts';
import { goTarget, type Machine } from './release.ts';
import { formatVersion, isAtLeast, MIN_GO_VERSION, parseGoVersion } from './version.ts';

/** Builds k6 from source with an installed Go, through the Go module proxy that Go is set up for. */

/** A build takes two to three minutes on two cores; modules come over the network. */
const BUILD_TIMEOUT_MS = 20 * 60_000;
/** Between SIGINT and SIGKILL. */
const STOP_GRACE_MS = 3_000;

export type Go =
  | { readonly kind: 'go'; readonly path: string; readonly version: string }
  /** `why` is a clause: "Go is not installed". */
  | { readonly kind: 'no-go'; readonly why: string };

/** The Go on the PATH, if it is recent enough. GOTOOLCHAIN=local: Go must not fetch another Go by itself. */
export async function findGo(env: Environment, platform: string): Promise<Go> {
  const path = await findOnPath('go', env, platform);
  if (path === null) return { kind: 'no-go', why: 'Go is not installed' };
  const { output, error } = await run(path, ['version'], { ...env, GOTOOLCHAIN: 'local' });
  const version = parseGoVersion(output);
  if (error !== null || version === null) return { kind: 'no-go', why: `Go at ${path} does not tell its version` };
  if (!isAtLeast(version, MIN_GO_VERSION)) {
    return { kind: 'no-go', why: `Go at ${path} is ${formatVersion(version)}, older than ${MIN_GO_VERSION}` };
  }
  return { kind: 'go', path, version: formatVersion(version) };
}

/** A build that failed; its message finishes the sentence "the build of k6 failed: …". */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

export interface BuildOptions {
  readonly goPath: string;
  /** Folder with go.mod, go.sum and main.go; it is copied to `workFolder` and left as it is. */
  readonly moduleFolder: string;
  readonly workFolder: string;
  readonly binaryPath: string;
  readonly machine: Machine;
  readonly env: Environment;
  readonly signal: AbortSignal;
  onProgress(text: string): void;
}

/** The environment of the build: the user's GOPROXY, GOFLAGS and caches; nothing that would change what is built. Pure. */
export function buildEnvironment(env: Environment, machine: Machine): Environment {
  const { os, arch } = goTarget(machine);
  return {
    ...env,
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GO111MODULE: 'on',
    CGO_ENABLED: '0',
    GOOS: os,
    GOARCH: arch,
  };
}

/** Builds k6 to `binaryPath`; throws a BuildError, or the signal's reason when aborted. */
export async function buildK6(options: BuildOptions): Promise<void> {
  options.signal.throwIfAborted();
  const moduleFolder = join(options.workFolder, 'module');
  await cp(options.moduleFolder, moduleFolder, { recursive: true });
  // -v names each package when it is compiled: the sign of life. -mod=readonly: go.sum decides, also against a GOFLAGS.
  const args = ['build', '-v', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
  const child = spawn(options.goPath, [...args, '-o', options.binaryPath, '.'], {
    cwd: moduleFolder,
    env: { ...buildEnvironment(options.env, options.machine) },
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  let modules = 0;
  let packages = 0;
  const complaints: string[] = [];
  const startedAtMs = performance.now();
  const show = () => {
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    options.onProgress(`${modules} modules fetched, ${packages} packages compiled, ${seconds} s`);
  };
  const lines = lineSplitter((line) => {
    if (line.startsWith('go: downloading ')) modules += 1;
    else if (/^[\w.~/-]+$/.test(line)) packages += 1;
    else complaints.push(line);
    if (complaints.length > 20) complaints.shift();
    show();
  });
  child.stderr.setEncoding('utf8').on('data', lines.push);
  const stop = () => {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref();
  };
  let hasTimedOut = false;
  const timeout = setTimeout(() => {
    hasTimedOut = true;
    stop();
  }, BUILD_TIMEOUT_MS);
  const ticking = setInterval(show, 1_000);
  options.signal.addEventListener('abort', stop);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(new BuildError(error.message, { cause: error })));
      child.once('close', resolve);
    });
    lines.end();
    options.signal.throwIfAborted();
    if (hasTimedOut) throw new BuildError(`not done within ${BUILD_TIMEOUT_MS / 60_000} minutes`);
    if (exitCode !== 0) {
      const said = complaints.filter((line) => line.trim() !== '').slice(-3);
      throw new BuildError(`go build ended with ${exitCode ?? 'a signal'}: ${said.join(' / ').slice(0, 500)}`);
    }
  } finally {
    clearTimeout(timeout);
    clearInterval(ticking);
    options.signal.removeEventListener('abort', stop);
  }
}
