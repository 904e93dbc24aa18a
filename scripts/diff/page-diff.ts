import type { Witness } from '../../contracts/diff/schema-diff.ts';
import { valueAt } from '../../contracts/lib/pointer.ts';
import {
  CHANGE_STATES,
  type ChangeState,
  changeState,
  type DiffModel,
  evidenceOf,
  placeText,
  proofText,
  sentenceOf,
} from '../report/diff-model.ts';
import { html, type Markup } from '../report/html.ts';
import type { Answer, Tone } from '../report/model.ts';
import { agreeing, formatCount } from '../report/numbers.ts';
import { block, figureOf, line, mark, more, pair, plainTable, tile, tiles, verdict } from '../report/page-parts.ts';
import type { DiffChange, DiffResult } from '../results/results.ts';
import { briefJson } from './brief-json.ts';

/** Changes that are shown; the rest is counted and stays in the JSON. */
const MAX_CHANGES = 60;
const MAX_ROWS = 300;

const STATES: Readonly<Record<ChangeState, { tone: Tone; word: string; frame: string }>> = {
  breaking: { tone: 'bad', word: 'breaking', frame: '' },
  accepted: { tone: 'none', word: 'breaking, accepted', frame: ' agreed' },
  warning: { tone: 'open', word: 'warning', frame: ' warned' },
  info: { tone: 'good', word: 'breaks nobody', frame: '' },
};

/** The changes of the contract: each break and warning with both versions side by side and the body that proves it. */
export function diffSection({ result, counts, changes }: DiffModel, answer: Answer): Markup {
  const serious = changes.filter((change) => change.level !== 'info');
  const harmless = changes.filter((change) => change.level === 'info');
  const isSeveral = new Set(changes.map(({ operation }) => operation)).size > 1;
  return html`<section class="part" id="diff" aria-labelledby="diff-title">
<div class="head"><h2 id="diff-title">Changes of the contract</h2>${verdict(answer.tone, answer.word)}</div>
<p class="lead">${leadText(result)}</p>
${tiles([
  ...CHANGE_STATES.map((state) =>
    tile(
      STATES[state].word,
      html`<data value="${counts[state]}">${formatCount(counts[state])}</data>`,
      agreeing(counts[state], 'change', 'changes'),
    ),
  ),
  tile('policy', result.policy, html`seed ${figureOf('diff', '/seed', result.seed, String)}`),
])}
${serious.length > 0 && html`<h3 id="changes">What changed for clients</h3>${serious.slice(0, MAX_CHANGES).map((change) => changeCard(change, isSeveral))}${more(serious.length - MAX_CHANGES, 'changes', 'diff')}`}
${harmless.length > 0 && html`<h3>Changes that break nobody</h3>${changeTable(harmless, isSeveral)}`}
</section>`;
}

function leadText(result: DiffResult): Markup {
  const { sides, changes } = result;
  return html`${sides && html`<code>${line(sides.old)}</code> → <code>${line(sides.new)}</code>: `}${changes.length === 0 ? 'no change in meaning, proved.' : line(`${proofText(result)}.`)}`;
}

function changeCard(change: DiffChange, isSeveral: boolean): Markup {
  const { tone, word, frame } = STATES[changeState(change)];
  const { witness, accepted, location } = change;
  return html`<article class="violation${frame}"><div class="title"><div>${mark(tone)} ${line(sentenceOf(change))}</div><span>${word}</span></div>
<p class="where">${isSeveral && html`${line(change.operation)} · `}rule <code>${change.rule}</code>${change.pointer !== '' && html` · at <code>${line(change.pointer)}</code>`}${location && html` · in <code>${line(placeText(location))}</code>`}</p>
${pair(jsonText(change.old), jsonText(change.new), ['Old', 'New'])}
${witness === null ? html`<p class="note">${line(change.proof)}</p>` : witnessBlock(witness)}
${accepted && html`<p class="note">Accepted until ${line(accepted.expires)}: ${line(accepted.reason)}</p>`}</article>`;
}

/** Characters of JSON that stay on one line. */
const LINE_CHARACTERS = 56;

/** JSON, over several lines where it is long; null stands for what one version does not have. */
function jsonText(value: DiffChange['old']): string | null {
  if (value === null) return null;
  const text = JSON.stringify(value);
  return text.length > LINE_CHARACTERS ? JSON.stringify(value, null, 2) : text;
}

/** Why a body proves the change, the value at fault, and the whole body: folded where it is long. */
function witnessBlock({ body, acceptedBy, refusedBy, pointer, keyword, message }: Witness): Markup {
  const text = jsonText(body) ?? 'null';
  const fault = pointer === '' ? undefined : valueAt(body, pointer);
  const head = acceptedBy === 'old' ? 'valid before, refused now' : 'possible now, not valid before';
  const whole = text.includes('\n')
    ? html`<details class="more"><summary>the whole body</summary>${block(text)}</details>`
    : block(text);
  return html`<dl class="pair"><div><dt>Witness: ${head}</dt><dd>${fault !== undefined && block(`${pointer}: ${jsonText(fault) ?? 'null'}`)}${whole}</dd></div><div><dt>Refused by the ${refusedBy} version, confirmed by AJV</dt><dd>${block(`${pointer === '' ? 'the body' : pointer} ${message} (${keyword})`)}</dd></div></dl>`;
}

function changeTable(changes: readonly DiffChange[], isSeveral: boolean): Markup {
  const rows = changes
    .slice(0, MAX_ROWS)
    .map((change) => [
      html`${isSeveral && `${line(change.operation)}: `}${line(sentenceOf(change))}<br><code class="soft">${change.rule}</code>`,
      html`<code>${briefJson(change.old)}</code>`,
      html`<code>${briefJson(change.new)}</code>`,
      line(evidenceOf(change)),
    ]);
  return html`${plainTable('Changes that break nobody', ['Change', 'Old', 'New', 'Proof'], rows, { layout: 'stack' })}${more(changes.length - MAX_ROWS, 'changes', 'diff')}`;
}
