import { schemaIndex } from '../judge/schema-index.ts';
import type { Contract } from '../lib/contract.ts';
import type { Json } from '../lib/operation.ts';
import { withoutValueAt } from '../lib/pointer.ts';
import { UserError } from '../lib/user-error.ts';
import { baseRequests } from './base-request.ts';

/** Stands for an id while the template is made; no schema of an id is likely to refuse it. */
const ANY_ID = 1001;

/**
 * What a request needs besides the configured inputs: the smallest valid request without them, `{}` where the inputs
 * are all it needs or no valid request can be made up. The load scripts put the inputs in.
 */
export function requestTemplate(contract: Contract): Json {
  const inputs = contract.operation.inputs ?? [];
  try {
    const placeholders = Object.fromEntries(inputs.map((input) => [input.pointer, ANY_ID]));
    const { minimal } = baseRequests(contract, schemaIndex(contract), placeholders);
    return inputs.reduce((body, input) => withoutValueAt(body, input.pointer), minimal);
  } catch (error) {
    if (error instanceof UserError) return {};
    throw error;
  }
}
