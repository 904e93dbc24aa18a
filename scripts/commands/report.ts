import { command } from './command.ts';
import { type Form, REPORT_FORMATS } from './reported.ts';

export const report = command<{ readonly format?: Form }>({
  name: 'report',
  summary: 'build the report again from the results',
  arguments: [{ name: '[dir]', says: 'folder of the results (default: ASSAY_OUT, else reports/latest)' }],
  formats: REPORT_FORMATS,
  examples: ['npx assay report', 'npx assay report reports/nightly', 'npx assay report --format junit > assay.xml'],
  async run({ arguments: [directory = null], options: { format } }, host) {
    return (await import('../report/run-report.ts')).runReport(directory, host, format);
  },
});
