import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestTemplate } from '../../contracts/cases/request-template.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import { contractDirectory, readContract } from '../../contracts/lib/read-contract.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { LINE_MARKER } from '../../load/lib/line-marker.ts';
import { requestBodies } from '../../load/lib/request-bodies.ts';
import type { ThroughputLine, ThroughputSummary } from '../../load/measurement/lines.ts';
import { DETAIL_TAG } from '../../load/measurement/metric-names.ts';
import { PROFILE_VARIABLES, parseLoadProfile, plannedRequests } from '../../load/measurement/profile.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { withTarget } from '../embedded/embedded.ts';
import { explainK6End } from '../k6/exit-code.ts';
import { findK6 } from '../k6/find.ts';
import { runK6 } from '../k6/run.ts';
import { bundleK6Script } from '../k6-bundle/bundle.ts';
import { type Host, withEnvironment } from '../lib/host.ts';
import { outputDirectory } from '../lib/output-directory.ts';
import { openLedger } from '../results/ledger.ts';
import { type ThroughputResult, writeResult } from '../results/results.ts';
import { measure } from './measurement.ts';
import { probeTarget } from './probe.ts';
import { parseRecord } from './record.ts';
import { throughputResult, type ViolationExample } from './result.ts';
import { summaryLines } from './summary-lines.ts';

export interface ThroughputOptions {
  /** Requests started per second; null: the default of the target. Not together with `vus`. */
  readonly rate: number | null;
  /** Users that each wait for their answers. */
  readonly vus: number | null;
  readonly durationSeconds: number | null;
}

/** Examples kept for each rule. */
const EXAMPLES_PER_RULE = 3;
/** Go's GOGC for k6: a fifth of its processor time per request is saved by letting garbage grow to four times what is in use. */
const GARBAGE_COLLECTION_PERCENT = '400';
/** k6 is given this long for requests in flight, its summary and the last lines. */
const STOP_GRACE_MS = 20_000;

/**
 * `assay throughput`: puts load on the target, or on the embedded reference API without a limit, and writes
 * throughput.json and the ledger; after an interruption with what was measured until then.
 */
export async function runThroughput(options: ThroughputOptions, host: Host): Promise<ExitCode> {
  const contract = readContract(contractDirectory(host.env['ASSAY_CONTRACT'], host.cwd, host.packageRoot));
  return withTarget(host, contract, 'none', (targeted) =>
    runLoad(contract, withEnvironment(targeted, profileVariables(options))),
  );
}

/** The options as the variables that a plain k6 reads as well; what is not given stays as it is. */
function profileVariables(options: ThroughputOptions): Record<string, string> {
  const given: [string, number | null][] = [
    [PROFILE_VARIABLES.rate, options.rate],
    [PROFILE_VARIABLES.vus, options.vus],
    [PROFILE_VARIABLES.durationSeconds, options.durationSeconds],
  ];
  return Object.fromEntries(given.filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]));
}

async function runLoad(contract: Contract, host: Host): Promise<ExitCode> {
  const { operation } = contract;
  const target = parseTarget(host.env, operation);
  parseLoadProfile(host.env, target, operation.limit);
  const request = requestBodies(
    operation,
    requestTemplate(contract),
    target.inputs,
    contract.validator(operation.request.schema),
  ).valid;
  const out = outputDirectory(host);
  const redact = redactor([target.apiKey, target.secondApiKey]);
  const ledger = openLedger(out, redact);
  const k6 = await findK6(host);

  const startedAt = host.now();
  const recordCreated = (id: string | number | null) =>
    ledger.append({ at: host.now().toISOString(), phase: 'throughput', operation: operation.name, id });
  const probe = await probeTarget(operation, target, request, host.signal);
  if (probe.created !== null) recordCreated(probe.created.id);
  const measuredHost = withEnvironment(host, {
    [PROFILE_VARIABLES.expectedLatencyMs]: host.env[PROFILE_VARIABLES.expectedLatencyMs] ?? probe.latencyMs.toFixed(3),
  });
  const profile = parseLoadProfile(measuredHost.env, target, operation.limit);
  if (!target.isLoopback) {
    const planned = plannedRequests(profile);
    host.err(
      `about to send ${planned === null ? 'as many requests as are answered' : `${planned} requests`} to ${target.host} in ${profile.durationSeconds} s; each accepted one creates something there\n`,
    );
  }

  const work = mkdtempSync(join(tmpdir(), 'assay-throughput-'));
  try {
    const script = join(work, 'throughput.js');
    const record = join(work, 'record.ndjson');
    await bundleK6Script('throughput', contract, script, host.packageRoot);
    const heard = listener(redact, target.isLoopback ? null : recordCreated);
    const end = await runK6({
      k6Path: k6.path,
      scriptPath: script,
      args: ['--out', `web-dashboard=port=-1&period=1s&tag=${DETAIL_TAG}&record=${encodeURIComponent(record)}`],
      cwd: host.cwd,
      inherited: measuredHost.env,
      env: { ASSAY_LINES: '1', GOGC: host.env['GOGC'] ?? GARBAGE_COLLECTION_PERCENT },
      marker: LINE_MARKER,
      onMarked: heard.take,
      stdout: 'ignore',
      err: (text) => host.err(text),
      redact,
      signal: host.signal,
      stopGraceMs: STOP_GRACE_MS,
    });
    const ending = explainK6End(end);
    const startedAtMs = heard.startedAtMs();
    const isMeasured = ['completed', 'threshold-crossed', 'interrupted', 'killed'].includes(ending.kind);
    if (startedAtMs === null || !(isMeasured || end.wasInterrupted)) {
      throw new UserError('the load did not run', {
        why: ending.text,
        fix: 'see what k6 said above',
        exitCode: end.wasInterrupted ? ExitCode.Interrupted : ExitCode.Impossible,
      });
    }
    const endedAt = host.now();
    const measurement = measure(
      parseRecord(readFileSync(record, 'utf8')),
      startedAtMs,
      profile.warmUpSeconds,
      operation,
    );
    const result = throughputResult({
      operation,
      profile,
      measurement,
      summary: heard.summary(),
      examples: heard.examples(),
      interruptedAtSeconds: end.wasInterrupted ? (endedAt.getTime() - startedAtMs) / 1000 : null,
      createdBefore: probe.created === null ? 0 : 1,
      environment: {
        assay: packageFile.version,
        node: process.version,
        k6: k6.version,
        playwright: null,
        contract: contract.name,
        method: operation.method,
        path: operation.path,
        target: target.baseUrl,
        embedded: host.env['ASSAY_EMBEDDED_LIMIT'] !== undefined,
        startedAt: startedAt.toISOString(),
        seconds: (endedAt.getTime() - startedAt.getTime()) / 1000,
        seed: null,
      },
    });
    const createdByLoad = (result.created ?? 0) - (probe.created === null ? 0 : 1);
    if (target.isLoopback && createdByLoad > 0) {
      const ids = heard.summary()?.createdIds ?? null;
      ledger.append({
        at: endedAt.toISOString(),
        phase: 'throughput',
        operation: operation.name,
        count: createdByLoad,
        firstId: ids?.first ?? null,
        lastId: ids?.last ?? null,
      });
    }
    writeResult(out, 'throughput', result, redact);
    for (const line of summaryLines(result)) host.out(`${redact(line)}\n`);
    return exitCodeOf(result, end.wasInterrupted);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function exitCodeOf(result: ThroughputResult, wasInterrupted: boolean): ExitCode {
  if (wasInterrupted) return ExitCode.Interrupted;
  if (result.requests === 0 || result.requests === (result.byStatus['0'] ?? 0)) return ExitCode.Impossible;
  if (result.contract.violations > 0 || result.objectives.some(({ holds }) => !holds)) return ExitCode.Finding;
  return result.valid ? ExitCode.Ok : ExitCode.Undecided;
}

/** Takes what the script says. `recordCreated` is called for each thing that it says it created; null: it does not. */
function listener(redact: (text: string) => string, recordCreated: ((id: string | number | null) => void) | null) {
  let startedAtMs: number | null = null;
  let summary: ThroughputSummary | null = null;
  const examples = new Map<string, ViolationExample[]>();
  return {
    take(text: string): void {
      const line = JSON.parse(text) as ThroughputLine;
      if (line.kind === 'start') startedAtMs = line.atMs;
      else if (line.kind === 'summary') summary = line.summary;
      else if (line.kind === 'created') recordCreated?.(line.id);
      else {
        const { rule, status, pointer, expected, received, atMs } = line;
        const ofRule = examples.get(rule) ?? [];
        examples.set(rule, ofRule);
        if (ofRule.length >= EXAMPLES_PER_RULE) return;
        ofRule.push({ rule, status, pointer, expected, received: redact(received), atSeconds: atMs / 1000 });
      }
    },
    startedAtMs: () => startedAtMs,
    summary: () => summary,
    examples: () => [...examples.values()].flat(),
  };
}
