import { command } from './command.ts';
import { reported } from './reported.ts';

export const contract = command({
  name: 'contract',
  summary: 'the Playwright contract suite; unknown arguments go to Playwright as they are',
  arguments: [{ name: '[playwright...]', says: 'arguments for `playwright test`, such as --grep @auth' }],
  passesUnknownOptions: true,
  notes: `Options of its own:
  --strict            undocumented fields of a response are findings too
  --baseline <file>   known violations, each with a reason and an expiry date
                      (default: baseline.json in the contract folder)
  --min-coverage <p>  percent of the contract that must be covered
  --min-reached <p>   percent of the cases that must get past authentication and
                      limit`,
  examples: ['npx assay contract --grep @auth', 'npx assay contract --grep-invert @limit --shard 1/2'],
  run: (given, host) =>
    reported(
      async () => (await import('../contract/run-contract.ts')).runContract({ playwrightArgs: given.arguments }, host),
      host,
    ),
});
