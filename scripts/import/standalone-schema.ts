import { posix } from 'node:path';
import { isObject } from '../../contracts/diff/json-value.ts';
import type { SchemaSource } from '../../contracts/diff/schema-bundle.ts';
import { KNOWN_FORMATS } from '../../contracts/lib/keywords.ts';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { pointerTokens, valueAt } from '../../contracts/lib/pointer.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { createAjv } from '../../contracts/lib/validator.ts';
import { DRAFT } from './contract-draft.ts';

/** Keywords of OpenAPI that are none of JSON Schema and hold nothing to anything. */
const OPENAPI_ONLY = new Set([
  'discriminator',
  'xml',
  'externalDocs',
  '$schema',
  '$id',
  'contentMediaType',
  'contentEncoding',
  'contentSchema',
]);
/** Keywords whose keys are names, and those whose values are data. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);
const DATA = new Set(['const', 'enum', 'default', 'examples', 'example']);

/**
 * A schema as a file of its own: what it refers to, in whatever file, stands under `$defs`. What was left out is added to
 * `notes`. Pure; throws a UserError that names every reference which leads nowhere: a contract that takes anything
 * there would be worse than none.
 */
export function standaloneSchema(source: SchemaSource, file: string, title: string, notes: Set<string>): JsonSchema {
  /** File and pointer → name under `$defs`; null: the whole file. */
  const names = new Map<string, string | null>();
  const definitions: Record<string, unknown> = {};
  const lost = new Set<string>();

  const refTo = (targetFile: string, pointer: string): string => {
    const key = `${targetFile}#${pointer}`;
    const known = names.get(key);
    if (known !== undefined) return known === null ? '#' : `#/$defs/${known}`;
    const stem = (pointerTokens(pointer).at(-1) ?? targetFile).replace(/[^A-Za-z0-9._-]+/g, '_') || 'Schema';
    let name = stem;
    for (let number = 2; Object.hasOwn(definitions, name); number += 1) name = `${stem}${number}`;
    names.set(key, name);
    definitions[name] = true;
    const target = valueAt(source.documents.get(targetFile), pointer);
    if (target === undefined) lost.add(key);
    else definitions[name] = rewrite(target, targetFile, false);
    return `#/$defs/${name}`;
  };
  const rewrite = (value: unknown, from: string, isMap: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item, from, false));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
        if (isMap) return [[key, rewrite(child, from, false)]];
        if (OPENAPI_ONLY.has(key) || key.startsWith('x-')) return [];
        if (key === '$ref' && typeof child === 'string') return [[key, refTo(...targetOf(child, from))]];
        if (key === 'example') return [['examples', [child]]];
        if (key === 'format' && !KNOWN_FORMATS.includes(String(child))) {
          notes.add(`the format "${String(child)}" was left out: nothing would check it`);
          return [];
        }
        if (key === 'nullable' && child === false) return [];
        if (!isKeyword(key)) {
          notes.add(`the keyword "${key}" was left out: JSON Schema has none of this name`);
          return [];
        }
        if (key === 'definitions') return [['$defs', rewrite(child, from, true)]];
        return [[key, DATA.has(key) ? child : rewrite(child, from, MAPS.has(key))]];
      }),
    );
  };
  // A message that is only a reference is what it refers to; what refers to that again refers to the whole file.
  let [at, pointer] = [source.file, source.pointer ?? ''];
  for (let hops = 0; hops < 20; hops += 1) {
    const place = valueAt(source.documents.get(at), pointer);
    if (!isObject(place) || typeof place['$ref'] !== 'string' || Object.keys(place).length > 1) break;
    [at, pointer] = targetOf(place['$ref'], at);
  }
  names.set(`${at}#${pointer}`, null);
  const start = valueAt(source.documents.get(at), pointer);
  if (start === undefined) lost.add(`${at}#${pointer}`);
  const root = rewrite(start ?? true, at, false);
  if (lost.size > 0)
    throw new UserError('the operation cannot be imported', {
      why: `its schemas refer to what is not there: ${[...lost].join(', ')}`,
      fix: 'correct these references; what lies on another server has to be put into a file beside the document first',
    });
  const name = pointer.startsWith('/components/schemas/') ? (pointerTokens(pointer).at(-1) ?? title) : title;
  const { $defs, ...body } = (isObject(root) ? root : {}) as { $defs?: object };
  const all = { ...definitions, ...$defs };
  return {
    ...{ $schema: DRAFT, $id: file, title: name },
    ...body,
    ...(Object.keys(all).length === 0 ? {} : { $defs: all }),
  };
}

let ajv: ReturnType<typeof createAjv> | null = null;

/** `nullable` of OpenAPI 3.0 is translated before; in 3.1 it means nothing. */
function isKeyword(name: string): boolean {
  ajv ??= createAjv({});
  return name !== 'nullable' && ajv.getKeyword(name) !== false;
}

/** File and pointer that a reference in `from` means. */
function targetOf(ref: string, from: string): [file: string, pointer: string] {
  const [path = '', fragment = ''] = ref.split('#');
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return [path, decodeURIComponent(fragment)];
  const file = path === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURIComponent(path)));
  return [file, decodeURIComponent(fragment)];
}
