import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectionFault } from './connection.ts';
import { reachabilityProblem } from './reachable.ts';
import { SELF_SIGNED } from './self-signed.fixture.ts';
import { transportFor } from './transport.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const answering: RequestListener = (request, response) => response.end(`${request.method} ${request.url}`);
const wire = (url: string) => ({
  url,
  method: 'POST',
  headers: [['Authorization', 'Bearer key-1234567']] as const,
  body: '{}',
});
const limits = { deadlineMs: 5000, maxBytes: 10_000 };
const sent = async (url: string, env: Record<string, string>) => {
  const exchange = await transportFor(env)(wire(url), limits);
  return exchange.kind === 'fault' ? exchange.fault.detail : Buffer.from(exchange.answer.body).toString();
};

test('a certificate that nobody vouches for is an error that says so, with --insecure it is accepted', async () => {
  const port = await listening(createTlsServer(SELF_SIGNED, answering));
  const base = `https://localhost:${port}/v1`;
  const url = `${base}/chats?a=b`;
  const refusal = 'its certificate is not accepted: it is signed by itself (DEPTH_ZERO_SELF_SIGNED_CERT)';
  expect(await sent(url, {})).toBe(refusal);
  expect(await sent(url, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toBe(refusal);
  expect(await sent(url, { ASSAY_INSECURE: '1' })).toBe('POST /v1/chats?a=b');
  expect(await reachabilityProblem(base, {})).toMatchObject({ why: refusal, exitCode: 3 });
  expect(await reachabilityProblem(base, { ASSAY_INSECURE: '1' })).toBeNull();
});

test('a proxy is asked for the whole URL of a server without TLS', async () => {
  const asked: string[] = [];
  const port = await listening(
    createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.host} ${request.headers['proxy-authorization']}`);
      response.end('from the proxy');
    }),
  );
  const env = { HTTP_PROXY: `http://me:secret@127.0.0.1:${port}` };
  expect(await sent('http://api.example.test/v1/chats', env)).toBe('from the proxy');
  expect(asked).toEqual([`http://api.example.test/v1/chats api.example.test Basic ${btoa('me:secret')}`]);
});

test('a proxy passes TLS on, so that the certificate is that of the server', async () => {
  const to = await listening(createTlsServer(SELF_SIGNED, answering));
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    sockets.add(socket);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const upstream = connect(to, '127.0.0.1');
    sockets.add(upstream);
    socket.pipe(upstream).pipe(socket);
  });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${await listening(proxy)}` };
  expect(await sent('https://api.example.test/v1', env)).toContain('its certificate is not accepted');
  expect(await sent('https://api.example.test/v1', { ...env, ASSAY_INSECURE: '1' })).toBe('POST /v1');
  expect(asked).toEqual(['api.example.test:443', 'api.example.test:443']);
});

test('a proxy that refuses, or is not there, is named in the error', async () => {
  const proxy = createServer();
  proxy.on('connect', (_, socket: Socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  const port = await listening(proxy);
  const refused = `the proxy 127.0.0.1:${port} answered 407 to CONNECT`;
  expect(await sent('https://api.example.test', { HTTPS_PROXY: `http://127.0.0.1:${port}` })).toBe(refused);
  expect(await reachabilityProblem('https://api.example.test', { HTTPS_PROXY: 'http://127.0.0.1:9' })).toMatchObject({
    why: 'the proxy 127.0.0.1:9 gave no connection: ECONNREFUSED',
    fix: expect.stringContaining('NO_PROXY'),
  });
});

test.each([
  ['CERT_HAS_EXPIRED', 'its certificate is not accepted: it has expired (CERT_HAS_EXPIRED)'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'its certificate is not accepted: it is for another name (ERR_TLS_CERT_ALTNAME_INVALID)',
  ],
  ['ECONNREFUSED', 'ECONNREFUSED'],
])('%s in words', (code, words) => {
  expect(connectionFault(Object.assign(new Error('any'), { code }))).toBe(words);
});
