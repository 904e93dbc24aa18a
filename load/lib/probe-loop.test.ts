import { describe, expect, it } from 'vitest';
import {
  type Answer,
  createEngine,
  type Engine,
  type LimitsVerdict,
  type Observation,
  type Probe,
  type Step,
} from '../inference/engine.ts';
import { OPTIONS } from '../inference/testing/judge.ts';
import type { LimitsLine, ProbeAnswer } from './limits-lines.ts';
import type { Unread } from './mailbox.ts';
import { type LoopPorts, runProbes } from './probe-loop.ts';

/** A clock that jumps to the next event once nothing else is left to do. */
function virtualWorld(
  answer: (probe: Probe, nowMs: number) => { afterMs: number; status: number | null; readingMs?: number },
) {
  let nowMs = 1000;
  const events: { atMs: number; run: () => void }[] = [];
  const lines: LimitsLine[] = [];
  const after = (durationMs: number) => {
    let cancel = () => {};
    const done = new Promise<void>((resolve) => {
      const event = { atMs: nowMs + Math.max(0, durationMs), run: resolve };
      events.push(event);
      cancel = () => void events.splice(events.indexOf(event), events.includes(event) ? 1 : 0);
    });
    return { done, cancel };
  };
  const ports: LoopPorts = {
    nowMs: () => nowMs,
    startTimer: after,
    requestTimeoutMs: 15_000,
    send: async (probe, timeoutMs): Promise<Unread<ProbeAnswer>> => {
      const answered = answer(probe, nowMs);
      const isLost = answered.afterMs > timeoutMs;
      const { readingMs = 0 } = answered;
      const status = isLost ? null : answered.status;
      await after(Math.min(answered.afterMs, timeoutMs)).done;
      const error = status === null ? 'lost' : null;
      return () => {
        nowMs += readingMs;
        return { status, error, headers: {}, createdId: status === 201 ? probe.id : null };
      };
    },
    say: (line) => void lines.push(JSON.parse(JSON.stringify(line)) as LimitsLine),
  };
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const settled = work.finally(() => {
      isDone = true;
    });
    settled.catch(() => {});
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isDone) return settled;
      events.sort((a, b) => a.atMs - b.atMs);
      const next = events.shift();
      if (next === undefined) throw new Error('the loop waits for nothing');
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
    }
  };
  const advance = (durationMs: number) => {
    nowMs += durationMs;
  };
  return { ports, lines, run, advance, pending: () => events.length };
}

const verdict: LimitsVerdict = {
  verdict: 'bounded',
  summary: '',
  reason: null,
  firstRejection: null,
  limits: [],
  countsInvalid: null,
  countsUnauthorized: null,
  scope: null,
  penaltySeconds: null,
  overAdmission: null,
  client: null,
  findings: [],
  cost: { requests: 0, accepted: 0, rejected: 0, seconds: 0 },
  evidence: { models: [], foretold: null, quota: (atMs) => 10 - atMs / 1000 },
};

/** An engine that follows a script of steps; a step may be made from the time. */
function scripted(
  steps: (Step | ((nowMs: number, engine: Engine & { answers: Answer[] }) => Step | null))[],
): Engine & { answers: Answer[]; sentAtMs: Map<number, number> } {
  const answers: Answer[] = [];
  const sentAtMs = new Map<number, number>();
  const rest = [...steps];
  const next = (nowMs: number): Step => {
    const [first] = rest;
    if (first === undefined) return { kind: 'done' };
    if (typeof first !== 'function') {
      rest.shift();
      return first;
    }
    const step = first(nowMs, engine);
    if (step !== null) return step;
    rest.shift();
    return next(nowMs);
  };
  const engine = {
    answers,
    sentAtMs,
    next,
    sent: (id: number, atMs: number) => void sentAtMs.set(id, atMs),
    observe: (answer: Answer) => void answers.push(answer),
    progress: () => ({ phase: 'first burst', known: 'nothing', secondsLeft: null, requests: sentAtMs.size }),
    verdict: () => verdict,
    observations: (): Observation[] =>
      answers
        .map(
          (answer): Observation => ({
            number: answer.id,
            kind: 'valid',
            identity: 'primary',
            sentAtMs: sentAtMs.get(answer.id) ?? 0,
            receivedAtMs: answer.receivedAtMs,
            status: answer.status,
            outcome: answer.lost ? 'lost' : 'admitted',
          }),
        )
        .sort((a, b) => a.number - b.number),
  };
  return engine;
}

const probes = (...ids: number[]): Step => ({
  kind: 'send',
  probes: ids.map((id) => ({ id, kind: 'valid', identity: 'primary' })),
});
const untilAnswered =
  (count: number) =>
  (_: number, engine: { answers: Answer[] }): Step | null =>
    engine.answers.length < count ? { kind: 'wait', untilMs: Number.POSITIVE_INFINITY } : null;
const until =
  (atMs: number) =>
  (nowMs: number): Step | null =>
    nowMs < atMs ? { kind: 'wait', untilMs: atMs } : null;

describe('the loop between engine and server', () => {
  it('sends all of a step at once and gives the engine each answer when it comes', async () => {
    const engine = scripted([probes(1, 2, 3), untilAnswered(3)]);
    const world = virtualWorld((probe) => ({ afterMs: 100 - 10 * probe.id, status: 201 }));
    await world.run(runProbes(engine, world.ports));
    expect([...engine.sentAtMs]).toEqual([
      [1, 1000],
      [2, 1000],
      [3, 1000],
    ]);
    expect(engine.answers.map(({ id, receivedAtMs }) => [id, receivedAtMs])).toEqual([
      [3, 1070],
      [2, 1080],
      [1, 1090],
    ]);
    expect(
      world.lines.filter(({ kind }) => kind === 'sent' || kind === 'answer').map((line) => JSON.stringify(line)),
    ).toEqual([
      '{"kind":"sent","probes":[[1,"valid","primary",1000],[2,"valid","primary",1000],[3,"valid","primary",1000]]}',
      '{"kind":"answer","number":3,"receivedAtMs":1070,"status":201,"error":null,"headers":{},"createdId":3}',
      '{"kind":"answer","number":2,"receivedAtMs":1080,"status":201,"error":null,"headers":{},"createdId":2}',
      '{"kind":"answer","number":1,"receivedAtMs":1090,"status":201,"error":null,"headers":{},"createdId":1}',
    ]);
  });

  it('waits until the time that is asked for, or until an answer comes', async () => {
    const asked: number[] = [];
    const engine = scripted([
      probes(1),
      (nowMs) => {
        asked.push(nowMs);
        return nowMs < 1500 ? { kind: 'wait', untilMs: 1500 } : null;
      },
    ]);
    const world = virtualWorld(() => ({ afterMs: 200, status: 201 }));
    await world.run(runProbes(engine, world.ports));
    expect(asked).toEqual([1000, 1200, 1500]);
  });

  it('sees answers that come together at their time, however long it takes to read one', async () => {
    const engine = scripted([probes(1, 2, 3), untilAnswered(3)]);
    const world = virtualWorld(() => ({ afterMs: 20, status: 201, readingMs: 7 }));
    await world.run(runProbes(engine, world.ports));
    expect(engine.answers.map(({ receivedAtMs }) => receivedAtMs)).toEqual([1020, 1020, 1020]);
  });

  it('lets answers come in before an engine thinks that is slow', async () => {
    const engine = scripted([probes(1, 2, 3), untilAnswered(3)]);
    const { next } = engine;
    const world = virtualWorld((probe) => ({ afterMs: 10 * probe.id, status: 201 }));
    engine.next = (nowMs) => {
      world.advance(40);
      return next(nowMs);
    };
    await world.run(runProbes(engine, world.ports));
    // Sent after 40 ms of thought; all are seen when they come, none after another thought.
    expect(engine.answers.map(({ receivedAtMs }) => receivedAtMs)).toEqual([1050, 1060, 1070]);
  });

  it('waits for such answers no longer than twice the time of a thought', async () => {
    const engine = scripted([probes(1), until(1100), probes(2), untilAnswered(2)]);
    const { next } = engine;
    const world = virtualWorld(() => ({ afterMs: 5000, status: 201 }));
    engine.next = (nowMs) => {
      world.advance(40);
      return next(nowMs);
    };
    await world.run(runProbes(engine, world.ports));
    // 40 ms, sent, 80 ms of waiting, 40 ms in which the engine, asked at 1120, has its next step.
    expect([...engine.sentAtMs]).toEqual([
      [1, 1040],
      [2, 1160],
    ]);
  });

  it('leaves no timer behind, for which k6 would wait', async () => {
    const engine = scripted([
      probes(1),
      (_, { answers }) => (answers.length === 0 ? { kind: 'wait', untilMs: 60_000 } : null),
    ]);
    const world = virtualWorld(() => ({ afterMs: 200, status: 201 }));
    await world.run(runProbes(engine, world.ports));
    expect(world.pending()).toBe(0);
  });

  it('waits at the end for what is in flight, so that all that was created is known', async () => {
    const engine = scripted([probes(1)]);
    const world = virtualWorld(() => ({ afterMs: 5000, status: 201 }));
    await world.run(runProbes(engine, world.ports));
    expect(engine.answers).toHaveLength(1);
    expect(world.lines.at(-1)).toMatchObject({ kind: 'verdict', isFinal: true, outcomes: 'a' });
  });

  it('gives up at the end of its time what is in flight', async () => {
    const engine = scripted([probes(1), until(3000), probes(2)]);
    const world = virtualWorld(() => ({ afterMs: 12_000, status: 201 }));
    await world.run(runProbes(engine, { ...world.ports, endsAtMs: 5000 }));
    expect(engine.answers.map(({ id, receivedAtMs, lost }) => [id, receivedAtMs, lost])).toEqual([
      [1, 5000, true],
      [2, 5000, true],
    ]);
  });

  it.each([
    [40, 100],
    [400, 7],
    [2500, 3],
  ])('with the engine sends nothing after its time, and leaves time for answers of %i ms', async (afterMs, least) => {
    const maxSeconds = 8;
    const engine = createEngine({ ...OPTIONS, budget: { maxRequests: 5000, maxSeconds } });
    const world = virtualWorld(() => ({ afterMs, status: 201 }));
    const { verdict: found } = await world.run(
      runProbes(engine, { ...world.ports, endsAtMs: 1000 + maxSeconds * 1000 }),
    );
    const seen = engine.observations();
    expect(found.verdict).toBe('none');
    expect(seen.length).toBeGreaterThanOrEqual(least);
    expect(seen.filter(({ outcome }) => outcome !== 'admitted')).toEqual([]);
    expect(Math.max(...seen.map(({ receivedAtMs }) => receivedAtMs))).toBeLessThanOrEqual(9000);
  });

  it('says a lost request as lost', async () => {
    const engine = scripted([probes(1), untilAnswered(1)]);
    const world = virtualWorld(() => ({ afterMs: 15_000, status: null }));
    await world.run(runProbes(engine, world.ports));
    expect(engine.answers).toMatchObject([{ id: 1, lost: true, status: null }]);
    expect(world.lines.slice(-2)).toMatchObject([{ kind: 'verdict', outcomes: 'l' }, { kind: 'unusable' }]);
  });

  it('sends nothing more after a stop, and takes the answers that are on their way', async () => {
    const engine = scripted([probes(1, 2, 3), until(2000), probes(4)]);
    const world = virtualWorld((probe) => ({ afterMs: probe.id === 3 ? 60_000 : 500 * probe.id, status: 201 }));
    const whenStopped = world.ports.startTimer(600).done;
    await world.run(runProbes(engine, { ...world.ports, whenStopped }));
    expect([...engine.sentAtMs.keys()]).toEqual([1, 2, 3]);
    expect(engine.answers.map(({ id }) => id)).toEqual([1, 2]);
    // It does not count as the last word.
    expect(world.lines.at(-1)).toMatchObject({ kind: 'verdict', isFinal: false, atMs: 3600 });
  });

  it('says a verdict each second, in pauses, when something was observed', async () => {
    const engine = scripted([probes(1), until(3000), probes(2), until(3001), until(3600), until(20_000)]);
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    await world.run(runProbes(engine, world.ports));
    const said = world.lines.flatMap((line) =>
      line.kind === 'verdict' ? [[line.atMs, line.isFinal, line.outcomes]] : [],
    );
    // 1020 is too early; then nothing is asked until 3000, where the next request must not wait for a verdict.
    expect(said).toEqual([
      [3020, false, 'aa'],
      [20_000, true, 'aa'],
    ]);
  });

  it('takes the pause after an answer that was waited for as one', async () => {
    const busy = Array.from({ length: 20 }, (_, index) => [
      probes(index + 1),
      untilAnswered(index + 1),
      until(1000 + 100 * (index + 1)),
    ]).flat();
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    await world.run(runProbes(scripted(busy), world.ports));
    expect(world.lines.flatMap((line) => (line.kind === 'verdict' ? [line.atMs] : []))).toEqual([2020, 3000]);
  });

  it('says a verdict between requests when there is no pause for long', async () => {
    const busy = Array.from({ length: 1200 }, (_, index) => [probes(index + 1), untilAnswered(index + 1)]).flat();
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    await world.run(runProbes(scripted(busy), world.ports));
    const said = world.lines.flatMap((line) => (line.kind === 'verdict' ? [line.atMs] : []));
    expect(said).toEqual([11_000, 21_000, 25_000]);
  });

  it('leaves short pauses alone until a verdict is overdue', async () => {
    const steps = Array.from({ length: 100 }, (_, index) => [
      probes(index + 1),
      untilAnswered(index + 1),
      until(1000 + 50 * (index + 1)),
    ]).flat();
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    await world.run(runProbes(scripted(steps), world.ports));
    expect(world.lines.flatMap((line) => (line.kind === 'verdict' ? [line.atMs] : []))).toEqual([4020, 6000]);
  });

  it('says a slow verdict only where there is time for it, and seldom', async () => {
    const steps = Array.from({ length: 60 }, (_, index) => [
      probes(index + 1),
      untilAnswered(index + 1),
      until(1000 + 500 * (index + 1)),
    ]).flat();
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    const engine = scripted(steps);
    const made: number[] = [];
    engine.verdict = () => {
      made.push(world.ports.nowMs());
      world.advance(300);
      return verdict;
    };
    await world.run(runProbes(engine, world.ports));
    // 300 ms are 5 % of 6 s; each time it comes in the pause after an answer.
    expect(made).toEqual([2020, 8520, 15_020, 21_520, 28_020, 31_000]);
  });

  it('says progress that takes long to put into words seldom', async () => {
    const busy = (atMs: number): Step[] => Array.from({ length: 200 }, () => ({ kind: 'wait', untilMs: atMs }));
    const engine = scripted([probes(1), untilAnswered(1), ...busy(0), until(9000)]);
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    const { next } = engine;
    engine.progress = () => {
      world.advance(50);
      return { phase: 'round 1', known: 'nothing', secondsLeft: null, requests: 1 };
    };
    // Each step of computing takes 10 ms, and 200 of them 2 s.
    engine.next = (nowMs) => {
      world.advance(10);
      return next(nowMs);
    };
    await world.run(runProbes(engine, world.ports));
    const said = world.lines.flatMap((line) => (line.kind === 'progress' && line.atMs < 3000 ? [line.atMs] : []));
    expect(said.length).toBeGreaterThan(1);
    expect(said.length).toBeLessThanOrEqual(3);
  });

  it('samples the quota over the whole run with the final verdict', async () => {
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    await world.run(runProbes(scripted([probes(1), until(4000)]), world.ports));
    const final = world.lines.at(-1);
    if (final?.kind !== 'verdict') throw new Error('no verdict');
    expect(final.quota.at(0)).toEqual([1000, 9]);
    expect(final.quota.at(-1)).toEqual([4000, 6]);
    expect(final.quota.length).toBeGreaterThan(300);
    expect(final.quota.map(([atMs]) => atMs)).toEqual(final.quota.map(([atMs]) => atMs).toSorted((a, b) => a - b));
  });

  it('breaks off where the target is of no use', async () => {
    const endless = Array.from({ length: 50 }, (_, index) => [probes(index + 1), untilAnswered(index + 1)]).flat();
    const world = virtualWorld(() => ({ afterMs: 20, status: 401 }));
    const end = await world.run(runProbes(scripted(endless), world.ports));
    expect(end.unusable).toBe('it answers 401 to a valid request: the API key is not accepted');
    expect(world.lines.filter(({ kind }) => kind === 'sent')).toHaveLength(3);
    expect(world.lines.at(-1)).toMatchObject({ kind: 'unusable' });
  });

  it('does not take wrong keys and invalid bodies for a useless target', async () => {
    const probe = (id: number): Step => ({ kind: 'send', probes: [{ id, kind: 'invalid', identity: 'primary' }] });
    const steps = [1, 2, 3, 4, 5].flatMap((id) => [probe(id), untilAnswered(id)]);
    const world = virtualWorld(() => ({ afterMs: 20, status: 400 }));
    expect((await world.run(runProbes(scripted(steps), world.ports))).unusable).toBeNull();
  });

  it.each([1, 2])('fails with the engine when that cannot bear answer %i', async (number) => {
    const engine = scripted([probes(1, 2), untilAnswered(1)]);
    engine.observe = ({ id }) => {
      if (id === number) throw new Error('what is this?');
      engine.answers.push({ id, receivedAtMs: 0, status: 201, lost: false, headers: {} });
    };
    const world = virtualWorld((probe) => ({ afterMs: 20 * probe.id, status: 201 }));
    await expect(world.run(runProbes(engine, world.ports))).rejects.toThrow('what is this?');
  });

  it('fails loudly when the engine waits for an answer that cannot come', async () => {
    const world = virtualWorld(() => ({ afterMs: 20, status: 201 }));
    const engine = scripted([{ kind: 'wait', untilMs: Number.POSITIVE_INFINITY }]);
    await expect(world.run(runProbes(engine, world.ports))).rejects.toThrow('no request is in flight');
  });
});
