import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a script that runs in k6 is asked to end in order: it waits for the answer to a request. */
export interface StopLine {
  /** For the script, as ASSAY_STOP_URL. */
  readonly url: string;
  /** Gives the answer. */
  pull(): void;
  close(): void;
}

/** Opens one on a free loopback port. */
export function openStopLine(): Promise<StopLine> {
  let isPulled = false;
  let waiting: ServerResponse[] = [];
  const pull = () => {
    isPulled = true;
    for (const response of waiting) response.writeHead(204).end();
    waiting = [];
  };
  const server = createServer((_, response) => {
    waiting.push(response);
    if (isPulled) pull();
  });
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        pull,
        close() {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
