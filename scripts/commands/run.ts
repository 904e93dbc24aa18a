import type { BudgetOptions } from '../budget/with-budget.ts';
import { holdingOutput } from '../lib/output-lock.ts';
import { BUDGET_OPTIONS } from './budget-options.ts';
import { command } from './command.ts';
import { beside, type Form, REPORT_FORMATS } from './reported.ts';

export const run = command<BudgetOptions & { readonly format?: Form }>({
  name: 'run',
  summary: 'contract, limits, throughput and report, in that order: the main job',
  options: BUDGET_OPTIONS,
  formats: REPORT_FORMATS,
  examples: [
    'npx assay run',
    'npx assay run --max-created 500 --max-time 15m',
    'ASSAY_OUT=reports/nightly npx assay run',
    'npx assay run --format markdown > summary.md',
  ],
  async run({ options: { format, ...budget } }, host) {
    const [{ runAll }, { budgetLimits, withBudget }] = await Promise.all([
      import('../run/run.ts'),
      import('../budget/with-budget.ts'),
    ]);
    const speaking = beside(format, host);
    const code = await holdingOutput(host, () => withBudget(budgetLimits(budget, speaking), speaking, runAll));
    if (format === undefined || format === 'text') return code;
    const { resultForm } = await import('../report/run-report.ts');
    const { outputDirectory } = await import('../lib/output-directory.ts');
    host.out(resultForm(outputDirectory(host), format, null, host));
    return code;
  },
});
