import { type ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { holdingOutput } from '../lib/output-lock.ts';
import type { ReportFormat } from '../report/render-for.ts';
import type { ResultName } from '../results/results.ts';

/** What `--format` takes where a command writes a result. */
export const REPORT_FORMATS = ['json', 'markdown', 'junit', 'github'] as const satisfies readonly ReportFormat[];
export type Form = 'text' | ReportFormat;

/** A form for programs has standard output to itself: what is said beside it goes to standard error. */
export function beside(format: string | undefined, host: Host): Host {
  if (format === undefined || format === 'text') return host;
  const spoken = { ...host, out: host.err };
  // In this form findings are annotated already.
  return format === 'github' ? withEnvironment(spoken, { GITHUB_ACTIONS: undefined }) : spoken;
}

/**
 * Runs what writes a result, and makes the page and its companions anew; not where it failed before it wrote anything:
 * the page would be that of an earlier run.
 */
export async function withPage(speaking: Host, run: () => Promise<ExitCode>): Promise<ExitCode> {
  const { resultsStamp } = await import('../results/results-stamp.ts');
  const out = outputDirectory(speaking);
  const before = resultsStamp(out);
  let ended: ExitCode | UserError;
  try {
    ended = await run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ended = error;
  }
  if (ended instanceof UserError && resultsStamp(out) === before) throw ended;
  const { pagePath, writeReport } = await import('../report/run-report.ts');
  try {
    if (writeReport(out, speaking) !== null) speaking.out(`\n  report: ${pagePath(out)}\n`);
  } catch (error) {
    // What went wrong first is told.
    if (!(ended instanceof UserError)) throw error;
  }
  if (ended instanceof UserError) throw ended;
  return ended;
}

/** The same for the result `part` (null: all), which is printed in the form that was asked for. */
export async function reported(
  part: ResultName | null,
  format: Form | undefined,
  host: Host,
  run: (speaking: Host) => Promise<ExitCode>,
): Promise<ExitCode> {
  const speaking = beside(format, host);
  const write = () => withPage(speaking, () => run(speaking));
  const ended = await (part === 'diff' ? write() : holdingOutput(host, write));
  if (format === undefined || format === 'text') return ended;
  const { resultForm } = await import('../report/run-report.ts');
  host.out(resultForm(outputDirectory(host), format, part, host));
  return ended;
}
