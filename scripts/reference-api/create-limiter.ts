import { LimitSyntaxError, parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import type { Limiter } from '../../load/limiters/limiter.ts';
import { LimiterSpecError, parseLimiterSpec } from '../../load/limiters/spec.ts';
import { limiterClockMs } from './limiter-clock.ts';

/**
 * The limiter that a text names: grammar L, where N/T is a fixed window from the first request, and the further
 * words of load/limiters/spec.ts. Throws UserError.
 */
export function createLimiter(limit: string): Limiter {
  try {
    return parseLimiterSpec(limit, { parseLimit, startMs: limiterClockMs(), random: Math.random });
  } catch (error) {
    if (!(error instanceof LimitSyntaxError) && !(error instanceof LimiterSpecError)) throw error;
    throw new UserError(
      `the limit "${limit}" is not understood`,
      { why: error.message, fix: 'write it like 120/60s, sliding-log:20/5s, bucket:20@5/s, or none' },
      error,
    );
  }
}
