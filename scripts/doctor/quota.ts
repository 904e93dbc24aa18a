import { type Answer, headerOf } from '../../contracts/judge/answer.ts';
import { ExitCode } from '../../contracts/lib/user-error.ts';
import { parseClaims } from '../../load/headers/claims.ts';
import { secondsText } from '../../load/lib/verdict-text.ts';
import { type Finding, failed, ok, skipped } from './finding.ts';

const LIMITED = 429;

/** What the last answer says of the quota that is left. Pure. */
export function quotaFinding(answer: Pick<Answer, 'status' | 'headers'>): Finding {
  const headers = Object.fromEntries(answer.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const { claims } = parseClaims(headers);
  if (answer.status === LIMITED) {
    const [wait] = claims.flatMap((claim) => (claim.kind === 'quota' ? [claim.afterSeconds[1]] : []));
    return failed(
      'quota',
      'used up: the server answered 429',
      wait === undefined
        ? 'wait until its window is over, and see who else uses this key'
        : `wait ${secondsText(wait)}, as ${headerOf(answer, 'retry-after') === undefined ? 'its headers say' : 'Retry-After says'}, and see who else uses this key`,
      ExitCode.Impossible,
    );
  }
  const remaining = claims.flatMap((claim) => (claim.kind === 'remaining' ? [claim] : []));
  const limits = claims.flatMap((claim) => (claim.kind === 'limit' ? [claim.requests] : []));
  const [least] = remaining.toSorted((left, right) => left.requests - right.requests);
  if (least === undefined) return skipped('quota', 'the answers have no header that says what is left');
  const of = limits.length === 0 ? '' : ` of ${Math.min(...limits)}`;
  return ok('quota', `${least.requests}${of} requests left, as ${least.header} says`);
}
