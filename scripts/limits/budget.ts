import type { LimitPart } from '../../contracts/lib/limit-grammar.ts';
import { enduredWindows } from '../../load/inference/endurance.ts';
import { secondsText } from '../../load/lib/verdict-text.ts';
import { formatCount } from '../report/numbers.ts';

/** What the search may cost, and what it will probably cost. Pure. */

export interface Tier {
  readonly requests: number;
  readonly windowSeconds: number;
}

export interface Budget {
  readonly maxRequests: number;
  readonly maxSeconds: number;
}

/** An expected limit as a guess for the engine: a bucket is one that gives its burst back in burst ÷ refill. */
export function tiersOf(parts: readonly LimitPart[]): Tier[] {
  return parts.map((part) =>
    part.kind === 'window'
      ? { requests: part.requests, windowSeconds: part.windowSeconds }
      : { requests: part.burst, windowSeconds: Math.max(part.burst, 1) / part.refillPerSecond },
  );
}

/** Off loopback each accepted request leaves something behind; on loopback nothing is spared to find what is there. */
const LOOPBACK_BUDGET: Budget = { maxRequests: 20_000, maxSeconds: 900 };
const UNKNOWN_BUDGET: Budget = { maxRequests: 5000, maxSeconds: 900 };

/**
 * Off loopback, where a limit is expected: three times its usual cost, so that rivals and repeats fit in. Never less than
 * what an unknown limit of a few hundred needs.
 */
export function defaultBudget(prior: readonly Tier[], isLoopback: boolean): Budget {
  const cost = usualCost(prior);
  const base = isLoopback ? LOOPBACK_BUDGET : UNKNOWN_BUDGET;
  if (cost === null) return base;
  const most = { maxRequests: 3 * cost.requests, maxSeconds: Math.ceil(3 * cost.seconds) };
  return isLoopback
    ? {
        maxRequests: Math.max(base.maxRequests, most.maxRequests),
        maxSeconds: Math.max(base.maxSeconds, most.maxSeconds),
      }
    : {
        maxRequests: Math.max(1000, most.maxRequests),
        maxSeconds: Math.max(120, most.maxSeconds),
      };
}

/**
 * What a limit like the expected one usually costs: 4 × (N + 1) + 40 requests and 5 windows. A fixed window
 * of 120 per 10 s on loopback took 376 to 500 requests and 32 to 55 s. Short windows are used up twelve times more, in
 * search of a second limit behind them. null without a guess.
 */
export function usualCost(prior: readonly Tier[]): { requests: number; seconds: number } | null {
  if (prior.length === 0) return null;
  return {
    requests: prior.reduce(
      (sum, tier) => sum + (4 + enduredWindows(tier.requests, tier.windowSeconds * 1000)) * (tier.requests + 1),
      40,
    ),
    seconds: Math.max(
      ...prior.map((tier) => (5 + enduredWindows(tier.requests, tier.windowSeconds * 1000)) * tier.windowSeconds),
    ),
  };
}

/** What is asked beside the limit. */
export interface FurtherQuestions {
  /** Whether 400s and 401s use up quota. */
  readonly probeCosts: boolean;
  /** Other keys and addresses that a used-up quota is held against. */
  readonly identities: number;
}

/**
 * What further questions cost on top: each is asked of a full quota, for which two windows are waited. What a 400 or a
 * 401 takes is seen in the N that are left after N ÷ 2 of them; what is counted by, with one request after N.
 */
export function furtherCost(
  prior: readonly Tier[],
  { probeCosts, identities }: FurtherQuestions,
): { requests: number; seconds: number } {
  const requests = Math.max(0, ...prior.map((tier) => tier.requests));
  const seconds = 2.1 * Math.max(0, ...prior.map((tier) => tier.windowSeconds));
  const perCost = Math.ceil(requests / 2) + requests + 1;
  return {
    requests: (probeCosts ? 2 * perCost : 0) + (identities > 0 ? requests + 1 + identities : 0),
    seconds: ((probeCosts ? 2 : 0) + (identities > 0 ? 1 : 0)) * seconds,
  };
}

/** Said before the first request: what will be sent and made, how long it takes, and where it ends. */
export function announcement(
  prior: readonly Tier[],
  budget: Budget,
  target: { readonly url: string; readonly method: string; readonly creates: boolean; readonly harmless: boolean },
  questions: FurtherQuestions = { probeCosts: false, identities: 0 },
): string[] {
  const search = usualCost(prior);
  const further = furtherCost(prior, questions);
  const cost =
    search === null
      ? null
      : { requests: search.requests + further.requests, seconds: search.seconds + further.seconds };
  const most = `at most ${formatCount(budget.maxRequests)} in ${secondsText(budget.maxSeconds)}`;
  const usual =
    cost === null
      ? `an unknown number of requests, ${most}`
      : `about ${formatCount(Math.min(cost.requests, budget.maxRequests))} requests in about ${secondsText(Math.min(cost.seconds, budget.maxSeconds))}, ${most}`;
  const made = !target.creates
    ? 'nothing is created'
    : target.harmless
      ? 'each accepted one creates something, unless invalid requests turn out to use up quota: these create nothing'
      : 'each accepted one creates something';
  return [`limits: ${target.method} ${target.url}`, `cost: ${usual}; ${made}`];
}
