import { command } from './command.ts';

interface Options {
  readonly format?: 'text' | 'json';
}

export const drift = command<Options>({
  name: 'drift',
  summary: 'recorded responses against the contract: what is not documented, never seen, or outside',
  arguments: [{ name: '[file]', says: 'a HAR file or lines of JSON (default: what the last run recorded)' }],
  formats: ['json'],
  examples: ['npx assay drift', 'npx assay drift traffic.har --format json'],
  async run({ arguments: [file = null], options }, host) {
    return (await import('../diff/run-drift.ts')).runDrift({ file, ...options }, host);
  },
});
