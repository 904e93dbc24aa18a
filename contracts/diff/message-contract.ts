import type { Contract } from '../lib/contract.ts';
import type { SchemaSource } from './schema-bundle.ts';

/** One operation as the comparison sees it, whatever it was read from: a contract folder, OpenAPI, a schema file. */
export interface MessageContract {
  /** Name of the operation. */
  readonly label: string;
  readonly method: string;
  readonly path: string;
  readonly baseUrl: string | null;
  /** "none", or the scheme that authorises requests. */
  readonly auth: string;
  /** null: there is none; undefined: what it was read from has no place for one. */
  readonly limit: { readonly requests: number; readonly windowSeconds: number } | null | undefined;
  /** Parameters outside the body (query, path, headers) as one object; null where they are not described. */
  readonly parameters: SchemaSource | null;
  readonly request: MessageBody | null;
  /** By status: three digits, "default", or "4XX". */
  readonly responses: ReadonlyMap<string, ResponseMessage>;
}

export interface MessageBody {
  readonly isRequired: boolean;
  /** Media type → schema; null: any body. */
  readonly content: ReadonlyMap<string, SchemaSource | null>;
}

export interface ResponseMessage {
  readonly content: ReadonlyMap<string, SchemaSource | null>;
  /** null, here and below: what it was read from has no place for that. */
  readonly codes: readonly string[] | null;
  readonly fieldCodes: boolean | null;
}

const JSON_MEDIA_TYPE = 'application/json';

/** A contract folder as one operation. */
export function messageContract(contract: Contract): MessageContract {
  const { operation } = contract;
  const documents = new Map<string, unknown>(Object.entries(contract.schemas));
  const { appliesDefaults = false } = operation.request as { readonly appliesDefaults?: boolean };
  return {
    label: operation.name,
    method: operation.method,
    path: operation.path,
    baseUrl: operation.baseUrl,
    auth: operation.auth.scheme,
    limit: operation.limit ?? null,
    parameters: null,
    request: {
      isRequired: true,
      content: new Map([[JSON_MEDIA_TYPE, { file: operation.request.schema, documents, appliesDefaults }]]),
    },
    responses: new Map(
      Object.entries(operation.responses).map(([status, rule]) => [
        status,
        {
          content: new Map([[JSON_MEDIA_TYPE, { file: rule.schema, documents }]]),
          codes: rule.codes ?? [],
          fieldCodes: rule.fieldCodes !== undefined && rule.fieldCodes !== false,
        },
      ]),
    ),
  };
}
