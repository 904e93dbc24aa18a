import { expect, test } from 'vitest';
import type { Case } from '../cases/case.ts';
import { deriveCases } from '../cases/derive.ts';
import type { Exchange } from '../judge/answer.ts';
import { schemaIndex } from '../judge/schema-index.ts';
import type { Json } from '../lib/operation.ts';
import { readContract } from '../lib/read-contract.ts';
import { type LimitWorld, runLimit } from './limit-run.ts';
import { type CaseWorld, runCase } from './run-case.ts';
import type { WireRequest } from './transport.ts';

/** A server and a clock in memory: limits and waits take no time. */
const contract = readContract('contracts/create-chat');
const KEY = 'the-right-key-1';
const cases = deriveCases({
  contract,
  inputs: { '/customer': 1, '/application': 2 },
  apiKey: KEY,
  seed: 1,
  isLoopback: true,
});
const named = (id: string): Case => {
  const one = cases.find((each) => each.id === id);
  if (one === undefined) throw new Error(`no case ${id}`);
  return one;
};
const article = contract.examples.find(({ file }) => file.endsWith('201.valid.article.json'))?.body as Record<
  string,
  Json
>;

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Json;
}

function clock() {
  let ms = 1_700_000_000_000;
  return {
    now: () => ms,
    pass: (by: number) => {
      ms += by;
    },
  };
}

function world(
  time: ReturnType<typeof clock>,
  serve: (wire: WireRequest) => Reply | 'reset',
): CaseWorld & { sent: WireRequest[]; created_: unknown[] } {
  const sent: WireRequest[] = [];
  const created_: unknown[] = [];
  return {
    contract,
    index: schemaIndex(contract),
    baseUrl: 'http://127.0.0.1:1',
    apiKey: KEY,
    deadlineMs: 1000,
    windowSeconds: 60,
    retriesReset: false,
    plainRequest: named('positive.full').requests[0] as Case['requests'][number],
    turn: async () => {},
    pause: async (milliseconds) => time.pass(milliseconds),
    created: (id) => created_.push(id),
    sent,
    created_,
    async send(wire): Promise<Exchange> {
      sent.push(wire);
      const reply = serve(wire);
      time.pass(5);
      if (reply === 'reset') return { kind: 'fault', fault: { kind: 'reset', detail: 'reset', milliseconds: 1 } };
      const { status, headers = {}, body = error(status) } = reply;
      return {
        kind: 'answer',
        answer: {
          status,
          headers: Object.entries({ 'Content-Type': 'application/json', ...headers }),
          body: new TextEncoder().encode(JSON.stringify(body)),
          sentAtMs: time.now(),
          receivedAtMs: time.now(),
        },
      };
    },
  };
}

const CODES: Record<number, string> = { 400: 'invalid_request', 401: 'invalid_token', 429: 'too_many_requests' };
const error = (status: number): Json => ({ errors: [{ code: CODES[status] ?? 'other', message: 'm' }] });

let id = 0;
function chat(time: ReturnType<typeof clock>, wire: WireRequest): Reply {
  const { customer } = JSON.parse(String(wire.body)) as { customer: number };
  id += 1;
  const body = {
    ...article,
    id,
    createdAt: Math.floor(time.now() / 1000),
    customer: { ...(article['customer'] as object), id: customer },
    assignee: null,
  };
  return { status: 201, body };
}

test('a 429 is waited out, and the case is judged by what comes then', async () => {
  const time = clock();
  let left = 2;
  const started = time.now();
  const here = world(time, (wire) =>
    left-- > 0 ? { status: 429, headers: { 'Retry-After': '30' } } : chat(time, wire),
  );
  expect(await runCase(named('positive.full'), here)).toMatchObject({ outcome: 'holds', waits: 2, status: 201 });
  expect(time.now() - started).toBeGreaterThan(60_000);
  expect(here.created_).toEqual([id]);
});

test('a limit that never ends leaves the case undecided, in bounded time', async () => {
  const time = clock();
  const here = world(time, () => ({ status: 429 }));
  expect(await runCase(named('positive.full'), here)).toMatchObject({
    outcome: 'not-reached',
    notReachedBecause: 'the limit still answered 429 after 4 waits',
  });
  expect(here.sent.length).toBe(5);
});

test('a key that is refused everywhere leaves cases undecided; one that is refused here only is a finding', async () => {
  const time = clock();
  const nobody = world(time, () => ({ status: 401 }));
  expect(await runCase(named('positive.required-only'), nobody)).toMatchObject({
    outcome: 'not-reached',
    notReachedBecause: 'the key was refused with 401',
  });
  let first = true;
  const sometimes = world(time, (wire) => {
    const refuses = first;
    first = false;
    return refuses ? { status: 401 } : chat(time, wire);
  });
  expect(await runCase(named('positive.required-only'), sometimes)).toMatchObject({
    outcome: 'broken',
    violations: [{ rule: 'status' }],
  });
  expect(sometimes.created_.length).toBe(1);
});

test('a reset is a finding at once on loopback, off it only when it happens twice', async () => {
  const time = clock();
  expect(
    (
      await runCase(
        named('positive.full'),
        world(time, () => 'reset'),
      )
    ).violations[0]?.rule,
  ).toBe('connection.reset');
  let resets = 1;
  const remote = { ...world(time, (wire) => (resets-- > 0 ? 'reset' : chat(time, wire))), retriesReset: true };
  expect((await runCase(named('positive.full'), remote)).outcome).toBe('holds');
});

test('equal requests must create different things', async () => {
  const time = clock();
  const here = world(time, (wire) => {
    id = 41;
    return chat(time, wire);
  });
  expect(await runCase(named('positive.repeated'), here)).toMatchObject({
    outcome: 'broken',
    violations: [{ rule: 'created.id' }],
  });
});

/** A limiter on the virtual clock, in front of a right server. */
type Limiter = (nowMs: number) => { admitted: boolean; retryAfterSeconds?: number };

function fixedWindow(requests: number, seconds: number): Limiter {
  let startMs = Number.NEGATIVE_INFINITY;
  let used = 0;
  return (now) => {
    if (now >= startMs + seconds * 1000) {
      startMs = now;
      used = 0;
    }
    used += 1;
    return { admitted: used <= requests, retryAfterSeconds: Math.ceil((startMs + seconds * 1000 - now) / 1000) };
  };
}

function clockWindow(requests: number, seconds: number): Limiter {
  let window = -1;
  let used = 0;
  return (now) => {
    const current = Math.floor(now / (seconds * 1000));
    if (current !== window) used = 0;
    window = current;
    used += 1;
    return { admitted: used <= requests };
  };
}

function slidingLog(requests: number, seconds: number): Limiter {
  let log: number[] = [];
  return (now) => {
    log = log.filter((at) => at > now - seconds * 1000);
    if (log.length >= requests) return { admitted: false };
    log.push(now);
    return { admitted: true };
  };
}

function bucket(burst: number, perSecond: number): Limiter {
  let tokens = burst;
  let at = Number.NaN;
  return (now) => {
    tokens = Number.isNaN(at) ? tokens : Math.min(burst, tokens + ((now - at) / 1000) * perSecond);
    at = now;
    if (tokens < 1) return { admitted: false, retryAfterSeconds: Math.ceil((1 - tokens) / perSecond) };
    tokens -= 1;
    return { admitted: true };
  };
}

async function limitOutcomes(
  limiter: Limiter,
  documented = { requests: 120, windowSeconds: 60 },
  startMs = 0,
): Promise<Record<string, string>> {
  const time = clock();
  time.pass(startMs);
  const base = world(time, (wire) => {
    const { admitted, retryAfterSeconds } = limiter(time.now());
    if (admitted) return chat(time, wire);
    return {
      status: 429,
      headers: retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) },
    };
  });
  const limitWorld: LimitWorld = {
    ...base,
    limit: documented,
    valid: named('positive.required-only').requests[0] as Case['requests'][number],
    wrongToken: null,
    invalid: null,
    idleSeconds: null,
    nowMs: time.now,
  };
  const results = await runLimit(limitWorld);
  return Object.fromEntries(results.map(({ one, result }) => [one.id, result.outcome]));
}

const right: [string, () => Limiter, number][] = [
  ['a fixed window', () => fixedWindow(120, 60), 0],
  ['a window by the clock', () => clockWindow(120, 60), 0],
  [
    'a window by the clock that ends within the burst',
    () => clockWindow(120, 60),
    60_000 - (1_700_000_000_000 % 60_000) - 300,
  ],
  ['a sliding log', () => slidingLog(120, 60), 0],
  ['a bucket with this burst and rate', () => bucket(120, 2), 0],
];
for (const [does, limiter, startMs] of right)
  test(`the documented limit is found kept by ${does}`, async () => {
    const outcomes = await limitOutcomes(limiter(), undefined, startMs);
    expect(outcomes).toMatchObject({ 'limit.quota': 'holds', 'limit.envelope': 'holds', 'limit.recovery': 'holds' });
    expect(Object.values(outcomes)).not.toContain('broken');
  });

const wrong: [string, () => Limiter, string][] = [
  ['one request fewer', () => fixedWindow(119, 60), 'limit.quota'],
  ['one request more', () => fixedWindow(121, 60), 'limit.quota'],
  ['twice as many', () => slidingLog(240, 60), 'limit.quota'],
  ['no limit', () => () => ({ admitted: true }), 'limit.quota'],
  ['a window that is longer than documented', () => slidingLog(120, 90), 'limit.recovery'],
  [
    'a Retry-After that is too short',
    () => {
      const inner = fixedWindow(120, 60);
      return (now) => ({ ...inner(now), retryAfterSeconds: 5 });
    },
    'limit.retry-after',
  ],
  [
    'a Retry-After far beyond the window',
    () => {
      const inner = fixedWindow(120, 60);
      return (now) => ({ ...inner(now), retryAfterSeconds: 3600 });
    },
    'limit.retry-after',
  ],
];
for (const [does, limiter, rule] of wrong)
  test(`the documented limit is found broken by ${does}`, async () => {
    expect(await limitOutcomes(limiter())).toMatchObject({ [rule]: 'broken' });
  });

test('a quota too large to exhaust on purpose is left undecided', async () => {
  expect(await limitOutcomes(fixedWindow(1e6, 60), { requests: 1e6, windowSeconds: 60 })).toEqual({
    'limit.quota': 'not-reached',
  });
});
