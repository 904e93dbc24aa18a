import type { Contract } from '../../contracts/lib/contract.ts';
import type { SendingOptions } from '../budget/sending.ts';
import type { Host } from '../lib/host.ts';
import { durationOrZero, durationSeconds, positiveNumber, wholeNumber } from '../lib/option-values.ts';
import { parseSegment } from '../throughput/k6-arguments.ts';
import type { ThroughputOptions } from '../throughput/run-throughput.ts';
import { command } from './command.ts';
import { type Form, REPORT_FORMATS, reported } from './reported.ts';
import { SENDING_OPTIONS, splitSending } from './sending-options.ts';

interface Options extends SendingOptions {
  readonly rate?: number;
  readonly vus?: number;
  readonly maxVus?: number;
  readonly baseRate?: number;
  readonly spikeDuration?: number;
  readonly duration?: number;
  readonly mode?: ThroughputOptions['mode'];
  readonly preset?: string;
  readonly warmUp?: number;
  readonly objective?: string[];
  readonly emit?: 'archive' | 'k8s';
  readonly parallelism?: number;
  readonly maxMemory?: string;
  readonly segment?: ThroughputOptions['segment'];
  readonly format?: Form;
}

export const throughput = command<Options>({
  name: 'throughput',
  summary: 'load, with every response held to the contract; options behind -- go to k6',
  arguments: [{ name: '[k6...]', says: 'behind --: options of k6, such as --out json=samples.json' }],
  options: [
    {
      flags: '--rate <n>',
      says: 'requests started per second (open model; default 200)',
      value: positiveNumber('--rate'),
    },
    {
      flags: '--vus <n>',
      says: 'users that each wait for their answer (closed model) instead of a rate',
      value: wholeNumber('--vus', 1),
    },
    {
      flags: '--max-vus <n>',
      says: 'of a rate: most users that wait for answers at once (default rate × 2 s, at most 1000)',
      value: wholeNumber('--max-vus', 1),
    },
    {
      flags: '--duration <duration>',
      says: 'how long, such as 30s (default 10s)',
      value: durationSeconds('--duration'),
    },
    {
      flags: '--mode <mode>',
      says: 'the shape of the load; breakpoint: the highest rate that meets the objectives',
      choices: ['open', 'closed', 'breakpoint', 'spike', 'soak'],
    },
    {
      flags: '--preset <preset>',
      says: 'mode, rate and duration by name; each may be given on top',
      choices: ['smoke', 'load', 'stress', 'spike', 'soak'],
    },
    {
      flags: '--base-rate <n>',
      says: 'of a spike: requests per second before and after it (default a fifth of its rate)',
      value: positiveNumber('--base-rate'),
    },
    {
      flags: '--spike-duration <duration>',
      says: 'of a spike: how long its rate lasts, in the middle of the load (default a third of it)',
      value: durationSeconds('--spike-duration'),
    },
    {
      flags: '--warm-up <duration>',
      says: 'time at the start that the figures leave out',
      value: durationOrZero('--warm-up'),
    },
    {
      flags: '--objective <objective>',
      says: 'what the load is to meet, such as "p95<300ms"; may be given many times (default violations=0 and failed<1%)',
      repeats: true,
    },
    {
      flags: '--emit <form>',
      says: 'write the load to ASSAY_OUT instead of running it: a k6 archive, or a manifest for the k6 operator',
      choices: ['archive', 'k8s'],
    },
    {
      flags: '--parallelism <n>',
      says: 'of --emit k8s: pods that share the load (default 1)',
      value: wholeNumber('--parallelism', 1),
    },
    {
      flags: '--segment <i/n>',
      says: 'take part i of a load that n generators share; `assay merge` makes one result of theirs',
      value: parseSegment,
    },
    {
      flags: '--max-memory <size>',
      says: 'stop k6 where it holds more, such as 500MB (default 60 % of the memory there is)',
    },
    ...SENDING_OPTIONS,
  ],
  notes: `Objectives: p50, p90, p95, p99, p999, min or max (of accepted answers) with ms
or s; failed, limited, dropped or violations with % or a count; accepted with
/s. One that is missed ends with exit code 1.`,
  formats: REPORT_FORMATS,
  examples: [
    'npx assay throughput --rate 100 --duration 30s',
    'npx assay throughput --objective "p95<300ms" --objective "failed<0.1%"',
    'npx assay throughput --mode breakpoint --objective "p99<1s"',
    'npx assay throughput --preset stress -- --out json=samples.json',
  ],
  async run({ arguments: k6Args, options }, host) {
    const { runThroughput } = await import('../throughput/run-throughput.ts');
    const { dryRun, sending } = await import('../budget/sending.ts');
    const { planThroughput } = await import('../budget/planners.ts');
    const { sent, others: ofLoad } = splitSending(options);
    const { rate = null, vus = null, duration = null, warmUp, spikeDuration, objective, format, ...others } = ofLoad;
    const load: ThroughputOptions = {
      ...{ rate, vus, durationSeconds: duration, warmUpSeconds: warmUp, objectives: objective, k6Args },
      spikeSeconds: spikeDuration,
      ...others,
    };
    const planner = (planned: Host, contract: Contract) => [planThroughput(planned, contract, load)];
    if (sent.dryRun === true) return dryRun(planner, sent, host, options.format);
    const run = (budgeted: Host) => runThroughput(load, budgeted);
    if (options.emit !== undefined) return run(host);
    return reported('throughput', format, host, (speaking) => sending(planner, sent, speaking, run));
  },
});
