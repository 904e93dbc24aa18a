import type { Case } from '../../contracts/cases/case.ts';
import { keptRules } from '../../contracts/cases/coverage.ts';
import { deriveCases } from '../../contracts/cases/derive.ts';
import { schemaIndex } from '../../contracts/judge/schema-index.ts';
import type { Contract } from '../../contracts/lib/contract.ts';
import type { ContractResult } from '../../contracts/suite/contract-result.ts';
import { runLimit } from '../../contracts/suite/limit-run.ts';
import { type CaseRecord, recordOf } from '../../contracts/suite/record.ts';
import { contractResult } from '../../contracts/suite/result.ts';
import { type CaseWorld, runCase } from '../../contracts/suite/run-case.ts';
import type { Settings } from '../../contracts/suite/settings.ts';
import { sendOverHttp } from '../../contracts/suite/transport.ts';

/**
 * The same cases, judge and transport as the Playwright suite, without Playwright: for mutation tests, which run the
 * suite hundreds of times.
 */
export interface BareRun {
  readonly settings: Settings;
  /** false: only @limit cases. */
  readonly cases: boolean;
  readonly limit: boolean;
  /** Cases at once. */
  readonly inFlight: number;
  sleep(milliseconds: number): Promise<void>;
}

/** After so many hangs in a row nothing more is sent. */
const MOST_LOST = 4;

export async function runBare({ settings, cases, limit, inFlight, sleep }: BareRun): Promise<ContractResult> {
  const { contract, target } = settings;
  const index = schemaIndex(contract);
  const derived = casesOf(settings);
  const valid = derived[0]?.requests[0];
  if (valid === undefined) throw new Error('there is no case');
  const world: CaseWorld = {
    contract,
    index,
    baseUrl: target.baseUrl,
    apiKey: target.apiKey,
    deadlineMs: settings.deadlineMs,
    send: sendOverHttp,
    turn: async () => {},
    pause: sleep,
    windowSeconds: settings.expectedLimit?.windowSeconds ?? null,
    retriesReset: false,
    plainRequest: valid,
    created: () => {},
  };
  const records: CaseRecord[] = [];
  if (cases) {
    const file = contract.operation.request.schema;
    const root = { file, schema: contract.schemas[file] ?? true };
    const queue = [...derived];
    let lost = 0;
    const worker = async () => {
      for (let one = queue.shift(); one !== undefined && lost < MOST_LOST; one = queue.shift()) {
        const result = await runCase(one, world);
        lost = result.violations[0]?.rule === 'deadline' ? lost + 1 : 0;
        const document = one.requests[0]?.document;
        const keeps =
          document !== undefined && index.errorsOf(root, document).length === 0 ? keptRules(index, root, document) : [];
        records.push(recordOf(one, result, one.requests[0] ?? null, keeps, settings, target.baseUrl));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  }
  if (limit) {
    const request = (id: string) => derived.find((one) => one.id === id)?.requests[0] ?? null;
    const results = await runLimit({
      ...world,
      baseUrl: settings.limitBaseUrl,
      limit: settings.expectedLimit,
      valid: request('positive.required-only') ?? valid,
      wrongToken: request('auth.wrong'),
      invalid: request('body.truncated'),
      idleSeconds: null,
      nowMs: () => performance.now(),
    });
    records.push(
      ...results.map(({ one, result }) => recordOf(one, result, valid, [], settings, settings.limitBaseUrl)),
    );
  }
  return contractResult({
    contract,
    records,
    order: derived.map((one) => one.id),
    own: [],
    baseline: settings.baseline,
    gates: settings,
    created: 0,
    isInterrupted: false,
    notes: [],
    environment: {
      assay: '',
      node: process.versions.node,
      playwright: '',
      contract: contract.name,
      method: contract.operation.method,
      path: contract.operation.path,
      target: target.baseUrl,
      embedded: true,
      startedAt: '',
      seconds: 0,
      part: null,
      seed: settings.seed,
    },
  });
}

const derivedByContract = new WeakMap<Contract, Map<string, Case[]>>();

function casesOf({ contract, target, seed }: Settings): Case[] {
  const known = derivedByContract.get(contract) ?? new Map<string, Case[]>();
  derivedByContract.set(contract, known);
  const key = JSON.stringify([target.inputs, target.apiKey, seed]);
  const cases =
    known.get(key) ?? deriveCases({ contract, inputs: target.inputs, apiKey: target.apiKey, seed, isLoopback: true });
  known.set(key, cases);
  return cases;
}
