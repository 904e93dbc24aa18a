import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SourceAddressRelay, startSourceAddressRelay } from './source-address.ts';

interface Seen {
  readonly from: string | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function target(): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({
      from: request.socket.remoteAddress,
      method: request.method,
      url: request.url,
      headers: request.headers,
      body,
    });
    if (request.url === '/v1/broken') return void request.socket.destroy();
    response.writeHead(429, { 'retry-after': '7', 'content-type': 'application/json' });
    response.end('{"errors":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

async function relayTo(baseUrl: string): Promise<SourceAddressRelay> {
  const relay = await startSourceAddressRelay({ baseUrl }, '127.0.0.2', true);
  open.push(relay);
  return relay;
}

describe('the relay of a second source address', () => {
  it('sends from that address what it got, and gives back what came', async () => {
    const { baseUrl, seen } = await target();
    const relay = await relayTo(baseUrl);
    const answer = await fetch(`${relay.baseUrl}/chats?x=1`, {
      method: 'POST',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
      body: '{"customer":1}',
    });
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      429,
      '7',
      '{"errors":[]}',
    ]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ from: '127.0.0.2', method: 'POST', url: '/v1/chats?x=1', body: '{"customer":1}' });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer key', host: baseUrl.slice(7, -3) });
  });

  it('breaks its connection where the target breaks one', async () => {
    const { baseUrl } = await target();
    const relay = await relayTo(baseUrl);
    await expect(fetch(`${relay.baseUrl}/broken`)).rejects.toThrow();
  });

  it('forwards nothing without its secret path', async () => {
    const { baseUrl, seen } = await target();
    const relay = await relayTo(baseUrl);
    expect((await fetch(`${new URL(relay.baseUrl).origin}/chats`)).status).toBe(404);
    expect(seen).toEqual([]);
  });

  it.each([
    ['nowhere', 'it is no IP address'],
    ['192.0.2.1', 'EADDRNOTAVAIL'],
  ])('refuses %s', async (address, why) => {
    await expect(startSourceAddressRelay({ baseUrl: 'http://127.0.0.1:1' }, address, true)).rejects.toMatchObject({
      message: `--source-address ${address} is not usable`,
      why: expect.stringContaining(why),
    });
  });
});
