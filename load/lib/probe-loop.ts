import type { Engine, LimitsVerdict, Outcome, Probe, QuotaFunction } from '../inference/engine.ts';
import { firstAnswers } from './first-answers.ts';
import { type LimitsLine, OUTCOME_LETTERS, type ProbeAnswer, type SentProbe } from './limits-lines.ts';

/**
 * Lets an engine have its way with a server: sends what it asks for, waits as it says, gives it the answers, and says
 * aloud what happens. The clock, the network and the listener are ports.
 */
export interface LoopPorts {
  /** Monotonic. */
  nowMs(): number;
  startTimer(durationMs: number): { readonly done: Promise<void>; cancel(): void };
  /** Goes out before this returns; never rejects. */
  send(probe: Probe): Promise<ProbeAnswer>;
  say(line: LimitsLine): void;
}

export interface LoopEnd {
  readonly verdict: LimitsVerdict;
  /** Why it was broken off; null when the engine was done. */
  readonly unusable: string | null;
}

const PROGRESS_EVERY_MS = 200;
const VERDICT_EVERY_MS = 1000;
/** A verdict takes no more than this share of the time. */
const VERDICT_SHARE = 0.05;
/** A pause that short is left alone: a verdict within it could delay the next request. */
const MIN_PAUSE_MS = 50;
/** Without a pause for so long, a verdict is said between two requests. */
const VERDICT_OVERDUE_MS = 3000;

export async function runProbes(engine: Engine, ports: LoopPorts): Promise<LoopEnd> {
  const first = firstAnswers();
  const inFlight = new Set<Promise<void>>();
  let wake: () => void = () => {};

  const follow = async (probe: Probe, answer: Promise<ProbeAnswer>) => {
    const { status, error, headers, createdId } = await answer;
    const receivedAtMs = ports.nowMs();
    engine.observe({ id: probe.id, receivedAtMs, status, lost: status === null, headers });
    ports.say({ kind: 'answer', number: probe.id, receivedAtMs, status, error, headers, createdId });
    if (probe.kind === 'valid' && probe.identity === 'primary') first.take(status, error);
    wake();
  };
  const start = (probes: readonly Probe[]) => {
    const sent: SentProbe[] = [];
    for (const probe of probes) {
      const sentAtMs = ports.nowMs();
      engine.sent(probe.id, sentAtMs);
      const following: Promise<void> = follow(probe, ports.send(probe)).finally(() => inFlight.delete(following));
      inFlight.add(following);
      sent.push([probe.id, probe.kind, probe.identity, sentAtMs]);
    }
    ports.say({ kind: 'sent', probes: sent });
  };

  const reporter = startReporter(engine, ports);
  let unusable: string | null = null;
  for (;;) {
    unusable = first.whyUnusable();
    if (unusable !== null) break;
    const step = engine.next(ports.nowMs());
    if (step.kind === 'done') break;
    if (step.kind === 'send') {
      start(step.probes);
      continue;
    }
    reporter.pause(step.untilMs, inFlight.size === 0);
    if (step.untilMs === Number.POSITIVE_INFINITY && inFlight.size === 0) {
      throw new Error('the engine waits for an answer while no request is in flight');
    }
    const answered = new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (step.untilMs === Number.POSITIVE_INFINITY) await answered;
    else {
      const timer = ports.startTimer(step.untilMs - ports.nowMs());
      await Promise.race([timer.done, answered]);
      timer.cancel();
    }
  }
  // What is still in flight may create something: its answer is waited for, so that the ledger has it.
  await Promise.all(inFlight);
  const verdict = reporter.final();
  if (unusable !== null) ports.say({ kind: 'unusable', why: unusable });
  return { verdict, unusable };
}

/** Says progress and verdicts where they do not disturb the timing of requests. */
function startReporter(engine: Engine, ports: LoopPorts) {
  const startedAtMs = ports.nowMs();
  let progressAtMs = Number.NEGATIVE_INFINITY;
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
      if (nowMs - progressAtMs >= PROGRESS_EVERY_MS) {
        progressAtMs = nowMs;
        ports.say({ kind: 'progress', atMs: nowMs, progress: engine.progress(nowMs) });
      }
      const sinceVerdictMs = nowMs - verdictAtMs;
      if (sinceVerdictMs < Math.max(VERDICT_EVERY_MS, verdictTookMs / VERDICT_SHARE)) return;
      const hasTime = isIdle && untilMs - nowMs >= Math.max(MIN_PAUSE_MS, 2 * verdictTookMs);
      if (!hasTime && sinceVerdictMs < VERDICT_OVERDUE_MS) return;
      const observed = engine.observations().length;
      if (observed === observedAtVerdict) return;
      observedAtVerdict = observed;
      sayVerdict(false);
    },
    final: () => sayVerdict(true),
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
