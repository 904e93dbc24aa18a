/** Headers in which servers speak of their limit, and Date, which tells what their times are relative to. */
const ABOUT_LIMITS = /^(retry-after|date|(x-)?rate-?limit(-[a-z0-9-]+)?)$/;
/** A longer value is no policy, and would fill the log. */
const MAX_VALUE_LENGTH = 500;

/** Those of `headers` (by lower-case name) that are about the limit; each value cut to 500 characters. Pure. */
export function limitHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => ABOUT_LIMITS.test(name))
      .map(([name, value]) => [name, value.slice(0, MAX_VALUE_LENGTH)]),
  );
}
