import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { extractFile } from './archive.ts';
import { makeTarGz, makeZip } from './fakes.ts';

const files = [
  { name: 'k6-v2.2.0/README', content: 'k6' },
  { name: 'k6-v2.2.0/k6', content: Buffer.from([0, 255, 1, 2, 10]) },
  { name: 'k6-v2.2.0/k6.exe', content: 'exe' },
];
const archives: [name: string, archive: Buffer][] = [
  ['a.tar.gz', makeTarGz(files)],
  ['a.zip', makeZip(files)],
];

test.each(archives)('%s gives the file whose last path segment is asked for, byte by byte', (name, archive) => {
  expect([...extractFile(archive, name, 'k6')]).toEqual([0, 255, 1, 2, 10]);
  expect(extractFile(archive, name, 'k6.exe').toString()).toBe('exe');
});

test.each(archives)('%s without the file is refused by name', (name, archive) => {
  expect(() => extractFile(archive, name, 'k7')).toThrow(`${name} holds no file k7`);
});

test.each(archives)('%s that is cut anywhere never gives a part of the file', (name, archive) => {
  for (let length = 0; length < archive.length - 8; length += 7) {
    let content: Buffer | null = null;
    try {
      content = extractFile(archive.subarray(0, length), name, 'k6');
    } catch {
      continue;
    }
    expect([...content]).toEqual([0, 255, 1, 2, 10]);
  }
});

test('a tar that ends inside the file is refused', () => {
  const cut = gzipSync(gunzipSync(makeTarGz([{ name: 'k6', content: 'x'.repeat(2000) }])).subarray(0, 2000));
  expect(() => extractFile(cut, 'a.tar.gz', 'k6')).toThrow('ends inside a file');
});
