import type { ContractCase } from '../results/results.ts';
import {
  CASE_STATES,
  type CaseGroup,
  type CaseState,
  type ContractModel,
  caseState,
  type ViolationGroup,
} from './contract-model.ts';
import { html, type Markup, raw } from './html.ts';
import type { Answer, Tone } from './model.ts';
import { agreeing, counted, formatCount, formatDecimal, formatMs } from './numbers.ts';
import { block, figureOf, line, mark, more, pair, plainTable, tile, tiles, verdict } from './page-parts.ts';

/** Rows that are shown; the rest is counted and stays in the JSON. */
const MAX_VIOLATIONS = 60;
const MAX_CASES = 500;
const MAX_CASES_PER_GROUP = 200;
const MAX_RULES = 300;
/** Cases from which a group is drawn only when it comes into view: a page of many opens faster. */
const LONG_GROUP = 40;

const STATE_TONE: Readonly<Record<CaseState, Tone>> = {
  broken: 'bad',
  excused: 'none',
  'not-reached': 'open',
  observed: 'none',
  holds: 'good',
};
const STATE_WORD: Readonly<Record<CaseState, string>> = {
  broken: 'broken',
  excused: 'excused',
  'not-reached': 'not reached',
  observed: 'observed',
  holds: 'holds',
};

/** The contract: what broke first, then every case, coverage, drift. */
export function contractSection(contract: ContractModel, answer: Answer): Markup {
  const { result, counts, violations } = contract;
  return html`<section class="part" id="contract" aria-labelledby="contract-title">
<div class="head"><h2 id="contract-title">Contract</h2>${verdict(answer.tone, answer.word)}</div>
<p class="lead">${line(result.reason ?? leadText(contract))}</p>
${tiles([
  ...CASE_STATES.filter((state) => counts[state] > 0 || state === 'broken' || state === 'holds').map((state) =>
    tile(
      STATE_WORD[state],
      html`<data value="${counts[state]}">${formatCount(counts[state])}</data>`,
      agreeing(counts[state], 'case', 'cases'),
    ),
  ),
  tile(
    'reached the endpoint',
    figureOf('contract', '/reached/cases', result.reached.cases, formatCount),
    html`of ${figureOf('contract', '/reached/ofCases', result.reached.ofCases, formatCount)} that should`,
  ),
  result.coverage.percent === undefined
    ? null
    : tile(
        'coverage',
        figureOf('contract', '/coverage/percent', result.coverage.percent, (value) => `${formatDecimal(value, 1)} %`),
        'of rules and statuses',
      ),
])}
${violations.length > 0 && violationList(violations)}
${caseList(contract)}
${coverage(contract)}
${told(contract)}
</section>`;
}

function leadText({ result, counts }: ContractModel): string {
  if (counts.broken > 0) return 'Violations first; every case with its request below.';
  return result.verdict === 'holds'
    ? 'Every asserted case held. What the documents leave open was observed, and is no rule.'
    : 'Too few cases reached the endpoint to say.';
}

function violationList(violations: readonly ViolationGroup[]): Markup {
  return html`<h3 id="violations">What broke</h3>${violations.slice(0, MAX_VIOLATIONS).map(
    (
      group,
    ) => html`<article class="violation"><div class="title"><div>${mark('bad')} ${line(group.rule)}</div><span><data value="${group.count}">${formatCount(group.count)}</data> ${agreeing(group.count, 'time', 'times')}</span></div>
${(group.pointer || group.source) && html`<p class="where">${group.pointer && html`at <code>${line(group.pointer)}</code>`}${group.pointer && group.source && ' · '}${group.source && html`written in <code>${line(group.source)}</code>`}</p>`}
${pair(group.expected, group.received)}
<p class="note">${group.cases.map((one, index) => html`${index > 0 && ', '}<a href="#${caseAnchor(one.id)}">${line(one.title)}</a>`)}${group.count > group.cases.length && html` and ${formatCount(group.count - group.cases.length)} more`}</p></article>`,
  )}${more(violations.length - MAX_VIOLATIONS, 'rules', 'contract')}`;
}

/** An id that is an anchor whatever is in it. */
function caseAnchor(id: string): string {
  return `case-${id.slice(0, 120).replace(/[^\w.-]/g, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}`)}`;
}

function caseList({ result, groups, counts }: ContractModel): Markup {
  let room = MAX_CASES;
  const drawn = groups.map((group) => {
    const cases = group.cases.slice(0, Math.min(MAX_CASES_PER_GROUP, Math.max(room, 0)));
    room -= cases.length;
    return { group, cases };
  });
  const shownCases = drawn.reduce((sum, { cases }) => sum + cases.length, 0);
  const states = CASE_STATES.filter((state) => counts[state] > 0);
  return html`<h3 id="cases">Cases</h3>
<div class="filters" role="search" aria-label="Cases" hidden><button type="button" value="" aria-pressed="true">All</button>${states.map((state) => html`<button type="button" value="${state}" aria-pressed="false">${STATE_WORD[state]} ${formatCount(counts[state])}</button>`)}<input type="search" placeholder="Search cases  /" aria-label="Search cases"><output aria-live="polite">${formatCount(shownCases)} of ${formatCount(shownCases)} cases</output></div>
${drawn.filter(({ cases }) => cases.length > 0).map(({ group, cases }) => caseGroup(group, cases))}
${more(result.cases.length - shownCases, 'cases', 'contract')}`;
}

function caseGroup(group: CaseGroup, cases: readonly ContractCase[]): Markup {
  const all = group.cases.length;
  const told = CASE_STATES.filter((state) => group.counts[state] > 0).map(
    (state) =>
      `${formatCount(group.counts[state])} ${state === 'holds' ? agreeing(group.counts[state], 'holds', 'hold') : STATE_WORD[state]}`,
  );
  // What holds is folded away: what does not is to be seen without looking for it.
  const isOpen = group.counts.broken > 0 || group.counts['not-reached'] > 0;
  return html`<details class="group${cases.length > LONG_GROUP && ' long'}"${isOpen && raw(' open')}><summary><h4>${line(group.name)}</h4> <span>${told.join(' · ')}${all > cases.length && ` · the first ${formatCount(cases.length)} are listed`}</span></summary><div class="cases">${cases.map(caseRow)}</div></details>`;
}

function caseRow(one: ContractCase): Markup {
  const state = caseState(one);
  const status = typeof one.status === 'number' ? `${one.status} · ` : '';
  const rest = (one.violations ?? []).slice(1);
  return html`<details class="case" id="${caseAnchor(one.id)}" data-state="${state}"><summary>${mark(STATE_TONE[state])}<span>${line(one.title)}<span class="id mono">${line([one.id, ...one.tags].join('  '))}</span></span><span class="state ${STATE_TONE[state]}">${status}${STATE_WORD[state]}</span></summary><div class="body">
<dl class="facts">${fact('rule', one.rule)}${fact('written in', one.source)}${fact('at', one.pointer)}${typeof one.milliseconds === 'number' && html`<dt>took</dt><dd>${formatMs(one.milliseconds)}</dd>`}${one.baseline && html`<dt>excused</dt><dd>until ${line(one.baseline.expires)}: ${line(one.baseline.reason)}</dd>`}</dl>
${pair(one.expected, one.received)}
${rest.map((also) => html`<p class="where">also: ${line(also.rule)}${also.pointer && html` at <code>${line(also.pointer)}</code>`}</p>${pair(also.expected, also.received)}`)}
${one.curl && html`<div class="curl">${block(one.curl)}</div>`}
${one.rerun && html`<p class="note">Alone: <code>${line(one.rerun)}</code></p>`}
</div></details>`;
}

function fact(label: string, text: string | null | undefined): Markup | null {
  return text === null || text === undefined || text === '' ? null : html`<dt>${label}</dt><dd>${line(text)}</dd>`;
}

function coverage({ result }: ContractModel): Markup | null {
  const { statuses = [], rules = [] } = result.coverage;
  if (statuses.length === 0 && rules.length === 0) return null;
  const seen = rules.filter((rule) => rule.cases > 0).length;
  return html`<h3 id="coverage">Coverage</h3>
${
  statuses.length > 0 &&
  plainTable(
    'Statuses',
    ['Status', 'Documented', 'Answers'],
    statuses.map((one) => [
      html`<code>${one.status}</code>`,
      one.documented ? 'yes' : html`${mark('open')} no`,
      one.responses === 0 ? html`${mark('open')} none` : formatCount(one.responses),
    ]),
    { numeric: [2], layout: 'narrow' },
  )
}
${
  rules.length > 0 &&
  html`<details class="more"><summary>${formatCount(seen)} of ${counted(rules.length, 'rule')} touched by a case</summary>${plainTable(
    'Rules',
    ['Rule', 'Cases', 'Broken'],
    rules
      .slice(0, MAX_RULES)
      .map((rule) => [
        html`<code>${line(rule.rule)}</code>`,
        rule.cases === 0 ? html`${mark('open')} 0` : formatCount(rule.cases),
        formatCount(rule.broken),
      ]),
    { numeric: [1, 2] },
  )}${more(rules.length - MAX_RULES, 'rules', 'contract')}</details>`
}`;
}

/** What is no finding: drift, precedence, baseline, notes. */
function told({ result }: ContractModel): Markup {
  const { drift, precedence = [], baseline, notes = [] } = result;
  return html`${
    drift.length > 0 &&
    html`<h3>Differences that break no rule</h3>${plainTable(
      'Drift',
      ['Field', 'What', 'Answers'],
      drift
        .slice(0, MAX_RULES)
        .map((one) => [
          html`<code>${line(one.pointer)}</code>`,
          line(one.what),
          one.seen === undefined ? '' : formatCount(one.seen),
        ]),
      { numeric: [2] },
    )}${more(drift.length - MAX_RULES, 'differences', 'contract')}`
  }
${
  precedence.length > 0 &&
  html`<h3>Which fault is answered first</h3>${plainTable(
    'Precedence',
    ['Between', 'First', 'Status'],
    precedence
      .slice(0, MAX_RULES)
      .map((one) => [line(one.between.join(' and ')), line(one.first ?? 'neither'), String(one.status ?? '–')]),
    { numeric: [2] },
  )}`
}
${baseline && html`<h3>Baseline</h3><p>${counted(baseline.used.length, 'known violation')} excused by <code>${line(baseline.file)}</code>.</p>${(baseline.expired.length > 0 || baseline.unneeded.length > 0) && html`<ul>${baseline.expired.slice(0, MAX_RULES).map((one) => html`<li>${mark('open')} expired ${line(one.expires)}: <code>${line(one.case)}</code>, ${line(one.reason)}</li>`)}${baseline.unneeded.slice(0, MAX_RULES).map((one) => html`<li>${mark('open')} no longer needed: <code>${line(one.case)}</code></li>`)}</ul>`}`}
${notes.length > 0 && html`<h3>Notes</h3><ul>${notes.slice(0, MAX_RULES).map((note) => html`<li>${line(note)}</li>`)}</ul>`}`;
}
