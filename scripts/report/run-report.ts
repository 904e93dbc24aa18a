import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { readLedger } from '../results/ledger.ts';
import { readResults } from '../results/results.ts';
import { type ReportModel, reportModel } from './model.ts';
import { renderHtml } from './render-html.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderText } from './render-text.ts';

/**
 * `assay report`: page, Markdown and JUnit from the results in a folder (default: ASSAY_OUT), and the summary on
 * standard output. 0 when they are written, whatever the results say: the commands that made the results have told.
 * Throws UserError (exit code 2) where there is nothing to build from, or a result cannot be read.
 */
export async function runReport(directory: string | null, host: Host): Promise<ExitCode> {
  const out = directory === null ? outputDirectory(host) : resolve(host.cwd, directory);
  const model = writeReport(out, host);
  if (model === null)
    throw new UserError('there are no results to report', {
      why: `${out} has no contract.json, limits.json, throughput.json or diff.json`,
      fix: 'run `npx assay run` first, or name the folder of the results: `npx assay report DIR`',
    });
  const color = host.isOutputTerminal && (host.env['NO_COLOR'] ?? '') === '';
  host.out(`${renderText(model, { color })}\n  report: ${pagePath(out)}\n`);
  return ExitCode.Ok;
}

/** Writes page, Markdown and JUnit from the results in a folder; null where there are none. Throws as `runReport`. */
export function writeReport(out: string, host: Host): ReportModel | null {
  const results = readResults(out);
  if (Object.values(results).every((result) => result === null)) return null;
  const model = reportModel(results, readLedger(out));
  const markdown = renderMarkdown(model);
  writeWhole(join(out, 'junit.xml'), renderJunit(model));
  writeWhole(join(out, 'summary.md'), markdown);
  writeWhole(pagePath(out), renderHtml(model));
  addToStepSummary(markdown, host);
  return model;
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
