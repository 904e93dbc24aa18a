import { ExitCode } from '../../contracts/lib/user-error.ts';
import { type CompletedCommand, completionScript, SHELLS, type Shell } from '../completion/completion.ts';
import { type Command, command } from './command.ts';

/** `all` is asked when it runs: this command is one of them. */
export function completion(all: () => readonly CompletedCommand[]): Command {
  return command<{ readonly format?: 'text' | 'json' }>({
    name: 'completion',
    summary: 'what a shell needs to complete commands, options and their values',
    arguments: [{ name: '<shell>', says: 'which shell', choices: SHELLS }],
    formats: ['json'],
    isOutputData: true,
    notes: `Put the line for your shell into its start file. It completes \`assay\`, so have
node_modules/.bin on the PATH, or assay installed globally.`,
    examples: [
      'source <(npx assay completion bash)',
      'source <(npx assay completion zsh)',
      'npx assay completion fish | source',
    ],
    async run({ arguments: [shell = 'bash'], options }, host) {
      host.out(
        options.format === 'json'
          ? `${JSON.stringify({ commands: all().map(asData) }, null, 1)}\n`
          : completionScript(shell as Shell, all()),
      );
      return ExitCode.Ok;
    },
  });
}

/** For other shells and tools: what there is, as data. */
function asData({ name, summary, arguments: list = [], options }: CompletedCommand) {
  return {
    name,
    summary,
    arguments: list.map(({ name: argument, says, choices = null }) => ({ argument, says, choices })),
    options: options.map(({ flags, says, choices = null }) => ({ flags, says, choices })),
  };
}
