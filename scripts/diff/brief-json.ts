import type { Json } from '../../contracts/lib/operation.ts';

/** Items of a list, and characters of a text, that are shown before it is cut. */
const MAX_ITEMS = 6;
const MAX_CHARACTERS = 60;
const MAX_WHOLE = 400;

/** A value on one line for people: long texts and lists are cut, and say how long they are. */
export function briefJson(value: Json): string {
  const text = brief(value);
  return text.length > MAX_WHOLE ? `${text.slice(0, MAX_WHOLE)}… (${text.length} characters)` : text;
}

function brief(value: Json): string {
  if (typeof value === 'string') {
    const length = [...value].length;
    if (length <= MAX_CHARACTERS) return JSON.stringify(value);
    return `${JSON.stringify([...value].slice(0, 20).join('')).slice(0, -1)}…" (${length} characters)`;
  }
  if (Array.isArray(value)) {
    if (value.length <= MAX_ITEMS) return `[${value.map(brief).join(',')}]`;
    return `[${value.slice(0, 3).map(brief).join(',')},…] (${value.length} items)`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const shown = entries.slice(0, 20).map(([name, child]) => `${JSON.stringify(name)}:${brief(child)}`);
  return `{${shown.join(',')}${entries.length > 20 ? `,…} (${entries.length} properties)` : '}'}`;
}
