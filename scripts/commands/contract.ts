import type { BudgetOptions } from '../budget/with-budget.ts';
import type { GateOptions } from '../contract/gate-options.ts';
import { wholePercent } from '../lib/option-values.ts';
import { BUDGET_OPTIONS, splitBudget } from './budget-options.ts';
import { command } from './command.ts';
import { type Form, REPORT_FORMATS, reported } from './reported.ts';

export const contract = command<GateOptions & BudgetOptions & { readonly format?: Form }>({
  name: 'contract',
  summary: 'the Playwright contract suite; unknown arguments go to Playwright as they are',
  arguments: [{ name: '[playwright...]', says: 'arguments for `playwright test`, such as --grep @auth' }],
  options: [
    { flags: '--strict', says: 'undocumented fields of a response are findings too' },
    {
      flags: '--baseline <file>',
      says: 'known violations, each with a reason and an expiry date (default: baseline.json in the contract folder)',
    },
    {
      flags: '--min-coverage <percent>',
      says: 'how much of the contract must be covered',
      value: wholePercent('--min-coverage', 90),
    },
    {
      flags: '--min-reached <percent>',
      says: 'how many of the cases must get past authentication and limit',
      value: wholePercent('--min-reached', 95),
    },
    ...BUDGET_OPTIONS,
  ],
  formats: REPORT_FORMATS,
  passesUnknownOptions: true,
  examples: [
    'npx assay contract --grep @auth',
    'npx assay contract --grep-invert @limit --shard 1/2',
    'npx assay contract --strict --format junit > contract.xml',
  ],
  run({ arguments: playwrightArgs, options: { format, ...options } }, host) {
    const { budget, others: gates } = splitBudget(options);
    return reported('contract', format, host, async (speaking) => {
      const [{ runContract }, { budgetLimits, withBudget }] = await Promise.all([
        import('../contract/run-contract.ts'),
        import('../budget/with-budget.ts'),
      ]);
      return withBudget(budgetLimits(budget, speaking), speaking, (budgeted) =>
        runContract({ playwrightArgs, gates }, budgeted),
      );
    });
  },
});
