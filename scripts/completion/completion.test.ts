import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { allOptions } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import { completionScript, SHELLS } from './completion.ts';

const all = commands.map((command) => ({ ...command, options: allOptions(command) }));
const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;
/** What the shell prints when it runs `script`. */
function ran(shell: string, script: string): string {
  const flag = { bash: '--norc', zsh: '-f', fish: '--no-config' }[shell] ?? '';
  const { stdout, stderr, status } = spawnSync(shell, [flag, '-c', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.trim();
}

const typed: { words: string[]; gives: string }[] = [
  { words: ['th'], gives: 'throughput' },
  { words: ['throughput', '--mo'], gives: '--mode' },
  { words: ['throughput', '--mode', 'br'], gives: 'breakpoint' },
  { words: ['limits', '--format', '='], gives: 'text json markdown junit github' },
  { words: ['limits', '--format', '=', 'ju'], gives: 'junit' },
  { words: ['schema', 'op'], gives: 'operation' },
  { words: ['completion', ''], gives: 'bash zsh fish' },
  { words: ['limits', '--max-requests', ''], gives: '' },
  { words: ['diff', 'completion.te'], gives: 'completion.test.ts' },
  { words: ['contract', '--baseline', 'completion.te'], gives: 'completion.test.ts' },
];
describe.skipIf(!has('bash'))('in bash', () => {
  for (const { words, gives } of typed) {
    test(`assay ${words.join(' ')} is completed to "${gives}"`, () => {
      const quoted = ['assay', ...words].map((word) => `'${word}'`).join(' ');
      const call = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _assay; echo "\${COMPREPLY[*]}"\n`;
      expect(ran('bash', completionScript('bash', all) + call)).toBe(gives);
    });
  }
});

describe.skipIf(!has('fish'))('in fish', () => {
  for (const [line, gives] of [
    ['assay th', 'throughput'],
    ['assay throughput --mode br', 'breakpoint'],
    ['assay schema op', 'operation'],
  ]) {
    test(`${line} is completed to ${gives}`, () => {
      const said = ran('fish', `${completionScript('fish', all)}complete -C '${line}'\n`);
      expect(said.split('\n').map((one) => one.split('\t')[0])).toEqual([gives]);
    });
  }
});

describe.skipIf(!has('zsh'))('in zsh', () => {
  test('the script is read, and is the completion of assay', () => {
    const said = ran(
      'zsh',
      `autoload -U compinit; compinit -D -u\n${completionScript('zsh', all)}echo $_comps[assay]\n`,
    );
    expect(said).toBe('_assay');
  });
});

test('every command, option and choice is in every script', () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, all);
    for (const { name, options } of all) {
      expect(script).toContain(name);
      for (const { flags, choices = [] } of options) {
        expect(script).toContain(flags.split(' ')[0]?.slice(2));
        for (const choice of choices) expect(script).toContain(choice);
      }
    }
  }
});
