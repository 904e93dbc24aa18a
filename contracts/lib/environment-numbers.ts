import type { Environment } from './target.ts';
import { UserError } from './user-error.ts';

/** Numbers that the environment holds. Pure. */

/** The whole number in `name`, which a percent sign may follow; `otherwise` where it is not set. Throws UserError. */
export function wholeNumber(env: Environment, name: string, least: number, most: number, otherwise: number): number {
  const text = (env[name] ?? '').trim();
  if (text === '') return otherwise;
  const value = Number(text.replace(/%$/, ''));
  if (!/^\d+%?$/.test(text) || value < least || value > most)
    throw new UserError(`${name} is not usable`, {
      why: `${text.slice(0, 40)} is no whole number from ${least} to ${most}`,
      fix: `set it to a number such as ${otherwise}`,
    });
  return value;
}

/** The longest time that one answer may take, to its last byte: ASSAY_DEADLINE_MS, else `usualMs`. Throws UserError. */
export function deadlineMs(env: Environment, usualMs: number): number {
  return wholeNumber(env, 'ASSAY_DEADLINE_MS', 10, 600_000, usualMs);
}
