import type { SendingOptions } from '../budget/sending.ts';
import { durationSeconds, wholeNumber } from '../lib/option-values.ts';
import type { CommandOption } from './command.ts';

/** Of the commands that send requests. */
export const SENDING_OPTIONS: readonly CommandOption[] = [
  { flags: '--dry-run', says: 'only say what would be sent and created, how long and how fast' },
  {
    flags: '--max-requests <n>',
    says: 'send at most this many requests',
    value: wholeNumber('--max-requests', 1),
  },
  {
    flags: '--max-created <n>',
    says: 'create at most this many things: each request that may create one counts before it is sent',
    value: wholeNumber('--max-created', 0),
  },
  {
    flags: '--max-time <duration>',
    says: 'send nothing after this time, such as 5m',
    value: durationSeconds('--max-time'),
  },
  { flags: '--insecure', says: 'accept any certificate of a server on this machine' },
];

/** Their values, taken out of all options of a command. */
export function splitSending<Options extends SendingOptions>(
  options: Options,
): { sent: SendingOptions; others: Omit<Options, keyof SendingOptions> } {
  const { dryRun, maxRequests, maxCreated, maxTime, insecure, ...others } = options;
  const given = Object.entries({ dryRun, maxRequests, maxCreated, maxTime, insecure });
  return { sent: Object.fromEntries(given.filter(([, value]) => value !== undefined)), others };
}
