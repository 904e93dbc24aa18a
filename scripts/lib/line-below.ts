import { REWRITE } from './progress.ts';

/** Two streams of one terminal, where the line that is being rewritten on `err` stays below whatever else is written. */
export function withLineBelow(streams: { out(text: string): void; err(text: string): void }): typeof streams {
  let line = '';
  const writer = (write: (text: string) => void) => (text: string) => {
    if (text.startsWith(REWRITE)) {
      line = text.slice(REWRITE.length);
      streams.err(text);
      return;
    }
    if (line !== '') streams.err(REWRITE);
    write(text);
    if (line !== '' && text.endsWith('\n')) streams.err(line);
  };
  return { out: writer((text) => streams.out(text)), err: writer((text) => streams.err(text)) };
}
