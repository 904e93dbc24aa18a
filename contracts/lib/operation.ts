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
  /** Starts with "/"; appended to the base URL. "{name}" is a parameter, whose value is the input with `path: name`. */
  readonly path: string;
  readonly baseUrl: string;
  readonly auth: { readonly scheme: 'bearer' | 'none' };
  /** `appliesDefaults`: the server fills in the schema's defaults, so that a new required field with one breaks nobody. */
  readonly request: { readonly schema: string; readonly appliesDefaults?: boolean };
  /** By status, as a string of three digits. */
  readonly responses: { readonly [status: string]: ResponseRule };
  /** References to things that exist on the server: only these values are asserted to be accepted. */
  readonly inputs?: readonly (BodyInput | PathInput)[];
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
  /**
   * The envelope has one more entry per bad field, whose `code` is the path of the field; or, for fields named here by
   * JSON pointer, this code, which also stands alone.
   */
  readonly fieldCodes?: boolean | { readonly [pointer: string]: string };
}

export interface Input {
  /** Environment variable that holds the value. */
  readonly env: string;
  readonly required?: boolean;
  /** What the variable is read as; default "integer". */
  readonly type?: 'integer' | 'string';
  /** A value for the reference API and for documents. */
  readonly example?: number | string;
  /** Where the variable is not set: another operation is called first, and the value is taken from its success. */
  readonly from?: {
    /** Name of the other contract, in the same folder of contracts. */
    readonly operation: string;
    /** JSON pointer into its success body. */
    readonly pointer: string;
  };
}

export interface BodyInput extends Input {
  /** JSON pointer into the request body. */
  readonly pointer: string;
}

export interface PathInput extends Input {
  /** Name of a parameter of the path. */
  readonly path: string;
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

/** The inputs that go into the request body. */
export function bodyInputs(operation: Operation): readonly BodyInput[] {
  return (operation.inputs ?? []).filter((input) => 'pointer' in input);
}

/** The inputs that go into the path. */
export function pathInputs(operation: Operation): readonly PathInput[] {
  return (operation.inputs ?? []).filter((input) => 'path' in input);
}

/** Names of the parameters of a path: "/chats/{chat}" → ["chat"]. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{([^{}/]+)\}/g)].map(([, name]) => name ?? '');
}

/** The path with the values of its parameters in it; those without a value get their input's example. */
export function boundPath(operation: Operation, values: Readonly<Record<string, number | string>>): string {
  return operation.path.replace(/\{([^{}/]+)\}/g, (_, name: string) => {
    const example = pathInputs(operation).find((input) => input.path === name)?.example;
    return encodeURIComponent(String(values[name] ?? example ?? ANY_ID));
  });
}

/** Stands for an id where none is known; no schema of an id is likely to refuse it. */
export const ANY_ID = 1001;

/** The code of an error entry for a field, which is its path unless the contract names another one. */
export function fieldCode(rule: ResponseRule, pointer: string): string | undefined {
  return typeof rule.fieldCodes === 'object' && Object.hasOwn(rule.fieldCodes, pointer)
    ? rule.fieldCodes[pointer]
    : undefined;
}
