import { html, type Markup } from './html.ts';
import type { ReportModel } from './model.ts';
import { agreeing, counted, formatCount, formatDuration } from './numbers.ts';
import { line, PART_TITLE, plainTable, timeText } from './page-parts.ts';

const PROGRAMS = [
  ['assay', 'assay'],
  ['node', 'Node.js'],
  ['k6', 'k6'],
  ['playwright', 'Playwright'],
] as const;

/** Where, when and with what the figures were made, and what that cost. */
export function environmentSection(model: ReportModel): Markup {
  const { environments, ledger } = model;
  const requests = environments.map(({ part }) => requestsOf(model, part));
  const rows = environments.map(({ part, environment }, index) => [
    PART_TITLE[part],
    html`${line(environment.target)}${environment.embedded && html` <span class="note">embedded</span>`}`,
    timeText(environment.startedAt),
    environment.seconds === undefined ? '–' : formatDuration(environment.seconds),
    countText(requests[index] ?? null),
    countText(createdBy(model, part)),
    line(String(environment.seed ?? '–')),
  ]);
  const known = PROGRAMS.flatMap(([field, name]) => {
    // Results of earlier versions say "v20.20.2".
    const told = new Set(environments.flatMap(({ environment }) => environment[field]?.replace(/^v/, '') ?? []));
    return told.size === 0 ? [] : [[name, line([...told].join(', '))]];
  });
  const all = requests.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const seconds = environments.reduce((sum, { environment }) => sum + (environment.seconds ?? 0), 0);
  const created =
    ledger === null
      ? 'No ledger was kept.'
      : ledger.created === 0
        ? 'Nothing was created on the server.'
        : html`${counted(ledger.created, 'thing')} ${agreeing(ledger.created, 'was', 'were')} created on the server (${Object.entries(
            ledger.byPhase,
          )
            .map(([phase, count]) => `${line(phase)} ${formatCount(count)}`)
            .join(', ')}); <a href="created.jsonl">created.jsonl</a> lists them.`;
  return html`<section class="part" id="environment" aria-labelledby="environment-title"><div class="head"><h2 id="environment-title">Environment</h2></div>
<p class="lead">${counted(all, 'request')} in ${formatDuration(seconds)}. ${created}${ledger !== null && ledger.damagedLines > 0 && ` ${counted(ledger.damagedLines, 'line')} of it cannot be read.`}</p>
${plainTable('Runs', ['Part', 'Target', 'Started', 'Took', 'Requests', 'Created', 'Seed'], rows, { numeric: [3, 4, 5, 6] })}
<h3>Versions</h3>${plainTable('Versions', ['Program', 'Version'], known, { layout: 'narrow' })}
</section>`;
}

/** Requests that a part sent, its warm-up included; null where its result does not tell. */
function requestsOf({ contract, limits, throughput }: ReportModel, part: string): number | null {
  if (part === 'limits') return limits?.cost.requests ?? null;
  if (part === 'throughput') return throughput?.series.reduce((sum, point) => sum + point.requests, 0) ?? null;
  return contract?.result.coverage.statuses?.reduce((sum, { responses }) => sum + responses, 0) ?? null;
}

/** Things that a part created, as it says itself. */
function createdBy({ contract, limits, throughput }: ReportModel, part: string): number | null {
  if (part === 'limits') return limits?.cost.accepted ?? null;
  return (part === 'throughput' ? throughput?.created : contract?.result.created) ?? null;
}

function countText(count: number | null): string {
  return count === null ? '–' : formatCount(count);
}
