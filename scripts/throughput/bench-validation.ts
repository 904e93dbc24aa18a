import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import type { Host } from '../lib/host.ts';
import {
  cpuMicroseconds,
  type Round,
  type RoundOptions,
  START_SECONDS,
  TITLES,
  WAYS,
  type Way,
  withBench,
} from './bench-round.ts';
import { mean, median, quantile } from './statistics.ts';

/**
 * `npm run bench:validation`: what it costs to hold every answer to the contract. The same script is run in turn bare
 * (bodies read, status looked at), checked, and with each answer parsed and validated, in many short rounds against one
 * server, because other work on the machine comes and goes (with --together the pair is run at once, which tells their
 * ratio where it comes and goes within a round); then one check is timed inside k6, without any request.
 */

/** What the goal is about. */
const PAIR: readonly Way[] = ['status', 'recognise'];
/** The other ways are measured in each so many rounds. */
const OTHERS_EVERY = 4;

/** Answers whose check is timed. */
const COST_ANSWERS = 200;

/** Prints the figures; exit code 1 where the checked script falls below 0.9 of the bare one, or a check costs more than a quarter. */
export async function runBenchValidation(
  options: RoundOptions & { readonly together: boolean },
  host: Host,
): Promise<ExitCode> {
  return withBench(options, host, async ({ contract, api, env, work, runScript, round }) => {
    const rounds: Record<Way, Round[]> = { plain: [], status: [], recognise: [], parse: [] };
    const starts = {} as Record<Way, Round>;
    for (const way of WAYS) starts[way] = await round(way, START_SECONDS);
    for (let index = 0; index < options.rounds && !host.signal.aborted; index += 1) {
      // Each of the pair is the first as often as the second; the others are no part of the goal.
      const pair = index % 2 === 0 ? PAIR : PAIR.toReversed();
      const ways =
        index % OTHERS_EVERY === 0 ? WAYS.toSorted((left, right) => pair.indexOf(left) - pair.indexOf(right)) : pair;
      if (options.together) {
        // Who else takes the processors takes them from both alike.
        const both = await Promise.all(pair.map(async (way) => [way, await round(way)] as const));
        for (const [way, one] of both) rounds[way].push({ ...one, cpuSeconds: null });
      }
      for (const way of ways) if (!options.together || !pair.includes(way)) rounds[way].push(await round(way));
      host.err(`round ${index + 1} of ${options.rounds}\n`);
    }

    const request = requestBodies(
      contract.operation,
      requestTemplate(contract),
      parseTarget(env, contract.operation).inputs,
      contract.validator(contract.operation.request.schema),
    ).valid;
    const answers = [];
    for (let index = 0; index < COST_ANSWERS; index += 1) {
      const response = await fetch(`${api.baseUrl}${contract.operation.path}`, {
        method: contract.operation.method,
        headers: { Authorization: `Bearer ${api.apiKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(request),
      });
      const headers = {
        'Content-Type': response.headers.get('content-type') ?? '',
        Date: response.headers.get('date') ?? '',
      };
      answers.push({ status: response.status, headers, body: await response.text(), receivedAtMs: Date.now() });
    }
    const input = join(work, 'answers.json');
    writeFileSync(input, JSON.stringify({ request, answers }));
    const costScript = join(work, 'cost.js');
    await bundleK6Script('validation/cost', contract, costScript, host.packageRoot);
    let check = { recogniseMicroseconds: Number.NaN, parseMicroseconds: Number.NaN, recognisedShare: 0 };
    await runScript(costScript, { ASSAY_COST_INPUT: input }, (text) => {
      check = JSON.parse(text) as typeof check;
    });

    /** In the pairs that were measured one after the other: of what, by how much less for the other. */
    const ratios = (way: Way, of: (round: Round, way: Way) => number) => {
      const every = way === 'recognise' || way === 'status' ? 1 : OTHERS_EVERY;
      return rounds[way].map((one, index) => of(one, way) / of(rounds.status[index * every] ?? one, 'status'));
    };
    const perSecond = ({ perSecond: value }: Round) => value;
    const cost = (one: Round, way: Way) => cpuMicroseconds(one, starts[way]);
    const spread = (values: readonly number[]) =>
      `${median(values).toFixed(2)} (${quantile(values, 0.25).toFixed(2)}–${quantile(values, 0.75).toFixed(2)})`;
    const head = options.together ? '' : '     processor time of k6, of bare';
    host.out(`${''.padEnd(26)}answers/s, of bare${head} (median, quartiles)\n`);
    for (const way of WAYS) {
      const rate = mean(rounds[way].map(perSecond)).toFixed(0).padStart(6);
      const cpu = options.together ? Number.NaN : median(rounds[way].map((one) => cost(one, way)));
      // Of two that run at once only their sum is known.
      const cpuText = Number.isNaN(cpu)
        ? ''
        : `  ${cpu.toFixed(0).padStart(4)} µs an answer, ${spread(ratios(way, cost))}`;
      host.out(`${TITLES[way].padEnd(26)}${rate}/s, ${spread(ratios(way, perSecond))}${cpuText}\n`);
    }
    host.out(
      `one check inside k6: ${check.recogniseMicroseconds.toFixed(1)} µs recognised, ${check.parseMicroseconds.toFixed(1)} µs parsed and validated, ratio ${(check.recogniseMicroseconds / check.parseMicroseconds).toFixed(3)} (${(100 * check.recognisedShare).toFixed(1)} % recognised)\n`,
    );
    const holds =
      median(ratios('recognise', perSecond)) >= 0.9 && check.recogniseMicroseconds <= 0.25 * check.parseMicroseconds;
    host.out(`goal (at least 0.90 of bare, at most 0.250 of the cost): ${holds ? 'met' : 'missed'}\n`);
    return holds ? ExitCode.Ok : ExitCode.Finding;
  });
}
