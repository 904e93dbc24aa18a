import { validators } from './generated/own-validators.mjs';
import { keywordProblems } from './keywords.ts';
import { type Json, type JsonSchema, type Operation, pathParameters, type ResponseRule } from './operation.ts';
import { pointerTokens } from './pointer.ts';
import { endlessReferences, resolveRef, type Schemas } from './reference.ts';
import { UserError } from './user-error.ts';
import { createAjv, sharedAjv, type Validate } from './validator.ts';

/** A contract folder, read and found to be sound. */
export interface Contract {
  readonly name: string;
  readonly operation: Operation;
  /** By file name. */
  readonly schemas: Schemas;
  /** A schema's validator, compiled at its first use; the name must be one of `schemas`. */
  validator(schemaFile: string): Validate;
  readonly examples: readonly Example[];
  /** Contracts of the operations that give inputs to this one (`from`), in the order of the inputs. */
  readonly givers?: readonly Contract[];
}

/** `examples/<message>.<valid|invalid>.<what>.json`; message is "request" or a status. Files with other names are left alone. */
export interface Example {
  readonly file: string;
  readonly message: string;
  readonly isValid: boolean;
  readonly what: string;
  readonly body: Json;
}

/** Text of each file of a contract folder, by path relative to it with "/" ("operation.json", "examples/a.json"). */
export type ContractFiles = Readonly<Record<string, string>>;

/**
 * Parses the files of a contract folder. `where` names the folder in messages. `giverNamed` gets the contract of an
 * operation that gives inputs; without it none are looked for.
 * Throws one UserError that lists every problem, each with file and place.
 */
export function parseContract(
  files: ContractFiles,
  where: string,
  giverNamed?: (name: string) => Contract | string,
): Contract {
  const problems: string[] = [];
  const operation = parseOperation(files, problems);
  const schemas = parseSchemas(files, operation, problems);
  const ajv = problems.length === 0 ? compiled(schemas, problems) : null;
  if (problems.length === 0 && operation) checkPointers(operation, schemas, problems);
  const examples = parseExamples(files, problems);
  const givers =
    problems.length === 0 && operation !== null && giverNamed !== undefined
      ? giversOf(operation, giverNamed, problems)
      : [];
  if (problems.length > 0 || operation === null || ajv === null) {
    throw new UserError(`the contract ${where} is not usable`, {
      why: problems.join('\n       '),
      fix:
        problems.length === 1
          ? 'correct it and run the command again'
          : `correct these ${problems.length} places and run the command again`,
    });
  }
  return {
    name: operation.name,
    operation,
    schemas,
    examples,
    givers,
    validator(schemaFile) {
      const validate = ajv.getSchema(schemaFile);
      if (!validate) throw new Error(`no schema ${schemaFile} in ${where}`);
      return validate as unknown as Validate;
    },
  };
}

/** The rule for a status, and undefined where the contract does not document it. */
export function responseRule(operation: Operation, status: number): ResponseRule | undefined {
  return Object.hasOwn(operation.responses, String(status)) ? operation.responses[String(status)] : undefined;
}

/** Examples that are not what their names say, valid or invalid under the schema of their message; each with its file. */
export function exampleProblems(contract: Contract): string[] {
  return contract.examples.flatMap(({ file, message, isValid, body }) => {
    const { operation } = contract;
    const schema = message === 'request' ? operation.request.schema : operation.responses[message]?.schema;
    if (schema === undefined) return [`${file}: operation.json documents no response ${message}`];
    if (contract.validator(schema)(body) === isValid) return [];
    return [`${file} is ${isValid ? 'not valid' : 'valid'} under ${schema}`];
  });
}

/** Whether a success of the contract may have something at `pointer`. */
export function hasInSuccess(contract: Contract, pointer: string): boolean {
  return Object.entries(contract.operation.responses).some(
    ([status, { schema }]) =>
      status.startsWith('2') &&
      hasPlace(contract.schemas, schema, contract.schemas[schema] ?? true, pointerTokens(pointer)),
  );
}

/** A name as part of the name of an environment variable: "chatId" → "CHAT_ID". */
export function environmentName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}

/** Whether some value valid under the schema may have something at `pointer`, as far as `properties` tell. */
function hasPlace(schemas: Schemas, file: string, schema: JsonSchema, tokens: readonly string[]): boolean {
  const place = resolveRef(schemas, file, schema);
  if (place === undefined) return false;
  const [token, ...rest] = tokens;
  if (token === undefined) return true;
  if (typeof place.schema === 'boolean') return place.schema;
  const properties = place.schema['properties'] as Record<string, JsonSchema> | undefined;
  const property = properties !== undefined && Object.hasOwn(properties, token) ? properties[token] : undefined;
  if (property !== undefined && hasPlace(schemas, place.file, property, rest)) return true;
  const branches = ['allOf', 'anyOf', 'oneOf'].flatMap(
    (keyword) => (place.schema as Record<string, JsonSchema[]>)[keyword] ?? [],
  );
  return branches.some((branch) => hasPlace(schemas, place.file, branch, tokens));
}

function parseJson(files: ContractFiles, path: string, problems: string[]): unknown {
  try {
    return JSON.parse((files[path] ?? '').replace(/^\uFEFF/, ''));
  } catch (error) {
    problems.push(`${path} is no JSON: ${(error as Error).message.replace(/\s+/g, ' ').slice(0, 160)}`);
    return undefined;
  }
}

function parseOperation(files: ContractFiles, problems: string[]): Operation | null {
  if (files['operation.json'] === undefined) {
    problems.push('operation.json is missing');
    return null;
  }
  const operation = parseJson(files, 'operation.json', problems);
  if (operation === undefined) return null;
  const validate = validators['operation.schema.json'];
  if (validate(operation)) return operation as Operation;
  for (const error of validate.errors ?? []) {
    if (isChoice(error)) continue;
    problems.push(
      `operation.json${error.instancePath === '' ? '' : ` at ${error.instancePath}`}: ${operationFileRule(error.keyword, error.params)}`,
    );
  }
  return null;
}

function isChoice({ keyword }: { readonly keyword: string }): boolean {
  return keyword === 'if' || keyword === 'anyOf' || keyword === 'oneOf';
}

/** 0: only that no branch of a choice fits; 1: the type that one branch would have; 2: anything else. */
function saysMuch(error: { readonly keyword: string }): number {
  if (isChoice(error)) return 0;
  return error.keyword === 'type' ? 1 : 2;
}

function operationFileRule(keyword: string, params: Record<string, unknown>): string {
  if (keyword === 'required') return `"${params['missingProperty']}" is missing`;
  if (keyword === 'additionalProperties') return `"${params['additionalProperty']}" is not known here`;
  if (keyword === 'enum') return `must be one of ${JSON.stringify(params['allowedValues'])}`;
  if (keyword === 'type') return `must be of type ${params['type']}`;
  if (keyword === 'pattern') return `must match ${params['pattern']}`;
  return `breaks "${keyword}" ${JSON.stringify(params)}`;
}

function parseSchemas(
  files: ContractFiles,
  operation: Operation | null,
  problems: string[],
): Record<string, JsonSchema> {
  const schemas: Record<string, JsonSchema> = {};
  for (const path of Object.keys(files)
    .filter((name) => /^[^/]+\.schema\.json$/.test(name))
    .sort()) {
    const schema = parseJson(files, path, problems);
    if (schema === undefined) continue;
    if (typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema)))
      schemas[path] = schema as JsonSchema;
    else problems.push(`${path} is no JSON Schema: a schema is an object or a boolean`);
  }
  const named =
    operation === null
      ? []
      : [operation.request.schema, ...Object.values(operation.responses).map((rule) => rule.schema)];
  for (const file of new Set(named)) {
    if (files[file] === undefined) problems.push(`${file}, named in operation.json, is missing`);
  }
  return schemas;
}

/** AJV with each of the schemas compiled; null where one of them is not sound, with its problems added. */
function compiled(schemas: Record<string, JsonSchema>, problems: string[]): ReturnType<typeof createAjv> | null {
  const meta = createAjv({});
  for (const [file, schema] of Object.entries(schemas)) {
    const draft = typeof schema === 'object' ? schema['$schema'] : undefined;
    if (draft !== undefined && draft !== 'https://json-schema.org/draft/2020-12/schema') {
      problems.push(`${file}: "$schema" is ${JSON.stringify(draft)}, but only draft 2020-12 is read`);
      continue;
    }
    if (!meta.validateSchema(schema as object)) {
      // The last of a place wins: what a choice was refused for says more than that it was refused.
      const errors = [...(meta.errors ?? [])].sort((one, other) => saysMuch(one) - saysMuch(other));
      const places = new Map(errors.map((error) => [error.instancePath, error]));
      for (const [pointer, error] of places)
        problems.push(
          `${file} at ${pointer === '' ? '/' : pointer}: ${operationFileRule(error.keyword, error.params)}`,
        );
      continue;
    }
    for (const problem of keywordProblems(schema))
      problems.push(`${file} at ${problem.pointer}: ${problem.what}; ${problem.fix}`);
  }
  for (const { file, ref } of endlessReferences(schemas))
    problems.push(`${file}: the $ref ${JSON.stringify(ref)} leads back to itself, so nothing is ever held to it`);
  if (problems.length > 0) return null;
  const attempt = <T>(file: string, does: () => T): T | null => {
    try {
      return does();
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
      return null;
    }
  };
  const ajv = attempt(Object.keys(schemas).join(', '), () => sharedAjv(schemas));
  for (const file of Object.keys(schemas)) attempt(file, () => ajv?.getSchema(file));
  return problems.length === 0 ? ajv : null;
}

function checkPointers(operation: Operation, schemas: Record<string, JsonSchema>, problems: string[]): void {
  const check = (file: string, pointer: string, where: string) => {
    if (!hasPlace(schemas, file, schemas[file] ?? true, pointerTokens(pointer))) {
      problems.push(`operation.json at ${where}: ${pointer} is nothing that ${file} describes`);
    }
  };
  const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  const parameters = pathParameters(operation.path);
  for (const [index, input] of (operation.inputs ?? []).entries()) {
    const isBody = 'pointer' in input;
    if (isBody === 'path' in input)
      problems.push(
        `operation.json at /inputs/${index}: needs either "pointer" (into the body) or "path" (a parameter)`,
      );
    else if (isBody) check(operation.request.schema, input.pointer, `/inputs/${index}/pointer`);
    else if (!parameters.includes(input.path))
      problems.push(`operation.json at /inputs/${index}/path: ${operation.path} has no parameter {${input.path}}`);
  }
  for (const name of parameters)
    if (!(operation.inputs ?? []).some((input) => 'path' in input && input.path === name))
      problems.push(
        `operation.json at /path: no input gives {${name}} its value; add one such as { "path": "${name}", "env": "ASSAY_${environmentName(name)}", "required": true }`,
      );
  for (const [status, rule] of Object.entries(operation.responses))
    if (typeof rule.fieldCodes === 'object')
      for (const pointer of Object.keys(rule.fieldCodes))
        check(operation.request.schema, pointer, `/responses/${status}/fieldCodes`);
  for (const [index, echo] of (operation.echo ?? []).entries()) {
    check(operation.request.schema, echo.request, `/echo/${index}/request`);
    for (const [, rule] of success) check(rule.schema, echo.response, `/echo/${index}/response`);
  }
  for (const [, rule] of success) {
    if (operation.created) check(rule.schema, operation.created.id, '/created/id');
    if (operation.created?.time !== undefined) check(rule.schema, operation.created.time, '/created/time');
  }
}

function giversOf(
  operation: Operation,
  giverNamed: (name: string) => Contract | string,
  problems: string[],
): Contract[] {
  const givers = new Map<string, Contract>();
  for (const [index, { from }] of (operation.inputs ?? []).entries()) {
    if (from === undefined) continue;
    const giver = givers.get(from.operation) ?? giverNamed(from.operation);
    if (typeof giver === 'string') problems.push(`operation.json at /inputs/${index}/from: ${giver}`);
    else if (!hasInSuccess(giver, from.pointer))
      problems.push(
        `operation.json at /inputs/${index}/from: ${from.pointer} is nothing that a success of ${giver.name} has`,
      );
    else givers.set(from.operation, giver);
  }
  return [...givers.values()];
}

function parseExamples(files: ContractFiles, problems: string[]): Example[] {
  const examples: Example[] = [];
  for (const path of Object.keys(files)
    .filter((name) => name.startsWith('examples/') && name.endsWith('.json'))
    .sort()) {
    const match = /^examples\/(request|[1-5]\d\d)\.(valid|invalid)\.([^/]+)\.json$/.exec(path);
    if (!match) continue;
    const body = parseJson(files, path, problems);
    if (body !== undefined)
      examples.push({
        file: path,
        message: match[1] ?? '',
        isValid: match[2] === 'valid',
        what: match[3] ?? '',
        body: body as Json,
      });
  }
  return examples;
}
