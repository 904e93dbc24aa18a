import { isObject } from '../../contracts/diff/json-value.ts';
import type { MessageBody, MessageContract } from '../../contracts/diff/message-contract.ts';
import { openApiContracts } from '../../contracts/diff/openapi-contracts.ts';
import type { SchemaSource } from '../../contracts/diff/schema-bundle.ts';
import { type Contract, parseContract } from '../../contracts/lib/contract.ts';
import type { Json, JsonSchema, Operation, PathInput, ResponseRule } from '../../contracts/lib/operation.ts';
import { pathParameters } from '../../contracts/lib/operation.ts';
import { pointerTokens, toPointer, valueAt } from '../../contracts/lib/pointer.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import { closest } from '../lib/closest.ts';
import {
  type ContractDraft,
  createdBy,
  type DraftExample,
  draftFiles,
  echoedInputs,
  kebab,
  nameOfRoute,
  pathInput,
  referenceInputs,
} from './contract-draft.ts';
import { codesIn } from './error-codes.ts';
import { standaloneSchema } from './standalone-schema.ts';

/** A contract read off one operation of an OpenAPI 3.0 or 3.1 document. Pure; throws UserError. */
export function draftFromOpenApi(
  file: string,
  documents: ReadonlyMap<string, unknown>,
  wanted: string | null,
  name: string | null,
): ContractDraft {
  const document = documents.get(file);
  const message = chosen(file, document, openApiContracts(file, documents), wanted);
  const pathItem = valueAt(document, toPointer(['paths', message.path]));
  const node = valueAt(pathItem, toPointer([message.method.toLowerCase()]));
  const notes = new Set<string>();
  refuseParameters(message, notes);

  const request = message.request === null ? null : jsonSource(message.request.content);
  if (message.request !== null && request === undefined)
    throw cannot(
      `${message.label} takes ${[...message.request.content.keys()].join(', ') || 'no body that is described'}`,
      'import an operation with a JSON body or none',
    );
  const schemas: Record<string, JsonSchema> = {
    'request.schema.json':
      request === null || request === undefined
        ? {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            $id: 'request.schema.json',
            title: 'Request',
            type: 'object',
          }
        : standaloneSchema(request, 'request.schema.json', 'Request', notes),
  };
  const examples: DraftExample[] =
    request === null || request === undefined ? [] : examplesOf(document, request, 'request');

  const rules: Record<string, ResponseRule> = {};
  const fileOfSchema = new Map<string, string>();
  let success: JsonSchema | undefined;
  const fields = Object.keys(((schemas['request.schema.json'] as { properties?: object }).properties ?? {}) as object);
  for (const [status, response] of message.responses) {
    const source = jsonSource(response.content);
    if (!/^[1-5]\d\d$/.test(status)) {
      notes.add(`the response "${status}" was left out: a contract names each status`);
      continue;
    }
    if (source === undefined) {
      notes.add(`the response ${status} was left out: it has no JSON body that an answer could be held to`);
      continue;
    }
    const isError = Number(status) >= 400;
    const found = examplesOf(document, source, status);
    const made = standaloneSchema(source, '', '', new Set());
    // Errors mostly share one schema; it is written once.
    const key = JSON.stringify(made);
    const shared = isError ? fileOfSchema.get(key) : undefined;
    const fileName = shared ?? `${isError && fileOfSchema.size === 0 ? 'errors' : status}.schema.json`;
    if (isError) fileOfSchema.set(key, fileName);
    schemas[fileName] ??= standaloneSchema(source, fileName, isError ? 'Errors' : `Answer${status}`, notes);
    if (!isError && status.startsWith('2')) success ??= schemas[fileName];
    examples.push(...found);
    rules[status] = {
      schema: fileName,
      ...(isError
        ? codesIn(
            found.map(({ body }) => body),
            fields,
          )
        : {}),
    };
  }
  if (!Object.keys(rules).some((status) => status.startsWith('2')))
    throw cannot(
      `${message.label} documents no success with a JSON body`,
      'add one to the document, or import another operation',
    );

  const inputs = [
    ...pathInputsOf(message, document),
    ...referenceInputs(schemas['request.schema.json'], examples.find((one) => one.message === 'request')?.body),
  ];
  const bodyInputs = inputs.filter((input) => 'pointer' in input);
  const echo = echoedInputs(bodyInputs, success);
  const created = createdBy(message.method, success);
  const operationId = isObject(node) && typeof node['operationId'] === 'string' ? node['operationId'] : null;
  const operation: Operation = {
    name: name ?? (kebab(operationId ?? '') || nameOfRoute(message.method, message.path)),
    method: message.method,
    path: message.path.replace(/[?#].*$/, ''),
    baseUrl: baseUrlOf(message, document, notes),
    auth: { scheme: schemeOf(message, notes) },
    request: { schema: 'request.schema.json' },
    responses: rules,
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(echo.length === 0 ? {} : { echo }),
    ...(created === undefined ? {} : { created }),
    sources: {
      request: `${file}, ${message.label}`,
      ...Object.fromEntries(
        Object.keys(rules).map((status) => [`responses.${status}`, `${file}, ${message.label}, response ${status}`]),
      ),
    },
  };
  const contract = parseContract(
    draftFiles({ operation, schemas, examples: [], notes: [] }),
    `${file}, ${message.label},`,
  );
  return {
    operation,
    schemas,
    examples: validOnes(examples, contract, notes),
    notes: [...notes, ...guesses(operation)],
  };
}

function guesses({ inputs = [], echo = [], created, auth, responses }: Operation): string[] {
  const names = inputs.filter((input) => 'pointer' in input).map((input) => input.pointer);
  return [
    ...(names.length > 0 ? [`taken for ids of things on the server, by their names: ${names.join(', ')}`] : []),
    ...(echo.length > 0 ? [`asserted to come back: ${echo.map(({ response }) => response).join(', ')}`] : []),
    ...(created === undefined ? [] : [`taken for what identifies the thing created: ${created.id}`]),
    ...(auth.scheme === 'bearer' && responses['401'] === undefined && responses['403'] === undefined
      ? ['no response 401 with a JSON body is documented, so only "some 4xx" is asked for a wrong key']
      : []),
  ];
}

function chosen(
  file: string,
  document: unknown,
  operations: readonly MessageContract[],
  wanted: string | null,
): MessageContract {
  const idOf = ({ path, method }: MessageContract) =>
    valueAt(document, toPointer(['paths', path, method.toLowerCase(), 'operationId']));
  const found = operations.filter(
    (one) => wanted === null || idOf(one) === wanted || one.label.toLowerCase() === wanted.toLowerCase(),
  );
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (operations.length === 0)
    throw new UserError(`${file} describes no operation`, {
      why: 'it has no paths with an operation',
      fix: 'name the document that has them; webhooks and callbacks are not imported',
    });
  const isShared = wanted !== null && only !== undefined;
  const known = (isShared ? found : operations).map((one) => String((isShared ? null : idOf(one)) ?? `"${one.label}"`));
  const meant = wanted === null || isShared ? null : closest(wanted, known);
  throw new UserError(
    wanted === null
      ? `${file} describes ${operations.length} operations`
      : `${file} describes ${isShared ? `${found.length} operations` : 'no operation'} ${wanted}`,
    {
      why: `it describes ${known.slice(0, 12).join(', ')}${known.length > 12 ? ` and ${known.length - 12} more` : ''}`,
      fix:
        meant === null
          ? 'name one of them with --operation, by its operationId or as "POST /path"'
          : `Did you mean ${meant}?`,
    },
  );
}

/** undefined: no JSON; of several JSON types the first. */
function jsonSource(content: MessageBody['content']): SchemaSource | undefined {
  const [, source] = [...content].find(([type]) => /^application\/([a-z0-9.-]+\+)?json$/.test(type)) ?? [];
  return source ?? undefined;
}

/** What a place in the document says of its parameters, as the OpenAPI reader put them together. */
function parameterSchema(
  message: MessageContract,
  place: string,
): { properties: Record<string, JsonSchema>; required: string[] } {
  const source = message.parameters;
  const all = source === null ? undefined : valueAt(source.documents.get(source.file), source.pointer ?? '');
  const found = valueAt(all, `/properties/${place}`) as
    | { properties?: Record<string, JsonSchema>; required?: string[] }
    | undefined;
  return { properties: found?.properties ?? {}, required: found?.required ?? [] };
}

function refuseParameters(message: MessageContract, notes: Set<string>): void {
  for (const place of ['query', 'header', 'cookie']) {
    const { properties, required } = parameterSchema(message, place);
    const needed = required.filter((name) => name.toLowerCase() !== 'authorization');
    if (needed.length > 0)
      throw cannot(
        `${message.label} requires ${needed.join(', ')} in its ${place}`,
        'import an operation whose parameters are in the path or in the body',
      );
    const optional = Object.keys(properties).filter((name) => name.toLowerCase() !== 'authorization');
    if (optional.length > 0) notes.add(`not sent: ${optional.join(', ')} (${place} parameters, optional)`);
  }
}

function pathInputsOf(message: MessageContract, document: unknown): PathInput[] {
  const { properties } = parameterSchema(message, 'path');
  return pathParameters(message.path).map((name) => {
    let schema: JsonSchema | undefined = properties[name];
    if (typeof schema === 'object' && typeof schema['$ref'] === 'string')
      schema = valueAt(document, schema['$ref'].replace(/^#/, '')) as JsonSchema | undefined;
    const keywords = typeof schema === 'object' ? schema : {};
    const isInteger = [keywords['type']].flat().some((type) => type === 'integer' || type === 'number');
    const list = Array.isArray(keywords['enum']) ? keywords['enum'] : keywords['examples'];
    const example =
      parameterExample(document, message, name) ??
      keywords['example'] ??
      keywords['default'] ??
      (list as unknown[] | undefined)?.[0];
    return pathInput(name, isInteger ? 'integer' : 'string', example ?? (isInteger ? undefined : sampleText(keywords)));
  });
}

/** A text that a parameter may be where the document shows none. */
function sampleText(keywords: { readonly [keyword: string]: unknown }): string {
  return keywords['format'] === 'uuid' ? '0b6f3f6a-6c5c-4d0f-9f3e-3f1d2c4b5a69' : 'example';
}

function parameterExample(document: unknown, { path, method }: MessageContract, name: string): unknown {
  const places = [
    ['paths', path, method.toLowerCase(), 'parameters'],
    ['paths', path, 'parameters'],
  ];
  for (const place of places) {
    const list = valueAt(document, toPointer(place));
    for (const one of Array.isArray(list) ? list : []) {
      const reference = isObject(one) ? one['$ref'] : undefined;
      const parameter = typeof reference === 'string' ? valueAt(document, reference.replace(/^#/, '')) : one;
      if (!isObject(parameter) || parameter['name'] !== name || parameter['in'] !== 'path') continue;
      return parameter['example'] ?? firstExample(parameter['examples']);
    }
  }
  return undefined;
}

function firstExample(examples: unknown): unknown {
  const [first] = isObject(examples) ? Object.values(examples) : [];
  return isObject(first) ? first['value'] : undefined;
}

/** Examples beside a schema: `example` and `examples` of the media type, and those of the schema itself. */
function examplesOf(document: unknown, source: SchemaSource, message: string): DraftExample[] {
  const media = valueAt(document, toPointer(pointerTokens(source.pointer ?? '').slice(0, -1)));
  const found: DraftExample[] = [];
  const add = (what: string, body: unknown) => {
    if (body !== undefined) found.push({ message, what, body: body as Json });
  };
  if (isObject(media)) {
    add('example', media['example']);
    for (const [what, example] of Object.entries(isObject(media['examples']) ? media['examples'] : {})) {
      const reference = isObject(example) ? example['$ref'] : undefined;
      const target = typeof reference === 'string' ? valueAt(document, reference.replace(/^#/, '')) : example;
      add(what, isObject(target) ? target['value'] : undefined);
    }
  }
  const schema = resolvedSchema(document, valueAt(document, source.pointer ?? ''));
  if (isObject(schema))
    add('schema', schema['example'] ?? (Array.isArray(schema['examples']) ? schema['examples'][0] : undefined));
  return found;
}

function resolvedSchema(document: unknown, schema: unknown): unknown {
  const reference = isObject(schema) ? schema['$ref'] : undefined;
  return typeof reference === 'string' && reference.startsWith('#')
    ? valueAt(document, decodeURIComponent(reference.slice(1)))
    : schema;
}

/** An example that is not valid under its own schema is no example. */
function validOnes(
  examples: readonly DraftExample[],
  { operation, validator }: Contract,
  notes: Set<string>,
): DraftExample[] {
  const seen = new Set<string>();
  return examples.filter(({ message, what, body }) => {
    const file = message === 'request' ? operation.request.schema : (operation.responses[message]?.schema ?? '');
    const key = `${message} ${JSON.stringify(body)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    if (validator(file)(body)) return true;
    notes.add(`the example "${what}" of ${message} was left out: it is not valid under its schema`);
    return false;
  });
}

function baseUrlOf(message: MessageContract, document: unknown, notes: Set<string>): string {
  const given = message.baseUrl ?? '';
  const server = valueAt(document, '/servers/0');
  const variables = isObject(server) && isObject(server['variables']) ? server['variables'] : {};
  const url = given.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const variable = variables[name];
    return isObject(variable) ? String(variable['default']) : name;
  });
  if (/^https?:\/\/[^\s?#]+$/.test(url)) return url.replace(/\/+$/, '');
  notes.add(`the server is ${given === '' ? 'not named' : `"${given}"`}; baseUrl is a placeholder`);
  return `https://api.example.com${/^\/[^\s?#]*$/.test(url) ? url.replace(/\/+$/, '') : ''}`;
}

function schemeOf(message: MessageContract, notes: Set<string>): 'bearer' | 'none' {
  if (message.auth === 'none') return 'none';
  if (!/bearer|oauth2|openIdConnect/i.test(message.auth))
    notes.add(`authorised by ${message.auth}; assay sends "Authorization: Bearer …"`);
  return 'bearer';
}

function cannot(why: string, fix: string): UserError {
  return new UserError('the operation cannot be imported', { why, fix });
}
