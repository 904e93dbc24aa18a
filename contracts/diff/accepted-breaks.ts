import { UserError } from '../lib/user-error.ts';
import { type Change, type ContractDiff, verdictOf } from './contract-diff.ts';
import { isObject } from './json-value.ts';

/** A break that was agreed to, in a file beside the contract: a list of these. */
export interface AcceptedBreak {
  readonly rule: string;
  /** JSON pointer as the change tells it; without one, every change of the rule. */
  readonly pointer?: string;
  readonly status?: string;
  readonly reason: string;
  /** Last day on which it holds, YYYY-MM-DD. */
  readonly expires: string;
}

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/** Parses a file of accepted breaks; throws one UserError that lists every problem. */
export function parseAcceptedBreaks(text: string, file: string): AcceptedBreak[] {
  const fail = (why: string): never => {
    throw new UserError(`${file} is no list of accepted breaks`, {
      why,
      fix: 'write [{ "rule": "…", "pointer": "/…", "reason": "…", "expires": "YYYY-MM-DD" }]',
    });
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return fail(`it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(parsed)) return fail('it is no array');
  const problems = parsed.flatMap((entry: unknown, index) => {
    if (!isObject(entry)) return [`/${index} is no object`];
    const bad = ['rule', 'reason', 'expires'].filter((key) => typeof entry[key] !== 'string' || entry[key] === '');
    const optional = ['pointer', 'status'].filter((key) => entry[key] !== undefined && typeof entry[key] !== 'string');
    const isDay = typeof entry['expires'] !== 'string' || DAY.test(entry['expires']);
    return [
      ...bad.map((key) => `/${index}/${key} is missing`),
      ...optional.map((key) => `/${index}/${key} is no string`),
      ...(isDay ? [] : [`/${index}/expires is no day such as 2026-12-31`]),
    ];
  });
  if (problems.length > 0) return fail(problems.join('; '));
  return parsed as AcceptedBreak[];
}

export interface AcceptedDiff {
  readonly diff: ContractDiff;
  /** Entries whose day has passed, and which are thus ignored. */
  readonly expired: readonly AcceptedBreak[];
  /** Entries that no breaking change needs any more. */
  readonly unused: readonly AcceptedBreak[];
}

/** Marks the breaks that were agreed to; `today` is YYYY-MM-DD. */
export function applyAccepted(diff: ContractDiff, accepted: readonly AcceptedBreak[], today: string): AcceptedDiff {
  const expired = accepted.filter(({ expires }) => expires < today);
  const valid = accepted.filter(({ expires }) => expires >= today);
  const used = new Set<AcceptedBreak>();
  const changes = diff.changes.map((change): Change => {
    const entry = change.level === 'breaking' ? valid.find((one) => isMeant(one, change)) : undefined;
    if (entry === undefined) return change;
    used.add(entry);
    return { ...change, accepted: { reason: entry.reason, expires: entry.expires } };
  });
  const isProved = !changes.some(({ proof }) => proof.startsWith('no counter-example'));
  return {
    diff: { ...diff, changes, verdict: verdictOf(changes, isProved) },
    expired,
    unused: valid.filter((entry) => !used.has(entry)),
  };
}

function isMeant(entry: AcceptedBreak, change: Change): boolean {
  return (
    entry.rule === change.rule &&
    (entry.pointer === undefined || entry.pointer === change.pointer) &&
    (entry.status === undefined || entry.status === change.status)
  );
}
