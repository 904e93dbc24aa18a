import type { Contract } from './contract.ts';
import { ANY_ID, type Input, type Operation } from './operation.ts';
import type { Environment } from './target.ts';

/** Inputs that another operation gives (`from`). Pure, and fit for k6. */

/** The inputs with `from` whose variable is not set. */
export function unsetGivenInputs(operation: Operation, env: Environment): NonNullable<Operation['inputs']>[number][] {
  return (operation.inputs ?? []).filter((input) => input.from !== undefined && (env[input.env] ?? '').trim() === '');
}

/** Values that stand for inputs which are given later, by environment variable. */
export function standIns(operation: Operation, env: Environment): Record<string, string> {
  return Object.fromEntries(unsetGivenInputs(operation, env).map((input) => [input.env, String(standInFor(input))]));
}

function standInFor(input: Input): number | string {
  return input.example ?? ANY_ID;
}

/** Everything that gives inputs to a contract, or to what gives them, in an order in which it can be called. */
export function allGivers(contract: Contract): Contract[] {
  const ordered = (contract.givers ?? []).flatMap((giver) => [...allGivers(giver), giver]);
  return [...new Map(ordered.map((giver) => [giver.name, giver])).values()];
}
