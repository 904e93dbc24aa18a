import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import type { Host } from '../lib/host.ts';
import { type Round, type RoundOptions, TITLES, WAYS, type Way, withBench } from './bench-round.ts';
import { mean, median } from './statistics.ts';

/**
 * `npm run bench:validation`: what it costs to hold every answer to the contract. The same script is run in turn bare
 * (bodies read, status looked at), checked, and with each answer parsed and validated, in many short rounds against one
 * server, because other work on the machine comes and goes; then one check is timed inside k6, without any request.
 */

/** Answers whose check is timed. */
const COST_ANSWERS = 200;

/** Prints the figures; exit code 1 where the checked script falls below 0.9 of the bare one, or a check costs more than a quarter. */
export async function runBenchValidation(options: RoundOptions, host: Host): Promise<ExitCode> {
  return withBench(options, host, async ({ contract, api, env, work, runScript, round }) => {
    const rounds: Record<Way, Round[]> = { status: [], recognise: [], parse: [] };
    for (let index = 0; index < options.rounds && !host.signal.aborted; index += 1) {
      // Each way is the first as often as the last.
      for (const way of index % 2 === 0 ? WAYS : WAYS.toReversed()) rounds[way].push(await round(way));
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
    let cost = { recogniseMicroseconds: Number.NaN, parseMicroseconds: Number.NaN, recognisedShare: 0 };
    await runScript(costScript, { ASSAY_COST_INPUT: input }, (text) => {
      cost = JSON.parse(text) as typeof cost;
    });

    const ratio = (way: Way) =>
      median(rounds[way].map(({ perSecond }, round) => perSecond / (rounds.status[round]?.perSecond ?? Number.NaN)));
    for (const way of WAYS) {
      const cpu = rounds[way].map(({ cpuMicrosecondsPerAnswer }) => cpuMicrosecondsPerAnswer ?? Number.NaN);
      host.out(
        `${TITLES[way].padEnd(24)}${mean(rounds[way].map(({ perSecond }) => perSecond))
          .toFixed(0)
          .padStart(
            6,
          )}/s, median ratio to bare ${ratio(way).toFixed(2)}, k6's processor time ${median(cpu).toFixed(0)} µs an answer\n`,
      );
    }
    host.out(
      `one check inside k6: ${cost.recogniseMicroseconds.toFixed(1)} µs recognised, ${cost.parseMicroseconds.toFixed(1)} µs parsed and validated, ratio ${(cost.recogniseMicroseconds / cost.parseMicroseconds).toFixed(3)} (${(100 * cost.recognisedShare).toFixed(1)} % recognised)\n`,
    );
    const holds = ratio('recognise') >= 0.9 && cost.recogniseMicroseconds <= 0.25 * cost.parseMicroseconds;
    host.out(`goal (at least 0.90 of bare, at most 0.250 of the cost): ${holds ? 'met' : 'missed'}\n`);
    return holds ? ExitCode.Ok : ExitCode.Finding;
  });
}
