import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import type { Undo } from './fault-row.ts';

/** Disks that are full, or cannot be written. */

/** Whether file systems may be mounted here; root on Linux may. */
export function mayMount(): boolean {
  if (platform() !== 'linux' || process.getuid?.() !== 0) return false;
  const probe = join('/tmp', `assay-mount-${process.pid}`);
  mkdirSync(probe, { recursive: true });
  try {
    const isMounted = mount('-t', 'tmpfs', '-o', 'size=16k', 'none', probe);
    if (isMounted) unmount(probe);
    return isMounted;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', args).status === 0;
}

function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder]);
}

/** Makes a folder a file system of its own of this size. */
export function smallDisk(folder: string, size: string): Undo {
  mkdirSync(folder, { recursive: true });
  mount('-t', 'tmpfs', '-o', `size=${size}`, 'none', folder);
  return () => unmount(folder);
}

/** Writes until nothing more fits. */
export function fill(folder: string): void {
  const file = openSync(join(folder, 'filler'), 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    // It is full.
  } finally {
    closeSync(file);
  }
  if (statfsSync(folder).bavail > 0) throw new Error(`${folder} is not full`);
}

/** Makes what `smallDisk` made one that cannot be written any more. */
export function closeDisk(folder: string): void {
  mount('-o', 'remount,ro', folder);
}

/** Makes a folder, with what is in it, one that cannot be written. */
export function readOnly(folder: string): Undo {
  mkdirSync(folder, { recursive: true });
  mount('--bind', folder, folder);
  mount('-o', 'remount,ro,bind', folder);
  return () => unmount(folder);
}
