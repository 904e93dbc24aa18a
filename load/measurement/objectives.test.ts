import { expect, test } from 'vitest';
import { k6Thresholds, type Measured, parseObjectives, weigh } from './objectives.ts';

const measured: Measured = {
  latencyMs: { min: 1, p50: 10, p90: 50, p95: 300, p99: 400, p999: 900, max: 2500 },
  counts: { failed: 2, limited: 0, dropped: 10, violations: 1 },
  requests: 990,
  acceptedPerSecond: 98.8,
};

for (const [expression, value, holds] of [
  ['p95<300ms', 300, false],
  ['p95<=300ms', 300, true],
  ['max<3s', 2.5, true],
  ['failed<0.1%', 0.202, false],
  ['failed<1%', 0.202, true],
  // 10 of 1000 arrivals.
  ['dropped<=1%', 1, true],
  ['violations=0', 1, false],
  ['limited=0', 0, true],
  ['accepted>100/s', 98.8, false],
] as const) {
  test(`the objective ${expression} ${holds ? 'holds' : 'does not hold'}`, () => {
    const [objective] = parseObjectives(expression);
    if (objective === undefined) throw new Error('not parsed');
    const found = weigh(objective, measured);
    expect(found.value).toBeCloseTo(value, 3);
    expect(found.holds).toBe(holds);
  });
}

test('an objective on latency does not hold where nothing was accepted', () => {
  expect(parseObjectives('p95<1s').map((one) => weigh(one, { ...measured, latencyMs: null }))).toEqual([
    { value: null, holds: false },
  ]);
});

for (const text of ['p95', 'p95<300', 'p97<3ms', 'failed<x%', 'p95=3ms', 'accepted>5', 'violations<-1']) {
  test(`the objective ${text} is refused`, () => {
    expect(() => parseObjectives(text)).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 2 }));
  });
}

test('objectives become thresholds of k6, the contract always', () => {
  expect(k6Thresholds(parseObjectives('p95<0.3s, p999<2s,failed<0.1%, accepted>5/s'), 'latency')).toEqual({
    assay_contract_violations: ['count==0'],
    latency: ['p(95)<300', 'p(99.9)<2000'],
    http_req_failed: ['rate<0.001'],
  });
});
