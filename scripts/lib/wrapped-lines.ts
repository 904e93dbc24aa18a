import type { Host } from './host.ts';

const COLUMNS = 80;

/** Lines for people, with their last line feed: on a terminal none is longer than 80 columns, in a pipe each stays whole. */
export function wrappedLines(lines: readonly string[], host: Pick<Host, 'isOutputTerminal'>): string {
  const shown = host.isOutputTerminal ? lines.flatMap((line) => wrap(line)) : lines;
  return shown.map((line) => `${line}\n`).join('');
}

/** What follows is indented like the text behind a label ("latency    p50 …"), else two columns more than the line. */
function wrap(line: string): string[] {
  const leading = /^ */.exec(line)?.[0].length ?? 0;
  const label = /^ *\S+ {2,}/.exec(line)?.[0].length ?? 0;
  const indent = ' '.repeat(label > 0 && label <= COLUMNS / 3 ? label : leading + 2);
  const wrapped: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S)(?= )/)) {
    if (current !== '' && current.length + word.length > COLUMNS) {
      wrapped.push(current);
      current = indent + word.trimStart();
    } else current += word;
  }
  return [...wrapped, current];
}
