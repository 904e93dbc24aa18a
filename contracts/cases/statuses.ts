import { type Operation, successStatuses } from '../lib/operation.ts';

/** Which documented statuses mean what. Empty: the contract documents none, so only "some 4xx" can be asked for. */
export interface StatusRoles {
  readonly success: readonly number[];
  /** A request that breaks the request schema. */
  readonly invalid: readonly number[];
  /** A request without the right key. */
  readonly unauthorized: readonly number[];
}

export function statusRoles(operation: Operation): StatusRoles {
  const documented = (...statuses: number[]) => statuses.filter((status) => Object.hasOwn(operation.responses, status));
  return {
    success: successStatuses(operation),
    invalid: documented(400, 422),
    unauthorized: documented(401).length > 0 ? documented(401) : documented(403),
  };
}
