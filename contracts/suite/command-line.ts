/** What of Playwright's own command line the configuration has to know; Playwright does not tell it. */
export interface Chosen {
  /** `--grep @limit` or `--project limit`: the limit is exhausted although the target is not this machine. */
  readonly asksForLimit: boolean;
}

export function chosenBy(args: readonly string[]): Chosen {
  const values = (names: readonly string[]) =>
    args.flatMap((arg, at) =>
      names.includes(arg)
        ? [args[at + 1] ?? '']
        : names
            .filter((name) => name.startsWith('--') && arg.startsWith(`${name}=`))
            .map((name) => arg.slice(name.length + 1)),
    );
  return {
    asksForLimit:
      values(['--grep', '-g']).some((value) => value.includes('@limit') || value.includes('[limit')) ||
      values(['--project']).includes('limit'),
  };
}
