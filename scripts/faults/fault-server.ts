import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate.ts';
import { type Delivery, sound } from './deliveries.ts';

/**
 * Stands in front of a sound HTTP/1.1 server on loopback: requests go through byte for byte, answers are taken whole
 * and handed to a delivery, which may spoil them.
 */
export interface FaultServerOptions {
  readonly upstreamPort: number;
  readonly delivery: Delivery;
  /** The first answer that the delivery gets; those before are sent soundly. Default 1. */
  readonly fromAnswer?: number;
  readonly certificate?: Certificate;
  /** At so many answers the server goes away, connections and all, and is back after `awayMs`. */
  readonly restart?: { readonly atAnswer: number; readonly awayMs: number };
}

export interface FaultServerStats {
  /** Answers that the sound server gave. */
  answers: number;
  /** Of these, those that a client was given in full, */
  delivered: number;
  /** and of those, successes. */
  successesDelivered: number;
  restarts: number;
}

export interface FaultServer {
  readonly port: number;
  readonly baseUrl: string;
  readonly stats: FaultServerStats;
  /** Calls back once, when so many answers were given. */
  atAnswer(number: number, then: () => void): void;
  close(): Promise<void>;
}

export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const { upstreamPort, delivery, fromAnswer = 1, certificate, restart } = options;
  const stats: FaultServerStats = { answers: 0, delivered: 0, successesDelivered: 0, restarts: 0 };
  const sockets = new Set<Socket>();
  const watchers: { number: number; then: () => void }[] = [];
  let server: Server | null = null;
  let isClosed = false;

  const answered = () => {
    stats.answers += 1;
    for (const watcher of watchers.splice(0)) {
      if (stats.answers >= watcher.number) watcher.then();
      else watchers.push(watcher);
    }
  };
  const serve = (client: Socket) => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      socket.setNoDelay(true);
    }
    const answers = answerReader();
    let sending: Promise<unknown> = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      answers.requestBytes(chunk);
      upstream.write(chunk);
    });
    client.once('end', () => upstream.end());
    client.once('close', () => upstream.destroy());
    upstream.on('data', (chunk: Buffer) => {
      for (const answer of answers.push(chunk)) {
        answered();
        const { answers: number } = stats;
        const deliver = number >= fromAnswer ? delivery : sound;
        sending = sending
          .then(() => deliver({ number, ...answer }, client))
          .then((isWhole) => {
            if (!isWhole) return;
            stats.delivered += 1;
            if (answer.status >= 200 && answer.status < 300) stats.successesDelivered += 1;
          });
        if (restart !== undefined && number === restart.atAnswer) void sending.then(() => goAway(restart.awayMs));
      }
    });
    // A delivery that is silent keeps its client; others are told that the server closed.
    upstream.once('end', () => void sending.then(() => (delivery === sound ? client.end() : undefined)));
  };
  const open = (port: number) =>
    new Promise<number>((resolve, reject) => {
      const made =
        certificate === undefined
          ? createServer({ allowHalfOpen: true }, serve)
          : createTlsServer({ cert: certificate.certPem, key: certificate.keyPem }, serve);
      made.on('tlsClientError', () => undefined);
      made.once('error', reject);
      made.listen(port, '127.0.0.1', () => resolve((made.address() as AddressInfo).port));
      server = made;
    });
  const shut = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      if (server === null) resolve();
      else server.close(() => resolve());
      server = null;
    });
  const goAway = async (awayMs: number) => {
    await shut();
    setTimeout(() => {
      if (!isClosed) void open(port).then(() => (stats.restarts += 1));
    }, awayMs);
  };

  const port = await open(0);
  return {
    port,
    baseUrl: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    stats,
    atAnswer: (number, then) => void watchers.push({ number, then }),
    async close() {
      isClosed = true;
      await shut();
    },
  };
}

interface ReadAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
}

/** Takes answers out of what comes of one connection: each has a Content-Length, or no body. */
function answerReader(): { requestBytes(chunk: Buffer): void; push(chunk: Buffer): ReadAnswer[] } {
  let held = Buffer.alloc(0);
  let isHead: boolean | null = null;
  return {
    requestBytes(chunk) {
      // Nobody pipelines here: what follows an answer is the next request.
      isHead ??= chunk.subarray(0, 5).toString('latin1') === 'HEAD ';
    },
    push(chunk) {
      held = Buffer.concat([held, chunk]);
      const answers: ReadAnswer[] = [];
      for (;;) {
        const end = held.indexOf('\r\n\r\n');
        if (end < 0) return answers;
        const head = held.subarray(0, end).toString('latin1');
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
        const length = isHead === true ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        if (held.length < end + 4 + length) return answers;
        answers.push({ status, head, body: held.subarray(end + 4, end + 4 + length) });
        held = held.subarray(end + 4 + length);
        isHead = null;
      }
    },
  };
}
