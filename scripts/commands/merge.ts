import { command } from './command.ts';
import { type Form, REPORT_FORMATS, reported } from './reported.ts';

export const merge = command<{ readonly format?: Form }>({
  name: 'merge',
  summary: 'the results of several machines as one: shards of the contract suite, generators of a load',
  arguments: [{ name: '<folders...>', says: 'folders of results, one of each machine' }],
  notes: `The whole is written to ASSAY_OUT. Percentiles of a load are read off the
histograms of its parts added up, to a bucket of 9 %.`,
  formats: REPORT_FORMATS,
  examples: [
    'ASSAY_OUT=reports/all npx assay merge reports/shard-1 reports/shard-2',
    'npx assay throughput --rate 1000 --segment 1/2',
  ],
  run: ({ arguments: folders, options: { format } }, host) =>
    reported(null, format, host, async (speaking) =>
      (await import('../merge/run-merge.ts')).runMerge(folders, speaking),
    ),
});
