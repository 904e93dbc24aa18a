import {
  type Amount,
  type Budget,
  hasLimits,
  mayCreate,
  mayHaveCreated,
  parseBudget,
  type Reserved,
  UNLIMITED,
} from '../lib/budget.ts';
import type { Environment } from '../lib/target.ts';
import { UserError } from '../lib/user-error.ts';
import { askOnLoopback, serveOnLoopback } from './loopback-service.ts';
import type { Transport } from './transport.ts';

/** One budget for all processes of a run: one of them keeps it, and the others ask it over loopback. */

export const BUDGET_URL_VARIABLE = 'ASSAY_BUDGET_URL';

export function serveBudget(budget: Budget): Promise<{ url: string; close(): Promise<void> }> {
  return serveOnLoopback(async (path, query): Promise<unknown> => {
    const amount: Amount = { requests: Number(query.get('requests')), created: Number(query.get('created')) };
    return path === '/release' ? budget.release(amount) : budget.reserve(amount);
  });
}

function remoteBudget(url: string): Budget {
  const ask = (path: string, { requests, created }: Amount) =>
    askOnLoopback(`${url}${path}?requests=${requests}&created=${created}`);
  return {
    reserve: async (wanted) => (await ask('/reserve', wanted)) as Reserved,
    release: async (unused) => void (await ask('/release', unused)),
  };
}

/** The budget of the run that `env` belongs to. Throws UserError where there should be one that nobody keeps. */
export function budgetOf(env: Environment): Budget {
  const url = env[BUDGET_URL_VARIABLE] ?? '';
  if (url !== '') return remoteBudget(url);
  if (!hasLimits(parseBudget(env))) return UNLIMITED;
  throw new UserError('nobody keeps the budget', {
    why: 'a budget (ASSAY_MAX_…) is shared by all workers, and the global set-up of the suite, which keeps it, did not run',
    fix: 'build your Playwright configuration on `assay/playwright.config`, or run `npx assay contract`',
  });
}

/** A transport that sends what the budget allows; the rest ends as a fault that says which budget is used up. */
export function withinBudget(send: Transport, budget: Budget): Transport {
  if (budget === UNLIMITED) return send;
  return async (wire, limits) => {
    const created = mayCreate(wire.method) ? 1 : 0;
    const reserved = await budget.reserve({ requests: 1, created });
    if (reserved.requests === 0) {
      const detail = `${reserved.because} is used up`;
      return { kind: 'fault', fault: { kind: 'not-sent', detail, milliseconds: 0 } };
    }
    const exchange = await send(wire, limits);
    const isConnected = exchange.kind === 'answer' || exchange.fault.kind !== 'unreachable';
    const isMade = exchange.kind === 'answer' ? mayHaveCreated(exchange.answer.status) : isConnected;
    if (created > 0 && !isMade) await budget.release({ requests: 0, created });
    return exchange;
  };
}
