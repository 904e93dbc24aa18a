import { posix } from 'node:path';
import { isObject } from '../../contracts/diff/json-value.ts';
import type { MessageContract } from '../../contracts/diff/message-contract.ts';
import { OPERATION_RULES } from '../../contracts/diff/rules.ts';
import type { SchemaSource } from '../../contracts/diff/schema-bundle.ts';
import { pointerTokens, toPointer, valueAt } from '../../contracts/lib/pointer.ts';
import { type JsonLines, jsonLines, nearestLine } from '../report/json-lines.ts';
import type { DiffChange, DiffLocation } from '../results/results.ts';
import type { DiffSide } from './read-side.ts';

/** A place in a parsed file. */
interface Place {
  readonly file: string;
  readonly pointer: string;
}

/** Finds where the new version has what changed, or the nearest place around it; null where no file has it. */
export function changeLocator(side: DiffSide): (change: DiffChange) => DiffLocation | null {
  const known = new Map<string, JsonLines>();
  return (change) => {
    const place = placeOf(change, side);
    const file = place && side.fileOf(change.operation, place.file);
    if (place === null || file === null) return null;
    if (/\.ya?ml$/i.test(file.path)) return { file: file.path, line: null };
    const lines = known.get(file.path) ?? jsonLines(file.text);
    known.set(file.path, lines);
    return { file: file.path, line: nearestLine(lines, place.pointer) };
  };
}

/** Where parameters outside the body are, in the pointer of a change. */
const PARAMETER_PLACES = ['query', 'path', 'header', 'cookie'];

function placeOf(change: DiffChange, side: DiffSide): Place | null {
  if (side.kind === 'schema') return schemaPlace(side.source, change);
  const operation = side.operations.find(({ label }) => label === change.operation);
  if (operation === undefined) return null;
  const { file, pointer } = side.placeOf(operation);
  const [token = ''] = pointerTokens(change.pointer);
  if (operation.parameters !== null && change.direction === 'request' && PARAMETER_PLACES.includes(token))
    return { file, pointer: `${pointer}/parameters` };
  const source = Object.hasOwn(OPERATION_RULES, change.rule) ? null : sourceOf(operation, change);
  return source === null ? { file, pointer: pointer + operationPointer(change) } : schemaPlace(source, change);
}

function sourceOf(operation: MessageContract, { direction, status }: DiffChange): SchemaSource | null {
  const body = direction === 'request' ? operation.request : operation.responses.get(status ?? '');
  for (const source of body?.content.values() ?? []) if (source !== null) return source;
  return null;
}

/** Which field of operation.json says what a rule is about; in OpenAPI, what is there of it. */
const RULE_FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^method-/, '/method'],
  [/^path-/, '/path'],
  [/^base-url-/, '/baseUrl'],
  [/^auth-/, '/auth'],
  [/^limit-/, '/limit'],
  [/^request-/, '/request'],
  [/^error-code-/, '/codes'],
  [/^field-codes-/, '/fieldCodes'],
];

function operationPointer({ rule, status }: DiffChange): string {
  const field = RULE_FIELDS.find(([rules]) => rules.test(rule))?.[1] ?? '';
  return status === null ? field : toPointer(['responses', status]) + field;
}

/** The schema of the value that changed, followed from the body down; at the keyword that refuses, where it has that. */
function schemaPlace({ file, pointer = '', documents }: SchemaSource, change: DiffChange): Place {
  let place: Place = { file, pointer };
  for (const token of pointerTokens(change.pointer)) {
    const next = childOf(documents, place, token, new Set());
    if (next === null) return at(documents, place, 'properties');
    place = next;
  }
  return change.witness?.refusedBy === 'new' ? at(documents, place, change.witness.keyword) : place;
}

/** The keyword of a schema, where it has that; else the schema. */
function at(documents: SchemaSource['documents'], { file, pointer }: Place, keyword: string): Place {
  const schema = valueAt(documents.get(file), pointer);
  const has = isObject(schema) && Object.hasOwn(schema, keyword);
  return { file, pointer: has ? pointer + toPointer([keyword]) : pointer };
}

const BRANCHES = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'dependentSchemas'];
const ANY_CHILD = ['items', 'additionalProperties', 'contains', 'unevaluatedProperties', 'unevaluatedItems'];

/** The schema of a property or item, also behind references and in branches; null where nothing names it. */
function childOf(
  documents: SchemaSource['documents'],
  { file, pointer }: Place,
  token: string,
  seen: Set<string>,
): Place | null {
  const schema = valueAt(documents.get(file), pointer);
  const key = `${file}#${pointer}`;
  if (!isObject(schema) || seen.has(key)) return null;
  seen.add(key);
  const own = [
    ...(token === '*'
      ? []
      : [
          ['properties', token],
          ['prefixItems', token],
        ]),
    ...(token === '*'
      ? Object.keys(Object(schema['patternProperties'])).map((name) => ['patternProperties', name])
      : []),
    ...ANY_CHILD.filter(() => token === '*' || /^\d+$/.test(token)).map((keyword) => [keyword]),
  ].find((tokens) => isObject(valueAt(schema, toPointer(tokens))));
  if (own !== undefined) return { file, pointer: pointer + toPointer(own) };
  const target = typeof schema['$ref'] === 'string' ? targetOf(documents, file, schema['$ref']) : null;
  const branches = BRANCHES.flatMap((keyword) => {
    const branch = schema[keyword];
    if (!isObject(branch) && !Array.isArray(branch)) return [];
    const isOne = ['if', 'then', 'else'].includes(keyword);
    const steps = isOne ? [[keyword]] : Object.keys(branch).map((name) => [keyword, name]);
    return steps.map((tokens): Place => ({ file, pointer: pointer + toPointer(tokens) }));
  });
  for (const place of target === null ? branches : [target, ...branches]) {
    const found = childOf(documents, place, token, seen);
    if (found !== null) return found;
  }
  return null;
}

/** What a reference leads to; null for an anchor, and where it leads nowhere. */
function targetOf(documents: SchemaSource['documents'], file: string, ref: string): Place | null {
  const [path = '', fragment = ''] = ref.split('#');
  const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), decodeURIComponent(path)));
  if (!documents.has(target) || (fragment !== '' && !fragment.startsWith('/'))) return null;
  return { file: target, pointer: decodeURIComponent(fragment) };
}
