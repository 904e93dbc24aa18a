import type { Case, CaseRequest } from '../cases/case.ts';
import { excuseFor } from './baseline.ts';
import type { ContractCase } from './contract-result.ts';
import { curlLine, rerunLine } from './reproduction.ts';
import type { CaseResult } from './run-case.ts';
import type { Settings } from './settings.ts';

/** Name of the attachment by which a test tells the reporter of its case. */
export const RECORD_ATTACHMENT = 'assay:case';

/** What a test tells the reporter: the case as contract.json shows it, and what only the sums need. */
export interface CaseRecord {
  readonly case: ContractCase;
  /** It sends the right key and so has to get past authentication and limit; counts for `reached`. */
  readonly isAuthorized: boolean;
  readonly notReachedBecause: string | null;
  /** Keyword of the request schema that it breaks on purpose. */
  readonly breaks: string | null;
  /** Keywords that its request keeps. */
  readonly keeps: readonly string[];
  readonly statuses: readonly number[];
  readonly drift: CaseResult['drift'];
  readonly createdIds: readonly (string | number)[];
  readonly responses: CaseResult['responses'];
  readonly waits: number;
}

/** A response that is longer tells drift nothing more. */
const MOST_CHARACTERS = 20_000;

/** The record of a case; every text in it is masked. */
export function recordOf(
  one: Pick<Case, 'id' | 'title' | 'tags' | 'group' | 'rule'> &
    Partial<Pick<Case, 'isAuthorized' | 'breaks' | 'expectation'>>,
  result: CaseResult,
  request: CaseRequest | null,
  keeps: readonly string[],
  settings: Settings,
  baseUrl: string,
): CaseRecord {
  const [first] = result.violations;
  const excuse = excuseFor(settings.baseline, one.id, result.violations);
  const expectation = one.expectation;
  const expected =
    expectation === undefined || expectation.kind === 'observed'
      ? null
      : `status ${expectation.statuses.length === 0 ? '4xx' : expectation.statuses.join(' or ')}`;
  const record: CaseRecord = {
    case: {
      id: one.id,
      title: one.title,
      group: one.group,
      tags: one.tags,
      outcome: result.outcome,
      rule: first?.rule ?? one.rule.name,
      source: first?.source ?? one.rule.source,
      pointer: first?.pointer ?? null,
      expected: first?.expected ?? expected,
      received:
        first?.received ?? result.notReachedBecause ?? (result.status === null ? null : `status ${result.status}`),
      curl: request === null ? null : curlLine(request, baseUrl),
      rerun: rerunLine(one.id),
      status: result.status,
      milliseconds: Math.round(result.milliseconds * 10) / 10,
      violations: result.violations,
      baseline: excuse === null ? null : { reason: excuse.reason, expires: excuse.expires },
    },
    isAuthorized: one.isAuthorized ?? false,
    notReachedBecause: result.notReachedBecause,
    breaks: one.breaks ?? null,
    keeps,
    statuses: result.statuses,
    drift: result.drift,
    createdIds: result.createdIds,
    responses: result.responses.filter(({ body }) => JSON.stringify(body).length <= MOST_CHARACTERS),
    waits: result.waits,
  };
  return masked(record, settings.redact) as CaseRecord;
}

function masked(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((item) => masked(item, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, redact)]));
}
