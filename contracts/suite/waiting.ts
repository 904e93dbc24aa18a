import { type Answer, headerOf } from '../judge/answer.ts';

/** Longest wait that one 429 may ask for, s; a server that asks for more is not waited for. */
const LONGEST_WAIT_SECONDS = 300;
/** Waits for one case. */
export const MOST_WAITS = 4;

/**
 * How long to wait after a 429 before the same request again, ms: what Retry-After says, else the documented window,
 * else a second, then twice that each time. null: longer than anybody waits.
 */
export function waitAfter(answer: Answer, windowSeconds: number | null, waits: number): number | null {
  const asked = retryAfterSeconds(answer);
  const seconds = asked ?? windowSeconds ?? 2 ** waits;
  // Retry-After has whole seconds and windows end at moments of their own: a little more costs less than one more 429.
  return seconds > LONGEST_WAIT_SECONDS ? null : Math.ceil(seconds * 1000) + 50;
}

/** What Retry-After says, s from the moment of the answer; null without it, or where it cannot be read. */
export function retryAfterSeconds(answer: Answer): number | null {
  const text = headerOf(answer, 'retry-after')?.trim();
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return null;
  const served = Date.parse(headerOf(answer, 'date') ?? '');
  const now = Number.isNaN(served) ? answer.receivedAtMs : served;
  return Math.max(0, (Date.parse(text) - now) / 1000);
}
