import { Buffer } from 'node:buffer';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';

/**
 * Searches bytes for a key, by brute force and without any of the code that masks: archives are unpacked wherever one
 * begins, base64 is decoded wherever some stands. Returns in which form it was found, null for none.
 */
export function findKey(bytes: Buffer, key: string, depth = 0): string | null {
  const text = bytes.toString('latin1');
  for (const [form, needle] of formsOf(key)) if (text.includes(needle)) return form;
  if (depth > 4) return null;
  for (let at = bytes.indexOf('PK\u0003\u0004'); at >= 0; at = bytes.indexOf('PK\u0003\u0004', at + 4)) {
    const from = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    const found = findIn(() => inflateRawSync(bytes.subarray(from)), key, depth, 'zip');
    if (found !== null) return found;
  }
  for (
    let at = bytes.indexOf('\u001f\u008b\u0008', 0, 'latin1');
    at >= 0;
    at = bytes.indexOf('\u001f\u008b\u0008', at + 3, 'latin1')
  ) {
    const found = findIn(() => gunzipSync(bytes.subarray(at)), key, depth, 'gzip');
    if (found !== null) return found;
  }
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{16,}/g))
    for (const lead of [0, 1, 2, 3]) {
      const found = findIn(() => Buffer.from(run.slice(lead), 'base64'), key, lead === 0 ? depth : 4, 'base64');
      if (found !== null) return found;
    }
  return null;
}

function findIn(unpack: () => Buffer, key: string, depth: number, as: string): string | null {
  let inner: Buffer;
  try {
    inner = unpack();
  } catch {
    return null;
  }
  const found = findKey(inner, key, depth + 1);
  return found === null ? null : `${found} in ${as}`;
}

function formsOf(key: string): [string, string][] {
  const json = JSON.stringify(key).slice(1, -1);
  const hex = Buffer.from(key).toString('hex');
  return [
    ['plain', key],
    ['URL-encoded', encodeURIComponent(key)],
    ['JSON', json],
    ['JSON in JSON', JSON.stringify(json).slice(1, -1)],
    ['JSON pointer', key.replaceAll('~', '~0').replaceAll('/', '~1')],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ['reversed', [...key].reverse().join('')],
  ];
}

/** Every file below a folder, whatever its name. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry: Dirent) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Playwright's trace viewer, which its HTML report brings along: megabytes of script that no run changes. */
const VIEWER = /playwright-report\/trace\/[^/]*(?:\/[^/]*)?\.(?:js|css|html|ttf|svg)$/;

/** The files below a folder that hold the key: path and form. */
export function filesWithKey(folder: string, key: string): string[] {
  return filesBelow(folder).flatMap((path) => {
    if (VIEWER.test(path)) return [];
    const found = findKey(readFileSync(path), key);
    return found === null ? [] : [`${path}: ${found}`];
  });
}
