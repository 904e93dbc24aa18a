import { compareLoads } from '../throughput/compare.ts';
import { compareResult } from '../throughput/compare-result.ts';
import type { History, PastRun } from './history.ts';
import type {
  CompareResult,
  ContractCase,
  ContractResult,
  DiffChange,
  DiffResult,
  LimitsResult,
  ObservationRow,
  Results,
  RunEnvironment,
  ThroughputResult,
} from './results.ts';

/** Results for tests: as a good, a bad and a hostile endpoint would give them, and an hour's soak. */

/** Deterministic numbers in [0, 1): a linear congruential generator (Numerical Recipes). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const environment: RunEnvironment = {
  assay: '0.1.0',
  node: 'v20.20.2',
  k6: 'v2.2.0',
  playwright: '1.65.1',
  contract: 'create-chat',
  method: 'POST',
  path: '/chats',
  target: 'http://127.0.0.1:40123/v1',
  embedded: true,
  startedAt: '2026-01-02T03:04:05.000Z',
  seconds: 12.4,
  seed: 42,
};

const CURL = `curl -sS -X POST http://127.0.0.1:40123/v1/chats \\
  -H "Authorization: Bearer $ASSAY_API_KEY" -H 'Content-Type: application/json' \\
  --data '{"customer":8738438,"application":3838}'`;

const FIELDS = ['customer', 'application', 'assignee', 'department'];
const TYPES = ['string', 'boolean', 'null', 'object', 'array', 'number with a fraction'];

export function contractCase(more: Partial<ContractCase> & Pick<ContractCase, 'id' | 'title'>): ContractCase {
  return {
    group: 'positive',
    tags: [],
    outcome: 'holds',
    rule: null,
    pointer: null,
    expected: null,
    received: null,
    curl: CURL,
    status: 201,
    milliseconds: 4.2,
    ...more,
  };
}

function sampleCases(): ContractCase[] {
  return [
    contractCase({ id: 'positive.article', title: "the article's example creates a chat", tags: ['@smoke'] }),
    contractCase({ id: 'positive.required-only', title: 'the required fields alone create a chat', tags: ['@smoke'] }),
    contractCase({ id: 'positive.without.assignee', title: 'a chat is created without assignee' }),
    contractCase({ id: 'positive.without.department', title: 'a chat is created without department' }),
    contractCase({
      id: 'positive.extra-field',
      title: 'a field that no schema names',
      outcome: 'observed',
      rule: 'unknown fields are left open by the documents',
      received: '201: it was ignored',
    }),
    ...['missing', 'wrong', 'malformed', 'of another scheme'].map((what) =>
      contractCase({
        id: `auth.${what.replaceAll(' ', '-')}`,
        title: `a token that is ${what} gets the 401 envelope`,
        group: 'auth',
        tags: ['@auth', '@negative'],
        status: 401,
      }),
    ),
    ...FIELDS.slice(0, 2).map((field) =>
      contractCase({
        id: `required.${field}`,
        title: `a body without ${field} gets the 400 envelope`,
        group: 'required',
        tags: ['@negative'],
        status: 400,
      }),
    ),
    ...FIELDS.flatMap((field) =>
      TYPES.map((type) =>
        contractCase({
          id: `type.${field}.${type.replaceAll(' ', '-')}`,
          title: `${field} as ${type} gets the 400 envelope`,
          group: 'type',
          tags: ['@negative'],
          status: 400,
        }),
      ),
    ),
    contractCase({
      id: 'limit.envelope',
      title: 'the 429 has its envelope',
      group: 'limit',
      tags: ['@limit'],
      status: 429,
    }),
  ];
}

export function sampleContract(cases: readonly ContractCase[] = sampleCases()): ContractResult {
  const reached = cases.filter((one) => one.outcome !== 'not-reached').length;
  const statuses = new Map<number, number>();
  for (const one of cases)
    if (typeof one.status === 'number') statuses.set(one.status, (statuses.get(one.status) ?? 0) + 1);
  return {
    schemaVersion: 1,
    verdict: cases.some((one) => one.outcome === 'broken') ? 'broken' : 'holds',
    reason: null,
    cases,
    reached: { cases: reached, ofCases: cases.length },
    coverage: {
      statuses: [201, 400, 401, 429].map((status) => ({
        status,
        documented: true,
        responses: statuses.get(status) ?? 0,
      })),
      rules: FIELDS.map((field) => ({
        rule: `request.schema.json#/properties/${field}/type`,
        cases: TYPES.length,
        broken: cases.filter((one) => one.outcome === 'broken' && one.pointer === `/${field}`).length,
      })),
    },
    drift: [],
    created: 6,
    environment,
  };
}

/** What a fixed window that starts with the first request says to requests at these times (s). */
function fixedWindow(sentAtSeconds: readonly number[], capacity: number, windowSeconds: number) {
  const observations: ObservationRow[] = [];
  const quota: { atSeconds: number; remaining: number }[] = [];
  let startedAt = Number.NEGATIVE_INFINITY;
  let used = 0;
  for (const [index, at] of sentAtSeconds.entries()) {
    if (at >= startedAt + windowSeconds) {
      if (used > 0 && startedAt + windowSeconds < at)
        quota.push({ atSeconds: startedAt + windowSeconds, remaining: capacity });
      startedAt = at;
      used = 0;
    }
    const admitted = used < capacity;
    if (admitted) used += 1;
    quota.push({ atSeconds: at, remaining: capacity - used });
    observations.push([
      index + 1,
      at,
      at + 0.0021,
      admitted ? 201 : 429,
      admitted ? 'admitted' : 'rejected',
      'valid',
      'primary',
    ]);
  }
  return { observations, quota };
}

function probeTimes(): number[] {
  const burst = (count: number, from: number, spacing = 0.0003) =>
    Array.from({ length: count }, (_, index) => from + index * spacing);
  return [
    ...burst(121, 0),
    ...[2.5, 5, 7.5, 9, 9.6, 9.9, 9.97, 9.99, 10.01],
    ...burst(60, 13),
    ...burst(62, 18.4),
    ...[20.2, 20.8, 21.4, 22.6, 22.98, 23.02],
    ...burst(119, 23.05),
    ...[28, 32.9, 33.06],
  ];
}

export function sampleLimits(): LimitsResult {
  const { observations, quota } = fixedWindow(probeTimes(), 120, 10);
  const accepted = observations.filter((row) => row[4] === 'admitted').length;
  return {
    schemaVersion: 1,
    verdict: 'exact',
    summary: '120 requests per 10 s, fixed window from the first request',
    reason: null,
    firstRejection: { requestNumber: 121, atSeconds: 0.036 },
    limits: [
      {
        algorithm: 'fixed-window',
        anchor: 'first-request',
        capacity: 120,
        capacityRange: [120, 120],
        windowSeconds: 10,
        windowSecondsRange: [9.99, 10.01],
        refillPerSecond: null,
        refillPerSecondRange: null,
        refillIntervalSeconds: null,
        countsRejected: null,
        status: 429,
      },
    ],
    countsInvalid: null,
    countsUnauthorized: null,
    scope: null,
    penaltySeconds: null,
    overAdmission: null,
    findings: [],
    advertised: {
      headers: { 'retry-after': '10', 'ratelimit-policy': '"default";q=120;w=10' },
      agrees: true,
      differences: [],
    },
    expected: { limit: '120/10s', agrees: true, differences: [] },
    client: { burst: 120, steadyPerSecond: 12, waitAfterRejectionSeconds: 10 },
    cost: { requests: observations.length, accepted, rejected: observations.length - accepted, seconds: 33.1 },
    evidence: {
      models: [
        {
          name: 'fixed-window/first-request',
          title: 'fixed window from the first request',
          state: 'surviving',
          refutedBy: null,
          because: 'explains every request, and foretold the last round',
          parameters: { capacity: [120, 120], windowSeconds: [9.99, 10.01] },
        },
        {
          name: 'fixed-window/clock',
          title: 'fixed window on the clock',
          state: 'refuted',
          refutedBy: 130,
          because: 'quota came back 10.0 s after the first request, and not at a full ten seconds of the clock',
          parameters: {},
        },
        {
          name: 'sliding-log',
          title: 'sliding log',
          state: 'refuted',
          refutedBy: 252,
          because: 'all 60 of the later half were still refused when the earlier half was 10 s old',
          parameters: {},
        },
        {
          name: 'sliding-counter',
          title: 'sliding-window counter',
          state: 'refuted',
          refutedBy: 129,
          because: 'refused at 9.99 s, when a weighted count would have let one through',
          parameters: {},
        },
        {
          name: 'token-bucket',
          title: 'token bucket',
          state: 'refuted',
          refutedBy: 122,
          because: 'nothing came back in 2.5 s; a bucket that refills 120 in 10 s would hold 30',
          parameters: {},
        },
      ],
      foretold: {
        against: ['sliding-log', 'token-bucket'],
        round: [
          { number: 259, predicted: 'admitted', seen: 'admitted' },
          { number: 378, predicted: 'rejected', seen: 'rejected' },
          { number: 379, predicted: 'rejected', seen: 'rejected' },
          { number: 380, predicted: 'admitted', seen: 'admitted' },
        ],
        holds: true,
      },
      quota,
      observations,
    },
    environment: { ...environment, seconds: 34.2 },
  };
}

function histogramOf(random: () => number, count: number): { fromMs: number; toMs: number; count: number }[] {
  const buckets = new Map<number, number>();
  for (let index = 0; index < 4000; index += 1) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const ms = 2.3 * Math.exp(0.38 * normal) + (random() < 0.01 ? 12 * random() : 0);
    const bucket = Math.floor(Math.log2(ms) * 8);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([bucket, hits]) => ({
      fromMs: 2 ** (bucket / 8),
      toMs: 2 ** ((bucket + 1) / 8),
      count: Math.round((hits / 4000) * count),
    }));
}

export function sampleThroughput(seconds = 30, ratePerSecond = 400): ThroughputResult {
  const random = seededRandom(7);
  const series = Array.from({ length: seconds }, (_, second) => {
    const requests = Math.round(ratePerSecond * (0.99 + 0.02 * random()));
    const p50 = 2.1 + 0.4 * random();
    return {
      second,
      requests,
      accepted: requests,
      limited: 0,
      failed: 0,
      p50,
      p95: p50 * 1.7 + random(),
      p99: p50 * 3 + 4 * random() ** 3,
      offered: ratePerSecond,
      dropped: 0,
    };
  });
  const requests = series.reduce((sum, point) => sum + point.requests, 0);
  return {
    schemaVersion: 1,
    mode: 'open',
    valid: true,
    invalidBecause: null,
    bound: null,
    seconds,
    warmUpSeconds: 0,
    requests,
    offeredPerSecond: ratePerSecond,
    requestsPerSecond: requests / seconds,
    acceptedPerSecond: requests / seconds,
    byStatus: { '201': requests },
    latencyMs: { min: 1.1, p50: 2.31, p90: 3.42, p95: 4.13, p99: 9.84, p999: 20.3, max: 31 },
    latencyMsByStatus: { '201': { min: 1.1, p50: 2.31, p90: 3.42, p95: 4.13, p99: 9.84, p999: 20.3, max: 31 } },
    histogram: histogramOf(random, requests),
    droppedIterations: 0,
    contract: { checked: requests, violations: 0, byRule: {}, examples: [] },
    objectives: [
      { expression: 'p95<300ms', value: 4.13, holds: true },
      { expression: 'failed<0.1%', value: 0, holds: true },
      { expression: 'violations=0', value: 0, holds: true },
    ],
    breakpoint: null,
    series,
    created: requests,
    vus: 12,
    environment: { ...environment, target: 'http://127.0.0.1:40124/v1', seconds: seconds + 1.2 },
  };
}

/** A folder that holds nothing. */
export const noResults: Results = { contract: null, limits: null, throughput: null, diff: null, compare: null };

/** An endpoint that keeps all its promises. */
export function goodRun(): Results {
  return {
    contract: sampleContract(),
    limits: sampleLimits(),
    throughput: sampleThroughput(),
    diff: null,
    compare: null,
  };
}

/** An endpoint that breaks its contract, has another limit than was expected, and bends under load. */
export function badRun(): Results {
  const broken: Record<string, Partial<ContractCase>> = {
    'positive.article': {
      rule: 'schema.type',
      source: 'chat.schema.json#/properties/createdAt/type',
      pointer: '/createdAt',
      expected: 'integer',
      received: '"1601556114"',
    },
    'positive.required-only': {
      rule: 'schema.type',
      source: 'chat.schema.json#/properties/createdAt/type',
      pointer: '/createdAt',
      expected: 'integer',
      received: '"1601556201"',
    },
    'auth.wrong': {
      rule: 'error.code',
      source: 'operation.json#/responses/401/codes',
      pointer: '/errors/0/code',
      expected: 'invalid_token',
      received: '"invalid_request"',
      status: 401,
    },
    'type.assignee.string': {
      rule: 'status',
      source: 'request.schema.json#/properties/assignee/type',
      pointer: '/assignee',
      expected: '400 with an entry for assignee',
      received: '500 <html><h1>Internal Server Error</h1>\n  at Chat.create (/srv/app/chat.js:14:11)</html>',
      status: 500,
    },
  };
  const contract = sampleContract(
    sampleCases().map((one) => {
      const defect = broken[one.id];
      if (defect) return { ...one, ...defect, outcome: 'broken' as const };
      return one.group === 'limit'
        ? { ...one, outcome: 'not-reached' as const, status: null, received: 'no 429 came in 240 requests' }
        : one;
    }),
  );
  const limits = sampleLimits();
  const load = sampleThroughput(60, 300);
  const random = seededRandom(11);
  const series = load.series.map((point) => {
    const over = Math.max(0, point.second - 20) / 40;
    const limited = Math.round(point.requests * 0.3 * over);
    const failed = Math.round(point.requests * 0.08 * over * random());
    const p50 = 3 + 60 * over ** 2 + random();
    return {
      ...point,
      limited,
      failed,
      accepted: point.requests - limited - failed,
      p50,
      p95: p50 * 3 + 40 * over * random(),
      p99: p50 * 6 + 400 * over * random(),
      dropped: Math.round(20 * over * random()),
    };
  });
  const total = (key: 'requests' | 'accepted' | 'limited' | 'failed' | 'dropped') =>
    series.reduce((sum, point) => sum + point[key], 0);
  return {
    contract: { ...contract, drift: [{ pointer: '/createdWith', what: 'not documented', seen: 6 }] },
    limits: {
      ...limits,
      verdict: 'bounded',
      summary: '100 to 120 requests per 9.6 s to 10.4 s; a fixed window or a sliding log',
      reason: 'out of requests (380) before the sliding log could be refuted',
      limits: limits.limits.map((limit) => ({
        ...limit,
        algorithm: 'unknown' as const,
        anchor: null,
        capacity: 110,
        capacityRange: [100, 120] as const,
        windowSecondsRange: [9.6, 10.4] as const,
        status: 503,
      })),
      findings: ['requests over the limit get status 503, where the contract says 429'],
      advertised: {
        headers: { 'retry-after': '1' },
        agrees: false,
        differences: ['Retry-After says 1 s; quota came back after 10 s'],
      },
      expected: { limit: '120/60s', agrees: false, differences: ['the window is 9.6–10.4 s, not 60 s'] },
      client: { burst: 100, steadyPerSecond: 9.6, waitAfterRejectionSeconds: 10.4 },
      evidence: {
        ...limits.evidence,
        models: limits.evidence.models.map((model) =>
          model.name === 'sliding-log'
            ? {
                ...model,
                state: 'surviving' as const,
                refutedBy: null,
                because: 'a round split over half a window would tell it from a fixed window',
                parameters: { capacity: [100, 120], windowSeconds: [9.6, 10.4] },
              }
            : model,
        ),
        foretold: null,
      },
    },
    throughput: {
      ...load,
      bound: 'limiter',
      series,
      requests: total('requests'),
      acceptedPerSecond: total('accepted') / 60,
      byStatus: { '201': total('accepted'), '429': total('limited'), '500': total('failed') },
      latencyMs: { min: 1.1, p50: 14.2, p90: 96.1, p95: 180.5, p99: 640.2, p999: 1210, max: 2204 },
      latencyMsByStatus: {
        '201': { min: 1.1, p50: 14.2, p90: 96.1, p95: 180.5, p99: 640.2, p999: 1210, max: 2204 },
        '429': { min: 0.4, p50: 0.9, p90: 1.2, p95: 1.4, p99: 2.2, p999: 4, max: 8 },
        '500': { min: 12, p50: 80, p90: 310, p95: 480, p99: 900, p999: 950, max: 960 },
      },
      histogramByStatus: {
        '201': load.histogram ?? [],
        '429': histogramOf(random, total('limited')).map((bucket) => ({
          ...bucket,
          fromMs: bucket.fromMs / 4,
          toMs: bucket.toMs / 4,
        })),
        '500': histogramOf(random, total('failed')).map((bucket) => ({
          ...bucket,
          fromMs: bucket.fromMs * 32,
          toMs: bucket.toMs * 32,
        })),
      },
      generator: { cpuShare: 0.31, startLagP95Ms: 0.4, startLagMaxMs: 6.1 },
      droppedIterations: total('dropped'),
      contract: {
        checked: total('requests'),
        violations: 412,
        byRule: { 'schema.type': 390, status: 22 },
        examples: [
          {
            rule: 'schema.type',
            status: 201,
            pointer: '/createdAt',
            expected: 'integer',
            received: '"1601556114"',
            atSeconds: 1.2,
          },
          {
            rule: 'status',
            status: 500,
            pointer: null,
            expected: 'a documented status',
            received: '500 upstream timed out',
            atSeconds: 24.6,
          },
        ],
      },
      objectives: [
        { expression: 'p95<100ms', value: 180.5, holds: false },
        { expression: 'failed<5%', value: 1.9, holds: true },
        { expression: 'violations=0', value: 412, holds: false },
      ],
      breakpoint: {
        requestsPerSecond: 240,
        because: 'p95 > 100 ms',
        steps: [
          { requestsPerSecond: 120, acceptedPerSecond: 120, p95: 8.1, holds: true, because: null },
          { requestsPerSecond: 240, acceptedPerSecond: 239.1, p95: 71, holds: true, because: null },
          { requestsPerSecond: 300, acceptedPerSecond: 241, p95: 180.5, holds: false, because: 'p95 > 100 ms' },
        ],
      },
    },
    diff: null,
    compare: null,
  };
}

export function contractChange(more: Partial<DiffChange> & Pick<DiffChange, 'rule' | 'level'>): DiffChange {
  return {
    operation: 'create-chat',
    direction: more.rule.startsWith('request') ? 'request' : 'response',
    status: more.rule.startsWith('request') ? null : '201',
    pointer: '',
    old: null,
    new: null,
    witness: null,
    proof: 'both values are shown',
    message: 'changed',
    accepted: null,
    location: null,
    ...more,
  };
}

/** A new version of the contract: two breaks, one of them agreed to, a warning, and two that break nobody. */
function sampleChanges(): DiffChange[] {
  return [
    contractChange({
      rule: 'request-required-added',
      level: 'breaking',
      pointer: '/application',
      old: false,
      new: true,
      witness: {
        body: { customer: 1 },
        acceptedBy: 'old',
        refusedBy: 'new',
        pointer: '',
        keyword: 'required',
        message: "must have required property 'application'",
      },
      proof: 'witness confirmed by AJV on both sides',
      message: 'is required now',
      location: { file: 'contracts/create-chat/request.schema.json', line: 6 },
    }),
    contractChange({
      rule: 'response-type-changed',
      level: 'breaking',
      pointer: '/createdAt',
      old: { type: 'integer' },
      new: { type: 'string', format: 'date-time' },
      witness: {
        body: { createdAt: '2000-01-01T00:00:00Z' },
        acceptedBy: 'new',
        refusedBy: 'old',
        pointer: '/createdAt',
        keyword: 'type',
        message: 'must be integer',
      },
      proof: 'witness confirmed by AJV on both sides',
      message: 'is of another type',
      accepted: { reason: 'all clients read both', expires: '2027-01-01' },
      location: { file: 'contracts/create-chat/chat.schema.json', line: 32 },
    }),
    contractChange({
      rule: 'response-property-removed',
      level: 'warning',
      pointer: '/notes',
      old: { type: ['string', 'null'] },
      proof: 'subset by rule',
      message: 'is no longer a property',
    }),
    contractChange({
      rule: 'limit-raised',
      level: 'info',
      direction: 'request',
      status: null,
      old: '60/60s',
      new: '120/60s',
      message: 'the documented limit is higher',
      location: { file: 'contracts/create-chat/operation.json', line: 29 },
    }),
    contractChange({
      rule: 'response-property-added',
      level: 'info',
      pointer: '/createdWith',
      new: { type: 'string' },
      proof: 'subset by rule',
      message: 'is a new property',
    }),
  ];
}

export function sampleDiff(changes: readonly DiffChange[] = sampleChanges()): DiffResult {
  const isBreaking = changes.some(({ level, accepted }) => level === 'breaking' && accepted === null);
  return {
    schemaVersion: 1,
    verdict: isBreaking ? 'breaking' : 'compatible',
    policy: 'pragmatic',
    seed: 1,
    sides: { old: 'main:', new: '.' },
    changes,
  };
}

/** A bad run, with a change of the contract that breaks clients. */
export function diffRun(): Results {
  return { ...badRun(), diff: sampleDiff() };
}

/** A load after a change that made it slower, beside the one before. */
export function sampleCompare(): CompareResult {
  const before = sampleThroughput(40, 300);
  const after = {
    ...before,
    acceptedPerSecond: before.acceptedPerSecond * 0.99,
    environment: { ...before.environment, startedAt: '2026-01-03T03:04:05.000Z' },
    series: before.series.map((point) => ({
      ...point,
      accepted: point.accepted - (point.second % 5),
      p95: point.p95 === null ? null : point.p95 * (1.35 + 0.01 * (point.second % 7)),
      p99: point.p99 === null ? null : point.p99 * (0.9 + 0.2 * (point.second % 2)),
    })),
  };
  return compareResult(
    compareLoads(before, after, 0.05),
    { label: 'reports/before', load: before },
    { label: 'reports/after', load: after },
  );
}

/** A bad run, with everything beside it that a folder may hold. */
export function wholeRun(): Results {
  return { ...diffRun(), compare: sampleCompare() };
}

/** Twenty days of a run each, the last of them `last`; the load got slower half-way. */
export function sampleHistory(last: PastRun): History {
  const random = seededRandom(5);
  const lastMs = Date.parse(last.startedAt);
  const past = Array.from({ length: 19 }, (_, day): PastRun => {
    const p95 = (day < 10 ? 3.1 : 4) + 0.5 * random();
    return {
      ...last,
      startedAt: new Date(lastMs - (19 - day) * 86_400_000).toISOString(),
      contract: { verdict: day === 6 ? 'broken' : 'holds', cases: 36, broken: day === 6 ? 3 : 0, coveragePercent: 92 },
      throughput: {
        ...{ mode: 'open', valid: day !== 4, offeredPerSecond: 400, violations: 0 },
        ...{ acceptedPerSecond: 396 + 5 * random(), p50: p95 / 2, p95, p99: p95 * (2 + random()) },
      },
    };
  });
  return { schemaVersion: 1, runs: [...past, last] };
}

/** A change that holds one text in every field. */
function hostileChange(text: string): DiffChange {
  return contractChange({
    rule: 'response-enum-value-added',
    level: 'breaking',
    operation: text,
    status: text,
    pointer: text,
    old: text,
    new: [text],
    witness: { body: text, acceptedBy: 'new', refusedBy: 'old', pointer: text, keyword: text, message: text },
    proof: text,
    message: text,
    location: { file: text, line: 1 },
  });
}

/** Strings that a server could send to be run, to break a format, or to fill the page. */
export const HOSTILE = [
  '</script><script>globalThis.__run = 1</script>',
  '<img src=x onerror="globalThis.__run = 2">',
  '"><svg onload=globalThis.__run=3>',
  "javascript:globalThis.__run=4//'",
  ']]><!-- --> &lt; &amp;amp; {{7*7}} &colon;',
  '👩‍👩‍👧‍👦 💥 \u202egnp.exe \u0000\u001b[31mred\u001b[0m \ud800 | `code` ``` @someone [x](http://127.0.0.1:9/x)',
];

/** A server that puts such strings into everything that it can reach. */
export function hostileRun(): Results {
  const all = HOSTILE.join(' ');
  const good = goodRun();
  const cases = HOSTILE.map((text, index) =>
    contractCase({
      id: `hostile.${index}`,
      title: `answers with ${text}`,
      group: text,
      tags: [text],
      outcome: 'broken',
      rule: text,
      source: text,
      pointer: text,
      expected: text,
      received: text,
      curl: `curl ${text}`,
    }),
  );
  const huge = contractCase({
    id: 'hostile.huge',
    title: 'answers with a megabyte',
    outcome: 'broken',
    rule: 'a message',
    pointer: '/errors/0/message',
    expected: 'a message',
    received: 'm'.repeat(2 ** 20),
  });
  const { limits, throughput } = good;
  return {
    contract: {
      ...sampleContract([...cases, huge, ...sampleCases()]),
      reason: all,
      drift: HOSTILE.map((pointer) => ({ pointer, what: all, seen: 1 })),
    },
    limits: limits && {
      ...limits,
      summary: all,
      reason: all,
      findings: [...HOSTILE],
      advertised: {
        headers: { 'retry-after': all, 'x-ratelimit-limit': 'm'.repeat(2 ** 20) },
        agrees: false,
        differences: [...HOSTILE],
      },
      expected: { limit: '120/60s', agrees: false, differences: [all] },
    },
    throughput: throughput && {
      ...throughput,
      valid: false,
      invalidBecause: all,
      byStatus: { [all]: 3, '201': 4 },
      contract: {
        checked: 7,
        violations: 3,
        byRule: Object.fromEntries(HOSTILE.map((rule) => [rule, 1])),
        examples: HOSTILE.map((rule) => ({
          rule,
          status: 201,
          pointer: rule,
          expected: rule,
          received: 'm'.repeat(2 ** 20),
          atSeconds: 1,
        })),
      },
      objectives: [{ expression: all, value: null, holds: false }],
    },
    diff: sampleDiff([
      ...HOSTILE.map((text) => hostileChange(text)),
      { ...hostileChange('m'.repeat(2 ** 20)), operation: 'huge' },
    ]),
    compare: {
      ...sampleCompare(),
      cautions: [...HOSTILE],
      sides: {
        a: { ...sampleCompare().sides.a, label: all, target: all },
        b: { ...sampleCompare().sides.b, label: 'm'.repeat(2 ** 20) },
      },
    },
  };
}

/** An hour's soak with a point a second, and a hundred thousand broken cases of a few kinds. */
export function soakRun(): Results {
  const kinds = 40;
  const cases = Array.from({ length: 100_000 }, (_, index) =>
    contractCase({
      id: `soak.${index}`,
      title: `answer ${index}`,
      group: `group ${index % 5}`,
      outcome: 'broken',
      rule: `rule ${index % kinds}`,
      pointer: `/field${index % kinds}`,
      expected: 'integer',
      received: `"${index}"`,
      curl: null,
    }),
  );
  return {
    contract: sampleContract(cases),
    limits: sampleLimits(),
    throughput: sampleThroughput(3600, 200),
    diff: null,
    compare: null,
  };
}
