import type { Operation } from '../../contracts/lib/operation.ts';
import { successStatuses } from '../../contracts/lib/operation.ts';
import { ExitCode, gravest } from '../../contracts/lib/user-error.ts';
import type { LimitsVerdict, Outcome } from '../../load/inference/engine.ts';
import type { LimitsResult, ObservationRow, RunEnvironment } from '../results/results.ts';
import type { Advertised, AnsweredRequest } from './advertised.ts';
import type { CollectedRequest, CollectedRun } from './collected-run.ts';
import type { Comparison } from './expectation.ts';

/** Makes limits.json from what was said, and the exit code from that. Pure. */

/** The verdict to report: the last one said, marked where the run was broken off; one that says nothing if there is none. */
export function verdictOf(
  run: CollectedRun,
  brokenOffBecause: string | null,
  successes: readonly number[],
): LimitsVerdict {
  const said = run.verdict;
  const cost = said?.isFinal === true ? said.verdict.cost : costSoFar(run, successes);
  if (said === null) return { ...NOTHING_KNOWN, reason: brokenOffBecause, cost };
  if (brokenOffBecause === null) return said.verdict;
  const { verdict } = said;
  if (verdict.verdict === 'exact') return { ...verdict, cost };
  const reason = verdict.reason === null ? brokenOffBecause : `${brokenOffBecause}; ${verdict.reason}`;
  // "none" is a statement about the whole budget, which was not spent.
  return { ...verdict, verdict: verdict.verdict === 'none' ? 'inconclusive' : verdict.verdict, reason, cost };
}

const NOTHING_KNOWN: LimitsVerdict = {
  verdict: 'inconclusive',
  summary: 'nothing was found out',
  reason: null,
  firstRejection: null,
  limits: [],
  countsInvalid: null,
  countsUnauthorized: null,
  scope: null,
  penaltySeconds: null,
  overAdmission: null,
  client: null,
  cost: { requests: 0, accepted: 0, rejected: 0, seconds: 0 },
  findings: [],
  evidence: { models: [], foretold: null, quota: null },
};

function costSoFar(run: CollectedRun, successes: readonly number[]): LimitsVerdict['cost'] {
  const outcomes = run.requests.map((request) => outcomeOf(request, run, successes));
  return {
    requests: run.requests.length,
    accepted: outcomes.filter((outcome) => outcome === 'admitted').length,
    rejected: outcomes.filter((outcome) => outcome === 'rejected').length,
    seconds: rounded((run.lastAtMs - startMs(run)) / 1000),
  };
}

/** What became of a request: as the engine said, or judged by its status where it was answered after the last verdict. */
export function outcomeOf(request: CollectedRequest, run: CollectedRun, successes: readonly number[]): Outcome {
  const said = run.verdict?.outcomes.get(request.number);
  if (said !== undefined) return said;
  if (request.status === null) return 'lost';
  if (request.kind === 'valid' && successes.includes(request.status)) return 'admitted';
  const rejecting = run.verdict?.verdict.limits.map((limit) => limit.status) ?? [];
  return request.status === 429 || rejecting.includes(request.status) ? 'rejected' : 'other';
}

/** The requests that got an answer, judged, with its headers. */
export function answeredRequests(run: CollectedRun, successes: readonly number[]): AnsweredRequest[] {
  return run.requests.flatMap((request) =>
    request.receivedAtMs === null || request.status === null
      ? []
      : [{ ...request, receivedAtMs: request.receivedAtMs, outcome: outcomeOf(request, run, successes) }],
  );
}

export interface ResultParts {
  readonly run: CollectedRun;
  readonly verdict: LimitsVerdict;
  readonly operation: Operation;
  readonly advertised: Advertised;
  /** null: nothing was expected. */
  readonly expected: ({ readonly limit: string } & Comparison) | null;
  readonly environment: RunEnvironment;
}

export function limitsResult(parts: ResultParts): LimitsResult {
  const { run, verdict, operation } = parts;
  const sinceMs = startMs(run);
  const successes = successStatuses(operation);
  const { evidence, cost, ...answers } = verdict;
  return {
    schemaVersion: 1,
    ...answers,
    advertised: parts.advertised,
    expected: parts.expected,
    cost: { ...cost, seconds: rounded(cost.seconds) },
    evidence: {
      models: evidence.models,
      foretold: evidence.foretold,
      quota: (run.verdict?.quota ?? []).map(([atMs, remaining]) => ({
        atSeconds: rounded((atMs - sinceMs) / 1000),
        remaining: Math.max(0, rounded(remaining)),
      })),
      observations: run.requests.map(
        (request): ObservationRow => [
          request.number,
          rounded((request.sentAtMs - sinceMs) / 1000),
          rounded(((request.receivedAtMs ?? run.lastAtMs) - sinceMs) / 1000),
          request.status,
          outcomeOf(request, run, successes),
          request.kind,
          request.identity,
        ],
      ),
    },
    environment: parts.environment,
  };
}

/** When the first request was sent. */
function startMs(run: CollectedRun): number {
  return run.requests[0]?.sentAtMs ?? run.lastAtMs;
}

/** To the microsecond: more digits than the clock is worth. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

/** The status that the contract documents for a rejection; null where it documents none. */
export function documentedRejection(operation: Operation): number | null {
  return operation.responses['429'] === undefined ? null : 429;
}

/** What design and callers rely on: 0 holds, 1 a difference or a status other than the contract's, 4 undecided. */
export function exitCodeOf(result: LimitsResult, operation: Operation): ExitCode {
  const rejection = documentedRejection(operation);
  const codes: ExitCode[] = [];
  if (result.verdict === 'inconclusive') codes.push(ExitCode.Undecided);
  if (result.expected?.agrees === false) codes.push(ExitCode.Finding);
  if (result.expected?.agrees === null) codes.push(ExitCode.Undecided);
  if (rejection !== null && result.limits.some((limit) => limit.status !== rejection)) codes.push(ExitCode.Finding);
  return gravest(codes);
}
