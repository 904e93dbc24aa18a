import { isBudgetReason } from '../../contracts/lib/budget.ts';
import { type Operation, successStatuses } from '../../contracts/lib/operation.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { PROFILE_VARIABLES, parseLoadProfile } from '../../load/measurement/profile.ts';
import type { ThroughputResult } from '../results/results.ts';
import { nextStep, type Trial } from './breakpoint.ts';
import type { LoadOutcome, LoadSession } from './load-session.ts';
import { added, LIMITED_STATUS } from './measurement.ts';

/** The mode `breakpoint`: short loads at rates that a search chooses. */

/** What a rate has to meet where nothing is asked for. */
const DEFAULT_OBJECTIVES = 'p95<500ms,failed<1%,limited<1%,dropped<1%';
const DEFAULT_STEP_SECONDS = 5;
const TOLERANCE = 0.05;
const MAX_TRIALS = 40;
/** Above what one k6 can start on loopback; a generator that is the bottleneck ends the search before. */
const MAX_RATE_PER_SECOND = 50_000;
/** Off loopback the search may go beyond the pace that is kept otherwise only so far, unless a rate is given. */
const MAX_LIMIT_SHARE = 4;

/**
 * Finds the highest rate that meets the objectives. The result is that of the last load at that rate, with the steps of
 * the search; without such a rate, that of the last load.
 */
export async function runBreakpoint(
  session: LoadSession,
  options: { readonly rate: number | null; readonly vus: number | null; readonly durationSeconds: number | null },
): Promise<LoadOutcome> {
  const { host, target, contract } = session;
  if (options.vus !== null) {
    throw new UserError('a breakpoint is a rate, so it takes no number of users', {
      why: '--vus keeps a number of users',
      fix: 'leave --vus out; --rate sets the rate that the search begins with',
    });
  }
  const profile = parseLoadProfile(host.env, target, contract.operation.limit);
  if (profile.mode === 'closed') throw new Error('a breakpoint is searched with rates');
  const stepSeconds = options.durationSeconds ?? DEFAULT_STEP_SECONDS;
  const search = {
    startRate: options.rate ?? (target.isLoopback ? 50 : profile.ratePerSecond),
    maxRate: target.isLoopback ? MAX_RATE_PER_SECOND : profile.ratePerSecond * MAX_LIMIT_SHARE,
    tolerance: TOLERANCE,
    maxTrials: MAX_TRIALS,
  };
  if (!target.isLoopback) {
    host.err(
      `about to send up to ${Math.ceil(search.maxRate * stepSeconds)} requests a step, in up to ${MAX_TRIALS} steps of ${stepSeconds} s, to ${target.host}; each accepted one creates something there\n`,
    );
  }
  const objectives = (host.env[PROFILE_VARIABLES.objectives] ?? '') || DEFAULT_OBJECTIVES;
  const trials: Trial[] = [];
  const outcomes: LoadOutcome[] = [];
  const steps: Step[] = [];
  let generatorBound: string | null = null;
  for (;;) {
    const step = nextStep(trials, search);
    if (step.kind === 'done' || generatorBound !== null) {
      const highest = step.kind === 'done' ? step.highest : highestHeld(trials);
      return finished(outcomes, steps, highest, generatorBound);
    }
    const rate = {
      [PROFILE_VARIABLES.rate]: String(step.ratePerSecond),
      [PROFILE_VARIABLES.durationSeconds]: String(stepSeconds),
      [PROFILE_VARIABLES.objectives]: objectives,
    };
    const outcome = await session.run(rate).catch((error: unknown) => {
      // The budget ended with the step before: what was found until then stands.
      if (outcomes.length > 0 && error instanceof UserError && isBudgetReason(error.why)) return error.why;
      throw error;
    });
    if (typeof outcome === 'string') {
      const last = finished(outcomes, steps, highestHeld(trials), null);
      const result = { ...last.result, valid: false, partial: true, invalidBecause: `partial: ${outcome}` };
      return { result, brokenOff: { by: 'budget', why: outcome } };
    }
    outcomes.push(outcome);
    const { result } = outcome;
    const because = reasonOf(result);
    const holds = because === null;
    steps.push({
      requestsPerSecond: step.ratePerSecond,
      acceptedPerSecond: result.acceptedPerSecond,
      p50: result.latencyMs?.p50 ?? null,
      p95: result.latencyMs?.p95 ?? null,
      p99: result.latencyMs?.p99 ?? null,
      ...countsOf(result, contract.operation),
      dropped: result.droppedIterations,
      holds,
      because,
    });
    host.err(
      `${step.ratePerSecond}/s: ${holds ? 'holds' : `does not hold: ${because}`}${result.latencyMs === null ? '' : `, p95 ${result.latencyMs.p95.toFixed(1)} ms`}\n`,
    );
    if (outcome.brokenOff !== null) return finished(outcomes, steps, highestHeld(trials), null);
    trials.push({ ratePerSecond: step.ratePerSecond, holds });
    if (result.invalidBecause?.startsWith('the generator') === true) generatorBound = result.invalidBecause;
  }
}

type Step = NonNullable<NonNullable<ThroughputResult['breakpoint']>['steps']>[number];

function highestHeld(trials: readonly Trial[]): number | null {
  const held = trials.filter(({ holds }) => holds).map(({ ratePerSecond }) => ratePerSecond);
  return held.length === 0 ? null : Math.max(...held);
}

function countsOf({ requests, byStatus }: ThroughputResult, operation: Operation) {
  const limited = byStatus[LIMITED_STATUS] ?? 0;
  const accepted = successStatuses(operation).reduce((sum, status) => sum + (byStatus[status] ?? 0), 0);
  return { requests, limited, failed: requests - limited - accepted };
}

/** The objectives that a step missed, or why it was not the load that was asked for; null: neither. */
export function reasonOf(result: ThroughputResult): string | null {
  const missed = result.objectives
    .filter(({ holds }) => !holds)
    .map(({ expression, value }) => `${expression} (${value === null ? 'nothing measured' : value})`);
  if (result.contract.violations > 0) missed.push(`${result.contract.violations} answers broke the contract`);
  if (missed.length === 0) return result.valid ? null : (result.invalidBecause ?? 'it was not valid');
  return missed.join(', ');
}

function finished(
  outcomes: readonly LoadOutcome[],
  steps: readonly Step[],
  highest: number | null,
  generatorBound: string | null,
): LoadOutcome {
  const at = steps.findLastIndex(({ requestsPerSecond, holds }) => holds && requestsPerSecond === highest);
  const outcome = outcomes[at] ?? outcomes.at(-1);
  if (outcome === undefined) throw new Error('a search without a step');
  const failed = steps
    .filter(({ holds }) => !holds)
    .sort((left, right) => left.requestsPerSecond - right.requestsPerSecond);
  const [above] = failed.filter(({ requestsPerSecond }) => requestsPerSecond > (highest ?? 0));
  const limiting = above === undefined ? undefined : outcomes[steps.indexOf(above)]?.result;
  const { result } = outcome;
  return {
    brokenOff: outcomes.at(-1)?.brokenOff ?? null,
    result: {
      ...result,
      mode: 'breakpoint',
      valid: result.valid && generatorBound === null,
      invalidBecause: result.invalidBecause ?? generatorBound,
      bound: above === undefined ? null : limiting?.bound === 'limiter' ? 'limiter' : 'capacity',
      contract: mergedContract(outcomes.map((one) => one.result.contract)),
      created: outcomes.reduce((sum, one) => sum + (one.result.created ?? 0), 0),
      breakpoint: {
        requestsPerSecond: highest ?? 0,
        because: above === undefined ? 'nothing failed up to the highest rate that was tried' : (above.because ?? ''),
        steps: [...steps],
      },
    },
  };
}

/** All steps create, and all are held to the contract. */
function mergedContract(parts: readonly ThroughputResult['contract'][]): ThroughputResult['contract'] {
  const byRule = added(parts.map((part) => part.byRule));
  const sum = (of: 'checked' | 'violations') => parts.reduce((all, part) => all + part[of], 0);
  return {
    checked: sum('checked'),
    violations: sum('violations'),
    byRule,
    examples: parts.flatMap(({ examples }) => examples).slice(0, 20),
  };
}
