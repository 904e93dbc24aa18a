import type { Contract } from '../../../contracts/lib/contract.ts';
import type { Json, JsonSchema } from '../../../contracts/lib/operation.ts';
import { toPointer, valueAt, withoutValueAt, withValueAt } from '../../../contracts/lib/pointer.ts';
import type { Answer, AnswerKind, Behaviour, Exchange } from '../behaviour.ts';
import { schemaAt, successBodies } from '../created.ts';
import { envelopes } from '../envelope.ts';
import { synthesise } from '../synthesis.ts';

/** A behaviour that changes answers of these kinds only. */
export function on(
  kinds: AnswerKind | readonly AnswerKind[],
  change: (answer: Answer, exchange: Exchange) => Answer,
): Behaviour {
  return { answer: (answer, exchange) => ([kinds].flat().includes(answer.kind) ? change(answer, exchange) : answer) };
}

/** Does `change` on each n-th answer of these kinds only. */
export function onEach(n: number, kind: AnswerKind, change: (answer: Answer, exchange: Exchange) => Answer): Behaviour {
  let seen = 0;
  return on(kind, (answer, exchange) => {
    seen += 1;
    return seen % n === 0 ? change(answer, exchange) : answer;
  });
}

/** The answer with its JSON body changed; unchanged where it has none. */
export function edit(answer: Answer, change: (document: Json) => Json): Answer {
  return answer.document === undefined ? answer : { ...answer, document: change(answer.document) };
}

/** The answer with these bytes for a body, and another type if one is given. */
export function withBytes(answer: Answer, bytes: Uint8Array | string, type?: string): Answer {
  return {
    ...answer,
    headers: type === undefined ? answer.headers : { ...answer.headers, 'Content-Type': type },
    bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
  };
}

export function html(answer: Answer, text: string): Answer {
  return withBytes(answer, `<!DOCTYPE html>\n<html><body><h1>${text}</h1></body></html>\n`, 'text/html; charset=utf-8');
}

export function withoutHeader(answer: Answer, name: string): Answer {
  return { ...answer, headers: Object.fromEntries(Object.entries(answer.headers).filter(([key]) => key !== name)) };
}

/** Pointers to all places of a body, parents before children, the body itself left out. */
export function pointersOf(body: Json, pointer = ''): string[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([key, child]) => {
    const place = pointer + toPointer([key]);
    return [place, ...pointersOf(child, place)];
  });
}

/** A request that names everything: the longest valid example, else one made up from the schema. */
export function sampleRequest(contract: Contract): Json {
  const examples = contract.examples.filter(({ message, isValid }) => message === 'request' && isValid);
  const size = (body: Json) => JSON.stringify(body).length;
  const longest = examples.reduce<Json | null>(
    (best, { body }) => (best === null || size(body) > size(best) ? body : best),
    null,
  );
  return longest ?? synthesise(contract, contract.operation.request.schema, 'request');
}

/** A success body as the reference answers the sample request. */
export function sampleSuccess(contract: Contract): Json {
  return successBodies(contract, { optionalEcho: 'as-template' }).make(sampleRequest(contract), 1_600_000_000_000);
}

export function isValidSuccess(contract: Contract, body: Json): boolean {
  return contract.validator(successBodies(contract, { optionalEcho: 'as-template' }).schemaFile)(body);
}

/** Changes a value; undefined removes it. */
export type Mutation = (value: Json) => Json | undefined;

export function mutated(body: Json, pointer: string, mutate: Mutation): Json {
  const value = valueAt(body, pointer);
  if (value === undefined) return body;
  const changed = mutate(value);
  return changed === undefined ? withoutValueAt(body, pointer) : withValueAt(body, pointer, changed);
}

/** Where operation.json says something of a place: its id, its time, its echoes. */
export function namedPointers(contract: Contract): string[] {
  const { created, echo = [] } = contract.operation;
  return [created?.id, created?.time, ...echo.map(({ response }) => response)].filter((p) => p !== undefined);
}

/** Top-level fields of the request schema with its keywords and whether they are required, in the schema's order. */
export function requestFields(contract: Contract): { name: string; isRequired: boolean; types: readonly unknown[] }[] {
  const file = contract.operation.request.schema;
  const schema = schemaAt(contract, file, [])?.schema;
  if (typeof schema !== 'object') return [];
  const required = (schema['required'] as string[] | undefined) ?? [];
  return Object.keys((schema['properties'] as Record<string, JsonSchema> | undefined) ?? {}).map((name) => {
    const field = schemaAt(contract, file, [name])?.schema;
    const types = typeof field === 'object' ? [field['type']].flat() : [];
    return { name, isRequired: required.includes(name), types };
  });
}

export function hasBearer(contract: Contract): boolean {
  return contract.operation.auth.scheme === 'bearer';
}

/** Whether errors have a text for people, and a code. */
export function hasMessage(contract: Contract): boolean {
  return envelopes(contract).messagePointer !== null;
}

export function hasCode(contract: Contract): boolean {
  return envelopes(contract).codePointer !== null;
}

/** Whether a 400 names the fields at fault in entries of a list. */
export function hasFieldEntries(contract: Contract): boolean {
  const { fieldCodes = false } = contract.operation.responses['400'] ?? {};
  return fieldCodes !== false && envelopes(contract).listPointer !== null;
}

/** The value at a pointer where it is an object; an empty one otherwise. */
export function objectAt(body: Json | undefined, pointer: string): { [key: string]: Json } {
  const value = valueAt(body, pointer);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
