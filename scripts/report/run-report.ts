import { appendFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { readMutants } from '../contract/mutant-report.ts';
import { writeWhole } from '../lib/files.ts';
import { type Host, usesColor } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { readLedger } from '../results/ledger.ts';
import { type ResultName, type Results, readResults, resultPath } from '../results/results.ts';
import { annotations } from './annotations.ts';
import { readContractTexts } from './contract-texts.ts';
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
export async function runReport(
  directory: string | null,
  host: Host,
  format: ReportFormat | 'text' = 'text',
): Promise<ExitCode> {
  const out = directory === null ? outputDirectory(host) : resolve(host.cwd, directory);
  const model = writeReport(out, host);
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

/**
 * Writes page, Markdown, JUnit, CTRF and, of a comparison, SARIF from the results in a folder; null where there are
 * none. On GitHub Actions results that are newer than the page are annotated too. Throws as `runReport`.
 */
export function writeReport(out: string, host: Host): ReportModel | null {
  const results = readResults(out);
  if (Object.values(results).every((result) => result === null)) return null;
  const model = reportModel(results, readLedger(out), readMutants(out));
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
    checks: model.checks.filter(({ part }) => isNewer(part)),
  };
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
