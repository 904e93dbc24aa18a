import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, CaseRequest } from '../cases/case.ts';
import { deriveCases } from '../cases/derive.ts';
import { schemaIndex } from '../judge/schema-index.ts';
import { isBudgetReason } from '../lib/budget.ts';
import type { Contract } from '../lib/contract.ts';
import { unsetGivenInputs } from '../lib/given-inputs.ts';
import type { Input, Json } from '../lib/operation.ts';
import { valueAt } from '../lib/pointer.ts';
import { type Environment, parseTarget } from '../lib/target.ts';
import { ExitCode, UserError } from '../lib/user-error.ts';
import { type CaseResult, type CaseWorld, runCase } from './run-case.ts';
import type { Transport } from './transport.ts';

/**
 * Inputs that another operation gives: where the variable of an input with `from` is not set, that operation is called
 * first, and the value is taken from its success. What gives may itself need something given.
 */

/** One operation called on the way. */
export interface Step {
  readonly contract: Contract;
  readonly one: Case;
  readonly request: CaseRequest;
  readonly result: CaseResult;
}

export interface Given {
  /** Variable → value, as far as operations were called and answered as they should. */
  readonly env: Readonly<Record<string, string>>;
  /** In the order in which they were called. */
  readonly steps: readonly Step[];
  /** What hindered the last one; null: everything was given. */
  readonly missing: string | null;
}

/** Calls an operation with the inputs that `env` names. */
export type CallStep = (contract: Contract, env: Environment) => Promise<Step>;

/** Calls what gives the inputs that `env` does not set, each operation once. Throws UserError for inputs of those. */
export async function giveInputs(contract: Contract, env: Environment, call: CallStep): Promise<Given> {
  let given: Record<string, string> = {};
  const steps: Step[] = [];
  for (const giver of contract.givers ?? []) {
    const wanted = unsetGivenInputs(contract.operation, { ...env, ...given }).filter(
      (input) => input.from?.operation === giver.name,
    );
    if (wanted.length === 0) continue;
    const before = await giveInputs(giver, { ...env, ...given }, call);
    given = { ...given, ...before.env };
    steps.push(...before.steps);
    if (before.missing !== null) return { env: given, steps, missing: before.missing };
    const step = await call(giver, { ...env, ...given });
    steps.push(step);
    const success = step.result.responses.find(({ status }) => status >= 200 && status < 300);
    for (const input of wanted) {
      const value = valueAt(success?.body, input.from?.pointer ?? '');
      if (typeof value !== 'string' && typeof value !== 'number')
        return { env: given, steps, missing: missingText(step, success?.body as Json | undefined, input) };
      given[input.env] = String(value);
    }
  }
  return { env: given, steps, missing: null };
}

function missingText({ contract, result }: Step, body: Json | undefined, input: Input): string {
  const { from } = input;
  if (body !== undefined) return `the answer of ${contract.name} has nothing at ${from?.pointer}`;
  const why = result.notReachedBecause ?? result.violations[0]?.received ?? `status ${result.status}`;
  return `${contract.name} gave no success: ${why}`;
}

/** What a step needs beyond the contract and the inputs. */
export type StepWorld = Omit<CaseWorld, 'contract' | 'index' | 'plainRequest' | 'created'> & {
  readonly seed: number;
  readonly isLoopback: boolean;
  created(operation: string, id: string | number | null): void;
};

/** Sends the fullest valid request of an operation, and holds the answer to its contract. */
export function stepCaller(world: StepWorld): CallStep {
  return async (contract, env) => {
    const { inputs, parameters } = parseTarget({ ...env, ASSAY_BASE_URL: world.baseUrl }, contract.operation);
    const { apiKey, seed, isLoopback } = world;
    const [one] = deriveCases({ contract, inputs, parameters, apiKey, seed, isLoopback });
    const [request] = one?.requests ?? [];
    if (one === undefined || request === undefined) throw new Error(`${contract.name} has no case`);
    const result = await runCase(one, {
      ...world,
      contract,
      index: schemaIndex(contract),
      plainRequest: request,
      created: (id) => world.created(contract.name, id),
    });
    return { contract, one, request, result };
  };
}

export interface GiveOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly isLoopback: boolean;
  readonly deadlineMs: number;
  /** Within the budget. */
  readonly send: Transport;
  created(operation: string, id: string | number | null): void;
}

/** Gives the inputs that `env` does not set, before anything else is sent. Throws UserError where one cannot be given. */
export async function giveInputsOrThrow(
  contract: Contract,
  env: Environment,
  options: GiveOptions,
): Promise<Readonly<Record<string, string>>> {
  if (unsetGivenInputs(contract.operation, env).length === 0) return {};
  const call = stepCaller({
    ...options,
    seed: 1,
    turn: async () => undefined,
    pause: (milliseconds) => sleep(milliseconds),
    windowSeconds: contract.operation.limit?.windowSeconds ?? null,
    retriesReset: !options.isLoopback,
  });
  const { env: given, missing } = await giveInputs(contract, env, call);
  if (missing === null) return given;
  const names = unsetGivenInputs(contract.operation, { ...env, ...given }).map((input) => input.env);
  throw new UserError(`nothing to call ${contract.name} with`, {
    why: missing,
    fix: `set ${names.join(', ')}, or see what is wrong with \`ASSAY_CONTRACT=${contract.givers?.[0]?.name} npx assay contract\``,
    exitCode: isBudgetReason(missing) ? ExitCode.Undecided : ExitCode.Impossible,
  });
}
