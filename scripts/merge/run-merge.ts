import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { contractSummary } from '../contract/summary.ts';
import { RECORDED_FILE } from '../diff/run-drift.ts';
import { writeWhole } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { ledgerPath } from '../results/ledger.ts';
import {
  type ContractResult,
  type Results,
  readResults,
  type ThroughputResult,
  writeResult,
} from '../results/results.ts';
import { summaryLines } from '../throughput/summary-lines.ts';
import { mergedContractRun } from './merge-contracts.ts';
import { mergedLoad } from './merge-loads.ts';

/**
 * `assay merge A B C`: the results of several machines as one, in ASSAY_OUT: shards of the contract suite, generators
 * of one load. What they created and recorded is put together too. The exit code is that of the whole.
 */
export async function runMerge(folders: readonly string[], host: Host): Promise<ExitCode> {
  const out = outputDirectory(host);
  const inputs = folders.map((name) => ({ name, folder: resolve(host.cwd, name) }));
  checkFolders(inputs, out);
  const results = inputs.map(({ name, folder }) => ({ name, results: readResults(folder) }));
  const having = <N extends keyof Results>(part: N) =>
    results.flatMap(({ name, results: one }) => (one[part] === null ? [] : [{ name, result: one[part] }]));
  const contracts = having('contract') as { name: string; result: ContractResult }[];
  const loads = having('throughput') as { name: string; result: ThroughputResult }[];
  if (contracts.length + loads.length === 0)
    throw new UserError('there is nothing to merge', {
      why: `none of ${folders.join(', ')} has a contract.json or a throughput.json`,
      fix: 'name the folders in which `assay contract` or `assay throughput` wrote (ASSAY_OUT)',
    });
  for (const part of ['limits', 'diff'] as const) {
    const names = having(part).map(({ name }) => name);
    if (names.length > 0)
      host.err(`${part}.json of ${names.join(', ')} is left out: it is of one run, and has no parts\n`);
  }
  const missing = results.filter(({ results: one }) => one.contract === null && one.throughput === null);
  if (missing.length > 0)
    throw new UserError('a part is missing', {
      why: `${missing.map(({ name }) => name).join(', ')} has neither contract.json nor throughput.json`,
      fix: 'see why that run wrote none, or leave it out',
      exitCode: ExitCode.Impossible,
    });

  // What is read was masked when it was written.
  const asTheyAre = (text: string) => text;
  let code: ExitCode = ExitCode.Ok;
  if (contracts.length > 0) {
    const merged = mergedContractRun(...unzipped(contracts));
    writeResult(out, 'contract', merged, asTheyAre);
    host.out(wrappedLines(contractSummary(merged as Parameters<typeof contractSummary>[0]), host));
    if (merged.verdict !== 'holds') code = merged.verdict === 'broken' ? ExitCode.Finding : ExitCode.Undecided;
  }
  if (loads.length > 0) {
    const merged = mergedLoad(...unzipped(loads));
    writeResult(out, 'throughput', merged, asTheyAre);
    host.out(wrappedLines(summaryLines(merged), host));
    const isFinding = merged.contract.violations > 0 || merged.objectives.some(({ holds }) => !holds);
    if (isFinding) code = ExitCode.Finding;
    else if (!merged.valid && code === ExitCode.Ok) code = ExitCode.Undecided;
  }
  for (const path of [ledgerPath, (folder: string) => join(folder, RECORDED_FILE)]) {
    const texts = inputs.map(({ folder }) => path(folder)).filter((file) => existsSync(file));
    if (texts.length > 0)
      writeWhole(path(out), texts.map((file) => withLastLineEnded(readFileSync(file, 'utf8'))).join(''));
  }
  return code;
}

function checkFolders(inputs: readonly { name: string; folder: string }[], out: string): void {
  const places = inputs.map(({ name, folder }) => {
    if (existsSync(folder)) return realpathSync(folder);
    throw new UserError(`there is no folder ${name}`, {
      why: 'results are merged from folders that assay wrote',
      fix: 'name the folders of the parts, for example `npx assay merge shard-1 shard-2`',
    });
  });
  const twice = inputs.find((_, index) => places.indexOf(places[index] ?? '') !== index);
  if (twice !== undefined)
    throw new UserError(`${twice.name} is named twice`, {
      why: 'what it has would be counted twice',
      fix: 'name each part once',
    });
  if (inputs.length < 2)
    throw new UserError('one part is nothing to merge', { why: 'only one folder is named', fix: 'name all parts' });
  if (existsSync(out) && places.includes(realpathSync(out)))
    throw new UserError('the merged results would take the place of a part', {
      why: `${out} is where results go, and one of the parts`,
      fix: 'set ASSAY_OUT to another folder',
    });
}

function unzipped<T>(parts: readonly { name: string; result: T }[]): [T[], string[]] {
  return [parts.map(({ result }) => result), parts.map(({ name }) => name)];
}

/** A run that was killed may have left half a line. */
function withLastLineEnded(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
