import { Buffer } from 'node:buffer';
import { request as httpRequest } from 'node:http';
import { isIP, connect as openTcp, type Socket } from 'node:net';
import { connect as openTls } from 'node:tls';
import type { Network, ProxyServer } from '../lib/network.ts';

/** One connection to a server: straight or through a proxy, over TLS where the URL says so. */

/** What goes wrong on the way, in words that finish a sentence. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** "Basic …" for a proxy that wants to know who asks; {} without credentials. */
export function proxyHeaders({ credentials }: ProxyServer): Record<string, string> {
  if (credentials === null) return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** Opens it. Rejects with a ConnectionError; `signal` ends the attempt. */
export async function openConnection(url: URL, network: Network, signal: AbortSignal): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  const plain =
    network.proxy === null
      ? await opened(openTcp({ host, port }), 'connect', signal)
      : isTls
        ? await tunnel(network.proxy, host, port, signal)
        : await opened(openTcp({ host: network.proxy.host, port: network.proxy.port }), 'connect', signal);
  if (!isTls) return plain;
  const secure = openTls({
    socket: plain,
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED does not decide it.
    rejectUnauthorized: !network.isInsecure,
  });
  return opened(secure, 'secureConnect', signal);
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<S> {
  return new Promise((resolve, reject) => {
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop);
    const ended = () => signal.removeEventListener('abort', stop);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      ended();
      reject(new ConnectionError(connectionFault(error), { cause: error }));
    });
    socket.once('close', () => {
      ended();
      reject(new ConnectionError('the connection was closed before it stood'));
    });
    socket.once(event, () => {
      ended();
      resolve(socket);
    });
  });
}

function tunnel(proxy: ProxyServer, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const to = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: to,
      headers: { Host: to, ...proxyHeaders(proxy) },
      agent: false,
      signal,
    });
    request.once('connect', (answer, socket: Socket) => {
      if (answer.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new ConnectionError(`the proxy ${proxy.host}:${proxy.port} answered ${answer.statusCode} to CONNECT`));
    });
    request.once('response', (answer) => {
      request.destroy();
      reject(new ConnectionError(`the proxy ${proxy.host}:${proxy.port} answered ${answer.statusCode} to CONNECT`));
    });
    request.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ConnectionError(`the proxy ${proxy.host}:${proxy.port} gave no connection: ${connectionFault(error)}`, {
          cause: error,
        }),
      ),
    );
    request.end();
  });
}

/** Codes of OpenSSL and Node for a certificate that is not accepted. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'an authority that is not known here signed it',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'an authority that is not known here signed it',
  UNABLE_TO_GET_ISSUER_CERT: 'an authority that is not known here signed it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'an authority that is not known here signed it',
  CERT_REVOKED: 'it was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
};

/** Why a connection was not made, in words that finish a sentence. */
export function connectionFault(error: NodeJS.ErrnoException): string {
  const inner = (error as { errors?: NodeJS.ErrnoException[] }).errors ?? [];
  const codes = [error.code, ...inner.map(({ code }) => code)].flatMap((code) => code ?? []);
  const [code = ''] = codes;
  const certificate = CERTIFICATE_FAULTS[code];
  if (certificate !== undefined) return `its certificate is not accepted: ${certificate} (${code})`;
  if (codes.includes('ECONNREFUSED')) return 'ECONNREFUSED';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return `TLS failed: ${error.message.replace(/^.*?:SSL routines:/s, '').slice(0, 120)} (${code})`;
  return code === ''
    ? error.message
    : code.startsWith('E') && !code.startsWith('ERR_')
      ? code
      : `${error.message} ${code}`;
}
