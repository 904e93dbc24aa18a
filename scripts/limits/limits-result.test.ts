import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../contracts/lib/operation.ts';
import type { FoundLimit, LimitsVerdict } from '../../load/inference/engine.ts';
import type { LimitsLine } from '../../load/lib/limits-lines.ts';
import { type LimitsResult, writeResult } from '../results/results.ts';
import { type CollectedRun, createCollector } from './collected-run.ts';
import { exitCodeOf, limitsResult, verdictOf } from './limits-result.ts';
import { fixedWindow, unknownWindow, verdictWith } from './verdict-fixture.ts';

const operation: Operation = {
  name: 'create-chat',
  method: 'POST',
  path: '/chats',
  baseUrl: 'https://example.com',
  auth: { scheme: 'bearer' },
  request: { schema: 'request.schema.json' },
  responses: { '201': { schema: 'chat.schema.json' }, '429': { schema: 'errors.schema.json' } },
};
const environment = {
  assay: '0.1.0',
  node: '20.0.0',
  target: 'http://127.0.0.1:1',
  startedAt: '2026-11-24T06:00:00.000Z',
  seed: 1,
};

/** Three requests that were accepted, rejected and not answered, and what was said of them. */
function collected(verdict: LimitsVerdict | null, isFinal: boolean): CollectedRun {
  const collector = createCollector();
  const answer = (number: number, receivedAtMs: number, status: number): LimitsLine => ({
    kind: 'answer',
    number,
    receivedAtMs,
    status,
    error: null,
    headers: {},
    createdId: null,
  });
  collector.take({ kind: 'start', atMs: 1000, wallClockMs: 5000 });
  collector.take({
    kind: 'sent',
    probes: [
      [1, 'valid', 'primary', 1000],
      [2, 'valid', 'primary', 1100],
      [3, 'valid', 'primary', 3000],
    ],
  });
  collector.take(answer(1, 1010, 201));
  collector.take(answer(2, 1110.1234567, 429));
  if (verdict !== null) {
    collector.take({
      kind: 'verdict',
      isFinal,
      atMs: 4000,
      verdict,
      outcomes: 'ar.',
      quota: [
        [1000, 2],
        [4000, -0.1],
      ],
    });
  }
  return collector.run();
}

function result(verdict: LimitsVerdict, more: Partial<Parameters<typeof limitsResult>[0]> = {}): LimitsResult {
  return limitsResult({
    run: collected(verdict, true),
    verdict,
    operation,
    environment,
    expected: null,
    advertised: { headers: {}, agrees: null, differences: [] },
    ...more,
  });
}

describe('limits.json', () => {
  it('has the shape that others rely on, with times from the first request', () => {
    const made = result(verdictWith([{ ...fixedWindow, capacityRange: [100, Number.POSITIVE_INFINITY] }]));
    const out = mkdtempSync(join(tmpdir(), 'assay-test-'));
    try {
      writeResult(out, 'limits', made, (text) => text);
      const read = JSON.parse(readFileSync(join(out, 'limits.json'), 'utf8'));
      expect(read.limits[0].capacityRange).toEqual([100, null]);
      expect(read.evidence.quota).toEqual([
        { atSeconds: 0, remaining: 2 },
        { atSeconds: 3, remaining: 0 },
      ]);
      expect(read.evidence.observations).toEqual([
        [1, 0, 0.01, 201, 'admitted', 'valid', 'primary'],
        [2, 0.1, 0.110123, 429, 'rejected', 'valid', 'primary'],
        [3, 2, 3, null, 'lost', 'valid', 'primary'],
      ]);
      expect(Object.keys(read)).toEqual(
        expect.arrayContaining(['schemaVersion', 'verdict', 'summary', 'reason', 'cost']),
      );
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});

describe('the verdict of a run', () => {
  const bounded = verdictWith([unknownWindow], { verdict: 'bounded', reason: 'two models are left' });
  it('is the final one as it was said', () => {
    expect(verdictOf(collected(bounded, true), null, [201])).toMatchObject({
      verdict: 'bounded',
      reason: 'two models are left',
      cost: bounded.cost,
    });
  });
  it('is the last one said where the run was broken off, with the cost up to then', () => {
    const broken = verdictOf(collected(bounded, false), 'interrupted after 3 requests', [201]);
    expect(broken).toMatchObject({
      verdict: 'bounded',
      reason: 'interrupted after 3 requests; two models are left',
      cost: { requests: 3, accepted: 1, rejected: 1, seconds: 3 },
    });
  });
  it('is not "none" where the budget was not spent', () => {
    const none = verdictWith([], { verdict: 'none' });
    expect(verdictOf(collected(none, false), 'interrupted', [201])).toMatchObject({
      verdict: 'inconclusive',
      reason: 'interrupted',
    });
  });
  it('says nothing where nothing was said', () => {
    expect(verdictOf(collected(null, false), 'interrupted', [201])).toMatchObject({
      verdict: 'inconclusive',
      limits: [],
      reason: 'interrupted',
      cost: { requests: 3, accepted: 1, rejected: 1 },
    });
  });
});

const expecting = (agrees: boolean | null) => ({ expected: { limit: '120/60s', agrees, differences: [] } });
const on503: FoundLimit = { ...fixedWindow, status: 503 };
const codes: [does: string, verdict: LimitsVerdict, more: Partial<Parameters<typeof limitsResult>[0]>, code: number][] =
  [
    ['exact', verdictWith([fixedWindow]), {}, 0],
    ['exact and as expected', verdictWith([fixedWindow]), expecting(true), 0],
    ['exact and not as expected', verdictWith([fixedWindow]), expecting(false), 1],
    ['exact, with an expectation that could not be decided', verdictWith([fixedWindow]), expecting(null), 4],
    ['bounded', verdictWith([unknownWindow], { verdict: 'bounded' }), {}, 0],
    ['bounded with the expectation inside', verdictWith([unknownWindow], { verdict: 'bounded' }), expecting(null), 4],
    ['bounded without the expectation', verdictWith([unknownWindow], { verdict: 'bounded' }), expecting(false), 1],
    ['none', verdictWith([], { verdict: 'none' }), {}, 0],
    [
      'none, where a limit was expected that would have shown',
      verdictWith([], { verdict: 'none' }),
      expecting(false),
      1,
    ],
    [
      'none, where the budget could not show what was expected',
      verdictWith([], { verdict: 'none' }),
      expecting(null),
      4,
    ],
    ['inconclusive', verdictWith([], { verdict: 'inconclusive' }), {}, 4],
    ['another status than the contract names', verdictWith([on503]), expecting(true), 1],
  ];

describe('the exit code', () => {
  it.each(codes)('%s', (_, verdict, more, code) => {
    expect(exitCodeOf(result(verdict, more), operation)).toBe(code);
  });

  it('does not mind the status where the contract names none', () => {
    const silent = { ...operation, responses: { '201': { schema: 'chat.schema.json' } } };
    expect(exitCodeOf(result(verdictWith([on503])), silent)).toBe(0);
  });
});
