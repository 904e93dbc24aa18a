import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { DownloadError, download } from './download.ts';

/** Downloads that are cut off, over real sockets. */

const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
const sha256 = createHash('sha256').update(BYTES).digest('hex');
let server: Server | null = null;
afterEach(() => server?.close());

/** Serves by `answer`; what was asked for is noted as the Range header. */
async function serve(answer: (number: number, from: number, response: Parameters<RequestListener>[1]) => void) {
  const ranges: (string | undefined)[] = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    answer(ranges.length, from, response);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/k6.tar.gz`;
  const options = { sha256, signal: new AbortController().signal, onProgress: () => undefined };
  return { ranges, get: () => download(url, options) };
}

/** Sends a part of the body as if all of it were to come, and ends the connection. */
function cutOff(response: Parameters<RequestListener>[1], from: number, to: number, total: number = BYTES.length) {
  response.writeHead(from > 0 ? 206 : 200, {
    'Content-Length': total - from,
    ...(from > 0 ? { 'Content-Range': `bytes ${from}-${total - 1}/${total}` } : {}),
  });
  response.write(BYTES.subarray(from, to), () => setTimeout(() => response.socket?.destroy(), 20));
}

test('a download that is cut off goes on from where it was', async () => {
  const { ranges, get } = await serve((number, from, response) => {
    if (number < 3) return cutOff(response, from, from + 30_000);
    response.writeHead(206, { 'Content-Range': `bytes ${from}-99999/100000` }).end(BYTES.subarray(from));
  });
  expect((await get()).equals(BYTES)).toBe(true);
  expect(ranges).toEqual([undefined, 'bytes=30000-', 'bytes=60000-']);
});

test('where the server only knows the whole, it begins once more', async () => {
  const { get } = await serve((number, _, response) => {
    if (number === 1) return cutOff(response, 0, 30_000);
    response.writeHead(200).end(BYTES);
  });
  expect((await get()).equals(BYTES)).toBe(true);
});

test.each<[does: string, answer: Parameters<typeof serve>[0], why: RegExp, requests: number]>([
  ['always cut off', (_, from, response) => cutOff(response, from, from + 10_000), /./, 4],
  ['cut off before its first byte', (_, __, response) => void response.socket?.destroy(), /network failed/, 1],
  [
    'continued from another place',
    (number, from, response) => {
      if (number === 1) return cutOff(response, from, 30_000);
      response.writeHead(206, { 'Content-Range': 'bytes 5-99999/100000' }).end(BYTES.subarray(5));
    },
    /answered 206/,
    2,
  ],
  [
    'continued with other bytes',
    (number, from, response) => {
      if (number === 1) return cutOff(response, from, 30_000);
      response.writeHead(206, { 'Content-Range': `bytes ${from}-99999/100000` }).end(Buffer.alloc(70_000));
    },
    /refused: its SHA-256/,
    2,
  ],
  [
    'short without saying so',
    (_, __, response) => void response.writeHead(200).end(BYTES.subarray(0, 99_999)),
    /refused: its SHA-256/,
    1,
  ],
])('a download that is %s is refused', async (_, answer, why, requests) => {
  const { ranges, get } = await serve(answer);
  const error = await get().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DownloadError);
  expect((error as Error).message).toMatch(why);
  expect(ranges).toHaveLength(requests);
});
