import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Environment } from '../contracts/lib/target.ts';
import { ExitCode, UserError } from '../contracts/lib/user-error.ts';
import { runCommandLine } from './command-line.ts';
import { allOptions } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { testHost } from './lib/test-host.ts';
import { writeResult } from './results/results.ts';
import { sampleThroughput } from './results/sample-results.fixture.ts';

const said = (...args: string[]) => saidIn({}, ...args);
async function saidIn(env: Environment, ...args: string[]) {
  const host = testHost(env);
  const code = await runCommandLine(args, host);
  return { code, ...host.said() };
}
const mistake = (...args: string[]): Promise<UserError> =>
  runCommandLine(args, testHost()).then(
    () => expect.unreachable('it was understood'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      return error as UserError;
    },
  );

describe('help', () => {
  test('lists every command, and is what no arguments at all give', async () => {
    const { code, out, err } = await said();
    expect({ code, err }).toEqual({ code: ExitCode.Ok, err: '' });
    for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect((await said('--help')).out).toBe(out);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  for (const command of commands) {
    const { name, examples } = command;
    test(`of ${name} has its options and examples, in 80 columns`, async () => {
      const { code, out } = await said(name, '--help');
      expect(code).toBe(ExitCode.Ok);
      expect(command.formats, 'every command has a form for programs').toContain('json');
      for (const { flags } of allOptions(command)) expect(out).toContain(flags);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(out).toContain(`  ${example}\n`);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    });
  }
});

test('what does the work is loaded only when it is called, so that help stays quick', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const follow = (path: string) => {
    if (seen.has(path) || !path.endsWith('.ts')) return;
    seen.add(path);
    for (const [, to = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*? from '(.+)'/gm))
      if (to.startsWith('.')) follow(join(dirname(path), to));
      else if (!to.startsWith('node:')) packages.add(to);
  };
  follow(join(import.meta.dirname, 'command-line.ts'));
  expect([...packages]).toEqual(['commander']);
  expect(seen.size).toBeGreaterThan(commands.length);
});

describe('a mistake on the command line', () => {
  const mistakes: { args: string[]; what: RegExp; fix: RegExp }[] = [
    { args: ['lmits'], what: /unknown command 'lmits'/, fix: /Did you mean limits\? See `npx assay --help`/ },
    {
      args: ['limits', '--expct', '1/1s'],
      what: /unknown option '--expct'/,
      fix: /--expect\?.*`npx assay limits --help`/,
    },
    {
      args: ['contract', '--min-reached', 'many'],
      what: /--min-reached many/,
      fix: /--min-reached 95/,
    },
    { args: ['contract', '--min-coverage=101'], what: /--min-coverage 101/, fix: /--min-coverage 90/ },
    { args: ['contract', '--baseline'], what: /--baseline <file>.*missing/, fix: /assay contract --help/ },
    { args: ['throughput', '--mode', 'opne'], what: /--mode opne/, fix: /Did you mean open\?/ },
    { args: ['limits', '--format', 'yaml'], what: /--format yaml/, fix: /one of these/ },
    { args: ['schema', 'limit'], what: /limit is not usable/, fix: /Did you mean limits\?/ },
    { args: ['contract', '--grep', '@auth', '--strct'], what: /unknown option '--strct'/, fix: /--strict\?/ },
    { args: ['diff', 'old'], what: /missing required argument 'new'/, fix: /npx assay diff --help/ },
  ];
  for (const { args, what, fix } of mistakes) {
    test(`is answered with a fix: assay ${args.join(' ')}`, async () => {
      const error = await mistake(...args);
      expect(error.exitCode).toBe(ExitCode.Usage);
      expect(error.message).toMatch(what);
      expect(error.fix).toMatch(fix);
    });
  }
});

describe('what is printed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-forms-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const schema = (name: string, type: string) => {
    const path = join(folder, `${name}.schema.json`);
    writeFileSync(path, JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', type }));
    return path;
  };
  const same = [schema('old', 'integer'), schema('old', 'integer'), '--direction', 'request'];
  const broken = [schema('old', 'integer'), schema('new', 'string'), '--direction', 'request'];
  const diff = (...args: string[]) => saidIn({ ASSAY_OUT: folder, GITHUB_ACTIONS: undefined }, 'diff', ...args);

  test('a form for programs has standard output to itself', async () => {
    for (const args of [
      ['--format', 'json'],
      ['--format', 'json', '--quiet'],
    ]) {
      const { code, out } = await diff(...broken, ...args);
      expect(code).toBe(ExitCode.Finding);
      expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, verdict: 'breaking' });
    }
    expect((await diff(...broken, '--format', 'json')).err).toContain('report: ');
    expect((await diff(...broken, '--format', 'junit')).out).toMatch(/^<\?xml [\s\S]*<\/testsuites>\n$/);
  });

  test('--quiet says nothing where all holds, and everything where something does not', async () => {
    expect(await diff(...same, '--quiet')).toEqual({ code: ExitCode.Ok, out: '', err: '' });
    const { out } = await diff(...broken);
    expect(await diff(...broken, '--quiet')).toEqual({ code: ExitCode.Finding, out, err: '' });
  });

  test('a report of results prints them in each form', async () => {
    const results = mkdtempSync(join(folder, 'results-'));
    writeResult(results, 'throughput', sampleThroughput(), (text) => text);
    const form = async (format: string) => (await saidIn({}, 'report', results, '--format', format)).out;
    expect(JSON.parse(await form('json'))).toMatchObject({ contract: null, throughput: { schemaVersion: 1 } });
    expect(await form('markdown')).toContain('**Holds**');
    expect(await form('junit')).toMatch(/^<\?xml /);
    expect(await form('github')).toBe('');
    expect(await form('text')).toContain('report: ');
  });
});
