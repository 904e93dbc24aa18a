import type { Command, CommandArgument, CommandOption } from '../commands/command.ts';

/** Shell completion, from the same data that `--help` is made from. Pure. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command with all its options, also those that every command has. */
export type CompletedCommand = Pick<Command, 'name' | 'summary' | 'arguments'> & {
  readonly options: readonly CommandOption[];
};

/** The script that the shell reads. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

const nameOf = ({ flags }: CommandOption): string => flags.split(/[ ,]/)[0] ?? '';
const valueName = ({ flags }: CommandOption): string | null => /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? null;
/** What an option takes that is neither a file nor one of its choices is not completed. */
const takesFile = (option: CommandOption): boolean => option.choices === undefined && valueName(option) === 'file';
const choicesOf = (command: CompletedCommand): readonly string[] =>
  (command.arguments ?? []).flatMap(({ choices = [] }) => choices);
const takesFiles = ({ arguments: list = [] }: CompletedCommand): boolean =>
  list.some(({ choices }: CommandArgument) => choices === undefined);

function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap((command) =>
    command.options
      .filter((option) => valueName(option) !== null)
      .map((option) => {
        const words = takesFile(option)
          ? 'COMPREPLY=($(compgen -f -- "$cur"))'
          : `COMPREPLY=($(compgen -W "${(option.choices ?? []).join(' ')}" -- "$cur"))`;
        return `    ${command.name}:${nameOf(option)}) ${words}; return ;;`;
      }),
  );
  const rest = commands.map((command) => {
    const options = [...command.options.map(nameOf), '--help'].join(' ');
    const files = takesFiles(command) ? 'COMPREPLY=($(compgen -f -- "$cur"))' : '';
    const others = choicesOf(command).length > 0 ? `words="${choicesOf(command).join(' ')}"` : files || ':';
    return `    ${command.name}) if [[ $cur == -* ]]; then words="${options}"; else ${others}; fi ;;`;
  });
  return `# bash completion of assay: source <(npx assay completion bash)
_assay() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=""
  COMPREPLY=()
  # bash splits --format=json at the "=".
  if [[ $cur == = ]]; then cur=""; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]}:$prev in
${values.join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${rest.join('\n')}
  esac
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o bashdefault -F _assay assay
`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const plain = (text: string) => text.replace(/[[\]:\\]/g, (sign) => `\\${sign}`);
  const cases = commands.map((command) => {
    const options = command.options.map((option) => {
      const value = valueName(option);
      const action = takesFile(option) ? '_files' : `(${(option.choices ?? []).join(' ')})`;
      const taken = value === null ? '' : `:${value}:${option.choices || takesFile(option) ? action : ' '}`;
      return quoted(`${option.repeats ? '*' : ''}${nameOf(option)}[${plain(option.says)}]${taken}`);
    });
    const choices = choicesOf(command);
    const rest =
      choices.length > 0
        ? [quoted(`1:${command.arguments?.[0]?.name.replace(/\W/g, '') ?? ''}:(${choices.join(' ')})`)]
        : takesFiles(command)
          ? [quoted('*:file:_files')]
          : [];
    return `    ${command.name})\n      _arguments ${[...options, quoted('--help[what it takes]'), ...rest].join(' \\\n        ')} ;;`;
  });
  return `#compdef assay
# zsh completion of assay: source <(npx assay completion zsh)
_assay() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${plain(summary)}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _assay ]]; then _assay "$@"; else compdef _assay assay; fi
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap((command) => {
    const only = `-n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c assay -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
      ...(takesFiles(command) ? [] : [`complete -c assay ${only} -f`]),
      ...choicesOf(command).map((choice) => `complete -c assay ${only} -f -a ${choice}`),
      ...command.options.map((option) => {
        const value = valueName(option);
        const taken =
          value === null
            ? ''
            : option.choices
              ? ` -x -a ${quoted(option.choices.join(' '))}`
              : takesFile(option)
                ? ' -r -F'
                : ' -x';
        return `complete -c assay ${only} -l ${nameOf(option).slice(2)}${taken} -d ${quoted(option.says)}`;
      }),
      `complete -c assay ${only} -l help -d 'what it takes'`,
    ];
  });
  return `# fish completion of assay: npx assay completion fish | source\ncomplete -c assay -n __fish_use_subcommand -f\n${lines.join('\n')}\n`;
}
