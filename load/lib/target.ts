import exec from 'k6/execution';
import type { Operation } from '../../contracts/lib/operation.ts';
import { type Environment, parseTarget, type Target } from '../../contracts/lib/target.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * The target that the environment names, for a script's init code: where it is not usable, or its host is not
 * allowed, k6 ends before the first request, with exit code 108 and one line that says why.
 */
export function targetOrAbort(operation: Operation, standIns: Environment = {}): Target {
  return orAbort(() => parseTarget({ ...__ENV, ...standIns }, operation));
}

/** The value of `make`; a UserError that it throws ends the test with what it says. */
export function orAbort<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) exec.test.abort(`${error.message}: ${error.why}; ${error.fix}`);
    throw error;
  }
}
