import type { Json } from '../contracts/lib/operation.ts';
import { fastCheck } from './validation/fast-check.ts';
import type { CheckInParts, ContractParts, Violation } from './validation/response-check.ts';

/**
 * What a user's own k6 scripts import: `import { validate } from 'assay/k6'`. Needs nothing of k6 or Node, so a bundler
 * puts it into the script together with the contract's generated files.
 */

export type { ContractParts, Violation } from './validation/response-check.ts';

/** What of k6's `Response` is looked at. */
export interface K6Response {
  readonly status: number;
  /** As k6 has them: "Content-Type". */
  readonly headers: { readonly [name: string]: string };
  /** As text: with `discardResponseBodies` or another `responseType` there is nothing to hold to a contract. */
  readonly body: unknown;
}

/** Checks are learnt from answers, so they are kept: for each contract those of the last few requests. */
const checks = new WeakMap<object, Map<string, CheckInParts>>();
const MOST_REQUESTS = 32;

/**
 * What an answer breaks of its contract: status, content type, schema, error codes, echoes of `request` (the body that
 * was sent, where there was one), id and time of what was created. [] if it keeps all of it.
 *
 * `contract`: `operation` and `schemas` of generated/contract.ts, `validators` of generated/validators.mjs.
 */
export function validate(response: K6Response, contract: ContractParts, request: unknown = null): readonly Violation[] {
  const known = checks.get(contract.operation) ?? new Map<string, CheckInParts>();
  checks.set(contract.operation, known);
  const key = JSON.stringify(request);
  let check = known.get(key);
  if (check === undefined) {
    check = fastCheck(contract, request as Json);
    // A request that differs each time would be remembered for nothing.
    if (known.size < MOST_REQUESTS) known.set(key, check);
  }
  if (response.status === 0)
    return [{ rule: 'connection', pointer: null, expected: 'an answer', received: 'none came' }];
  const body = typeof response.body === 'string' ? response.body : null;
  return check(response.status, body, response, Date.now()).violations;
}
