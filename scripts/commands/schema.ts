import { command } from './command.ts';

export const schema = command<{ readonly format?: 'text' | 'json' }>({
  name: 'schema',
  summary: 'the JSON Schema of a result file or of operation.json; without a name, which there are',
  arguments: [
    {
      name: '[name]',
      says: 'which one',
      choices: ['contract', 'limits', 'throughput', 'diff', 'compare', 'history', 'mutants', 'operation'],
    },
  ],
  formats: ['json'],
  isOutputData: true,
  examples: ['npx assay schema', 'npx assay schema limits > limits.schema.json'],
  async run({ arguments: [name = null], options }, host) {
    return (await import('../schema/run-schema.ts')).runSchema(name, { format: options.format ?? 'text' }, host);
  },
});
