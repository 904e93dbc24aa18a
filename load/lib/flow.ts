import { standIns, unsetGivenInputs } from '../../contracts/lib/given-inputs.ts';
import { boundPath, type Json, type Operation, successStatuses } from '../../contracts/lib/operation.ts';
import { valueAt, withValueAt } from '../../contracts/lib/pointer.ts';
import { type Environment, parseTarget, type Target } from '../../contracts/lib/target.ts';
import { fastCheck } from '../validation/fast-check.ts';
import {
  type Answer,
  type CheckInParts,
  type ContractParts,
  fullCheck,
  inParts,
  type Violation,
} from '../validation/response-check.ts';
import { requestBodies } from './request-bodies.ts';

/**
 * What is called before each request of a load, where another operation gives one of its inputs. Pure: sending is an
 * argument. Each answer on the way is held to the contract of its own operation.
 */

/** The contract of an operation that gives inputs, as it is bundled. */
export interface Giver extends ContractParts {
  readonly requestTemplate: Json;
}

export interface FlowRequest {
  readonly operation: Operation;
  readonly url: string;
  readonly body: string;
}

export interface FlowPorts {
  /** Status 0: no answer came. */
  send(request: FlowRequest): Answer;
  /** Called for each success. */
  created(operation: string, id: string | number | null): void;
  /** An answer that breaks the contract of its operation; rules begin with the operation's name. */
  broken(status: number, violations: readonly Violation[]): void;
}

export type FlowOutcome =
  | { readonly kind: 'given'; readonly env: Readonly<Record<string, string>> }
  /** An operation on the way gave no success: its status, 0 without an answer. */
  | { readonly kind: 'stopped'; readonly status: number };

interface Step {
  readonly giver: Giver;
  /** What it gives: variable ← pointer into its success. */
  readonly gives: readonly { readonly env: string; readonly pointer: string }[];
  readonly call: (env: Environment) => { readonly request: FlowRequest; readonly check: CheckInParts };
}

/**
 * The function to call before each request of `operation`, which needs what it gives; null where every input is set.
 * Throws UserError where an operation on the way cannot be called with what `env` sets.
 */
export function makeFlow(
  operation: Operation,
  givers: readonly Giver[],
  env: Environment,
  ports: FlowPorts,
): (() => FlowOutcome) | null {
  const steps = stepsFor(operation, givers, env);
  if (steps.length === 0) return null;
  return () => {
    const given: Record<string, string> = {};
    for (const { giver, gives, call } of steps) {
      const { request, check } = call({ ...env, ...given });
      const answer = ports.send(request);
      if (answer.status === 0) return { kind: 'stopped', status: 0 };
      const { violations, createdId } = check(answer.status, answer.body, answer, answer.receivedAtMs);
      if (violations.length > 0) ports.broken(answer.status, named(giver, violations));
      if (!successStatuses(giver.operation).includes(answer.status)) return { kind: 'stopped', status: answer.status };
      ports.created(giver.operation.name, createdId);
      for (const { env: variable, pointer } of gives) {
        const value = pointer === giver.operation.created?.id ? createdId : scalarAt(answer.body, pointer);
        if (value === null) {
          const missing = { rule: 'given', pointer, expected: 'a value to go on with', received: 'none' };
          ports.broken(answer.status, named(giver, [missing]));
          return { kind: 'stopped', status: answer.status };
        }
        given[variable] = String(value);
      }
    }
    return { kind: 'given', env: given };
  };
}

/** In calling order, only those that are needed. */
function stepsFor(operation: Operation, givers: readonly Giver[], env: Environment): Step[] {
  const wanted = new Map<string, { env: string; pointer: string }[]>();
  const want = (taker: Operation): void => {
    for (const { env: variable, from } of unsetGivenInputs(taker, env)) {
      if (from === undefined) continue;
      const giver = givers.find((one) => one.operation.name === from.operation);
      if (giver === undefined) continue;
      const known = wanted.get(from.operation);
      if (known === undefined) want(giver.operation);
      wanted.set(from.operation, [...(known ?? []), { env: variable, pointer: from.pointer }]);
    }
  };
  want(operation);
  return givers.flatMap((giver) => {
    const gives = wanted.get(giver.operation.name);
    return gives === undefined ? [] : [{ giver, gives, call: caller(giver, env) }];
  });
}

function caller({ requestTemplate, ...parts }: Giver, env: Environment): Step['call'] {
  const { operation } = parts;
  const target = parseTarget({ ...env, ...standIns(operation, env) }, operation);
  const isValid = (body: Json) => parts.validators[operation.request.schema]?.(body) ?? true;
  const { valid } = requestBodies(operation, requestTemplate, target.inputs, isValid);
  const bind = requestBinder(operation, env, target, valid);
  if (bind === null) {
    const fixed = {
      request: { operation, url: target.url, body: JSON.stringify(valid) },
      check: fastCheck(parts, valid),
    };
    return () => fixed;
  }
  return (given) => {
    const { url, body } = bind(given);
    return { request: { operation, url, body: JSON.stringify(body) }, check: inParts(fullCheck(parts, body)) };
  };
}

/** Puts what was given into a request, for each request anew; null where every input is set. */
export function requestBinder(
  operation: Operation,
  env: Environment,
  target: Pick<Target, 'baseUrl' | 'parameters'>,
  request: Json,
): ((given: Environment) => { readonly url: string; readonly body: Json }) | null {
  const open = unsetGivenInputs(operation, env);
  if (open.length === 0) return null;
  return (given) => {
    let body = request;
    const parameters: Record<string, number | string> = { ...target.parameters };
    for (const input of open) {
      const text = given[input.env] ?? '';
      const value = input.type === 'string' ? text : Number(text);
      if ('path' in input) parameters[input.path] = value;
      else body = withValueAt(body, input.pointer, value);
    }
    return { url: target.baseUrl + boundPath(operation, parameters), body };
  };
}

function named(giver: Giver, violations: readonly Violation[]): Violation[] {
  return violations.map((violation) => ({ ...violation, rule: `${giver.operation.name} ${violation.rule}` }));
}

function scalarAt(body: string | null, pointer: string): string | number | null {
  try {
    const value = valueAt(JSON.parse(body ?? ''), pointer);
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  } catch {
    return null;
  }
}
