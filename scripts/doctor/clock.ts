import { type Answer, headerOf } from '../../contracts/judge/answer.ts';
import { numberText } from '../../load/lib/verdict-text.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';

/** More than this, and times of creation and windows that begin with a minute look shifted. */
const MOST_SECONDS = 2;

/**
 * Our clock against the server's, by the Date header (whole seconds, cut off) of an answer: the least difference that
 * explains it, s; positive: the server's is ahead. Null without a Date that can be read. Pure.
 */
export function clockDifferenceSeconds(answer: Pick<Answer, 'headers' | 'sentAtMs' | 'receivedAtMs'>): number | null {
  const atMs = Date.parse(headerOf(answer, 'date') ?? '');
  if (Number.isNaN(atMs)) return null;
  if (atMs > answer.receivedAtMs) return (atMs - answer.receivedAtMs) / 1000;
  const latestMs = atMs + 999;
  return latestMs < answer.sentAtMs ? (latestMs - answer.sentAtMs) / 1000 : 0;
}

export function clockFinding(answer: Pick<Answer, 'headers' | 'sentAtMs' | 'receivedAtMs'>): Finding {
  const seconds = clockDifferenceSeconds(answer);
  if (seconds === null) return skipped('clock', 'the answers have no Date header to compare with');
  if (Math.abs(seconds) <= MOST_SECONDS) return ok('clock', "agrees with the server's Date header");
  const side = seconds > 0 ? 'ahead of' : 'behind';
  return warning(
    'clock',
    `the server's is ${numberText(Math.abs(seconds))} s ${side} this machine's`,
    'set both by NTP; until then times in results are off by that much',
  );
}
