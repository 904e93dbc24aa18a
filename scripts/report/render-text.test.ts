import { expect, test } from 'vitest';
import { badRun, diffRun, goodRun, hostileRun, noResults, sampleLimits } from '../results/sample-results.fixture.ts';
import { reportModel } from './model.ts';
import { renderText } from './render-text.ts';

const ledger = {
  ...{ created: 412, byPhase: { contract: 6, limits: 406 }, byCase: {} },
  ...{ firstAt: null, lastAt: null, withoutId: 0, damagedLines: 0 },
};

test('the summary of a good run', () => {
  expect(renderText(reportModel(goodRun(), ledger), { color: false })).toBe(`\
POST /chats on http://127.0.0.1:40123/v1 (embedded)

  ✓ contract    Holds      35 of 35 asserted cases hold. 36 of 36 cases that
                           should reach the endpoint did. Besides: 1 observed,
                           which the documents leave open.
  ✓ limits      Exact      120 requests per 10 s. Fixed window from the first
                           request. First rejection: request 121, after 0.036 s.
                           As expected (120/10s).
  ✓ throughput  Holds      399.6 requests/s accepted. p95 is 4.13 ms over 11,989
                           requests in 30 s. Every response kept the contract.
                           Neither limiter nor capacity was reached: it may bear
                           more.

  412 things created on the server; created.jsonl lists them
`);
});

test('a part that was not run is named as such', () => {
  const model = reportModel({ ...noResults, limits: sampleLimits() }, null);
  const text = renderText(model, { color: false });
  expect(text).toContain('  – contract    Not run    assay contract runs the cases.');
  expect(text).toContain('  – throughput  Not run');
});

test('what a new version breaks is told with the body that proves it', () => {
  const model = reportModel({ ...noResults, diff: diffRun().diff }, null);
  expect(renderText(model, { color: false })).toContain(`\
  ✗ diff        Breaking   1 of 5 changes breaks clients. Request /application
                           is required now. {"customer":1} was valid, and is
                           refused now: it must have required property
`);
});

test('the summary fits a screen of 80 columns and 24 lines, and lets nothing of a server move the cursor', () => {
  for (const run of [goodRun(), badRun(), diffRun(), hostileRun()]) {
    const text = renderText(reportModel(run, ledger), { color: false });
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(22);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(text).not.toMatch(/[\u202a-\u202e]/);
  }
});

test('colour is put on only where it is asked for, and changes no character', () => {
  const model = reportModel(badRun(), ledger);
  const plain = renderText(model, { color: false });
  const colored = renderText(model, { color: true });
  const introducer = String.fromCharCode(27);
  expect(colored.split(introducer)).toHaveLength(7);
  expect(colored.replaceAll(new RegExp(`${introducer}\\[\\d+m`, 'g'), '')).toBe(plain);
});
