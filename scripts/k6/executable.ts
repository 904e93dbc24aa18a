import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../contracts/lib/target.ts';
import { programName, searchFolders } from '../lib/platform.ts';
import { k6Environment } from './environment.ts';
import { formatVersion, parseK6Version, type Version } from './version.ts';

/** Finding a program on the PATH, and asking a k6 for its version. */

/** `k6 version` takes 20 ms; a program of the same name that waits for input must not hold the run up. */
const VERSION_TIMEOUT_MS = 10_000;

/** The first executable file called `name` (or `name.exe`, on Windows) on the PATH; null if there is none. */
export async function findOnPath(name: string, env: Environment, platform: string): Promise<string | null> {
  for (const folder of searchFolders(env, platform)) {
    const candidate = join(folder, programName(name, platform));
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

/** `path` is a file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

export type K6Check =
  | { readonly kind: 'k6'; readonly version: Version }
  | { readonly kind: 'no-k6'; readonly why: string };

/** Runs `path version`; `why` finishes the sentence "path …". */
export async function checkK6(path: string, env: Environment): Promise<K6Check> {
  const { output, error } = await run(path, ['version'], k6Environment(env, {}).env);
  const version = parseK6Version(output);
  if (version !== null && error === null) return { kind: 'k6', version };
  if (error !== null) return { kind: 'no-k6', why: `does not run: ${error}` };
  return {
    kind: 'no-k6',
    why: `is no k6: "version" made it say "${output.trim().split('\n')[0]?.slice(0, 80) ?? ''}"`,
  };
}

/** "v2.2.0". */
export function versionLabel(version: Version): string {
  return `v${formatVersion(version)}`;
}

/** Standard output of a short command, and in `error` why it failed, in a few words; null when it did not. */
export async function run(
  path: string,
  args: readonly string[],
  env: Environment,
): Promise<{ output: string; error: string | null }> {
  return new Promise((resolve) => {
    const child = execFile(
      path,
      [...args],
      { env: { ...env }, timeout: VERSION_TIMEOUT_MS, killSignal: 'SIGKILL', windowsHide: true },
      (error, stdout) => resolve({ output: stdout, error: error === null ? null : failureText(error) }),
    );
    child.stdin?.end();
  });
}

function failureText(error: Error & { code?: unknown; killed?: boolean }): string {
  if (error.killed === true) return `no answer within ${VERSION_TIMEOUT_MS / 1000} s`;
  if (error.code === 'ENOENT') return 'no such file';
  if (error.code === 'EACCES') return 'it is not executable';
  if (typeof error.code === 'number') return `exit code ${error.code}`;
  return typeof error.code === 'string' ? error.code : (error.message.split('\n')[0] ?? '');
}
