import type { Environment } from './target.ts';
import { UserError } from './user-error.ts';

/**
 * What a run may cost at most, over all that it consists of: the contract suite with its workers, limits, and
 * throughput with its virtual users. A request is counted before it is sent, and so is what it may create; what it
 * surely did not create is given back. So no budget is ever exceeded, not by one. Pure; also runs inside k6.
 */
export interface BudgetLimits {
  /** null: as many as it takes. */
  readonly maxRequests: number | null;
  readonly maxCreated: number | null;
  /** From the start of the run: nothing is sent later. */
  readonly maxSeconds: number | null;
}

/** The same as environment variables. */
export const BUDGET_VARIABLES = {
  maxRequests: 'ASSAY_MAX_REQUESTS',
  maxCreated: 'ASSAY_MAX_CREATED',
  maxSeconds: 'ASSAY_MAX_SECONDS',
  /** Wall clock from which the seconds count, ms since 1970: `assay` sets it for k6, which takes a while to start. */
  countedFromMs: 'ASSAY_MAX_SECONDS_FROM',
} as const;

export interface Amount {
  readonly requests: number;
  readonly created: number;
}

export interface Reserved extends Amount {
  /** Until nothing may be sent any more; null: there is no such time. */
  readonly secondsLeft: number | null;
  /** Which budget is why this is less than was asked for; null: it is not less. */
  readonly because: string | null;
}

/** Keeps the books of one run; the calls are answered by another process where it has workers. */
export interface Budget {
  /** As much of `wanted` as is left. Nothing at all where no request is left, or none that may create. */
  reserve(wanted: Amount): Promise<Reserved>;
  /** Gives back what was reserved and not used. */
  release(unused: Amount): Promise<void>;
}

/** How each reason begins that names a budget. */
export const BUDGET_REASON = 'the budget of';

export function isBudgetReason(text: string | null | undefined): boolean {
  return text?.includes(BUDGET_REASON) === true;
}

/** Methods that change nothing on a server (RFC 9110, section 9.2.1). */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/** Whether a request may create something: also one that ought to be refused, if the server makes a mistake. */
export function mayCreate(method: string): boolean {
  return !SAFE_METHODS.includes(method.toUpperCase());
}

/** A request that is to be sent elsewhere, as it is (RFC 9110, sections 15.4.8 and 15.4.9); 303 says where the created is. */
const SENT_ON = [307, 308];

/** Whether something may have been created, as far as the status tells; null: no answer. */
export function mayHaveCreated(status: number | null): boolean {
  return status === null || !((status >= 400 && status < 500) || SENT_ON.includes(status));
}

export function hasLimits(limits: BudgetLimits): boolean {
  return Object.values(limits).some((limit) => limit !== null);
}

/** Reads the budgets. Throws UserError for a value that is none. */
export function parseBudget(env: Environment): BudgetLimits {
  const number = (name: string, least: number, isWhole: boolean): number | null => {
    const text = (env[name] ?? '').trim();
    if (text === '') return null;
    const value = Number(text);
    if (!(isWhole ? /^\d+$/ : /^\d+(\.\d+)?$/).test(text) || value < least || value > Number.MAX_SAFE_INTEGER) {
      throw new UserError(`${name} is not usable`, {
        why: `${text.slice(0, 40)} is no ${isWhole ? 'whole ' : ''}number of at least ${least}`,
        fix: `correct ${name}, or unset it`,
      });
    }
    return value;
  };
  return {
    maxRequests: number(BUDGET_VARIABLES.maxRequests, 1, true),
    maxCreated: number(BUDGET_VARIABLES.maxCreated, 0, true),
    maxSeconds: number(BUDGET_VARIABLES.maxSeconds, 0, false),
  };
}

/** A start that takes longer than this is no start: a clock was set meanwhile. */
const LONGEST_START_MS = 60_000;

/**
 * What is left of `seconds` that were counted from `sinceMs` by another process, at `nowMs` (wall clocks, ms since
 * 1970): a script in k6 begins a while after it was called. All of it where a clock was set meanwhile.
 */
export function secondsLeftSince(seconds: number, sinceMs: number, nowMs: number): number {
  const elapsedMs = nowMs - sinceMs;
  return elapsedMs < 0 || elapsedMs > LONGEST_START_MS ? seconds : Math.max(0, seconds - elapsedMs / 1000);
}

/** Wall clock (ms since 1970) after which nothing may be sent by what starts at `nowMs`; null: there is no such time. */
export function sendUntilMs(env: Environment, nowMs: number): number | null {
  const { maxSeconds } = parseBudget(env);
  if (maxSeconds === null) return null;
  const fromMs = Number(env[BUDGET_VARIABLES.countedFromMs] ?? nowMs);
  return nowMs + 1000 * secondsLeftSince(maxSeconds, fromMs, nowMs);
}

/** A budget kept in this process, from now on. `nowMs` is a clock that does not run backwards. */
export function createBudget(limits: BudgetLimits, nowMs: () => number): Budget & { used(): Amount } {
  const { maxRequests, maxCreated, maxSeconds } = limits;
  const startedAtMs = nowMs();
  let requests = 0;
  let created = 0;
  return {
    async reserve(wanted) {
      const secondsLeft = maxSeconds === null ? null : Math.max(0, maxSeconds - (nowMs() - startedAtMs) / 1000);
      const requestsLeft = maxRequests === null ? wanted.requests : maxRequests - requests;
      const createdLeft = maxCreated === null ? wanted.created : maxCreated - created;
      const because =
        secondsLeft === 0
          ? `${BUDGET_REASON} ${maxSeconds} s`
          : requestsLeft < wanted.requests
            ? `${BUDGET_REASON} ${maxRequests} requests`
            : createdLeft < wanted.created
              ? `${BUDGET_REASON} ${maxCreated} created`
              : null;
      const isOver = secondsLeft === 0 || requestsLeft <= 0 || (wanted.created > 0 && createdLeft <= 0);
      const granted = isOver
        ? { requests: 0, created: 0 }
        : {
            requests: Math.min(wanted.requests, requestsLeft),
            created: Math.min(wanted.created, createdLeft),
          };
      requests += granted.requests;
      created += granted.created;
      return { ...granted, secondsLeft, because };
    },
    async release(unused) {
      requests -= unused.requests;
      created -= unused.created;
    },
    used: () => ({ requests, created }),
  };
}

/** The budget of a run that has none. */
export const UNLIMITED: Budget = {
  reserve: async (wanted) => ({ ...wanted, secondsLeft: null, because: null }),
  release: async () => undefined,
};
