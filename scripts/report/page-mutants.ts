import type { MutantReport } from '../results/mutants.ts';
import { html, type Markup } from './html.ts';
import { formatCount } from './numbers.ts';
import { line, mark, plainTable } from './page-parts.ts';

/** What the suite would catch: defects and harmless variations that were switched on one at a time. */
export function mutantsSection({ defects, variations, outcomes, byRule }: MutantReport): Markup {
  const wrong = outcomes.filter((outcome) => !outcome.isRight);
  const rules = Object.entries(byRule).sort(([, a], [, b]) => b.defects - a.defects);
  return html`<section class="part" id="mutants" aria-labelledby="mutants-title">
<div class="head"><h2 id="mutants-title">What the suite catches</h2></div>
<p class="lead">${formatCount(defects.caught)} of ${formatCount(defects.of)} defects of the reference API were caught, and ${formatCount(variations.flagged)} of ${formatCount(variations.of)} harmless variations were flagged.</p>
${
  wrong.length > 0 &&
  plainTable(
    'Missed and flagged',
    ['What', 'Which', 'Finding'],
    wrong.map((outcome) => [
      html`${mark('bad')} ${outcome.group === 'variation' ? 'flagged' : 'missed'}`,
      html`${line(outcome.title)}<br><code>${outcome.id}</code>`,
      line(outcome.firstFinding ?? '–'),
    ]),
    { layout: 'stack' },
  )
}
<details class="more"><summary>What each of ${formatCount(rules.length)} checks catches</summary>${plainTable(
    'Checks by defects caught',
    ['Check', 'Defects', 'That nothing else catches'],
    rules.map(([rule, { defects: caught, alone }]) => [
      html`<code>${line(rule)}</code>`,
      formatCount(caught),
      formatCount(alone),
    ]),
    { numeric: [1, 2] },
  )}</details>
<details class="more"><summary>Each of ${formatCount(outcomes.length)} defects and variations</summary>${plainTable(
    'Defects and variations',
    ['Group', 'Defect or variation', 'Caught by'],
    outcomes.map((outcome) => [
      outcome.group,
      html`${line(outcome.title)}<br><code>${outcome.id}</code>`,
      line(Object.keys(outcome.caughtBy).join(', ') || '–'),
    ]),
    { layout: 'stack' },
  )}</details>
</section>`;
}
