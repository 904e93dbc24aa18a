import type { ResultName } from '../results/results.ts';
import { annotations, type ContractTexts } from './annotations.ts';
import type { ReportModel } from './model.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';

/** What `--format` prints instead of the text for people. */
export type ReportFormat = 'json' | 'markdown' | 'junit' | 'github';

/**
 * A run in one of these forms, with its last end of line. json: with `part`, that result as its file holds it, else all
 * by name, null where one is missing. The other forms tell of all that the model holds: for one command make the model
 * of its result alone. `contract` lets `github` name files and lines.
 */
export function renderFor(
  format: ReportFormat,
  model: ReportModel,
  options: { readonly part?: ResultName; readonly contract?: ContractTexts | null } = {},
): string {
  if (format === 'markdown') return renderMarkdown(model);
  if (format === 'junit') return renderJunit(model);
  if (format === 'github') return annotations(model, options.contract ?? null);
  const results = {
    contract: model.contract?.result ?? null,
    limits: model.limits,
    throughput: model.throughput,
    diff: model.diff?.result ?? null,
    compare: model.compare,
  };
  return `${JSON.stringify(options.part === undefined ? results : results[options.part], null, 1)}\n`;
}
