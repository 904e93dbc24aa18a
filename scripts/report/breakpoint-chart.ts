import type { ThroughputResult } from '../results/results.ts';
import { html, type Markup } from './html.ts';
import { formatMs, formatRate } from './numbers.ts';
import {
  at,
  figure,
  horizontalAxis,
  linePath,
  logScale,
  MARGIN,
  roundTicks,
  type Scale,
  verticalAxis,
  WIDTH,
} from './svg.ts';

type Breakpoint = NonNullable<ThroughputResult['breakpoint']>;
type Step = NonNullable<Breakpoint['steps']>[number];

const HEIGHT = 240;

/** The p95 of each rate that was tried, where it met its objectives and where not, and the rate that was found. */
export function breakpointChart(found: Breakpoint): Markup | null {
  const steps = (found.steps ?? [])
    .filter((step): step is Step & { p95: number } => step.p95 !== null && step.p95 > 0 && step.requestsPerSecond > 0)
    .toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond);
  if (steps.length < 2) return null;
  const bottom = HEIGHT - MARGIN.bottom;
  const [low, high] = [steps[0]?.requestsPerSecond ?? 0, steps.at(-1)?.requestsPerSecond ?? 1];
  const x = rateScale(low, high);
  const latencies = steps.map(({ p95 }) => p95);
  const y = logScale(Math.min(...latencies) * 0.8, Math.max(...latencies) * 1.25, bottom, MARGIN.top + 14);
  const place = at(x(found.requestsPerSecond));
  const isRight = x(found.requestsPerSecond) > WIDTH / 2;
  const drawing = html`${verticalAxis(y, formatMs)}${horizontalAxis(x, bottom, formatRate, 'requests/s offered')}${
    found.requestsPerSecond >= low &&
    html`<g class="level"><line x1="${place}" x2="${place}" y1="${MARGIN.top}" y2="${bottom}"/><text x="${at(x(found.requestsPerSecond) + (isRight ? -6 : 6))}" y="${MARGIN.top + 8}" text-anchor="${isRight ? 'end' : 'start'}">met up to ${formatRate(found.requestsPerSecond)}/s</text></g>`
  }<g class="p95"><path class="line dotted" d="${linePath(steps.map((step) => [x(step.requestsPerSecond), y(step.p95)] as const))}"/></g>${steps.map(
    (step) => {
      const [cx, cy] = [x(step.requestsPerSecond), y(step.p95)];
      return step.holds
        ? html`<g class="accepted"><circle class="dot" cx="${at(cx)}" cy="${at(cy)}" r="4.5"/></g>`
        : html`<g class="failed"><path class="stroke" d="M${at(cx - 5)} ${at(cy - 5)}l10 10m0 -10l-10 10"/></g>`;
    },
  )}`;
  return figure({
    id: 'steps',
    title: 'p95 by the rate that was offered, log scale',
    description: `${steps.filter(({ holds }) => holds).length} of ${steps.length} rates met the objectives; the highest that did is ${formatRate(found.requestsPerSecond)} requests/s.`,
    height: HEIGHT,
    keys: [
      { name: 'met its objectives', kind: 'accepted', shape: 'dot' },
      { name: 'missed', kind: 'failed', shape: 'cross' },
    ],
    drawing,
    readings: {
      names: ['p95', 'accepted', ''],
      stops: steps.map((step) => ({
        x: Math.round(x(step.requestsPerSecond) * 10) / 10,
        label: `${formatRate(step.requestsPerSecond)}/s offered`,
        values: [formatMs(step.p95), `${formatRate(step.acceptedPerSecond)}/s`, step.holds ? 'met' : 'missed'],
      })),
    },
    table: null,
    note: null,
  });
}

function rateScale(low: number, high: number): Scale {
  const room = (high - low) * 0.04 || 1;
  const [from, to] = [Math.max(0, low - room), high + room];
  const place = (rate: number) => MARGIN.left + ((rate - from) / (to - from)) * (WIDTH - MARGIN.right - MARGIN.left);
  return Object.assign(place, { ticks: roundTicks(from, to, 8) });
}
