import { type LoadProfile, offeredRequests } from '../../load/measurement/profile.ts';
import type { Status } from '../lib/progress.ts';
import { formatCount } from '../report/numbers.ts';

/**
 * How far a load is, from what k6 prints once a second where it sees no terminal; null for its other lines. `share` of
 * the load is this generator's. Pure.
 */
export function loadStatus(line: string, phase: string, profile: LoadProfile, share = 1): Status | null {
  const [, time, complete] = /^running \(([\dhms.]+)\), \d+\/\d+ VUs, (\d+) complete/.exec(line) ?? [];
  if (time === undefined || complete === undefined) return null;
  const elapsedSeconds = [...time.matchAll(/([\d.]+)([hms])/g)]
    .map(([, count, unit]) => Number(count) * (SECONDS[unit ?? ''] ?? 1))
    .reduce((sum, part) => sum + part, 0);
  const secondsLeft = profile.durationSeconds - elapsedSeconds;
  const offered = offeredRequests(profile, 0, profile.durationSeconds);
  if (secondsLeft <= 0)
    return { phase, says: `${formatCount(Number(complete))} requests, waiting for the last answers` };
  return {
    phase,
    says: `${formatCount(Number(complete))} ${offered === null ? 'requests' : `of ${formatCount(Math.ceil(offered * share))} requests`}`,
    secondsLeft,
  };
}

/** Requests that had no answer when k6 ended the load, from the last line in which it tells of them; null for others. Pure. */
export function interruptedIterations(line: string): number | null {
  const count = /^running \(.*\), \d+\/\d+ VUs, \d+ complete and (\d+) interrupted iterations$/.exec(
    line.trimEnd(),
  )?.[1];
  return count === undefined ? null : Number(count);
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
