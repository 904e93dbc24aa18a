import { createHash } from 'node:crypto';
import { diffSection } from '../diff/page-diff.ts';
import type { ResultName } from '../results/results.ts';
import { html, type Markup, raw } from './html.ts';
import type { Answer, ReportModel } from './model.ts';
import { compareSection } from './page-compare.ts';
import { contractSection } from './page-contract.ts';
import { environmentSection } from './page-environment.ts';
import { historySection } from './page-history.ts';
import { limitsSection } from './page-limits.ts';
import { mutantsSection } from './page-mutants.ts';
import { line, MARKS, mark, PART_TITLE, timeText, verdict } from './page-parts.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { throughputSection } from './page-throughput.ts';
import { shownLine } from './shown-text.ts';

/**
 * `index.html`: one page that needs nothing else. Its content security policy lets it load nothing and run only its
 * own script and style, by their hashes: a server's text that got through the escaping could neither run nor call.
 */
export function renderHtml(model: ReportModel): string {
  const style = PAGE_STYLE.trim();
  const script = PAGE_SCRIPT.trim();
  const policy = `default-src 'none'; style-src '${sha256(style)}'; script-src '${sha256(script)}'; base-uri 'none'; form-action 'none'`;
  const { answers } = model;
  const answerOf = (part: ResultName) => {
    const answer = answers.find((one) => one.part === part);
    if (answer === undefined) throw new Error(`no answer for ${part}`);
    return answer;
  };
  const ran = answers.filter((answer) => answer.tone !== 'none');
  const claims = answers.flatMap((answer) => (answer.claim === null ? [] : [answer.claim]));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${line(`${model.operation ?? model.name}: ${answers.map((answer) => answer.word.toLowerCase()).join(', ')} – assay`)}</title>
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
${MARKS}
<header class="bar"><div class="wrap"><span class="brand">assay</span><nav aria-label="Sections">${ran.map((answer) => html`<a href="#${answer.part}">${mark(answer.tone)}${PART_TITLE[answer.part]}</a>`)}${model.history && html`<a href="#history">Trend</a>`}${model.environments.length > 0 && html`<a href="#environment">Environment</a>`}</nav></div></header>
<main id="main" class="wrap">
${head(model, claims)}
<div class="strip of-${ran.length}">${ran.map(answerCard)}</div>
${notAsked(ran)}
${model.contract && contractSection(model.contract, answerOf('contract'))}
${model.limits && limitsSection(model.limits, answerOf('limits'))}
${model.throughput && throughputSection(model.throughput, answerOf('throughput'))}
${model.compare && compareSection(model.compare, answerOf('compare'))}
${model.diff && diffSection(model.diff, answerOf('diff'))}
${model.history && historySection(model.history)}
${model.mutants && mutantsSection(model.mutants)}
${model.environments.length > 0 && environmentSection(model)}
</main>
<footer class="wrap">Made by assay from ${ran.map(({ part }, index) => html`${index > 0 && ', '}<a href="${part}.json">${part}.json</a>`)}. Also: <a href="summary.md">summary.md</a>, <a href="junit.xml">junit.xml</a>, <a href="ctrf.json">ctrf.json</a>${model.diff && html`, <a href="diff.sarif">diff.sarif</a>`}.</footer>
<script>${raw(script)}</script>
</body>
</html>
`;
  return page.markup;
}

/** What every page answers, or says how to ask. */
const QUESTIONS = [
  { part: 'contract', question: 'Does it keep its contract?', command: 'assay contract' },
  { part: 'limits', question: 'Where do the 429s start?', command: 'assay limits' },
  { part: 'throughput', question: 'What load does it bear?', command: 'assay throughput' },
  { part: 'diff', question: 'Does the change break anyone?', command: 'assay diff main: .' },
] as const;

/** Of one answer. */
const MAX_SENTENCES = 7;
const SENTENCE_CHARACTERS = 160;
/** Characters beyond which a figure is set smaller. */
const LONG_FIGURE = 9;

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function head(model: ReportModel, claims: readonly string[]): Markup {
  const first = model.environments[0]?.environment;
  const diff = model.diff?.result.sides;
  const loads = model.compare?.sides;
  const compared = diff ? [diff.old, diff.new] : loads ? [loads.a.label, loads.b.label] : null;
  return html`<p class="eyebrow">${first === undefined && compared && html`<code>${line(compared.join(' → '))}</code>`}${model.operation && html`<code>${line(model.operation)}</code>`}${first && html`<span>on ${line(first.target)}${first.embedded && ', the embedded reference API'}</span>${timeText(first.startedAt)}`}</p>
<h1${claims.length > 3 && html` class="long"`}>${claims.map((claim, index) => html`${index > 0 && ' '}${unbroken(line(claim))}`)}</h1>`;
}

/** The questions that nothing in the folder answers, each with the command that does. */
function notAsked(ran: readonly Answer[]): Markup | null {
  const open = QUESTIONS.filter(({ part }) => !ran.some((answer) => answer.part === part));
  if (open.length === 0) return null;
  return html`<p class="asked">Not asked: ${open.map(({ question, command }) => html`<span>${question} <code>${command}</code></span>`)}</p>`;
}

/** A number stays on the line of its unit, a range on one line. */
function unbroken(text: string): string {
  return text.replace(/(\d) (?=(?:ms|s|min|h|%)(?!\w))/g, '$1\u00a0').replace(/(\d)–(?=\d)/g, '$1\u2060–\u2060');
}

function answerCard(answer: Answer): Markup {
  const sentences = answer.sentences.slice(0, MAX_SENTENCES).map((text) => shownLine(text, SENTENCE_CHARACTERS));
  return html`<article class="answer ${answer.tone}" id="answer-${answer.part}"><h2>${answer.question}</h2>${verdict(answer.tone, answer.word)}<p class="figure${answer.figure.length > LONG_FIGURE && ' long'}">${answer.figure}</p><p class="unit">${unbroken(line(answer.unit))}</p><ul>${sentences.map((sentence) => html`<li>${unbroken(sentence)}</li>`)}</ul><a class="go" href="#${answer.proof.anchor}">${answer.proof.label} <span aria-hidden="true">→</span></a></article>`;
}
