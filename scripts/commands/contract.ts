import type { SendingOptions } from '../budget/sending.ts';
import type { GateOptions } from '../contract/gate-options.ts';
import type { Host } from '../lib/host.ts';
import { wholePercent } from '../lib/option-values.ts';
import { command } from './command.ts';
import { type Form, REPORT_FORMATS, reported } from './reported.ts';
import { SENDING_OPTIONS, splitSending } from './sending-options.ts';

export const contract = command<GateOptions & SendingOptions & { readonly format?: Form }>({
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
    ...SENDING_OPTIONS,
  ],
  formats: REPORT_FORMATS,
  passesUnknownOptions: true,
  examples: [
    'npx assay contract --grep @auth',
    'npx assay contract --grep-invert @limit --shard 1/2',
    'npx assay contract --strict --format junit > contract.xml',
  ],
  async run({ arguments: playwrightArgs, options: { format, ...options } }, host) {
    const { sent, others: gates } = splitSending(options);
    const [{ runContract }, { dryRun, sending }, { planContract }] = await Promise.all([
      import('../contract/run-contract.ts'),
      import('../budget/sending.ts'),
      import('../budget/planners.ts'),
    ]);
    const planner = (planned: Host) => [planContract(planned, playwrightArgs)];
    if (sent.dryRun === true) return dryRun(planner, sent, host, format);
    return reported('contract', format, host, (speaking) =>
      sending(planner, sent, speaking, (budgeted) => runContract({ playwrightArgs, gates }, budgeted)),
    );
  },
});
