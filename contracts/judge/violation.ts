/** One broken promise. */
export interface Violation {
  /** Stable name of the promise: "status", "schema.type", "error.code", "echo" … */
  readonly rule: string;
  /** JSON pointer into the response; into the request where a field at fault was to be named; null where no field is meant. */
  readonly pointer: string | null;
  readonly expected: string;
  readonly received: string;
  /** Where the promise is written. */
  readonly source: string;
}

/** Most characters of a received value that are shown. */
const LONGEST_SHOWN = 160;

/** A value as a finding shows it: its JSON, cut, and its type where the JSON does not tell it apart. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)` : text;
  if (typeof value === 'string') return `the string ${cut}`;
  if (typeof value === 'number') return `the number ${cut}`;
  return cut;
}
