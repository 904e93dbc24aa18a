import type { ResultName } from '../results/results.ts';
import { html, type Markup, raw } from './html.ts';
import type { Tone } from './model.ts';
import { formatCount } from './numbers.ts';
import { shown, shownLine } from './shown-text.ts';

/** Pieces that every section of the page is made of. */

export const PART_TITLE: Readonly<Record<ResultName, string>> = {
  contract: 'Contract',
  limits: 'Limits',
  throughput: 'Throughput',
  diff: 'Changes',
  compare: 'Compared',
};

/** Shapes of the verdicts: told apart without colour. Defined once in the page, used by reference. */
export const MARKS: Markup = html`<svg width="0" height="0" class="unseen" aria-hidden="true"><defs>
<symbol id="m-good" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="currentColor"/><path d="M4.3 8.3l2.6 2.6 4.8-5.3" fill="none" stroke="var(--card)" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="m-bad" viewBox="0 0 16 16"><path d="M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7z" fill="currentColor"/><path d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6" stroke="var(--card)" stroke-width="1.9" stroke-linecap="round"/></symbol>
<symbol id="m-open" viewBox="0 0 16 16"><path d="M8 .6L16 15H0z" fill="currentColor"/><path d="M8 5.6v4.6" stroke="var(--card)" stroke-width="1.8" stroke-linecap="round"/><circle cx="8" cy="12.6" r="1.05" fill="var(--card)"/></symbol>
<symbol id="m-none" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M5 8h6" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
</defs></svg>`;

export function mark(tone: Tone): Markup {
  return html`<svg class="mark ${tone}" aria-hidden="true"><use href="#m-${tone}"/></svg>`;
}

/** A verdict: shape, colour and word. */
export function verdict(tone: Tone, word: string): Markup {
  return html`<span class="word ${tone}">${mark(tone)}${word}</span>`;
}

/** A number of a result file: what is read, with the exact value and its place in the file beside it. */
export function figureOf(
  file: ResultName,
  pointer: string,
  value: number | null,
  format: (value: number) => string,
): Markup {
  if (value === null) return html`–`;
  return html`<data value="${value}" data-from="${file}.json#${pointer}">${format(value)}</data>`;
}

/** A tile: label, value, and a smaller line under it. */
export function tile(label: string, value: Markup | string, note: Markup | string | null = null): Markup {
  return html`<div><dt>${label}</dt><dd>${value}${note !== null && note !== '' && html`<small>${note}</small>`}</dd></div>`;
}

export function tiles(items: readonly (Markup | null)[]): Markup {
  return html`<dl class="tiles">${items}</dl>`;
}

/** Characters of a longer text that are shown. */
const TEXT_CHARACTERS = 2000;
const LINE_CHARACTERS = 240;

/** A text of several lines, cut where it is long, which is said. */
export function block(text: string): Markup {
  const { text: head, cutFrom } = shown(text, TEXT_CHARACTERS);
  return html`<div class="text"${mayScroll(head) && raw(' tabindex="0"')}>${head}</div>${cutFrom !== null && html`<p class="note">The first ${formatCount(TEXT_CHARACTERS)} of ${formatCount(cutFrom)} characters.</p>`}`;
}

/** Lines of a block on the narrowest screen before it scrolls, and characters that fit on one. */
const BLOCK_LINES = 16;
const NARROW_CHARACTERS = 32;

/** Is the block higher than the page lets it be, on a narrow screen? Then the keyboard must reach it. */
function mayScroll(text: string): boolean {
  const lines = text.split('\n').reduce((sum, one) => sum + Math.max(1, Math.ceil(one.length / NARROW_CHARACTERS)), 0);
  return lines > BLOCK_LINES;
}

/** A moment, for people: "2026-01-02 03:04:05 UTC". */
export function timeText(isoTime: string): Markup {
  return html`<time datetime="${isoTime}">${line(isoTime.replace('T', ' ').replace(/(:\d\d)(\.\d+)?Z$/, '$1 UTC'))}</time>`;
}

/** A text on one line. */
export function line(text: string): string {
  return shownLine(text, LINE_CHARACTERS);
}

/** Expected beside received, or what else is compared; nothing where neither is known. */
export function pair(
  expected: string | null | undefined,
  received: string | null | undefined,
  [left, right]: readonly [string, string] = ['Expected', 'Received'],
): Markup | null {
  if ((expected ?? null) === null && (received ?? null) === null) return null;
  const side = (label: string, text: string | null | undefined) =>
    (text ?? null) !== null && html`<div><dt>${label}</dt><dd>${block(text ?? '')}</dd></div>`;
  return html`<dl class="pair">${side(left, expected)}${side(right, received)}</dl>`;
}

/**
 * A table with headings. `numeric` names the columns that are set to the right; `layout` keeps a table of short cells
 * narrow, or stacks the cells of one with long texts on a narrow screen.
 */
export function plainTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Markup | string)[])[],
  look: { readonly numeric?: readonly number[]; readonly layout?: 'narrow' | 'stack' } = {},
): Markup {
  const kind = (index: number) => (look.numeric?.includes(index) ? html` class="n"` : '');
  return html`<div class="scroll ${look.layout ?? ''}"${look.layout !== 'stack' && html` tabindex="0" role="group" aria-label="${caption}"`}><table><caption class="unseen">${caption}</caption><thead><tr>${head.map((cell, index) => (cell === '' ? html`<td></td>` : html`<th scope="col"${kind(index)}>${cell}</th>`))}</tr></thead><tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell, index) => html`<td${kind(index)}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** "12 more in contract.json", or nothing. */
export function more(count: number, what: string, file: ResultName): Markup | null {
  return count > 0
    ? html`<p class="note">${formatCount(count)} more ${what} in <a href="${file}.json">${file}.json</a>.</p>`
    : null;
}

/** A share as a bar, beside the number that it repeats. */
export function shareBar(ratio: number, kind: string): Markup {
  const width = Math.round(Math.min(1, Math.max(0, ratio)) * 1200) / 10;
  return html`<svg class="share ${kind}" viewBox="0 0 120 8" aria-hidden="true"><rect width="120" height="8" rx="4"/><rect width="${width}" height="8" rx="4"/></svg>`;
}
