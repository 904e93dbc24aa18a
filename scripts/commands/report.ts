import { command } from './command.ts';
import { type Form, REPORT_FORMATS } from './reported.ts';

interface Options {
  readonly format?: Form;
  readonly history?: boolean;
  readonly historyFile?: string;
}

export const report = command<Options>({
  name: 'report',
  summary: 'build the report again from the results',
  arguments: [{ name: '[dir]', says: 'folder of the results (default: ASSAY_OUT, else reports/latest)' }],
  options: [
    { flags: '--history', says: 'keep the main figures of this run in history.json, and draw their trend' },
    { flags: '--history-file <file>', says: 'the same, kept in a file of your own (in CI: one that is cached)' },
  ],
  formats: REPORT_FORMATS,
  examples: [
    'npx assay report',
    'npx assay report reports/nightly',
    'npx assay report --history',
    'npx assay report --format junit > assay.xml',
  ],
  async run({ arguments: [directory = null], options }, host) {
    return (await import('../report/run-report.ts')).runReport(directory, host, options);
  },
});
