import { percent } from '../lib/option-values.ts';
import { command } from './command.ts';
import { beside, withPage } from './reported.ts';

interface Options {
  readonly tolerance?: number;
  readonly format?: 'text' | 'json' | 'markdown';
}

export const compare = command<Options>({
  name: 'compare',
  summary: 'two loads: what differs, how sure that is, and whether the second is worse',
  arguments: [
    { name: '<a>', says: 'folder of results with a throughput.json' },
    { name: '<b>', says: 'the same, of the load that is judged' },
  ],
  options: [
    {
      flags: '--tolerance <percent>',
      says: 'what is worse by at most this is no finding (default 5)',
      value: percent('--tolerance'),
    },
  ],
  formats: ['json', 'markdown'],
  examples: ['npx assay compare reports/before reports/after --tolerance 10'],
  run: ({ arguments: [a = '', b = ''], options }, host) =>
    withPage(beside(options.format, host), async () => {
      const { runCompare } = await import('../throughput/run-compare.ts');
      return runCompare(a, b, { tolerance: options.tolerance ?? null, format: options.format ?? 'text' }, host);
    }),
});
