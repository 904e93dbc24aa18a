import { type Item, type Member, parseDictionary, parseList } from './structured-fields.ts';

/**
 * What one answer's headers claim about the limit. Pure. Read are Retry-After (RFC 9110, 10.2.3), RateLimit and
 * RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers: structured lists from -08 to -11; the dictionary of -07 and
 * the policies of -03 to -07 without names), RateLimit-Limit, -Remaining, -Reset (-06 and before), X-RateLimit-…
 * (with "-second", "-minute" … as gateways write them) and X-Rate-Limit-….
 */

export type Claim =
  /** So many requests in a window; null: the window is not told. */
  | {
      readonly kind: 'limit';
      readonly header: string;
      readonly requests: number;
      readonly windowSeconds: number | null;
    }
  | { readonly kind: 'remaining'; readonly header: string; readonly requests: number }
  | QuotaClaim;

/** When there is quota again. */
export interface QuotaClaim {
  readonly kind: 'quota';
  readonly header: string;
  /** The header's value, for messages. */
  readonly text: string;
  /** Time from the answer: no more than the second, surely more than the first, since times have whole seconds. */
  readonly afterSeconds: readonly [number, number];
  /** "some": until the next request passes; "all": until the window ends, which for some limiters is later. */
  readonly until: 'some' | 'all';
}

export interface Claims {
  readonly claims: readonly Claim[];
  /** What does not follow the rules of its header, in words. */
  readonly faults: readonly string[];
}

/**
 * `headers` by lower-case name. Times of day are taken relative to the answer's own Date, without one to `clockSeconds`
 * (Unix time of the answer, to fractions), and left out where neither is known.
 */
export function parseClaims(headers: Readonly<Record<string, string>>, clockSeconds: number | null = null): Claims {
  const claims: Claim[] = [];
  const faults: string[] = [];
  const dateSeconds = httpDateSeconds(headers['date'] ?? '');
  // Date has whole seconds, rounded down: it is up to one later than it says.
  const now: Now | null =
    dateSeconds !== null ? [dateSeconds, dateSeconds + 1] : clockSeconds !== null ? [clockSeconds, clockSeconds] : null;
  for (const [name, raw] of Object.entries(headers)) {
    const text = raw.trim();
    const fault = (why: string) => {
      faults.push(`${title(name)} is malformed: "${text.slice(0, 80)}" ${why}`);
    };
    if (name === 'retry-after') claims.push(...retryAfter(text, now, fault));
    else if (name === 'ratelimit') claims.push(...rateLimit(text, fault));
    else if (name === 'ratelimit-policy') claims.push(...policies(text, fault));
    else claims.push(...legacy(name, text, now, fault));
  }
  return { claims, faults };
}

/** Unix time, s: no earlier than the first, no later than the second. */
type Now = readonly [number, number];

type Fault = (why: string) => void;

function retryAfter(text: string, now: Now | null, fault: Fault): Claim[] {
  const common = { kind: 'quota', header: 'Retry-After', text, until: 'some' } as const;
  if (/^\d+$/.test(text)) return [{ ...common, afterSeconds: [Number(text), Number(text)] }];
  const atSeconds = httpDateSeconds(text);
  if (atSeconds === null) {
    fault('is neither whole seconds nor a date');
    return [];
  }
  return now === null ? [] : [{ ...common, afterSeconds: untilSeconds(atSeconds, now) }];
}

/** RateLimit: "name";r=50;t=30 or, in draft -07, limit=100, remaining=50, reset=30. */
function rateLimit(text: string, fault: Fault): Claim[] {
  const header = 'RateLimit';
  const list = parseList(text);
  if (list?.every((member) => member.kind === 'item' && member.bare.kind === 'string') && list.length > 0) {
    return list.flatMap((member) => {
      const remaining = wholeParameter(member, 'r');
      if (remaining === null) {
        fault('has no whole r');
        return [];
      }
      const seconds = wholeParameter(member, 't');
      if (seconds === null && member.parameters.has('t')) fault('has a t that is no whole number');
      const claims: Claim[] = [{ kind: 'remaining', header, requests: remaining }];
      // t belongs to the policy whose quota is used up; another's says nothing about this request.
      if (seconds !== null && remaining === 0) {
        claims.push({ kind: 'quota', header, text: `t=${seconds}`, afterSeconds: [seconds, seconds], until: 'some' });
      }
      return claims;
    });
  }
  const dictionary = parseDictionary(text);
  const limit = wholeMember(dictionary?.get('limit'));
  const remaining = wholeMember(dictionary?.get('remaining'));
  const reset = wholeMember(dictionary?.get('reset'));
  if (limit === null || remaining === null || reset === null) {
    fault('is no list of policies with r and t');
    return [];
  }
  return [
    { kind: 'limit', header, requests: limit, windowSeconds: null },
    { kind: 'remaining', header, requests: remaining },
    { kind: 'quota', header, text: `reset=${reset}`, afterSeconds: [reset, reset], until: 'all' },
  ];
}

/** RateLimit-Policy: "name";q=100;w=60 or, before draft -08, 100;w=60. Policies on other things than requests are left out. */
function policies(text: string, fault: Fault): Claim[] {
  const list = parseList(text);
  if (list === null || list.length === 0) {
    fault('is no structured list');
    return [];
  }
  return list.flatMap((member): Claim[] => {
    const unit = member.parameters.get('qu');
    if (unit !== undefined && unit.value !== 'requests') return [];
    const requests =
      member.kind === 'item' && member.bare.kind === 'string' ? wholeParameter(member, 'q') : wholeMember(member);
    const windowSeconds = wholeParameter(member, 'w');
    if (requests === null) {
      fault('has a policy without a whole q');
      return [];
    }
    if (member.parameters.has('w') && (windowSeconds === null || windowSeconds === 0)) {
      fault('has a w that is no whole number above 0');
      return [];
    }
    return [{ kind: 'limit', header: 'RateLimit-Policy', requests, windowSeconds }];
  });
}

const LEGACY = /^(?:x-)?rate-?limit-(limit|remaining|reset|reset-after)(?:-(requests|second|minute|hour|day))?$/;
const WINDOW_SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

function legacy(name: string, text: string, now: Now | null, fault: Fault): Claim[] {
  const match = LEGACY.exec(name);
  if (match === null) return [];
  const [, what, period = ''] = match;
  const header = title(name);
  const isDraft = !name.startsWith('x-');
  if (what === 'limit') return legacyLimit(text, header, WINDOW_SECONDS[period] ?? null, fault);
  if (what === 'remaining') {
    if (/^\d+$/.test(text)) return [{ kind: 'remaining', header, requests: Number(text) }];
    fault('is no whole number');
    return [];
  }
  const after = what === 'reset-after' ? secondsOf(text) : resetSeconds(text, isDraft, now);
  if (after === null) {
    fault(isDraft ? 'is no whole number of seconds' : 'is neither seconds nor a time');
    return [];
  }
  return after === 'unknown' ? [] : [{ kind: 'quota', header, text, afterSeconds: after, until: 'all' }];
}

/** 100, or with policies behind it, as drafts -03 to -06 have it: 100, 100;w=60. */
function legacyLimit(text: string, header: string, windowSeconds: number | null, fault: Fault): Claim[] {
  const [first, ...behind] = parseList(text) ?? [];
  const requests = wholeMember(first);
  if (requests === null) {
    fault('is no whole number');
    return [];
  }
  const policyClaims = behind.flatMap((member): Claim[] => {
    const policy = wholeMember(member);
    const window = wholeParameter(member, 'w') ?? wholeParameter(member, 'window');
    return policy === null ? [] : [{ kind: 'limit', header, requests: policy, windowSeconds: window }];
  });
  return [{ kind: 'limit', header, requests, windowSeconds }, ...policyClaims];
}

/** From here on a number is a time (Unix seconds since 2001), not a duration. */
const EPOCH_SECONDS_FROM = 1e9;
const EPOCH_MS_FROM = 1e11;

/** 'unknown': a time of day, and the answer has no Date to hold it against. */
function resetSeconds(text: string, isDraft: boolean, now: Now | null): readonly [number, number] | 'unknown' | null {
  if (isDraft) return /^\d+$/.test(text) ? [Number(text), Number(text)] : null;
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
  const atSeconds =
    number === null
      ? (httpDateSeconds(text) ?? isoDateSeconds(text))
      : number >= EPOCH_MS_FROM
        ? number / 1000
        : number >= EPOCH_SECONDS_FROM
          ? number
          : null;
  if (atSeconds !== null) return now === null ? 'unknown' : untilSeconds(atSeconds, now);
  return secondsOf(text);
}

/** 12, 0.5, 1s, 6m0s, 120ms. */
function secondsOf(text: string): readonly [number, number] | null {
  if (/^\d+(\.\d+)?$/.test(text)) return [Number(text), Number(text)];
  const match = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text);
  if (match === null || text === '') return null;
  const [, hours = 0, minutes = 0, seconds = 0, ms = 0] = match;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(ms) / 1000;
  return [total, total];
}

function untilSeconds(atSeconds: number, now: Now): readonly [number, number] {
  return [atSeconds - now[1], atSeconds - now[0]];
}

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = String.raw`\d\d:\d\d:\d\d`;
/** IMF-fixdate, and the two obsolete forms that a recipient must accept (RFC 9110, 5.6.7). */
const HTTP_DATE = new RegExp(
  `^(?:${DAY}, \\d\\d ${MONTH} \\d{4} ${TIME} GMT|${DAY}[a-z]*, \\d\\d-${MONTH}-\\d\\d ${TIME} GMT|(${DAY} ${MONTH} [ \\d]\\d ${TIME} \\d{4}))$`,
);

function httpDateSeconds(text: string): number | null {
  const match = HTTP_DATE.exec(text);
  if (match === null) return null;
  // The asctime form has no zone and is in GMT too.
  const ms = Date.parse(match[1] === undefined ? text : `${text} GMT`);
  return Number.isNaN(ms) ? null : ms / 1000;
}

function isoDateSeconds(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms / 1000;
}

function wholeParameter(member: Member, name: string): number | null {
  const value = member.parameters.get(name);
  return value?.kind === 'integer' && value.value >= 0 ? value.value : null;
}

function wholeMember(member: Member | undefined): number | null {
  const bare = (member as Item | undefined)?.kind === 'item' ? (member as Item).bare : undefined;
  return bare?.kind === 'integer' && bare.value >= 0 ? bare.value : null;
}

/** "X-RateLimit-Reset": the usual spelling of a lower-case name. */
export function title(name: string): string {
  return name
    .split('-')
    .map((part) => (part === 'ratelimit' ? 'RateLimit' : part.charAt(0).toUpperCase() + part.slice(1)))
    .join('-');
}
