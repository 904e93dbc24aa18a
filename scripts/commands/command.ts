import type { ExitCode } from '../../contracts/lib/user-error.ts';
import type { Host } from '../lib/host.ts';

/** One command: data for the command line, and one `run`, which loads what does the work when it is called. */
export interface Command {
  readonly name: string;
  /** One line of `assay --help`. */
  readonly summary: string;
  readonly arguments?: readonly CommandArgument[];
  readonly options?: readonly CommandOption[];
  /** What `--format` can print besides text; the option is added where there are any. */
  readonly formats?: readonly string[];
  /** What it prints is what it was asked for (a schema, a URL), so that --quiet keeps it. */
  readonly isOutputData?: boolean;
  /** Further paragraphs of `assay <command> --help`. */
  readonly notes?: string;
  /** What to type, for the end of `--help`. */
  readonly examples: readonly string[];
  /** Options that are not in `options` are arguments for another program. */
  readonly passesUnknownOptions?: boolean;
  run(given: Given, host: Host): Promise<ExitCode>;
}

export interface CommandArgument {
  /** `<needed>`, `[optional]` or `[any...]`. */
  readonly name: string;
  readonly says: string;
  readonly choices?: readonly string[];
}

export interface CommandOption {
  /** `--check`, or with a value `--expect <limit>`. */
  readonly flags: string;
  readonly says: string;
  /** Text → value; throws UserError. */
  readonly value?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** May be given many times: the value is a list. */
  readonly repeats?: boolean;
}

/** What was typed. */
export interface Given {
  readonly arguments: readonly string[];
  /** By name in camel case; what was not given is not there. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A command whose options have types, which its own list of options must keep. */
export function command<Options extends object>(
  definition: Omit<Command, 'run'> & {
    run(given: { readonly arguments: readonly string[]; readonly options: Options }, host: Host): Promise<ExitCode>;
  },
): Command {
  return { ...definition, run: (given, host) => definition.run({ ...given, options: given.options as Options }, host) };
}

/** A command's options, and those that every command has. */
export function allOptions({ options = [], formats = [] }: Command): readonly CommandOption[] {
  return [
    ...options,
    ...(formats.length === 0
      ? []
      : [{ flags: '--format <format>', says: 'what to print on standard output', choices: ['text', ...formats] }]),
    { flags: '--quiet', says: 'say nothing but errors and what does not hold' },
  ];
}
