import { setTimeout as sleep } from 'node:timers/promises';
import type { Contract } from '../../contracts/lib/contract.ts';
import { embeddedInputs } from '../../contracts/lib/embedded-inputs.ts';
import { parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { redactor } from '../../contracts/lib/redact.ts';
import { parseTarget } from '../../contracts/lib/target.ts';
import type { ContractResult } from '../../contracts/suite/contract-result.ts';
import { secretsOf } from '../../contracts/suite/run-case.ts';
import type { Settings } from '../../contracts/suite/settings.ts';
import { createLimiter } from '../reference-api/create-limiter.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import type { Defect, Variation } from '../reference-api/variants.ts';
import { runBare } from './run-cases.ts';

/** What the suite made of one variant of the reference API. */
export interface MutantOutcome {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  /** A defect: the suite did not call it fine. A variation: it did. */
  readonly isRight: boolean;
  readonly verdict: ContractResult['verdict'];
  /** Rules that broke, with how many cases each. */
  readonly caughtBy: Readonly<Record<string, number>>;
  readonly firstFinding: string | null;
}

/** Small enough to be exhausted and waited for in a bench; what matters is that it is the documented one. */
export const MUTANT_LIMIT = '40/2s';
/** A hang is told apart from a slow answer (240 ms) under load; shorter than the suite's own, because many hang. */
const DEADLINE_MS = 1200;
const KEY = 'Mutant-key-4f9c1f0e7d5f4f0e';

/** Runs the whole suite against the reference API with one variant switched on (null: with none). */
export async function runMutant(contract: Contract, variant: Defect | Variation | null): Promise<ContractResult> {
  const needs = variant !== null && 'needs' in variant ? variant.needs : undefined;
  const isDefect = variant !== null && 'group' in variant;
  const start = (limit: string) =>
    startReferenceApi({
      contract,
      apiKey: KEY,
      limiter: limit === 'none' ? null : createLimiter(limit),
      ...(variant === null ? {} : { defect: variant.id }),
    });
  const [api, limited] = await Promise.all([start('none'), start(MUTANT_LIMIT)]);
  try {
    return await runBare({
      settings: mutantSettings(contract, api.baseUrl, limited.baseUrl),
      cases: needs !== 'limiter',
      limit: !isDefect || needs === 'limiter',
      inFlight: 3,
      sleep,
    });
  } finally {
    await Promise.all([api.close(), limited.close()]);
  }
}

/** The outcome of a run, as the table shows it. */
export function mutantOutcome(variant: Defect | Variation, result: ContractResult): MutantOutcome {
  const caughtBy: Record<string, number> = {};
  for (const one of result.cases)
    for (const rule of new Set(one.violations.map((violation) => violation.rule)))
      caughtBy[rule] = (caughtBy[rule] ?? 0) + 1;
  if (result.verdict === 'undecided') caughtBy['reached'] = 1;
  const first = result.cases.find((one) => one.outcome === 'broken');
  const isDefect = 'group' in variant;
  return {
    id: variant.id,
    group: isDefect ? variant.group : 'variation',
    title: variant.title,
    isRight: isDefect ? result.verdict !== 'holds' : result.verdict === 'holds',
    verdict: result.verdict,
    caughtBy,
    firstFinding:
      first === undefined
        ? (result.reason ?? result.notes[0] ?? null)
        : `${first.id}: ${first.rule}${first.pointer === null ? '' : ` at ${first.pointer || 'the top'}`}, expected ${first.expected}, received ${first.received}`,
  };
}

export function mutantSettings(contract: Contract, baseUrl: string, limitBaseUrl: string): Settings {
  const env = { ...embeddedInputs(contract, { withGiven: true }), ASSAY_BASE_URL: baseUrl, ASSAY_API_KEY: KEY };
  const [part] = parseLimit(MUTANT_LIMIT);
  return {
    contract,
    directory: '',
    target: parseTarget(env, contract.operation),
    limitBaseUrl,
    embeddedLimit: MUTANT_LIMIT,
    expectedLimit: part?.kind === 'window' ? part : null,
    seed: 1,
    deadlineMs: DEADLINE_MS,
    out: '',
    isStrict: false,
    minCoveragePercent: 0,
    minReachedPercent: 95,
    baseline: null,
    runsLimit: true,
    redact: redactor(secretsOf([KEY])),
  };
}
