import { type Contract, responseRule } from '../../contracts/lib/contract.ts';
import type { Json, JsonSchema } from '../../contracts/lib/operation.ts';

/** Where OpenAPI keeps schemas. */
const COMPONENTS = '#/components/schemas/';

/** Reason phrases for descriptions, which OpenAPI demands. */
const PHRASES: Readonly<Record<string, string>> = {
  '200': 'OK',
  '201': 'Created',
  '202': 'Accepted',
  '400': 'Bad Request',
  '401': 'Unauthorized',
  '403': 'Forbidden',
  '404': 'Not Found',
  '409': 'Conflict',
  '415': 'Unsupported Media Type',
  '422': 'Unprocessable Content',
  '429': 'Too Many Requests',
};

/**
 * An OpenAPI 3.1 document of a contract, so that other tools can read it. JSON Schema 2020-12 stands in it as it is;
 * each schema file becomes a component, and references between files become references between components.
 */
export function openApiDocument(contract: Contract): Json {
  const { operation } = contract;
  const component = (file: string) => ({ $ref: `${COMPONENTS}${componentName(file)}` });
  const content = (file: string, examples: Json | undefined) => ({
    'application/json': { schema: component(file), ...(examples === undefined ? {} : { examples }) },
  });
  const examplesOf = (message: string): Json | undefined => {
    const valid = contract.examples.filter((example) => example.message === message && example.isValid);
    return valid.length === 0 ? undefined : Object.fromEntries(valid.map(({ what, body }) => [what, { value: body }]));
  };
  const hasBody = !['GET', 'HEAD'].includes(operation.method);
  const security = operation.auth.scheme === 'bearer' ? [{ bearer: [] }] : [];
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: operation.name, version: '1.0.0' },
    servers: [{ url: operation.baseUrl }],
    paths: {
      [operation.path]: {
        [operation.method.toLowerCase()]: {
          operationId: operation.name,
          security,
          ...parameters(operation.path),
          ...(hasBody
            ? { requestBody: { required: true, content: content(operation.request.schema, examplesOf('request')) } }
            : {}),
          responses: Object.fromEntries(
            Object.keys(operation.responses).map((status) => {
              const rule = responseRule(operation, Number(status));
              const codes = rule?.codes === undefined ? '' : `: ${rule.codes.join(', ')}`;
              return [
                status,
                {
                  description: `${PHRASES[status] ?? `Status ${status}`}${codes}`,
                  content: content(rule?.schema ?? '', examplesOf(status)),
                },
              ];
            }),
          ),
        },
      },
    },
    components: {
      schemas: Object.fromEntries(
        Object.entries(contract.schemas).map(([file, schema]) => [
          componentName(file),
          componentOf(contract, file, schema),
        ]),
      ),
      ...(operation.auth.scheme === 'bearer'
        ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } }
        : {}),
    },
  };
}

/** Parameters of a path template: OpenAPI demands that each is declared. */
function parameters(path: string): { parameters?: Json } {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');
  if (names.length === 0) return {};
  return { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) };
}

function componentName(file: string): string {
  return file.replace(/\.schema\.json$/, '').replace(/[^A-Za-z0-9._-]/g, '_');
}

/** The schema with its references pointing into the document; without `$id`, which would make them point elsewhere. */
function componentOf(contract: Contract, file: string, schema: JsonSchema): Json {
  const rewrite = (value: unknown, isMap: boolean): Json => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item, false));
    if (typeof value !== 'object' || value === null) return value as Json;
    return Object.fromEntries(
      Object.entries(isMap ? value : besideRef(value))
        .filter(([key]) => isMap || (key !== '$id' && key !== '$schema'))
        .map(([key, child]) => {
          if (!isMap && key === '$ref' && typeof child === 'string') return [key, rewrittenRef(contract, file, child)];
          if (!isMap && LITERALS.has(key)) return [key, child as Json];
          return [key, rewrite(child, !isMap && MAPS.has(key))];
        }),
    );
  };
  return rewrite(schema, false);
}

/**
 * A reference with constraints beside it as the first of `allOf`, which means the same: many readers of OpenAPI still
 * overlook what stands beside a reference, as versions before 3.1 had it.
 */
function besideRef(schema: object): object {
  const { $ref, ...rest } = schema as { $ref?: unknown };
  const isAlone = Object.keys(rest).every((key) => key === 'description' || key === 'summary');
  if (typeof $ref !== 'string' || isAlone) return schema;
  const { allOf = [], ...others } = rest as { allOf?: readonly unknown[] };
  return { ...others, allOf: [{ $ref }, ...allOf] };
}

/** Keywords whose value is data, and those whose keys are names and no keywords. */
const LITERALS = new Set(['const', 'enum', 'default', 'example', 'examples']);
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);

function rewrittenRef(contract: Contract, file: string, ref: string): string {
  const [path = '', fragment = ''] = ref.split('#');
  const target =
    path === ''
      ? file
      : Object.keys(contract.schemas).find((name) => {
          const schema = contract.schemas[name];
          return name === path || (typeof schema === 'object' && schema['$id'] === path);
        });
  // An anchor is found by its name in the whole document.
  if (fragment !== '' && !fragment.startsWith('/')) return `#${fragment}`;
  return `${COMPONENTS}${componentName(target ?? file)}${fragment}`;
}
