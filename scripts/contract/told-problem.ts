import { type ExitCode, UserError } from '../../contracts/lib/user-error.ts';

/** How the reporter, inside Playwright, tells `assay` what kept it from its work; a plain Playwright prints it. */

interface ToldProblem {
  readonly assay: 'problem';
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly exitCode: ExitCode;
}

export function tellProblem({ message: what, why, fix, exitCode }: UserError): void {
  if (process.send === undefined) process.stderr.write(`\n${new UserError(what, { why, fix }).toText()}\n`);
  else process.send({ assay: 'problem', what, why, fix, exitCode } satisfies ToldProblem);
}

/** The problem in a message of the reporter; null for others. */
export function toldProblem(message: unknown): UserError | null {
  if (typeof message !== 'object' || message === null || !('assay' in message) || message.assay !== 'problem')
    return null;
  const { what, why, fix, exitCode } = message as ToldProblem;
  return new UserError(what, { why, fix, exitCode });
}
