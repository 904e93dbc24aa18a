/**
 * What a server says of when quota returns. A hint only says where to look first: it is never held against anything,
 * and one that lies costs a few probes.
 */
import { parseClaims } from '../headers/claims.ts';
import type { Range } from './engine.ts';

const WHOLE_SECOND_MS = 1000;
const LONGEST_SECONDS = 7 * 86_400;
const MARGIN_RATIO = 0.01;

/** Headers that say when quota returns, the most telling first; then come any others. */
const FIRST = ['Retry-After', 'RateLimit-Reset', 'X-RateLimit-Reset', 'X-Rate-Limit-Reset', 'RateLimit'];

/**
 * The span, on the engine's clock, in which the headers of a rejection have quota return: whole seconds may be rounded
 * either way. `wallClockAtZeroMs`: ms since 1970 at time 0 of that clock; null: moments since 1970 say nothing. Result
 * null: nothing that can be read.
 */
export function returnHintMs(
  headers: Readonly<Record<string, string>>,
  receivedAtMs: number,
  wallClockAtZeroMs: number | null,
): Range | null {
  const clockSeconds = wallClockAtZeroMs === null ? null : (wallClockAtZeroMs + receivedAtMs) / 1000;
  // This clock is finer than the Date of the answer.
  const { date: _, ...others } = headers;
  const afterMs = parseClaims(others, clockSeconds).claims.flatMap((claim) => {
    if (claim.kind !== 'quota') return [];
    const [, seconds] = claim.afterSeconds;
    if (seconds < 0 || seconds > LONGEST_SECONDS) return [];
    const place = FIRST.indexOf(claim.header);
    return [{ place: place < 0 ? FIRST.length : place, ms: seconds * 1000 }];
  });
  const [first] = afterMs.sort((one, other) => one.place - other.place);
  return first === undefined ? null : around(receivedAtMs, first.ms);
}

function around(receivedAtMs: number, afterMs: number): Range {
  const marginMs = MARGIN_RATIO * afterMs;
  return [
    receivedAtMs + Math.max(0, afterMs - WHOLE_SECOND_MS - marginMs),
    receivedAtMs + afterMs + WHOLE_SECOND_MS * 0.1 + marginMs,
  ];
}
