import { connect } from 'node:net';

/** For tests of this folder: what a server sent back to raw bytes, up to the end of the connection. */
export interface RawAnswer {
  /** 0 where no status line came. */
  readonly status: number;
  /** By name in lower case; of several values the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** Status line and headers as they came. */
  readonly head: string;
  /** As it came, still chunked if it was. */
  readonly body: string;
  readonly ended: 'closed' | 'reset' | 'timeout';
}

/** Sends bytes on a connection of their own; `timeoutMs`: how long to wait for its end. */
export function sendRaw(port: number, bytes: string | Uint8Array, timeoutMs = 5000): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const finish = (ended: RawAnswer['ended']) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...parsed(Buffer.concat(chunks)), ended });
    };
    const timer = setTimeout(() => finish('timeout'), timeoutMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => finish('closed'));
    socket.on('error', () => finish('reset'));
  });
}

function parsed(bytes: Buffer): Omit<RawAnswer, 'ended'> {
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, Math.max(0, end)).toString('latin1');
  const [statusLine = '', ...lines] = head.split('\r\n');
  return {
    head,
    status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers: Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    ),
    body: end < 0 ? bytes.toString('latin1') : bytes.subarray(end + 4).toString('utf8'),
  };
}

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  /** Each "Name: value"; Host, Connection: close and Content-Length are added. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

/** The bytes of a request that ends its connection. */
export function rawRequest({ method = 'POST', target = '/', headers = [], body = '' }: RawRequest): Uint8Array {
  const bytes = Buffer.from(body as string);
  const lines = ['Host: 127.0.0.1', 'Connection: close', `Content-Length: ${bytes.length}`, ...headers];
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}
