import { Buffer } from 'node:buffer';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange, Fault } from '../judge/answer.ts';
import { type Network, networkFor } from '../lib/network.ts';
import type { Environment } from '../lib/target.ts';
import { openConnection, proxyHeaders } from './connection.ts';
import { decodeBody } from './content-coding.ts';

/**
 * Sends one request and reads one answer, byte for byte; a compressed body is unpacked. Playwright's request API cannot send two Authorization
 * headers, a body without a content type or bytes that are no text, and cannot bound an answer; node:http can, so all
 * requests of the suite go this way. Redirects are never followed, nothing is sent twice, and each request has a
 * connection of its own, so that a connection that an earlier answer spoiled harms nobody.
 */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  /** In this order, a name may come twice; Host and Content-Length are added. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array | null;
}

export interface TransportLimits {
  /** For everything, from the connection to the last byte. */
  readonly deadlineMs: number;
  /** Longest answer that is read. */
  readonly maxBytes: number;
}

/** Sends over loopback or the network; never throws. */
export type Transport = (request: WireRequest, limits: TransportLimits) => Promise<Exchange>;

/** A body up to this is in the network's buffers before a server can refuse it. */
const LARGE_BODY_BYTES = 64 * 1024;

/** Sends straight to the server, and accepts no certificate that nobody vouches for. */
export const sendOverHttp: Transport = transportFor({});

/** Sends as `env` says: through which proxy, and whether certificates are checked on this machine. */
export function transportFor(env: Environment): Transport {
  return (wire, limits) => send(wire, limits, networkFor(wire.url, env));
}

const send = (wire: WireRequest, limits: TransportLimits, network: Network) =>
  new Promise<Exchange>((resolve) => {
    const url = new URL(wire.url);
    const body = wire.body === null ? null : Buffer.from(wire.body as Uint8Array);
    const headers = ['Host', url.host, ...wire.headers.flat()];
    if (body !== null || !['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(wire.method))
      headers.push('Content-Length', String(body?.length ?? 0));
    // A proxy is asked for the whole URL, unless it only passes bytes on.
    const asksProxy = network.proxy !== null && url.protocol === 'http:';
    if (asksProxy && network.proxy !== null) headers.push(...Object.entries(proxyHeaders(network.proxy)).flat());
    const sentAtMs = Date.now();
    const started = performance.now();
    const over = new AbortController();
    let isDone = false;
    let request: ClientRequest | null = null;
    let answerBegan = false;

    const finish = (exchange: Exchange) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      over.abort();
      request?.destroy();
      resolve(exchange);
    };
    const fault = (kind: Fault['kind'], detail: string) =>
      finish({ kind: 'fault', fault: { kind, detail, milliseconds: performance.now() - started } });
    const timer = setTimeout(() => {
      const waited = `${limits.deadlineMs / 1000} s`;
      if (request === null) fault('unreachable', `no connection within ${waited}`);
      else
        fault(
          'hang',
          answerBegan ? `an answer that began, but did not end within ${waited}` : `no answer within ${waited}`,
        );
    }, limits.deadlineMs);
    const failed = (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      if (code.startsWith('HPE_')) fault('malformed', `${error.message.replace(/^Parse Error: /, '')} (${code})`);
      else if (answerBegan) fault('cut', 'the connection ended within the answer');
      else if ((body?.length ?? 0) > LARGE_BODY_BYTES)
        fault('refused-body', 'the connection ended while a large body was sent');
      else fault('reset', 'the connection ended without an answer');
    };
    openConnection(url, network, over.signal).then(exchangeOver, (error: Error) => fault('unreachable', error.message));

    function exchangeOver(socket: Socket): void {
      if (isDone) {
        socket.destroy();
        return;
      }
      try {
        // A flat list of headers keeps their order and lets a name come twice.
        request = httpRequest({
          method: wire.method,
          path: asksProxy ? url.href : url.pathname + url.search,
          headers: [...headers, 'Connection', 'close'] as unknown as NodeJS.Dict<string>,
          createConnection: () => socket,
        });
      } catch (error) {
        socket.destroy();
        fault('unreachable', (error as Error).message);
        return;
      }
      listen(request);
      if (body !== null) request.end(body);
      else request.end();
    }

    function listen(request: ClientRequest): void {
      request.on('error', failed);
      request.on('response', (message: IncomingMessage) => {
        answerBegan = true;
        const tooLong = () => fault('endless', `more than ${limits.maxBytes.toLocaleString('en')} bytes`);
        const finished = (received: Buffer) => {
          const decoded = decodeBody(received, message.headers['content-encoding'] ?? '', limits.maxBytes);
          if (decoded.kind === 'too-long') return tooLong();
          if (decoded.kind === 'damaged') return fault('malformed', decoded.why);
          const { body } = decoded;
          const raw = message.rawHeaders;
          finish({
            kind: 'answer',
            answer: {
              status: message.statusCode ?? 0,
              headers: Array.from(
                { length: raw.length / 2 },
                (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''] as const,
              ),
              body,
              sentAtMs,
              receivedAtMs: sentAtMs + (performance.now() - started),
            },
          });
        };
        // An answer to HEAD ends with its head, whatever a server may send behind it.
        if (wire.method === 'HEAD') return finished(Buffer.alloc(0));
        const chunks: Buffer[] = [];
        let bytes = 0;
        message.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > limits.maxBytes) return tooLong();
          chunks.push(chunk);
        });
        message.on('error', failed);
        message.on('aborted', () => fault('cut', 'the connection ended within the answer'));
        message.on('end', () => finished(Buffer.concat(chunks)));
      });
      request.on('upgrade', () => fault('malformed', 'the server changed the protocol'));
    }
  });
