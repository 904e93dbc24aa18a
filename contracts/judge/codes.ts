import type { Operation } from '../lib/operation.ts';

/** The codes in an error body. Pure, and without a validator, so fit for k6 too. */

/** All codes that the operation documents, of whatever status. */
export function documentedCodes(operation: Operation): ReadonlySet<string> {
  return new Set(Object.values(operation.responses).flatMap((rule) => rule.codes ?? []));
}

/**
 * The codes in an error body, in order: the texts under the name that holds a documented code ("code", "type" …);
 * under "code" where none does.
 */
export function codesOf(body: unknown, documented: ReadonlySet<string>): string[] {
  const texts = namedTexts(body, 0);
  const names = new Set(texts.filter(([, text]) => documented.has(text)).map(([name]) => name));
  if (names.size === 0) names.add('code');
  return texts.filter(([name]) => names.has(name)).map(([, text]) => text);
}

function namedTexts(body: unknown, depth: number): [name: string, text: string][] {
  if (typeof body !== 'object' || body === null || depth > 10) return [];
  return Object.entries(body).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : namedTexts(value, depth + 1),
  );
}
