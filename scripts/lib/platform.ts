import { type ChildProcess, spawnSync } from 'node:child_process';
import { isAbsolute, join, posix, win32 } from 'node:path';
import type { Environment } from '../../contracts/lib/target.ts';

/** Everything in which Windows, macOS and Linux differ for this tool: names of programs, folders, process trees. */

const WINDOWS = 'win32';

/** File name of a program: "k6", on Windows "k6.exe". `platform`, here and below: as Node names it. */
export function programName(name: string, platform: string = process.platform): string {
  return platform === WINDOWS ? `${name}.exe` : name;
}

/** A command that is a script on Windows (npm, npx), and how it has to be started. */
export function scriptCommand(name: string, platform: string = process.platform): { command: string; shell: boolean } {
  return platform === WINDOWS ? { command: `${name}.cmd`, shell: true } : { command: name, shell: false };
}

/** The folders of the PATH, which a copy of the environment may call "Path" on Windows; empty entries left out. */
export function searchFolders(env: Environment, platform: string = process.platform): string[] {
  const isWindows = platform === WINDOWS;
  const name = isWindows ? Object.keys(env).find((key) => key.toUpperCase() === 'PATH') : 'PATH';
  const { delimiter } = isWindows ? win32 : posix;
  return (env[name ?? 'PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/**
 * The user's folder for what may be fetched again: LOCALAPPDATA, ~/Library/Caches on macOS, elsewhere XDG_CACHE_HOME or
 * ~/.cache (the XDG base directory specification has a relative path ignored).
 */
export function userCacheFolder(env: Environment, homeDir: string, platform: string = process.platform): string {
  if (platform === WINDOWS) return env['LOCALAPPDATA'] || join(homeDir, 'AppData', 'Local');
  if (platform === 'darwin') return join(homeDir, 'Library', 'Caches');
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  return isAbsolute(xdg) ? xdg : join(homeDir, '.cache');
}

/**
 * `detached` for a child whose whole tree is to be signalled: a process group of its own, which Ctrl-C in the terminal
 * does not reach. Windows has none; a detached child would get a console window there.
 */
export function hasOwnGroup(platform: string = process.platform): boolean {
  return platform !== WINDOWS;
}

/**
 * Asks a child that was started with `hasOwnGroup` to stop in order, because this process was asked to. Windows has no
 * signal that a program could act on, and needs none: Ctrl-C in its console has reached the child as well, and to end it
 * would take its result away.
 */
export function passOnInterrupt(child: Pick<ChildProcess, 'kill'>, platform: string = process.platform): void {
  if (hasOwnGroup(platform)) child.kill('SIGINT');
}

/**
 * Signals a child that was started with `hasOwnGroup`, and what it started. Windows knows no signals: there each of them
 * ends the child at once, and SIGKILL its tree as well.
 */
export function signalTree(child: ChildProcess, signal: NodeJS.Signals, platform: string = process.platform): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (hasOwnGroup(platform)) process.kill(-child.pid, signal);
    else if (signal === 'SIGKILL') spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
    else child.kill(signal);
  } catch {
    // It ended in this moment.
  }
}
