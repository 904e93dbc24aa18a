import type { Json, JsonSchema, Operation, PathInput, ResponseRule } from '../../contracts/lib/operation.ts';
import { UserError } from '../../contracts/lib/user-error.ts';
import {
  type ContractDraft,
  createdBy,
  DRAFT,
  type DraftExample,
  echoedInputs,
  nameOfRoute,
  pathInput,
  referenceInputs,
} from './contract-draft.ts';
import { codesIn } from './error-codes.ts';
import type { CurlRequest } from './parse-curl.ts';
import type { SavedResponse } from './parse-response.ts';
import { schemaOfSamples } from './sample-schema.ts';

/** A contract read off one request and its answers. Pure; throws UserError. */
export function draftFromExchange(
  request: CurlRequest,
  responses: readonly SavedResponse[],
  name: string | null,
): ContractDraft {
  const { baseUrl, path, inputs: pathInputs } = addressOf(request.url);
  if (!/^(GET|POST|PUT|PATCH|DELETE)$/.test(request.method))
    throw new UserError('the curl command cannot be imported', {
      why: `its method is ${request.method}`,
      fix: 'import a GET, POST, PUT, PATCH or DELETE',
    });
  if (!responses.some(({ status }) => status >= 200 && status < 300))
    throw new UserError('the exchange cannot be imported', {
      why: 'no answer is a success (200 to 299), so nothing is known of it',
      fix: 'give one with --from-response; save it with `curl -i`',
    });
  const sent = bodyOf(request);
  const requestSchema: JsonSchema = sent === undefined ? { type: 'object' } : schemaOfSamples([sent]);
  const fields = typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? Object.keys(sent) : [];
  const bodyInputs = sent === undefined ? [] : referenceInputs(requestSchema, sent);
  const statuses = [...new Set(responses.map(({ status }) => status))].sort((a, b) => a - b);
  const schemas: Record<string, JsonSchema> = {
    'request.schema.json': titled('request', `Body of ${request.method} ${path}, from one request.`, requestSchema),
  };
  const rules: Record<string, ResponseRule> = {};
  let success: JsonSchema | undefined;
  const errorBodies = responses.filter(({ status }) => status >= 400).map(({ body }) => body);
  for (const status of statuses) {
    const bodies = responses.filter((one) => one.status === status).map(({ body }) => body);
    const isError = status >= 400;
    const file = isError ? 'errors.schema.json' : `${status}.schema.json`;
    const schema = schemaOfSamples(isError ? errorBodies : bodies);
    schemas[file] = titled(
      file.replace('.schema.json', ''),
      `${isError ? 'Body of every error' : `Answer ${status}`}, from what was answered.`,
      schema,
    );
    if (!isError) success ??= schemas[file];
    rules[String(status)] = { schema: file, ...(isError ? codesIn(bodies, fields) : {}) };
  }
  const operation: Operation = {
    name: name ?? nameOfRoute(request.method, path),
    method: request.method,
    path,
    baseUrl,
    auth: { scheme: request.hasBearer ? 'bearer' : 'none' },
    request: { schema: 'request.schema.json' },
    responses: rules,
    ...optional('inputs', [...pathInputs, ...bodyInputs]),
    ...optional('echo', echoedInputs(bodyInputs, success)),
    ...some('created', createdBy(request.method, success)),
    sources: {
      request: 'one request',
      ...Object.fromEntries(statuses.map((one) => [`responses.${one}`, 'one answer'])),
    },
  };
  const examples: DraftExample[] = [
    ...(sent === undefined ? [] : [{ message: 'request', what: 'sample', body: sent }]),
    ...responses.map(({ status, body }) => ({ message: String(status), what: 'sample', body })),
  ];
  return {
    operation,
    schemas,
    examples,
    notes: [
      'types and required fields are those of the samples: make them those of the documents',
      ...(request.otherHeaders.length > 0
        ? [`not sent by assay: the headers ${request.otherHeaders.join(', ')} of the command`]
        : []),
      ...(request.hasBearer ? ['the key in the command was not kept: set ASSAY_API_KEY'] : []),
      ...(request.hasBearer && !statuses.includes(401)
        ? ['no answer 401 was given, so only "some 4xx" is asked for a wrong key']
        : []),
      ...(sent !== undefined && !statuses.some((one) => one === 400 || one === 422)
        ? ['no answer 400 was given, so only "some 4xx" is asked for an invalid request']
        : []),
    ],
  };
}

function titled(title: string, description: string, schema: JsonSchema): JsonSchema {
  const words = title.replace(/^\d+$/, 'Answer$&').replace(/^./, (first) => first.toUpperCase());
  const body = typeof schema === 'boolean' ? {} : schema;
  return { $schema: DRAFT, $id: `${title}.schema.json`, title: words, description, ...body };
}

function optional<Name extends string, Item>(name: Name, items: readonly Item[]): { [N in Name]?: readonly Item[] } {
  return (items.length === 0 ? {} : { [name]: items }) as { [N in Name]?: readonly Item[] };
}

function some<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };
}

function bodyOf({ body }: CurlRequest): Json | undefined {
  if (body === null) return undefined;
  try {
    return JSON.parse(body) as Json;
  } catch (error) {
    throw new UserError('the curl command cannot be imported', {
      why: `its body is no JSON: ${(error as Error).message}`,
      fix: 'import an operation with a JSON body, and put the JSON itself into the command',
    });
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Base URL up to a version ("/v1"), and the path with its ids as parameters. */
function addressOf(text: string): { baseUrl: string; path: string; inputs: PathInput[] } {
  let url: URL;
  try {
    url = new URL(/^https?:/i.test(text) ? text : `https://${text}`);
  } catch {
    throw new UserError('the curl command cannot be imported', {
      why: `${text.slice(0, 80)} is no URL`,
      fix: 'correct it',
    });
  }
  if (url.search !== '')
    throw new UserError('the curl command cannot be imported', {
      why: 'its URL has a query, which no contract can say',
      fix: 'import a request without one',
    });
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeURIComponent);
  const version = segments.findLastIndex((segment) => /^v\d+(\.\d+)*$/i.test(segment));
  const inputs: PathInput[] = [];
  const parts = segments.slice(version + 1).map((segment, index, all) => {
    const isNumber = /^\d+$/.test(segment);
    if (!isNumber && !UUID.test(segment)) return segment;
    const before = all[index - 1]?.replace(/ies$/, 'y').replace(/s$/, '') ?? 'id';
    const name = inputs.some((input) => input.path === before) ? `${before}${inputs.length + 1}` : before;
    inputs.push(pathInput(name, isNumber ? 'integer' : 'string', segment));
    return `{${name}}`;
  });
  const base = segments.slice(0, version + 1).join('/');
  return { baseUrl: `${url.origin}${base === '' ? '' : `/${base}`}`, path: `/${parts.join('/')}`, inputs };
}
