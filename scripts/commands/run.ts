import { command } from './command.ts';

export const run = command({
  name: 'run',
  summary: 'contract, limits, throughput and report, in that order: the main job',
  examples: ['npx assay run', 'ASSAY_OUT=reports/nightly npx assay run'],
  async run(_given, host) {
    return (await import('../run/run.ts')).runAll(host);
  },
});
