import type { ContractDiff } from '../../contracts/diff/contract-diff.ts';
import { html, type Markup } from '../report/html.ts';
import { line, plainTable, verdict } from '../report/page-parts.ts';
import { briefJson } from './brief-json.ts';
import { diffSummary, evidenceOf, groupOf, sentenceOf } from './render-diff.ts';

const WORDS: Readonly<Record<ContractDiff['verdict'], { tone: 'good' | 'bad' | 'open'; word: string }>> = {
  breaking: { tone: 'bad', word: 'breaking' },
  compatible: { tone: 'good', word: 'compatible' },
  'no-counter-example': { tone: 'open', word: 'no counter-example' },
};

/** The section of the report: each change with its rule, both values, and the body that proves it. */
export function diffSection(diff: ContractDiff): Markup {
  const { tone, word } = WORDS[diff.verdict];
  const rows = diff.changes.map((change) => [
    groupOf(change),
    html`${line(sentenceOf(change))}<br><code>${change.rule}</code>`,
    html`<code>${briefJson(change.old)}</code>`,
    html`<code>${briefJson(change.new)}</code>`,
    html`<code>${evidenceOf(change)}</code>${change.accepted !== null && html`<br>accepted until ${change.accepted.expires}: ${line(change.accepted.reason)}`}`,
  ]);
  return html`<section class="part" id="diff" aria-labelledby="diff-title">
<div class="head"><h2 id="diff-title">Changes of the contract</h2>${verdict(tone, word)}</div>
<p class="lead">${diffSummary(diff)}; policy ${diff.policy}</p>
${rows.length > 0 && plainTable('Changes of the contract', ['level', 'change', 'old', 'new', 'evidence'], rows, { layout: 'stack' })}
</section>`;
}
