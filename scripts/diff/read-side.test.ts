import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserError } from '../../contracts/lib/user-error.ts';
import { packageRoot } from '../lib/test-host.ts';
import { readSide } from './read-side.ts';

const fixtures = join(packageRoot, 'contracts/diff/fixtures/create-chat');
let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', ...args], {
    cwd: folder,
    stdio: 'ignore',
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-side-'));
  mkdirSync(join(folder, 'contracts'));
  cpSync(join(fixtures, 'version-a'), join(folder, 'contracts/create-chat'), { recursive: true });
  writeFileSync(join(folder, 'body.json'), '{"$ref":"parts/id.json"}');
  mkdirSync(join(folder, 'parts'));
  writeFileSync(join(folder, 'parts/id.json'), '{"type":"integer"}');
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'a');
  git('tag', 'v1');
  rmSync(join(folder, 'contracts/create-chat'), { recursive: true });
  cpSync(join(fixtures, 'version-b'), join(folder, 'contracts/create-chat'), { recursive: true });
  writeFileSync(join(folder, 'parts/id.json'), '{"type":"number"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (spec: string, cwd = folder) => readSide(spec, cwd);
const statuses = async (spec: string, cwd = folder) => {
  const side = await read(spec, cwd);
  return side.kind === 'operations' ? side.operations.map(({ responses }) => [...responses.keys()][0]) : side.kind;
};
const refusal = async (spec: string) => {
  const error = (await read(spec).catch((thrown: unknown) => thrown)) as UserError;
  return [error.name, error.message, error.why];
};

describe('a side is read from', () => {
  test('a contract folder, a folder of them, a folder with contracts/', async () => {
    expect(await statuses('contracts/create-chat')).toEqual(['201']);
    expect(await statuses('contracts')).toEqual(['201']);
    expect(await statuses('.')).toEqual(['201']);
    expect(await statuses(join(folder, 'contracts/create-chat/'), tmpdir())).toEqual(['201']);
  });

  test('a git ref, as the files were then, also from a folder below', async () => {
    expect(await statuses('main:')).toEqual(['200']);
    expect(await statuses('v1:contracts/create-chat')).toEqual(['200']);
    expect(await statuses('HEAD:create-chat', join(folder, 'contracts'))).toEqual(['200']);
    expect(await statuses('HEAD:', join(folder, 'contracts'))).toEqual(['200']);
  });

  test('a schema file with those that it refers to, on the disk and at a ref', async () => {
    const documents = async (spec: string) => {
      const side = await read(spec);
      return side.kind === 'schema' ? Object.fromEntries(side.source.documents) : null;
    };
    expect(await documents('body.json')).toEqual({
      'body.json': { $ref: 'parts/id.json' },
      'parts/id.json': { type: 'number' },
    });
    expect(await documents('v1:body.json')).toMatchObject({ 'parts/id.json': { type: 'integer' } });
  });
});

describe('what cannot be read is told', () => {
  test('a path that there is not, a ref that there is not, a folder without a contract', async () => {
    expect(await refusal('nowhere')).toEqual(['UserError', 'there is no nowhere', 'it is neither a file nor a folder']);
    expect(await refusal('v9:')).toEqual(['UserError', 'there is no git ref v9', 'git does not know it']);
    expect(await refusal('--help:')).toEqual(expect.arrayContaining(['UserError', 'there is no git ref --help']));
    expect(await refusal('v1:nowhere')).toEqual(expect.arrayContaining(['UserError', 'there is no v1:nowhere']));
    expect(await refusal('parts')).toEqual(expect.arrayContaining(['UserError', 'parts holds no contract']));
  });

  test('a file that is no JSON, a contract that is none', async () => {
    writeFileSync(join(folder, 'bad.json'), '{');
    expect(await refusal('bad.json')).toEqual(expect.arrayContaining(['UserError', 'bad.json cannot be read']));
    mkdirSync(join(folder, 'broken'), { recursive: true });
    writeFileSync(join(folder, 'broken/operation.json'), '{}');
    expect(await refusal('broken')).toEqual(expect.arrayContaining(['UserError', 'the contract broken is not usable']));
  });
});
