import type { Json } from './operation.ts';

/** Reference tokens of a JSON pointer (RFC 6901): "/a~1b/0" → ["a/b", "0"]; "" → []. */
export function pointerTokens(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The JSON pointer of these reference tokens. */
export function toPointer(tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The value at `pointer`, or undefined where there is none. */
export function valueAt(document: unknown, pointer: string): Json | undefined {
  let value: unknown = document;
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value as Json | undefined;
}

/** A copy of `document` with `value` at `pointer`; objects on the way are made where they are missing or null. */
export function withValueAt(document: Json, pointer: string, value: Json): Json {
  const [token, ...rest] = pointerTokens(pointer);
  if (token === undefined) return value;
  const inner = (child: Json | undefined): Json => withValueAt(child ?? {}, toPointer(rest), value);
  if (Array.isArray(document)) return document.map((item, index) => (String(index) === token ? inner(item) : item));
  const object = typeof document === 'object' && document !== null ? document : {};
  return { ...object, [token]: inner(Object.hasOwn(object, token) ? object[token] : undefined) };
}

/** A copy of `document` without what is at `pointer`. */
export function withoutValueAt(document: Json, pointer: string): Json {
  const [token, ...rest] = pointerTokens(pointer);
  if (token === undefined || typeof document !== 'object' || document === null) return document;
  if (Array.isArray(document)) {
    return rest.length === 0
      ? document.filter((_, index) => String(index) !== token)
      : document.map((item, index) => (String(index) === token ? withoutValueAt(item, toPointer(rest)) : item));
  }
  if (rest.length === 0) return Object.fromEntries(Object.entries(document).filter(([key]) => key !== token));
  return Object.fromEntries(
    Object.entries(document).map(([key, child]) => [
      key,
      key === token ? withoutValueAt(child, toPointer(rest)) : child,
    ]),
  );
}
