import { readLedger } from '../results/ledger.ts';
import { readResults } from '../results/results.ts';
import { DELIVERIES, sound } from './deliveries.ts';
import type { Bed, FaultRow, TargetSpec } from './fault-row.ts';
import * as moment from './moments.ts';

/** Signals, and processes that end before their time. */

const target: TargetSpec = { kind: 'faulty', delivery: sound };
/** Runs that last long enough to be stopped. */
const LONG = {
  contract: ['contract', '--workers', '1'],
  limits: ['limits', '--max-time', '60s'],
  throughput: ['throughput', '--rate', '30', '--duration', '30s', '--warm-up', '0'],
  run: ['run'],
} as const;

/** In each result that is there, the run must be told as cut short. */
function unmarked({ place }: Bed): string[] {
  const { contract, limits, throughput } = readResults(place.out);
  return [
    ...(contract !== null && contract.verdict === 'holds' ? ['contract.json says that all holds'] : []),
    ...(limits !== null && !/^(interrupted|k6 ended) after \d+ requests/.test(limits.reason ?? '')
      ? [`limits.json does not say that it was cut short, but ${limits.reason}`]
      : []),
    ...(throughput !== null && (throughput.partial !== true || throughput.valid)
      ? ['throughput.json is not marked as partial']
      : []),
  ];
}

const commands = Object.keys(LONG) as (keyof typeof LONG)[];
/** Answers after which the command is at work. */
const AT_WORK = { contract: 8, limits: 25, throughput: 25, run: 8 } as const;
const WRITES = {
  contract: 'contract.json',
  limits: 'limits.json',
  throughput: 'throughput.json',
  run: 'contract.json',
};

const stopped = (command: keyof typeof LONG, fault: string, ...signals: NodeJS.Signals[]): FaultRow => ({
  fault,
  args: LONG[command],
  target,
  meanwhile: async (running, bed) => {
    await moment.answers(bed, running, AT_WORK[command]);
    return moment.signalled(running, ...signals);
  },
  codes: [130],
  says: [],
  // At the second signal there is no time for anything.
  ...(signals.length > 1 ? { mayLeaveFiles: true, losesSamples: true } : { writes: [WRITES[command], 'index.html'] }),
  check: (_, bed) => unmarked(bed),
});

/** A server that keeps all waiting: stopping may not wait for its answers. */
const stoppedWhileWaiting: FaultRow[] = (['contract', 'limits', 'throughput'] as const).map((command) => ({
  ...stopped(command, 'Ctrl-C while a server does not answer', 'SIGINT'),
  target: { kind: 'faulty', delivery: DELIVERIES.silence.deliver, fromAnswer: 4 },
  env: () => ({ ASSAY_DEADLINE_MS: '60000' }),
  meanwhile: async (running, bed) => {
    await moment.answers(bed, running, 4);
    return moment.signalled(running, 'SIGINT');
  },
}));

/** Nobody sees to anything; what was created until then is in the ledger, and its processes end by themselves. */
const killed: FaultRow[] = (['contract', 'limits', 'throughput', 'run'] as const).map((command) => ({
  fault: 'SIGKILL',
  args: LONG[command],
  target,
  meanwhile: async (running, bed) => {
    await moment.answers(bed, running, AT_WORK[command]);
    running.child.kill('SIGKILL');
    return [];
  },
  codes: [],
  endsBy: 'SIGKILL',
  afterlifeSeconds: 15,
  says: [],
  mayLeaveFiles: true,
  losesSamples: true,
  check: (_, { place, server }) => {
    const { created } = readLedger(place.out) ?? { created: 0 };
    // k6 says what came once it is not busy with sending; a load on loopback counts, and says that at its end.
    const most = command === 'limits' || command === 'throughput' ? Number.POSITIVE_INFINITY : 1;
    const missing = (server?.stats.successesDelivered ?? 0) - created;
    return [
      ...(created === 0 ? ['there is nothing in the ledger'] : []),
      ...(missing > most ? [`the ledger misses ${missing}, which is more than was on its way`] : []),
    ];
  },
}));

const served = (fault: string, signal: NodeJS.Signals, code: 0 | 130): FaultRow => ({
  fault,
  args: ['serve', '--port', '0'],
  target: { kind: 'embedded' },
  meanwhile: async (running) => {
    await moment.said(running, /^http:.*\n/m);
    return moment.signalled(running, signal);
  },
  codes: [code],
  says: [/^http:\/\/127\.0\.0\.1:\d+$/m],
});

const k6Killed: FaultRow[] = (['limits', 'throughput'] as const).map((command) => ({
  fault: 'a k6 that is killed',
  args: LONG[command],
  target,
  meanwhile: async (running, bed) => {
    // k6 writes down what it counted once a second.
    await moment.answers(bed, running, 75);
    for (const pid of running.processes(/k6\S* run /)) process.kill(pid, 'SIGKILL');
    return [];
  },
  codes: [3],
  says: [/k6 was killed by SIGKILL/],
  writes: [WRITES[command], 'index.html'],
  losesSamples: true,
  check: (_, bed) => unmarked(bed),
}));

const playwrightKilled: FaultRow = {
  fault: 'a Playwright that is killed',
  args: LONG.contract,
  target,
  meanwhile: async (running, bed) => {
    await moment.answers(bed, running, 8);
    for (const pid of running.processes(/playwright\S* test|cli\.js test/)) process.kill(pid, 'SIGKILL');
    return [];
  },
  codes: [3],
  says: [/Playwright/],
  mayLeaveFiles: true,
};

export const SIGNAL_ROWS: readonly FaultRow[] = [
  ...commands.flatMap((command) => [
    stopped(command, 'Ctrl-C', 'SIGINT'),
    stopped(command, 'Ctrl-C twice', 'SIGINT', 'SIGINT'),
    stopped(command, 'SIGTERM', 'SIGTERM'),
    stopped(command, 'a terminal that hangs up', 'SIGHUP'),
  ]),
  {
    ...stopped('run', 'Ctrl-C while k6 runs', 'SIGINT'),
    args: ['run'],
    target: { kind: 'faulty', delivery: sound, limit: '120/1s' },
    meanwhile: async (running) => {
      await moment.process(running, /k6\S* run /);
      return moment.signalled(running, 'SIGINT');
    },
    check: () => [],
    longestSeconds: 180,
  },
  ...stoppedWhileWaiting,
  served('Ctrl-C', 'SIGINT', 130),
  served('SIGTERM', 'SIGTERM', 0),
  served('a terminal that hangs up', 'SIGHUP', 130),
  ...k6Killed,
  ...killed,
  {
    ...stopped('contract', 'Ctrl-C while a server does not answer', 'SIGINT'),
    args: ['doctor'],
    target: { kind: 'faulty', delivery: DELIVERIES.silence.deliver },
    env: () => ({ ASSAY_DEADLINE_MS: '60000' }),
    meanwhile: async (running, bed) => {
      await moment.answers(bed, running, 1);
      return moment.signalled(running, 'SIGINT');
    },
    writes: [],
    check: () => [],
  },
  playwrightKilled,
  ...(['contract', 'limits', 'throughput'] as const).map(
    (command): FaultRow => ({
      fault: 'output that nobody reads any more (EPIPE)',
      args: {
        contract: ['contract', '--grep', '@smoke', '--workers', '1'],
        limits: ['limits', '--max-requests', '60'],
        throughput: ['throughput', '--rate', '30', '--duration', '1s'],
      }[command],
      target,
      closesOutput: true,
      codes: [0],
      says: [],
      writes: [WRITES[command], 'index.html'],
    }),
  ),
];
