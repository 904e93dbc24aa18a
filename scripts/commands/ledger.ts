import { command } from './command.ts';

export const ledger = command<{ readonly format?: 'text' | 'json' }>({
  name: 'ledger',
  summary: 'what a run created on the server, also one that was killed: how many, by which cases, when',
  arguments: [{ name: '[dir]', says: 'folder of the results (default: ASSAY_OUT, else reports/latest)' }],
  formats: ['json'],
  examples: ['npx assay ledger', 'npx assay ledger reports/nightly --format json'],
  async run({ arguments: [directory = null], options }, host) {
    return (await import('../ledger/run-ledger.ts')).runLedger({ directory, ...options }, host);
  },
});
