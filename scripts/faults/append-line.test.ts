import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { appendLine } from '../../contracts/suite/append-line.ts';
import { fill, mayMount, smallDisk } from './disks.ts';

const whole = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);

test('lines are appended', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-append-'));
  const path = join(folder, 'lines');
  appendLine(path, 'one');
  appendLine(path, 'zwölf');
  expect(readFileSync(path, 'utf8')).toBe('one\nzwölf\n');
  rmSync(folder, { recursive: true });
});

test.skipIf(!mayMount())('a line for which there is no room leaves no part of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-append-'));
  const disk = join(folder, 'disk');
  const undo = smallDisk(disk, '64k');
  try {
    const path = join(disk, 'lines');
    const line = 'x'.repeat(700);
    appendLine(path, line);
    fill(disk);
    // What is left is the rest of the file's last page.
    expect(() => {
      for (let count = 0; count < 100; count += 1) appendLine(path, line);
    }).toThrow('ENOSPC');
    const lines = whole(path);
    expect(lines.length).toBeGreaterThan(1);
    expect(new Set(lines)).toEqual(new Set([line]));
    expect(readFileSync(path, 'utf8')).toBe(`${lines.join('\n')}\n`);
  } finally {
    undo?.();
    rmSync(folder, { recursive: true, force: true });
  }
});
