import type { ContractResult } from '../../contracts/suite/contract-result.ts';

/** Most entries of a kind that are listed. */
const MOST_LISTED = 5;

/** What a terminal shows of a contract run, line by line, the verdict first. */
export function contractSummary(result: ContractResult): string[] {
  const count = (outcome: string) => result.cases.filter((one) => one.outcome === outcome).length;
  const findings = result.cases.filter((one) => one.outcome === 'broken' && one.baseline === null);
  const known = result.cases.filter((one) => one.baseline !== null);
  const verdict =
    result.verdict === 'broken' && result.reason === null
      ? `contract broken: ${findings.length} of ${result.cases.length} cases`
      : `contract ${result.verdict}${result.reason === null ? '' : `: ${result.reason}`}`;
  return [
    verdict,
    `  ${count('holds')} hold, ${count('observed')} observed, ${count('broken')} broken, ${count('not-reached')} not reached; ` +
      `${result.reached.cases} of ${result.reached.ofCases} got past authentication and limit; ${result.coverage.percent} % of the contract covered; seed ${result.environment.seed}`,
    ...listed(
      findings,
      (one) =>
        `  ✗ ${one.title}: ${one.rule}${one.pointer === null ? '' : ` at ${one.pointer || 'the top'}`}${one.expected === null ? '' : `, expected ${one.expected}`}, received ${one.received}`,
    ),
    ...listed(known, (one) => `  known until ${one.baseline?.expires}: ${one.id} (${one.baseline?.reason})`),
    ...listed(
      result.baseline?.expired ?? [],
      (entry) => `  the baseline entry of ${entry.case} expired on ${entry.expires} (${entry.reason})`,
    ),
    ...listed(
      result.baseline?.unneeded ?? [],
      (entry) => `  the baseline entry of ${entry.case} is not needed any more: take it out`,
    ),
    ...listed(result.drift, (drift) => `  drift: ${drift.pointer} is ${drift.what} (seen ${drift.seen} times)`),
    ...listed(
      result.precedence,
      (one) => `  precedence of ${one.between.join(' and ')}: ${one.first ?? `status ${one.status}`} first`,
    ),
    ...listed(result.notes, (note) => `  note: ${note}`),
  ];
}

function listed<T>(items: readonly T[], line: (item: T) => string): string[] {
  const more = items.length - MOST_LISTED;
  return [...items.slice(0, MOST_LISTED).map(line), ...(more > 0 ? [`  … and ${more} more`] : [])];
}
