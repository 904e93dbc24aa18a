import { type BudgetLimits, mayCreate } from '../../contracts/lib/budget.ts';
import { isLoopbackHost, parseHttpUrl } from '../../contracts/lib/target.ts';

/**
 * What `assay limits` tells the script, as JSON in ASSAY_LIMITS_OPTIONS; whatever is left out has a default, so that a
 * plain `k6 run` needs none of it. Pure.
 */
export interface LimitsOptions {
  /** Most requests that may be sent. */
  readonly maxRequests: number;
  /** Most things that may be created; null: any number. */
  readonly maxCreated: number | null;
  /** Longest time that it may take. */
  readonly maxSeconds: number;
  /** Wall clock, ms since 1970, from which that time is counted; null: from the first request. */
  readonly countedFromMs: number | null;
  /** The expected or documented limit, one entry a tier; null: the documented one. */
  readonly prior: readonly { readonly requests: number; readonly windowSeconds: number }[] | null;
  /** Others may have used quota shortly before, for example a contract run with the same key. */
  readonly isQuotaMaybeUsed: boolean;
  readonly probeCosts: boolean;
  readonly harmless: boolean;
  /** Base URL, on this machine, behind which requests leave from a second source address; null: there is none. */
  readonly secondAddressBaseUrl: string | null;
  readonly maxInFlight: number;
  readonly requestTimeoutMs: number;
  readonly seed: number;
}

export const DEFAULT_LIMITS_OPTIONS: LimitsOptions = {
  maxRequests: 5000,
  maxCreated: null,
  maxSeconds: 900,
  countedFromMs: null,
  prior: null,
  isQuotaMaybeUsed: false,
  probeCosts: false,
  harmless: false,
  secondAddressBaseUrl: null,
  maxInFlight: 100,
  requestTimeoutMs: 15_000,
  seed: 1,
};

/** Throws an Error, whose message says what is wrong, for a text that is no such JSON; null is no text. */
export function parseLimitsOptions(text: string | undefined): LimitsOptions {
  if (text === undefined || text === '') return DEFAULT_LIMITS_OPTIONS;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object');
  for (const [name, given] of Object.entries(value)) {
    if (!Object.hasOwn(DEFAULT_LIMITS_OPTIONS, name)) throw new Error(`"${name}" is no option`);
    const usual: unknown = Object.entries(DEFAULT_LIMITS_OPTIONS).find(([known]) => known === name)?.[1];
    const isRight =
      name === 'prior'
        ? given === null || isPrior(given)
        : name === 'maxCreated' || name === 'countedFromMs'
          ? given === null || (typeof given === 'number' && given >= 0)
          : name === 'secondAddressBaseUrl'
            ? given === null || (typeof given === 'string' && isLoopbackHost(parseHttpUrl(given)?.host ?? ''))
            : typeof given === typeof usual && (typeof given !== 'number' || given >= 0);
    if (!isRight) throw new Error(`"${name}" has a wrong value`);
  }
  return { ...DEFAULT_LIMITS_OPTIONS, ...value };
}

/** The options with what a budget of the environment allows: `assay` sets what is left for this part of the run. */
export function withinBudget(options: LimitsOptions, limits: BudgetLimits, method: string): LimitsOptions {
  const most = (own: number, budget: number | null) => (budget === null ? own : Math.min(own, budget));
  const created = mayCreate(method) ? limits.maxCreated : null;
  return {
    ...options,
    maxRequests: most(options.maxRequests, limits.maxRequests),
    maxSeconds: most(options.maxSeconds, limits.maxSeconds),
    maxCreated: options.maxCreated === null ? created : most(options.maxCreated, created),
  };
}

function isPrior(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (tier: unknown) =>
        typeof tier === 'object' &&
        tier !== null &&
        'requests' in tier &&
        typeof tier.requests === 'number' &&
        'windowSeconds' in tier &&
        typeof tier.windowSeconds === 'number',
    )
  );
}
