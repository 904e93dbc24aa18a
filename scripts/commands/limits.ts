import type { BudgetOptions } from '../budget/with-budget.ts';
import { limitText } from '../lib/option-values.ts';
import { BUDGET_OPTIONS } from './budget-options.ts';
import { command } from './command.ts';
import { type Form, REPORT_FORMATS, reported } from './reported.ts';

interface Options extends BudgetOptions {
  readonly expect?: string;
  readonly probeCosts?: boolean;
  readonly harmless?: boolean;
  readonly sourceAddress?: string;
  readonly format?: Form;
}

export const limits = command<Options>({
  name: 'limits',
  summary: 'find where the 429s start: how many, in what time, by which algorithm; with --expect it is a check',
  options: [
    {
      flags: '--expect <limit>',
      says: 'the limit that should be found, such as 120/60s',
      value: limitText('--expect'),
    },
    ...BUDGET_OPTIONS,
    { flags: '--probe-costs', says: 'ask too whether answers of 400 and 401 use up quota' },
    { flags: '--harmless', says: 'probe with invalid requests, which create nothing, where these use up quota' },
    {
      flags: '--source-address <ip>',
      says: 'another address of this machine: ask too what the limit is counted by',
    },
  ],
  formats: REPORT_FORMATS,
  examples: [
    'npx assay limits --expect 120/60s',
    'npx assay limits --max-requests 500 --max-time 5m',
    'npx assay limits --format json | jq .verdict',
  ],
  run: ({ options }, host) =>
    reported('limits', options.format, host, async (speaking) => {
      const [{ runLimits }, { budgetLimits, withBudget }] = await Promise.all([
        import('../limits/run-limits.ts'),
        import('../budget/with-budget.ts'),
      ]);
      return withBudget(budgetLimits(options, speaking), speaking, (budgeted) =>
        runLimits(
          {
            expect: options.expect ?? null,
            maxRequests: options.maxRequests ?? null,
            maxSeconds: options.maxTime ?? null,
            probeCosts: options.probeCosts === true,
            harmless: options.harmless === true,
            sourceAddress: options.sourceAddress ?? null,
          },
          budgeted,
        ),
      );
    }),
});
