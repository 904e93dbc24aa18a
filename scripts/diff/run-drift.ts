import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DriftEntry, type DriftReport, findDrift } from '../../contracts/diff/drift.ts';
import { parseRecordedResponses } from '../../contracts/diff/recorded-responses.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { readNamedFile } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { briefJson } from './brief-json.ts';

export interface RunDriftOptions {
  /** HAR or NDJSON; default: what the last run recorded. */
  readonly file?: string | null;
  readonly format?: 'text' | 'json';
}

/** The responses that a run records, in ASSAY_OUT. */
export const RECORDED_FILE = 'responses.ndjson';

/** `assay drift [FILE]`: recorded responses against the contract; 1 if some lie outside it. */
export async function runDrift(options: RunDriftOptions, host: Host): Promise<ExitCode> {
  const contract = chosenContract(host);
  const path = options.file ? resolve(host.cwd, options.file) : join(outputDirectory(host), RECORDED_FILE);
  if (!existsSync(path)) {
    throw new UserError(`there are no recorded responses in ${path}`, {
      why: options.file ? 'there is no such file' : 'no run has recorded any',
      fix: 'name a HAR file, or one with lines such as {"status":201,"body":{…}}',
    });
  }
  const recorded = parseRecordedResponses(readNamedFile(path, 'recorded responses'), path, contract.operation);
  if (recorded.length === 0) {
    throw new UserError(`${path} has no response of ${contract.operation.method} ${contract.operation.path}`, {
      why: 'all responses in it belong to other requests, or have no JSON body',
      fix: 'name a file with responses of this operation',
    });
  }
  const report = findDrift(contract.operation, contract.schemas, recorded);
  host.out(options.format === 'json' ? `${JSON.stringify(report, null, 1)}\n` : driftText(report, contract.name));
  return report.entries.some(({ what }) => what === 'outside' || what === 'undocumented-status')
    ? ExitCode.Finding
    : ExitCode.Ok;
}

const HEADINGS: Readonly<Record<DriftEntry['what'], string>> = {
  outside: 'Outside the contract',
  'undocumented-status': 'Statuses that are not documented',
  undocumented: 'Seen, but not documented',
  'never-seen': 'Documented, but never seen',
};

export function driftText(report: DriftReport, name: string): string {
  const lines = [`${name}: ${report.responses} recorded ${report.responses === 1 ? 'response' : 'responses'}`];
  if (report.entries.length === 0) lines.push('all as documented, and all that is documented was seen');
  for (const what of Object.keys(HEADINGS) as DriftEntry['what'][]) {
    const entries = report.entries.filter((entry) => entry.what === what);
    if (entries.length === 0) continue;
    lines.push('', HEADINGS[what]);
    for (const entry of entries) {
      const where = `${entry.status} ${entry.pointer === '' ? 'body' : entry.pointer}`;
      if (what === 'never-seen') lines.push(`  ${where}  (in ${entry.of} responses)`);
      else
        lines.push(
          `  ${where}${entry.message === null ? '' : ` ${entry.message}`}  (${entry.seen} of ${entry.of}; such as ${briefJson(entry.example)})`,
        );
    }
  }
  if (report.patches.length > 0) {
    lines.push(
      '',
      `Proposed change (JSON Patch)${report.patchFits ? ', under which all recorded bodies are valid' : '; it does not cover everything'}`,
    );
    for (const { file, operations } of report.patches)
      lines.push(`  ${file}`, ...operations.map((operation) => `    ${JSON.stringify(operation)}`));
  }
  return `${lines.join('\n')}\n`;
}
