import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { standIns } from '../../contracts/lib/given-inputs.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { parseTarget, type Target } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { giveInputsOrThrow } from '../../contracts/suite/given-inputs.ts';
import { budgetOf, withinBudget } from '../../contracts/suite/shared-budget.ts';
import { transportFor } from '../../contracts/suite/transport.ts';
import { requestBinder } from '../../load/lib/flow.ts';
import { LINE_MARKER } from '../../load/lib/line-marker.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import { requestCost } from '../../load/lib/request-cost.ts';
import type { ThroughputLine, ThroughputSummary } from '../../load/measurement/lines.ts';
import { PROFILE_VARIABLES, parseLoadProfile } from '../../load/measurement/profile.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { explainK6End } from '../k6/exit-code.ts';
import { findK6 } from '../k6/find.ts';
import { memoryLimitBytes } from '../k6/memory.ts';
import { runK6 } from '../k6/run.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import { temporaryFolder } from '../lib/files.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { startProgress } from '../lib/progress.ts';
import { openLedger } from '../results/ledger.ts';
import type { ThroughputResult } from '../results/results.ts';
import { endedChildrenCpuSeconds } from './child-cpu.ts';
import { PUSH_OUTPUT, type Segment, segmentArguments, withoutPushOutput } from './k6-arguments.ts';
import { reserveLoad } from './load-budget.ts';
import { interruptedIterations, loadStatus } from './load-status.ts';
import { countsByStatus, measure, outcomes } from './measurement.ts';
import { type ProbeAnswer, probeTarget } from './probe.ts';
import { startReceiver } from './receiver.ts';
import { relayTarget, relayTo } from './relay.ts';
import { throughputResult, type ViolationExample } from './result.ts';
import { keyOf, type Snapshot } from './snapshots.ts';

/** A target that was found to answer, and a k6 script for it, ready to be run once or many times. */
export interface LoadSession {
  readonly contract: Contract;
  readonly target: Target;
  readonly redact: (text: string) => string;
  readonly probe: ProbeAnswer;
  /** With what the probe measured in its environment. */
  readonly host: Host;
  /** Runs the load that the environment asks for, with `more` on top; what it created is in the ledger when it returns. */
  run(more?: Record<string, string>): Promise<LoadOutcome>;
}

export interface LoadOutcome {
  readonly result: ThroughputResult;
  /** Why it ended before its time; null: it did not. */
  readonly brokenOff: BrokenOff | null;
}

export interface BrokenOff {
  /** A signal to us, k6's own end, that it took too much memory, or a budget that is used up. */
  readonly by: 'signal' | 'k6' | 'memory' | 'budget';
  /** In words that go before "after 2 s of 10 s". */
  readonly why: string;
}

/** Examples kept for each rule. */
const EXAMPLES_PER_RULE = 3;
/** Go's GOGC for k6: a fifth of its time per request is saved by letting garbage grow to four times what is in use. */
export const GARBAGE_COLLECTION_PERCENT = '400';
/** A long load may cost a little more time, and must not take more than twice and a half the memory that is in use. */
const GARBAGE_COLLECTION_PERCENT_OF_SOAK = '150';

/**
 * Asks the target once, which counts as a request, and calls `use`. k6's arguments are passed on as they are. Throws
 * UserError for a target that does not answer, or rejects the request, and where there is no k6.
 */
export async function withLoadSession<T>(
  contract: Contract,
  host: Host,
  k6Args: readonly string[],
  segment: Segment | null,
  use: (session: LoadSession) => Promise<T>,
): Promise<T> {
  const { operation } = contract;
  const target = parseTarget({ ...host.env, ...standIns(operation, host.env) }, operation);
  const { requestTimeoutMs } = parseLoadProfile(host.env, target, operation.limit);
  memoryLimitBytes(host.env);
  const shareOfLoad = segment === null ? 1 : 1 / segment.of;
  const { args: otherArgs, wantsPushOutput } = withoutPushOutput(k6Args);
  const relayed = wantsPushOutput ? relayTarget(host.env) : null;
  const request = requestBodies(
    operation,
    requestTemplate(contract),
    target.inputs,
    contract.validator(operation.request.schema),
  ).valid;
  const out = outputDirectory(host);
  const redact = redactor([target.apiKey, target.secondApiKey]);
  const ledger = openLedger(out, redact);
  const entry = () => ({ at: host.now().toISOString(), phase: 'throughput' as const, operation: operation.name });
  const recordCreated = (id: string | number | null, creator = operation.name, by = 'load') =>
    ledger.append({ ...entry(), operation: creator, case: by, id });
  const k6 = await findK6(host);
  const budget = budgetOf(host.env);
  const send = withinBudget(transportFor(host.env), budget);
  const cost = requestCost(
    operation,
    host.env,
    (contract.givers ?? []).map((giver) => giver.operation),
  );
  const given = await giveInputsOrThrow(contract, host.env, {
    ...{ apiKey: target.apiKey, baseUrl: target.baseUrl, isLoopback: target.isLoopback },
    deadlineMs: requestTimeoutMs,
    send,
    created: (creator, id) => recordCreated(id, creator, 'given'),
  });
  const probed = { ...host.env, ...given };
  const bound = requestBinder(operation, host.env, target, request)?.(probed);
  const probe = await probeTarget(
    operation,
    { ...target, url: bound?.url ?? target.url },
    bound?.body ?? request,
    requestTimeoutMs,
    send,
    host.signal,
  );
  if (probe.created !== null) recordCreated(probe.created.id, operation.name, 'probe');
  const measuredHost = withEnvironment(host, {
    [PROFILE_VARIABLES.expectedLatencyMs]: host.env[PROFILE_VARIABLES.expectedLatencyMs] ?? probe.latencyMs.toFixed(3),
  });
  const work = temporaryFolder('throughput');
  let runs = 0;

  const run = async (more: Record<string, string> = {}): Promise<LoadOutcome> => {
    const asked = withEnvironment(measuredHost, more).env;
    const share = await reserveLoad(budget, parseLoadProfile(asked, target, operation.limit, cost), cost, host.now);
    const env = { ...asked, ...share.env };
    const profile = parseLoadProfile(env, target, operation.limit, cost);
    runs += 1;
    const heard = listener(redact, recordCreated);
    const receiver = await startReceiver(
      (why) => host.err(`what k6 counted could not be read: ${redact(why)}\n`),
      relayed === null
        ? null
        : relayTo(relayed, (why) => host.err(`not all of k6's output ${PUSH_OUTPUT} arrived: ${redact(why)}\n`)),
    );
    const startedAt = host.now();
    const calledAtMs = performance.now();
    const cpuBefore = endedChildrenCpuSeconds();
    const phase =
      more[PROFILE_VARIABLES.rate] === undefined ? 'load' : `step ${runs} at ${more[PROFILE_VARIABLES.rate]}/s`;
    const progress = startProgress(host);
    let unfinished: number | null = null;
    const end = await runK6({
      k6Path: k6.path,
      scriptPath: script,
      args: [...receiver.args, ...(segment === null ? [] : segmentArguments(segment)), ...otherArgs],
      cwd: host.cwd,
      inherited: env,
      env: {
        ...receiver.env,
        ASSAY_LINES: '1',
        GOGC:
          env['GOGC'] ?? (profile.mode === 'soak' ? GARBAGE_COLLECTION_PERCENT_OF_SOAK : GARBAGE_COLLECTION_PERCENT),
      },
      marker: LINE_MARKER,
      onMarked: heard.take,
      stdout: (line) => {
        unfinished = interruptedIterations(line) ?? unfinished;
        const status = loadStatus(line, phase, profile, shareOfLoad);
        if (status !== null) progress.update(status);
      },
      err: (text) => {
        if (!isOfReceiver(text)) host.err(text);
      },
      redact,
      signal: host.signal,
    }).finally(() => {
      progress.done();
      return receiver.close();
    });
    const cpuAfter = endedChildrenCpuSeconds();
    const tookSeconds = (performance.now() - calledAtMs) / 1000;
    const ending = explainK6End(end);
    const startedAtMs = heard.startedAtMs();
    const isComplete = ending.kind === 'completed' || ending.kind === 'threshold-crossed';
    if (startedAtMs === null) {
      throw new UserError('the load did not run', {
        why: end.overMemory ?? ending.text,
        fix:
          end.overMemory === null ? 'see what k6 said above' : 'give it more with --max-memory, or choose a lower rate',
        exitCode: end.wasInterrupted ? ExitCode.Interrupted : ExitCode.Impossible,
      });
    }
    const summary = heard.summary();
    const measurement = measure(
      completed(receiver.snapshots(), summary, startedAtMs),
      startedAtMs,
      profile.warmUpSeconds,
      operation,
    );
    // Only a count that is complete tells what was not used.
    const sent = countsByStatus(measurement.total);
    sent['0'] = (sent['0'] ?? 0) + (unfinished ?? 0);
    if (isComplete) await share.release(sent);
    const endedBy = share.endedBy(profile, outcomes(measurement.total).requests + (unfinished ?? 0));
    const brokenOff: BrokenOff | null = end.wasInterrupted
      ? { by: 'signal', why: 'interrupted' }
      : end.overMemory !== null
        ? { by: 'memory', why: end.overMemory }
        : !isComplete
          ? { by: 'k6', why: ending.text }
          : endedBy === null
            ? null
            : { by: 'budget', why: `${endedBy} was used up` };
    const endSeconds =
      brokenOff?.by === 'budget' ? Math.min(profile.endsAtSeconds, measurement.endSeconds) : heard.secondsSinceStart();
    const result = throughputResult({
      operation,
      profile,
      share: shareOfLoad,
      measurement,
      summary,
      examples: heard.examples(),
      brokenOff: brokenOff && { atSeconds: endSeconds, why: brokenOff.why },
      unfinished: ending.kind === 'killed' ? null : unfinished,
      k6CpuShare:
        cpuBefore === null || cpuAfter === null
          ? null
          : (cpuAfter - cpuBefore) / (tookSeconds * availableParallelism()),
      mostUsers: receiver.mostUsers(),
      k6PeakMemoryBytes: end.peakMemoryBytes,
      createdBefore: runs === 1 && probe.created !== null ? 1 : 0,
      environment: {
        assay: packageFile.version,
        node: process.versions.node,
        k6: k6.version,
        playwright: null,
        contract: contract.name,
        method: operation.method,
        path: operation.path,
        target: target.baseUrl,
        embedded: host.env['ASSAY_EMBEDDED_LIMIT'] !== undefined,
        startedAt: startedAt.toISOString(),
        seconds: tookSeconds,
        part: segment,
        seed: null,
      },
    });
    const created = (result.created ?? 0) - (runs === 1 && probe.created !== null ? 1 : 0);
    if (target.isLoopback && created > 0) {
      const ids = summary?.createdIds ?? null;
      ledger.append({
        ...entry(),
        case: 'load',
        count: created,
        firstId: ids?.first ?? null,
        lastId: ids?.last ?? null,
      });
    }
    return { result, brokenOff };
  };

  const script = join(work, 'throughput.js');
  try {
    await bundleK6Script('throughput', contract, script, host.packageRoot);
    return await use({ contract, target, redact, probe, host: measuredHost, run });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * That what we ask k6 for has another name in newer versions, and is new; that a push took long on a busy machine: what
 * it could not take is in the next one.
 */
function isOfReceiver(text: string): boolean {
  return /^k6 \w+: (Legacy env var detected, use --features|Experimental feature enabled|Successful flushed time series)/.test(
    text,
  );
}

/** With what k6's summary says at the end: of Counters, samples of the last millisecond may not have been pushed. */
function completed(
  snapshots: readonly Snapshot[],
  summary: ThroughputSummary | null,
  startedAtMs: number,
): readonly Snapshot[] {
  if (summary === null) return snapshots;
  const told = [
    [keyOf({ kind: 'dropped' }), summary.dropped],
    [keyOf({ kind: 'violations' }), summary.violations],
  ] as const;
  const more = told.filter(
    ([key, count]) => count > (snapshots.findLast(({ counts }) => counts.has(key))?.counts.get(key) ?? 0),
  );
  return more.length === 0
    ? snapshots
    : [...snapshots, { atMs: snapshots.at(-1)?.atMs ?? startedAtMs, counts: new Map(more) }];
}

/** Takes what the script says. `recordCreated` is called for each thing that it says it created. */
function listener(
  redact: (text: string) => string,
  recordCreated: (id: string | number | null, creator?: string) => void,
) {
  let startedAtMs: number | null = null;
  /** On our own clock that nobody sets. */
  let heardStartAtMs = 0;
  let summary: ThroughputSummary | null = null;
  const examples = new Map<string, ViolationExample[]>();
  return {
    take(text: string): void {
      const line = JSON.parse(text) as ThroughputLine;
      if (line.kind === 'start') {
        startedAtMs = line.atMs;
        heardStartAtMs = performance.now();
      } else if (line.kind === 'summary') summary = line.summary;
      else if (line.kind === 'created') recordCreated(line.id, line.operation);
      else {
        const { rule, status, pointer, expected, received, atMs } = line;
        const ofRule = examples.get(rule) ?? [];
        examples.set(rule, ofRule);
        if (ofRule.length >= EXAMPLES_PER_RULE) return;
        ofRule.push({ rule, status, pointer, expected, received: redact(received), atSeconds: atMs / 1000 });
      }
    },
    startedAtMs: () => startedAtMs,
    secondsSinceStart: () => (performance.now() - heardStartAtMs) / 1000,
    summary: () => summary,
    examples: () => [...examples.values()].flat(),
  };
}
