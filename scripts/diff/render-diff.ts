import type { Change, ContractDiff } from '../../contracts/diff/contract-diff.ts';
import type { Level } from '../../contracts/diff/rules.ts';
import { githubCommand } from '../report/github-annotation.ts';
import type { DiffResult } from '../results/results.ts';
import { briefJson } from './brief-json.ts';

/** What a comparison says, in the forms of `--format`. */
export type DiffFormat = 'text' | 'json' | 'markdown' | 'junit' | 'github';

const HEADINGS: Readonly<Record<Level | 'accepted', string>> = {
  breaking: 'Breaking',
  accepted: 'Breaking, accepted',
  warning: 'Warnings',
  info: 'Changes that break nobody',
};
type Group = keyof typeof HEADINGS;
const GROUPS: readonly Group[] = ['breaking', 'accepted', 'warning', 'info'];

export function groupOf(change: Change): Group {
  return change.level === 'breaking' && change.accepted !== null ? 'accepted' : change.level;
}

export function renderDiff(diff: DiffResult, format: DiffFormat, names: { old: string; new: string }): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(diff, null, 1)}\n`;
    case 'markdown':
      return diffMarkdown(diff, names);
    case 'junit':
      return diffJunit(diff);
    case 'github':
      return diffGithub(diff);
    default:
      return diffText(diff, names);
  }
}

/** One sentence: what the comparison found. */
export function diffSummary(diff: ContractDiff): string {
  const count = (group: Group): number => diff.changes.filter((change) => groupOf(change) === group).length;
  const [breaking, accepted, warnings, notes] = GROUPS.map(count);
  if (diff.changes.length === 0) return 'no change in meaning: compatible, proved';
  const parts = [
    breaking && `${breaking} breaking`,
    accepted && `${accepted} breaking but accepted`,
    warnings && `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    notes && `${notes} ${notes === 1 ? 'change that breaks' : 'changes that break'} nobody`,
  ].filter((part) => part !== 0 && part !== undefined);
  const verdict = {
    breaking: '',
    compatible: ': compatible',
    'no-counter-example': `: ${unproved(diff) ?? 'no counter-example'}`,
  }[diff.verdict];
  return parts.join(', ') + verdict;
}

function unproved(diff: ContractDiff): string | undefined {
  return diff.changes.find(({ proof }) => proof.startsWith('no counter-example'))?.proof;
}

/** Where a change is, such as `response 201 /owner/id`. */
export function placeOf({ direction, status, pointer, rule }: Change): string {
  const message = status === null ? direction : `${direction} ${status}`;
  const isBody = rule.startsWith(`${direction}-`) && pointer === '';
  return pointer === '' ? (isBody ? `${message} body` : message) : `${message} ${pointer}`;
}

/** The sentence of a change, as `request /application is required now`. */
export function sentenceOf(change: Change): string {
  const isWhole = change.proof === 'both values are shown';
  return isWhole ? `${placeOf(change)}: ${change.message}` : `${placeOf(change)} ${change.message}`;
}

/** What proves a break, or how sure it is that there is none. */
export function evidenceOf({ witness, proof }: Change): string {
  if (witness === null) return proof;
  const where = witness.pointer === '' ? 'the body' : witness.pointer;
  const sides = witness.acceptedBy === 'old' ? 'valid before, refused now' : 'possible now, not valid before';
  return `${briefJson(witness.body)} is ${sides}: ${where} ${witness.message} (${witness.keyword})`;
}

function diffText(diff: ContractDiff, names: { old: string; new: string }): string {
  const lines = [`${names.old} → ${names.new}: ${diffSummary(diff)}`];
  lines.push(`policy ${diff.policy}, seed ${diff.seed}`);
  const isSeveral = new Set(diff.changes.map(({ operation }) => operation)).size > 1;
  for (const group of GROUPS) {
    const changes = diff.changes.filter((change) => groupOf(change) === group);
    if (changes.length === 0) continue;
    lines.push('', HEADINGS[group]);
    for (const change of changes) {
      lines.push(`  ${isSeveral ? `${change.operation}: ` : ''}${sentenceOf(change)}  [${change.rule}]`);
      if (change.old !== null || change.new !== null)
        lines.push(`    old ${briefJson(change.old)}`, `    new ${briefJson(change.new)}`);
      lines.push(`    ${change.witness === null ? '' : 'witness '}${evidenceOf(change)}`);
      if (change.accepted !== null)
        lines.push(`    accepted until ${change.accepted.expires}: ${change.accepted.reason}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function diffMarkdown(diff: ContractDiff, names: { old: string; new: string }): string {
  const cell = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ');
  const code = (text: string): string => {
    const fence = '`'.repeat(1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)));
    return `${fence} ${cell(text)} ${fence}`;
  };
  const lines = [
    `### Contract: ${diffSummary(diff)}`,
    '',
    `${code(names.old)} → ${code(names.new)}, policy ${diff.policy}`,
  ];
  for (const group of GROUPS) {
    const changes = diff.changes.filter((change) => groupOf(change) === group);
    if (changes.length === 0) continue;
    lines.push(
      '',
      `#### ${HEADINGS[group]}`,
      '',
      '| change | rule | old | new | evidence |',
      '| --- | --- | --- | --- | --- |',
    );
    for (const change of changes) {
      const evidence =
        change.accepted === null
          ? evidenceOf(change)
          : `accepted until ${change.accepted.expires}: ${change.accepted.reason}`;
      const cells = [
        cell(sentenceOf(change)),
        code(change.rule),
        code(briefJson(change.old)),
        code(briefJson(change.new)),
        code(evidence),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Control characters that XML cannot hold are shown as their code. */
function xml(text: string): string {
  return text
    .replace(
      /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
      (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function diffJunit(diff: ContractDiff): string {
  const failures = diff.changes.filter((change) => groupOf(change) === 'breaking').length;
  const cases = diff.changes.map((change) => {
    const open = `    <testcase classname="diff.${xml(change.operation)}" name="${xml(`${change.rule}: ${sentenceOf(change)}`)}"`;
    const details = xml(`old ${briefJson(change.old)}\nnew ${briefJson(change.new)}\n${evidenceOf(change)}`);
    switch (groupOf(change)) {
      case 'breaking':
        return `${open}>\n      <failure message="${xml(evidenceOf(change))}" type="breaking">${details}</failure>\n    </testcase>`;
      case 'accepted':
        return `${open}>\n      <skipped message="${xml(`accepted until ${change.accepted?.expires}: ${change.accepted?.reason}`)}"/>\n    </testcase>`;
      default:
        return `${open}>\n      <system-out>${details}</system-out>\n    </testcase>`;
    }
  });
  if (cases.length === 0) cases.push('    <testcase classname="diff" name="no change in meaning"/>');
  const totals = `tests="${cases.length}" failures="${failures}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="assay" ${totals}>\n  <testsuite name="diff" ${totals}>\n${cases.join('\n')}\n  </testsuite>\n</testsuites>\n`;
}

const ANNOTATIONS: Readonly<Record<Group, 'error' | 'warning' | 'notice'>> = {
  breaking: 'error',
  accepted: 'notice',
  warning: 'warning',
  info: 'notice',
};

function diffGithub(diff: DiffResult): string {
  const lines = diff.changes.map((change) =>
    githubCommand({
      level: ANNOTATIONS[groupOf(change)],
      title: change.rule,
      message: `${sentenceOf(change)}\n${evidenceOf(change)}`,
      ...change.location,
    }),
  );
  return `${lines.join('')}${diff.verdict}: ${diffSummary(diff)}\n`;
}
