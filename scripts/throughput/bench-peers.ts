import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import type { Host } from '../lib/host.ts';
import { type Bench, measuredRound, type Round, type RoundOptions, TITLES, WAYS, withBench } from './bench-round.ts';
import { mean, median } from './statistics.ts';

/**
 * `npm run bench:peers`: what k6 with its checks costs beside generators that look at no answer, wrk and oha, with as
 * many connections, in turn against the same server. Those that are not installed are skipped.
 */

interface Peer {
  readonly name: string;
  readonly title: string;
  /** Arguments, and files that are written first, of a load of so many seconds. */
  load(bench: Bench, body: string, options: RoundOptions): { args: string[]; files: Record<string, string> };
  /** Answers, off what it printed. */
  answers(printed: string): number;
}

const PEERS: readonly Peer[] = [
  {
    name: 'wrk',
    title: 'wrk (no look at answers)',
    load: ({ contract: { operation }, api }, body, { vus, secondsPerRound }) => ({
      args: ['-t1', `-c${vus}`, `-d${secondsPerRound}s`, '-s', 'post.lua', `${api.baseUrl}${operation.path}`],
      files: {
        'post.lua': [
          `wrk.method = ${JSON.stringify(operation.method)}`,
          `wrk.body = [==[${body}]==]`,
          'wrk.headers["Content-Type"] = "application/json"',
          'wrk.headers["Authorization"] = "Bearer " .. os.getenv("ASSAY_API_KEY")',
        ].join('\n'),
      },
    }),
    answers: (printed) => Number(/(\d+) requests in/.exec(printed)?.[1] ?? 0),
  },
  {
    name: 'oha',
    title: 'oha (no look at answers)',
    load: ({ contract: { operation }, api }, body, { vus, secondsPerRound }) => ({
      args: [
        ...['--no-tui', '--output-format', 'json', '-c', String(vus), '-z', `${secondsPerRound}s`],
        ...['-m', operation.method, '-T', 'application/json', '-D', 'body.json'],
        // It takes headers as arguments only; this key is the bench's own server's and ends with it.
        ...['-H', `Authorization: Bearer ${api.apiKey}`, `${api.baseUrl}${operation.path}`],
      ],
      files: { 'body.json': body },
    }),
    answers: (printed) => {
      const { statusCodeDistribution = {} } = JSON.parse(printed) as {
        statusCodeDistribution?: Record<string, number>;
      };
      return Object.values(statusCodeDistribution).reduce((sum, count) => sum + count, 0);
    },
  },
];

/** Prints answers per second and the generator's processor time an answer. */
export async function runBenchPeers(options: RoundOptions, host: Host): Promise<ExitCode> {
  return withBench(options, host, async (bench) => {
    const { operation } = bench.contract;
    const body = JSON.stringify(
      requestBodies(
        operation,
        requestTemplate(bench.contract),
        parseTarget(bench.env, operation).inputs,
        bench.contract.validator(operation.request.schema),
      ).valid,
    );
    const runs: { title: string; run: () => Promise<Round>; rounds: Round[] }[] = WAYS.map((way) => ({
      title: `k6, ${TITLES[way]}`,
      run: () => bench.round(way),
      rounds: [],
    }));
    for (const peer of PEERS) {
      if (!(await isInstalled(peer.name, host))) {
        host.out(`${peer.name} is not installed: skipped\n`);
        continue;
      }
      const { args, files } = peer.load(bench, body, options);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(bench.work, name), text);
      const env = { ...host.env, ASSAY_API_KEY: bench.api.apiKey };
      const run = () =>
        measuredRound(options.secondsPerRound, async () => {
          const { stdout } = await promisify(execFile)(peer.name, args, { cwd: bench.work, env, signal: host.signal });
          return peer.answers(stdout);
        });
      runs.push({ title: peer.title, run, rounds: [] });
    }
    for (let index = 0; index < options.rounds && !host.signal.aborted; index += 1) {
      for (const one of index % 2 === 0 ? runs : runs.toReversed()) one.rounds.push(await one.run());
      host.err(`round ${index + 1} of ${options.rounds}\n`);
    }
    for (const { title, rounds } of runs) {
      const perSecond = mean(rounds.map((round) => round.perSecond)).toFixed(0);
      const cpu = median(rounds.map(({ answers, cpuSeconds }) => ((cpuSeconds ?? Number.NaN) * 1e6) / answers));
      host.out(
        `${title.padEnd(28)}${perSecond.padStart(7)}/s, processor time ${cpu.toFixed(0)} µs an answer, its start included\n`,
      );
    }
    return ExitCode.Ok;
  });
}

async function isInstalled(name: string, host: Host): Promise<boolean> {
  try {
    await promisify(execFile)(name, ['--version'], { env: { ...host.env } });
    return true;
  } catch (error) {
    // wrk ends with 1 after its version.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
