import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { DEFAULT_DIFF_OPTIONS, diffContracts } from '../../contracts/diff/contract-diff.ts';
import { messageContract } from '../../contracts/diff/message-contract.ts';
import { openApiContracts } from '../../contracts/diff/openapi-contracts.ts';
import { parseContract } from '../../contracts/lib/contract.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { createAjv } from '../../contracts/lib/validator.ts';
import { openApiDocument } from './openapi.ts';
import { richBodies, richContract } from './rich-contract.fixture.ts';

const contracts = [
  readContract(fileURLToPath(new URL('../../contracts/create-chat', import.meta.url))),
  parseContract(richContract, 'rich'),
];
for (const contract of contracts) {
  test(`the OpenAPI document of ${contract.name} is valid OpenAPI 3.1`, async () => {
    const validator = new Validator();
    const result = await validator.validate(openApiDocument(contract) as Record<string, unknown>);
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });
}

test('a broken document is found to be one', async () => {
  const document = openApiDocument(contracts[0] as (typeof contracts)[0]) as { paths: Record<string, unknown> };
  const result = await new Validator().validate({ ...document, paths: { chats: {} } });
  expect(result.valid).toBe(false);
});

test('components judge bodies as the schema files do, references between files included', () => {
  const document = openApiDocument(parseContract(richContract, 'rich'));
  const ajv = createAjv({});
  ajv.addVocabulary(['openapi', 'jsonSchemaDialect', 'info', 'servers', 'paths', 'components']);
  ajv.addSchema(document as object, 'openapi.json');
  for (const { schema, body, isValid } of richBodies) {
    const validate = ajv.getSchema(`openapi.json#/components/schemas/${schema.replace('.schema.json', '')}`);
    expect(validate?.(body), JSON.stringify(body)).toBe(isValid);
  }
});

for (const contract of contracts) {
  test(`the document of ${contract.name}, read back, is the contract as far as OpenAPI can say it`, () => {
    const document = JSON.parse(JSON.stringify(openApiDocument(contract))) as unknown;
    const [readBack] = openApiContracts('openapi.json', new Map([['openapi.json', document]]));
    if (readBack === undefined) throw new Error('the document has no operation');
    const folder = messageContract(contract);
    for (const [old, now] of [
      [folder, readBack],
      [readBack, folder],
    ] as const)
      expect(diffContracts(old, now, DEFAULT_DIFF_OPTIONS)).toMatchObject({ verdict: 'compatible', changes: [] });
  });
}
