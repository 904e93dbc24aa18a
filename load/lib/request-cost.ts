import { mayCreate } from '../../contracts/lib/budget.ts';
import { unsetGivenInputs } from '../../contracts/lib/given-inputs.ts';
import type { Operation } from '../../contracts/lib/operation.ts';
import type { Environment } from '../../contracts/lib/target.ts';
import type { RequestCost } from '../measurement/profile.ts';

/** What one request of `operation` costs at most, with those that have to give its inputs. Pure. */
export function requestCost(operation: Operation, env: Environment, givers: readonly Operation[]): RequestCost {
  const needed = unsetGivenInputs(operation, env).length === 0 ? [] : givers;
  const all = [operation, ...needed];
  return { requests: all.length, created: all.filter(({ method }) => mayCreate(method)).length };
}
