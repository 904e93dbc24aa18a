import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Validator } from '@cfworker/json-schema';
import { afterAll, describe, expect, test } from 'vitest';
import { parseContract } from '../../contracts/lib/contract.ts';
import { readContract } from '../../contracts/lib/read-contract.ts';
import { generateFiles } from './generate.ts';
import { richBodies, richContract } from './rich-contract.fixture.ts';
import { generateValidators } from './validators.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-generate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const contract = parseContract(richContract, 'rich');

describe('validators', () => {
  test('of the generated module judge as those compiled in place, and as they should', async () => {
    const path = join(folder, 'validators.mjs');
    writeFileSync(path, await generateValidators(contract.schemas, '// test', root));
    expect(readFileSync(path, 'utf8')).not.toMatch(/^import |= require\(/m);
    const { validators } = (await import(pathToFileURL(path).href)) as {
      validators: Record<string, (body: unknown) => boolean>;
    };
    for (const { schema, body, isValid } of richBodies) {
      expect(validators[schema]?.(body), JSON.stringify(body)).toBe(isValid);
      expect(contract.validator(schema)(body), JSON.stringify(body)).toBe(isValid);
    }
  });

  test('agree with an independent validator', () => {
    for (const { schema, body, isValid } of richBodies) {
      const independent = new Validator(contract.schemas[schema] as object, '2020-12', false);
      const others = Object.entries(contract.schemas).filter(
        ([file, other]) => file !== schema && typeof other === 'object' && other['$id'] !== undefined,
      );
      for (const [, other] of others) independent.addSchema(other as object);
      expect(independent.validate(body).valid, JSON.stringify(body)).toBe(isValid);
    }
  });
});

describe('types', () => {
  const typeErrors = async (lines: string) => {
    for (const [name, text] of Object.entries(await generateFiles(contract, root)))
      writeFileSync(join(folder, name), text);
    writeFileSync(
      join(folder, 'use.ts'),
      `import type { OperationTypes } from './types.ts';\ntype Request = OperationTypes['request'];\ntype Thing = OperationTypes['responses']['200'];\n${lines}`,
    );
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const result = spawnSync(
      process.execPath,
      [
        tsc,
        '--noEmit',
        '--strict',
        '--ignoreConfig',
        '--allowImportingTsExtensions',
        '--module',
        'esnext',
        '--moduleResolution',
        'bundler',
        '--types',
        '',
        '--target',
        'es2022',
        join(folder, 'use.ts'),
      ],
      { encoding: 'utf8' },
    );
    return result.stdout + result.stderr;
  };

  test('accept what the schemas accept and refuse what they refuse', async () => {
    expect(
      await typeErrors(`
export const good: Request = { point: [1, 'a'], list: [1, true], name: 'x', closed: { label: 'l', size: 1 } };
export const thing: Thing = { kind: 'k', id: 2, tree: { value: null, next: { value: 1 } } };
// @ts-expect-error a third item is refused
export const third: Request = { point: [1, 'a', 2] };
// @ts-expect-error the second item is a string
export const second: Request = { point: [1, 2] };
// @ts-expect-error items after the first are booleans
export const rest: Request = { point: [1, 'a'], list: [1, 2] };
// @ts-expect-error no other property in a closed object
export const closed: Request = { point: [1, 'a'], closed: { label: 'l', other: 1 } };
// @ts-expect-error the kind comes from the other file
export const kind: Thing = { id: 2 };
`),
    ).toBe('');
  });

  test('fail the type check where a field does not exist', async () => {
    expect(await typeErrors("export const pointer: keyof Request = 'pint';")).toMatch(/pint/);
  });
});

test.each(['create-chat', 'create-message'])(
  'committed generated files of %s match the schemas, and nothing else lies beside them',
  async (operation) => {
    const directory = join(root, 'contracts', operation);
    const files = await generateFiles(readContract(directory), root);
    expect(readdirSync(join(directory, 'generated')).sort()).toEqual(Object.keys(files).sort());
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(join(directory, 'generated', name), 'utf8'), name).toBe(text);
  },
);
