import { Command, CommanderError, Option } from 'commander';
import { contractDirectory, readContract } from '../contracts/lib/read-contract.ts';
import { ExitCode, UserError } from '../contracts/lib/user-error.ts';
import packageFile from '../package.json' with { type: 'json' };
import type { RunDiffOptions } from './diff/run-diff.ts';
import type { Host } from './lib/host.ts';
import {
  durationOrZero,
  durationSeconds,
  limitText,
  percent,
  port,
  positiveNumber,
  wholeNumber,
} from './lib/option-values.ts';
import { outputDirectory } from './lib/output-directory.ts';
import type { ThroughputOptions } from './throughput/run-throughput.ts';

/**
 * The commands: what each takes, and which function does it. Those functions are loaded only when they are called, so
 * that `--help` stays quick.
 */
export async function runCommandLine(args: readonly string[], host: Host): Promise<ExitCode> {
  let code: ExitCode = ExitCode.Ok;
  const does =
    <A extends unknown[]>(action: (...given: A) => Promise<ExitCode>) =>
    async (...given: A) => {
      code = await action(...given);
    };
  const directory = () => contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot);
  const contract = () => readContract(directory());

  /** The page and its companions are made anew after each command that writes a result. */
  const reported = async (run: () => Promise<ExitCode>, say: Host['out'] = host.out): Promise<ExitCode> => {
    const ended = await run();
    const { pagePath, writeReport } = await import('./report/run-report.ts');
    const out = outputDirectory(host);
    if (writeReport(out, { ...host, out: say }) !== null) say(`\n  report: ${pagePath(out)}\n`);
    return ended;
  };

  const program = new Command('assay')
    .description(
      'One contract, written once as JSON Schemas: contract tests, load tests, and exactly where the 429s start.',
    )
    .version(packageFile.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.out(text), writeErr: () => {} })
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', HELP_AFTER);

  program
    .command('run')
    .description('contract, limits, throughput and report, in that order: the main job')
    .action(does(async () => (await import('./run/run.ts')).runAll(contract(), host)));

  program
    .command('contract')
    .description('the Playwright contract suite; unknown arguments go to Playwright as they are')
    .argument('[playwright...]', 'arguments for `playwright test`, such as --grep @auth')
    .allowUnknownOption()
    .addHelpText('after', CONTRACT_HELP)
    .action(
      does((playwrightArgs: string[]) =>
        reported(async () => (await import('./contract/run-contract.ts')).runContract({ playwrightArgs }, host)),
      ),
    );

  program
    .command('limits')
    .description('find where the 429s start: how many, in what time, by which algorithm; with --expect it is a check')
    .option('--expect <limit>', 'the limit that should be found, such as 120/60s', limitText('--expect'))
    .option('--max-requests <n>', 'send at most this many requests', wholeNumber('--max-requests', 1))
    .option('--max-time <duration>', 'take at most this long, such as 5m', durationSeconds('--max-time'))
    .action(
      does((options: { expect?: string; maxRequests?: number; maxTime?: number }) =>
        reported(async () =>
          (await import('./limits/run-limits.ts')).runLimits(
            {
              expect: options.expect ?? null,
              maxRequests: options.maxRequests ?? null,
              maxSeconds: options.maxTime ?? null,
            },
            host,
          ),
        ),
      ),
    );

  program
    .command('throughput')
    .description('load, with every response held to the contract; options behind -- go to k6')
    .option('--rate <n>', 'requests started per second (open model; default 200)', positiveNumber('--rate'))
    .option(
      '--vus <n>',
      'users that each wait for their answer (closed model) instead of a rate',
      wholeNumber('--vus', 1),
    )
    .option('--duration <duration>', 'how long, such as 30s (default 10s)', durationSeconds('--duration'))
    .addOption(
      new Option(
        '--mode <mode>',
        'the shape of the load; breakpoint: the highest rate that meets the objectives',
      ).choices(['open', 'closed', 'breakpoint', 'spike', 'soak']),
    )
    .addOption(
      new Option('--preset <preset>', 'mode, rate and duration by name; each may be given on top').choices([
        'smoke',
        'load',
        'stress',
        'spike',
        'soak',
      ]),
    )
    .option('--warm-up <duration>', 'time at the start that the figures leave out', durationOrZero('--warm-up'))
    .option(
      '--objective <objective>',
      'what the load is to meet, such as "p95<300ms"; may be given many times (default violations=0)',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .addOption(
      new Option(
        '--emit <form>',
        'write the load to ASSAY_OUT instead of running it: a k6 archive, or a manifest for the k6 operator',
      ).choices(['archive', 'k8s']),
    )
    .option('--parallelism <n>', 'of --emit k8s: pods that share the load (default 1)', wholeNumber('--parallelism', 1))
    .argument('[k6...]', 'behind --: options of k6, such as --out json=samples.json')
    .addHelpText('after', THROUGHPUT_HELP)
    .action(
      does(async (k6Args: string[], options: ThroughputFlags) => {
        const { runThroughput } = await import('./throughput/run-throughput.ts');
        const { rate = null, vus = null, duration = null, warmUp, objective, ...others } = options;
        const run = () =>
          runThroughput(
            { rate, vus, durationSeconds: duration, warmUpSeconds: warmUp, objectives: objective, k6Args, ...others },
            host,
          );
        return options.emit === undefined ? reported(run) : run();
      }),
    );

  program
    .command('compare')
    .description('two loads: what differs, how sure that is, and whether the second is worse')
    .argument('<a>', 'folder of results with a throughput.json')
    .argument('<b>', 'the same, of the load that is judged')
    .option('--tolerance <percent>', 'what is worse by at most this is no finding (default 5)', percent('--tolerance'))
    .addOption(new Option('--format <format>', 'what to print').choices(['text', 'json', 'markdown']).default('text'))
    .action(
      does(async (a: string, b: string, options: { tolerance?: number; format: 'text' | 'json' | 'markdown' }) =>
        (await import('./throughput/run-compare.ts')).runCompare(
          a,
          b,
          { tolerance: options.tolerance ?? null, format: options.format },
          host,
        ),
      ),
    );

  program
    .command('serve')
    .description('the reference API on its own; its base URL is the first line it prints')
    .option('--port <n>', 'port to listen on (default: any free one)', port('--port'))
    .option(
      '--limit <limit>',
      'rate limit, such as 120/60s, sliding-log:20/5s, bucket:20@5/s, or none',
      (text: string) => (text === 'none' ? text : limitText('--limit')(text)),
    )
    .action(
      does(async (options: { port?: number; limit?: string }) =>
        (await import('./reference-api/run-serve.ts')).runServe(
          { port: options.port ?? 0, limit: options.limit ?? null },
          host,
        ),
      ),
    );

  program
    .command('generate')
    .description("types, validators and an OpenAPI document from the contract's schemas; --check fails on drift")
    .option('--check', 'write nothing; exit 1 if a generated file does not match the schemas')
    .action(
      does(async (options: { check?: boolean }) =>
        (await import('./generate/generate.ts')).runGenerate(directory(), { check: options.check === true }, host),
      ),
    );

  program
    .command('diff')
    .description('breaking changes between two contracts, each with a message that proves it')
    .argument('<old>', 'a contract folder, a git ref such as main:, an OpenAPI file, or a schema file')
    .argument('<new>', 'the same; for the working tree: .')
    .addOption(
      new Option('--direction <direction>', 'for schema files: who sends such bodies').choices(['request', 'response']),
    )
    .addOption(
      new Option('--policy <policy>', 'pragmatic: readers are tolerant; strict: pure meaning').choices([
        'pragmatic',
        'strict',
      ]),
    )
    .option('--operation <operation>', 'only this one, such as "POST /chats" or the name of a contract')
    .addOption(
      new Option('--new-response-values <level>', 'what a new enum value or union member in a response is').choices([
        'breaking',
        'warning',
      ]),
    )
    .option('--accept <file>', 'accepted breaks, each with a reason and an expiry date')
    .option('--require-proof', 'exit 4 where no counter-example was found, but compatibility is not proved either')
    .option('--seed <n>', 'seed of the search', wholeNumber('--seed', 0))
    .addOption(
      new Option('--format <format>', 'what to print').choices(['text', 'json', 'markdown', 'junit', 'github']),
    )
    .action(
      does((old: string, now: string, options: Omit<RunDiffOptions, 'old' | 'new'>) =>
        reported(
          async () => (await import('./diff/run-diff.ts')).runDiff({ ...options, old, new: now }, host),
          // A form for programs has standard output to itself.
          (options.format ?? 'text') === 'text' ? host.out : host.err,
        ),
      ),
    );

  program
    .command('drift')
    .description('recorded responses against the contract: what is not documented, never seen, or outside')
    .argument('[file]', 'a HAR file or lines of JSON (default: what the last run recorded)')
    .addOption(new Option('--format <format>', 'what to print').choices(['text', 'json']))
    .action(
      does(async (file: string | undefined, options: { format?: 'text' | 'json' }) =>
        (await import('./diff/run-drift.ts')).runDrift({ file: file ?? null, ...options }, contract(), host),
      ),
    );

  program
    .command('report')
    .description('build the report again from the results')
    .argument('[dir]', 'folder of the results (default: ASSAY_OUT, else reports/latest)')
    .action(
      does(async (dir: string | undefined) => (await import('./report/run-report.ts')).runReport(dir ?? null, host)),
    );

  try {
    if (args.length === 0) {
      host.out(program.helpInformation());
      host.out(HELP_AFTER);
      return ExitCode.Ok;
    }
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return ExitCode.Ok;
    const [what = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
    throw new UserError(what, {
      why: 'the command line was not understood',
      fix: [
        ...hints.map((hint) => hint.replace(/^\(|\)$/g, '')),
        `see \`npx assay ${program.commands.some((command) => command.name() === args[0]) ? `${args[0]} ` : ''}--help\``,
      ].join('; '),
    });
  }
  return code;
}

interface ThroughputFlags {
  readonly rate?: number;
  readonly vus?: number;
  readonly duration?: number;
  readonly mode?: ThroughputOptions['mode'];
  readonly preset?: string;
  readonly warmUp?: number;
  readonly objective?: string[];
  readonly emit?: 'archive' | 'k8s';
  readonly parallelism?: number;
}

const THROUGHPUT_HELP = `
Objectives: p50, p90, p95, p99, p999, min or max (of accepted answers) with ms or s; failed, limited, dropped or
violations with % or a count; accepted with /s. One that is missed ends with exit code 1.

Examples:
  npx assay throughput --rate 100 --duration 30s --objective "p95<300ms" --objective "failed<0.1%"
  npx assay throughput --mode breakpoint --objective "p99<1s"
  npx assay throughput --preset stress -- --out json=samples.json
`;

const CONTRACT_HELP = `
Options of its own:
  --strict            undocumented fields of a response are findings too
  --baseline <file>   known violations, each with a reason and an expiry date
                      (default: baseline.json in the contract folder)
  --min-coverage <p>  percent of the contract that must be covered
  --min-reached <p>   percent of the cases that must get past authentication and limit

Examples:
  npx assay contract --grep @auth
  npx assay contract --grep-invert @limit --shard 1/2
`;

const HELP_AFTER = `
Target (environment or .env): ASSAY_BASE_URL, ASSAY_API_KEY and the inputs that the contract names; ASSAY_ALLOW_HOST
must name a host that is not this machine. Without ASSAY_BASE_URL the embedded reference API is used.
Others: ASSAY_CONTRACT (default create-chat), ASSAY_OUT (default reports/latest).

Exit codes: 0 all holds, 1 a finding, 2 wrong usage or configuration, 3 the job could not be done, 4 undecided,
70 a bug of assay's, 130 interrupted.
`;
