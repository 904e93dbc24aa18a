import type { Json, Operation } from '../../contracts/lib/operation.ts';
import { withoutValueAt, withValueAt } from '../../contracts/lib/pointer.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/** The bodies that the load scripts send. Pure. */
export interface RequestBodies {
  readonly valid: Json;
  /** One required field short, so that a contract-keeping server creates nothing; null: the schema requires no input. */
  readonly invalid: Json | null;
}

/**
 * The template with the configured inputs in it, and the same without one that the schema requires.
 * Throws UserError where that is no valid request.
 */
export function requestBodies(
  operation: Operation,
  template: Json,
  inputs: Readonly<Record<string, number | string>>,
  isValid: (body: Json) => boolean,
): RequestBodies {
  let valid = template;
  for (const [pointer, value] of Object.entries(inputs)) valid = withValueAt(valid, pointer, value);
  if (!isValid(valid)) {
    throw new UserError('no valid request can be made', {
      why: `the configured inputs of ${operation.name} do not make a body that keeps ${operation.request.schema}`,
      fix: `check ${(operation.inputs ?? []).map((input) => input.env).join(', ') || 'the inputs in operation.json'}, and give the contract a valid request example`,
    });
  }
  const shortened = (operation.inputs ?? []).map((input) => withoutValueAt(valid, input.pointer));
  return { valid, invalid: shortened.find((body) => !isValid(body)) ?? null };
}
