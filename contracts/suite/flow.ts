import type { CaseRequest } from '../cases/case.ts';
import { repeatedIdViolations } from '../judge/success-rules.ts';
import type { Contract } from '../lib/contract.ts';
import type { Environment } from '../lib/target.ts';
import { type CallStep, giveInputs, type Step } from './given-inputs.ts';
import type { LimitResult } from './limit-run.ts';
import type { CaseResult } from './run-case.ts';

/** Of two rounds, the second shows that what is created is new, and belongs to what was given to it. */
const ROUNDS = 2;

/**
 * Calls everything that gives inputs to an operation, also where the environment sets them, and then the operation with
 * what was given, twice. Each answer is held to the contract of its own operation; the first that breaks one ends it.
 */
export async function runFlow(
  contract: Contract,
  env: Environment,
  call: CallStep,
): Promise<LimitResult & { readonly request: CaseRequest | null }> {
  const names = [...(contract.givers ?? []).map((giver) => giver.name), contract.name];
  const one: LimitResult['one'] = {
    id: 'flow',
    title: `${names.join(', then ')}, each as its contract says`,
    tags: ['@smoke'],
    group: 'flow',
    rule: { name: 'an operation takes what another one gave', source: 'operation.json#/inputs' },
  };
  const unset = { ...env };
  for (const input of contract.operation.inputs ?? []) if (input.from !== undefined) delete unset[input.env];
  const steps: Step[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const given = await giveInputs(contract, unset, call);
    steps.push(...given.steps);
    const broken = given.steps.find(({ result }) => result.outcome !== 'holds');
    if (broken !== undefined) return { one, result: summed(steps, inStep(broken)), request: broken.request };
    if (given.missing !== null)
      return {
        one,
        result: { ...summed(steps), outcome: 'not-reached', notReachedBecause: given.missing },
        request: null,
      };
    const step = await call(contract, { ...unset, ...given.env });
    steps.push(step);
    if (step.result.outcome !== 'holds') return { one, result: summed(steps, step.result), request: step.request };
  }
  const own = steps.filter((step) => step.contract === contract);
  const violations = repeatedIdViolations(
    contract,
    own.flatMap(({ result }) => result.createdIds),
  );
  const request = own.at(-1)?.request ?? null;
  return {
    one,
    result: { ...summed(steps), outcome: violations.length > 0 ? 'broken' : 'holds', violations },
    request,
  };
}

/** The result of a step that is not the last, with the operation that it is about. */
function inStep({ contract, result }: Step): CaseResult {
  return {
    ...result,
    notReachedBecause: result.notReachedBecause === null ? null : `${contract.name}: ${result.notReachedBecause}`,
    violations: result.violations.map((violation) => ({ ...violation, rule: `${contract.name}: ${violation.rule}` })),
  };
}

/** All steps as one result: `decisive` is the one that decides it. Only the last operation's responses are its own. */
function summed(steps: readonly Step[], decisive: CaseResult | undefined = steps.at(-1)?.result): CaseResult {
  const results = steps.map(({ result }) => result);
  const last = steps.at(-1);
  const own = steps.filter((step) => step.contract === last?.contract);
  return {
    outcome: decisive?.outcome ?? 'not-reached',
    violations: decisive?.violations ?? [],
    notReachedBecause: decisive?.notReachedBecause ?? null,
    status: decisive?.status ?? null,
    statuses: own.flatMap(({ result }) => result.statuses),
    milliseconds: results.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    drift: [],
    createdIds: own.flatMap(({ result }) => result.createdIds),
    responses: [],
    waits: results.reduce((sum, { waits }) => sum + waits, 0),
  };
}
