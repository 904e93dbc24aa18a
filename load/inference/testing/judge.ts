/** Runs an engine against a specimen over a bad network, and judges what it said. */
import { createEngine, type Engine, type EngineOptions, type LimitsVerdict } from '../engine.ts';
import { PLAIN_SERVER, simulate } from './simulate.ts';
import type { Specimen, Truth } from './specimens.ts';

export interface Judgement {
  readonly outcome: 'exact' | 'undecided' | 'wrong';
  /** What was said and is not so. */
  readonly mistakes: readonly string[];
  /** The network let it be found out exactly. */
  readonly isIdentifiable: boolean;
  readonly requestsRatio: number;
  readonly timeRatio: number;
  readonly isCheap: boolean;
  readonly verdict: LimitsVerdict;
}

export interface Run {
  readonly verdict: LimitsVerdict;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly lossRatio: number;
}

export const OPTIONS: EngineOptions = {
  successStatuses: [201],
  invalidStatuses: [400],
  unauthorizedStatuses: [401],
  rejectionStatus: 429,
  budget: { maxRequests: 20_000, maxSeconds: 7200 },
  mayHaveCreated: (status) => status !== 429,
  prior: [],
  isQuotaMaybeUsed: false,
  probeCosts: false,
  secondKey: false,
  secondAddress: false,
  harmless: false,
  maxInFlight: 1000,
  requestTimeoutMs: 3000,
  wallClockAtZeroMs: null,
  seed: 1,
};

/** Latency up to 200 ms with jitter, 1 % lost, a cold start: as the seed has it. `wrap`: to watch the engine. */
export function runSpecimen(specimen: Specimen, random: () => number, wrap = (engine: Engine): Engine => engine): Run {
  const latencyMs = random() < 0.4 ? random() * 5 : random() * 180;
  const jitterMs = random() * Math.min(20, 1 + latencyMs * 0.3);
  const lossRatio = random() < 0.5 ? 0.01 : 0;
  const budget =
    specimen.truth === 'none' || specimen.kind === 'limit 0'
      ? { maxRequests: 2000, maxSeconds: 600 }
      : { maxRequests: 40_000, maxSeconds: Math.max(120, (specimen.cycleMs / 1000) * 40) };
  const engine = createEngine({ ...OPTIONS, budget });
  simulate(
    wrap(engine),
    specimen.decider,
    {
      random,
      latencyMs,
      jitterMs,
      lossRatio,
      coldStartMs: random() * 500,
      timeoutMs: OPTIONS.requestTimeoutMs,
      serviceMs: specimen.serviceMs ?? 0,
      clockAtZeroMs: 1e6 * random(),
    },
    { ...PLAIN_SERVER, failureRatio: specimen.failureRatio ?? 0 },
  );
  return { verdict: engine.verdict(), latencyMs, jitterMs, lossRatio };
}

export function judge(specimen: Specimen, { verdict, latencyMs, jitterMs, lossRatio }: Run): Judgement {
  const { truth } = specimen;
  const mistakes =
    verdict.verdict !== 'exact'
      ? Array.isArray(truth) && verdict.summary.startsWith('no sharp limit')
        ? ['a sharp limit was taken for rejections at random']
        : []
      : Array.isArray(truth)
        ? [
            ...truth.flatMap((tier, index) => mistakesOf(verdict, tier, index)),
            ...(verdict.limits.length > truth.length ? ['a tier too many'] : []),
            ...penaltyMistakes(verdict, specimen.penaltyMs),
          ]
        : [`there is no exact answer to ${specimen.kind}`];
  const isRight = Array.isArray(truth)
    ? verdict.verdict === 'exact'
    : truth === 'not exact'
      ? verdict.verdict !== 'exact'
      : verdict.verdict === truth;
  // Of two limits the shorter one asks for more.
  const shortestMs = Math.min(
    specimen.cycleMs,
    ...(Array.isArray(truth) ? truth.map(({ windowMs }) => windowMs ?? specimen.cycleMs) : []),
  );
  const isQueue = Array.isArray(truth) && truth.some(({ algorithm }) => algorithm === 'leaky-queue');
  const toleranceMs = Math.max(20, 0.02 * shortestMs);
  return {
    outcome: mistakes.length > 0 ? 'wrong' : isRight ? 'exact' : 'undecided',
    mistakes,
    // Moments are known to about a round trip at each end; a lost request may or may not be one of N; and whoever waits
    // in a queue for longer than the shell does is as good as lost.
    isIdentifiable:
      !(isQueue && specimen.cycleMs > OPTIONS.requestTimeoutMs) &&
      2.2 * (latencyMs + jitterMs) <= toleranceMs &&
      lossRatio * specimen.size <= 1.5,
    requestsRatio: verdict.cost.requests / (specimen.size + 1),
    timeRatio: (verdict.cost.seconds * 1000) / specimen.cycleMs,
    isCheap: verdict.cost.requests <= 3 * (specimen.size + 1) + 40,
    verdict,
  };
}

function penaltyMistakes({ penaltySeconds }: LimitsVerdict, penaltyMs: number | undefined): string[] {
  const foundMs = penaltySeconds === null ? null : penaltySeconds * 1000;
  const isRight =
    foundMs === null || penaltyMs === undefined
      ? foundMs === null && penaltyMs === undefined
      : Math.abs(foundMs - penaltyMs) <= Math.max(10, 0.01 * penaltyMs) + 1;
  return isRight ? [] : [`penalty ${foundMs} ms, is ${penaltyMs} ms`];
}

function mistakesOf(verdict: LimitsVerdict, truth: Truth, index: number): string[] {
  const found = verdict.limits[index];
  if (found === undefined) return ['a tier is missing'];
  const mistakes: string[] = [];
  // With room for one request, a fixed window, a log and a bucket are one and the same.
  if (found.algorithm !== truth.algorithm) mistakes.push(`algorithm ${found.algorithm}, is ${truth.algorithm}`);
  if (found.capacity !== truth.capacity) mistakes.push(`capacity ${found.capacity}, is ${truth.capacity}`);
  if (truth.anchor !== undefined && found.anchor !== truth.anchor) mistakes.push(`anchor ${found.anchor}`);
  if (truth.countsRejected !== undefined && found.countsRejected !== truth.countsRejected) {
    mistakes.push(`countsRejected ${found.countsRejected}`);
  }
  if (truth.windowMs !== undefined) {
    const [low, high] = found.windowSecondsRange ?? [0, 0];
    const middleMs = (found.windowSeconds ?? 0) * 1000;
    // A clock of whole milliseconds makes windows up to one longer.
    if (low * 1000 > truth.windowMs + 1 || high * 1000 < truth.windowMs - 1) {
      mistakes.push(`window ${low} to ${high} s, is ${truth.windowMs} ms`);
    }
    if (Math.abs(middleMs - truth.windowMs) > Math.max(10, 0.01 * truth.windowMs) + 1) {
      mistakes.push(`middle of the window ${middleMs} ms, is ${truth.windowMs} ms`);
    }
  }
  if (truth.refillPerSecond !== undefined) {
    const [low, high] = found.refillPerSecondRange ?? [0, 0];
    if (low > truth.refillPerSecond + 1e-4 || high < truth.refillPerSecond - 1e-4) {
      mistakes.push(`refill ${low} to ${high}/s, is ${truth.refillPerSecond}/s`);
    }
  }
  return mistakes;
}
