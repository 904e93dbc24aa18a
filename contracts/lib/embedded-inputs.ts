import type { Contract } from './contract.ts';
import { valueAt } from './pointer.ts';

/**
 * Values of a contract's input variables for the embedded reference API, which knows every id: those of the first
 * valid request example that has them, else small numbers. By name of the environment variable.
 */
export function embeddedInputs(contract: Contract): Record<string, string> {
  const bodies = contract.examples
    .filter((example) => example.message === 'request' && example.isValid)
    .map((example) => example.body);
  const inputs: Record<string, string> = {};
  for (const [index, input] of (contract.operation.inputs ?? []).entries()) {
    const value = bodies.map((body) => valueAt(body, input.pointer)).find((found) => Number.isSafeInteger(found));
    inputs[input.env] = String(value ?? 1001 + index);
  }
  return inputs;
}
