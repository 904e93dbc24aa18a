import { briefJson } from '../diff/brief-json.ts';
import { evidenceOf, groupOf, sentenceOf } from '../diff/render-diff.ts';
import type { DiffChange, DiffResult } from '../results/results.ts';

/** What the report says about a new version of the contract: its changes by what they do to clients, worst first. */

/** breaking counts; accepted was agreed to; warning and info break nobody. */
export type ChangeState = ReturnType<typeof groupOf>;
export const CHANGE_STATES: readonly ChangeState[] = ['breaking', 'accepted', 'warning', 'info'];

export interface DiffModel {
  readonly result: DiffResult;
  readonly counts: Readonly<Record<ChangeState, number>>;
  /** Worst first, else in the order of the results. */
  readonly changes: readonly DiffChange[];
}

export function diffModel(result: DiffResult): DiffModel {
  const counts = { breaking: 0, accepted: 0, warning: 0, info: 0 };
  for (const change of result.changes) counts[groupOf(change)] += 1;
  const changes = CHANGE_STATES.flatMap((state) => result.changes.filter((change) => groupOf(change) === state));
  return { result, counts, changes };
}

/** How sure it is that nothing breaks, in the words of the comparison: "no counter-example in 1000 values". */
export function proofText({ verdict, changes }: DiffResult): string {
  const open = changes.find(({ proof }) => proof.startsWith('no counter-example'))?.proof;
  if (verdict === 'no-counter-example') return open ?? 'no counter-example';
  return verdict === 'compatible'
    ? 'proved: equal in meaning, or a subset by rule'
    : 'each break is proved by a body that only one version accepts; beyond schemas, both values are shown';
}

/** Characters of a body that is shown within a sentence. */
const SHORT_BODY = 40;

/** Why a change is what it is, for people: with the body that proves it only where that is short. */
export function reasonText({ witness, proof, old, new: now }: DiffChange): string {
  if (witness === null)
    return old === null && now === null ? proof : `It was ${briefJson(old)}, and is ${briefJson(now)}`;
  const body = briefJson(witness.body);
  const subject = body.length > SHORT_BODY ? 'A body' : body;
  const what =
    witness.acceptedBy === 'old'
      ? `${subject} was valid, and is refused now`
      : `${subject} may come now, which the old version refuses`;
  return `${what}: ${witness.pointer === '' ? 'it' : witness.pointer} ${witness.message}`;
}

/** Everything about one change, a line each: for files that people read in a terminal or a CI system. */
export function changeDetails(change: DiffChange): string[] {
  const { rule, old, new: now, location } = change;
  return [
    `rule: ${rule}`,
    `old: ${JSON.stringify(old)}`,
    `new: ${JSON.stringify(now)}`,
    `${change.witness === null ? 'proof' : 'witness'}: ${evidenceOf(change)}`,
    ...(location ? [`in: ${placeText(location)}`] : []),
  ];
}

/** "contracts/orders/order.schema.json:12" */
export function placeText({ file, line }: NonNullable<DiffChange['location']>): string {
  return line === null ? file : `${file}:${line}`;
}

export { evidenceOf, groupOf as changeState, sentenceOf };
