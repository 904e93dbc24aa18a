import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { PROFILE_VARIABLES } from '../../load/measurement/profile.ts';
import { withTarget } from '../embedded/embedded.ts';
import { MEMORY_VARIABLE } from '../k6/memory.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { readResults, type ThroughputResult, writeResult } from '../results/results.ts';
import type { EmitForm } from './emit.ts';
import { checkK6Arguments, type Segment } from './k6-arguments.ts';
import { type BrokenOff, type LoadSession, withLoadSession } from './load-session.ts';
import { runBreakpoint } from './run-breakpoint.ts';
import { summaryLines } from './summary-lines.ts';

export interface ThroughputOptions {
  /** Requests started per second; null: the default of the target. Not together with `vus`. */
  readonly rate: number | null;
  /** Users that each wait for their answers. */
  readonly vus: number | null;
  /** Of a breakpoint: of each of its steps. */
  readonly durationSeconds: number | null;
  readonly mode?: ThroughputResult['mode'] | undefined;
  /** Of a spike: what is sent per second before and after it, and how long it lasts. */
  readonly baseRate?: number | undefined;
  readonly spikeSeconds?: number | undefined;
  /** Of a rate: most users that wait for their answers at once. */
  readonly maxVus?: number | undefined;
  /** A name in PRESETS. */
  readonly preset?: string | undefined;
  readonly warmUpSeconds?: number | undefined;
  /** What the load is to meet, as in load/measurement/objectives.ts. */
  readonly objectives?: readonly string[] | undefined;
  /** Passed to k6 as they are: `--out json=…`, `--tag …`. */
  readonly k6Args?: readonly string[];
  /** Write the load to a file instead of running it. */
  readonly emit?: EmitForm | undefined;
  /** The part of the load that this generator takes; the others take theirs. */
  readonly segment?: Segment | undefined;
  /** Most memory of k6, such as 500MB. */
  readonly maxMemory?: string | undefined;
  /** Of `emit` "k8s": pods that share the load; 1 where it is left out. */
  readonly parallelism?: number | undefined;
}

/**
 * `assay throughput`: puts load on the target, or on the embedded reference API without a limit, and writes
 * throughput.json and the ledger; after an interruption with what was measured until then.
 */
export async function runThroughput(options: ThroughputOptions, host: Host): Promise<ExitCode> {
  checkK6Arguments(options.k6Args ?? []);
  const contract = chosenContract(host);
  if (options.segment !== undefined && (options.mode === 'breakpoint' || options.emit !== undefined)) {
    throw new UserError('this load cannot be divided', {
      why:
        options.mode === 'breakpoint'
          ? 'each step of a breakpoint is chosen by what the one before found, on all generators'
          : 'a file holds the whole load; whoever runs it gives the segment, and the k6 operator does so by itself',
      fix: options.mode === 'breakpoint' ? 'choose another --mode' : 'leave --segment out; see --parallelism',
    });
  }
  if (options.emit !== undefined) {
    if (options.mode === 'breakpoint' || (options.k6Args ?? []).length > 0) {
      throw new UserError('this load cannot be written to a file', {
        why:
          options.mode === 'breakpoint'
            ? 'a breakpoint is many loads, each chosen by what the one before found'
            : 'options of k6 belong to its run, not to the script',
        fix:
          options.mode === 'breakpoint'
            ? 'choose another --mode'
            : 'give them to `k6 run`, or in the manifest as spec.arguments',
      });
    }
    const { emitLoad } = await import('./emit.ts');
    return emitLoad(options.emit, options.parallelism ?? 1, contract, withEnvironment(host, profileVariables(options)));
  }
  return withTarget(host, contract, 'none', (targeted) =>
    withLoadSession(
      contract,
      withEnvironment(targeted, profileVariables(options)),
      options.k6Args ?? [],
      options.segment ?? null,
      async (session) => {
        const outcome = await (options.mode === 'breakpoint' ? runBreakpoint(session, options) : session.run());
        const out = outputDirectory(host);
        const { brokenOff } = outcome;
        const boundBy = outcome.result.bound === 'limiter' ? limitWords(session, out) : null;
        const result: ThroughputResult = { ...outcome.result, boundBy };
        writeResult(out, 'throughput', result, session.redact);
        host.out(wrappedLines(summaryLines(result).map(session.redact), host));
        if (brokenOff?.by === 'k6' || brokenOff?.by === 'memory') throw brokenOffByK6(brokenOff);
        const code = exitCodeOf(result, brokenOff?.by ?? null);
        if (code === ExitCode.Impossible) throw nothingAnswered(session, result);
        return code;
      },
    ),
  );
}

/** The options as the variables that a plain k6 reads as well; what is not given stays as it is. */
export function profileVariables(options: ThroughputOptions): Record<string, string> {
  const isSearch = options.mode === 'breakpoint';
  const given: [string, string | number | null | undefined][] = [
    // Each step of a search is an open load; its rates are the search's own.
    [PROFILE_VARIABLES.mode, isSearch ? 'open' : options.mode],
    [PROFILE_VARIABLES.preset, options.preset],
    [PROFILE_VARIABLES.rate, options.rate],
    [PROFILE_VARIABLES.baseRate, options.baseRate],
    [PROFILE_VARIABLES.spikeSeconds, options.spikeSeconds],
    [PROFILE_VARIABLES.vus, options.vus],
    [PROFILE_VARIABLES.maxVus, options.maxVus],
    [PROFILE_VARIABLES.durationSeconds, options.durationSeconds],
    [PROFILE_VARIABLES.warmUpSeconds, options.warmUpSeconds],
    [PROFILE_VARIABLES.objectives, options.objectives?.join(',')],
    [MEMORY_VARIABLE, options.maxMemory],
  ];
  return Object.fromEntries(
    given.flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, String(value)]])),
  );
}

/** The limit that bound the load, as far as it is known: what `assay limits` found, else what is documented. */
function limitWords({ host, contract }: LoadSession, out: string): string | null {
  const embedded = host.env['ASSAY_EMBEDDED_LIMIT'];
  if (embedded !== undefined) return embedded;
  const found = readResults(out).limits;
  if (found !== null && found.verdict === 'exact') return found.summary;
  const documented = contract.operation.limit;
  return documented === undefined
    ? null
    : `documented: ${documented.requests} per ${documented.windowSeconds} s; assay limits finds the real one`;
}

function brokenOffByK6({ by, why }: BrokenOff): UserError {
  return new UserError('the load was broken off', {
    why,
    fix: `${by === 'memory' ? 'choose a lower rate or a shorter load, or give it more with --max-memory' : 'see what k6 said above'}; throughput.json has what was measured until then, and is marked as partial`,
    exitCode: ExitCode.Impossible,
  });
}

function nothingAnswered({ target }: LoadSession, { requests }: ThroughputResult): UserError {
  return new UserError('the load got no answer', {
    why: `none of ${requests} requests to ${target.url} was answered`,
    fix: 'see that the server still runs; throughput.json has what happened',
    exitCode: ExitCode.Impossible,
  });
}

function exitCodeOf(result: ThroughputResult, brokenOffBy: BrokenOff['by'] | null): ExitCode {
  if (brokenOffBy === 'signal') return ExitCode.Interrupted;
  if (brokenOffBy === 'budget') return result.contract.violations > 0 ? ExitCode.Finding : ExitCode.Undecided;
  if (result.requests === 0 || result.requests === (result.byStatus['0'] ?? 0)) return ExitCode.Impossible;
  const isMissed = result.mode !== 'breakpoint' && result.objectives.some(({ holds }) => !holds);
  if (result.contract.violations > 0 || isMissed) return ExitCode.Finding;
  return result.valid ? ExitCode.Ok : ExitCode.Undecided;
}
