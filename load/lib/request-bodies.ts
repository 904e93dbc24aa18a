import { bodyInputs, type Json, type Operation } from '../../contracts/lib/operation.ts';
import { toPointer, withoutValueAt, withValueAt } from '../../contracts/lib/pointer.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/** The bodies that the load scripts send. Pure. */
export interface RequestBodies {
  readonly valid: Json;
  /** One required field short, so that a contract-keeping server creates nothing; null: the schema requires no field. */
  readonly invalid: Json | null;
}

/**
 * The template with the configured inputs in it, and the same without a field that the schema requires.
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
  const named = typeof valid === 'object' && valid !== null && !Array.isArray(valid) ? Object.keys(valid) : [];
  const pointers = [...bodyInputs(operation).map((input) => input.pointer), ...named.map((name) => toPointer([name]))];
  const shortened = pointers.map((pointer) => withoutValueAt(valid, pointer));
  return { valid, invalid: shortened.find((body) => !isValid(body)) ?? null };
}
