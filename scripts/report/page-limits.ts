import type { LimitsResult, ObservationRow } from '../results/results.ts';
import { html, type Markup, raw } from './html.ts';
import { algorithmText, clientAdvice, type Tier, tierFigure } from './limits-model.ts';
import { limitsTimeline, refutationTags } from './limits-timeline.ts';
import { type Answer, expectationText } from './model.ts';
import { counted, formatCount, formatDecimal, formatDuration, formatRange, formatSeconds } from './numbers.ts';
import { block, figureOf, line, mark, more, plainTable, tile, tiles, verdict } from './page-parts.ts';
import { dataTable } from './svg.ts';

/** Observations listed from the start; those that refute a model or were foretold are listed in any case. */
const MAX_OBSERVATIONS = 300;
const MAX_ROUND = 120;

/** The limit: what it is, the timeline, the models, and what follows for a client. */
export function limitsSection(limits: LimitsResult, answer: Answer): Markup {
  const { firstRejection, cost } = limits;
  return html`<section class="part" id="limits" aria-labelledby="limits-title">
<div class="head"><h2 id="limits-title">Limits</h2>${verdict(answer.tone, answer.word)}</div>
<p class="lead">${line(limits.summary)}${limits.reason !== null && html`<br>Not exact: ${line(limits.reason)}`}</p>
${(limits.findings ?? []).map((finding) => html`<p class="lead">${mark('open')} ${line(finding)}</p>`)}
${limits.limits.map((tier, index) => tierTiles(tier, index))}
${tiles([
  tile(
    'first rejection',
    firstRejection === null
      ? 'none'
      : html`request ${figureOf('limits', '/firstRejection/requestNumber', firstRejection.requestNumber, formatCount)}`,
    firstRejection &&
      html`after ${figureOf('limits', '/firstRejection/atSeconds', firstRejection.atSeconds, formatSeconds)}`,
  ),
  tile(
    'requests sent',
    figureOf('limits', '/cost/requests', cost.requests, formatCount),
    html`${figureOf('limits', '/cost/accepted', cost.accepted, formatCount)} accepted, ${figureOf('limits', '/cost/rejected', cost.rejected, formatCount)} rejected`,
  ),
  tile('time taken', figureOf('limits', '/cost/seconds', cost.seconds, formatDuration)),
  limits.penaltySeconds === null
    ? null
    : tile(
        'penalty',
        figureOf('limits', '/penaltySeconds', limits.penaltySeconds, formatSeconds),
        'longer than the window',
      ),
  limits.overAdmission
    ? tile(
        'accepted beyond the limit',
        figureOf('limits', '/overAdmission/admitted', limits.overAdmission.admitted, formatCount),
        html`in a window of ${figureOf('limits', '/overAdmission/capacity', limits.overAdmission.capacity, formatCount)}, with many in flight`,
      )
    : null,
])}
${limitsTimeline(limits)}
${models(limits)}
${foretold(limits)}
<div class="two"><div><h3>What a client should do</h3>${client(limits)}</div><div><h3>What uses up quota</h3>${consumption(limits)}</div></div>
<h3>Expected and observed</h3>${expectation(limits)}
<h3>Advertised and observed</h3>${advertised(limits)}
${observationTable(limits)}
</section>`;
}

function tierTiles(tier: Tier, index: number): Markup {
  const at = (name: string) => `/limits/${index}/${name}`;
  const { unit } = tierFigure(tier);
  const [low, high] = tier.capacityRange;
  return tiles([
    tile(
      'capacity',
      low === high
        ? figureOf('limits', at('capacity'), tier.capacity, formatCount)
        : formatRange(tier.capacityRange, formatCount),
      unit,
    ),
    tier.windowSeconds === null
      ? null
      : tile(
          'window',
          figureOf('limits', at('windowSeconds'), tier.windowSeconds, formatSeconds),
          tier.windowSecondsRange && `${formatRange(tier.windowSecondsRange, (value) => formatDecimal(value, 3))} s`,
        ),
    tier.refillPerSecond === null
      ? null
      : tile(
          'refill',
          html`${figureOf('limits', at('refillPerSecond'), tier.refillPerSecond, (value) => formatDecimal(value, 3))}/s`,
          tier.refillPerSecondRange &&
            `${formatRange(tier.refillPerSecondRange, (value) => formatDecimal(value, 3))}/s`,
        ),
    tile('algorithm', tier.algorithm === 'unknown' ? 'not known' : algorithmText(tier)),
    tile('rejects with', figureOf('limits', at('status'), tier.status, String)),
  ]);
}

function models(limits: LimitsResult): Markup | null {
  const all = limits.evidence.models;
  if (all.length === 0) return null;
  const tags = refutationTags(limits);
  const ordered = [...all].sort((a, b) => (tags.get(a.name) ?? 0) - (tags.get(b.name) ?? 0));
  const rows = ordered.map((model) => {
    const tag = tags.get(model.name);
    return [
      html`${tag !== undefined && html`<span class="tag">${tag}</span>`}${line(model.title)}`,
      model.state === 'surviving'
        ? html`<span class=\"short\">${mark('good')} survives</span>`
        : html`<span class=\"short\">${mark('none')} refuted</span>`,
      model.refutedBy === null || tag === undefined
        ? ''
        : html`<a class="short" href="#request-${model.refutedBy}">request ${formatCount(model.refutedBy)}</a>`,
      html`${line(model.because)}${
        Object.keys(model.parameters).length > 0 &&
        html`<span class="note"> (${Object.entries(model.parameters)
          .map(([name, range]) => parameterText(name, range))
          .join(', ')})</span>`
      }`,
    ];
  });
  const surviving = all.filter((model) => model.state === 'surviving').length;
  return html`<h3 id="models">Models: ${formatCount(surviving)} of ${formatCount(all.length)} ${surviving === 1 ? 'survives' : 'survive'}</h3>${plainTable('Models', ['Model', 'State', 'Refuted by', 'Because'], rows, { layout: 'stack' })}`;
}

/** ("windowSeconds", [9.99, 10.01]) → "window 9.99–10.01 s". */
function parameterText(name: string, range: readonly [number | null, number | null]): string {
  if (/Ms$/.test(name) && range.some((ms) => ms !== null && ms >= 1000)) {
    const [low, high] = range.map((ms) => (ms === null ? null : ms / 1000));
    return parameterText(name.replace(/Ms$/, 'Seconds'), [low ?? null, high ?? null]);
  }
  const unit = /PerSecond$/.test(name) ? '/s' : /Seconds$/.test(name) ? ' s' : /Ms$/.test(name) ? ' ms' : '';
  const words = name.replace(/(PerSecond|Seconds|Ms)$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${line(words)} ${formatRange(range, (value) => formatDecimal(value, 3))}${unit}`;
}

function foretold(limits: LimitsResult): Markup | null {
  const round = limits.evidence.foretold;
  if (round === null) return null;
  const word = { admitted: 'accepted', rejected: 'rejected', other: 'other', lost: 'lost', either: 'either' };
  const titles = round.against.map(
    (name) => limits.evidence.models.find((model) => model.name === name)?.title ?? name,
  );
  const others = titles.length > 3 ? `${formatCount(titles.length)} others` : `the ${titles.join(', ')}`;
  const against = titles.length > 0 ? ` It was chosen to tell the model from ${others}.` : '';
  const isRight = (one: (typeof round.round)[number]) => one.predicted === 'either' || one.predicted === one.seen;
  return html`<h3>A fresh round, foretold</h3><p>${mark(round.holds ? 'good' : 'bad')} ${round.holds ? 'The model foretold what the server would answer.' : 'The server did not answer as foretold.'}${line(against)}</p>
<details class="more"${!round.holds && raw(' open')}><summary>${formatCount(round.round.filter(isRight).length)} of ${counted(round.round.length, 'request')} came as foretold</summary><ul class="round">${round.round.slice(0, MAX_ROUND).map((one) => html`<li>${mark(isRight(one) ? 'good' : 'bad')} <a href="#request-${one.number}">${formatCount(one.number)}</a> ${word[one.predicted]}${!isRight(one) && `, but was ${word[one.seen]}`}</li>`)}</ul>${more(round.round.length - MAX_ROUND, 'requests of the round', 'limits')}</details>`;
}

function client(limits: LimitsResult): Markup {
  const advice = clientAdvice(limits.client);
  return advice.length === 0
    ? html`<p>Nothing follows yet.</p>`
    : html`<ul class="advice">${advice.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

function consumption(limits: LimitsResult): Markup {
  const answer = (counts: boolean | null) => (counts === null ? 'not asked' : counts ? 'yes' : 'no');
  const rejected = [...new Set(limits.limits.map((tier) => tier.countsRejected))];
  const scope = { key: 'the API key', address: 'the source address', global: 'everybody together' };
  return plainTable(
    'What uses up quota',
    ['Question', 'Answer'],
    [
      [
        'A rejected request?',
        rejected.length === 1 && typeof rejected[0] === 'boolean'
          ? answer(rejected[0])
          : 'makes no difference, or not found out',
      ],
      ['An invalid request (400)?', answer(limits.countsInvalid)],
      ['A request without a valid key (401)?', answer(limits.countsUnauthorized)],
      ['Counted by', limits.scope === null ? 'not asked' : scope[limits.scope]],
    ],
  );
}

function expectation({ expected }: LimitsResult): Markup {
  if (expected === null) return html`<p>Nothing was expected; <code>--expect</code> makes this a check.</p>`;
  const tone = expected.agrees === null ? 'open' : expected.agrees ? 'good' : 'bad';
  return html`<p>${mark(tone)} ${line(expectationText({ ...expected, differences: [] }))}</p>${expected.differences.length > 0 && html`<ul>${expected.differences.map((difference) => html`<li>${line(difference)}</li>`)}</ul>`}`;
}

function advertised({ advertised: said }: LimitsResult): Markup {
  const headers = Object.entries(said.headers);
  const tone = said.agrees === null ? 'none' : said.agrees ? 'good' : 'open';
  const text =
    headers.length === 0
      ? 'The server says nothing about its limit.'
      : said.agrees === null
        ? 'What the server says cannot be compared with what was observed.'
        : said.agrees
          ? 'What the server says agrees with what was observed.'
          : 'What the server says is not what was observed.';
  return html`<p>${mark(tone)} ${text}</p>${said.differences.length > 0 && html`<ul>${said.differences.map((difference) => html`<li>${line(difference)}</li>`)}</ul>`}${
    headers.length > 0 &&
    plainTable(
      'Advertised headers',
      ['Header', 'Value'],
      headers.map(([name, value]) => [html`<code>${line(name)}</code>`, block(value)]),
      { layout: 'narrow' },
    )
  }`;
}

function observationTable(limits: LimitsResult): Markup | null {
  const rows = limits.evidence.observations;
  if (rows.length === 0) return null;
  const named = new Set([
    ...limits.evidence.models.map((model) => model.refutedBy),
    ...(limits.evidence.foretold?.round.slice(0, MAX_ROUND).map((one) => one.number) ?? []),
  ]);
  const listed = rows.filter((row, index) => index < MAX_OBSERVATIONS || named.has(row[0]));
  const word = { admitted: 'accepted', rejected: 'rejected', other: 'other', lost: 'lost' };
  const cells = (row: ObservationRow) => [
    html`<span id="request-${row[0]}">${formatCount(row[0])}</span>`,
    formatSeconds(row[1]),
    formatSeconds(row[2]),
    String(row[3] ?? '–'),
    word[row[4]],
    row[5] === 'valid' && row[6] === 'primary' ? '' : `${row[5]}, ${row[6]}`,
  ];
  return html`<details class="twin" id="observations"><summary>${counted(rows.length, 'request')}, one by one</summary>${dataTable({ head: ['Request', 'Sent', 'Answered', 'Status', 'Outcome', 'Kind'], rows: listed.map(cells), more: null }, 'Requests')}${more(rows.length - listed.length, 'requests', 'limits')}</details>`;
}
