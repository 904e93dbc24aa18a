import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service for other processes of the same run: on loopback, a path and a query in, JSON out. */
export async function serveOnLoopback(
  answer: (path: string, query: URLSearchParams) => Promise<unknown>,
): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://service');
    void answer(url.pathname, url.searchParams).then((value) => response.end(JSON.stringify(value ?? null)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Asks such a service. */
export function askOnLoopback(url: string): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
      response.on('error', reject);
    }).on('error', reject);
  });
}
