import type { Violation } from '../judge/violation.ts';
import { UserError } from '../lib/user-error.ts';

/**
 * Known violations, so that a team can start on an imperfect API: `baseline.json` of a contract folder,
 * `{ "entries": [{ "case": "field.owner.missing", "rule": "error.field", "reason": "…", "expires": "2026-12-31" }] }`.
 * `rule` may be left out: then every violation of the case is known. An entry counts up to and including its last day.
 */
export interface BaselineEntry {
  readonly case: string;
  readonly rule: string | null;
  readonly reason: string;
  /** YYYY-MM-DD. */
  readonly expires: string;
  readonly isExpired: boolean;
}

export interface Baseline {
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
}

/** Parses a baseline; `today` is YYYY-MM-DD. Throws one UserError that lists every problem. */
export function parseBaseline(text: string, file: string, today: string): Baseline {
  const problems: string[] = [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    problems.push(`it is no JSON: ${(error as Error).message.replace(/\s+/g, ' ')}`);
  }
  const list = (parsed as { entries?: unknown } | undefined)?.entries;
  if (problems.length === 0 && !Array.isArray(list)) problems.push('it has no list "entries"');
  const entries = (Array.isArray(list) ? (list as unknown[]) : []).flatMap((item, at): BaselineEntry[] => {
    const {
      case: id,
      rule,
      reason,
      expires,
      ...unknown
    } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
    const before = problems.length;
    if (typeof id !== 'string' || id === '') problems.push(`entry ${at + 1}: "case" must be the id of a case`);
    if (rule !== undefined && typeof rule !== 'string')
      problems.push(`entry ${at + 1}: "rule" must be the name of a rule`);
    if (typeof reason !== 'string' || reason.trim() === '')
      problems.push(`entry ${at + 1}: "reason" must say why it is known`);
    if (typeof expires !== 'string' || !isDay(expires))
      problems.push(`entry ${at + 1}: "expires" must be a date such as 2026-12-31`);
    for (const name of Object.keys(unknown)) problems.push(`entry ${at + 1}: "${name}" is not known here`);
    if (problems.length > before) return [];
    return [
      {
        case: id as string,
        rule: (rule as string | undefined) ?? null,
        reason: reason as string,
        expires: expires as string,
        isExpired: (expires as string) < today,
      },
    ];
  });
  if (problems.length > 0)
    throw new UserError(`the baseline ${file} is not usable`, {
      why: problems.join('\n       '),
      fix: 'correct it and run the command again',
    });
  return { file, entries };
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The entry that excuses every violation of a case; null where one is left, or has only expired excuses. */
export function excuseFor(
  baseline: Baseline | null,
  caseId: string,
  violations: readonly Pick<Violation, 'rule'>[],
): BaselineEntry | null {
  if (baseline === null || violations.length === 0) return null;
  const valid = baseline.entries.filter((entry) => entry.case === caseId && !entry.isExpired);
  const excuses = violations.map(({ rule }) => valid.find((entry) => entry.rule === null || entry.rule === rule));
  return excuses.every((entry) => entry !== undefined) ? (excuses[0] ?? null) : null;
}
