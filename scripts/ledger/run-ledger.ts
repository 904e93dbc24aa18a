import { relative } from 'node:path';
import { redactor } from '../../contracts/lib/redact.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { type LedgerSummary, ledgerPath, readLedger } from '../results/ledger.ts';

export interface RunLedgerOptions {
  /** Folder of results; null: ASSAY_OUT. */
  readonly directory: string | null;
  readonly format?: 'text' | 'json';
}

/** `assay ledger`: what a run created, also one that was killed. Throws UserError where there is no ledger. */
export async function runLedger({ directory, format }: RunLedgerOptions, host: Host): Promise<ExitCode> {
  const out = outputDirectory(directory === null ? host : { ...host, env: { ASSAY_OUT: directory } });
  const summary = readLedger(out);
  if (summary === null) {
    throw new UserError(`there is no ledger in ${relative(host.cwd, out) || out}`, {
      why: `${ledgerPath(out)} does not exist: nothing was created, or the results lie elsewhere`,
      fix: 'name the folder of the results, or set ASSAY_OUT',
    });
  }
  const redact = redactor([host.env['ASSAY_API_KEY'], host.env['ASSAY_SECOND_API_KEY']]);
  host.out(redact(format === 'json' ? `${JSON.stringify(summary, null, 1)}\n` : ledgerText(summary, ledgerPath(out))));
  return ExitCode.Ok;
}

/** Most cases of a phase that are listed. */
const MOST_CASES = 8;

function ledgerText(summary: LedgerSummary, path: string): string {
  const { created, firstAt, lastAt, withoutId, damagedLines } = summary;
  const number = (value: number) => value.toLocaleString('en');
  const lines = [
    `${number(created)} created${firstAt === null ? '' : `, ${firstAt} to ${lastAt}`}`,
    ...Object.entries(summary.byCase).flatMap(([phase, cases]) => {
      const ordered = Object.entries(cases).sort(([, a], [, b]) => b - a);
      const rest = ordered.slice(MOST_CASES);
      const more = rest.reduce((sum, [, count]) => sum + count, 0);
      return [
        `  ${phase.padEnd(12)}${number(summary.byPhase[phase] ?? 0).padStart(8)}`,
        ...ordered.slice(0, MOST_CASES).map(([name, count]) => `    ${number(count).padStart(16)}  ${name}`),
        ...(rest.length === 0 ? [] : [`    ${number(more).padStart(16)}  in ${rest.length} other cases`]),
      ];
    }),
    ...(withoutId === 0 ? [] : [`  ${number(withoutId)} of the answers named no id`]),
    ...(damagedLines === 0
      ? []
      : [`  ${number(damagedLines)} lines are damaged: the run was killed while it wrote them`]),
    `  each line: ${path}`,
  ];
  return `${lines.join('\n')}\n`;
}
