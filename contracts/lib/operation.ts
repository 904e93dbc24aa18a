/**
 * What `operation.json` says, as types. The published schema is `operation.schema.json`; `parseContract` holds
 * a file to it, so that code behind it may trust these types.
 */

/** A JSON value, as parsed. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** A method on a path, and which schema and codes belong to which status. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  /** Starts with "/"; appended to the base URL. */
  readonly path: string;
  readonly baseUrl: string;
  readonly auth: { readonly scheme: 'bearer' | 'none' };
  /** `appliesDefaults`: the server fills in the schema's defaults, so that a new required field with one breaks nobody. */
  readonly request: { readonly schema: string; readonly appliesDefaults?: boolean };
  /** By status, as a string of three digits. */
  readonly responses: { readonly [status: string]: ResponseRule };
  /** References to things that exist on the server: only these values are asserted to be accepted. */
  readonly inputs?: readonly Input[];
  readonly echo?: readonly Echo[];
  /** Pointers into the success body: the id of the created thing, and its time of creation (Unix seconds). */
  readonly created?: { readonly id: string; readonly time?: string };
  /** The documented limit. */
  readonly limit?: { readonly requests: number; readonly windowSeconds: number };
  /** Rule → document it comes from. */
  readonly sources?: { readonly [rule: string]: unknown };
}

export interface ResponseRule {
  /** File name of the schema, in the contract's folder. */
  readonly schema: string;
  /** Codes of which the error envelope must hold one. */
  readonly codes?: readonly string[];
  /** The envelope has one more entry per bad field, whose `code` is the path of the field. */
  readonly fieldCodes?: boolean;
}

export interface Input {
  /** JSON pointer into the request body. */
  readonly pointer: string;
  /** Environment variable that holds the value. */
  readonly env: string;
  readonly required?: boolean;
}

export interface Echo {
  /** JSON pointer into the request body. */
  readonly request: string;
  /** JSON pointer into the success body. */
  readonly response: string;
  /** "null": the parent of the pointer may be null instead. */
  readonly unless?: 'null';
}

type KnownKeys<T> = keyof { [K in keyof T as string extends K ? never : number extends K ? never : K]: T[K] };

/** JSON pointers to the named properties of T, so that a renamed field of a schema fails the type check. */
export type PointerOf<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [K in KnownKeys<T> & string]: `/${K}` | `/${K}${PointerOf<NonNullable<T[K & keyof T]>>}` }[KnownKeys<T> &
        string]
    : never;

/** Status codes 2xx of an operation: those that mean "done". */
export function successStatuses(operation: Operation): number[] {
  return Object.keys(operation.responses)
    .map(Number)
    .filter((status) => status >= 200 && status < 300)
    .sort((a, b) => a - b);
}
