import type {
  Engine,
  EngineOptions,
  LimitsVerdict,
  Observation,
  Outcome,
  Probe,
  ProbeKind,
} from '../inference/engine.ts';

/** Until the real engine is here: counts to the first rejection, then polls until a request passes again. */
export function createEngine(options: EngineOptions): Engine {
  const seen: Observation[] = [];
  const sentAt = new Map<number, number>();
  let nextId = 1;
  let waitUntilMs = 0;
  let startMs: number | null = null;
  let firstRejection: Observation | null = null;
  let recovered: Observation | null = null;
  const kind: ProbeKind = 'valid';
  const elapsed = () => ((seen.at(-1)?.receivedAtMs ?? 0) - (seen[0]?.sentAtMs ?? 0)) / 1000;
  const outcome = (status: number | null): Outcome =>
    status === null
      ? 'lost'
      : options.successStatuses.includes(status)
        ? 'admitted'
        : status === options.rejectionStatus
          ? 'rejected'
          : 'other';
  const make = (): Probe => ({ id: nextId++, kind, identity: 'primary' });
  return {
    next(nowMs) {
      startMs ??= nowMs;
      if (
        recovered !== null ||
        nextId > options.budget.maxRequests ||
        nowMs - startMs > options.budget.maxSeconds * 1000
      )
        return { kind: 'done' };
      if (sentAt.size > seen.length) return { kind: 'wait', untilMs: Number.POSITIVE_INFINITY };
      if (nowMs < waitUntilMs) return { kind: 'wait', untilMs: waitUntilMs };
      return { kind: 'send', probes: [make()] };
    },
    sent: (id, atMs) => void sentAt.set(id, atMs),
    observe(answer) {
      const observation: Observation = {
        number: answer.id,
        kind,
        identity: 'primary',
        sentAtMs: sentAt.get(answer.id) ?? 0,
        receivedAtMs: answer.receivedAtMs,
        status: answer.status,
        outcome: outcome(answer.status),
      };
      seen.push(observation);
      if (observation.outcome === 'rejected') {
        firstRejection ??= observation;
        waitUntilMs = answer.receivedAtMs + 100;
      } else if (firstRejection !== null) recovered = observation;
    },
    progress: () => ({
      phase: firstRejection === null ? 'first burst' : 'recovery',
      known: firstRejection === null ? 'nothing yet' : `${firstRejection.number - 1} accepted`,
      secondsLeft: null,
      requests: seen.length,
    }),
    verdict(): LimitsVerdict {
      const capacity = firstRejection === null ? 0 : firstRejection.number - 1;
      const first = seen[0];
      const lastRejection = seen.findLast((observation) => observation.outcome === 'rejected');
      const low = recovered && first && lastRejection ? (lastRejection.sentAtMs - first.receivedAtMs) / 1000 : 0;
      const high = recovered && first ? (recovered.receivedAtMs - first.sentAtMs) / 1000 : Number.POSITIVE_INFINITY;
      return {
        verdict: firstRejection === null ? 'none' : 'bounded',
        summary:
          firstRejection === null ? `no rejection in ${seen.length} requests` : `${capacity} requests, then rejections`,
        reason: firstRejection === null ? null : 'this engine only counts',
        firstRejection:
          firstRejection === null
            ? null
            : {
                requestNumber: firstRejection.number,
                atSeconds: (firstRejection.sentAtMs - (first?.sentAtMs ?? 0)) / 1000,
              },
        limits:
          firstRejection === null
            ? []
            : [
                {
                  algorithm: 'unknown',
                  anchor: null,
                  capacity,
                  capacityRange: [capacity, capacity],
                  windowSeconds: null,
                  windowSecondsRange: [Math.max(0, low), high],
                  refillPerSecond: null,
                  refillPerSecondRange: null,
                  refillIntervalSeconds: null,
                  countsRejected: null,
                  status: 429,
                },
              ],
        countsInvalid: null,
        countsUnauthorized: null,
        scope: null,
        penaltySeconds: null,
        overAdmission: null,
        client: null,
        cost: {
          requests: sentAt.size,
          accepted: seen.filter((o) => o.outcome === 'admitted').length,
          rejected: seen.filter((o) => o.outcome === 'rejected').length,
          seconds: elapsed(),
        },
        findings: [],
        evidence: { models: [], foretold: null, quota: () => capacity },
      };
    },
    observations: () => seen,
  };
}
