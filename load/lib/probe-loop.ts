import type { Engine, LimitsVerdict, Outcome, Probe, QuotaFunction, Step } from '../inference/engine.ts';
import { firstAnswers } from './first-answers.ts';
import { type LimitsLine, OUTCOME_LETTERS, type ProbeAnswer, type SentProbe } from './limits-lines.ts';
import { createMailbox, type Unread } from './mailbox.ts';

/**
 * Lets an engine have its way with a server: sends what it asks for, waits as it says, gives it the answers, and says
 * aloud what happens. The clock, the network and the listener are ports.
 */
export interface LoopPorts {
  /** Monotonic. */
  nowMs(): number;
  startTimer(durationMs: number): { readonly done: Promise<void>; cancel(): void };
  /** Goes out before this returns; never rejects, and is given up after `timeoutMs`. */
  send(probe: Probe, timeoutMs: number): Promise<Unread<ProbeAnswer>>;
  /** Longest time for one answer. */
  readonly requestTimeoutMs: number;
  /** When all answers are there or given up; left out: never. */
  readonly endsAtMs?: number;
  say(line: LimitsLine): void;
  /** Resolves when nothing more is to be sent; left out: never. */
  readonly whenStopped?: Promise<void>;
}

export interface LoopEnd {
  readonly verdict: LimitsVerdict;
  /** Why it was broken off; null when the engine was done. */
  readonly unusable: string | null;
}

const PROGRESS_EVERY_MS = 200;
const VERDICT_EVERY_MS = 1000;
/** A verdict takes no more than this share of the time, and progress takes no more than that either. */
const VERDICT_SHARE = 0.05;
/** Below this, thinking delays nothing that could be measured. */
const MIN_SETTLE_MS = 1;
const MAX_SETTLE_MS = 250;
/** A pause that short is left alone: a verdict within it could delay the next request. */
const MIN_PAUSE_MS = 50;
/** Without such a pause for so long, a shorter one will do: the next request goes out late. */
const VERDICT_OVERDUE_MS = 3000;
/** And without any, one is said while answers come in, which are then seen late. */
const VERDICT_LONG_OVERDUE_MS = 10_000;

/** After a stop answers are waited for so long. */
const LAST_ANSWERS_MS = 2000;

export async function runProbes(engine: Engine, ports: LoopPorts): Promise<LoopEnd> {
  const first = firstAnswers();
  const mailbox = createMailbox<ProbeAnswer>(ports.nowMs);
  const probes = new Map<number, Probe>();
  const reporter = startReporter(engine, ports);
  let isStopped = false;
  void ports.whenStopped?.then(() => {
    isStopped = true;
    mailbox.wake();
  });

  const start = (toSend: readonly Probe[]) => {
    const sent: SentProbe[] = [];
    for (const probe of toSend) {
      probes.set(probe.id, probe);
      const sentAtMs = ports.nowMs();
      engine.sent(probe.id, sentAtMs);
      const leftMs = Math.max(1, Math.floor((ports.endsAtMs ?? Number.POSITIVE_INFINITY) - sentAtMs));
      mailbox.expect(probe.id, ports.send(probe, Math.min(ports.requestTimeoutMs, leftMs)));
      sent.push([probe.id, probe.kind, probe.identity, sentAtMs]);
    }
    ports.say({ kind: 'sent', probes: sent });
  };
  const read = () => {
    for (const { number, receivedAtMs, read } of mailbox.take()) {
      const answer = read();
      const { status, error, headers } = answer;
      ports.say({ kind: 'answer', number, receivedAtMs, ...answer });
      const probe = probes.get(number);
      if (probe?.kind === 'valid' && probe.identity === 'primary') first.take(status, error);
      engine.observe({ id: number, receivedAtMs, status, lost: status === null, headers });
    }
  };
  const nextArrivalOr = async (untilMs: number) => {
    if (untilMs === Number.POSITIVE_INFINITY) return mailbox.nextArrival();
    const timer = ports.startTimer(untilMs - ports.nowMs());
    await Promise.race([timer.done, mailbox.nextArrival()]);
    timer.cancel();
  };
  // Nothing is received while the engine thinks, and k6 interprets its scripts: an answer that comes meanwhile is seen
  // late, which widens its interval. So before it thinks for long, answers get twice that time to come in.
  let thoughtMs = 0;
  const settle = async () => {
    const settleMs = Math.min(MAX_SETTLE_MS, 2 * thoughtMs);
    const untilMs = ports.nowMs() + settleMs;
    if (settleMs < MIN_SETTLE_MS) return;
    while (mailbox.inFlight() > 0 && ports.nowMs() < untilMs) await nextArrivalOr(untilMs);
  };
  const think = (): Step => {
    const fromMs = ports.nowMs();
    const step = engine.next(fromMs);
    thoughtMs = Math.max(ports.nowMs() - fromMs, thoughtMs / 2);
    return step;
  };

  let unusable: string | null = null;
  for (;;) {
    await settle();
    read();
    unusable = first.whyUnusable();
    if (unusable !== null || isStopped) break;
    const step = think();
    if (step.kind === 'done') break;
    if (step.kind === 'send') {
      start(step.probes);
      continue;
    }
    reporter.pause(step.untilMs, mailbox.inFlight() === 0);
    if (step.untilMs === Number.POSITIVE_INFINITY && mailbox.inFlight() === 0) {
      throw new Error('the engine waits for an answer while no request is in flight');
    }
    await nextArrivalOr(step.untilMs);
    // One turn of the event loop: answers that came together with this one get their time before any is read.
    if (mailbox.unread() > 0) await ports.startTimer(0).done;
  }
  // What is still in flight may create something: its answer is waited for, so that the ledger has it.
  let untilMs = Number.POSITIVE_INFINITY;
  while (mailbox.inFlight() > 0 && ports.nowMs() < untilMs) {
    if (isStopped) untilMs = Math.min(untilMs, ports.nowMs() + LAST_ANSWERS_MS);
    await nextArrivalOr(untilMs);
  }
  read();
  // Where the time was up before any answer was given up, nothing was found out either.
  if (!isStopped) unusable ??= first.whyUnusable('at the end');
  const verdict = reporter.last(!isStopped);
  if (unusable !== null) ports.say({ kind: 'unusable', why: unusable });
  return { verdict, unusable };
}

/** Says progress and verdicts where they do not disturb the timing of requests. */
function startReporter(engine: Engine, ports: LoopPorts) {
  const startedAtMs = ports.nowMs();
  let progressAtMs = Number.NEGATIVE_INFINITY;
  let progressTookMs = 0;
  let verdictAtMs = startedAtMs;
  let verdictTookMs = 0;
  let observedAtVerdict = 0;

  const sayVerdict = (isFinal: boolean): LimitsVerdict => {
    const atMs = ports.nowMs();
    const verdict = engine.verdict();
    const { quota } = verdict.evidence;
    ports.say({
      kind: 'verdict',
      isFinal,
      atMs,
      verdict,
      outcomes: outcomeLetters(engine),
      quota: isFinal && quota !== null ? sampleQuota(quota, engine, startedAtMs, atMs) : [],
    });
    verdictAtMs = ports.nowMs();
    verdictTookMs = verdictAtMs - atMs;
    return verdict;
  };

  return {
    /** To be called before each wait. */
    pause(untilMs: number, isIdle: boolean) {
      const nowMs = ports.nowMs();
      if (nowMs - progressAtMs >= Math.max(PROGRESS_EVERY_MS, progressTookMs / VERDICT_SHARE)) {
        ports.say({ kind: 'progress', atMs: nowMs, progress: engine.progress(nowMs) });
        progressAtMs = ports.nowMs();
        progressTookMs = progressAtMs - nowMs;
      }
      const sinceVerdictMs = nowMs - verdictAtMs;
      if (sinceVerdictMs < Math.max(VERDICT_EVERY_MS, verdictTookMs / VERDICT_SHARE)) return;
      const overdueMs = isIdle ? VERDICT_OVERDUE_MS : VERDICT_LONG_OVERDUE_MS;
      const hasTime = isIdle && untilMs - nowMs >= Math.max(MIN_PAUSE_MS, 2 * verdictTookMs);
      if (!hasTime && sinceVerdictMs < overdueMs) return;
      const observed = engine.observations().length;
      if (observed === observedAtVerdict) return;
      observedAtVerdict = observed;
      sayVerdict(false);
    },
    last: sayVerdict,
  };
}

/** One letter for each request by its number, from 1. */
function outcomeLetters(engine: Engine): string {
  const observations = engine.observations();
  const byNumber = new Map<number, Outcome>(observations.map(({ number, outcome }) => [number, outcome]));
  return Array.from({ length: observations.at(-1)?.number ?? 0 }, (_, index) => {
    const outcome = byNumber.get(index + 1);
    return outcome === undefined ? '.' : OUTCOME_LETTERS[outcome];
  }).join('');
}

const EVEN_POINTS = 300;
const POINTS_AT_REQUESTS = 300;

/** The quota over the whole run: at even times, and right before and after requests, where it changes. */
function sampleQuota(quota: QuotaFunction, engine: Engine, fromMs: number, toMs: number): [number, number][] {
  const sent = engine.observations();
  const stride = Math.max(1, Math.ceil(sent.length / POINTS_AT_REQUESTS));
  const times = [
    ...Array.from({ length: EVEN_POINTS + 1 }, (_, index) => fromMs + ((toMs - fromMs) * index) / EVEN_POINTS),
    ...sent
      .filter((_, index) => index % stride === 0)
      .flatMap(({ sentAtMs, receivedAtMs }) => [sentAtMs, receivedAtMs]),
  ];
  return [...new Set(times)]
    .sort((a, b) => a - b)
    .map((atMs): [number, number] => [atMs, quota(atMs)])
    .filter(([, remaining]) => Number.isFinite(remaining));
}
