import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** An answer of a sound server, before it goes out. */
export interface SoundAnswer {
  /** From 1, in the order in which a server had them. */
  readonly number: number;
  readonly status: number;
  /** Status line and headers, without the blank line. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * Sends an answer to a client in a way of its own. Ends when all is sent that ever will be, or the client is gone;
 * true where the client was given the sound answer in full, in whatever form.
 */
export type Delivery = (answer: SoundAnswer, client: Socket) => Promise<boolean>;

export const sound: Delivery = (answer, client) => write(client, [whole(answer)]);

/** Ways in which an answer may come; of each, what it does finishes the sentence "a server that …". */
export const DELIVERIES = {
  'reset-before': {
    does: 'resets the connection before the answer',
    deliver: async (_answer, client) => reset(client),
  },
  'reset-during': {
    does: 'resets the connection within the body',
    deliver: async (answer, client) => {
      await write(client, [headOf(answer), half(answer)]);
      // Time to arrive: a reset throws away what lies unread.
      await sleep(30);
      return reset(client);
    },
  },
  'reset-after': {
    does: 'resets the connection after each answer',
    deliver: async (answer, client) => {
      const isSent = await write(client, [whole(answer)]);
      await sleep(30);
      reset(client);
      return isSent;
    },
  },
  'byte-a-second': {
    does: 'sends a byte a second',
    deliver: async (answer, client) => {
      for (const byte of whole(answer)) {
        if (!(await write(client, [Buffer.from([byte])]))) return false;
        await sleep(1000);
      }
      return true;
    },
  },
  silence: {
    does: 'never answers',
    deliver: async () => false,
  },
  'half-a-body': {
    does: 'closes the connection within the body',
    deliver: async (answer, client) => {
      await write(client, [headOf(answer), half(answer)]);
      client.end();
      return false;
    },
  },
  'length-too-long': {
    does: 'announces ten bytes more than it sends',
    deliver: async (answer, client) => {
      await write(client, [headOf(answer, { 'Content-Length': String(answer.body.length + 10) }), answer.body]);
      client.end();
      return false;
    },
  },
  'length-too-short': {
    does: 'announces nine bytes less than it sends',
    deliver: async (answer, client) => {
      await write(client, [headOf(answer, { 'Content-Length': String(answer.body.length - 9) }), answer.body]);
      return false;
    },
  },
  'endless-body': {
    does: 'never ends its body',
    deliver: async (answer, client) => {
      const piece = Buffer.alloc(64 * 1024, ' ');
      const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
      await write(client, [headOf(answer, { 'Transfer-Encoding': 'chunked', 'Content-Length': null })]);
      while (await write(client, [chunk]));
      return false;
    },
  },
  '100-mb-body': {
    does: 'sends 100 MB of JSON',
    deliver: async (answer, client) => {
      const piece = Buffer.alloc(1024 * 1024, ' ');
      await write(client, [
        headOf(answer, { 'Content-Length': String(answer.body.length + 100 * piece.length) }),
        answer.body,
      ]);
      for (let sent = 0; sent < 100; sent += 1) if (!(await write(client, [piece]))) return false;
      // Whether it was taken in, nobody knows.
      return false;
    },
  },
  'gzip-bomb': {
    does: 'sends 1 GB of JSON as 1 MB of gzip',
    deliver: async (answer, client) => {
      // Members of a gzip stream are unpacked one after the other.
      const bytes = Buffer.concat([gzipSync(answer.body), ...Array<Buffer>(64).fill(gzippedSpaces())]);
      await write(client, [
        headOf(answer, { 'Content-Encoding': 'gzip', 'Content-Length': String(bytes.length) }),
        bytes,
      ]);
      return false;
    },
  },
  'invalid-utf8': {
    does: 'sends bytes that are no UTF-8',
    deliver: async (answer, client) => {
      const at = answer.body.indexOf(':"') + 2;
      const bytes = Buffer.concat([answer.body.subarray(0, at), Buffer.from([0xff, 0xfe]), answer.body.subarray(at)]);
      return write(client, [headOf(answer, { 'Content-Length': String(bytes.length) }), bytes]);
    },
  },
  'http-1.0': {
    does: 'speaks HTTP/1.0',
    deliver: async (answer, client) => {
      const head = headOf(answer, { 'Content-Length': null, Connection: 'close', 'Keep-Alive': null });
      const isSent = await write(client, [head.toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'), answer.body]);
      client.end();
      return isSent;
    },
  },
  '1xx-first': {
    does: 'sends 100 and 103 before each answer',
    deliver: (answer, client) =>
      write(client, [
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n',
        whole(answer),
      ]),
  },
  'chunk-error': {
    does: 'sends a chunk whose length is no number',
    deliver: async (answer, client) => {
      await write(client, [
        headOf(answer, { 'Transfer-Encoding': 'chunked', 'Content-Length': null }),
        `${half(answer).length.toString(16)}\r\n`,
        half(answer),
        '\r\nzz\r\n',
      ]);
      return false;
    },
  },
  'bursts-of-5xx': {
    does: 'answers each second ten requests with 500, 502 or 503',
    deliver: async (answer, client) => {
      const turn = answer.number % 20;
      const [status, reason] = FAILURES[turn % FAILURES.length] ?? [500, ''];
      const page = `<html><h1>${status} ${reason}</h1></html>`;
      if (turn < 10) return sound(answer, client);
      await write(client, [
        `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
      ]);
      return false;
    },
  },
  'wrong-date': {
    does: 'has a clock that is ten years late in its Date header',
    deliver: (answer, client) =>
      write(client, [headOf(answer, { Date: 'Fri, 01 Jan 2016 00:00:00 GMT' }), answer.body]),
  },
} as const satisfies Record<string, { readonly does: string; readonly deliver: Delivery }>;

export type DeliveryName = keyof typeof DELIVERIES;

const FAILURES = [
  [500, 'Internal Server Error'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
] as const;

let spaces: Buffer | null = null;

/** 16 MB of spaces as 16 KB of gzip. */
function gzippedSpaces(): Buffer {
  spaces ??= gzipSync(Buffer.alloc(16 * 1024 * 1024, ' '));
  return spaces;
}

function whole(answer: SoundAnswer): Buffer {
  return Buffer.concat([headOf(answer), answer.body]);
}

function half({ body }: SoundAnswer): Buffer {
  return body.subarray(0, Math.floor(body.length / 2));
}

/** Status line, headers and blank line, with some headers set to another value, or left out (null). */
function headOf({ head }: SoundAnswer, changed: Readonly<Record<string, string | null>> = {}): Buffer {
  const names = new Set(Object.keys(changed).map((name) => name.toLowerCase()));
  const kept = head
    .split('\r\n')
    .filter((line, at) => at === 0 || !names.has((line.split(':')[0] ?? '').toLowerCase()));
  const more = Object.entries(changed).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return Buffer.from(`${[...kept, ...more].join('\r\n')}\r\n\r\n`, 'latin1');
}

function reset(client: Socket): false {
  client.resetAndDestroy();
  return false;
}

/** Resolves when the bytes are with the system; false where the client is gone. */
function write(client: Socket, parts: readonly (Buffer | string)[]): Promise<boolean> {
  if (!client.writable) return Promise.resolve(false);
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  return new Promise((resolve) => {
    const gone = () => resolve(false);
    client.once('close', gone);
    client.write(bytes, (error) => {
      client.off('close', gone);
      resolve(error === null || error === undefined);
    });
  });
}
