import type { Case } from '../../contracts/cases/case.ts';
import { mayCreate } from '../../contracts/lib/budget.ts';
import { LARGEST_QUOTA } from '../../contracts/suite/limit-run.ts';
import { paceIntervalMs } from '../../contracts/suite/pace.ts';
import type { Settings } from '../../contracts/suite/settings.ts';
import { secondsText } from '../../load/lib/verdict-text.ts';
import { type LoadProfile, offeredRequests, type RequestCost } from '../../load/measurement/profile.ts';
import { defaultBudget, type Tier, usualCost } from '../limits/budget.ts';
import { formatCount } from '../report/numbers.ts';

/** What the parts of a run are going to cost. Pure. */

export interface Cost {
  readonly requests: number;
  readonly created: number;
  readonly seconds: number;
}

export interface PartPlan {
  readonly part: 'contract' | 'limits' | 'throughput';
  /** null: that follows from the answers. */
  readonly about: Cost | null;
  readonly atMost: Cost | null;
  /** Highest rate, 1/s; null: as fast as answers come. */
  readonly ratePerSecond: number | null;
}

/** Repeats after 429s and lost connections, and the user's own tests. */
const CONTRACT_SPARE = 2;
const CONTRACT_SPARE_SECONDS = 600;

/** The suite with those of `cases` that were chosen. */
export function contractPlan(settings: Settings, cases: readonly Case[], shards: number): PartPlan {
  const { contract, target, runsLimit, expectedLimit } = settings;
  const requests = cases.flatMap((one) => one.requests);
  const { method } = contract.operation;
  const creating = cases.filter(mayBeAccepted).flatMap((one) => one.requests.filter((sent) => sent.method === method));
  const limit = runsLimit && expectedLimit !== null ? expectedLimit : null;
  const exhausting = limit === null || limit.requests > LARGEST_QUOTA ? 0 : 2 * Math.ceil(limit.requests * 1.15 + 8);
  const intervalSeconds = paceIntervalMs(contract.operation.limit ?? null, target.isLoopback, shards) / 1000;
  const about = {
    requests: requests.length + exhausting,
    created: (mayCreate(method) ? creating.length : 0) + exhausting,
    seconds: Math.ceil(requests.length * Math.max(intervalSeconds, 0.1) + 4 * (limit?.windowSeconds ?? 0)),
  };
  const most = CONTRACT_SPARE * about.requests + 20;
  return {
    part: 'contract',
    about,
    atMost: { requests: most, created: most, seconds: CONTRACT_SPARE * about.seconds + CONTRACT_SPARE_SECONDS },
    ratePerSecond: intervalSeconds === 0 ? null : 1 / intervalSeconds,
  };
}

/** An observed case may be taken as well as refused: nobody knows before it is sent. */
function mayBeAccepted({ expectation, isAuthorized }: Case): boolean {
  return expectation.kind === 'asserted' ? expectation.statuses.every((status) => status < 300) : isAuthorized;
}

export function limitsPlan(prior: readonly Tier[], isLoopback: boolean, method: string): PartPlan {
  const usual = usualCost(prior);
  const { maxRequests, maxSeconds } = defaultBudget(prior, isLoopback);
  const creates = mayCreate(method) ? 1 : 0;
  return {
    part: 'limits',
    about: usual && { ...usual, created: usual.requests * creates },
    atMost: { requests: maxRequests, created: maxRequests * creates, seconds: maxSeconds },
    ratePerSecond: null,
  };
}

/** `share`: of the load that this generator starts. */
export function throughputPlan(profile: LoadProfile, cost: RequestCost, share: number): PartPlan {
  const offered = offeredRequests(profile, 0, profile.durationSeconds);
  const seconds = Math.ceil(profile.durationSeconds + profile.requestTimeoutMs / 1000);
  // One request before the load asks whether the target answers.
  const iterations = offered === null ? null : Math.ceil(offered * share) + 1;
  const all =
    iterations === null ? null : { requests: iterations * cost.requests, created: iterations * cost.created, seconds };
  return {
    part: 'throughput',
    about: all && { ...all, seconds: Math.ceil(profile.durationSeconds) },
    atMost: all,
    ratePerSecond: profile.mode === 'closed' ? null : profile.ratePerSecond * cost.requests * share,
  };
}

/** The sum of the parts at most; null where one of them has no end of its own. */
export function mostInAll(parts: readonly PartPlan[]): Cost | null {
  return parts.reduce<Cost | null>(
    (sum, { atMost }) =>
      sum === null || atMost === null
        ? null
        : {
            requests: sum.requests + atMost.requests,
            created: sum.created + atMost.created,
            seconds: sum.seconds + atMost.seconds,
          },
    { requests: 0, created: 0, seconds: 0 },
  );
}

/** A line for each part. */
export function planLines(parts: readonly PartPlan[]): string[] {
  return parts.map(({ part, about, atMost, ratePerSecond }) => {
    const what =
      about === null
        ? 'as many requests as are answered'
        : `about ${formatCount(about.requests)} requests that create about ${formatCount(about.created)} things, in about ${secondsText(about.seconds)}`;
    const most =
      atMost === null
        ? '--max-requests sets an end'
        : `at most ${formatCount(atMost.requests)}, ${formatCount(atMost.created)} things, ${secondsText(atMost.seconds)}`;
    const rate = ratePerSecond === null ? 'as fast as answers come' : `at ${Number(ratePerSecond.toPrecision(3))}/s`;
    return `  ${part.padEnd(11)} ${what}; ${most}; ${rate}`;
  });
}
