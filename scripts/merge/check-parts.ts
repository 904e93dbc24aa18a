import { ExitCode, UserError } from '../../contracts/lib/user-error.ts';
import type { RunEnvironment } from '../results/results.ts';

/**
 * Throws UserError where results say which parts of a divided run they are, and are not all of it: a whole without one of
 * its parts would look complete. `option` divides such a run; `names` of the folders are for the words. Pure.
 */
export function checkParts(
  option: '--shard' | '--segment',
  environments: readonly Pick<RunEnvironment, 'part'>[],
  names: readonly string[],
): void {
  const parts = environments.map(({ part }, index) => ({ name: names[index] ?? '', part: part ?? null }));
  const [first] = parts.filter(({ part }) => part !== null);
  // Runs of their own, which the user divided by other means.
  if (!first?.part) return;
  const { of } = first.part;
  const refuse = (why: string) =>
    new UserError('these are not the parts of one run', { why, fix: `name one folder for each ${option} of one run` });
  const nameOf = new Map<number, string>();
  for (const { name, part } of parts) {
    if (part === null) throw refuse(`${first.name} is part ${first.part.number} of ${of}, ${name} is no part of a run`);
    if (part.of !== of)
      throw refuse(`${first.name} is part ${first.part.number} of ${of}, ${name} part ${part.number} of ${part.of}`);
    const other = nameOf.get(part.number);
    if (other !== undefined) throw refuse(`${other} and ${name} are both part ${part.number} of ${of}`);
    nameOf.set(part.number, name);
  }
  const missing = Array.from({ length: of }, (_, index) => index + 1).filter((number) => !nameOf.has(number));
  if (missing.length === 0) return;
  const those = missing.map((number) => `${number}/${of}`).join(', ');
  throw new UserError('a part is missing', {
    why: `the run was divided by ${of}, and of ${those} there is no result among ${names.join(', ')}`,
    fix: `name ${missing.length === 1 ? 'its folder' : 'their folders'} too, or run ${missing.map((number) => `${option} ${number}/${of}`).join(' and ')} again`,
    exitCode: ExitCode.Impossible,
  });
}
