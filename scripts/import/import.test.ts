import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Json } from '../../contracts/lib/operation.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import { mutantSettings } from '../contract/mutants.ts';
import { runBare } from '../contract/run-cases.ts';
import { testHost } from '../lib/test-host.ts';
import { startReferenceApi } from '../reference-api/server.ts';
import { parseCurl } from './parse-curl.ts';
import { runImport } from './run-import.ts';
import { runNew } from './run-new.ts';

/** Folders that import and new write, and that every command takes as they are. */

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function project(files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-import-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { folder, host: { ...testHost(), cwd: folder } };
}

const nothing = { file: null, operation: null, name: null, out: null, isForced: false, curl: null, responses: [] };

/** Runs every case of a folder against the reference API, which speaks it. */
async function suiteOf(directory: string) {
  const contract = readContract(directory);
  const api = await startReferenceApi({
    contract,
    apiKey: mutantSettings(contract, 'http://127.0.0.1:9', 'http://127.0.0.1:9').target.apiKey,
  });
  try {
    const settings = mutantSettings(contract, api.baseUrl, api.baseUrl);
    return await runBare({ settings, cases: true, limit: false, inFlight: 4, sleep: async () => {} });
  } finally {
    await api.close();
  }
}

const SHOP = `
openapi: 3.0.3
info: { title: Shop, version: "1" }
servers: [{ url: "https://{region}.shop.example/v2", variables: { region: { default: eu } } }]
security: [{ key: [] }]
paths:
  /shops/{shopId}/orders/{ref}:
    parameters:
      - { name: shopId, in: path, required: true, schema: { type: integer }, example: 12 }
      - { $ref: "#/components/parameters/Ref" }
    post:
      operationId: createOrder
      parameters: [{ name: dry, in: query, schema: { type: boolean } }]
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } }
      responses:
        "201":
          description: ok
          content: { application/json: { schema: { $ref: "placed.json#/Placed" }, example: { id: 1, note: null } } }
        "400":
          description: bad
          content:
            application/json:
              schema: { $ref: "#/components/schemas/Problem" }
              examples:
                two: { value: { errors: [{ code: invalid }, { code: customerId }] } }
                wrong: { value: { errors: 7 } }
        "401":
          description: no
          content:
            application/json: { schema: { $ref: "#/components/schemas/Problem" }, example: { errors: [{ code: unauthorized }] } }
        "404": { description: nothing }
        default: { description: any }
  /shops:
    get:
      parameters: [{ name: page, in: query, required: true, schema: { type: integer } }]
      responses: { "204": { description: none } }
components:
  securitySchemes: { key: { type: http, scheme: bearer } }
  parameters: { Ref: { name: ref, in: path, required: true, schema: { type: string, format: uuid } } }
  schemas:
    Order:
      type: object
      required: [customerId]
      properties:
        customerId: { type: integer, format: int64 }
        coupon: { type: string, nullable: true, maxLength: 8, x-internal: true }
        secret: { type: string, format: password }
        id: { type: integer, readOnly: true }
        item: { $ref: "#/components/schemas/Item" }
    Item: { type: object, properties: { sku: { type: string, example: A-1 }, parts: { type: array, items: { $ref: "#/components/schemas/Item" } } } }
    Problem: { type: object, required: [errors], properties: { errors: { type: array, items: { type: object, required: [code], properties: { code: { type: string } } } } } }
`;
const PLACED = JSON.stringify({
  Placed: {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'integer' },
      customerId: { type: 'integer' },
      createdAt: { type: 'string', format: 'date-time' },
      note: { type: 'string', nullable: true },
    },
  },
});

describe('an operation of an OpenAPI document', () => {
  const files = { 'api.yaml': SHOP, 'placed.json': PLACED };

  test('becomes a folder that the suite, the generator and the reference API take', async () => {
    const { folder, host } = project(files);
    expect(await runImport({ ...nothing, file: 'api.yaml', operation: 'createOrder' }, host)).toBe(ExitCode.Ok);
    const directory = join(folder, 'contracts', 'create-order');
    const { operation, schemas } = readContract(directory);
    expect(operation).toMatchObject({
      ...{ method: 'POST', path: '/shops/{shopId}/orders/{ref}', baseUrl: 'https://eu.shop.example/v2' },
      auth: { scheme: 'bearer' },
      responses: {
        '201': { schema: '201.schema.json' },
        '400': { schema: 'errors.schema.json', codes: ['invalid'], fieldCodes: true },
        '401': { schema: 'errors.schema.json', codes: ['unauthorized'] },
      },
      inputs: [
        { path: 'shopId', env: 'ASSAY_SHOP_ID', required: true, example: 12 },
        { path: 'ref', env: 'ASSAY_REF', required: true, type: 'string' },
        { pointer: '/customerId', env: 'ASSAY_CUSTOMER_ID', required: true },
      ],
      echo: [{ request: '/customerId', response: '/customerId' }],
      created: { id: '/id', time: '/createdAt' },
    });
    expect(schemas['request.schema.json']).toEqual({
      ...{ $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'request.schema.json', title: 'Order' },
      ...{ type: 'object', required: ['customerId'] },
      properties: {
        customerId: { type: 'integer', format: 'int64' },
        coupon: { type: ['string', 'null'], maxLength: 8 },
        secret: { type: 'string' },
        item: { $ref: '#/$defs/Item' },
      },
      $defs: {
        Item: {
          type: 'object',
          properties: {
            sku: { type: 'string', examples: ['A-1'] },
            parts: { type: 'array', items: { $ref: '#/$defs/Item' } },
          },
        },
      },
    });
    const { out } = host.said();
    for (const note of [
      'not sent: dry (query parameters, optional)',
      'the format "password" was left out',
      'the response 404 was left out',
      'the response "default" was left out',
      'the example "wrong" of 400 was left out',
      'examples/request.valid.made-up.json',
      'set for a server of your own: ASSAY_SHOP_ID, ASSAY_REF, ASSAY_CUSTOMER_ID',
      'next: ASSAY_CONTRACT=create-order npx assay contract',
    ])
      expect(out).toContain(note);
    expect(readFileSync(join(directory, 'generated/types.ts'), 'utf8')).toContain('export interface Order');
    const result = await suiteOf(directory);
    expect(
      result.cases.filter((one) => one.outcome === 'broken').map(({ id, received }) => `${id} ${received}`),
    ).toEqual([]);
    expect(result).toMatchObject({ verdict: 'holds' });
    expect(result.cases.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['ids.path.shopId.text', 'field.customerId.missing']),
    );
  });

  test('is not written over what is there, but for --force', async () => {
    const { host } = project({ ...files, 'contracts/create-order/mine.txt': 'x' });
    const options = { ...nothing, file: 'api.yaml', operation: 'POST /shops/{shopId}/orders/{ref}' };
    await expect(runImport(options, host)).rejects.toThrow('contracts/create-order is there already');
    expect(await runImport({ ...options, isForced: true }, host)).toBe(ExitCode.Ok);
  });

  test.each<[does: string, options: object, why: RegExp]>([
    ['no operation named', {}, /it describes createOrder, "GET \/shops"/],
    ['an unknown operation', { operation: 'x' }, /it describes createOrder/],
    ['a required query parameter', { operation: 'GET /shops' }, /requires page in its query/],
    ['a name that is none', { operation: 'createOrder', name: 'Create Order' }, /lower-case letters/],
    ['a file that is not there', { file: 'none.yaml' }, /the OpenAPI document should be in it/],
    ['a file that is no OpenAPI', { file: 'placed.json' }, /it has no "openapi"/],
    ['neither file nor curl', { file: null }, /an OpenAPI file is needed, or --from-curl/],
    ['both', { curl: 'request.txt' }, /exclude each other/],
  ])('is refused with %s', async (_, options, why) => {
    const { host } = project(files);
    const attempt = runImport({ ...nothing, file: 'api.yaml', ...options }, host);
    await expect(attempt).rejects.toThrow(
      expect.objectContaining({ exitCode: ExitCode.Usage, why: expect.stringMatching(why) }),
    );
  });
});

/** A document with one operation, whose request is `schema`, and with `more` at its end. */
const document = (schema: string, more = '') => `openapi: 3.1.0
info: { title: Things, version: "1" }
paths:
  /things:
    post:
      operationId: createThing
      requestBody: { content: { application/json: { schema: ${schema} } } }
      responses: { "201": { content: { application/json: { schema: { type: object } } } } }
${more}`;
const schemas = (text: string) => `components: { schemas: ${text} }`;
const A = '{ $ref: "#/components/schemas/A" }';
const B = '{ $ref: "#/components/schemas/B" }';
/** Each level holds the one before nine times. */
const aliases = 'abcdefghi'
  .split('')
  .map(
    (name, at, all) =>
      `${name}: &${name} [${Array.from({ length: 9 }, () => (at === 0 ? 'x' : `*${all[at - 1]}`)).join()}]`,
  )
  .join('\n');

test.each<[does: string, text: string, why: RegExp]>([
  ['a reference to nothing', document(A), /refer to what is not there: api.yaml#\/components\/schemas\/A$/],
  [
    'references to nothing, deep in it, all of them',
    document(`{ type: object, properties: { a: ${A}, b: { items: { $ref: "b.yaml#/B" } } } }`),
    /schemas\/A, b.yaml#\/B$/,
  ],
  [
    'a reference to another server',
    document('{ $ref: "https://example.com/a.json" }'),
    /https:\/\/example.com\/a.json#/,
  ],
  ['a schema that is only itself', document(A, schemas(`{ A: ${A} }`)), /leads back to itself/],
  [
    'schemas that are each other',
    document(A, schemas(`{ A: { allOf: [${B}] }, B: { anyOf: [{ type: string }, ${A}] } }`)),
    /leads back to itself/,
  ],
  ['a schema that is none', document('{ type: objet }'), /request.schema.json at \/type: must be one of/],
  [
    'two operations of one name',
    `${document('{}')}  /others: { post: { operationId: createThing } }`,
    /"POST \/things", "POST \/others"/,
  ],
  ['no operation', 'openapi: 3.1.0\nwebhooks: {}\n', /no paths with an operation/],
  ['aliases that explode', `openapi: 3.1.0\n${aliases}\n`, /stand for more than 5,000,000 values/],
  ['an alias of itself', 'openapi: 3.1.0\ninfo: &a { x: *a }\n', /or for themselves/],
])('an OpenAPI document is refused with %s', async (_, text, why) => {
  const { folder, host } = project({ 'api.yaml': text });
  await expect(runImport({ ...nothing, file: 'api.yaml', operation: 'createThing' }, host)).rejects.toThrow(
    expect.objectContaining({ exitCode: ExitCode.Usage, why: expect.stringMatching(why) }),
  );
  expect(existsSync(join(folder, 'contracts'))).toBe(false);
});

test('what is no keyword of JSON Schema is left out, and said; a property may be called so', async () => {
  const { folder, host } = project({
    'api.yaml': document(
      '{ type: object, sortable: true, properties: { sortable: { type: string, nullable: true } } }',
    ),
  });
  expect(await runImport({ ...nothing, file: 'api.yaml' }, host)).toBe(ExitCode.Ok);
  expect(readContract(join(folder, 'contracts/create-thing')).schemas['request.schema.json']).toMatchObject({
    properties: { sortable: { type: 'string' } },
  });
  for (const name of ['sortable', 'nullable'])
    expect(host.said().out).toContain(`the keyword "${name}" was left out: JSON Schema has none of this name`);
});

test('a mistyped operation is answered with the one that was probably meant', async () => {
  const { host } = project({ 'api.yaml': document('{}') });
  const attempt = runImport({ ...nothing, file: 'api.yaml', operation: 'createThnig' }, host);
  await expect(attempt).rejects.toMatchObject({ fix: 'Did you mean createThing?' });
});

const REQUEST = `curl 'https://api.shop.example/v1/chats/5215766/messages' \\
  -X POST --compressed -H 'Authorization: Bearer s3cret-of-the-user' -H "Content-Type: application/json" \\
  --data-raw $'{"text":"it\\'s","agentId":7,"deep":{"ownerId":"a"}}'
`;
const CREATED = `HTTP/2 100\r\n\r\nHTTP/2 201 Created\r\ncontent-type: application/json\r\n\r\n{"id":5,"text":"it's","agentId":7,"at":null}`;
const REFUSED = 'HTTP/1.1 400 Bad Request\n\n{"errors":[{"code":"invalid_request"},{"code":"text"}]}';

describe('an exchange', () => {
  const files = {
    'request.txt': REQUEST,
    'one.txt': CREATED,
    'two.txt': REFUSED,
    '401.json': '{"errors":[{"code":"invalid_token"}]}',
  };
  const options = { ...nothing, curl: 'request.txt', responses: ['one.txt', 'two.txt', '401.json'] };

  test('becomes a folder with the ids of its path as parameters, and without its key', async () => {
    const { folder, host } = project(files);
    expect(await runImport({ ...options, name: 'post-message' }, host)).toBe(ExitCode.Ok);
    const directory = join(folder, 'contracts', 'post-message');
    const { operation, examples } = readContract(directory);
    expect(operation).toMatchObject({
      ...{ method: 'POST', path: '/chats/{chat}/messages', baseUrl: 'https://api.shop.example/v1' },
      auth: { scheme: 'bearer' },
      responses: {
        '201': { schema: '201.schema.json' },
        '400': { codes: ['invalid_request'], fieldCodes: true },
        '401': { codes: ['invalid_token'] },
      },
      inputs: [
        { path: 'chat', env: 'ASSAY_CHAT', example: 5215766 },
        { pointer: '/agentId', env: 'ASSAY_AGENT_ID', required: true, example: 7 },
        { pointer: '/deep/ownerId', env: 'ASSAY_DEEP_OWNER_ID', type: 'string', example: 'a' },
      ],
    });
    const sent: Json = { text: "it's", agentId: 7, deep: { ownerId: 'a' } };
    expect(examples.find(({ message }) => message === 'request')?.body).toEqual(sent);
    const written = ['operation.json', 'request.schema.json', 'generated/contract.ts'].map((file) =>
      readFileSync(join(directory, file), 'utf8'),
    );
    expect([...written, host.said().out].join()).not.toContain('s3cret');
    expect(await suiteOf(directory)).toMatchObject({ verdict: 'holds' });
  });

  test.each<[does: string, options: object, files: Record<string, string>, why: RegExp]>([
    [
      'the command as an argument',
      { curl: "curl -H 'Authorization: Bearer x' https://a" },
      {},
      /seen by every process/,
    ],
    ['no answer', { responses: [] }, {}, /no answer is a success/],
    ['an answer without a status', { responses: ['body.json'] }, { 'body.json': '{}' }, /its status is not known/],
    ['an answer that is no JSON', { responses: ['200.txt'] }, { '200.txt': '<html>' }, /its body is no JSON/],
    ['an answer without a body', { responses: ['a'] }, { a: 'HTTP/1.1 204 No Content\n\n' }, /it has no body/],
    ['something else than curl', {}, { 'request.txt': 'wget https://a' }, /does not begin with "curl"/],
    ['a quote without its end', {}, { 'request.txt': "curl 'https://a" }, /a quote \('\) does not end/],
    ['a query', {}, { 'request.txt': 'curl https://a.example/b?c=1' }, /has a query/],
    ['a form', {}, { 'request.txt': 'curl -F a=b https://a.example/b' }, /sends a form/],
    ['Basic authentication', {}, { 'request.txt': 'curl -u me:x https://a.example/b' }, /Basic/],
    ['a body that is no JSON', {}, { 'request.txt': 'curl -d a=b https://a.example/b' }, /its body is no JSON/],
    [
      'a body in a file',
      {},
      { 'request.txt': 'curl -d @b.json https://a.example/b' },
      /its body is in the file b.json/,
    ],
    ['no URL', {}, { 'request.txt': 'curl -X POST' }, /it names no URL/],
    ['two URLs', {}, { 'request.txt': 'curl https://a.example/b https://a.example/c' }, /it names 2 URLs/],
    ['a file to upload', {}, { 'request.txt': 'curl -T b.json https://a.example/b' }, /it sends a file \(-T\)/],
    ['headers only', {}, { 'request.txt': 'curl -I https://a.example/b' }, /its method is HEAD/],
  ])('is refused with %s', async (_, more, changed, why) => {
    const { host } = project({ ...files, ...changed });
    const error = await runImport({ ...options, ...more }, host).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exitCode: ExitCode.Usage, why: expect.stringMatching(why) });
  });
});

const SENT = { method: 'PATCH', url: 'https://a.example/things', body: '{"a":1}', hasBearer: false, otherHeaders: [] };
test.each<[does: string, command: string, request: object]>([
  ['letters together', `curl -sSkXPATCH -d'{"a":1}' https://a.example/things`, SENT],
  ['a value behind letters', `curl -sSd '{"a":1}' -X PATCH https://a.example/things`, SENT],
  ['long options with =', `curl --request=PATCH --json='{"a":1}' --url=https://a.example/things`, SENT],
  [
    'a prompt, and what comes behind a pipe',
    `$ curl -X PATCH --json '{"a":1}' https://a.example/things | jq . 2>&1`,
    SENT,
  ],
  ['where output goes', `curl -X PATCH --json '{"a":1}' https://a.example/things -o out.json > log.txt`, SENT],
  [
    'the quotes of cmd, and lines that go on',
    'curl "https://a.example/things" \\\n  -X PATCH \\\r\n -H "Content-Type: application/json" -d "{\\"a\\":1}"',
    SENT,
  ],
  [
    'other headers, and cookies, by their names only',
    `curl -X PATCH --json '{"a":1}' -H 'X-Api-Key: s3cret' -H 'accept: */*' -b sid=s3cret https://a.example/things`,
    { ...SENT, otherHeaders: ['X-Api-Key', 'Cookie'] },
  ],
])('a curl command is read with %s', (_, command, request) => {
  expect(parseCurl(command)).toEqual(request);
});

test.each([
  { name: 'create-thing', method: 'POST', path: null },
  { name: 'rename-thing', method: 'PUT', path: '/things/{thing}' },
  { name: 'list-things', method: 'GET', path: '/things' },
])('a new contract $method $path is taken as it is', async (options) => {
  const { folder, host } = project();
  expect(await runNew({ ...options, baseUrl: null, out: null, isForced: false }, host)).toBe(ExitCode.Ok);
  const result = await suiteOf(join(folder, 'contracts', options.name));
  expect(result.cases.filter((one) => one.outcome === 'broken')).toEqual([]);
  expect(result.verdict).toBe('holds');
});
