import { type LimitPart, LimitSyntaxError, parseLimit } from '../../contracts/lib/limit-grammar.ts';
import { UserError } from '../../contracts/lib/user-error.ts';

/** Values of command-line options: text in, number with a unit out; each throws UserError (exit code 2). */

function wrong(option: string, text: string, expected: string, example: string): UserError {
  return new UserError(`${option} ${text} is not usable`, {
    why: `${option} takes ${expected}`,
    fix: `write for example ${option} ${example}`,
  });
}

/** A whole number of at least `least`. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw wrong(option, text, `a whole number of at least ${least}`, String(Math.max(least, 100)));
    }
    return value;
  };
}

/** A number above 0. */
export function positiveNumber(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0) || value > 1e9)
      throw wrong(option, text, 'a number above 0', '100');
    return value;
  };
}

const SECONDS_PER_UNIT: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** A duration such as 500ms, 30s, 1m30s or 2h, in seconds; a bare number is seconds. */
export function durationSeconds(option: string): (text: string) => number {
  return (text) => {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const seconds = /^\d+(\.\d+)?$/.test(text)
      ? Number(text)
      : parts
          .map(([, count, unit]) => Number(count) * (SECONDS_PER_UNIT[unit ?? 's'] ?? 1))
          .reduce((sum, part) => sum + part, 0);
    const isWhole = parts.map(([part]) => part).join('') === text || /^\d+(\.\d+)?$/.test(text);
    if (!isWhole || !(seconds > 0) || seconds > 7 * 86_400) throw wrong(option, text, 'a duration up to 7 days', '30s');
    return seconds;
  };
}

/** The same, or 0. */
export function durationOrZero(option: string): (text: string) => number {
  return (text) => (/^0(ms|s|m|h)?$/.test(text) ? 0 : durationSeconds(option)(text));
}

/** A percentage from 0 to 100, with its sign or without, as a share from 0 to 1. */
export function percent(option: string): (text: string) => number {
  return (text) => {
    const [, number] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
    if (number === undefined || Number(number) > 100) throw wrong(option, text, 'a percentage from 0 to 100', '5');
    return Number(number) / 100;
  };
}

/** A percentage from 0 to 100, with its sign or without, as it is written. */
export function wholePercent(option: string, example: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replace(/%$/, ''));
    if (!/^\d{1,3}%?$/.test(text) || value > 100)
      throw wrong(option, text, 'a whole number from 0 to 100', String(example));
    return value;
  };
}

/** A TCP port; 0 means any free one. */
export function port(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,5}$/.test(text) || value > 65_535)
      throw wrong(option, text, 'a port from 0 to 65535 (0: any free one)', '8080');
    return value;
  };
}

/** A limit of the grammar L, kept as its text. */
export function limitText(option: string): (text: string) => string {
  return (text) => {
    limitParts(option)(text);
    return text;
  };
}

function limitParts(option: string): (text: string) => LimitPart[] {
  return (text) => {
    try {
      return parseLimit(text);
    } catch (error) {
      if (!(error instanceof LimitSyntaxError)) throw error;
      throw new UserError(`${option} ${text} is not usable`, {
        why: error.message,
        fix: `write for example ${option} 120/60s`,
      });
    }
  };
}
