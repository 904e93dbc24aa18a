import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBudget, mayCreate, mayHaveCreated, parseBudget, secondsLeftSince } from './budget.ts';

const limits = { maxRequests: null, maxCreated: null, maxSeconds: null };

test('a budget without limits grants all', async () => {
  const budget = createBudget(limits, () => 0);
  expect(await budget.reserve({ requests: 1e9, created: 7 })).toEqual({
    requests: 1e9,
    created: 7,
    secondsLeft: null,
    because: null,
  });
});

test('what is left is granted, and then nothing, with the reason', async () => {
  const budget = createBudget({ ...limits, maxRequests: 10 }, () => 0);
  expect(await budget.reserve({ requests: 7, created: 7 })).toMatchObject({ requests: 7, because: null });
  const because = 'the budget of 10 requests';
  expect(await budget.reserve({ requests: 7, created: 7 })).toMatchObject({ requests: 3, created: 7, because });
  expect(await budget.reserve({ requests: 1, created: 1 })).toMatchObject({ requests: 0, created: 0, because });
});

test('a request that may create something is not granted where nothing may be created; another one is', async () => {
  const budget = createBudget({ ...limits, maxCreated: 0 }, () => 0);
  expect(await budget.reserve({ requests: 1, created: 1 })).toMatchObject({
    requests: 0,
    because: 'the budget of 0 created',
  });
  expect(await budget.reserve({ requests: 1, created: 0 })).toMatchObject({ requests: 1, because: null });
});

test('what was given back is granted once more', async () => {
  const budget = createBudget({ ...limits, maxCreated: 2 }, () => 0);
  await budget.reserve({ requests: 1, created: 2 });
  await budget.release({ requests: 0, created: 1 });
  expect(await budget.reserve({ requests: 1, created: 1 })).toMatchObject({ requests: 1, created: 1, because: null });
  expect(budget.used()).toEqual({ requests: 2, created: 2 });
});

test('after its time nothing is granted', async () => {
  let nowMs = 5000;
  const budget = createBudget({ ...limits, maxSeconds: 3 }, () => nowMs);
  nowMs = 7500;
  expect(await budget.reserve({ requests: 1, created: 1 })).toMatchObject({ requests: 1, secondsLeft: 0.5 });
  nowMs = 8000;
  expect(await budget.reserve({ requests: 1, created: 1 })).toMatchObject({
    requests: 0,
    secondsLeft: 0,
    because: 'the budget of 3 s',
  });
});

test('whatever is asked for and given back, no more is in use than was allowed', () => {
  const step = fc.record({ requests: fc.integer({ min: 1, max: 9 }), created: fc.nat(9), keeps: fc.nat(9) });
  return fc.assert(
    fc.asyncProperty(fc.nat(40), fc.nat(40), fc.array(step), async (maxRequests, maxCreated, steps) => {
      const budget = createBudget({ maxRequests, maxCreated, maxSeconds: null }, () => 0);
      let [requests, created] = [0, 0];
      for (const wanted of steps) {
        const granted = await budget.reserve(wanted);
        expect(granted.because === null).toBe(
          granted.requests === wanted.requests && granted.created === wanted.created,
        );
        const unused = { requests: 0, created: Math.min(granted.created, wanted.keeps) };
        await budget.release(unused);
        requests += granted.requests;
        created += granted.created - unused.created;
        expect(requests).toBeLessThanOrEqual(maxRequests);
        expect(created).toBeLessThanOrEqual(maxCreated);
        expect(budget.used()).toEqual({ requests, created });
      }
    }),
  );
});

test.each([
  ['ASSAY_MAX_REQUESTS', '0'],
  ['ASSAY_MAX_REQUESTS', 'many'],
  ['ASSAY_MAX_REQUESTS', '1.5'],
  ['ASSAY_MAX_CREATED', '-1'],
  ['ASSAY_MAX_CREATED', '9007199254740993'],
  ['ASSAY_MAX_SECONDS', '1m'],
])('%s=%s is refused', (name, text) => {
  expect(() => parseBudget({ [name]: text })).toThrow(expect.objectContaining({ name: 'UserError', exitCode: 2 }));
});

test('budgets are read from the environment', () => {
  const env = { ASSAY_MAX_REQUESTS: '10', ASSAY_MAX_CREATED: '0', ASSAY_MAX_SECONDS: '0.5' };
  expect(parseBudget(env)).toEqual({ maxRequests: 10, maxCreated: 0, maxSeconds: 0.5 });
  expect(parseBudget({})).toEqual(limits);
});

test('only safe methods create nothing for sure, and only answers that refuse', () => {
  expect(['GET', 'head', 'OPTIONS', 'POST', 'PUT', 'DELETE'].map(mayCreate)).toEqual([
    ...[false, false, false, true, true, true],
  ]);
  expect([null, 0, 201, 302, 303, 500, 503].map(mayHaveCreated)).toEqual(Array(7).fill(true));
  expect([307, 308, 400, 401, 429, 499].map(mayHaveCreated)).toEqual(Array(6).fill(false));
});

test.each([
  ['a start of a second and a half', 1000, 2500, 6.5],
  ['no time at all', 1000, 1000, 8],
  ['a start that took all the time', 1000, 11_000, 0],
  ['a clock that was set back', 5_000_000, 1000, 8],
  ['a clock that was set an hour ahead', 1000, 3_601_000, 8],
])('%s is taken off the time of a budget', (_, sinceMs, nowMs, left) => {
  expect(secondsLeftSince(8, sinceMs, nowMs)).toBe(left);
});
