import { resolve } from 'node:path';
import { redactor } from '../../contracts/lib/redact.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { readResults, type ThroughputResult, writeResult } from '../results/results.ts';
import { type Comparison, compareLoads, type Difference } from './compare.ts';
import { compareResult } from './compare-result.ts';

export interface CompareOptions {
  /** 0.05: what is worse by at most 5 % is no finding. */
  readonly tolerance: number | null;
  readonly format: 'text' | 'json' | 'markdown';
}

const DEFAULT_TOLERANCE = 0.05;

/**
 * `assay compare A B`: two results folders; prints how they differ and writes compare.json. Exit code 1 where B is
 * worse than A beyond the tolerance.
 */
export async function runCompare(a: string, b: string, options: CompareOptions, host: Host): Promise<ExitCode> {
  const [before, after] = [readLoad(a, host), readLoad(b, host)];
  const comparison = compareLoads(before, after, options.tolerance ?? DEFAULT_TOLERANCE);
  const result = compareResult(comparison, { label: a, load: before }, { label: b, load: after });
  const redact = redactor([host.env['ASSAY_API_KEY'], host.env['ASSAY_SECOND_API_KEY']]);
  writeResult(outputDirectory(host), 'compare', result, redact);
  const text =
    options.format === 'json'
      ? `${JSON.stringify(result, null, 1)}\n`
      : options.format === 'markdown'
        ? asMarkdown(comparison)
        : asText(comparison);
  host.out(redact(text));
  return comparison.isWorseBeyondTolerance ? ExitCode.Finding : ExitCode.Ok;
}

function readLoad(folder: string, host: Host): ThroughputResult {
  const { throughput } = readResults(resolve(host.cwd, folder));
  if (throughput !== null) return throughput;
  throw new UserError(`there is no load to compare in ${folder}`, {
    why: 'it has no throughput.json',
    fix: 'name a results folder in which `assay throughput` wrote (ASSAY_OUT)',
  });
}

const TITLES: Readonly<Record<Difference['metric'], string>> = {
  accepted: 'accepted per second',
  p50: 'p50, ms',
  p95: 'p95, ms',
  p99: 'p99, ms',
};

function cells({ metric, a, b, change, changeRange, verdict, because }: Difference): string[] {
  const number = (value: number | null) => (value === null ? '–' : value.toPrecision(4));
  const percent = (value: number) => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} %`;
  return [
    TITLES[metric],
    number(a),
    number(b),
    change === null ? '–' : percent(change),
    changeRange === null ? '–' : `${percent(changeRange[0])} to ${percent(changeRange[1])}`,
    verdict === 'no-difference'
      ? `no difference that this data can show${because === null ? '' : ` (${because})`}`
      : verdict,
  ];
}

const HEAD = ['', 'A', 'B', 'change', '95 % confidence, all four', 'verdict'];

function conclusion({ verdict, isWorseBeyondTolerance, tolerance }: Comparison): string {
  const words = verdict === 'no-difference' ? 'no difference that this data can show' : `B is ${verdict}`;
  if (verdict !== 'worse') return words;
  return `${words}, ${isWorseBeyondTolerance ? 'beyond' : 'within'} the tolerance of ${100 * tolerance} %`;
}

function asText(comparison: Comparison): string {
  const rows = [HEAD, ...comparison.differences.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${[...lines, ...comparison.cautions.map((caution) => `caution: ${caution}`), conclusion(comparison)].join('\n')}\n`;
}

function asMarkdown(comparison: Comparison): string {
  const row = (texts: readonly string[]) => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[
    `**${conclusion(comparison)}**`,
    '',
    row(HEAD),
    row(HEAD.map(() => '---')),
    ...comparison.differences.map((one) => row(cells(one))),
    ...(comparison.cautions.length === 0 ? [] : ['', ...comparison.cautions.map((caution) => `- caution: ${caution}`)]),
  ].join('\n')}\n`;
}
