import { valueAt, withoutValueAt, withValueAt } from '../../../contracts/lib/pointer.ts';
import type { Decision, Limiter } from '../../../load/limiters/limiter.ts';
import type { Answer, Behaviour, Workshop } from '../behaviour.ts';
import type { Defect } from '../variants.ts';
import { edit, hasCode, hasFieldEntries, hasMessage, html, on, withBytes, withoutHeader } from './helpers.ts';

/** A limiter whose decisions are changed; no limiter stays none. */
function changed(decide: (inner: Limiter, nowMs: number, key: string) => Decision): Behaviour {
  return {
    limiter: (inner) =>
      inner === null
        ? null
        : {
            decide: (nowMs, key) => decide(inner, nowMs, key),
            wouldAdmit: (nowMs, key) => inner.wouldAdmit(nowMs, key),
          },
  };
}

const ADMITTED: Decision = { admitted: true };

interface LimiterRow {
  readonly id: string;
  readonly title: string;
  readonly breaks: string;
  readonly make: () => (inner: Limiter, nowMs: number, key: string) => Decision;
}

const LIMITER_ROWS: readonly LimiterRow[] = [
  {
    id: 'limit-ignored',
    title: 'has no limit',
    breaks: 'requests above the limit are answered 429',
    make: () => () => ADMITTED,
  },
  {
    id: 'limit-counts-twice',
    title: 'counts each request twice',
    breaks: 'no 429 before the limit',
    make: () => (inner, nowMs, key) => {
      inner.decide(nowMs, key);
      return inner.decide(nowMs, key);
    },
  },
  {
    id: 'limit-early',
    title: 'counts each tenth request twice',
    breaks: 'no 429 before the limit',
    make: () => {
      let seen = 0;
      return (inner, nowMs, key) => {
        seen += 1;
        if (seen % 10 === 0) inner.decide(nowMs, key);
        return inner.decide(nowMs, key);
      };
    },
  },
  {
    id: 'limit-one-early',
    title: 'allows one request less than documented',
    breaks: 'no 429 before the limit',
    make: () => {
      let isFresh = true;
      return (inner, nowMs, key) => {
        if (isFresh) inner.decide(nowMs, key);
        const decision = inner.decide(nowMs, key);
        isFresh = !decision.admitted;
        return decision;
      };
    },
  },
  {
    id: 'limit-late',
    title: 'counts every second request only',
    breaks: 'a 429 at the limit',
    make: () => {
      let seen = 0;
      return (inner, nowMs, key) => {
        seen += 1;
        return seen % 2 === 0 ? ADMITTED : inner.decide(nowMs, key);
      };
    },
  },
  {
    id: 'limit-one-late',
    title: 'allows one request more than documented',
    breaks: 'a 429 at the limit',
    make: () => {
      let isSpent = false;
      return (inner, nowMs, key) => {
        const decision = inner.decide(nowMs, key);
        if (decision.admitted) {
          isSpent = false;
          return decision;
        }
        const isGiven = !isSpent;
        isSpent = true;
        return isGiven ? ADMITTED : decision;
      };
    },
  },
  {
    id: 'limit-never-recovers',
    title: 'admits nothing any more after its first rejection',
    breaks: 'quota returns',
    make: () => {
      let isShut = false;
      return (inner, nowMs, key) => {
        const decision = inner.decide(nowMs, key);
        isShut ||= !decision.admitted;
        return isShut ? { ...decision, admitted: false, retryAfterMs: decision.retryAfterMs ?? 1000 } : decision;
      };
    },
  },
  {
    id: 'limit-recovers-late',
    title: 'keeps rejecting for three times as long as it says',
    breaks: 'quota returns after Retry-After and after the documented window',
    make: () => {
      let untilMs = Number.NEGATIVE_INFINITY;
      return (inner, nowMs, key) => {
        const decision = inner.decide(nowMs, key);
        if (!decision.admitted && nowMs >= untilMs) untilMs = nowMs + 3 * (decision.retryAfterMs ?? 1000) + 1000;
        if (nowMs >= untilMs) return decision;
        return { ...decision, admitted: false, retryAfterMs: decision.retryAfterMs ?? 1 };
      };
    },
  },
  {
    id: 'limit-rejections-at-random',
    title: 'rejects each 25th request for no reason',
    breaks: 'no 429 before the limit',
    make: () => {
      let seen = 0;
      return (inner, nowMs, key) => {
        seen += 1;
        const decision = inner.decide(nowMs, key);
        return seen % 25 === 0
          ? { ...decision, admitted: false, retryAfterMs: decision.retryAfterMs ?? 1000 }
          : decision;
      };
    },
  },
];

interface AnswerRow {
  readonly id: string;
  readonly title: string;
  readonly breaks: string;
  readonly isIn?: Defect['isIn'];
  readonly change: (answer: Answer, workshop: Workshop) => Answer;
}

const retryAfter = (answer: Answer, value: string): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'Retry-After': value },
});

const ANSWER_ROWS: readonly AnswerRow[] = [
  {
    id: '429-empty-body',
    title: 'sends the 429 with an empty body',
    breaks: 'each error comes in the envelope',
    change: (answer) => withBytes(answer, ''),
  },
  {
    id: '429-html',
    title: 'sends the 429 as the HTML page of a proxy',
    breaks: 'each error comes in the envelope',
    change: (answer) => html(answer, '429 Too Many Requests'),
  },
  {
    id: '429-plain-text',
    title: 'sends the 429 as plain text',
    breaks: 'each error comes in the envelope',
    change: (answer) => withBytes(answer, 'Rate limit exceeded\n', 'text/plain'),
  },
  {
    id: '429-wrong-code',
    title: 'sends the 429 with another code',
    breaks: 'the documented code',
    isIn: hasCode,
    change: (answer, { envelopes }) =>
      edit(answer, (body) => withValueAt(body, envelopes.codePointer ?? '/-', 'rate_limited')),
  },
  {
    id: '429-no-entries',
    title: 'sends the 429 with an empty list of errors',
    breaks: 'the envelope has at least one entry',
    isIn: (contract) => hasCode(contract) && hasFieldEntries(contract),
    change: (answer, { envelopes }) => edit(answer, (body) => withValueAt(body, envelopes.listPointer ?? '/-', [])),
  },
  {
    id: '429-no-message',
    title: 'sends the 429 without a message',
    breaks: 'each entry has a message',
    isIn: hasMessage,
    change: (answer, { envelopes }) => edit(answer, (body) => withoutValueAt(body, envelopes.messagePointer ?? '/-')),
  },
  {
    id: '429-entry-bare',
    title: 'sends the 429 with the entry itself for a body',
    breaks: 'the shape of the envelope',
    isIn: (contract) => hasCode(contract) && hasFieldEntries(contract),
    change: (answer, { envelopes }) => edit(answer, (body) => valueAt(body, `${envelopes.listPointer}/0`) ?? null),
  },
  ...[200, 400, 403, 503].map((status) => ({
    id: `429-as-${status}`,
    title: `answers ${status} above the limit`,
    breaks: 'requests above the limit are answered 429',
    change: (answer: Answer) => ({ ...answer, status }),
  })),
  {
    id: '429-hang',
    title: 'never answers above the limit',
    breaks: 'each request is answered in time',
    change: (answer) => ({ ...answer, delivery: 'hang' }),
  },
  {
    id: '429-reset',
    title: 'resets the connection above the limit',
    breaks: 'requests above the limit are answered 429',
    change: (answer) => ({ ...answer, delivery: 'reset' }),
  },
  {
    id: 'retry-after-negative',
    title: 'sends a negative Retry-After',
    breaks: 'Retry-After is a number of seconds or a date (RFC 9110)',
    change: (answer) => retryAfter(answer, '-1'),
  },
  {
    id: 'retry-after-words',
    title: 'sends words for Retry-After',
    breaks: 'Retry-After is a number of seconds or a date (RFC 9110)',
    change: (answer) => retryAfter(answer, 'in a minute'),
  },
  {
    id: 'retry-after-fraction',
    title: 'sends a Retry-After with a fraction',
    breaks: 'Retry-After is a number of seconds or a date (RFC 9110)',
    change: (answer) => retryAfter(answer, '1.5'),
  },
  {
    id: 'retry-after-zero',
    title: 'sends Retry-After: 0 although the quota is spent',
    breaks: 'after Retry-After a request is admitted',
    change: (answer) => retryAfter(answer, '0'),
  },
  {
    id: 'retry-after-past-date',
    title: 'sends a Retry-After date that is over',
    breaks: 'after Retry-After a request is admitted',
    change: (answer) => retryAfter(answer, 'Thu, 01 Oct 2020 12:15:14 GMT'),
  },
  {
    id: 'retry-after-milliseconds',
    title: 'sends Retry-After in milliseconds',
    breaks: 'Retry-After is in seconds (RFC 9110)',
    isIn: ({ operation }) => operation.limit !== undefined,
    change: (answer) => retryAfter(answer, String(Number(answer.headers['Retry-After'] ?? 1) * 1000)),
  },
];

/** Limits that are not the documented one, and rejections in the wrong form. */
export const LIMIT_DEFECTS: readonly Defect[] = [
  ...LIMITER_ROWS.map(
    ({ id, title, breaks, make }): Defect => ({
      id,
      title,
      group: 'limit',
      breaks,
      needs: 'limiter',
      make: () => changed(make()),
    }),
  ),
  ...ANSWER_ROWS.map(
    ({ id, title, breaks, isIn, change }): Defect => ({
      id,
      title,
      group: 'limit',
      breaks,
      needs: 'limiter',
      ...(isIn === undefined ? {} : { isIn }),
      make: (workshop) => on('limited', (answer) => change(answer, workshop)),
    }),
  ),
  {
    id: '429-without-type',
    title: 'sends the 429 without a content type',
    group: 'limit',
    breaks: 'the content type says JSON',
    needs: 'limiter',
    make: () => on('limited', (answer) => withoutHeader(answer, 'Content-Type')),
  },
];
