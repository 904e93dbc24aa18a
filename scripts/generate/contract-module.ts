import { requestTemplate } from '../../contracts/cases/request-template.ts';
import type { Contract } from '../../contracts/lib/contract.ts';

/**
 * The operation as a constant with literal types, beside the types of its messages: what tests and k6 scripts import,
 * so that a pointer or a field that no schema has any more fails the type check.
 */
export function generateContractModule(contract: Contract, head: string): string {
  return `${head}
import type { OperationTypes } from './types.ts';

export type { OperationTypes };

type Schema = boolean | { readonly [keyword: string]: unknown };

/** operation.json, with literal types. */
export const operation = ${JSON.stringify(withoutSchemaKeyword(contract.operation), null, 2)} as const;

/** What a request needs besides the inputs of the operation, which the load scripts put in. */
export const requestTemplate = ${JSON.stringify(requestTemplate(contract), null, 2)};

/** The schemas by file name: what the load script makes its recognisers of. */
export const schemas: Readonly<Record<string, Schema>> = ${JSON.stringify(contract.schemas, null, 2)};
`;
}

function withoutSchemaKeyword(operation: object): object {
  return Object.fromEntries(Object.entries(operation).filter(([key]) => key !== '$schema'));
}
