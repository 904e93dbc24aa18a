import type { SchemaIndex } from '../judge/schema-index.ts';
import type { Contract } from '../lib/contract.ts';
import { type BodyInput, bodyInputs, type Json } from '../lib/operation.ts';
import { valueAt, withoutValueAt, withValueAt } from '../lib/pointer.ts';
import { UserError } from '../lib/user-error.ts';
import { samples } from './sample.ts';

/** JSON pointer into the request → configured value, as in Target. */
export type Inputs = Readonly<Record<string, number | string>>;

export interface BaseRequests {
  /** Every optional field that can be filled: of the inputs, those that are configured. */
  readonly full: Json;
  /** Only what is required. */
  readonly minimal: Json;
}

/**
 * The valid requests that all cases start from: the contract's own valid examples before made-up ones, because their
 * values mean something to the server; the configured inputs in them. Throws UserError where there is none.
 */
export function baseRequests(contract: Contract, index: SchemaIndex, inputs: Inputs): BaseRequests {
  const { operation } = contract;
  const file = operation.request.schema;
  const root = { file, schema: contract.schemas[file] ?? true };
  const examples = contract.examples
    .filter((example) => example.message === 'request' && example.isValid)
    .map((example) => example.body);
  const withInputs = (body: Json): Json => {
    let result = body;
    for (const input of bodyInputs(operation)) {
      const configured = inputs[input.pointer];
      if (configured !== undefined) result = withValueAt(result, input.pointer, configured);
      else if (valueAt(result, input.pointer) !== undefined) result = withoutValueAt(result, input.pointer);
    }
    return result;
  };
  const isValid = (body: Json) => index.errorsOf(root, body).length === 0;
  const bySize = (bodies: Json[]) => [...bodies].sort((a, b) => pointersOf(b).length - pointersOf(a).length);
  const made = (extent: 'all' | 'none') => [...take(samples(index, [root], extent), 20)];

  const full = [...bySize(examples), ...made('all')].map(withInputs).find(isValid);
  if (full === undefined) {
    throw new UserError(`no valid request of ${contract.name} can be made up`, {
      why: `no value made from ${file} with the configured inputs is valid under it, and the folder has no example of a request`,
      fix: 'add one as examples/request.valid.<name>.json to the contract folder',
    });
  }
  return {
    full,
    minimal: withoutOptional(
      isValid,
      full,
      new Set(Object.keys(inputs).filter((pointer) => isRequired(bodyInputs(operation), pointer))),
    ),
  };
}

function isRequired(inputs: readonly BodyInput[], pointer: string): boolean {
  return inputs.find((input) => input.pointer === pointer)?.required === true;
}

/** The body with every field left out, deepest last, that it is still valid without; `kept` stay. */
function withoutOptional(isValid: (body: Json) => boolean, body: Json, kept: ReadonlySet<string>): Json {
  let least = body;
  for (const pointer of pointersOf(body)) {
    if ([...kept].some((one) => one === pointer || one.startsWith(`${pointer}/`))) continue;
    if (valueAt(least, pointer) === undefined) continue;
    const without = withoutValueAt(least, pointer);
    if (isValid(without)) least = without;
  }
  return least;
}

/** Pointers to every named field of a body, parents first. */
export function pointersOf(body: Json, pointer = ''): string[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, child]) => {
    const here = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return [...(Array.isArray(body) ? [] : [here]), ...pointersOf(child, here)];
  });
}

function* take<T>(values: Iterable<T>, most: number): Generator<T> {
  let given = 0;
  for (const value of values) {
    if (given >= most) return;
    given += 1;
    yield value;
  }
}
