import { Argument, Command as CommanderCommand, CommanderError, Option } from 'commander';
import { ExitCode, UserError } from '../contracts/lib/user-error.ts';
import packageFile from '../package.json' with { type: 'json' };
import { allOptions, type Command, type CommandOption, type Given } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { closest } from './lib/closest.ts';
import type { Host } from './lib/host.ts';
import { quietHost } from './lib/quiet-host.ts';

/** Reads the command line and runs the command that it names. A mistake in it throws UserError (exit code 2). */
export async function runCommandLine(args: readonly string[], host: Host): Promise<ExitCode> {
  const asked = await parseCommandLine(args, host);
  if (asked === null) return ExitCode.Ok;
  const { guarded } = await import('./secrets/guard.ts');
  return guarded(() => runCommand(asked.command, asked.given, host), host);
}

/** What is asked for; null where it was help or the version, which were said. A mistake throws UserError (exit code 2). */
export async function parseCommandLine(
  args: readonly string[],
  host: Pick<Host, 'out'>,
): Promise<{ readonly command: Command; readonly given: Given } | null> {
  const asked: { command: Command; given: Given }[] = [];
  const program = new CommanderCommand('assay')
    .description(
      'One contract, written once as JSON Schemas: contract tests, load tests, and exactly where the 429s start.',
    )
    .version(packageFile.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => host.out(text), writeErr: () => {} })
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', HELP_AFTER);
  for (const command of commands) addCommand(program, command, (given) => void asked.push({ command, given }));
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw notUnderstood(error.message, commands.find(({ name }) => name === args[0]) ?? null);
  }
  return asked[0] ?? null;
}

function addCommand(program: CommanderCommand, command: Command, action: (given: Given) => void): void {
  const added = program
    .command(command.name)
    .description(command.summary)
    .allowUnknownOption(command.passesUnknownOptions === true)
    .addHelpText('after', helpAfter(command));
  for (const { name, says, choices } of command.arguments ?? []) {
    const argument = new Argument(name, says);
    if (choices !== undefined) argument.choices(choices).argParser(oneOf(name.replace(/[<>[\]]/g, ''), choices));
    added.addArgument(argument);
  }
  for (const option of allOptions(command)) added.addOption(commanderOption(option));
  added.action(() => {
    if (command.passesUnknownOptions === true) checkMistyped(command, added.args);
    action({ arguments: added.args, options: added.opts() });
  });
}

async function runCommand(command: Command, given: Given, host: Host): Promise<ExitCode> {
  const { quiet, ...options } = given.options;
  if (quiet !== true) return command.run(given, host);
  const hasForm = options['format'] !== undefined && options['format'] !== 'text';
  const kept = quietHost(host, hasForm || command.isOutputData === true);
  try {
    const code = await command.run({ ...given, options }, kept.host);
    if (code !== ExitCode.Ok) kept.tell();
    return code;
  } catch (error) {
    kept.tell();
    throw error;
  }
}

function commanderOption({ flags, says, value, choices, repeats }: CommandOption): Option {
  const option = new Option(flags, says);
  const [name = ''] = flags.split(' ');
  if (choices !== undefined) option.choices(choices).argParser(oneOf(name, choices));
  else if (value !== undefined || repeats === true) {
    option.argParser((text: string, before: unknown) => {
      const one = value === undefined ? text : value(text);
      return repeats === true ? [...((before as readonly unknown[] | undefined) ?? []), one] : one;
    });
  }
  return option;
}

function oneOf(name: string, choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    const meant = closest(text, choices);
    throw new UserError(`${name} ${text} is not usable`, {
      why: `${name} takes ${choices.join(', ')}`,
      fix: meant === null ? 'write one of these' : `Did you mean ${meant}?`,
    });
  };
}

/** What is nearly an option of ours is not meant for the other program. */
function checkMistyped(command: Command, args: readonly string[]): void {
  const own = allOptions(command).map(({ flags }) => flags.split(' ')[0] ?? '');
  for (const arg of args) {
    const [name = ''] = arg.split('=');
    const meant =
      name.startsWith('--') && name.length > 4
        ? closest(
            name.slice(2),
            own.map((one) => one.slice(2)),
          )
        : null;
    if (meant !== null) throw notUnderstood(`unknown option '${name}'\n(Did you mean --${meant}?)`, command);
  }
}

function helpAfter({ notes, examples }: Command): string {
  return `${notes === undefined ? '' : `\n${notes}\n`}\nExamples:\n${examples.map((example) => `  ${example}\n`).join('')}`;
}

/** What commander says (one line, perhaps with a suggestion below), as our own kind of error. */
function notUnderstood(message: string, command: Command | null): UserError {
  const [what = '', ...hints] = message.replace(/^error: /, '').split('\n');
  return new UserError(what, {
    why: 'the command line was not understood',
    fix: [
      ...hints.map((hint) => hint.replace(/^\(|\)$/g, '')),
      `${hints.length === 0 ? 'see' : 'See'} \`npx assay ${command === null ? '' : `${command.name} `}--help\``,
    ].join(' '),
  });
}

const HELP_AFTER = `
Target (environment or .env): ASSAY_BASE_URL, ASSAY_API_KEY and the inputs that
the contract names; ASSAY_ALLOW_HOST must name a host that is not this machine.
Without ASSAY_BASE_URL the embedded reference API is used.
Others: ASSAY_CONTRACT (default ${packageFile.assay.contract}), ASSAY_OUT (reports/latest).

Exit codes: 0 all holds, 1 a finding, 2 wrong usage or configuration, 3 the job
could not be done, 4 undecided, 70 a bug of assay's, 130 interrupted.
`;
