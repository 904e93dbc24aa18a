import { subschemas } from './keywords.ts';
import type { JsonSchema } from './operation.ts';
import { pointerTokens } from './pointer.ts';

/** Where a `$ref` of a contract's schemas leads. Pure, and without a validator, so fit for k6 too. */

/** By file name. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

export interface Place {
  readonly file: string;
  readonly schema: JsonSchema;
}

/** Follows local and cross-file `$ref`s from a place; undefined where they lead nowhere. */
export function resolveRef(schemas: Schemas, file: string, schema: JsonSchema): Place | undefined {
  let place: Place | undefined = { file, schema };
  for (let hops = 0; hops < 50 && place !== undefined; hops += 1) {
    if (typeof place.schema === 'boolean' || typeof place.schema['$ref'] !== 'string') return place;
    place = refTarget(schemas, place.file, place.schema['$ref']);
  }
  return undefined;
}

/**
 * One step: what `ref` in `file` names, by a JSON pointer or an anchor, in that file or in one that is named by its file
 * name or its `$id`.
 */
export function refTarget(schemas: Schemas, file: string, ref: string): Place | undefined {
  const [path = '', fragment = ''] = ref.split('#');
  const nextFile = path === '' ? file : fileOfRef(schemas, path);
  if (nextFile === undefined) return undefined;
  let next: unknown = schemas[nextFile];
  if (isAnchor(ref)) next = anchored(next, fragment);
  else
    for (const token of pointerTokens(decodeURIComponent(fragment)))
      next = (next as Record<string, unknown> | null | undefined)?.[token];
  const isSchema = typeof next === 'boolean' || (typeof next === 'object' && next !== null && !Array.isArray(next));
  return isSchema ? { file: nextFile, schema: next as JsonSchema } : undefined;
}

/** Whether a reference names an anchor, and not a place by its path. */
export function isAnchor(ref: string): boolean {
  const [, fragment = ''] = ref.split('#');
  return fragment !== '' && !fragment.startsWith('/');
}

function fileOfRef(schemas: Schemas, path: string): string | undefined {
  return Object.keys(schemas).find((file) => {
    const schema = schemas[file];
    return file === path || (typeof schema === 'object' && schema['$id'] === path);
  });
}

function anchored(schema: unknown, anchor: string): unknown {
  if (typeof schema !== 'object' || schema === null) return undefined;
  if ((schema as Record<string, unknown>)['$anchor'] === anchor) return schema;
  for (const child of Object.values(schema)) {
    const found = anchored(child, anchor);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Keywords that hold other schemas to the very same value. */
const IN_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf'];
const IN_PLACE = ['not', 'if', 'then', 'else'];

/**
 * References that lead back to where they stand without going into a property or an item, so that no value is ever judged:
 * file and `$ref`, each cycle once.
 */
export function endlessReferences(schemas: Schemas): { readonly file: string; readonly ref: string }[] {
  const found: { file: string; ref: string }[] = [];
  const states = new Map<object, 'open' | 'done'>();
  const visit = ({ file, schema }: Place, by: string | null): void => {
    if (typeof schema !== 'object' || states.get(schema) === 'done') return;
    if (states.get(schema) === 'open') {
      if (by !== null) found.push({ file, ref: by });
      return;
    }
    states.set(schema, 'open');
    const ref = schema['$ref'];
    const target = typeof ref === 'string' ? refTarget(schemas, file, ref) : undefined;
    if (typeof ref === 'string' && target !== undefined) visit(target, ref);
    for (const keyword of IN_PLACE_LISTS)
      for (const child of Array.isArray(schema[keyword]) ? (schema[keyword] as JsonSchema[]) : [])
        visit({ file, schema: child }, by);
    for (const keyword of IN_PLACE)
      if (schema[keyword] !== undefined) visit({ file, schema: schema[keyword] as JsonSchema }, by);
    states.set(schema, 'done');
  };
  for (const [file, root] of Object.entries(schemas))
    for (const { schema } of subschemas(root)) visit({ file, schema }, null);
  return found;
}
