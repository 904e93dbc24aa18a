import type { Contract } from './contract.ts';
import { ANY_ID } from './operation.ts';
import { valueAt } from './pointer.ts';

/**
 * Values of a contract's input variables for the embedded reference API: those of the first valid request example that
 * has them, else the input's own example, else small numbers; also of those that its givers need. By name of the
 * environment variable. What a giver gives is left out unless asked for, so that it is really given.
 */
export function embeddedInputs(contract: Contract, options = { withGiven: false }): Record<string, string> {
  const bodies = contract.examples
    .filter((example) => example.message === 'request' && example.isValid)
    .map((example) => example.body);
  const inputs: Record<string, string> = {};
  for (const giver of contract.givers ?? []) Object.assign(inputs, embeddedInputs(giver, options));
  for (const [index, input] of (contract.operation.inputs ?? []).entries()) {
    if (input.from !== undefined && !options.withGiven) continue;
    const isFit = (value: unknown) =>
      input.type === 'string' ? typeof value === 'string' : Number.isSafeInteger(value);
    const given = 'pointer' in input ? bodies.map((body) => valueAt(body, input.pointer)).find(isFit) : undefined;
    inputs[input.env] = String(given ?? input.example ?? ANY_ID + index);
  }
  return inputs;
}
