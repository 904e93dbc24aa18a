import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { relayTarget, relayTo } from './relay.ts';

test('the settings of k6 say where to, and as whom', () => {
  expect(relayTarget({})).toEqual({ url: 'http://localhost:9090/api/v1/write', headers: {} });
  expect(
    relayTarget({
      ...{ K6_PROMETHEUS_RW_SERVER_URL: 'https://prometheus.example/write', K6_PROMETHEUS_RW_USERNAME: 'a' },
      ...{ K6_PROMETHEUS_RW_PASSWORD: 'b', K6_PROMETHEUS_RW_HEADERS_X: 'y', K6_PROMETHEUS_RW_HTTP_HEADERS: 'z:1,w:2' },
    }),
  ).toEqual({
    url: 'https://prometheus.example/write',
    headers: { X: 'y', z: '1', w: '2', Authorization: 'Basic YTpi' },
  });
  expect(() => relayTarget({ K6_PROMETHEUS_RW_SIGV4_REGION: 'here' })).toThrow(
    expect.objectContaining({ name: 'UserError', why: expect.stringContaining('K6_PROMETHEUS_RW_SIGV4_REGION') }),
  );
});

test('pushes arrive in their order, and the first that does not is told, once', async () => {
  const got: { body: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      got.push({ body, headers: request.headers });
      response.writeHead(got.length < 3 ? 204 : 429).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/write`;
  const problems: string[] = [];
  try {
    const relay = relayTo({ url, headers: { 'X-Scope': 'a' } }, (why) => problems.push(why));
    for (const text of ['1', '2', '3', '4'])
      relay.push(new TextEncoder().encode(text), { 'content-encoding': 'snappy' });
    await relay.end();
  } finally {
    server.close().closeAllConnections();
  }
  expect(got.map(({ body }) => body)).toEqual(['1', '2', '3', '4']);
  expect(got[0]?.headers).toMatchObject({ 'x-scope': 'a', 'content-encoding': 'snappy' });
  expect(problems).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ answered 429$/)]);
});
