import { appendFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { redactor } from '../../contracts/lib/redact.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { writeWhole } from '../lib/files.ts';
import { type Host, usesColor } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { pastRun, readHistory, withRun, writeHistory } from '../results/history.ts';
import { readLedger } from '../results/ledger.ts';
import { readMutants } from '../results/mutants.ts';
import { type ResultName, type Results, readResults, resultPath } from '../results/results.ts';
import { annotations } from './annotations.ts';
import { readContractTexts } from './contract-texts.ts';
import { type HistoryModel, historyModel } from './history-model.ts';
import { type ReportModel, reportModel } from './model.ts';
import { renderCtrf } from './render-ctrf.ts';
import { type ReportFormat, renderFor } from './render-for.ts';
import { renderHtml } from './render-html.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderSarif } from './render-sarif.ts';
import { renderText } from './render-text.ts';

/**
 * `assay report`: page, Markdown, JUnit, CTRF and SARIF from the results in a folder (default: ASSAY_OUT), and the summary on
 * standard output. 0 when they are written, whatever the results say: the commands that made the results have told.
 * Throws UserError (exit code 2) where there is nothing to build from, or a result cannot be read.
 */
export async function runReport(directory: string | null, host: Host, options: ReportOptions = {}): Promise<ExitCode> {
  const { format = 'text' } = options;
  const out = directory === null ? outputDirectory(host) : resolve(host.cwd, directory);
  const model = writeReport(out, host, historyOf(out, options, host));
  if (model === null)
    throw new UserError('there are no results to report', {
      why: `${out} has no contract.json, limits.json, throughput.json, diff.json or compare.json`,
      fix: 'run `npx assay run` first, or name the folder of the results: `npx assay report DIR`',
    });
  if (format !== 'text') {
    host.out(resultForm(out, format, null, host));
    return ExitCode.Ok;
  }
  host.out(`${renderText(model, { color: usesColor(host) })}\n  report: ${pagePath(out)}\n`);
  return ExitCode.Ok;
}

export interface ReportOptions {
  readonly format?: ReportFormat | 'text';
  /** The run is added to the history that is kept in the folder. */
  readonly history?: boolean;
  /** The same, kept in this file. */
  readonly historyFile?: string;
}

/** Where the history of a report is kept, and whether its run is added. */
interface KeptHistory {
  readonly path: string;
  readonly isAdding: boolean;
}

function historyOf(out: string, { history = false, historyFile }: ReportOptions, host: Host): KeptHistory {
  if (historyFile === undefined) return { path: historyPath(out), isAdding: history };
  return { path: resolve(host.cwd, historyFile), isAdding: true };
}

/**
 * Writes page, Markdown, JUnit, CTRF and, of a comparison, SARIF from the results in a folder; null where there are
 * none. On GitHub Actions results that are newer than the page are annotated too. Throws as `runReport`.
 */
export function writeReport(
  out: string,
  host: Host,
  history: KeptHistory = { path: historyPath(out), isAdding: false },
): ReportModel | null {
  const results = readResults(out);
  if (Object.values(results).every((result) => result === null)) return null;
  const model = reportModel(results, readLedger(out), readMutants(out), pastRuns(results, history, host));
  const markdown = renderMarkdown(model);
  const fresh = onlyNewer(model, out);
  writeWhole(join(out, 'junit.xml'), renderJunit(model));
  writeWhole(join(out, 'ctrf.json'), renderCtrf(model, packageFile.version, host.now().getTime()));
  if (model.diff) writeWhole(join(out, 'diff.sarif'), renderSarif(model.diff, packageFile.version));
  else rmSync(join(out, 'diff.sarif'), { force: true });
  writeWhole(join(out, 'summary.md'), markdown);
  writeWhole(pagePath(out), renderHtml(model));
  addToStepSummary(markdown, host);
  if (host.env['GITHUB_ACTIONS'] === 'true') host.out(annotations(fresh, readContractTexts(host)));
  return model;
}

/** What the page tells of past runs: with this one, where it is to be added. */
function pastRuns(results: Results, { path, isAdding }: KeptHistory, host: Host): HistoryModel | null {
  const kept = readHistory(path);
  const run = pastRun(results);
  if (!isAdding || run === null) return kept && historyModel(kept, run);
  const history = withRun(kept, run);
  writeHistory(path, history, redactor([host.env['ASSAY_API_KEY'], host.env['ASSAY_SECOND_API_KEY']]));
  return historyModel(history, run);
}

/** A result in a folder, null: all of them, in a form for programs; without one it says so in that form. */
export function resultForm(out: string, format: ReportFormat, part: ResultName | null, host: Host): string {
  const results = readResults(out);
  const none: Results = { contract: null, limits: null, throughput: null, diff: null, compare: null };
  const shown = part === null ? results : { ...none, [part]: results[part] };
  const model = reportModel(shown, readLedger(out), part === null ? readMutants(out) : null);
  return renderFor(format, model, { ...(part === null ? {} : { part }), contract: readContractTexts(host) });
}

/** What the page in the folder cannot tell yet, so that each finding is annotated once in a job. */
function onlyNewer(model: ReportModel, out: string): ReportModel {
  const writtenAt = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
  const pageAt = writtenAt(pagePath(out));
  const isNewer = (part: ResultName) => writtenAt(resultPath(out, part)) >= pageAt;
  return {
    ...model,
    contract: isNewer('contract') ? model.contract : null,
    diff: isNewer('diff') ? model.diff : null,
    throughput: isNewer('throughput') ? model.throughput : null,
    checks: model.checks.filter(({ part }) => isNewer(part)),
  };
}

/** Path of the history in a folder of results. */
function historyPath(out: string): string {
  return join(out, 'history.json');
}

/** Path of the page in a folder of results. */
export function pagePath(out: string): string {
  return join(out, 'index.html');
}

/** GitHub shows what a step appends to this file on the page of the run. A summary that cannot be added fails nothing. */
function addToStepSummary(markdown: string, host: Host): void {
  const path = host.env['GITHUB_STEP_SUMMARY'];
  if (path === undefined || path === '') return;
  try {
    appendFileSync(path, markdown);
  } catch (error) {
    host.err(`the summary was not added to GITHUB_STEP_SUMMARY: ${(error as Error).message}\n`);
  }
}
