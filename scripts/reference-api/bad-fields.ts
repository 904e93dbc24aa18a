import { pointerTokens } from '../../contracts/lib/pointer.ts';
import type { SchemaError } from '../../contracts/lib/validator.ts';

/** A field of a request that breaks the request schema. */
export interface BadField {
  /** Names joined by dots, "" for the body itself. */
  readonly path: string;
  readonly message: string;
}

const BLANK = 'This value should not be blank.';

/**
 * One entry per field at fault, in the order of the errors. Where a choice (anyOf, oneOf, if) fails, what its branches
 * say of deeper fields is left out: none of them need be at fault.
 */
export function badFields(errors: readonly SchemaError[], request: unknown): BadField[] {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf').map((e) => e.schemaPath);
  const fields = new Map<string, string>();
  for (const error of errors) {
    if (error.keyword === 'if') continue;
    if (choices.some((choice) => error.schemaPath !== choice && error.schemaPath.startsWith(`${choice}/`))) continue;
    const tokens = pointerTokens(error.instancePath);
    const isBlank = ['required', 'dependentRequired', 'dependencies'].includes(error.keyword);
    const name =
      (isBlank ? error.params['missingProperty'] : undefined) ??
      error.params['additionalProperty'] ??
      error.params['unevaluatedProperty'] ??
      error.propertyName;
    if (typeof name === 'string') tokens.push(name);
    const path = tokens.join('.');
    if (!fields.has(path)) fields.set(path, isBlank ? BLANK : messageFor(error, fieldOf(request, tokens)));
  }
  return [...fields].map(([path, message]) => ({ path, message }));
}

function fieldOf(request: unknown, tokens: readonly string[]): unknown {
  return tokens.reduce<unknown>(
    (value, token) => (value as Record<string, unknown> | null | undefined)?.[token],
    request,
  );
}

function messageFor(error: SchemaError, value: unknown): string {
  if (value === null || value === '') return BLANK;
  if (error.keyword !== 'type') return 'This value is not valid.';
  const types = [error.params['type']].flat().filter((type) => type !== 'null');
  return `This value should be of type ${types.some((type) => type === 'integer' || type === 'number') ? 'numeric' : types.join('|')}.`;
}
