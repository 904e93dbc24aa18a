import type { Json } from '../../contracts/lib/operation.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/** A saved answer. */
export interface SavedResponse {
  readonly status: number;
  readonly body: Json;
}

/**
 * Reads an answer as `curl -i` writes it (the last one, where there was a 100 or a redirect before), or a JSON body in a
 * file whose name begins with the status. `name` is the file's name without its folder. Throws UserError.
 */
export function parseResponse(text: string, name: string): SavedResponse {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const fail = (why: string, fix: string) => new UserError(`the answer in ${name} cannot be imported`, { why, fix });
  let rest = plain.trimStart();
  let status: number | null = null;
  for (
    let head = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n/.exec(rest);
    head !== null;
    head = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n/.exec(rest)
  ) {
    status = Number(head[1]);
    const end = rest.indexOf('\n\n');
    rest = end < 0 ? '' : rest.slice(end + 2).trimStart();
  }
  if (status === null) {
    const named = /^([1-5]\d\d)\b/.exec(name);
    if (named === null)
      throw fail('its status is not known', 'save it with `curl -i`, or call the file by its status, such as 201.json');
    status = Number(named[1]);
  }
  try {
    return { status, body: JSON.parse(rest) as Json };
  } catch (error) {
    throw fail(
      rest.trim() === '' ? 'it has no body' : `its body is no JSON: ${(error as Error).message}`,
      'assay holds answers to JSON; save one that has such a body',
    );
  }
}
