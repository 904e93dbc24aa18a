import type { ViolationGroup } from './contract-model.ts';
import { changeState, evidenceOf, sentenceOf } from './diff-model.ts';
import { type GithubAnnotation, githubCommand } from './github-annotation.ts';
import { type JsonLines, jsonLines, nearestLine } from './json-lines.ts';
import type { ReportModel } from './model.ts';
import { counted, formatCount } from './numbers.ts';
import { rulePlace } from './rule-place.ts';
import { shown, shownLine } from './shown-text.ts';

/** The files of a contract folder, so that a broken rule can be shown where it is written. */
export interface ContractTexts {
  /** Path of the folder from the root of the repository, with "/"; "" for the root itself. */
  readonly folder: string;
  /** Text by path within the folder. */
  readonly texts: Readonly<Record<string, string>>;
}

/** GitHub shows ten annotations of a level a step. */
const MAX_A_PART = 10;
const TITLE_CHARACTERS = 120;
const MESSAGE_CHARACTERS = 1500;

/**
 * Workflow commands for GitHub Actions, one a line: each broken rule at the file and line where it is written, each
 * break of a new version where that has it, and what else failed without a place. "" where nothing did.
 */
export function annotations(model: ReportModel, contract: ContractTexts | null): string {
  const lines = new Map<string, JsonLines>();
  const load = model.throughput?.contract;
  const isLoadBroken = load !== undefined && load.violations > 0 && load.examples.length > 0;
  const others = model.checks.filter(
    ({ part, id, outcome }) =>
      (outcome === 'broken' || outcome === 'undecided') &&
      !(isLoadBroken && id === 'throughput.contract') &&
      (part === 'limits' || part === 'throughput' || part === 'compare' || id === 'contract.verdict'),
  );
  return [
    ...capped(model.contract?.violations ?? [], 'contract.json', (group) => violation(group, contract, lines)),
    ...capped(
      (model.diff?.changes ?? []).filter((change) => ['breaking', 'warning'].includes(changeState(change))),
      'diff.json',
      (change) => ({
        level: changeState(change) === 'breaking' ? 'error' : 'warning',
        title: change.rule,
        message: `${sentenceOf(change)}\n${evidenceOf(change)}`,
        ...change.location,
      }),
    ),
    ...capped(isLoadBroken ? firstOfRule(load.examples) : [], 'throughput.json', (example) => ({
      level: 'error',
      title: `${example.rule}${example.pointer ? ` at ${example.pointer}` : ''} under load`,
      message: [
        `expected ${example.expected ?? 'what the contract says'}, received ${example.received ?? 'something else'}`,
        counted(load?.byRule[example.rule] ?? 1, 'response'),
      ].join('\n'),
      ...(contract === null ? {} : placeOf(rulePlace(example, contract.texts), contract, lines)),
    })),
    ...capped(others, 'junit.xml', (check) => ({
      level: check.outcome === 'broken' ? 'error' : 'warning',
      title: check.title,
      message: check.message ?? check.outcome,
      ...(contract === null ? {} : placeOf(LIMIT_PLACES[check.id] ?? '', contract, lines)),
    })),
  ]
    .map((one) =>
      githubCommand({
        ...one,
        title: shownLine(one.title, TITLE_CHARACTERS),
        message: shown(one.message, MESSAGE_CHARACTERS).text,
      }),
    )
    .join('');
}

/** Where the contract says what these checks are about. */
const LIMIT_PLACES: Readonly<Record<string, string>> = {
  'limits.expected': 'operation.json#/limit',
  'limits.status': 'operation.json#/responses/429',
};

function firstOfRule<E extends { readonly rule: string; readonly pointer?: string | null }>(
  examples: readonly E[],
): E[] {
  const seen = new Set<string>();
  return examples.filter(({ rule, pointer }) => {
    const key = JSON.stringify([rule, pointer]);
    return !seen.has(key) && seen.add(key);
  });
}

function capped<T>(
  items: readonly T[],
  file: string,
  annotation: (item: T) => GithubAnnotation,
): readonly GithubAnnotation[] {
  const more = items.length - MAX_A_PART;
  const told = items.slice(0, MAX_A_PART).map(annotation);
  if (more <= 0) return told;
  const message = `${formatCount(more)} more in ${file}`;
  return [...told, { level: 'notice', title: 'More', message }];
}

function violation(
  group: ViolationGroup,
  contract: ContractTexts | null,
  lines: Map<string, JsonLines>,
): GithubAnnotation {
  const place = group.pointer ? ` at ${group.pointer}` : '';
  const [first] = group.cases;
  return {
    level: 'error',
    title: `${group.rule}${place}`,
    message: [
      `expected ${group.expected ?? 'what the contract says'}, received ${group.received ?? 'something else'}`,
      `${counted(group.count, 'case')}${first ? `, such as: ${first.title}` : ''}`,
      ...(group.source === null ? [] : [`written in ${group.source}`]),
    ].join('\n'),
    ...(contract === null ? {} : placeOf(group.source ?? '', contract, lines)),
  };
}

/** "chat.schema.json#/properties/a", or "orders.spec.ts:14", within other words. */
const PLACE = /([\w@./-]+\.json)#(\/[^\s;]*)?|([\w@./-]+\.[cm]?[jt]s):(\d+)/;

function placeOf(
  source: string,
  { folder, texts }: ContractTexts,
  lines: Map<string, JsonLines>,
): Pick<GithubAnnotation, 'file' | 'line'> {
  const [, json, pointer = '', script, scriptLine] = PLACE.exec(source) ?? [];
  const path = (name: string) => (folder === '' ? name : `${folder}/${name}`);
  if (script !== undefined) return { file: path(script), line: Number(scriptLine) };
  const text = json === undefined ? undefined : texts[json];
  if (json === undefined || text === undefined) return {};
  const known = lines.get(json) ?? jsonLines(text);
  lines.set(json, known);
  return { file: path(json), line: nearestLine(known, pointer.replace(/[:,.]+$/, '')) };
}
