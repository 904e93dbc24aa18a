import {
  BUDGET_VARIABLES,
  type BudgetLimits,
  createBudget,
  hasLimits,
  parseBudget,
} from '../../contracts/lib/budget.ts';
import { BUDGET_URL_VARIABLE, serveBudget } from '../../contracts/suite/shared-budget.ts';
import { type Host, withEnvironment } from '../lib/host.ts';

/** What a command line may say of the budgets; what is not given, the environment says. */
export interface BudgetOptions {
  readonly maxRequests?: number;
  readonly maxCreated?: number;
  /** Seconds. */
  readonly maxTime?: number;
}

/** The budgets of a command: its options before the environment. Throws UserError. */
export function budgetLimits(options: BudgetOptions, host: Pick<Host, 'env'>): BudgetLimits {
  const ofEnvironment = parseBudget(host.env);
  return {
    maxRequests: options.maxRequests ?? ofEnvironment.maxRequests,
    maxCreated: options.maxCreated ?? ofEnvironment.maxCreated,
    maxSeconds: options.maxTime ?? ofEnvironment.maxSeconds,
  };
}

/**
 * Calls `run` with a host whose environment names the one budget of all that it starts: this process keeps it, and
 * other processes ask it. Says at the end how much of it was used.
 */
export async function withBudget<T>(limits: BudgetLimits, host: Host, run: (host: Host) => Promise<T>): Promise<T> {
  if (!hasLimits(limits)) return run(host);
  const budget = createBudget(limits, () => performance.now());
  const startedAtMs = performance.now();
  const service = await serveBudget(budget);
  const without = Object.fromEntries(Object.values(BUDGET_VARIABLES).map((name) => [name, undefined]));
  try {
    return await run(withEnvironment(host, { ...without, [BUDGET_URL_VARIABLE]: service.url }));
  } finally {
    await service.close();
    const used = budget.used();
    const seconds = (performance.now() - startedAtMs) / 1000;
    host.err(
      `budget used: ${[
        ...(limits.maxRequests === null ? [] : [`${used.requests} of ${limits.maxRequests} requests`]),
        ...(limits.maxCreated === null ? [] : [`${used.created} of ${limits.maxCreated} that may have been created`]),
        ...(limits.maxSeconds === null
          ? []
          : [`${Math.min(seconds, limits.maxSeconds).toFixed(1)} of ${limits.maxSeconds} s`]),
      ].join(', ')}\n`,
    );
  }
}
