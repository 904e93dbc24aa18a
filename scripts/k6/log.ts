/** What k6 says on standard error under `--log-format json`: one JSON object a line, whatever a message contains. Pure. */

export interface K6LogEntry {
  readonly level: string;
  readonly message: string;
  /** Said by console.log, .warn, .error or .debug of the script. */
  readonly isFromScript: boolean;
}

/** The entry in `line`; null if it is none (a Go panic, for one, is plain text). */
export function parseLogLine(line: string): K6LogEntry | null {
  if (!line.startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const message = fields.get('msg');
  if (typeof message !== 'string') return null;
  const error = fields.get('error');
  const level = fields.get('level');
  return {
    level: typeof level === 'string' ? level : 'info',
    message: typeof error === 'string' ? `${message}: ${error}` : message,
    isFromScript: fields.get('source') === 'console',
  };
}

/** Feeds `onLine` each line without its line feed, however the chunks are cut; `end` gives what is left. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: string): void; end(): void } {
  let parts: string[] = [];
  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', from)) {
        parts.push(chunk.slice(from, at));
        const line = parts.join('');
        parts = [];
        from = at + 1;
        onLine(line);
      }
      if (from < chunk.length) parts.push(chunk.slice(from));
    },
    end() {
      if (parts.length === 0) return;
      const line = parts.join('');
      parts = [];
      onLine(line);
    },
  };
}

/** A message is shown this often; a target that is down makes k6 say the same for each request. */
const SHOWN_OF_A_KIND = 3;
/** Kinds that are counted; those beyond are one kind. */
const MAX_KINDS = 100;

/**
 * Lets the first few of each kind of message through; two messages are of a kind when they differ in digits only.
 * `offer` gives the text to show, null for none; `rest` gives one line for each kind that was cut.
 */
export function repetitionFilter(): { offer(text: string): string | null; rest(): string[] } {
  const counts = new Map<string, number>();
  const examples = new Map<string, string>();
  return {
    offer(text) {
      const exact = text.slice(0, 500).replace(/\d+/g, '0');
      const kind = counts.has(exact) || counts.size < MAX_KINDS ? exact : '';
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (count === 1) examples.set(kind, text);
      return count <= SHOWN_OF_A_KIND ? text : null;
    },
    rest() {
      return [...counts].flatMap(([kind, count]) =>
        count <= SHOWN_OF_A_KIND
          ? []
          : [`${count - SHOWN_OF_A_KIND} more like: ${(examples.get(kind) ?? '').slice(0, 200)}`],
      );
    },
  };
}
