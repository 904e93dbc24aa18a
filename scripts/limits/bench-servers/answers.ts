import type { Contract } from '../../../contracts/lib/contract.ts';
import { successStatuses } from '../../../contracts/lib/operation.ts';

/** A status and the JSON text that goes with it. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a server that keeps a contract answers, taken from the contract's own examples. */
export interface ContractAnswers {
  readonly method: string;
  readonly path: string;
  readonly admitted: Answer;
  readonly rejected: Answer;
  readonly invalid: Answer;
  readonly unauthorized: Answer;
  /** The value of the header Authorization that is right. */
  readonly authorization: string;
  /** Whether a body is one that the contract allows. */
  isValid(body: unknown): boolean;
}

/** Throws an Error for a contract without an example of each answer. */
export function contractAnswers(contract: Contract, apiKey: string): ContractAnswers {
  const { operation } = contract;
  const answer = (status: number): Answer => {
    const example = contract.examples.find(({ message, isValid }) => message === String(status) && isValid);
    if (example === undefined) throw new Error(`the contract ${contract.name} has no valid example of a ${status}`);
    return { status, body: JSON.stringify(example.body) };
  };
  const [success] = successStatuses(operation);
  if (success === undefined) throw new Error(`the contract ${contract.name} has no success`);
  const validate = contract.validator(operation.request.schema);
  return {
    method: operation.method,
    path: operation.path,
    admitted: answer(success),
    rejected: answer(429),
    invalid: answer(400),
    unauthorized: answer(401),
    authorization: `Bearer ${apiKey}`,
    isValid: (body) => validate(body) === true,
  };
}
