import { authorizedKey, type Credentials } from '../authorization.ts';
import type { Defect } from '../variants.ts';
import { hasBearer, onEach } from './helpers.ts';

/** Whether a request without the right key is let in all the same. */
type Leniency = (credentials: Credentials, keys: readonly string[]) => boolean;

/** What follows the scheme in the first Authorization header; null without one. */
const token = ({ authorizations: [first] }: Credentials) => {
  const match = first === undefined ? null : /^bearer +(.*)$/i.exec(first);
  return match?.[1] ?? null;
};

const ROWS: readonly { id: string; title: string; lets: Leniency }[] = [
  { id: 'auth-none', title: 'asks for no key at all', lets: () => true },
  {
    id: 'auth-missing-accepted',
    title: 'lets in requests without an Authorization header',
    lets: ({ authorizations }) => authorizations.length === 0,
  },
  { id: 'auth-any-key-accepted', title: 'lets in any token', lets: (credentials) => (token(credentials) ?? '') !== '' },
  {
    id: 'auth-empty-accepted',
    title: 'lets in an empty token or header',
    lets: ({ authorizations: [first] }) => first !== undefined && /^(bearer *)?$/i.test(first),
  },
  {
    id: 'auth-prefix-accepted',
    title: 'lets in a key that the right one begins with',
    lets: (credentials, keys) => {
      const shown = token(credentials);
      return shown !== null && shown !== '' && keys.some((key) => key.startsWith(shown));
    },
  },
  {
    id: 'auth-suffix-accepted',
    title: 'lets in the right key with more behind it',
    lets: (credentials, keys) => keys.some((key) => token(credentials)?.startsWith(key)),
  },
  {
    id: 'auth-case-ignored',
    title: 'ignores upper and lower case of the key',
    lets: (credentials, keys) => keys.some((key) => token(credentials)?.toLowerCase() === key.toLowerCase()),
  },
  {
    id: 'auth-length-only',
    title: 'compares the length of the key alone',
    lets: (credentials, keys) => keys.some((key) => token(credentials)?.length === key.length),
  },
  {
    id: 'auth-other-scheme-accepted',
    title: 'lets in the right key under any scheme',
    lets: ({ authorizations: [first = ''] }, keys) =>
      keys.some((key) => new RegExp(`^(?!bearer )\\S+ ${escaped(key)}$`, 'i').test(first)),
  },
  {
    id: 'auth-basic-accepted',
    title: 'lets in the right key as a Basic user name or password, or bare after Basic',
    lets: ({ authorizations: [first = ''] }, keys) => {
      const encoded = /^basic +(\S+)$/i.exec(first)?.[1];
      if (encoded === undefined) return false;
      const shown = [encoded, ...Buffer.from(encoded, 'base64').toString().split(':')];
      return keys.some((key) => shown.includes(key));
    },
  },
  {
    id: 'auth-no-scheme-accepted',
    title: 'lets in the bare key without a scheme',
    lets: ({ authorizations: [first] }, keys) => keys.some((key) => first === key),
  },
  {
    id: 'auth-query-accepted',
    title: 'lets in the key from the query',
    lets: ({ query }, keys) => keys.some((key) => query.includes(encodeURIComponent(key))),
  },
  {
    id: 'auth-null-accepted',
    title: 'lets in "Bearer null" and "Bearer undefined"',
    lets: (credentials) => ['null', 'undefined'].includes(token(credentials) ?? ''),
  },
  {
    id: 'auth-one-of-two-accepted',
    title: 'lets in two Authorization headers of which one is right',
    lets: ({ authorizations }, keys) =>
      authorizations.length > 1 && keys.some((key) => authorizations.includes(`Bearer ${key}`)),
  },
  {
    id: 'auth-long-accepted',
    title: 'lets in a very long token (it is cut off and not found)',
    lets: (credentials) => (token(credentials)?.length ?? 0) > 1000,
  },
];

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Requests let in, or kept out, against the documents. */
export const AUTH_DEFECTS: readonly Defect[] = [
  ...ROWS.map(
    ({ id, title, lets }): Defect => ({
      id,
      title,
      group: 'auth',
      breaks: 'a token that is missing, malformed or wrong is refused',
      isIn: hasBearer,
      make: () => ({
        authorize: (credentials, keys) =>
          authorizedKey(credentials, keys) ?? (lets(credentials, keys) ? (keys[0] ?? null) : null),
      }),
    }),
  ),
  {
    id: 'auth-right-key-sometimes-refused',
    title: 'refuses the right key each sixth time',
    group: 'auth',
    breaks: 'the right key is let in',
    isIn: hasBearer,
    make: ({ envelopes }) =>
      onEach(6, 'created', (answer) => ({ ...answer, status: 401, document: envelopes.make(401) })),
  },
];
