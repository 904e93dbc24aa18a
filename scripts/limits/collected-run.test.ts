import { describe, expect, it } from 'vitest';
import { createCollector } from './collected-run.ts';
import { unknownWindow, verdictWith } from './verdict-fixture.ts';

describe('what the script said', () => {
  it('is put together, whatever comes in between', () => {
    const collector = createCollector();
    collector.take({ kind: 'start', atMs: 5, wallClockMs: 1_000_005 });
    collector.take({
      kind: 'sent',
      probes: [
        [1, 'valid', 'primary', 10],
        [2, 'invalid', 'second-key', 11],
      ],
    });
    collector.take({
      kind: 'answer',
      number: 2,
      receivedAtMs: 20,
      status: 429,
      error: null,
      headers: { 'retry-after': '1' },
      createdId: null,
    });
    const progress = { phase: 'first burst', known: 'nothing', secondsLeft: null, requests: 2 };
    collector.take({ kind: 'progress', atMs: 30, progress });
    expect(collector.run()).toEqual({
      wallClockAtZeroMs: 1_000_000,
      requests: [
        { number: 1, kind: 'valid', identity: 'primary', sentAtMs: 10, receivedAtMs: null, status: null, headers: {} },
        {
          number: 2,
          kind: 'invalid',
          identity: 'second-key',
          sentAtMs: 11,
          receivedAtMs: 20,
          status: 429,
          headers: { 'retry-after': '1' },
        },
      ],
      verdict: null,
      progress,
      unusable: null,
      bug: null,
      lastAtMs: 30,
    });
  });

  it('has Infinity where JSON has none, and what became of each request', () => {
    const collector = createCollector();
    const verdict = verdictWith([{ ...unknownWindow, windowSecondsRange: [1, Number.POSITIVE_INFINITY] }], {
      evidence: {
        models: [
          {
            name: 'a',
            title: 'A',
            state: 'surviving',
            refutedBy: null,
            because: '',
            parameters: { windowMs: [1, Number.POSITIVE_INFINITY] },
          },
        ],
        foretold: null,
        quota: () => 1,
      },
    });
    collector.take(
      JSON.parse(
        JSON.stringify({ kind: 'verdict', isFinal: false, atMs: 1, verdict, outcomes: 'ar.lo', quota: [[1, 2]] }),
      ),
    );
    const said = collector.run().verdict;
    expect(said?.verdict).toEqual({ ...verdict, evidence: { ...verdict.evidence, quota: null } });
    expect([...(said?.outcomes ?? [])]).toEqual([
      [1, 'admitted'],
      [2, 'rejected'],
      [4, 'lost'],
      [5, 'other'],
    ]);
  });

  it('cannot hold an answer to a request that was not sent', () => {
    const answer = {
      kind: 'answer',
      number: 1,
      receivedAtMs: 1,
      status: 201,
      error: null,
      headers: {},
      createdId: null,
    } as const;
    expect(() => createCollector().take(answer)).toThrow('request 1 before it was sent');
  });
});
