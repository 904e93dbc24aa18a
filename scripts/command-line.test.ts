import { describe, expect, test } from 'vitest';
import { ExitCode, UserError } from '../contracts/lib/user-error.ts';
import { runCommandLine } from './command-line.ts';
import { commands } from './commands/index.ts';
import { testHost } from './lib/test-host.ts';

async function said(...args: string[]) {
  const host = testHost();
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

  for (const { name, options = [], examples } of commands) {
    test(`of ${name} has its options and examples, in 80 columns`, async () => {
      const { code, out } = await said(name, '--help');
      expect(code).toBe(ExitCode.Ok);
      for (const { flags } of options) expect(out).toContain(flags);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(out).toContain(`  ${example}\n`);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    });
  }
});

describe('a mistake on the command line', () => {
  const mistakes: { args: string[]; what: RegExp; fix: RegExp }[] = [
    { args: ['lmits'], what: /unknown command 'lmits'/, fix: /Did you mean limits\?.*`npx assay --help`/ },
    {
      args: ['limits', '--expct', '1/1s'],
      what: /unknown option '--expct'/,
      fix: /--expect\?.*`npx assay limits --help`/,
    },
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
