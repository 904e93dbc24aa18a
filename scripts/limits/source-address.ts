import { randomBytes } from 'node:crypto';
import {
  createServer,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, isIP } from 'node:net';
import { parseHttpUrl, type Target } from '../../contracts/lib/target.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * A second source address for some of the requests. k6 binds an address to a VU (`--local-ips`), and two VUs share no
 * state, so the one VU that thinks would have none to send from. Instead those requests go through this relay on
 * loopback, which opens its own connections to the target from the second address. The hop costs well under 1 ms and
 * lies between sending and receiving, so it widens an interval, and falsifies none.
 */
export interface SourceAddressRelay {
  /** What stands in place of the target's base URL. It has a secret part: nobody else on this machine can use it. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** Headers that belong to one connection (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
]);

/** Throws UserError (Usage) for an address that this machine does not have. */
export async function startSourceAddressRelay(
  target: Pick<Target, 'baseUrl'>,
  address: string,
  isCertificateChecked: boolean,
): Promise<SourceAddressRelay> {
  await checkAddress(address);
  const url = parseHttpUrl(target.baseUrl);
  if (url === null) throw new Error(`no URL: ${target.baseUrl}`);
  const agent = url.scheme === 'https' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const request = url.scheme === 'https' ? requestHttps : requestHttp;
  const prefix = `/${randomBytes(16).toString('hex')}`;
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? '';
    if (!path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const upstream = request({
      agent,
      host: url.host,
      port: url.port,
      localAddress: address,
      method: incoming.method,
      path: url.path + path.slice(prefix.length),
      headers: forwarded(incoming.headers),
      ...(url.scheme === 'https' ? { rejectUnauthorized: isCertificateChecked } : {}),
    });
    upstream.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, forwarded(answer.headers));
      answer.pipe(outgoing);
    });
    // A broken connection behind the relay is a broken connection before it: the request is lost.
    upstream.on('error', () => incoming.socket.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function forwarded(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

/** Binding to it is the only sure test: 127.0.0.2 is in no list of interfaces, and works. */
async function checkAddress(address: string): Promise<void> {
  const why = isIP(address) === 0 ? 'it is no IP address' : await bindingFault(address);
  if (why === null) return;
  throw new UserError(`--source-address ${address} is not usable`, {
    why,
    fix: 'name an IP address of this machine other than the one it usually sends from',
  });
}

function bindingFault(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createTcpServer();
    server.once('error', (error) => resolve(error.message));
    server.listen(0, address, () => server.close(() => resolve(null)));
  });
}
