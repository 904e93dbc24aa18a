import { timingSafeEqual } from 'node:crypto';

/** What a request presents to be let in. */
export interface Credentials {
  /** Values of all Authorization headers, in their order. */
  readonly authorizations: readonly string[];
  /** Query of the request target, without "?"; "" for none. */
  readonly query: string;
}

/** The key that was presented and is right; null otherwise. */
export function authorizedKey(credentials: Credentials, keys: readonly string[]): string | null {
  const token = presentedToken(credentials);
  if (token === null) return null;
  return keys.reduce<string | null>((found, key) => (isSameText(key, token) ? key : found), null);
}

/** The token of exactly one "Bearer <token>" (RFC 6750, scheme in this spelling); null for anything else. */
export function presentedToken({ authorizations }: Credentials): string | null {
  const [only, ...more] = authorizations;
  if (only === undefined || more.length > 0 || !only.startsWith('Bearer ')) return null;
  const token = only.slice('Bearer '.length);
  return token === '' || /\s/.test(token) ? null : token;
}

/** Compares in a time that depends on the lengths alone. */
function isSameText(expected: string, presented: string): boolean {
  const want = Buffer.from(expected);
  const have = Buffer.from(presented);
  return want.length === have.length ? timingSafeEqual(want, have) : !timingSafeEqual(want, want);
}
