/**
 * A penalty: the first request that a limit rejects shuts everything out for a fixed time, from then on or from the
 * latest rejected request; then the limit begins with a full quota. So whatever the limit is, it is only ever seen from
 * a full quota to its first rejection: each of these episodes is a log of its own, and the same numbers have to explain
 * all of them. How long the penalty is follows from what lies between them.
 */
import type { Range } from '../engine.ts';
import { type Log, unsettled, type Volley } from '../log.ts';
import { fixedWindowFirstRequest, fixedWindowGrid } from './fixed-window.ts';
import type { Contracted } from './grid.ts';
import { type Explanation, high, low, type Model, type Parameter } from './model.ts';
import { slidingLog } from './sliding-log.ts';
import { tokenBucket } from './token-bucket.ts';

/** Which rejected request the penalty runs from. */
export type PenaltyFrom = 'first' | 'latest';

const NAMES: Record<PenaltyFrom, { readonly suffix: string; readonly words: string }> = {
  first: { suffix: 'penalty', words: 'with a penalty from the first rejected request on' },
  latest: { suffix: 'penalty-prolonged', words: 'with a penalty from the latest rejected request on' },
};

/** It follows from the log as it is: there is no use in cutting it. */
const banMs: Parameter = { name: 'banMs', isWhole: false, weight: 0, finest: Number.POSITIVE_INFINITY };

/** From a full quota to the end of the penalty that followed. */
class Episode {
  /** The quota was full at its beginning. */
  readonly isFresh: boolean;
  /** The limit saw these, and no others. */
  readonly volleys: Volley[] = [];
  /** When the penalty began, and by which volley; null: it did not, as far as is known. */
  began: { readonly byMs: number; readonly volley: Volley } | null = null;
  /** The latest volley of rejections of which it is sure that this penalty is the reason. */
  last: Volley | null = null;
  /** Longest time between rejections that follow each other. */
  longestGapMs = 0;
  /** The volley that something was admitted of after it. */
  endedBy: Volley | null = null;
  /** Something was under way across the moment that everything hangs on: nothing is held against this episode. */
  isMixed = false;
  /** What has no answer may have begun the penalty: at this moment at the earliest. */
  openSinceMs = Number.POSITIVE_INFINITY;
  /** Something in the penalty has no answer: who knows whether that one was rejected. */
  isPenaltyOpen = false;
  lastRejectedByMs = Number.NEGATIVE_INFINITY;
  lastIndex = 0;
  #excerpt: Log | null = null;

  constructor(isFresh: boolean) {
    this.isFresh = isFresh;
  }

  /** When the penalty began. */
  get beganMs(): Range | null {
    if (this.began === null) return null;
    const { byMs, volley } = this.began;
    return [Math.min(this.openSinceMs, volley.sentAtMs), byMs];
  }

  /** What the limit itself saw; an episode lives no longer than a revision of its log. */
  seenOf(log: Log): Log {
    if (this.#excerpt !== null) return this.#excerpt;
    const began = this.beganMs;
    const rejection =
      began === null ? null : { number: this.began?.volley.rejectedNumber ?? 0, fromMs: began[0], byMs: began[1] };
    this.#excerpt = log.excerpt(this.volleys, this.isFresh, rejection);
    return this.#excerpt;
  }
}

interface Book {
  readonly revision: number;
  readonly isFresh: boolean;
  readonly episodes: readonly Episode[];
}

/** As of the latest revision: there are many more questions than changes. */
const books = new WeakMap<Log, Book>();

function episodesOf(log: Log): readonly Episode[] {
  const known = books.get(log);
  const { revision, isFresh } = log;
  if (known?.revision === revision && known.isFresh === isFresh) return known.episodes;
  const episodes = readEpisodes(log);
  books.set(log, { revision, isFresh, episodes });
  return episodes;
}

function readEpisodes(log: Log): Episode[] {
  let current = new Episode(log.isFresh);
  const episodes = [current];
  for (const [index, volley] of log.volleys.entries()) {
    if (volley.size === 0) continue;
    const open = unsettled(volley).count > 0;
    if (current.began !== null && volley.admitted > 0) {
      if (volley.sentAtMs >= current.lastRejectedByMs) {
        current.endedBy = volley;
        // What has no answer may have been admitted, and have begun with the new quota.
        const isFresh = !current.isMixed && !current.isPenaltyOpen;
        current = new Episode(isFresh);
        // Some of this volley may have met the penalty that was just about to end.
        current.isMixed = volley.rejected > 0;
        current.volleys.push(volley);
        current.lastIndex = index;
        if (open) current.openSinceMs = volley.sentAtMs;
        episodes.push(current);
        continue;
      }
      // It was under way when something was rejected: before that, or after a penalty that was over soon.
      current.isMixed = true;
    }
    current.lastIndex = index;
    if (current.began === null) {
      current.volleys.push(volley);
      if (open) current.openSinceMs = Math.min(current.openSinceMs, volley.sentAtMs);
      if (volley.rejected > 0) {
        current.began = { byMs: volley.rejectedByMs, volley };
        // What rejects from the beginning may be a penalty from before.
        if (index === 0 && !log.isFresh) current.isMixed = true;
      }
    } else if (open) {
      current.isPenaltyOpen = true;
      // It may have been admitted before that.
      if (volley.sentAtMs <= current.began.byMs) current.isMixed = true;
    }
    if (volley.rejected === 0) continue;
    if (!current.isPenaltyOpen) {
      if (current.last !== null) {
        current.longestGapMs = Math.max(current.longestGapMs, volley.rejectedSentAtMs - current.lastRejectedByMs);
      }
      current.last = volley;
    }
    current.lastRejectedByMs = Math.max(current.lastRejectedByMs, volley.lastRejectedByMs);
  }
  return episodes;
}

/** How long the penalty is, by what was seen; low > high: nothing explains that, as of this request. */
function penaltyRange(log: Log, from: PenaltyFrom): { readonly rangeMs: Range; readonly number: number } {
  let leastMs = 0;
  let mostMs = Number.POSITIVE_INFINITY;
  let number = 0;
  for (const { began, beganMs, last, longestGapMs, endedBy, isMixed } of episodesOf(log)) {
    if (began === null || beganMs === null || last === null || isMixed) continue;
    const sinceBeganMs = last.rejectedSentAtMs - began.byMs;
    const least = from === 'first' ? sinceBeganMs : longestGapMs;
    if (least > leastMs) {
      leastMs = least;
      number = Math.max(number, last.rejectedNumber);
    }
    if (endedBy === null) continue;
    const sinceMs = from === 'first' ? beganMs[0] : last.rejectedSentAtMs;
    if (endedBy.firstAdmittedByMs - sinceMs < mostMs) {
      mostMs = endedBy.firstAdmittedByMs - sinceMs;
      number = Math.max(number, endedBy.admittedNumber);
    }
  }
  return { rangeMs: [leastMs, mostMs], number };
}

/** A limit whose rejections shut everything out for a while. */
export function penalised(inner: Model, from: PenaltyFrom): Model {
  const { suffix, words } = NAMES[from];
  const innerSize = inner.parameters.length;
  const phaseAt = inner.parameters.findIndex(({ lengthIndex }) => lengthIndex !== undefined);
  return {
    name: `${inner.name}/${suffix}`,
    title: `${inner.title}, ${words}`,
    algorithm: inner.algorithm,
    anchor: inner.anchor,
    countsRejected: from === 'latest',
    parameters: [...inner.parameters, banMs],
    start(bounds) {
      const box = inner.start(bounds).map((range, at): Range => {
        const lengthIndex = at === phaseAt ? inner.parameters[at]?.lengthIndex : undefined;
        // A penalty need not end with a window: the grid may lie anywhere within a length.
        return lengthIndex === undefined ? range : [range[0], range[0] + bounds.windowMs[1]];
      });
      return [...box, [0, 2 * bounds.windowMs[1]]];
    },
    contract(box, log): Contracted {
      const { rangeMs, number } = penaltyRange(log, from);
      const least = Math.max(low(box, innerSize), rangeMs[0]);
      const most = Math.min(high(box, innerSize), rangeMs[1]);
      if (least > most) return { box: null, contradiction: number };
      return { box: [...box.slice(0, innerSize), [least, most]], contradiction: null };
    },
    explain(box, capacity, log, _suspects, since): Explanation {
      const limit = box.slice(0, innerSize);
      const all = episodesOf(log);
      const last = all[all.length - 1];
      let range = capacity;
      let ofLast: Explanation | null = null;
      for (const episode of all) {
        const isBefore = episode !== last && episode.lastIndex < since;
        if (isBefore || episode.isMixed || !(episode.isFresh || episode === all[0])) continue;
        const explanation = inner.explain(limit, range, episode.seenOf(log), [], 0);
        if (explanation.contradiction !== null) return { ...explanation, culprits: [] };
        range = explanation.capacity;
        if (episode === last) ofLast = explanation;
      }
      const penaltyMs: Range = [low(box, innerSize), high(box, innerSize)];
      return {
        contradiction: null,
        culprits: [],
        capacity: range,
        quota: (fromMs, toMs) =>
          last === undefined ? [0, range[1]] : quotaIn(last, ofLast, range, penaltyMs, from, fromMs, toMs),
      };
    },
  };
}

function quotaIn(
  episode: Episode,
  explanation: Explanation | null,
  capacity: Range,
  penaltyMs: Range,
  from: PenaltyFrom,
  fromMs: number,
  toMs: number,
): Range {
  const { beganMs, last, isMixed, isPenaltyOpen, openSinceMs, lastRejectedByMs } = episode;
  const anything: Range = [0, capacity[1]];
  if (isMixed) return anything;
  if (beganMs === null || last === null) {
    const [least, most] = explanation?.quota(fromMs, toMs) ?? anything;
    // What has no answer may have been rejected.
    return [openSinceMs < Number.POSITIVE_INFINITY ? 0 : Math.min(least, capacity[1]), most];
  }
  const sureUntilMs = penaltyMs[0] + (from === 'first' ? beganMs[0] : last.rejectedSentAtMs);
  if (toMs < sureUntilMs) return [0, 0];
  if (isPenaltyOpen) return anything;
  const overMs = penaltyMs[1] + (from === 'first' ? beganMs[1] : lastRejectedByMs);
  return fromMs > overMs ? capacity : anything;
}

const LIMITS: readonly Model[] = [fixedWindowFirstRequest('nothing'), fixedWindowGrid, slidingLog(false), tokenBucket];

/** What a ban may stand behind: looked at where nothing else explains what was seen. */
export const PENALISED: readonly Model[] = (['first', 'latest'] as const).flatMap((from) =>
  LIMITS.map((inner) => penalised(inner, from)),
);

export function isPenalised({ parameters }: Model): boolean {
  return parameters.includes(banMs);
}
