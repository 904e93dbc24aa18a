/** From what stands and fell to the verdict of limits.json, in numbers and in words. */
import type {
  EngineOptions,
  Foretold,
  FoundLimit,
  LimitsVerdict,
  ModelEvidence,
  Observation,
  Range,
} from './engine.ts';
import type { Proof } from './finder.ts';
import type { FurtherAnswers } from './further-questions.ts';
import { isPrecise, isSame } from './hypothesis-traits.ts';
import type { InFlightFinding } from './in-flight.ts';
import type { Lab } from './lab.ts';
import { MODELS } from './models/index.ts';
import type { Hypothesis } from './paving.ts';
import type { Script } from './script.ts';
import type { Shedding } from './shedding.ts';

/** The limit that showed first, where another one showed behind it. */
export interface FirstLimit {
  /** As it was when the other one showed, or as it was looked at once more when the other one was known. */
  readonly lab: Lab;
  /** Its own books, kept up to now. */
  readonly live: Lab;
  readonly isProven: boolean;
}

export interface Findings {
  readonly first: FirstLimit | null;
  readonly options: EngineOptions;
  readonly lab: Lab;
  readonly script: Script;
  readonly observations: readonly Observation[];
  readonly foretold: Proof | null;
  readonly rejectingStatus: number;
  readonly isOverBudget: boolean;
  /** Only one request was under way at a time, in the end. */
  readonly isCareful: boolean;
  readonly isDone: boolean;
  readonly startMs: number;
}

export function toVerdict(found: Findings): LimitsVerdict {
  const { lab, observations, foretold, startMs } = found;
  const rejected = observations.filter(({ outcome }) => outcome === 'rejected');
  const accepted = observations.filter(({ outcome }) => outcome === 'admitted');
  const first = rejected[0];
  const endMs = observations.reduce((latest, { receivedAtMs }) => Math.max(latest, receivedAtMs), startMs);
  const { alive, leader } = lab;
  const { inFlight } = found.script;
  const rivals = leader === null ? [] : alive.filter((hypothesis) => !isSame(leader, hypothesis));
  const script = found.script.second ?? found.script;
  const isExact =
    inFlight !== null
      ? inFlight.isExact
      : leader !== null &&
        script.course.proof.isProven &&
        !script.isContradicted &&
        (found.first === null || found.first.isProven) &&
        // What was seen of many at once has to have its reason: else the limit may have changed, or be one of several.
        (!found.isCareful || found.script.answers.overAdmission !== null);
  const limits = limitsOf(found, first !== undefined, accepted.length);
  const reason = isExact ? null : reasonOf(found, first !== undefined, rivals);
  const verdict: LimitsVerdict['verdict'] = isExact
    ? 'exact'
    : first === undefined
      ? 'none'
      : limits.length === 0
        ? 'inconclusive'
        : 'bounded';
  const [limit] = limits;
  const quotaOf = leader;
  return {
    verdict,
    summary: summaryOf(verdict, limits, leader, observations.length, found),
    reason,
    firstRejection:
      first === undefined
        ? null
        : {
            requestNumber: placeOfRejection(first, accepted),
            atSeconds: round((first.sentAtMs - startMs) / 1000),
          },
    limits,
    countsInvalid: found.script.answers.countsInvalid,
    countsUnauthorized: found.script.answers.countsUnauthorized,
    scope: scopeOf(found.script.answers),
    penaltySeconds: penaltyOf(leader) ?? penaltyOf(found.first?.live.leader ?? null),
    overAdmission: found.script.answers.overAdmission,
    client: limit === undefined ? null : clientOf(limits, leader),
    cost: {
      requests: observations.length,
      accepted: accepted.length,
      rejected: rejected.length,
      seconds: round((endMs - startMs) / 1000),
    },
    findings: findingsOf(found, first !== undefined, isExact),
    evidence: {
      models:
        inFlight !== null
          ? inFlightModels(inFlight)
          : [
              ...(found.first === null ? [] : found.first.lab.hypotheses.map(toEvidence)),
              ...behind(found, lab.hypotheses.map(toEvidence)),
            ],
      foretold: inFlight?.foretold ?? (foretold && toForetold(foretold)),
      quota: quotaOf === null ? null : (atMs) => Math.min(quotaOf.quota(atMs, atMs)[1], quotaOfFirst(found, atMs)),
    },
  };
}

function toForetold({ against, round, holds }: Proof): Foretold {
  return { against, round, holds };
}

/** What was found, the shortest limit first; []: nothing that can be told as a limit. */
function limitsOf(found: Findings, isLimited: boolean, accepted: number): FoundLimit[] {
  const { lab, first, script, rejectingStatus } = found;
  if (script.shedding !== null) return [];
  if (script.inFlight !== null) return [toInFlightLimit(script.inFlight, rejectingStatus)];
  const leaderOfFirst = first?.live.leader ?? null;
  const ofFirst = leaderOfFirst === null ? [] : [toLimit(leaderOfFirst, [leaderOfFirst], found)];
  if (lab.leader !== null) return [...ofFirst, toLimit(lab.leader, lab.alive, found)];
  if (first !== null) return ofFirst;
  return isLimited && !lab.hasBegun ? [toBareLimit(found, accepted)] : [];
}

function quotaOfFirst({ first }: Findings, atMs: number): number {
  return first?.live.leader?.quota(atMs, atMs)[1] ?? Number.POSITIVE_INFINITY;
}

/** The models of the limit behind the first one have names of their own. */
function behind({ first }: Findings, models: readonly ModelEvidence[]): readonly ModelEvidence[] {
  if (first === null) return models;
  return models.map((model) => ({ ...model, name: `second/${model.name}`, title: `second limit: ${model.title}` }));
}

function toInFlightLimit({ algorithm, capacityRange, refillPerMsRange }: InFlightFinding, status: number): FoundLimit {
  const rate: Range | null =
    refillPerMsRange === null ? null : [round(refillPerMsRange[0] * 1000), round(refillPerMsRange[1] * 1000)];
  return {
    algorithm,
    anchor: null,
    capacity: capacityRange[1],
    capacityRange,
    windowSeconds: null,
    windowSecondsRange: null,
    refillPerSecond: rate === null ? null : round((rate[0] + rate[1]) / 2),
    refillPerSecondRange: rate,
    refillIntervalSeconds: null,
    countsRejected: false,
    status,
  };
}

/** The kind that was found, and all those that do not care about what is under way. */
function inFlightModels({ algorithm, capacityRange, refutes, because }: InFlightFinding): ModelEvidence[] {
  return [
    {
      name: algorithm,
      title: IN_FLIGHT_TITLES[algorithm],
      state: 'surviving',
      refutedBy: null,
      because: 'explains every observation',
      parameters: { capacity: capacityRange },
    },
    ...MODELS.map(
      ({ name, title }): ModelEvidence => ({
        name,
        title,
        state: 'refuted',
        refutedBy: refutes,
        because,
        parameters: {},
      }),
    ),
  ];
}

const IN_FLIGHT_TITLES = {
  concurrency: 'concurrency limit',
  'leaky-queue': 'leaky queue: requests wait and are answered one by one',
} as const;

/** What a rejection alone says: at least so much was admitted, nothing about how quota returns. */
function toBareLimit({ script, rejectingStatus }: Findings, accepted: number): FoundLimit {
  return {
    algorithm: 'unknown',
    anchor: null,
    capacity: script.course.firstBurst,
    // A burst may have lain across the end of a window; and others may have used quota before: there is no telling how
    // much more there would have been.
    capacityRange: accepted === 0 ? [0, 0] : [Math.ceil(script.course.firstBurst / 2), Number.POSITIVE_INFINITY],
    windowSeconds: null,
    windowSecondsRange: null,
    refillPerSecond: null,
    refillPerSecondRange: null,
    refillIntervalSeconds: null,
    countsRejected: null,
    status: rejectingStatus,
  };
}

/** How long a ban lasts, if that is what is left to explain what was seen. */
function penaltyOf(leader: Hypothesis | null): number | null {
  const range = leader?.range('banMs');
  return range ? seconds((range[0] + range[1]) / 2) : null;
}

function scopeOf({ isSecondKeyFree, isSecondAddressFree }: FurtherAnswers): LimitsVerdict['scope'] {
  if (isSecondKeyFree === true) return 'key';
  if (isSecondAddressFree === true) return 'address';
  return isSecondKeyFree === false && isSecondAddressFree === false ? 'global' : null;
}

function findingsOf(
  { options, script, rejectingStatus, observations, isCareful }: Findings,
  isLimited: boolean,
  isExact: boolean,
): string[] {
  const findings: string[] = [];
  if (isLimited && rejectingStatus !== options.rejectionStatus) {
    findings.push(`rejects with status ${rejectingStatus}, not the documented ${options.rejectionStatus}`);
  }
  const others = new Map<number, number>();
  for (const { outcome, status } of observations) {
    if (outcome === 'other' && status !== null) others.set(status, (others.get(status) ?? 0) + 1);
  }
  for (const [status, count] of others) findings.push(`${count} requests were answered ${status}, for no reason found`);
  const lost = observations.filter(({ outcome }) => outcome === 'lost').length;
  if (lost > 0) findings.push(`${lost} requests were never answered`);
  if (script.answers.isSecondKeyFree === false && script.answers.isSecondAddressFree === null) {
    findings.push('a second key shares the limit: it is counted by address, or for all');
  }
  if (script.answers.isSecondAddressFree === false && script.answers.isSecondKeyFree === null) {
    findings.push('a second address shares the limit: it is counted by key, or for all');
  }
  if (options.harmless && script.answers.countsInvalid !== null) {
    findings.push(
      script.answers.countsInvalid
        ? 'found with invalid requests, which create nothing: they use up quota'
        : 'invalid requests do not use up quota, so valid ones were sent',
    );
  }
  if (isCareful && script.answers.overAdmission !== null) {
    findings.push('asked with one request at a time: of many at once more are admitted than the limit allows');
  }
  if (script.endured !== null) {
    const { requests, seconds: enduredSeconds } = script.endured;
    findings.push(`no second limit showed in ${requests} further requests within ${round(enduredSeconds)} s`);
  } else if (isExact && script.second === null && script.inFlight === null) {
    findings.push('a second limit over a longer time than this run was not looked for');
  }
  return findings;
}

function toLimit(leader: Hypothesis, alive: readonly Hypothesis[], found: Findings): FoundLimit {
  const isOnly = alive.every((rival) => isSame(leader, rival) || rival.model.algorithm === leader.model.algorithm);
  const hull = (name: Parameters<Hypothesis['range']>[0]): Range | null => {
    const ranges = alive.flatMap((hypothesis) => {
      const range = hypothesis.range(name);
      return range === null ? [] : [range];
    });
    if (ranges.length === 0 || leader.range(name) === null) return null;
    return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
  };
  const capacityRange = hull('capacity') ?? [0, 0];
  const isStepped = leader.range('intervalMs') !== null;
  const windowMs = hull('windowMs');
  const refill = isStepped ? refillOfSteps(leader) : hull('refillPerMs');
  const interval = leader.range('intervalMs');
  const { model } = leader;
  const best = leader.range('capacity');
  return {
    algorithm: isOnly ? model.algorithm : 'unknown',
    anchor:
      isOnly && alive.every((rival) => isSame(leader, rival) || rival.model.anchor === model.anchor)
        ? model.anchor
        : null,
    capacity: best === null ? 0 : best[0] === best[1] ? best[0] : Math.round((best[0] + best[1]) / 2),
    capacityRange,
    windowSeconds: windowMs === null ? null : seconds((windowMs[0] + windowMs[1]) / 2),
    windowSecondsRange: windowMs === null ? null : [seconds(windowMs[0]), seconds(windowMs[1])],
    refillPerSecond: refill === null ? null : round(((refill[0] + refill[1]) / 2) * 1000),
    refillPerSecondRange: refill === null ? null : [round(refill[0] * 1000), round(refill[1] * 1000)],
    refillIntervalSeconds: interval === null ? null : seconds((interval[0] + interval[1]) / 2),
    countsRejected: isOnly && alive.length === 1 ? model.countsRejected : null,
    status: found.rejectingStatus,
  };
}

function refillOfSteps(leader: Hypothesis): Range | null {
  const perStep = leader.range('perStep');
  const interval = leader.range('intervalMs');
  return perStep === null || interval === null ? null : [perStep[0] / interval[1], perStep[1] / interval[0]];
}

function toEvidence(hypothesis: Hypothesis): ModelEvidence {
  const { model, isAlive, refutedBy } = hypothesis;
  const parameters: Record<string, Range> = {};
  for (const name of ['capacity', ...model.parameters.map((parameter) => parameter.name)] as const) {
    const range = hypothesis.range(name);
    if (range !== null) parameters[name] = range;
  }
  return {
    name: model.name,
    title: model.title,
    state: isAlive ? 'surviving' : 'refuted',
    refutedBy,
    because: isAlive ? 'explains every observation' : `no parameters explain observation ${refutedBy}`,
    parameters,
  };
}

function sheddingText({ requests, rejected, share: [least, most] }: Shedding): string {
  const range = `${(100 * least).toFixed(1)} to ${(100 * most).toFixed(1)} %`;
  return `${rejected} of ${requests} requests one after the other were rejected, whatever came before: ${range} with 95 % confidence`;
}

function reasonOf(found: Findings, isLimited: boolean, rivals: readonly Hypothesis[]): string | null {
  const { lab, observations, foretold, isOverBudget, isDone, options } = found;
  const { shedding, inFlight } = found.script;
  if (shedding !== null) return sheddingText(shedding);
  if (inFlight !== null) return inFlight.reason;
  if (!isLimited) {
    return `no rejection within ${observations.length} requests and ${options.budget.maxSeconds} s of budget`;
  }
  if (observations.every(({ outcome }) => outcome !== 'admitted')) {
    return `nothing was admitted in ${options.budget.maxSeconds} s: a limit of 0, or one that was used up before with a longer window`;
  }
  if (lab.hasBegun && lab.leader === null) return 'no known kind of limiter explains what was seen';
  const parts: string[] = [];
  if (!isDone) parts.push('the run is not finished');
  else if (isOverBudget) parts.push('the budget ran out');
  if (!lab.hasBegun) parts.push('quota was not seen to return often enough');
  if (rivals.length > 0) parts.push(`also possible: ${rivals.map(({ model }) => model.title).join('; ')}`);
  if ((found.script.second ?? found.script).course.proof.hasChanged) {
    parts.push(
      `the first burst admitted ${found.script.course.firstBurst}, later ones more: the limit changed, or quota was in use before; after a pause without requests another run tells`,
    );
  }
  if (lab.leader !== null && !isPrecise(lab.leader)) parts.push('the numbers are not narrow enough');
  if (
    lab.leader !== null &&
    rivals.length === 0 &&
    isPrecise(lab.leader) &&
    foretold?.holds !== true &&
    !(found.script.second ?? found.script).course.proof.hasChanged
  ) {
    parts.push(
      foretold === null
        ? 'nothing was foretold yet'
        : foretold.hasFailed
          ? 'the foretold round came out differently'
          : foretold.isOpen
            ? 'the run ended with a rejection that was not foretold: it may be that of another limit'
            : 'too little was foretold: it might have come out so by accident',
    );
  }
  if (found.script.isContradicted) {
    parts.push('later on something was rejected that this limit lets through: there may be a second one');
  }
  if (found.isCareful && found.script.answers.overAdmission === null) {
    parts.push('what was seen before fits no limit: it changed during the run, or is of another kind');
  }
  if (found.first?.isProven === false) parts.push('the second limit showed before the first one was proven');
  return parts.join('; ');
}

/**
 * Which request in a row was the first to be rejected: the one after those that were admitted until its answer came.
 * Of requests in flight together the server may have decided on the last sent first, so their numbers do not tell.
 */
function placeOfRejection(first: Observation, admitted: readonly Observation[]): number {
  return 1 + admitted.filter((one) => one.sentAtMs <= first.receivedAtMs).length;
}

function summaryOf(
  verdict: LimitsVerdict['verdict'],
  limits: readonly FoundLimit[],
  leader: Hypothesis | null,
  requests: number,
  found: Findings,
): string {
  if (verdict === 'none') return `no limit within ${requests} requests`;
  const [limit] = limits;
  const { inFlight, shedding } = found.script;
  if (shedding !== null) {
    const share = Math.round((100 * shedding.rejected) / shedding.requests);
    return `no sharp limit: about ${share} % of the requests are rejected at random`;
  }
  if (inFlight !== null && limit !== undefined) {
    const [least, most] = limit.capacityRange;
    const count = least === most ? `${least}` : `${least} to ${most}`;
    return inFlight.algorithm === 'concurrency'
      ? `${count} requests under way at once, concurrency limit`
      : `${count} requests at once, answered one by one at ${limit.refillPerSecond}/s, leaky queue`;
  }
  if (limit === undefined) return 'rejections that no known kind of limiter explains';
  if (leader === null) {
    return limit.capacityRange[1] === 0
      ? 'every request was rejected: a limit of 0, as far as this run could see'
      : `a limit: ${found.script.course.firstBurst} requests were admitted before the first rejection`;
  }
  if (found.first !== null) return limits.map((tier) => tierText(tier)).join(', and ');
  const [least, most] = limit.capacityRange;
  const count = least === most ? `${least}` : `${least} to ${most}`;
  const title = limit.algorithm === 'unknown' ? 'algorithm not decided' : leader.model.title;
  const per =
    limit.windowSeconds !== null
      ? `${count} requests per ${limit.windowSeconds} s`
      : limit.refillPerSecond !== null
        ? `burst of ${count}, refilled with ${limit.refillPerSecond}/s`
        : `${count} requests`;
  const rejected =
    limit.countsRejected === null
      ? ''
      : limit.countsRejected
        ? '; rejected requests count'
        : '; rejected requests do not count';
  return `${per}, ${title}${rejected}`;
}

function tierText({ algorithm, anchor, capacityRange, windowSeconds, refillPerSecond }: FoundLimit): string {
  const [least, most] = capacityRange;
  const count = least === most ? `${least}` : `${least} to ${most}`;
  const per =
    windowSeconds !== null
      ? `${count} requests per ${windowSeconds} s`
      : `burst of ${count}, refilled with ${refillPerSecond}/s`;
  const from = anchor === 'clock' ? ' aligned to a clock' : anchor === null ? '' : ' from the first request';
  return `${per} (${algorithm.replace('-', ' ')}${from})`;
}

/** What follows for a client: of several limits the strictest counts. */
function clientOf(limits: readonly FoundLimit[], leader: Hypothesis | null): LimitsVerdict['client'] {
  const least = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  const penaltyMs = leader?.range('banMs')?.[1];
  const waits = [
    ...limits.map(waitOf).filter((value) => value !== null),
    ...(penaltyMs === undefined ? [] : [seconds(penaltyMs)]),
  ];
  return {
    burst: Math.min(...limits.map(({ capacity }) => capacity)),
    steadyPerSecond: least(limits.map(steadyOf)),
    waitAfterRejectionSeconds: waits.length === 0 ? null : Math.max(...waits),
  };
}

function steadyOf({ refillPerSecond, windowSeconds, capacity }: FoundLimit): number | null {
  const steady = refillPerSecond ?? (windowSeconds === null ? null : capacity / windowSeconds);
  return steady === null ? null : round(steady);
}

function waitOf({ windowSecondsRange, refillPerSecondRange }: FoundLimit): number | null {
  const wait =
    windowSecondsRange?.[1] ?? (refillPerSecondRange === null ? null : 1 / Math.max(refillPerSecondRange[0], 1e-9));
  return wait === null ? null : round(wait);
}

function seconds(ms: number): number {
  return round(ms / 1000);
}

/** Four significant places after the point are enough for any reader, and keep files stable. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
