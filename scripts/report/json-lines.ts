import { pointerTokens, toPointer } from '../../contracts/lib/pointer.ts';

/** Where the values of a JSON text stand, for messages that point at a file and line. */

/** Line, from 1, of each value by its JSON pointer: of a property, the line of its name. */
export type JsonLines = ReadonlyMap<string, number>;

/** The lines of a JSON text; of a text that is none, those up to where it goes wrong. */
export function jsonLines(text: string): JsonLines {
  const lines = new Map<string, number>();
  /** Open objects and arrays: the token of the value that comes next. */
  const open: { token: string | number | null; readonly isArray: boolean }[] = [];
  let line = 1;
  const pointer = () => toPointer(open.map(({ token }) => token ?? ''));
  const valueStarts = () => {
    const parent = open.at(-1);
    if (parent === undefined || parent.isArray) lines.set(pointer(), line);
  };
  for (const [token, white] of text.matchAll(TOKEN)) {
    const parent = open.at(-1);
    if (white !== undefined) {
      line += white.split('\n').length - 1;
    } else if (token === '{' || token === '[') {
      valueStarts();
      open.push({ isArray: token === '[', token: token === '[' ? 0 : null });
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ',') {
      if (parent?.isArray) parent.token = Number(parent.token) + 1;
      else if (parent) parent.token = null;
    } else if (token !== ':') {
      if (parent && !parent.isArray && parent.token === null) {
        parent.token = nameOf(token);
        lines.set(pointer(), line);
      } else valueStarts();
    }
  }
  return lines;
}

/** White space; a text, closed or not; one of `{}[],:`; anything else up to one of these. */
const TOKEN = /(\s+)|"(?:[^"\\\n]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/g;

function nameOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/** Line of the value at `pointer`, or of the nearest value around it; null in a text that holds no JSON. */
export function nearestLine(lines: JsonLines, pointer: string): number | null {
  const tokens = pointerTokens(pointer);
  for (let length = tokens.length; length >= 0; length -= 1) {
    const line = lines.get(toPointer(tokens.slice(0, length)));
    if (line !== undefined) return line;
  }
  return null;
}
