import { holdingOutput } from '../lib/output-lock.ts';
import { command } from './command.ts';
import { beside, type Form, REPORT_FORMATS } from './reported.ts';

export const run = command<{ readonly format?: Form }>({
  name: 'run',
  summary: 'contract, limits, throughput and report, in that order: the main job',
  formats: REPORT_FORMATS,
  examples: [
    'npx assay run',
    'ASSAY_OUT=reports/nightly npx assay run',
    'npx assay run --format markdown > summary.md',
  ],
  async run({ options: { format } }, host) {
    const { runAll } = await import('../run/run.ts');
    const code = await holdingOutput(host, () => runAll(beside(format, host)));
    if (format === undefined || format === 'text') return code;
    const { resultForm } = await import('../report/run-report.ts');
    const { outputDirectory } = await import('../lib/output-directory.ts');
    host.out(resultForm(outputDirectory(host), format, null, host));
    return code;
  },
});
