import { pointerTokens, toPointer, valueAt } from '../lib/pointer.ts';
import { UserError } from '../lib/user-error.ts';
import { isObject } from './json-value.ts';
import type { MessageBody, MessageContract, ResponseMessage } from './message-contract.ts';
import type { Direction } from './rules.ts';
import type { SchemaSource } from './schema-bundle.ts';

/** Reads the operations of an OpenAPI 3.0 or 3.1 document as contracts. Other files it refers to are in `documents`. */

type Node = { readonly [key: string]: unknown };

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
/** Where parameters may stand. */
const PLACES = ['path', 'query', 'header', 'cookie'];
/** Where parameters are put together as one schema, in a copy of the document. */
const PARAMETERS = 'x-assay-parameters';

export function isOpenApi(document: unknown): boolean {
  return isObject(document) && (document['openapi'] !== undefined || document['swagger'] !== undefined);
}

/** Throws a UserError for a document that is no OpenAPI 3. */
export function openApiContracts(file: string, documents: ReadonlyMap<string, unknown>): MessageContract[] {
  const document = documents.get(file);
  const version = isObject(document) ? String(document['openapi']) : '';
  if (!isObject(document) || !/^3\.[01](\.|$)/.test(version)) {
    throw new UserError(`${file} cannot be read`, {
      why: `OpenAPI 3.0 and 3.1 are read; this says ${version === 'undefined' ? 'swagger 2' : version}`,
      fix: 'convert it to OpenAPI 3.1',
    });
  }
  return new OpenApiReader(file, document, documents, version.startsWith('3.0')).contracts();
}

class OpenApiReader {
  private readonly file: string;
  private readonly document: Node;
  private readonly requestDocuments: ReadonlyMap<string, unknown>;
  private readonly responseDocuments: ReadonlyMap<string, unknown>;
  private readonly parameters: Record<string, unknown> = {};
  private readonly isOld: boolean;

  constructor(file: string, document: Node, documents: ReadonlyMap<string, unknown>, isOld: boolean) {
    this.file = file;
    this.document = document;
    this.isOld = isOld;
    const asSeen = (direction: Direction): Map<string, unknown> =>
      new Map([...documents].map(([name, one]) => [name, seenIn(direction, isOld ? modernSchemas(one) : one, one)]));
    const requests = asSeen('request');
    requests.set(file, { ...(requests.get(file) as Node), [PARAMETERS]: this.parameters });
    this.requestDocuments = requests;
    this.responseDocuments = asSeen('response');
  }

  contracts(): MessageContract[] {
    const paths = isObject(this.document['paths']) ? this.document['paths'] : {};
    return Object.entries(paths).flatMap(([path, item]) => {
      const { value, pointer } = this.resolved(item, toPointer(['paths', path]));
      return METHODS.filter((method) => isObject(value[method])).map((method) =>
        this.contract(path, method, value, pointer),
      );
    });
  }

  private contract(path: string, method: string, item: Node, itemPointer: string): MessageContract {
    const operation = item[method] as Node;
    const pointer = `${itemPointer}/${method}`;
    const servers = listOf(operation['servers'] ?? item['servers'] ?? this.document['servers']);
    const [server] = servers;
    const responses = isObject(operation['responses']) ? operation['responses'] : {};
    return {
      label: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      baseUrl: isObject(server) && typeof server['url'] === 'string' ? server['url'] : null,
      auth: this.auth(operation['security'] ?? this.document['security']),
      limit: undefined,
      parameters: this.parameterSchema(`${method} ${path}`, [
        ...listOf(item['parameters']),
        ...listOf(operation['parameters']),
      ]),
      request: this.request(operation['requestBody'], `${pointer}/requestBody`),
      responses: new Map(
        Object.entries(responses).map(([status, response]) => [
          status.toUpperCase().replace('DEFAULT', 'default'),
          this.response(response, `${pointer}/responses/${status}`),
        ]),
      ),
    };
  }

  /** Follows local references of the document itself (path items, parameters, bodies, responses). */
  private resolved(value: unknown, pointer: string): { value: Node; pointer: string } {
    let [node, at] = [value, pointer];
    for (let hops = 0; hops < 20 && isObject(node) && typeof node['$ref'] === 'string'; hops++) {
      const ref = node['$ref'];
      const target = ref.startsWith('#/') ? valueAt(this.document, decodeURIComponent(ref.slice(1))) : undefined;
      if (target === undefined) {
        throw new UserError(`${this.file} cannot be read`, {
          why: `${this.file}#${at}/$ref leads nowhere in this file: ${JSON.stringify(ref)}`,
          fix: 'correct the reference; those to paths, parameters, bodies and responses must be local',
        });
      }
      [node, at] = [target, toPointer(pointerTokens(decodeURIComponent(ref.slice(1))))];
    }
    return { value: isObject(node) ? node : {}, pointer: at };
  }

  private request(body: unknown, pointer: string): MessageBody | null {
    if (body === undefined) return null;
    const { value, pointer: at } = this.resolved(body, pointer);
    return { isRequired: value['required'] === true, content: this.content(value, at, this.requestDocuments) };
  }

  private response(response: unknown, pointer: string): ResponseMessage {
    const { value, pointer: at } = this.resolved(response, pointer);
    return { content: this.content(value, at, this.responseDocuments), codes: null, fieldCodes: null };
  }

  private content(
    holder: Node,
    pointer: string,
    documents: ReadonlyMap<string, unknown>,
  ): ReadonlyMap<string, SchemaSource | null> {
    const content = isObject(holder['content']) ? holder['content'] : {};
    return new Map(
      Object.entries(content).map(([type, media]) => {
        const at = `${pointer}/content${toPointer([type])}/schema`;
        const hasSchema = isObject(media) && media['schema'] !== undefined;
        return [
          type.split(';')[0]?.trim().toLowerCase() ?? type,
          hasSchema ? { file: this.file, pointer: at, documents } : null,
        ];
      }),
    );
  }

  /** All parameters as one object: by place, by name. */
  private parameterSchema(key: string, parameters: readonly unknown[]): SchemaSource {
    const byPlace = new Map(
      PLACES.map((place) => [place, new Map<string, { schema: unknown; isRequired: boolean }>()]),
    );
    for (const parameter of parameters) {
      const { value } = this.resolved(parameter, '/parameters');
      const [place, name] = [String(value['in']), String(value['name'])];
      const content = isObject(value['content']) ? Object.values(value['content'])[0] : undefined;
      const schema = value['schema'] ?? (isObject(content) ? content['schema'] : undefined) ?? true;
      byPlace.get(place)?.set(place === 'header' ? name.toLowerCase() : name, {
        schema,
        isRequired: value['required'] === true,
      });
    }
    const properties = [...byPlace].map(([place, known]) => [
      place,
      {
        type: 'object',
        properties: Object.fromEntries([...known].map(([name, { schema }]) => [name, schema])),
        required: [...known].filter(([, { isRequired }]) => isRequired).map(([name]) => name),
      },
    ]);
    const schema = { type: 'object', properties: Object.fromEntries(properties), required: PLACES };
    this.parameters[key] = seenIn('request', this.isOld ? modernSchemas(schema) : schema, this.document);
    return { file: this.file, pointer: toPointer([PARAMETERS, key]), documents: this.requestDocuments };
  }

  private auth(security: unknown): string {
    const requirements = listOf(security).filter(isObject);
    if (requirements.length === 0 || requirements.some((one) => Object.keys(one).length === 0)) return 'none';
    const schemes = valueAt(this.document, '/components/securitySchemes');
    const describe = ([name, scopes]: [string, unknown]): string => {
      const scheme = isObject(schemes) ? schemes[name] : undefined;
      if (!isObject(scheme)) return name;
      const needed = listOf(scopes).map(String).sort();
      const suffix = needed.length > 0 ? ` (${needed.join(', ')})` : '';
      if (scheme['type'] === 'http') return String(scheme['scheme']).toLowerCase() + suffix;
      if (scheme['type'] === 'apiKey') return `key in ${String(scheme['in'])} ${String(scheme['name'])}`;
      return String(scheme['type']) + suffix;
    };
    const alternatives = requirements.map((one) => Object.entries(one).map(describe).sort().join(' and '));
    return [...new Set(alternatives)].sort().join(' or ');
  }
}

/** Members that hold data, in which nothing is a schema. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const']);

function mapped(value: unknown, change: (node: Node) => Node, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, change));
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      DATA.has(key) && !isMap ? child : mapped(child, change, key === 'properties' && isObject(child)),
    ]),
  );
  return isMap ? inner : change(inner);
}

/** The schemas of OpenAPI 3.0 as those of draft 2020-12: `nullable`, and bounds that are exclusive by a flag. */
function modernSchemas(document: unknown): unknown {
  return mapped(document, (node) => {
    let out: Record<string, unknown> = { ...node };
    for (const [flag, bound] of [
      ['exclusiveMinimum', 'minimum'],
      ['exclusiveMaximum', 'maximum'],
    ] as const) {
      if (typeof out[flag] !== 'boolean') continue;
      const value = out[bound];
      if (out[flag] === true && value !== undefined) {
        out[flag] = value;
        delete out[bound];
      } else delete out[flag];
    }
    if (out['nullable'] === true) {
      const { nullable: _, ...rest } = out;
      const hasBranches = ['$ref', 'allOf', 'anyOf', 'oneOf'].some((keyword) => rest[keyword] !== undefined);
      if (typeof rest['type'] === 'string') out = { ...rest, type: [rest['type'], 'null'] };
      else if (hasBranches) out = { anyOf: [rest, { type: 'null' }] };
    }
    return out;
  });
}

/** The document as one direction sees it: readOnly properties are not sent, writeOnly ones do not come back. */
function seenIn(direction: Direction, document: unknown, original: unknown): unknown {
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly';
  const isHidden = (property: unknown): boolean => {
    if (!isObject(property)) return false;
    if (property[flag] === true) return true;
    const ref = property['$ref'];
    const target = typeof ref === 'string' && ref.startsWith('#/') ? valueAt(original, ref.slice(1)) : undefined;
    return isObject(target) && target[flag] === true;
  };
  return mapped(document, (node) => {
    const properties = node['properties'];
    if (!isObject(properties)) return node;
    const hidden = Object.keys(properties).filter((name) => isHidden(properties[name]));
    if (hidden.length === 0) return node;
    const required = listOf(node['required']).filter((name) => !hidden.includes(String(name)));
    return {
      ...node,
      properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden.includes(name))),
      ...(Array.isArray(node['required']) ? { required } : {}),
    };
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
