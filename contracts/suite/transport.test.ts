import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Exchange } from '../judge/answer.ts';
import { sendOverHttp, type WireRequest } from './transport.ts';

/** Raw sockets on loopback: what was received byte for byte, and answers that no HTTP library would send. */
const open: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

async function serve(
  react: (socket: Socket, received: string) => void,
): Promise<{ url: string; received: () => string }> {
  const sockets = new Set<Socket>();
  let received = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let mine = '';
    let answered = false;
    socket.on('data', (chunk) => {
      mine += chunk.toString('latin1');
      received = mine;
      const [head = '', body = ''] = [
        mine.slice(0, mine.indexOf('\r\n\r\n')),
        mine.slice(mine.indexOf('\r\n\r\n') + 4),
      ];
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (mine.includes('\r\n\r\n') && body.length >= length && !answered) {
        answered = true;
        react(socket, mine);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ server, sockets });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/things`, received: () => received };
}

const limits = { deadlineMs: 400, maxBytes: 1000 };
const plain = (url: string, more: Partial<WireRequest> = {}): WireRequest => ({
  url,
  method: 'POST',
  headers: [],
  body: '{}',
  ...more,
});
const ok = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
const kind = (exchange: Exchange) =>
  exchange.kind === 'fault' ? exchange.fault.kind : `answer ${exchange.answer.status}`;

test('headers go out in order, a name twice, and no content type is made up', async () => {
  const { url, received } = await serve((socket) => socket.end(ok));
  await sendOverHttp(
    plain(url, {
      headers: [
        ['Authorization', 'Bearer a'],
        ['X-Odd', ''],
        ['Authorization', 'Bearer b'],
      ],
    }),
    limits,
  );
  expect(received().split('\r\n').slice(2, 5)).toEqual([
    'Authorization: Bearer a',
    'X-Odd: ',
    'Authorization: Bearer b',
  ]);
  expect(received()).not.toMatch(/content-type/i);
});

test('a body goes out byte for byte', async () => {
  const { url, received } = await serve((socket) => socket.end(ok));
  await sendOverHttp(plain(url, { body: new Uint8Array([0x7b, 0x00, 0xff, 0x7d]) }), limits);
  expect(received().split('\r\n\r\n')[1]).toBe('{\u0000\u00ff}');
  expect(received()).toMatch(/Content-Length: 4/);
});

test('a text body goes out in UTF-8, an absent one with length 0', async () => {
  const { url, received } = await serve((socket) => socket.end(ok));
  await sendOverHttp(plain(url, { body: 'é' }), limits);
  expect(received()).toMatch(/Content-Length: 2/);
  await sendOverHttp(plain(url, { body: null }), limits);
  expect(received()).toMatch(/Content-Length: 0/);
});

test('a redirect is an answer, and is not followed', async () => {
  let connections = 0;
  const { url } = await serve((socket) => {
    connections += 1;
    socket.end('HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n');
  });
  expect(kind(await sendOverHttp(plain(url), limits))).toBe('answer 302');
  expect(connections).toBe(1);
});

const faults: [string, (socket: Socket) => void, string][] = [
  ['no answer at all', () => {}, 'hang'],
  ['an answer that stops', (socket) => socket.write('HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{'), 'hang'],
  ['a reset', (socket) => socket.resetAndDestroy(), 'reset'],
  ['an end without an answer', (socket) => socket.end(), 'reset'],
  ['an end within the body', (socket) => socket.end('HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{'), 'cut'],
  [
    'an end within the chunks',
    (socket) => socket.end('HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'),
    'cut',
  ],
  ['no HTTP', (socket) => socket.end('hello\r\n\r\n'), 'malformed'],
  [
    'more than the cap',
    (socket) => socket.write(`HTTP/1.1 201 Created\r\nContent-Length: 5000\r\n\r\n${'a'.repeat(5000)}`),
    'endless',
  ],
  [
    'an answer without a length, ended by the connection',
    (socket) => socket.end('HTTP/1.0 201 Created\r\n\r\n{}'),
    'answer 201',
  ],
];
for (const [does, react, expected] of faults)
  test(`${does} is told as ${expected}`, async () => {
    const { url } = await serve(react);
    expect(kind(await sendOverHttp(plain(url), limits))).toBe(expected);
  });

test('a drip of bytes does not stretch the deadline', async () => {
  let timer: NodeJS.Timeout | undefined;
  const { url } = await serve((socket) => {
    socket.write('HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n');
    timer = setInterval(() => socket.write('a'), 50);
  });
  expect(kind(await sendOverHttp(plain(url), limits))).toBe('hang');
  clearInterval(timer);
});

test('a port where nothing listens is unreachable', async () => {
  const { url } = await serve(() => {});
  for (const { server } of open.splice(0)) await new Promise((resolve) => server.close(resolve));
  expect(kind(await sendOverHttp(plain(url), limits))).toBe('unreachable');
});

test('an answer to HEAD ends with its head', async () => {
  const { url } = await serve((socket) => socket.end('HTTP/1.1 405 No\r\nContent-Length: 2\r\n\r\n{}'));
  expect(kind(await sendOverHttp(plain(url, { method: 'HEAD', body: null }), limits))).toBe('answer 405');
});
