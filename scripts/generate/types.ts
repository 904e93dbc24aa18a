import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { Contract } from '../../contracts/lib/contract.ts';
import type { JsonSchema } from '../../contracts/lib/operation.ts';
import { pointerTokens, toPointer } from '../../contracts/lib/pointer.ts';
import { resolveRef } from '../../contracts/lib/reference.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/**
 * TypeScript types of a contract's messages: one interface `OperationTypes` with the request and each response, and
 * a named type for each titled schema. A type may be wider than its schema (types cannot say a pattern or a
 * dependency), never narrower. What json-schema-to-typescript would translate wrongly is rewritten first:
 * `prefixItems` becomes a tuple, `unevaluatedProperties: false` closes the places it speaks of, `$ref` with further
 * constraints beside it becomes an intersection, a file becomes a definition.
 */
export async function generateTypes(contract: Contract, head: string): Promise<string> {
  const definitions: Record<string, unknown> = {};
  for (const [file, schema] of Object.entries(contract.schemas))
    definitions[definitionName(file)] = translate(contract, file, schema, []);
  const reference = (file: string) => ({ $ref: `#/definitions/${definitionName(file)}` });
  const responses = Object.fromEntries(
    Object.entries(contract.operation.responses).map(([status, rule]) => [status, reference(rule.schema)]),
  );
  const root = {
    title: 'OperationTypes',
    description: `Messages of ${contract.operation.method} ${contract.operation.path}.`,
    type: 'object',
    additionalProperties: false,
    required: ['request', 'responses'],
    properties: {
      request: reference(contract.operation.request.schema),
      responses: {
        type: 'object',
        additionalProperties: false,
        required: Object.keys(responses),
        properties: responses,
      },
    },
    definitions,
  };
  const text = await compile(root as JSONSchema, 'OperationTypes', {
    bannerComment: head,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: true,
    strictIndexSignatures: true,
    additionalProperties: true,
  });
  return text.replaceAll(REFERENCED_BY, '').replaceAll('/**\n */\n', '');
}

/** The generator's remark on where a type is used, which the reader sees anyway. */
const REFERENCED_BY =
  /( \*\n)? \* This interface was referenced by .*\n \* via the `(definition|patternProperty)` .*\n/g;

function definitionName(file: string): string {
  return file.replace(/\.schema\.json$/, '');
}

/** Annotations that may stand beside a `$ref` without changing what it means. */
const ANNOTATIONS = new Set([
  'title',
  'description',
  '$comment',
  'default',
  'examples',
  'example',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
const IN_PLACE = ['allOf', 'anyOf', 'oneOf'];

function translate(
  contract: Contract,
  file: string,
  schema: JsonSchema,
  tokens: readonly (string | number)[],
): unknown {
  if (typeof schema === 'boolean') return schema ? {} : { not: {} };
  const at = (keyword: string | number, ...more: (string | number)[]) => [...tokens, keyword, ...more];
  const { $id: _id, $schema: _schema, $anchor: _anchor, ...rest } = schema as Record<string, unknown>;
  if (rest['unevaluatedProperties'] === false)
    return translate(contract, file, closed(contract, file, schema, tokens, 0), tokens);
  if (typeof rest['$ref'] === 'string') {
    const target = { $ref: rewriteRef(contract, file, rest['$ref'], tokens) };
    const constraints = Object.fromEntries(
      Object.entries(rest).filter(
        ([key]) => key !== '$ref' && key !== '$defs' && !ANNOTATIONS.has(key) && !key.startsWith('x-'),
      ),
    );
    if (Object.keys(constraints).length === 0)
      return rest['$defs'] === undefined
        ? target
        : { ...target, $defs: translateMap(contract, file, rest['$defs'], at('$defs')) };
    return translate(
      contract,
      file,
      {
        allOf: [{ $ref: rest['$ref'] }, constraints],
        ...(rest['$defs'] === undefined ? {} : { $defs: rest['$defs'] }),
      },
      tokens,
    );
  }
  const copy: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(rest)) {
    if (keyword === 'prefixItems') {
      copy['items'] = (value as JsonSchema[]).map((item, index) => translate(contract, file, item, at(keyword, index)));
      copy['additionalItems'] =
        rest['items'] === undefined ? true : translateRest(contract, file, rest['items'] as JsonSchema, at('items'));
      copy['minItems'] = typeof rest['minItems'] === 'number' ? rest['minItems'] : 0;
    } else if (keyword === 'items') {
      if (rest['prefixItems'] === undefined)
        copy['items'] = translateRest(contract, file, value as JsonSchema, at('items'));
    } else if (keyword === 'properties' || keyword === '$defs' || keyword === 'patternProperties') {
      copy[keyword] = translateMap(contract, file, value, at(keyword));
    } else if (keyword === 'additionalProperties') {
      copy[keyword] = translateRest(contract, file, value as JsonSchema, at(keyword));
    } else if (IN_PLACE.includes(keyword)) {
      copy[keyword] = (value as JsonSchema[]).map((item, index) => translate(contract, file, item, at(keyword, index)));
    } else if (!DROPPED.has(keyword)) {
      copy[keyword] = value;
    }
  }
  return copy;
}

/** Keywords that narrow values in ways no type of the generator's can say; dropped so that it does not misread them. */
const DROPPED = new Set([
  'if',
  'then',
  'else',
  'not',
  'contains',
  'minContains',
  'maxContains',
  'propertyNames',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
  'minItems',
  'maxItems',
  'uniqueItems',
  'additionalItems',
]);

/** A schema or a boolean, where the generator reads booleans itself. */
function translateRest(
  contract: Contract,
  file: string,
  schema: JsonSchema,
  tokens: readonly (string | number)[],
): unknown {
  return typeof schema === 'boolean' ? schema : translate(contract, file, schema, tokens);
}

function translateMap(contract: Contract, file: string, map: unknown, tokens: readonly (string | number)[]): unknown {
  return Object.fromEntries(
    Object.entries(map as Record<string, JsonSchema>).map(([key, item]) => [
      key,
      translate(contract, file, item, [...tokens, key]),
    ]),
  );
}

function rewriteRef(contract: Contract, file: string, ref: string, tokens: readonly (string | number)[]): string {
  const target = resolveRef(contract.schemas, file, { $ref: ref });
  if (target === undefined)
    throw unusable(contract, file, tokens, `$ref ${ref} leads nowhere`, 'correct the reference');
  const [path = '', fragment = ''] = ref.split('#');
  const named =
    path === ''
      ? file
      : Object.keys(contract.schemas).find(
          (name) => name === path || (contract.schemas[name] as Record<string, unknown>)['$id'] === path,
        );
  const pointer =
    fragment === '' || fragment.startsWith('/')
      ? decodeURIComponent(fragment)
      : pointerTo(contract.schemas[named ?? file], target.schema);
  if (pointer === undefined)
    throw unusable(
      contract,
      file,
      tokens,
      `$ref ${ref} has no place that a type can be named after`,
      'point at it with #/$defs/…',
    );
  return `#/definitions/${definitionName(named ?? file)}${toPointer(pointerTokens(pointer))}`;
}

/** The pointer of a place inside a schema, found by identity. */
function pointerTo(schema: unknown, place: unknown, tokens: readonly string[] = []): string | undefined {
  if (schema === place) return toPointer(tokens);
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [key, child] of Object.entries(schema)) {
    const found = pointerTo(child, place, [...tokens, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `unevaluatedProperties: false` as `additionalProperties: false` in each subschema that applies to the same object. */
function closed(
  contract: Contract,
  file: string,
  schema: JsonSchema,
  tokens: readonly (string | number)[],
  depth: number,
): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  if (depth > 20)
    throw unusable(
      contract,
      file,
      tokens,
      'unevaluatedProperties: false over a recursive $ref cannot be translated into types',
      'write additionalProperties: false in each place',
    );
  const { unevaluatedProperties: _, $ref, ...rest } = schema as Record<string, unknown>;
  const copy: Record<string, unknown> = { ...rest };
  if (typeof $ref === 'string') {
    const target = resolveRef(contract.schemas, file, { $ref });
    if (target === undefined || target.file !== file)
      throw unusable(
        contract,
        file,
        tokens,
        'unevaluatedProperties: false over a $ref into another file cannot be translated into types',
        'write additionalProperties: false in the file it points to',
      );
    const { title: _title, ...body } = target.schema as Record<string, unknown>;
    copy['allOf'] = [...((rest['allOf'] as JsonSchema[] | undefined) ?? []), body];
  }
  for (const keyword of IN_PLACE) {
    if (Array.isArray(copy[keyword]))
      copy[keyword] = (copy[keyword] as JsonSchema[]).map((item) => closed(contract, file, item, tokens, depth + 1));
  }
  for (const keyword of ['then', 'else', 'dependentSchemas']) {
    if (keyword in copy)
      throw unusable(
        contract,
        file,
        tokens,
        `unevaluatedProperties: false beside ${keyword} cannot be translated into types`,
        'write the alternatives as anyOf',
      );
  }
  if (
    copy['additionalProperties'] === undefined &&
    (copy['properties'] !== undefined || depth === 0) &&
    !IN_PLACE.some((keyword) => keyword in copy && copy['properties'] === undefined)
  ) {
    copy['additionalProperties'] = false;
  }
  return copy;
}

function unusable(
  contract: Contract,
  file: string,
  tokens: readonly (string | number)[],
  why: string,
  fix: string,
): UserError {
  return new UserError(`no types can be generated for the contract ${contract.name}`, {
    why: `${file} at ${toPointer(tokens) || '/'}: ${why}`,
    fix,
  });
}
