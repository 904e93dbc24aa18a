import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import { BUDGET_REASON, mayCreate, mayHaveCreated } from '../../contracts/lib/budget.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { deadlineMs } from '../../contracts/lib/environment-numbers.ts';
import { LimitSyntaxError, parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { successStatuses } from '../../contracts/lib/operation.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { isInsecure, parseTarget, type Target } from '../../contracts/lib/target.ts';
import { ExitCode, gravest, UserError } from '../../contracts/lib/user-error.ts';
import { budgetOf } from '../../contracts/suite/shared-budget.ts';
import type { LimitsLine } from '../../load/lib/limits-lines.ts';
import { DEFAULT_LIMITS_OPTIONS, type LimitsOptions } from '../../load/lib/limits-options.ts';
import { LINE_MARKER } from '../../load/lib/line-marker.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import { verdictLines } from '../../load/lib/verdict-text.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { withKnownInputs, withTarget } from '../embedded/embedded.ts';
import { explainK6End } from '../k6/exit-code.ts';
import { findK6 } from '../k6/find.ts';
import { type K6RunResult, runK6 } from '../k6/run.ts';
import { openStopLine } from '../k6/stop-line.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import { chosenContract } from '../lib/chosen-contract.ts';
import { temporaryFolder } from '../lib/files.ts';
import type { Host } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { startProgress } from '../lib/progress.ts';
import { wrappedLines } from '../lib/wrapped-lines.ts';
import { counted } from '../report/numbers.ts';
import { openLedger } from '../results/ledger.ts';
import { type LimitsResult, writeResult } from '../results/results.ts';
import { compareAdvertised } from './advertised.ts';
import { announcement, defaultBudget, type Tier, tiersOf } from './budget.ts';
import { type CollectedRun, createCollector } from './collected-run.ts';
import { compareWithExpectation } from './expectation.ts';
import { answeredRequests, exitCodeOf, limitsResult, verdictOf } from './limits-result.ts';
import { type SourceAddressRelay, startSourceAddressRelay } from './source-address.ts';

export interface RunLimitsOptions {
  /** Grammar L; null: the embedded API's own limit, and nothing where a target is given. */
  readonly expect: string | null;
  readonly maxRequests: number | null;
  readonly maxSeconds: number | null;
  /** Requests with the same key came shortly before. */
  readonly isQuotaMaybeUsed?: boolean;
  /** Ask whether 400s and 401s use up quota. */
  readonly probeCosts?: boolean;
  /** Probe with invalid requests where these use up quota. */
  readonly harmless?: boolean;
  /** An IP address of this machine to send some requests from: asks what the limit is counted by. */
  readonly sourceAddress?: string | null;
}

/** The limit of the embedded reference API. */
const EMBEDDED_LIMIT = '120/10s';
const SEED = 1;

/** `assay limits`: finds where the target starts to reject, writes limits.json, and prints the verdict. */
export async function runLimits(options: RunLimitsOptions, host: Host): Promise<ExitCode> {
  const contract = chosenContract(host);
  return withTarget(host, contract, EMBEDDED_LIMIT, (targeted) =>
    // What a giver makes would use up quota before the first probe.
    findLimits(options, contract, withKnownInputs(targeted, contract)),
  );
}

async function findLimits(options: RunLimitsOptions, contract: Contract, host: Host): Promise<ExitCode> {
  const { operation } = contract;
  const target = parseTarget(host.env, operation);
  checkAskable(options, contract, target);
  const redact = redactor([target.apiKey, target.secondApiKey]);
  const expect = options.expect ?? embeddedLimit(host);
  const expected = expect === null ? [] : parseExpected(expect);
  const prior = expect !== null ? tiersOf(expected) : operation.limit === undefined ? [] : [operation.limit];
  const usual = defaultBudget(prior, target.isLoopback);
  const script: LimitsOptions = {
    ...DEFAULT_LIMITS_OPTIONS,
    maxRequests: options.maxRequests ?? usual.maxRequests,
    maxSeconds: options.maxSeconds ?? usual.maxSeconds,
    prior,
    isQuotaMaybeUsed: options.isQuotaMaybeUsed === true,
    probeCosts: options.probeCosts === true,
    harmless: options.harmless === true,
    requestTimeoutMs: deadlineMs(host.env, DEFAULT_LIMITS_OPTIONS.requestTimeoutMs),
    seed: SEED,
  };
  const budget = budgetOf(host.env);
  const reserved = await budget.reserve({
    requests: script.maxRequests,
    created: mayCreate(operation.method) ? script.maxRequests : 0,
  });
  if (reserved.requests === 0) throw overBudget(reserved.because);
  const k6 = await findK6(host);
  const relay = await relayFor(options.sourceAddress ?? null, target, host);
  // Now: a k6 may have been downloaded meanwhile.
  const { secondsLeft } = await budget.reserve({ requests: 0, created: 0 });
  const isTimeOfBudget = secondsLeft !== null && secondsLeft < script.maxSeconds;
  const asked: LimitsOptions = {
    ...script,
    secondAddressBaseUrl: relay?.baseUrl ?? null,
    maxRequests: reserved.requests,
    maxCreated: reserved.because !== null && mayCreate(operation.method) ? reserved.created : null,
    maxSeconds: isTimeOfBudget ? secondsLeft : script.maxSeconds,
    countedFromMs: isTimeOfBudget ? host.now().getTime() : null,
  };
  announce(prior, asked, contract, target, host);

  const startedAt = host.now();
  const calledAtMs = performance.now();
  const { run, end } = await runScript(asked, k6.path, contract, redact, host).finally(() => relay?.close());
  // Only a search that came to its end tells what was not used.
  if (run.verdict?.isFinal === true) {
    const made = run.requests.filter(({ status }) => mayHaveCreated(status)).length;
    await budget.release({
      requests: reserved.requests - run.requests.length,
      created: Math.max(0, reserved.created - made),
    });
  }
  if (run.bug !== null) throw new Error(`the limit finder failed: ${run.bug}`);
  if (run.unusable !== null) throw unusable(target, run.unusable);
  const isBrokenOff = run.verdict?.isFinal !== true;
  if (run.requests.length === 0 && !isBrokenOff) throw overBudget(`${BUDGET_REASON} ${script.maxSeconds} s`);
  if (run.requests.length === 0 && !end.wasInterrupted) throw k6Failed(end);

  const successes = successStatuses(operation);
  const verdict = verdictOf(run, isBrokenOff ? brokenOffText(run, end) : null, successes);
  const answered = answeredRequests(run, successes);
  const admissions = answered.filter(
    ({ kind, identity, outcome }) => kind === 'valid' && identity === 'primary' && outcome === 'admitted',
  );
  const result = limitsResult({
    run,
    verdict,
    operation,
    advertised: compareAdvertised(answered, verdict),
    expected: expect === null ? null : { limit: expect, ...compareWithExpectation(expected, verdict, admissions) },
    environment: {
      assay: packageFile.version,
      node: process.versions.node,
      k6: k6.version,
      contract: contract.name,
      method: operation.method,
      path: operation.path,
      target: target.baseUrl,
      embedded: (host.env['ASSAY_EMBEDDED_LIMIT'] ?? '') !== '',
      startedAt: startedAt.toISOString(),
      seconds: (performance.now() - calledAtMs) / 1000,
      seed: script.seed,
    },
  });
  writeResult(outputDirectory(host), 'limits', result, redact);
  host.out(wrappedLines([...verdictLines(verdict), ...comparisonLines(result)].map(redact), host));
  if (end.wasInterrupted) return ExitCode.Interrupted;
  if (isBrokenOff) throw k6Failed(end);
  const code = exitCodeOf(result, operation);
  const isCutShort = reserved.because !== null && verdict.verdict === 'none';
  if (isCutShort) host.err(`undecided: ${reserved.because} ended the search before it was to end\n`);
  return isCutShort ? gravest([code, ExitCode.Undecided]) : code;
}

function overBudget(because: string | null): UserError {
  return new UserError('the limits were not looked for', {
    why: `${because} is used up`,
    fix: 'raise the budget, or run fewer parts in one go',
    exitCode: ExitCode.Undecided,
  });
}

async function relayFor(address: string | null, target: Target, host: Host): Promise<SourceAddressRelay | null> {
  if (address === null) return null;
  return startSourceAddressRelay(target, address, !isInsecure(host.env));
}

/** A request without an answer may have created something that the ledger cannot name. */
function brokenOffText(run: CollectedRun, end: K6RunResult): string {
  const unanswered = run.requests.filter((request) => request.receivedAtMs === null).length;
  return `${end.wasInterrupted ? 'interrupted' : (end.overMemory ?? 'k6 ended')} after ${run.requests.length} requests${unanswered === 0 ? '' : `, ${unanswered} of them unanswered`}`;
}

/** Refuses what cannot be sent, or would answer another question than the one that was asked. */
function checkAskable(options: RunLimitsOptions, contract: Contract, target: Target): void {
  const { operation } = contract;
  const isValid = contract.validator(operation.request.schema);
  const { invalid } = requestBodies(operation, requestTemplate(contract), target.inputs, (body) => isValid(body));
  if ((options.probeCosts === true || options.harmless === true) && invalid === null) {
    throw new UserError(`${options.harmless === true ? '--harmless' : '--probe-costs'} is not possible here`, {
      why: `${operation.request.schema} requires none of the inputs, so there is no request that is surely invalid`,
      fix: 'leave it out',
    });
  }
  if (target.secondApiKey !== null && target.secondApiKey === target.apiKey) {
    throw new UserError('the second API key is not usable', {
      why: 'ASSAY_SECOND_API_KEY is the same as ASSAY_API_KEY, so nothing can be learnt from it',
      fix: 'set it to another key of the same server, or unset it',
    });
  }
}

/** The embedded API's limit, where it is the target and has one. */
function embeddedLimit(host: Host): string | null {
  const limit = host.env['ASSAY_EMBEDDED_LIMIT'] ?? '';
  return limit === '' || limit === 'none' ? null : limit;
}

function parseExpected(text: string) {
  try {
    return parseLimit(text);
  } catch (error) {
    if (!(error instanceof LimitSyntaxError)) throw error;
    throw new UserError(
      'the expected limit is not usable',
      { why: error.message, fix: 'write it like 120/60s' },
      error,
    );
  }
}

function announce(prior: readonly Tier[], script: LimitsOptions, contract: Contract, target: Target, host: Host): void {
  const isKeyed = contract.operation.auth.scheme !== 'none' && target.secondApiKey !== null;
  const questions = {
    probeCosts: script.probeCosts,
    identities: (isKeyed ? 1 : 0) + (script.secondAddressBaseUrl === null ? 0 : 1),
  };
  const lines = announcement(
    prior,
    script,
    {
      url: target.url,
      method: contract.operation.method,
      creates: contract.operation.created !== undefined,
      harmless: script.harmless,
    },
    questions,
  );
  for (const line of lines) host.err(`${line}\n`);
}

/** Runs the script in k6; the ledger grows as its answers come. */
async function runScript(
  options: LimitsOptions,
  k6Path: string,
  contract: Contract,
  redact: (text: string) => string,
  host: Host,
): Promise<{ run: CollectedRun; end: K6RunResult }> {
  const folder = temporaryFolder('limits');
  const stopLine = await openStopLine();
  const collector = createCollector();
  const ledger = openLedger(outputDirectory(host), redact);
  const progress = startProgress(host);
  const successes = successStatuses(contract.operation);
  const take = (line: LimitsLine) => {
    collector.take(line);
    // k6 waits for the answer to each request, so for this one as well.
    if (line.kind === 'bug' || (line.kind === 'verdict' && line.isFinal)) stopLine.pull();
    if (line.kind === 'progress') {
      const { phase, known, requests, secondsLeft } = line.progress;
      // Before the second one there is nothing to know.
      const says = `${requests < 2 ? '' : `${known}; `}${counted(requests, 'request')}`;
      progress.update({ phase, says, secondsLeft });
    }
    if (line.kind !== 'answer' || line.status === null || !successes.includes(line.status)) return;
    if (contract.operation.created === undefined) return;
    ledger.append({
      at: host.now().toISOString(),
      phase: 'limits',
      operation: contract.name,
      case: `request ${line.number}`,
      id: line.createdId,
    });
  };
  try {
    const scriptPath = join(folder, 'limits.js');
    await bundleK6Script('limits', contract, scriptPath, host.packageRoot);
    const end = await runK6({
      k6Path,
      scriptPath,
      args: ['--quiet'],
      cwd: folder,
      inherited: host.env,
      env: { ASSAY_LINES: '1', ASSAY_STOP_URL: stopLine.url, ASSAY_LIMITS_OPTIONS: JSON.stringify(options) },
      marker: LINE_MARKER,
      onMarked: (text) => take(JSON.parse(text) as LimitsLine),
      stdout: 'ignore',
      // Each lost request is an observation of its own.
      err: (text) => (text.startsWith('k6 warning: Request Failed') ? undefined : host.err(text)),
      redact,
      signal: host.signal,
      askToStop: stopLine.pull,
    });
    return { run: collector.run(), end };
  } finally {
    progress.done();
    stopLine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function unusable(target: Target, why: string): UserError {
  return new UserError(`the limits of ${target.url} cannot be found out`, {
    why,
    fix: 'see that the server runs, and check ASSAY_BASE_URL, ASSAY_API_KEY and the inputs',
    exitCode: ExitCode.Impossible,
  });
}

function k6Failed(end: K6RunResult): UserError {
  return new UserError('the limits could not be found out', {
    why: end.overMemory ?? (end.exitCode === 0 ? 'k6 ended the search at its time limit' : explainK6End(end).text),
    fix:
      end.overMemory === null
        ? 'look at what k6 said above; the results folder has what was found out until then'
        : 'see how large the answers are, or give it more with ASSAY_K6_MAX_MEMORY; the results folder has what was found out until then',
    exitCode: ExitCode.Impossible,
  });
}

function comparisonLines({ expected, advertised }: LimitsResult): string[] {
  const words = { true: 'agrees', false: 'differs', null: 'undecided' } as const;
  return [
    ...(expected === null ? [] : [`  expected ${expected.limit}: ${words[`${expected.agrees}`]}`]),
    ...(expected?.differences ?? []).map((difference) => `    ${difference}`),
    ...(advertised.agrees === null ? [] : [`  advertised in headers: ${words[`${advertised.agrees}`]}`]),
    ...advertised.differences.map((difference) => `    ${difference}`),
  ];
}
