/** So many answers in a row say nothing new. */
const ENOUGH = 3;

/** Statuses that no limiter rejects with, and what they mean for a request that the contract calls valid. */
const HOPELESS: Readonly<Record<number, string>> = {
  400: 'it calls the valid request invalid',
  401: 'the API key is not accepted',
  404: 'there is no such path',
  405: 'the method is not allowed there',
  406: 'it does not answer with JSON',
  410: 'the path is gone',
  411: 'it misses a length',
  413: 'the request is too large',
  415: 'it takes no JSON',
  422: 'it calls the valid request invalid',
  501: 'it does not know the method',
};

/**
 * Watches the answers to valid requests until one of them is neither lost nor hopeless. Pure.
 * `whyUnusable` says, in words that finish "the target is of no use: ", why to stop; null: go on. At the end fewer
 * answers are enough: there will be no more.
 */
export function firstAnswers(): {
  take(status: number | null, error: string | null): void;
  whyUnusable(when?: 'at the end'): string | null;
} {
  let isSettled = false;
  let seen: { readonly status: number | null; readonly error: string | null }[] = [];
  return {
    take(status, error) {
      if (isSettled) return;
      isSettled = status !== null && !isHopeless(status);
      seen = isSettled ? [] : [...seen, { status, error }];
    },
    whyUnusable(when) {
      const last = seen.at(-1);
      if (last === undefined || seen.length < (when === 'at the end' ? 1 : ENOUGH)) return null;
      if (seen.every(({ status }) => status === null))
        return `${seen.length} requests got no answer (${last.error ?? 'lost'})`;
      const { status } = last;
      if (status === null || seen.some((answer) => answer.status !== status)) return null;
      const meaning = HOPELESS[status] ?? 'it redirects, and redirects are not followed';
      return `it answers ${status} to a valid request: ${meaning}`;
    },
  };
}

function isHopeless(status: number): boolean {
  return (status >= 300 && status < 400) || HOPELESS[status] !== undefined;
}
