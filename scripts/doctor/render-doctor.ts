import { ExitCode } from '../../contracts/lib/user-error.ts';
import { exitCodeOf, type Finding } from './finding.ts';
import type { Cost } from './target.ts';

const MARKS = { ok: '✓', warning: '!', failed: '✗', skipped: '–' } as const;
const COLORS = { ok: 32, warning: 33, failed: 31, skipped: 90 } as const;

/** A line for each finding, and below it what to do. Marks differ in shape, so that nothing is told by colour alone. Pure. */
export function doctorLines(findings: readonly Finding[], cost: Cost, color: boolean): string[] {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const paint = (state: Finding['state'], text: string) => (color ? `\u001b[${COLORS[state]}m${text}\u001b[0m` : text);
  const failures = findings.filter(({ state }) => state === 'failed').length;
  return [
    ...findings.flatMap(({ subject, state, says, fix }) => [
      `${paint(state, MARKS[state])} ${subject.padEnd(width)}  ${says}`,
      ...(fix === null ? [] : [`  ${' '.repeat(width)}  → ${fix}`]),
    ]),
    '',
    `${failures === 0 ? 'ready' : failures === 1 ? 'not ready: one thing is to be done' : `not ready: ${failures} things are to be done`}; ${costText(cost)}`,
  ];
}

function costText({ requests, created }: Cost): string {
  if (requests === 0) return 'nothing was sent';
  const sent = requests === 1 ? '1 request was sent' : `${requests} requests were sent`;
  return `${sent}, ${created === 0 ? 'nothing was created' : `${created} thing was created`}`;
}

/** The same for programs. */
export function doctorJson(findings: readonly Finding[], cost: Cost): string {
  const result = {
    schemaVersion: 1,
    ready: exitCodeOf(findings) === ExitCode.Ok,
    findings: findings.map(({ subject, state, says, fix }) => ({ subject, state, says, fix })),
    cost,
  };
  return `${JSON.stringify(result, null, 1)}\n`;
}
