import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PUSH_OUTPUT } from './k6-arguments.ts';
import type { Relay } from './relay.ts';
import { parseWriteRequest } from './remote-write.ts';
import { type Snapshot, snapshotTaker } from './snapshots.ts';

/**
 * Takes what k6 pushes while it runs, on a loopback port of its own. k6 aggregates in Go, in constant memory and with
 * histograms that merge, and the script has nothing to count.
 */

export interface Receiver {
  /** Environment and arguments with which k6 pushes to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  snapshots(): readonly Snapshot[];
  mostUsers(): number | null;
  close(): Promise<void>;
}

/** Twice a second, so that counts at whole seconds are read off near to them. */
const PUSH_EVERY = '500ms';
/** A push of k6 has some kilobytes. */
const MAX_PUSH_BYTES = 16 * 1024 * 1024;

/** `onProblem` is told of a push that cannot be read; what it held comes again with the next one. `relay` gets
 * each push too. */
export async function startReceiver(onProblem: (why: string) => void, relay: Relay | null = null): Promise<Receiver> {
  const taker = snapshotTaker();
  // No other program of this machine knows where to push.
  const path = `/${randomBytes(16).toString('hex')}`;
  const server = createServer((request, response) => {
    const answer = (status: number) => void response.writeHead(status).end();
    if (request.method !== 'POST' || request.url !== path) return answer(404);
    bodyOf(request)
      .then((body) => {
        taker.take(parseWriteRequest(body));
        relay?.push(body, contentHeadersOf(request));
        answer(204);
      })
      .catch((error: unknown) => {
        onProblem(error instanceof Error ? error.message : String(error));
        answer(400);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      K6_PROMETHEUS_RW_SERVER_URL: `http://127.0.0.1:${port}${path}`,
      K6_PROMETHEUS_RW_PUSH_INTERVAL: PUSH_EVERY,
      // Also a feature flag in newer versions of k6; this name is known to all of them.
      K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: 'true',
      // At its end k6 pushes each series once more: without this, samples of its last millisecond may be missing.
      K6_PROMETHEUS_RW_STALE_MARKERS: 'true',
    },
    args: ['--out', PUSH_OUTPUT],
    snapshots: taker.snapshots,
    mostUsers: taker.mostUsers,
    async close() {
      await relay?.end();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_PUSH_BYTES) throw new Error(`a push of more than ${MAX_PUSH_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What says how the body is to be read. */
function contentHeadersOf({ headers }: IncomingMessage): Record<string, string> {
  const names = ['content-type', 'content-encoding', 'x-prometheus-remote-write-version', 'user-agent'];
  return Object.fromEntries(names.map((name) => [name, String(headers[name] ?? '')]));
}
