import { command } from './command.ts';

export const report = command({
  name: 'report',
  summary: 'build the report again from the results',
  arguments: [{ name: '[dir]', says: 'folder of the results (default: ASSAY_OUT, else reports/latest)' }],
  examples: ['npx assay report', 'npx assay report reports/nightly'],
  async run({ arguments: [directory = null] }, host) {
    return (await import('../report/run-report.ts')).runReport(directory, host);
  },
});
