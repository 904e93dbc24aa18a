import type { LimitsResult } from '../results/results.ts';
import { counted, formatCount, formatDecimal, formatRange, formatSeconds } from './numbers.ts';

/** A limit in words. */

export type Tier = LimitsResult['limits'][number];

const ALGORITHM: Readonly<Record<Tier['algorithm'], string>> = {
  'fixed-window': 'fixed window',
  'sliding-log': 'sliding log',
  'sliding-counter': 'sliding-window counter',
  'token-bucket': 'token bucket',
  'leaky-queue': 'leaky queue',
  concurrency: 'concurrency limit',
  unknown: 'algorithm not known',
};

const ANCHOR = { 'first-request': ' from the first request', clock: ' on the clock' } as const;

/** "fixed window from the first request". */
export function algorithmText(tier: Tier): string {
  return `${ALGORITHM[tier.algorithm]}${tier.anchor === null ? '' : ANCHOR[tier.anchor]}`;
}

/** The number that the answer shows big, and what it is of: ["120", "requests per 10 s"]. */
export function tierFigure(tier: Tier): { readonly figure: string; readonly unit: string } {
  const figure = formatRange(tier.capacityRange, formatCount);
  if (tier.algorithm === 'concurrency') return { figure, unit: 'requests in flight at once' };
  if (tier.windowSeconds !== null && tier.windowSecondsRange !== null)
    return { figure, unit: `requests per ${windowText(tier.windowSeconds, tier.windowSecondsRange)}` };
  if (tier.refillPerSecond !== null) {
    const steps =
      tier.refillIntervalSeconds === null ? '' : `, in steps of ${formatSeconds(tier.refillIntervalSeconds)}`;
    const refill = `${formatDecimal(tier.refillPerSecond, 3)}/s${steps}`;
    return tier.algorithm === 'leaky-queue'
      ? { figure, unit: `requests queued, let through at ${refill}` }
      : { figure, unit: `requests at once, refilled at ${refill}` };
  }
  return { figure, unit: 'requests in one burst' };
}

/** "10 s" where the range is within what `exact` allows (2 %, or 20 ms), else the range: "9.6–10.4 s". */
function windowText(seconds: number, range: readonly [number | null, number | null]): string {
  const [low, high] = range;
  if (low !== null && high !== null && high - low <= Math.max(seconds * 0.02, 0.02)) return formatSeconds(seconds);
  return `${formatRange(range)} s`;
}

/** "120 requests per 10 s", tiers joined by "and". */
export function limitText(limits: LimitsResult['limits']): string {
  return limits
    .map(tierFigure)
    .map(({ figure, unit }) => `${figure} ${unit}`)
    .join(' and ');
}

/** The statuses that reject, as plural words: "429s", or "rejections with 503". */
export function rejectionsText(limits: LimitsResult['limits']): string {
  const statuses = [...new Set(limits.map((tier) => tier.status))];
  return statuses.length === 1
    ? `${statuses[0]}s`
    : statuses.length === 0
      ? '429s'
      : `rejections (${statuses.join(', ')})`;
}

/** What a client should do, a sentence each. */
export function clientAdvice(client: LimitsResult['client']): string[] {
  if (client === null) return [];
  const advice = [
    client.burst === 0
      ? 'Send nothing: every request is rejected.'
      : `Send at most ${counted(client.burst, 'request')} at once after a rest.`,
  ];
  if (client.steadyPerSecond !== null)
    advice.push(`Pace steady traffic at ${formatDecimal(client.steadyPerSecond, 3)} requests/s or less.`);
  if (client.waitAfterRejectionSeconds !== null)
    advice.push(`After a rejection, wait ${formatSeconds(client.waitAfterRejectionSeconds)} before the next request.`);
  return advice;
}
