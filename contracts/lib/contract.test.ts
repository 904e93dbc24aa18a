import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type ContractFiles, exampleProblems, parseContract } from './contract.ts';
import { readContract, readContractFiles } from './read-contract.ts';
import { UserError } from './user-error.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const directory = join(folder, 'create-chat');
const files = readContractFiles(directory);

describe.each(['create-chat', 'create-message'])('examples of the contract %s', (name) => {
  const contract = readContract(join(folder, name));
  test('are there, good and bad', () => {
    expect(contract.examples.filter((example) => example.isValid).length).toBeGreaterThan(4);
    expect(contract.examples.filter((example) => !example.isValid).length).toBeGreaterThan(2);
  });
  for (const { file, message, isValid, body } of contract.examples) {
    test(`${file} is ${isValid ? 'valid' : 'invalid'}`, () => {
      const schemaFile =
        message === 'request' ? contract.operation.request.schema : contract.operation.responses[message]?.schema;
      expect(contract.validator(schemaFile ?? '')(body)).toBe(isValid);
    });
  }
});

const change = (file: string, edit: (text: string) => string): ContractFiles => ({
  ...files,
  [file]: edit(files[file] ?? ''),
});
const without = (file: string): ContractFiles =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== file));
const withInput = (input: object) =>
  change('operation.json', (text) => text.replace('"inputs": [', `"inputs": [${JSON.stringify(input)},`));
const mistakes: { does: string; files: ContractFiles; why: RegExp }[] = [
  {
    does: 'an input that is of the body and of the path',
    files: withInput({ pointer: '/customer', path: 'a', env: 'A' }),
    why: /at \/inputs\/0: needs either "pointer" \(into the body\) or "path"/,
  },
  { does: 'an input that is of neither', files: withInput({ env: 'A' }), why: /at \/inputs\/0: needs either/ },
  {
    does: 'an input of a parameter that the path does not have',
    files: withInput({ path: 'shop', env: 'A' }),
    why: /at \/inputs\/0\/path: \/chats has no parameter \{shop\}/,
  },
  {
    does: 'a parameter without an input',
    files: change('operation.json', (text) => text.replace('"/chats"', '"/apps/{appId}/chats"')),
    why: /no input gives \{appId\} its value; add one such as .*ASSAY_APP_ID/,
  },
  {
    does: 'a code for a field that is none',
    files: change('operation.json', (text) => text.replace('"fieldCodes": true', '"fieldCodes": { "/owner": "a" }')),
    why: /at \/responses\/400\/fieldCodes: \/owner is nothing/,
  },
  {
    does: 'schemas that are each other',
    files: change('request.schema.json', (text) =>
      text.replace('"type": "object"', '"$defs": { "A": { "not": { "$ref": "#/$defs/A" } } }, "type": "object"'),
    ),
    why: /request.schema.json: the \$ref "#\/\$defs\/A" leads back to itself/,
  },
  {
    does: '"nullable"',
    files: change('request.schema.json', (text) =>
      text.replace('"type": "object"', '"nullable": true, "type": "object"'),
    ),
    why: /at \/nullable: "nullable" is of OpenAPI 3.0; write "null" into the list under type/,
  },
  { does: 'no operation.json', files: without('operation.json'), why: /operation.json is missing/ },
  {
    does: 'a schema that is not there',
    files: without('chat.schema.json'),
    why: /chat.schema.json, named in operation.json, is missing/,
  },
  {
    does: 'an operation.json that is no JSON',
    files: change('operation.json', (text) => text.slice(0, -20)),
    why: /operation.json is no JSON/,
  },
  {
    does: 'an unknown key',
    files: change('operation.json', (text) => text.replace('"inputs"', '"input"')),
    why: /"input" is not known/,
  },
  {
    does: 'a method that is none',
    files: change('operation.json', (text) => text.replace('"POST"', '"PSOT"')),
    why: /at \/method: must be one of/,
  },
  {
    does: 'a schema that is no JSON',
    files: change('chat.schema.json', () => '{'),
    why: /chat.schema.json is no JSON/,
  },
  { does: 'a schema that is a number', files: change('chat.schema.json', () => '7'), why: /is no JSON Schema/ },
  {
    does: 'a type that is none',
    files: change('chat.schema.json', (text) => text.replace('"type": "object"', '"type": "objekt"')),
    why: /chat.schema.json at \/type/,
  },
  {
    does: 'a mistyped keyword',
    files: change('request.schema.json', (text) => text.replace('"required"', '"requird"')),
    why: /requird/,
  },
  {
    does: 'a reference that leads nowhere',
    files: change('chat.schema.json', (text) => text.replace('#/$defs/Customer"', '#/$defs/Custommer"')),
    why: /Custommer/,
  },
  {
    does: 'another draft',
    files: change('chat.schema.json', (text) => text.replace('draft/2020-12', 'draft-07')),
    why: /only draft 2020-12/,
  },
  {
    does: 'a format that nothing checks',
    files: change('request.schema.json', (text) =>
      text.replace('"type": "integer"', '"type": "string", "format": "phone"'),
    ),
    why: /"phone" is not known/,
  },
  {
    does: 'a pattern that is none',
    files: change('request.schema.json', (text) =>
      text.replace('"type": "integer"', '"type": "string", "pattern": "("'),
    ),
    why: /\/pattern/,
  },
  {
    does: 'a pointer to a field that no schema has',
    files: change('operation.json', (text) => text.replace('"/customer/id"', '"/customer/uid"')),
    why: /\/customer\/uid is nothing that chat.schema.json describes/,
  },
];
for (const { does, files: broken, why } of mistakes) {
  test(`a contract with ${does} is refused by name, with exit code 2`, () => {
    const attempt = () => parseContract(broken, 'contracts/create-chat');
    expect(attempt).toThrow(UserError);
    try {
      attempt();
    } catch (error) {
      expect((error as UserError).why).toMatch(why);
      expect((error as UserError).message).toContain('contracts/create-chat');
      expect((error as UserError).exitCode).toBe(2);
    }
  });
}

test('several mistakes are told together', () => {
  try {
    parseContract({ ...without('chat.schema.json'), 'errors.schema.json': '[' }, 'x');
    expect.unreachable();
  } catch (error) {
    expect((error as UserError).why).toMatch(/errors.schema.json[\s\S]*chat.schema.json/);
  }
});

test('a folder that is not there is refused', () => {
  expect(() => readContract('/nowhere/at/all')).toThrow(/no contract folder/);
});

test('operation.json says which article each rule comes from', () => {
  const operation = JSON.parse(readFileSync(`${directory}/operation.json`, 'utf8')) as {
    sources: Record<string, string>;
  };
  expect(Object.keys(operation.sources)).toEqual(
    expect.arrayContaining(['request', 'responses.201', 'responses.400', 'limit']),
  );
});

describe('what gives an input', () => {
  const thing = (name: string, from?: object): ContractFiles => ({
    'operation.json': JSON.stringify({
      ...{ name, method: 'POST', path: '/things', baseUrl: 'https://api.example.com', auth: { scheme: 'none' } },
      request: { schema: 'a.schema.json' },
      responses: { '201': { schema: 'a.schema.json' } },
      inputs: [{ pointer: '/id', env: 'A', ...(from === undefined ? {} : { from }) }],
    }),
    'a.schema.json': JSON.stringify({ type: 'object', properties: { id: { type: 'integer' } } }),
  });
  const shop = parseContract(thing('shop'), 'shop');
  const parse = (from: object) => () =>
    parseContract(thing('thing', from), 'thing', (name) => (name === 'shop' ? shop : `there is no ${name}`));

  test('is found by its name', () => {
    expect(parse({ operation: 'shop', pointer: '/id' })().givers).toEqual([shop]);
  });
  test.each([
    ['is refused where there is none', { operation: 'shed', pointer: '/id' }, /at \/inputs\/0\/from: there is no shed/],
    [
      'is refused where it has no such field',
      { operation: 'shop', pointer: '/no' },
      /\/no is nothing that a success of shop has/,
    ],
  ])('%s', (_, from, why) => {
    expect(parse(from)).toThrow(expect.objectContaining({ why: expect.stringMatching(why) }));
  });
  test('is read from the folder beside it, and never in a circle', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-givers-'));
    const write = (name: string, from: string) => {
      mkdirSync(join(folder, name));
      for (const [file, text] of Object.entries(thing(name, { operation: from, pointer: '/id' })))
        writeFileSync(join(folder, name, file), text);
    };
    try {
      write('egg', 'hen');
      expect(() => readContract(join(folder, 'egg'))).toThrow(
        expect.objectContaining({ why: expect.stringContaining(`there is no contract folder ${join(folder, 'hen')}`) }),
      );
      write('hen', 'egg');
      expect(() => readContract(join(folder, 'egg'))).toThrow(
        expect.objectContaining({ why: expect.stringContaining('egg needs hen needs egg, which has no beginning') }),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('an example that is not what its name says is told, with its file', () => {
  const changed = {
    ...files,
    'examples/request.valid.wrong.json': '{"customer":"x"}',
    'examples/429.invalid.right.json': '{"errors":[{"code":"a","message":"b"}]}',
    'examples/404.valid.none.json': '{}',
  };
  expect(exampleProblems(parseContract(changed, 'test'))).toEqual([
    'examples/404.valid.none.json: operation.json documents no response 404',
    'examples/429.invalid.right.json is valid under errors.schema.json',
    'examples/request.valid.wrong.json is not valid under request.schema.json',
  ]);
});
