import { schemaIndex } from '../judge/schema-index.ts';
import type { Contract } from '../lib/contract.ts';
import { ANY_ID, bodyInputs, type Json } from '../lib/operation.ts';
import { withoutValueAt } from '../lib/pointer.ts';
import { UserError } from '../lib/user-error.ts';
import { baseRequests } from './base-request.ts';

/**
 * What a request needs besides the configured inputs: the smallest valid request without them, `{}` where the inputs
 * are all it needs or no valid request can be made up. The load scripts put the inputs in.
 */
export function requestTemplate(contract: Contract): Json {
  const inputs = bodyInputs(contract.operation);
  try {
    const placeholders = Object.fromEntries(inputs.map((input) => [input.pointer, input.example ?? ANY_ID]));
    const { minimal } = baseRequests(contract, schemaIndex(contract), placeholders);
    return inputs.reduce((body, input) => withoutValueAt(body, input.pointer), minimal);
  } catch (error) {
    if (error instanceof UserError) return {};
    throw error;
  }
}
