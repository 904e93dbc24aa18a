import type { RunDiffOptions } from '../diff/run-diff.ts';
import { wholeNumber } from '../lib/option-values.ts';
import { command } from './command.ts';
import { beside, REPORT_FORMATS, withPage } from './reported.ts';

export const diff = command<Omit<RunDiffOptions, 'old' | 'new'>>({
  name: 'diff',
  summary: 'breaking changes between two contracts, each with a message that proves it',
  arguments: [
    { name: '<old>', says: 'a contract folder, a git ref such as main:, an OpenAPI file, or a schema file' },
    { name: '<new>', says: 'the same; for the working tree: .' },
  ],
  options: [
    {
      flags: '--direction <direction>',
      says: 'for schema files: who sends such bodies',
      choices: ['request', 'response'],
    },
    {
      flags: '--policy <policy>',
      says: 'pragmatic: readers are tolerant; strict: pure meaning',
      choices: ['pragmatic', 'strict'],
    },
    { flags: '--operation <operation>', says: 'only this one, such as "POST /chats" or the name of a contract' },
    {
      flags: '--new-response-values <level>',
      says: 'what a new enum value or union member in a response is',
      choices: ['breaking', 'warning'],
    },
    { flags: '--accept <file>', says: 'accepted breaks, each with a reason and an expiry date' },
    {
      flags: '--require-proof',
      says: 'exit 4 where no counter-example was found, but compatibility is not proved either',
    },
    { flags: '--seed <n>', says: 'seed of the search', value: wholeNumber('--seed', 0) },
  ],
  formats: REPORT_FORMATS,
  examples: [
    'npx assay diff main: .',
    'npx assay diff old/openapi.json new/openapi.json --operation "POST /chats"',
    'npx assay diff v1.schema.json v2.schema.json --direction response',
  ],
  run: ({ arguments: [old = '', now = ''], options }, host) =>
    withPage(beside(options.format, host), async () =>
      (await import('../diff/run-diff.ts')).runDiff({ ...options, old, new: now }, host),
    ),
});
