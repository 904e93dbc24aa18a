import { type ContractFiles, environmentName } from '../../contracts/lib/contract.ts';
import type { BodyInput, Echo, Json, JsonSchema, Operation, PathInput } from '../../contracts/lib/operation.ts';
import { toPointer, valueAt } from '../../contracts/lib/pointer.ts';

/** A contract folder before it is written: what was read off a document or an exchange. Pure. */

export const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

export interface ContractDraft {
  readonly operation: Operation;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
  readonly examples: readonly DraftExample[];
  /** What a person should look at, because it was guessed or could not be said. */
  readonly notes: readonly string[];
}

/** A body as it was found. */
export interface DraftExample {
  /** "request" or a status. */
  readonly message: string;
  readonly what: string;
  readonly body: Json;
}

/** The files of the folder, as `parseContract` takes them. */
export function draftFiles({ operation, schemas, examples }: ContractDraft): ContractFiles {
  const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const names = new Set<string>();
  const exampleName = ({ message, what }: DraftExample) => {
    const stem = `examples/${message}.valid.${kebab(what) || 'example'}`;
    let name = `${stem}.json`;
    for (let number = 2; names.has(name); number += 1) name = `${stem}-${number}.json`;
    names.add(name);
    return name;
  };
  return {
    'operation.json': text(operation),
    ...Object.fromEntries(Object.entries(schemas).map(([file, schema]) => [file, text(schema)])),
    ...Object.fromEntries(examples.map((example) => [exampleName(example), text(example.body)])),
  };
}

/** "createOrder", "Create order" and "create_order" are all "create-order". */
export function kebab(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
}

/** "POST /chats/{chat}/messages" as a name: "post-chats-messages". */
export function nameOfRoute(method: string, path: string): string {
  return kebab(`${method} ${path.replace(/\{[^}]*\}/g, ' ')}`);
}

/** A field that is called like a reference: id, ownerId, owner_id, ownerID. */
const REFERENCE = /(^id|[a-z0-9]Id|[a-z0-9]ID|_id)$/;

/**
 * Fields of the request that hold ids of things on the server, by their names: only configured values of these are
 * asserted to be accepted. `schema` describes an object; two levels are looked at.
 */
export function referenceInputs(schema: JsonSchema | undefined, example: Json | undefined): BodyInput[] {
  const inputs: BodyInput[] = [];
  const visit = (place: JsonSchema | undefined, tokens: readonly string[], isNeeded: boolean): void => {
    if (typeof place !== 'object' || tokens.length > 2) return;
    const properties = (place['properties'] as Record<string, JsonSchema> | undefined) ?? {};
    const required = (place['required'] as readonly string[] | undefined) ?? [];
    for (const [name, property] of Object.entries(properties)) {
      const at = [...tokens, name];
      const isRequired = isNeeded && required.includes(name);
      const type = scalarType(property);
      if (type === null || !REFERENCE.test(name)) {
        visit(property, at, isRequired);
        continue;
      }
      const found = valueAt(example, toPointer(at));
      inputs.push({
        pointer: toPointer(at),
        env: `ASSAY_${environmentName(at.join('_'))}`,
        ...(isRequired ? { required: true } : {}),
        ...(type === 'string' ? { type } : {}),
        ...exampleOf(found, type),
      });
    }
  };
  visit(schema, [], true);
  return inputs;
}

export function pathInput(name: string, type: 'integer' | 'string', example: unknown): PathInput {
  return {
    path: name,
    env: `ASSAY_${environmentName(name)}`,
    required: true,
    ...(type === 'string' ? { type } : {}),
    ...exampleOf(example, type),
  };
}

function exampleOf(value: unknown, type: 'integer' | 'string'): { example?: number | string } {
  if (type === 'integer') return Number.isSafeInteger(Number(value ?? Number.NaN)) ? { example: Number(value) } : {};
  return typeof value === 'string' && value !== '' ? { example: value } : {};
}

function scalarType(schema: JsonSchema): 'integer' | 'string' | null {
  const types = typeof schema === 'object' ? [schema['type']].flat() : [];
  if (types.includes('integer')) return 'integer';
  return types.includes('string') ? 'string' : null;
}

/** Inputs that the success has in the same place come back. */
export function echoedInputs(inputs: readonly BodyInput[], success: JsonSchema | undefined): Echo[] {
  return inputs
    .filter(({ pointer }) => !/(^|\/)id$/.test(pointer) && propertyAt(success, pointer) !== undefined)
    .map(({ pointer }) => ({ request: pointer, response: pointer }));
}

/** What was created, where a POST is answered with an `id`: it and its time of creation. */
export function createdBy(method: string, success: JsonSchema | undefined): Operation['created'] {
  const id = propertyAt(success, '/id');
  if (method !== 'POST' || id === undefined || scalarType(id) === null) return undefined;
  const isTime = (schema: JsonSchema | undefined) =>
    typeof schema === 'object' && (scalarType(schema) === 'integer' || schema['format'] === 'date-time');
  const time = ['/createdAt', '/created_at', '/created'].find((pointer) => isTime(propertyAt(success, pointer)));
  return { id: '/id', ...(time === undefined ? {} : { time }) };
}

/** The schema of a property, following references within the file. */
export function propertyAt(schema: JsonSchema | undefined, pointer: string): JsonSchema | undefined {
  let place = schema;
  for (const name of pointer.split('/').slice(1)) {
    const object = resolved(schema, place);
    const properties =
      typeof object === 'object' ? (object['properties'] as Record<string, JsonSchema> | undefined) : {};
    place = properties?.[name];
  }
  return resolved(schema, place);
}

function resolved(root: JsonSchema | undefined, schema: JsonSchema | undefined): JsonSchema | undefined {
  let place = schema;
  for (let hops = 0; hops < 20 && typeof place === 'object' && typeof place['$ref'] === 'string'; hops += 1) {
    const ref = place['$ref'];
    place = ref.startsWith('#') ? (valueAt(root, ref.slice(1)) as JsonSchema | undefined) : undefined;
  }
  return place;
}
