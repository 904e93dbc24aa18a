import { randomUUID } from 'node:crypto';
import type { Contract } from '../../contracts/lib/contract.ts';
import { type Json, type JsonSchema, type Operation, successStatuses } from '../../contracts/lib/operation.ts';
import { pointerTokens, toPointer, valueAt, withoutValueAt, withValueAt } from '../../contracts/lib/pointer.ts';
import { resolveRef } from '../../contracts/lib/reference.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import type { Validate } from '../../contracts/lib/validator.ts';
import { synthesise, synthesiseAt, synthesiseObject } from './synthesis.ts';

/** Makes the bodies of the success status. */
export interface SuccessBodies {
  /** The first documented 2xx. */
  readonly status: number;
  /** File name of the success schema. */
  readonly schemaFile: string;
  /**
   * The body that answers `request`: values echoed as operation.json says, a new id, and the time of creation.
   * `nowMs`: Unix milliseconds.
   */
  make(request: Json | undefined, nowMs: number): Json;
  /** The next id; integers rise by one, texts count up within their own alphabet. null: operation.json names none. */
  nextId(): Json;
  /** The id in a body; null where there is none. */
  idOf(body: Json): Json;
}

export interface SuccessOptions {
  /** What answers a value sent whose echo may be null ("unless"): null where the template has it, or an object. */
  readonly optionalEcho: 'as-template' | 'object';
}

/**
 * Builds on `examples/<status>.valid.*.json` if there is one, of several on the one that fits what was sent, else on a body made up from the schema. A template is
 * prepared, and checked against the schema, for each combination of echoes sent and not sent, at its first use.
 * Throws UserError where no valid body can be made.
 */
export function successBodies(contract: Contract, options: SuccessOptions): SuccessBodies {
  const { operation } = contract;
  const status = successStatuses(operation)[0] ?? 200;
  const schemaFile = operation.responses[String(status)]?.schema;
  if (schemaFile === undefined) {
    throw new UserError('the reference API has no success to answer with', {
      why: 'operation.json documents no 2xx response',
      fix: 'add one under "responses"',
    });
  }
  const validate = contract.validator(schemaFile);
  const examples = contract.examples
    .filter(({ message, isValid }) => message === String(status) && isValid)
    .map(({ body }) => body);
  const template = examples[0] ?? synthesise(contract, schemaFile, String(status));
  const echoes = operation.echo ?? [];
  const places = echoes.map((echo) => placeOf(echo.response));
  const idPlace = operation.created === undefined ? null : placeOf(operation.created.id);
  const timePlace = operation.created?.time === undefined ? null : placeOf(operation.created.time);
  const prepared = new Map<string, Json>();
  const nextId = idSequence(operation, template, validate);
  const timePointer = operation.created?.time;
  const timeOf = timeForm(
    timePointer === undefined
      ? undefined
      : (valueAt(template, timePointer) ??
          synthesiseAt(contract, schemaAt(contract, schemaFile, pointerTokens(timePointer)))),
  );

  /** An example that says something exactly where something was sent: what depends on it fits as well. */
  const fits = (body: Json, isSent: readonly boolean[]) =>
    echoes.every((echo, index) => ((valueAt(body, echo.response) ?? null) !== null) === isSent[index]);
  const prepare = (isSent: readonly boolean[]): Json => {
    let body = examples.find((one) => fits(one, isSent)) ?? template;
    for (const [index, echo] of echoes.entries()) {
      const parent = places[index]?.parent ?? '';
      if (isSent[index]) {
        const stays = echo.unless === 'null' && options.optionalEcho === 'as-template';
        if (!isPlace(valueAt(body, parent)) && !(stays && valueAt(body, parent) === null)) {
          const schema = schemaAt(contract, schemaFile, pointerTokens(parent));
          const made = schema && synthesiseObject(contract, schema.file, schema.schema);
          body = withValueAt(body, parent, made ?? {});
        }
        continue;
      }
      body = withoutEcho(body, echo.response, parent, operation, validate);
    }
    return body;
  };

  return {
    status,
    schemaFile,
    nextId,
    idOf: (body) => (operation.created === undefined ? null : (valueAt(body, operation.created.id) ?? null)),
    make(request, nowMs) {
      const sent = echoes.map((echo) => valueAt(request, echo.request));
      const isSent = sent.map((value) => value !== undefined && value !== null);
      const key = isSent.map(Number).join('');
      let ready = prepared.get(key);
      if (ready === undefined) {
        ready = prepare(isSent);
        prepared.set(key, ready);
      }
      const body = copyOf(ready);
      for (const [index, place] of places.entries()) {
        const value = sent[index];
        if (value !== undefined && value !== null) put(body, place, value);
      }
      if (idPlace !== null) put(body, idPlace, nextId());
      if (timePlace !== null) put(body, timePlace, timeOf(nowMs));
      return body;
    },
  };
}

/** The schema that describes a place of a body, as far as `properties` tell; undefined where they don't. */
export function schemaAt(
  contract: Contract,
  file: string,
  tokens: readonly string[],
  schema: JsonSchema = contract.schemas[file] ?? true,
): { file: string; schema: JsonSchema } | undefined {
  const place = resolveRef(contract.schemas, file, schema);
  const [token, ...rest] = tokens;
  if (place === undefined || token === undefined) return place;
  if (typeof place.schema === 'boolean') return undefined;
  const properties = (place.schema['properties'] as Record<string, JsonSchema> | undefined) ?? {};
  const items = place.schema['items'] as JsonSchema | undefined;
  const child = Object.hasOwn(properties, token) ? properties[token] : /^\d+$/.test(token) ? items : undefined;
  if (child !== undefined) return schemaAt(contract, place.file, rest, child);
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    for (const branch of (place.schema[keyword] as JsonSchema[] | undefined) ?? []) {
      const found = schemaAt(contract, place.file, tokens, branch);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** A copy that shares nothing; several times faster than structuredClone for bodies of this size. */
function copyOf(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: { [key: string]: Json } = {};
  for (const key in value) copy[key] = copyOf(value[key] ?? null);
  return copy;
}

/** A place in a body: where its object or array is, and its name there. */
interface Place {
  readonly parent: string;
  readonly name: string;
}

function placeOf(pointer: string): Place {
  const tokens = pointerTokens(pointer);
  return { parent: toPointer(tokens.slice(0, -1)), name: tokens.at(-1) ?? '' };
}

/** Writes a value into `body` itself, where the object or array that it belongs to is there. */
function put(body: Json, { parent, name }: Place, value: Json): void {
  const object = valueAt(body, parent);
  if (isPlace(object)) (object as { [key: string]: Json })[name] = value;
}

function isPlace(value: Json | undefined): boolean {
  return typeof value === 'object' && value !== null;
}

/** The body for a value that was not sent: the thing it belongs to is null, or itself is, or is left out, if legal. */
function withoutEcho(body: Json, response: string, parent: string, operation: Operation, validate: Validate): Json {
  const holdsMore = [operation.created?.id, ...(operation.echo ?? []).map((echo) => echo.response)].some(
    (pointer) => pointer !== undefined && pointer !== response && pointer.startsWith(`${parent}/`),
  );
  const candidates = [
    ...(parent === '' || holdsMore ? [] : [withValueAt(body, parent, null)]),
    withValueAt(body, response, null),
    ...(parent === '' || holdsMore ? [] : [withoutValueAt(body, parent)]),
    withoutValueAt(body, response),
  ];
  return candidates.find((candidate) => validate(candidate)) ?? body;
}

/** Ids in ascending order, beginning after the template's, each valid in the template's place. */
function idSequence(operation: Operation, template: Json, validate: Validate): () => Json {
  const pointer = operation.created?.id;
  if (pointer === undefined) return () => null;
  let last = valueAt(template, pointer) ?? 0;
  const isValid = (id: Json): boolean => validate(withValueAt(template, pointer, id));
  if (typeof last === 'number') {
    const from = last;
    const step = [1, 2, 5, 10, 100].find((size) => isValid(from + size)) ?? 1;
    return () => {
      last = (last as number) + step;
      return last;
    };
  }
  const text = String(last);
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(text))
    return () => randomUUID();
  return () => {
    let next = countedUp(String(last));
    for (let tries = 0; tries < 100 && !isValid(next); tries += 1) next = countedUp(next);
    last = next;
    return next;
  };
}

/** The next text of an odometer whose wheels are the digits and letters of `text`; texts without any get a number. */
function countedUp(text: string): string {
  const wheels = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const chars = [...text];
  for (let index = chars.length - 1; index >= 0; index -= 1) {
    const wheel = wheels.find((letters) => letters.includes(chars[index] ?? ''));
    if (wheel === undefined) continue;
    const place = wheel.indexOf(chars[index] ?? '');
    chars[index] = wheel[(place + 1) % wheel.length] ?? '';
    if (place + 1 < wheel.length) return chars.join('');
  }
  return `${text}1`;
}

/** How the time of creation is written, as the template writes it: Unix seconds, as a number or a text, or ISO 8601. */
function timeForm(sample: Json | undefined): (nowMs: number) => Json {
  if (typeof sample !== 'string') return (nowMs) => Math.floor(nowMs / 1000);
  const [isUnix, fraction = ''] = /^\d+(?:\.(\d+))?$/.exec(sample) ?? [];
  if (isUnix !== undefined) return (nowMs) => (nowMs / 1000).toFixed(fraction.length);
  if (/^\d{4}-\d\d-\d\d$/.test(sample)) return (nowMs) => new Date(nowMs).toISOString().slice(0, 10);
  return (nowMs) => new Date(nowMs).toISOString();
}
