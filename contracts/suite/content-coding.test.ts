import { Buffer } from 'node:buffer';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeBody } from './content-coding.ts';

const text = '{"id":1}';
const plain = Buffer.from(text);

test.each<[string, Buffer, string]>([
  ['none', plain, ''],
  ['identity', plain, 'identity'],
  ['gzip', gzipSync(plain), 'gzip'],
  ['gzip in members', Buffer.concat([gzipSync('{"id"'), gzipSync(':1}')]), 'GZIP'],
  ['x-gzip', gzipSync(plain), 'x-gzip'],
  ['brotli', brotliCompressSync(plain), 'br'],
  ['deflate', deflateSync(plain), 'deflate'],
  ['deflate without its wrapper', deflateRawSync(plain), 'deflate'],
  ['two of them', gzipSync(brotliCompressSync(plain)), 'br, gzip'],
])('a body in %s is decoded', (_, bytes, codings) => {
  const decoded = decodeBody(bytes, codings, 1000);
  expect(decoded.kind === 'body' ? decoded.body.toString() : decoded).toBe(text);
});

test.each<[string, Buffer, string]>([
  ['gzip', gzipSync(Buffer.alloc(100_000_000)), 'gzip'],
  ['brotli', brotliCompressSync(Buffer.alloc(10_000_000)), 'br'],
  ['gzip in gzip', gzipSync(gzipSync(Buffer.alloc(10_000_000))), 'gzip, gzip'],
])('a bomb in %s is not unpacked', (_, bytes, codings) => {
  expect(decodeBody(bytes, codings, 50_000)).toEqual({ kind: 'too-long' });
});

test('a body that is not what the header says is damaged', () => {
  expect(decodeBody(plain, 'gzip', 1000)).toEqual({
    kind: 'damaged',
    why: expect.stringMatching(/^a body that is no gzip: /),
  });
  expect(decodeBody(gzipSync(plain).subarray(0, 12), 'gzip', 1000)).toMatchObject({ kind: 'damaged' });
});

test('an unknown coding and an empty body stay as they are', () => {
  expect(decodeBody(plain, 'zstd', 1000)).toEqual({ kind: 'body', body: plain });
  expect(decodeBody(plain, 'constructor', 1000)).toEqual({ kind: 'body', body: plain });
  expect(decodeBody(Buffer.alloc(0), 'gzip', 1000)).toMatchObject({ kind: 'body' });
});
