import { createHash } from 'node:crypto';
import { OPERATION_RULES } from '../../contracts/diff/rules.ts';
import type { DiffChange } from '../results/results.ts';
import { type ChangeState, changeState, type DiffModel, evidenceOf, sentenceOf } from './diff-model.ts';
import { shown, shownLine, visible } from './shown-text.ts';

/**
 * `diff.sarif`: the changes of a contract as SARIF 2.1.0 (OASIS), which code hosts show at the lines they are about.
 * A break is an error, a warning a warning, the rest a note; a break that was agreed to is suppressed, with the reason.
 */
export function renderSarif({ result, changes }: DiffModel, assayVersion: string): string {
  const ids = [...new Set(changes.map(({ rule }) => rule))].sort();
  const seen = new Map<string, number>();
  const results = changes.map((change) => {
    const key = JSON.stringify([change.operation, change.direction, change.status, change.rule, change.pointer]);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return {
      ruleId: change.rule,
      ruleIndex: ids.indexOf(change.rule),
      level: LEVEL[changeState(change)],
      message: { text: shown(`${sentenceOf(change)}. ${evidenceOf(change)}`, MESSAGE_CHARACTERS).text },
      locations: [location(change, result.sides?.new ?? '.')],
      partialFingerprints: { 'change/v1': `${createHash('sha256').update(key).digest('hex').slice(0, 32)}:${count}` },
      ...(change.accepted === null
        ? {}
        : {
            suppressions: [
              {
                kind: 'external',
                status: 'accepted',
                justification: `until ${change.accepted.expires}: ${shownLine(change.accepted.reason, MESSAGE_CHARACTERS)}`,
              },
            ],
          }),
      properties: {
        direction: change.direction,
        status: change.status,
        pointer: change.pointer,
        old: change.old,
        new: change.new,
        witness: change.witness,
        proof: change.proof,
      },
    };
  });
  const rules = ids.map((id) => ({ id, shortDescription: { text: ruleText(id, changes) } }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'assay', semanticVersion: assayVersion, rules } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 1)}\n`;
}

const MESSAGE_CHARACTERS = 1000;
const LEVEL: Readonly<Record<ChangeState, 'error' | 'warning' | 'note'>> = {
  breaking: 'error',
  accepted: 'error',
  warning: 'warning',
  info: 'note',
};

function ruleText(id: string, changes: readonly DiffChange[]): string {
  const change = changes.find(({ rule }) => rule === id);
  const subject = Object.hasOwn(OPERATION_RULES, id) ? '' : `a value in a ${change?.direction} `;
  return shownLine(`${subject}${change?.message ?? ''}`, MESSAGE_CHARACTERS);
}

/** Code hosts refuse a result without a file: where none is known, the new version as it was named stands for it. */
function location(change: DiffChange, newSide: string): object {
  const { file, line } = change.location ?? { file: newSide, line: null };
  const where = [change.operation, change.direction, change.status ?? '', change.pointer].filter((text) => text !== '');
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      ...(line === null ? {} : { region: { startLine: line } }),
    },
    logicalLocations: [{ fullyQualifiedName: shownLine(where.join(' '), MESSAGE_CHARACTERS) }],
  };
}

function uriOf(path: string): string {
  return visible(path).split('/').map(encodeURIComponent).join('/');
}
