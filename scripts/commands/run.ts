import type { SendingOptions } from '../budget/sending.ts';
import { holdingOutput } from '../lib/output-lock.ts';
import { command } from './command.ts';
import { beside, type Form, REPORT_FORMATS } from './reported.ts';
import { SENDING_OPTIONS } from './sending-options.ts';

export const run = command<SendingOptions & { readonly format?: Form }>({
  name: 'run',
  summary: 'contract, limits, throughput and report, in that order: the main job',
  options: SENDING_OPTIONS,
  formats: REPORT_FORMATS,
  examples: [
    'npx assay run',
    'npx assay run --dry-run',
    'npx assay run --max-created 500 --max-time 15m',
    'ASSAY_OUT=reports/nightly npx assay run',
    'npx assay run --format markdown > summary.md',
  ],
  async run({ options: { format, ...sent } }, host) {
    const [{ runAll, planAll }, { dryRun, sending }] = await Promise.all([
      import('../run/run.ts'),
      import('../budget/sending.ts'),
    ]);
    if (sent.dryRun === true) return dryRun(planAll, sent, host, format);
    const speaking = beside(format, host);
    const code = await holdingOutput(host, () => sending(planAll, sent, speaking, runAll));
    if (format === undefined || format === 'text') return code;
    const { resultForm } = await import('../report/run-report.ts');
    const { outputDirectory } = await import('../lib/output-directory.ts');
    host.out(resultForm(outputDirectory(host), format, null, host));
    return code;
  },
});
