/**
 * What a server says of when quota returns. A hint only says where to look first: it is never held against anything,
 * and one that lies costs a few probes.
 */
import type { Range } from './engine.ts';

const WHOLE_SECOND_MS = 1000;
/** Numbers of seconds from here on are moments since 1970, not spans. */
const EPOCH_SECONDS = 1e9;
const LONGEST_SECONDS = 7 * 86_400;
const MARGIN_RATIO = 0.01;

/** Headers that hold a number of seconds until quota returns, or the moment when it does. */
const SECONDS_HEADERS = ['retry-after', 'ratelimit-reset', 'x-ratelimit-reset', 'x-rate-limit-reset'] as const;

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
  for (const name of SECONDS_HEADERS) {
    const text = headers[name]?.trim();
    if (text === undefined || text === '') continue;
    const afterMs = spanMs(text, receivedAtMs, wallClockAtZeroMs);
    if (afterMs !== null) return around(receivedAtMs, afterMs);
  }
  // draft-ietf-httpapi-ratelimit-headers: RateLimit: "name";r=0;t=8
  const reset = /(?:^|[;,\s])(?:t|reset)\s*=\s*(\d+)/i.exec(headers['ratelimit'] ?? '')?.[1];
  return reset === undefined ? null : around(receivedAtMs, Number(reset) * 1000);
}

function spanMs(text: string, receivedAtMs: number, wallClockAtZeroMs: number | null): number | null {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
  if (seconds !== null && seconds <= LONGEST_SECONDS) return seconds * 1000;
  if (wallClockAtZeroMs === null) return null;
  const momentMs = seconds === null ? Date.parse(text) : seconds >= EPOCH_SECONDS * 1000 ? seconds : seconds * 1000;
  const afterMs = momentMs - wallClockAtZeroMs - receivedAtMs;
  return afterMs >= 0 && afterMs <= LONGEST_SECONDS * 1000 ? afterMs : null;
}

function around(receivedAtMs: number, afterMs: number): Range {
  const marginMs = MARGIN_RATIO * afterMs;
  return [
    receivedAtMs + Math.max(0, afterMs - WHOLE_SECOND_MS - marginMs),
    receivedAtMs + afterMs + WHOLE_SECOND_MS * 0.1 + marginMs,
  ];
}
