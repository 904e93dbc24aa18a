/**
 * Patterns as AJV runs them here: with the u flag, as draft 2020-12 recommends, and without it where the pattern is
 * only valid so (`\-` outside a class, say).
 */
const cache = new Map<string, RegExp>();

/** Throws SyntaxError for a pattern that is no regular expression. */
export function compiledPattern(source: string): RegExp {
  let pattern = cache.get(source);
  if (pattern === undefined) {
    if (cache.size > 5000) cache.clear();
    pattern = compile(source);
    cache.set(source, pattern);
  }
  return pattern;
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch {
    return new RegExp(source);
  }
}

/** Is this a pattern of the u flag? Throws SyntaxError for one that is no regular expression. */
export function isUnicodePattern(source: string): boolean {
  return compiledPattern(source).unicode;
}

/** The engine for AJV's option `code.regExp`. */
export const regexEngine = Object.assign((source: string) => compiledPattern(source), {
  code: 'new RegExp',
});
