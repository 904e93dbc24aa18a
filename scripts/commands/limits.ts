import type { Contract } from '../../contracts/lib/contract.ts';
import type { SendingOptions } from '../budget/sending.ts';
import type { Host } from '../lib/host.ts';
import { limitText } from '../lib/option-values.ts';
import { command } from './command.ts';
import { type Form, REPORT_FORMATS, reported } from './reported.ts';
import { SENDING_OPTIONS, splitSending } from './sending-options.ts';

interface Options extends SendingOptions {
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
    ...SENDING_OPTIONS,
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
  async run({ options }, host) {
    const { sent } = splitSending(options);
    const [{ runLimits }, { dryRun, sending }, { planLimits }] = await Promise.all([
      import('../limits/run-limits.ts'),
      import('../budget/sending.ts'),
      import('../budget/planners.ts'),
    ]);
    const planner = (planned: Host, contract: Contract) => [planLimits(planned, contract, options.expect ?? null)];
    if (sent.dryRun === true) return dryRun(planner, sent, host, options.format);
    const run = (budgeted: Host) =>
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
      );
    return reported('limits', options.format, host, (speaking) => sending(planner, sent, speaking, run));
  },
});
