import { expect, test } from 'vitest';
import { readContract } from '../lib/read-contract.ts';
import { parseBaseline } from './baseline.ts';
import type { CaseRecord } from './record.ts';
import { contractResult, type ResultInput } from './result.ts';

const contract = readContract('contracts/create-chat');

function record(
  id: string,
  more: Partial<Omit<CaseRecord, 'case'>> & { case?: Partial<CaseRecord['case']> } = {},
): CaseRecord {
  return {
    isAuthorized: true,
    notReachedBecause: null,
    breaks: null,
    keeps: [],
    statuses: [201],
    drift: [],
    createdIds: [],
    responses: [],
    waits: 0,
    ...more,
    case: {
      id,
      title: id,
      group: 'positive',
      tags: [],
      outcome: 'holds',
      rule: null,
      source: null,
      pointer: null,
      expected: null,
      received: null,
      curl: null,
      rerun: null,
      status: 201,
      milliseconds: 1,
      violations: [],
      baseline: null,
      ...more.case,
    },
  };
}

const violation = { rule: 'status', source: null, pointer: null, expected: '201', received: '500' };
const broken = (id: string, baseline: CaseRecord['case']['baseline'] = null) =>
  record(id, { case: { outcome: 'broken', violations: [violation], baseline } });
const lost = (id: string) =>
  record(id, { notReachedBecause: 'the limit still answered 429 after 4 waits', case: { outcome: 'not-reached' } });

function result(records: CaseRecord[], more: Partial<ResultInput> = {}) {
  return contractResult({
    contract,
    records,
    order: records.map((one) => one.case.id),
    own: [],
    baseline: null,
    gates: { isStrict: false, minCoveragePercent: 0, minReachedPercent: 95 },
    created: 0,
    isInterrupted: false,
    notes: [],
    environment: {
      assay: '0',
      node: '20',
      playwright: '1',
      contract: 'c',
      method: 'POST',
      path: '/',
      target: 'http://127.0.0.1',
      embedded: true,
      startedAt: '',
      seconds: 1,
      part: null,
      seed: 1,
    },
    ...more,
  });
}

const many = (count: number, make: (id: string) => CaseRecord, prefix = 'a') =>
  Array.from({ length: count }, (_, at) => make(`${prefix}${at}`));

test('a run of which too few cases reached the endpoint is no green', () => {
  expect(result(many(20, record)).verdict).toBe('holds');
  const few = result([...many(18, record), ...many(2, lost, 'b')]);
  expect(few).toMatchObject({ verdict: 'undecided', reached: { cases: 18, ofCases: 20 } });
  expect(few.reason).toBe(
    'only 18 of 20 cases got past authentication and limit, at least 95 % have to (the limit still answered 429 after 4 waits)',
  );
  expect(result([...many(19, record), lost('b')]).verdict).toBe('holds');
  expect(result(many(3, lost)).verdict).toBe('undecided');
  expect(result([]).verdict).toBe('undecided');
});

test('a finding is a finding, however little was reached', () => {
  expect(result([broken('a'), ...many(9, lost)]).verdict).toBe('broken');
});

test('a finding that the baseline knows is none; expired and unneeded entries are told', () => {
  const entry = { reason: 'ticket 1', expires: '2026-06-30' };
  const baseline = parseBaseline(
    JSON.stringify({
      entries: [
        { case: 'a', ...entry },
        { case: 'fixed', ...entry },
        { case: 'old', ...entry, expires: '2026-01-01' },
        { case: 'did-not-run', ...entry },
      ],
    }),
    'baseline.json',
    '2026-06-01',
  );
  const told = result([broken('a', entry), record('fixed'), broken('old')], { baseline });
  expect(told.verdict).toBe('broken');
  expect(told.baseline).toMatchObject({
    used: ['a'],
    expired: [{ case: 'old', expires: '2026-01-01' }],
    unneeded: [{ case: 'fixed' }],
  });
  expect(result([broken('a', entry), ...many(3, record)], { baseline }).verdict).toBe('holds');
});

test('an id that two cases were given is a finding of the second', () => {
  const told = result([record('a', { createdIds: [7, 8] }), record('b', { createdIds: [9, 7] })]);
  expect(told.cases.map((one) => one.outcome)).toEqual(['holds', 'broken']);
  expect(told.cases[1]).toMatchObject({ rule: 'created.id', received: '7, which a was given too' });
});

test('drift is a warning, and a finding when strict', () => {
  const drifting = [
    record('a', { drift: [{ what: 'a field of 201 that is not documented', pointer: '/extra' }] }),
    record('b', { drift: [{ what: 'a field of 201 that is not documented', pointer: '/extra' }] }),
  ];
  expect(result(drifting)).toMatchObject({
    verdict: 'holds',
    drift: [{ pointer: '/extra', what: 'a field of 201 that is not documented', seen: 2 }],
  });
  const strict = result(drifting, { gates: { isStrict: true, minCoveragePercent: 0, minReachedPercent: 95 } });
  expect(strict).toMatchObject({ verdict: 'broken', reason: expect.stringContaining('--strict') });
});

test('coverage counts each keyword kept and broken, and each documented status; not what was not reached', () => {
  const rule = 'request.schema.json#/properties/customer/type';
  const other = 'request.schema.json#/required';
  const told = result([
    record('a', { keeps: [rule, other] }),
    record('b', { breaks: rule, statuses: [400] }),
    record('c', { breaks: other, statuses: [], case: { outcome: 'not-reached' } }),
  ]).coverage;
  // kept 2 of 2, broken 1 of 2, statuses 201 and 400 of 201, 400, 401, 429: 5 of 8.
  expect(told.percent).toBe(62.5);
  expect(told.rules).toEqual([
    { rule, kept: 1, broke: 1, cases: 2, broken: 0 },
    { rule: other, kept: 1, broke: 0, cases: 1, broken: 0 },
  ]);
  const gated = result([record('a', { keeps: [rule] }), record('b', { breaks: rule })], {
    gates: { isStrict: false, minCoveragePercent: 90, minReachedPercent: 95 },
  });
  expect(gated).toMatchObject({
    verdict: 'broken',
    reason: 'the cases cover 50 % of the contract, less than the 90 % asked for',
  });
});

test('precedence is told from the status that came', () => {
  const seen = (id: string, status: number) =>
    record(id, { isAuthorized: false, case: { outcome: 'observed', status, group: 'precedence' } });
  expect(
    result([seen('precedence.authentication-validation', 401), seen('precedence.limit-validation', 429)]).precedence,
  ).toMatchObject([
    { between: ['authentication', 'validation'], first: 'authentication', status: 401 },
    { between: ['limit', 'validation'], first: 'limit', status: 429 },
  ]);
});

test('an interrupted run is undecided, unless it found something', () => {
  expect(result(many(3, record), { isInterrupted: true }).verdict).toBe('undecided');
  expect(result([broken('a')], { isInterrupted: true }).verdict).toBe('broken');
});
