import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { readContract } from '../../contracts/lib/read-contract.ts';
import type { Limiter } from '../../load/limiters/limiter.ts';
import { DEFECTS, VARIATIONS, variantNamed } from './defects.ts';
import { type RawRequest, rawRequest, sendRaw } from './raw-client.ts';
import { type ReferenceApi, startReferenceApi } from './server.ts';
import { contractOf, THING } from './thing-contract.fixture.ts';
import { DEFECT_GROUPS } from './variants.ts';

const contract = readContract(fileURLToPath(new URL('../../contracts/create-chat', import.meta.url)));
const KEY = 'Key-0123456789-abcdef';
const NOW_MS = 1_700_000_000_000;

const running: ReferenceApi[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((api) => api.close()));
});

/** By count instead of time: admits 30 requests, rejects 6, admits 4. */
function countingLimiter(): Limiter {
  let seen = 0;
  const admits = () => seen < 30 || seen >= 36;
  return {
    wouldAdmit: admits,
    decide() {
      const admitted = admits();
      seen += 1;
      return admitted ? { admitted } : { admitted, retryAfterMs: 2000 };
    },
  };
}

async function start(defect: string | undefined, isLimited: boolean): Promise<ReferenceApi> {
  const api = await startReferenceApi({
    contract,
    apiKey: KEY,
    limiter: isLimited ? countingLimiter() : null,
    now: () => NOW_MS,
    ...(defect === undefined ? {} : { defect }),
  });
  running.push(api);
  return api;
}

interface Probe extends RawRequest {
  readonly status: number;
  /** Left open by the documents: a variation may answer otherwise. */
  readonly isOpen?: boolean;
  readonly keepsAlive?: boolean;
}

const authorized = [`Authorization: Bearer ${KEY}`, 'Content-Type: application/json'];
const chat = (body: unknown, status = 201, more: Partial<Probe> = {}): Probe => ({
  target: '/chats',
  headers: authorized,
  body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  status,
  ...more,
});
const as = (authorization: string, more: Partial<Probe> = {}): Probe =>
  chat({ customer: 1, application: 2 }, 401, {
    headers: [authorization, 'Content-Type: application/json'].filter((header) => header !== ''),
    ...more,
  });
const isOpen = true;

/** What a careful tester sends; each request is a connection of its own. */
const PROBES: readonly Probe[] = [
  chat({ customer: 8738438, assignee: 4188, department: 233048, application: 3838 }),
  chat({ customer: 8738439, assignee: 4189, department: 233049, application: 3838 }),
  chat({ customer: 11, application: 3838 }),
  chat({ customer: 11, application: 3838 }),
  chat({ application: 3838, assignee: 4188, customer: 12 }),
  chat('{\n  "customer": 12,\r\n  "application": 3838\n}\n'),
  chat({ customer: 13, application: 3838, unknown: { a: [1, 'x', null] } }, 201, { isOpen }),
  ...Array.from({ length: 4 }, (_, index) => chat({ customer: 20 + index, application: 3838 })),
  chat({ customer: 14, application: 3838 }, 201, { headers: [...authorized, 'Accept-Encoding: gzip'] }),
  chat({ customer: 0, application: 3838 }, 201, { isOpen }),
  chat('{"customer":9223372036854775808,"application":3838}', 201, { isOpen }),
  chat({ customer: '123', application: 3838 }, 400, { isOpen }),
  chat({ customer: 1.5, application: 3838 }, 400, { isOpen }),
  chat({ customer: 15, application: 3838, assignee: null }, 400, { isOpen }),
  chat({ application: 2 }, 400),
  chat({ customer: 2 }, 400),
  chat({}, 400),
  ...[null, 'abc', '', true, [], [1], {}, { a: 1 }].flatMap((value) => [
    chat({ customer: value, application: 2 }, 400),
    chat({ customer: 2, application: value }, 400),
    ...(value === null ? [] : [chat({ customer: 2, application: 2, assignee: value }, 400)]),
  ]),
  ...['null', '5', '"text"', '[]', '[{"customer":1,"application":2}]', ''].map((body) => chat(body, 400)),
  ...['{"customer":1,"application":', '{"customer":1,"application":2,}', '{"customer":1,"application":2}\0'].map(
    (body) => chat(body, 400),
  ),
  chat('\ufeff{"customer":1,"application":2}', 400, { isOpen }),
  chat('{"customer":1,"customer":2,"application":2}', 400, { isOpen }),
  chat(Buffer.from('{"customer":1,"application":2,"x":"\xff"}', 'latin1'), 400),
  chat(`{"customer":1,"application":2,"x":${'['.repeat(1000)}${']'.repeat(1000)}}`, 400),
  chat(JSON.stringify({ customer: 1, application: 2, x: 'x'.repeat(600_000) }), 201, { isOpen }),
  as(''),
  as('Authorization: Bearer wrong'),
  as(`Authorization: Bearer ${KEY.slice(0, -1)}`),
  as(`Authorization: Bearer ${KEY}x`),
  as(`Authorization: Bearer ${KEY.toLowerCase()}`),
  as(`Authorization: Bearer ${'x'.repeat(KEY.length)}`),
  as(`Authorization: Basic ${Buffer.from(`${KEY}:`).toString('base64')}`),
  as(`Authorization: Token ${KEY}`),
  as(`Authorization: ${KEY}`),
  as('Authorization: Bearer '),
  as('Authorization: Bearer null'),
  as('', { target: `/chats?access_token=${KEY}` }),
  as(`Authorization: Bearer wrong\r\nAuthorization: Bearer ${KEY}`),
  as(`Authorization: Bearer ${'x'.repeat(8000)}`),
  as(`Authorization: bearer ${KEY}`, { isOpen }),
  chat('', 405, { method: 'GET', isOpen }),
  chat({ customer: 1, application: 2 }, 404, { target: '/nothing' }),
  chat({ customer: 1, application: 2 }, 415, { headers: [authorized[0] ?? '', 'Content-Type: text/plain'], isOpen }),
  chat({ customer: 16, application: 2 }, 201, { keepsAlive: true }),
];

const LIMITED_PROBES: readonly Probe[] = Array.from({ length: 40 }, (_, index) =>
  chat({ customer: 100 + index, application: 2 }, index >= 30 && index < 36 ? 429 : 201),
);

/** How long an answer may take until it counts as none, where a defect may keep it back. */
const PATIENCE_MS = 400;
/** Where an answer comes for certain, however busy the machine is. */
const LONG_PATIENCE_MS = 15_000;

async function observe(api: ReferenceApi, probe: Probe, patienceMs = PATIENCE_MS) {
  const bytes = Buffer.from(rawRequest(probe));
  const sent = probe.keepsAlive ? bytes.toString('latin1').replace('Connection: close\r\n', '') : bytes;
  const { status, head, body, ended } = await sendRaw(api.port, sent, probe.keepsAlive ? PATIENCE_MS : patienceMs);
  return { status, head: head.replace(/^(date: ).*$/im, '$1…'), body, ended };
}

type Observation = Awaited<ReturnType<typeof observe>>;
const referenceAnswers = new Map<readonly Probe[], Observation[]>();

/** What the reference says to the probes, asked once. */
async function reference(probes: readonly Probe[]): Promise<Observation[]> {
  const known = referenceAnswers.get(probes);
  if (known !== undefined) return known;
  const api = await start(undefined, probes === LIMITED_PROBES);
  const answers: Observation[] = [];
  for (const probe of probes) answers.push(await observe(api, probe, LONG_PATIENCE_MS));
  expect(api.stats.faults).toBe(0);
  referenceAnswers.set(probes, answers);
  return answers;
}

/** Whether some probe is answered in another way than by the reference. */
async function differs(id: string | undefined, probes: readonly Probe[]): Promise<boolean> {
  const expected = await reference(probes);
  const changed = await start(id, probes === LIMITED_PROBES);
  const patienceMs = id === undefined ? LONG_PATIENCE_MS : PATIENCE_MS;
  for (const [index, probe] of probes.entries())
    if (JSON.stringify(await observe(changed, probe, patienceMs)) !== JSON.stringify(expected[index])) return true;
  return false;
}

test('there are at least 60 defects and 20 variations, of each group some, and no id twice', () => {
  const here = DEFECTS.filter((defect) => defect.isIn?.(contract) ?? true);
  expect(here.length).toBeGreaterThanOrEqual(60);
  expect(VARIATIONS.filter((variation) => variation.isIn?.(contract) ?? true).length).toBeGreaterThanOrEqual(20);
  for (const group of DEFECT_GROUPS) expect(here.filter((defect) => defect.group === group).length).toBeGreaterThan(5);
  const ids = [...DEFECTS, ...VARIATIONS].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(() => variantNamed('no-such-defect')).toThrow(RangeError);
});

test('every defect and every variation is one that create-chat can have', () => {
  const others = [...DEFECTS, ...VARIATIONS].filter(({ isIn }) => isIn !== undefined && !isIn(contract));
  expect(others.map(({ id }) => id)).toEqual([]);
});

test.each([
  ['in general', PROBES],
  ['of the limit', LIMITED_PROBES],
])('the probes %s are answered by the reference as they say, twice alike', async (_, probes) => {
  const told = (status: number, probe: Probe) => [status, probe.target, String(probe.body).slice(0, 99)];
  const answers = await reference(probes);
  expect(probes.map((probe, index) => told(answers[index]?.status ?? 0, probe))).toEqual(
    probes.map((probe) => told(probe.status, probe)),
  );
  expect(await differs(undefined, probes)).toBe(false);
});

describe('a defect shows', () => {
  test.each(DEFECTS.map((defect) => [defect.id, defect] as const))('%s', async (id, defect) => {
    expect(await differs(id, defect.needs === 'limiter' ? LIMITED_PROBES : PROBES)).toBe(true);
    expect(running.map(({ stats }) => stats.faults).every((faults) => faults === 0)).toBe(true);
  });
});

describe('a shape defect makes a success that the schema refuses', () => {
  test.each(DEFECTS.filter(({ group }) => group === 'shape').map(({ id }) => [id]))('%s', async (id) => {
    const { status, body } = await observe(await start(id, false), PROBES[0] ?? chat({}), LONG_PATIENCE_MS);
    expect(status).toBe(201);
    expect(contract.validator('chat.schema.json')(JSON.parse(body))).toBe(false);
  });
});

/** Variations that differ in time alone. */
const SLOW = ['slow', 'uneven'];

test.each(SLOW)('the variation %s is slower than the reference', async (id) => {
  const api = await start(id, false);
  const sentAtMs = performance.now();
  for (const probe of PROBES.slice(0, 5)) await observe(api, probe, LONG_PATIENCE_MS);
  expect(performance.now() - sentAtMs).toBeGreaterThan(590);
});

describe('a variation shows, and keeps what is promised', () => {
  test.each(VARIATIONS.map((variation) => [variation.id]))('%s', async (id) => {
    const isLimitVariation = /^(limit-|retry-after)/.test(id);
    if (!SLOW.includes(id)) expect(await differs(id, isLimitVariation ? LIMITED_PROBES : PROBES)).toBe(true);
    const api = await start(id, isLimitVariation);
    const held = isLimitVariation ? LIMITED_PROBES : PROBES.filter((probe) => !probe.isOpen && !probe.keepsAlive);
    const inOrder = held.map((probe) => async () => expectKept(await observe(api, probe, LONG_PATIENCE_MS), probe));
    if (isLimitVariation) for (const step of inOrder) await step();
    else await Promise.all(inOrder.map((step) => step()));
    expect(api.stats.faults).toBe(0);
  });
});

/** Holds an answer to what the documents fix. */
function expectKept(answer: Observation, probe: Probe): void {
  expect([answer.status, String(probe.body).slice(0, 99)]).toEqual([probe.status, String(probe.body).slice(0, 99)]);
  const rule = contract.operation.responses[String(answer.status)];
  if (rule === undefined || /^content-encoding: gzip/im.test(answer.head)) return;
  const isChunked = /^transfer-encoding: chunked/im.test(answer.head);
  const json = JSON.parse(isChunked ? withoutChunks(answer.body) : answer.body);
  expect(contract.validator(rule.schema)(json)).toBe(true);
  if (rule.codes) expect(rule.codes).toContain(json.errors[0].code);
  else expect(json.customer.id).toBe(JSON.parse(String(probe.body)).customer);
}

function withoutChunks(body: string): string {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return Buffer.concat(parts).toString('utf8');
}

describe('another contract has the defects and variations that fit it', () => {
  const thing = contractOf(THING);
  const fitting = [...DEFECTS, ...VARIATIONS].filter(({ isIn }) => isIn?.(thing) ?? true);

  test('most of them do', () => {
    expect(fitting.length).toBeGreaterThan(150);
  });

  test('each is answered without a fault of ours', async () => {
    for (const { id } of fitting) {
      const api = await startReferenceApi({ contract: thing, apiKey: KEY, limiter: null, defect: id });
      running.push(api);
      const ask = (body: unknown, headers = authorized) =>
        sendRaw(api.port, rawRequest({ method: 'PUT', target: '/things/1', headers, body: JSON.stringify(body) }), 30);
      await Promise.all([ask({ title: 'abc', tag: 'x' }), ask({ title: 1 }), ask([]), ask({}, authorized.slice(1))]);
      expect([id, api.stats.faults]).toEqual([id, 0]);
    }
  });
});

test('gzip goes to who accepts it alone, and holds the body', async () => {
  const api = await start('gzip', false);
  const body = JSON.stringify({ customer: 5, application: 6 });
  const ask = (encoding: string) =>
    fetch(`${api.baseUrl}/chats`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', 'accept-encoding': encoding },
      body,
    });
  expect((await ask('identity')).headers.get('content-encoding')).toBeNull();
  const response = await ask('gzip');
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(await response.json()).toMatchObject({ customer: { id: 5 } });
});
