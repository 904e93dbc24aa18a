import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { Decision, Limiter } from '../../load/limiters/limiter.ts';
import { createLimiter } from './create-limiter.ts';
import { type RawRequest, rawRequest, sendRaw } from './raw-client.ts';
import { type ReferenceApi, type ReferenceApiOptions, startReferenceApi } from './server.ts';

const contract = readContract(fileURLToPath(new URL('../../contracts/create-chat', import.meta.url)));
const KEY = 'reference-key-0123456789';
const FULL = { customer: 8738438, assignee: 4188, department: 233048, application: 3838 };
const MINIMAL = { customer: 8738438, application: 3838 };

const running: ReferenceApi[] = [];

async function start(options: Partial<ReferenceApiOptions> = {}): Promise<ReferenceApi> {
  const api = await startReferenceApi({ contract, apiKey: KEY, ...options });
  running.push(api);
  return api;
}

afterEach(async () => {
  for (const api of running.splice(0)) {
    await api.close();
    expect(api.stats.faults).toBe(0);
  }
});

const request = (body: unknown, more: Omit<RawRequest, 'body'> = {}): RawRequest => ({
  target: '/chats',
  headers: [`Authorization: Bearer ${KEY}`, 'Content-Type: application/json'],
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  ...more,
});

async function send(api: ReferenceApi, sent: RawRequest) {
  const answer = await sendRaw(api.port, rawRequest(sent));
  let json: unknown;
  try {
    json = JSON.parse(answer.body);
  } catch {
    json = undefined;
  }
  return { ...answer, json };
}

const entry = (code: string, message: string) => ({ code, message });
const INVALID = entry('invalid_request', 'Invalid request');
const BLANK = 'This value should not be blank.';
const NUMERIC = 'This value should be of type numeric.';
const UNAUTHORIZED = [entry('invalid_token', 'Invalid token')];
const withKey = (...headers: string[]) => ({ headers: [...headers, 'Content-Type: application/json'] });
const withType = (...types: string[]) => ({ headers: [`Authorization: Bearer ${KEY}`, ...types] });

describe('create chat', () => {
  test('answers the article’s request with the article’s answer, but for id and time', async () => {
    const api = await start({ now: () => 1_601_556_114_987 });
    const { status, json, headers } = await send(api, request(FULL));
    expect(status).toBe(201);
    expect(headers['content-type']).toBe('application/json');
    const article = contract.examples.find(({ file }) => file === 'examples/201.valid.article.json');
    expect(json).toEqual({ ...(article?.body as object), id: 5215767, createdAt: 1_601_556_114 });
  });

  test('gives each creation a new id, also for equal requests, and counts them', async () => {
    const api = await start();
    const ids = [];
    for (let i = 0; i < 5; i += 1) ids.push(((await send(api, request(MINIMAL))).json as { id: number }).id);
    expect(new Set(ids).size).toBe(5);
    expect(api.stats).toEqual({
      requests: 5,
      byStatus: { 201: 5 },
      created: { count: 5, firstId: ids[0], lastId: ids[4] },
      malformed: 0,
      faults: 0,
    });
  });

  test.each([
    ['required fields alone', { customer: 1, application: 2 }, 1, null],
    ['an agent', { customer: 7, application: 2, assignee: 9 }, 7, 9],
    ['a department', { customer: 7, application: 2, department: 9 }, 7, null],
    ['an unknown field, in any order', { x: [{}], application: 2, customer: 2 ** 53 - 1 }, 2 ** 53 - 1, null],
  ])('echoes the ids of a request with %s', async (_, body, customer, assignee) => {
    const api = await start();
    const { status, json } = await send(api, request(body));
    expect(status).toBe(201);
    expect(json).toMatchObject({ customer: { id: customer, name: 'John Doe' }, department: null });
    const agent = (json as { assignee: { id: number } | null }).assignee;
    expect(agent === null ? null : agent.id).toBe(assignee);
    expect(contract.validator('chat.schema.json')(json)).toBe(true);
  });

  const rejected: [does: string, status: number, errors: object[], sent: RawRequest][] = [
    ['a missing field', 400, [INVALID, entry('application', BLANK)], request({ customer: 1 })],
    ['null', 400, [INVALID, entry('customer', BLANK)], request({ customer: null, application: 1 })],
    ['a word', 400, [INVALID, entry('customer', NUMERIC)], request({ customer: 'abc', application: 1 })],
    ['an empty text', 400, [INVALID, entry('customer', BLANK)], request({ customer: '', application: 1 })],
    ['true', 400, [INVALID, entry('application', NUMERIC)], request({ customer: 1, application: true })],
    ['a fraction', 400, [INVALID, entry('customer', NUMERIC)], request({ customer: 1.5, application: 1 })],
    ['an object in a field', 400, [INVALID, entry('assignee', NUMERIC)], request({ ...MINIMAL, assignee: {} })],
    ['an empty object', 400, [INVALID, entry('customer', BLANK), entry('application', BLANK)], request({})],
    ['a list of the object', 400, [INVALID], request([MINIMAL])],
    ['null for a body', 400, [INVALID], request('null')],
    ['an empty body', 400, [INVALID], request('')],
    ['a truncated body', 400, [INVALID], request('{"customer":1,"application":')],
    ['a trailing comma', 400, [INVALID], request('{"customer":1,"application":2,}')],
    ['a byte order mark', 400, [INVALID], request('\ufeff{"customer":1,"application":2}')],
    ['a name twice', 400, [INVALID], request('{"customer":1,"customer":1,"application":2}')],
    ['a raw NUL', 400, [INVALID], request('{"customer":1,"application":2}\0')],
    [
      'invalid UTF-8',
      400,
      [INVALID],
      request(Buffer.concat([Buffer.from('{"customer":1,"application":2,"x":"'), Buffer.from([0xff, 0x22, 0x7d])])),
    ],
    [
      '1,000 levels',
      400,
      [INVALID],
      request(`{"customer":1,"application":2,"x":${'['.repeat(1000)}${']'.repeat(1000)}}`),
    ],
    ['a million open brackets', 400, [INVALID], request('['.repeat(1_000_000))],
    ['no key', 401, UNAUTHORIZED, request(MINIMAL, withKey())],
    ['a wrong key', 401, UNAUTHORIZED, request(MINIMAL, withKey('Authorization: Bearer wrong'))],
    ['a prefix', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: Bearer ${KEY.slice(0, -1)}`))],
    ['a suffix', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: Bearer ${KEY}x`))],
    ['other case', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: Bearer ${KEY.toUpperCase()}`))],
    [
      'the same length',
      401,
      UNAUTHORIZED,
      request(MINIMAL, withKey(`Authorization: Bearer ${'x'.repeat(KEY.length)}`)),
    ],
    ['no scheme', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: ${KEY}`))],
    ['another scheme', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: Token ${KEY}`))],
    ['an empty token', 401, UNAUTHORIZED, request(MINIMAL, withKey('Authorization: Bearer '))],
    ['two tokens', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: Bearer ${KEY} ${KEY}`))],
    [
      'two headers',
      401,
      UNAUTHORIZED,
      request(MINIMAL, withKey(`Authorization: Bearer ${KEY}`, `Authorization: Bearer ${KEY}`)),
    ],
    ['a token of 50 kB', 401, UNAUTHORIZED, request(MINIMAL, withKey(`Authorization: Bearer ${'x'.repeat(50_000)}`))],
    [
      'the key in the query',
      401,
      UNAUTHORIZED,
      request(MINIMAL, { ...withKey(), target: `/chats?access_token=${KEY}` }),
    ],
    ['no key for an invalid body', 401, UNAUTHORIZED, request('{', withKey())],
    ['another path', 404, [entry('not_found', 'Not found')], request(MINIMAL, { target: '/chat' })],
    ['a slash at the end', 404, [entry('not_found', 'Not found')], request(MINIMAL, { target: '/chats/' })],
    ['a path in broken percent encoding', 404, [entry('not_found', 'Not found')], request(MINIMAL, { target: '/%zz' })],
    ['another method', 405, [entry('method_not_allowed', 'Method not allowed')], request('', { method: 'GET' })],
    [
      'another media type',
      415,
      [entry('unsupported_media_type', 'Unsupported media type')],
      request(MINIMAL, withType('Content-Type: text/plain')),
    ],
    ['no media type', 415, [entry('unsupported_media_type', 'Unsupported media type')], request(MINIMAL, withType())],
    [
      'another charset',
      415,
      [entry('unsupported_media_type', 'Unsupported media type')],
      request(MINIMAL, withType('Content-Type: application/json; charset=utf-16')),
    ],
    [
      'a compressed body',
      415,
      [entry('unsupported_media_type', 'Unsupported media type')],
      request(MINIMAL, withType('Content-Type: application/json', 'Content-Encoding: gzip')),
    ],
    [
      'a body over 1 MB',
      413,
      [entry('payload_too_large', 'Payload too large')],
      request(`{"x":"${'x'.repeat(1024 * 1024)}"}`),
    ],
  ];
  test.each(rejected)('rejects %s with %i', async (_, status, errors, sent) => {
    const api = await start();
    const answer = await send(api, sent);
    expect({ status: answer.status, errors: (answer.json as { errors: object[] }).errors }).toEqual({ status, errors });
    expect(answer.headers['content-type']).toBe('application/json');
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer');
    if (status === 405) expect(answer.headers['allow']).toBe('POST');
    expect(api.stats.created.count).toBe(0);
  });

  test.each([
    ['charset=utf-8', 'Content-Type: application/json; charset=utf-8'],
    ['upper case and a quoted charset', 'Content-Type: Application/JSON;charset="UTF-8"'],
  ])('takes the content type with %s', async (_, type) => {
    expect((await send(await start(), request(MINIMAL, withType(type)))).status).toBe(201);
  });

  test('takes a request target in absolute form, and one with a query', async () => {
    const api = await start();
    expect((await send(api, request(MINIMAL, { target: 'http://127.0.0.1/chats' }))).status).toBe(201);
    expect((await send(api, request(MINIMAL, { target: '/chats?a=b' }))).status).toBe(201);
  });

  test('takes two keys where two are given', async () => {
    const api = await start({ secondApiKey: 'another-key' });
    for (const key of [KEY, 'another-key'])
      expect((await send(api, request(MINIMAL, withKey(`Authorization: Bearer ${key}`)))).status).toBe(201);
  });

  test('takes a body in chunks and a body of 1 MB', async () => {
    const api = await start();
    const body = JSON.stringify(MINIMAL);
    const chunked = `POST /chats HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${[...body].map((char) => `1\r\n${char}\r\n`).join('')}0\r\n\r\n`;
    expect((await sendRaw(api.port, chunked)).status).toBe(201);
    const padded = body.padEnd(1024 * 1024, ' ');
    expect((await send(api, request(padded))).status).toBe(201);
  });
});

describe('what is no HTTP, or comes too slowly', () => {
  test.each([
    ['no request line', 'hello\r\n\r\n', 400],
    ['a method that is none', 'P OST /chats HTTP/1.1\r\n\r\n', 400],
    ['a header without a colon', 'POST /chats HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n', 400],
    ['a length that is none', 'POST /chats HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', 400],
    [
      'length and chunks at once',
      'POST /chats HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['headers of 100 kB', `POST /chats HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['bytes of TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]), 400],
  ])('%s is refused in the envelope, and the server lives on', async (_, bytes, status) => {
    const api = await start();
    const answer = await sendRaw(api.port, bytes);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toHaveProperty('errors.0.code');
    expect(api.stats.malformed).toBe(1);
    expect((await send(api, request(MINIMAL))).status).toBe(201);
  });

  test.each([
    [
      'half of a body',
      `POST /chats HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"customer":1`,
    ],
    ['half of the headers', 'POST /chats HTTP/1.1\r\nHost: a\r\nAuthor'],
  ])('%s times out with 408', async (_, bytes) => {
    const api = await start({ requestTimeoutMs: 200 });
    expect((await sendRaw(api.port, bytes)).status).toBe(408);
    expect(api.stats.malformed).toBe(1);
  });

  test('clients that vanish leave the server alive', async () => {
    const api = await start();
    for (const bytes of [
      '',
      'POST /ch',
      `POST /chats HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    ])
      await new Promise<void>((resolve) => {
        const socket = connect(api.port, '127.0.0.1', () =>
          socket.write(bytes, () => {
            socket.resetAndDestroy();
            resolve();
          }),
        );
      });
    expect((await send(api, request(MINIMAL))).status).toBe(201);
  });
});

describe('the limit', () => {
  test('rejects above it with the 429 envelope and Retry-After, and admits again when the window is over', async () => {
    const api = await start({ limiter: createLimiter('3/1s') });
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push(await send(api, request(MINIMAL)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429, 429]);
    expect(answers[4]?.json).toEqual({
      errors: [entry('too_many_requests', 'You have exceeded your requests limit')],
    });
    expect(answers[4]?.headers['retry-after']).toBe('1');
    expect(answers[0]?.headers['retry-after']).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect((await send(api, request(MINIMAL))).status).toBe(201);
  });

  const UNAUTHORIZED_REQUEST = request(MINIMAL, withKey('Authorization: Bearer nobody'));
  test.each([
    // What is counted: the requests with the right key, sent after 2 of one kind, under a limit of 3.
    ['validation', '401', UNAUTHORIZED_REQUEST, [201, 201, 201, 429]],
    ['validation', '400', request({}), [201, 429, 429, 429]],
    ['nothing', '400', request({}), [201, 201, 201, 429]],
    ['auth', '401', UNAUTHORIZED_REQUEST, [201, 429, 429, 429]],
    ['auth', '400', request({}), [201, 429, 429, 429]],
  ] as const)('before %s: a %s is counted accordingly', async (limitBefore, _, first, statuses) => {
    const api = await start({ limiter: createLimiter('3/60s'), limitBefore, limitScope: 'global' });
    for (let i = 0; i < 2; i += 1) await send(api, first);
    const seen = [];
    for (let i = 0; i < 4; i += 1) seen.push((await send(api, request(MINIMAL))).status);
    expect(seen).toEqual(statuses);
  });

  test.each([
    ['key', [201, 429, 201, 429]],
    ['address', [201, 429, 429, 429]],
    ['global', [201, 429, 429, 429]],
  ] as const)('belongs to the %s', async (limitScope, statuses) => {
    const api = await start({ limiter: createLimiter('1/60s'), limitScope, secondApiKey: 'another-key' });
    const seen = [];
    for (const key of [KEY, KEY, 'another-key', 'another-key'])
      seen.push((await send(api, request(MINIMAL, withKey(`Authorization: Bearer ${key}`)))).status);
    expect(seen).toEqual(statuses);
  });

  const fixed = (decision: Decision): Limiter => ({ decide: () => decision, wouldAdmit: () => decision.admitted });
  const spent: Decision = { admitted: false, limit: 9, remaining: 0, resetMs: 2400, retryAfterMs: 1400 };
  test.each([
    ['none', {}],
    ['retry-after', { 'retry-after': '2' }],
    ['draft', { 'retry-after': '2', 'ratelimit-policy': '"default";q=9;w=60', ratelimit: '"default";r=0;t=3' }],
    [
      'legacy',
      { 'retry-after': '2', 'x-ratelimit-limit': '9', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1004' },
    ],
  ] as const)('is told in the style %s', async (advertised, expected) => {
    const api = await start({ limiter: fixed(spent), advertised, advertisedWindowSeconds: 60, now: () => 1_000_500 });
    const { status, headers } = await send(api, request(MINIMAL));
    const told = Object.fromEntries(Object.entries(headers).filter(([name]) => /rate|retry/.test(name)));
    expect({ status, told }).toEqual({ status: 429, told: expected });
  });

  test('may hold answers back and reject with another status', async () => {
    const api = await start({ limiter: fixed({ admitted: false, delayMs: 150, status: 503 }) });
    const sentAtMs = performance.now();
    const { status, json } = await send(api, request(MINIMAL));
    expect(performance.now() - sentAtMs).toBeGreaterThan(145);
    expect(status).toBe(503);
    expect(json).toHaveProperty('errors.0.code', 'too_many_requests');
  });

  test('of requests in flight counts a request until it is answered, or its client is gone', async () => {
    const api = await start({ limiter: createLimiter('concurrency:2'), serviceTimeMs: 100 });
    const together = await Promise.all([1, 2, 3].map(() => send(api, request(MINIMAL))));
    expect(together.map(({ status }) => status).sort()).toEqual([201, 201, 429]);
    await Promise.all([1, 2].map(() => sendRaw(api.port, rawRequest(request(MINIMAL)), 20)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await send(api, request(MINIMAL))).status).toBe(201);
  });
});

describe('the end', () => {
  test('lets a running answer finish, accepts nothing more, leaves no socket', async () => {
    const api = await startReferenceApi({ contract, apiKey: KEY, serviceTimeMs: 300 });
    const last = send(api, request(MINIMAL));
    const idle = sendRaw(api.port, `POST /nowhere HTTP/1.1\r\nHost: a\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = api.close();
    await expect(fetch(api.baseUrl)).rejects.toThrow();
    expect((await last).status).toBe(201);
    expect((await idle).ended).toBe('closed');
    await closed;
  });

  test('comes within 2 s, whatever hangs', async () => {
    const api = await startReferenceApi({ contract, apiKey: KEY, serviceTimeMs: 60_000 });
    const answers = [
      send(api, request(MINIMAL)),
      sendRaw(api.port, 'POST /chats HTTP/1.1\r\nHost: a\r\n'),
      sendRaw(api.port, ''),
    ];
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAtMs = performance.now();
    await api.close();
    expect(performance.now() - startedAtMs).toBeLessThan(2000);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([0, 0, 0]);
  });

  test('may come twice', async () => {
    const api = await startReferenceApi({ contract });
    await Promise.all([api.close(), api.close()]);
    await api.close();
  });
});

test('a key is made up where none is given, another one each time', async () => {
  const apis = await Promise.all([startReferenceApi({ contract }), startReferenceApi({ contract })]);
  running.push(...apis);
  expect(apis[0].apiKey).toMatch(/^[0-9a-f]{48}$/);
  expect(apis[0].apiKey).not.toBe(apis[1].apiKey);
});

test('a port in use is an error, not a crash', async () => {
  const api = await start();
  await expect(start({ port: api.port })).rejects.toThrow('EADDRINUSE');
});
