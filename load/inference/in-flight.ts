/**
 * Limits that count what is under way at one moment: a concurrency limit, which admits so many at once, and a leaky
 * queue, which lets requests wait, answers them one by one, and rejects what finds the queue full. Neither is seen by
 * requests that follow each other. A window or a bucket that would look the same has to be as long as an answer takes.
 */
import type { Foretold, Outcome, Range } from './engine.ts';
import type { Steps } from './finder.ts';

export interface InFlightFinding {
  readonly algorithm: 'concurrency' | 'leaky-queue';
  readonly capacityRange: Range;
  /** Of a queue; null: nothing waits. */
  readonly refillPerMsRange: Range | null;
  readonly isExact: boolean;
  /** Why it is not exact; null: it is. */
  readonly reason: string | null;
  readonly foretold: Foretold | null;
  /** Number of the observation that no limit explains which does not care about what is under way. */
  readonly refutes: number;
  readonly because: string;
}

export interface Answered {
  readonly number: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly outcome: Outcome | null;
}

export interface InFlightHost {
  readonly nowMs: number;
  readonly requests: readonly Answered[];
}

/** Sent on top of what is expected to be admitted. */
const EXCESS = 3;
/** Requests one by one that all have to be admitted, at least, and as a multiple of what was admitted at once. */
const LEAST_SINGLES = 4;
const SINGLES_RATIO = 1.5;
const REST_MS = 700;
/** Volleys grow like this, and at most so often, until one of them is rejected in part. */
const SIZE_GROWTH = 1.5;
const MOST_TRIES = 30;
const MOST_RETRIES = 8;
const RESTED_SINGLES = 3;
/** Where nothing waits, no answer takes this many times as long as one to a single request. */
const CONCURRENT_RATIO = 1.5;
/** Where requests wait, a single one takes no longer than a rejected one, but for this share of one turn. */
const SERIAL_SHARE = 0.5;
/** Of the time that answers take: when one more is sent, to see that those under way still count. */
const LATE_SHARE = 0.85;
/** Answers of a queue are measured until their number makes the rate as narrow as this, and at most so often. */
const RATE_RATIO = 0.015;
const EXACT_RATIO = 0.02;
const MOST_REFILLS = 150;
const MOST_ROWS = 4;
/** Answers at each end of a row that are held against each other. */
const MOST_ENDS = 8;
/** How late one answer may be against another, at least. */
const LEAST_SLACK_MS = 2;
/** As many times as late as the latest one that was seen. */
const LATEST_RATIO = 1.3;
/** A queue is filled up a little before its places are free: what comes too early is rejected, and no harm done. */
const EARLY_SHARE = 0.9;
/** Into a short one goes one request so many times a turn, so that it is there long before its own turn. */
const SHORT_QUEUE = 6;
const OFTEN = 0.4;

/** What is under way together decides; null: it does not, or that cannot be seen. */
export function* askInFlight(host: InFlightHost, first: number): Steps<InFlightFinding | null> {
  const singles: Answered[] = [];
  const count = Math.max(LEAST_SINGLES, Math.ceil(SINGLES_RATIO * first));
  for (let sent = 0; sent < count; sent += 1) {
    const [single] = yield* together(host, 1);
    if (single === undefined || single.outcome === 'rejected' || single.outcome === 'other') return null;
    if (single.outcome === 'admitted') singles.push(single);
  }
  // After a rest nothing waits for what came before: how long an answer takes by itself.
  const restMs = Math.max(REST_MS, 1.3 * Math.max(...singles.map(tookMs)));
  const rested: number[] = [];
  for (let sent = 0; sent < RESTED_SINGLES; sent += 1) {
    yield { kind: 'sleep', untilMs: host.nowMs + restMs };
    const [single] = yield* together(host, 1);
    if (single?.outcome === 'rejected' || single?.outcome === 'other') return null;
    if (single?.outcome === 'admitted') rested.push(tookMs(single));
  }
  const quickMs = Math.min(...rested);
  const slowMs = Math.max(...rested);

  // With a rest before it, at once again, and once more after a rest: a quota that returns with time would differ.
  const volleys: Answered[][] = [];
  let size = first + EXCESS;
  for (let tries = 0; volleys.length < 3; tries += 1) {
    if (tries >= MOST_TRIES) return null;
    if (volleys.length !== 1) yield { kind: 'sleep', untilMs: host.nowMs + restMs };
    const volley = yield* together(host, size);
    if (volley.some(({ outcome }) => outcome === 'other')) return null;
    const isFull = volley.some(isRejected);
    if (isFull && volley.every(({ outcome }) => outcome !== 'lost')) {
      volleys.push(volley);
      size = volley.filter(isAdmitted).length + EXCESS;
    }
    // While the first ones were answered, others may have waited: there was more room than it seemed.
    else if (!isFull) size = Math.ceil(size * SIZE_GROWTH);
  }
  const [fresh = [], again = [], afresh = []] = volleys;
  const admitted = [fresh, afresh].map((volley) => volley.filter(isAdmitted).length);
  const capacity: Range = [Math.min(...admitted), Math.max(...admitted)];
  const atOnce = again.filter(isAdmitted).length;
  // In a queue the place of the one that was answered last may not be free yet.
  if (capacity[0] < 1 || atOnce > capacity[1] || atOnce < capacity[0] - 1 || capacity[1] - capacity[0] > 1) return null;

  const waits = waitsOf(fresh);
  // Rejections do not wait, so they show how long the way is.
  const rejectionsMs = volleys.flatMap((volley) => volley.filter(isRejected).map(tookMs));
  const rejectedMs = Math.min(...rejectionsMs);
  const longestMs = Math.max(...fresh.filter(isAdmitted).map(tookMs));
  if (longestMs < CONCURRENT_RATIO * slowMs) {
    const wayMs = Math.max(slowMs - quickMs, ...rejectionsMs);
    return yield* askConcurrency(host, capacity, quickMs, slowMs, wayMs);
  }
  // A server that works at one after the other takes its time over a single one as well.
  if (waits === null || quickMs - rejectedMs > SERIAL_SHARE * waits.stepMs) return null;
  return yield* askQueue(host, capacity, Math.max(...rejectionsMs), waits.stepMs);
}

/** How the answers of a volley follow each other, if they come one by one at even distances; null: they do not. */
function waitsOf(volley: readonly Answered[]): { readonly stepMs: number } | null {
  const received = volley
    .filter(isAdmitted)
    .map(({ receivedAtMs }) => receivedAtMs)
    .sort((a, b) => a - b);
  const [firstMs = 0] = received;
  const lastMs = received[received.length - 1] ?? 0;
  if (received.length < 2) return null;
  const stepMs = (lastMs - firstMs) / (received.length - 1);
  const isEven = received.every((ms, index) => Math.abs(ms - firstMs - index * stepMs) < 0.5 * stepMs);
  return stepMs > 0 && isEven ? { stepMs } : null;
}

/** The rate by answers that follow each other while the queue is kept from running dry; then a volley foretold. */
function* askQueue(host: InFlightHost, admitted: Range, wayMs: number, stepMs: number): Steps<InFlightFinding> {
  const from = host.requests.length;
  let rate: Range = [0, Number.POSITIVE_INFINITY];
  const isNarrowTo = (ratio: number): boolean => {
    rate = rateOf(host.requests.slice(from), slackOf(host.requests));
    const widthPerMs = rate[1] - rate[0];
    return widthPerMs >= 0 && Number.isFinite(widthPerMs) && widthPerMs <= (ratio * (rate[0] + rate[1])) / 2;
  };
  const half = Math.max(1, Math.floor(admitted[0] / 2));
  const pauseMs = EARLY_SHARE * stepMs * (admitted[0] < SHORT_QUEUE ? OFTEN : half);
  // What is under way when the rate seems narrow may yet turn out to be lost.
  for (let rows = 0; admitted[0] >= 2 && rows < MOST_ROWS && !isNarrowTo(EXACT_RATIO); rows += 1) {
    yield { kind: 'launch', count: admitted[1] };
    for (let refills = 0; refills < MOST_REFILLS; refills += 1) {
      yield { kind: 'sleep', untilMs: host.nowMs + pauseMs };
      yield { kind: 'launch', count: half };
      if (isNarrowTo(RATE_RATIO)) break;
    }
    yield { kind: 'settle' };
  }
  const isNarrow = isNarrowTo(EXACT_RATIO);
  const restMs = Math.max(REST_MS, 2 / Math.max(rate[0], 1e-3));
  yield { kind: 'sleep', untilMs: host.nowMs + restMs };

  const fresh = yield* whole(host, admitted[1] + EXCESS, restMs);
  const round = foretoldOf(fresh, admitted[1]);
  // While the last of a volley were on their way, the first may have left the queue again.
  const leftAgain = Math.floor(rate[1] * spreadMs(fresh, wayMs));
  const capacity: Range = [Math.max(1, admitted[0] - leftAgain), admitted[1]];
  const seen = rateOf(fresh, slackOf(host.requests));
  const isRateKept = seen[0] <= rate[1] && seen[1] >= rate[0];
  const isOne = capacity[0] === capacity[1];
  const last = fresh.filter(isAdmitted).at(-1)?.number ?? host.requests.length;
  return {
    algorithm: 'leaky-queue',
    capacityRange: capacity,
    refillPerMsRange: rate,
    isExact: isOne && isNarrow && round.holds && isRateKept,
    reason: !isOne
      ? 'how many may wait is not one number: the queue moves on while a volley is on its way'
      : !isNarrow
        ? 'the rate is not narrow enough'
        : round.holds && isRateKept
          ? null
          : 'the foretold volley came out differently',
    foretold: round,
    refutes: last,
    because: `answers to requests sent together came one by one, ${(2000 / (rate[0] + rate[1]) / 1000).toFixed(1)} ms apart, though a single one is answered at once`,
  };
}

/**
 * At least and at most so many answers a ms, by those that surely followed each other without a pause: of two in a row
 * the later one was there already when the earlier one had its turn. Each may have been late by the slack, and lost ones
 * may have had a turn in between.
 */
export function rateOf(requests: readonly Answered[], slackMs: number): Range {
  const answers = requests.filter(isAdmitted).sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  const longestMs = Math.max(0, ...answers.map(tookMs));
  const latestSentMs = Math.max(0, ...answers.map(({ sentAtMs }) => sentAtMs));
  // What was overtaken may be lost as well.
  const lost = requests.filter(
    ({ outcome, sentAtMs }) => outcome === 'lost' || (outcome === null && sentAtMs <= latestSentMs),
  );
  /** Lost ones whose turn may have been in between. */
  const lostWithin = (fromMs: number, toMs: number): number =>
    lost.filter(({ sentAtMs }) => sentAtMs <= toMs && sentAtMs + longestMs + slackMs >= fromMs - slackMs).length;
  let [low, high]: Range = [0, Number.POSITIVE_INFINITY];
  const hold = (row: readonly Answered[]): void => {
    // One that was late at the beginning and one that was not at the end tell more than the first and the last.
    const ends = Math.min(MOST_ENDS, row.length / 2);
    // Answers of the row itself may have been later than any rejection was.
    const lateMs = Math.max(slackMs, LATEST_RATIO * unevennessMs(row));
    for (let first = 0; first < ends; first += 1) {
      for (let last = row.length - 1; last >= row.length - ends && last > first; last -= 1) {
        const fromMs = row[first]?.receivedAtMs ?? 0;
        const toMs = row[last]?.receivedAtMs ?? 0;
        const steps = last - first;
        low = Math.max(low, steps / (toMs - fromMs + lateMs));
        if (toMs - fromMs <= lateMs) continue;
        high = Math.min(high, (steps + lostWithin(fromMs, toMs)) / (toMs - fromMs - lateMs));
      }
    }
  };
  const isNext = (before: Answered, { sentAtMs }: Answered): boolean => sentAtMs <= before.receivedAtMs - 2 * slackMs;
  const isSure = (before: Answered, { receivedAtMs }: Answered): boolean =>
    lostWithin(before.receivedAtMs, receivedAtMs) === 0;
  for (const row of rowsOf(answers, isNext)) {
    hold(row);
    for (const sure of rowsOf(row, isSure)) hold(sure);
  }
  return [low, high];
}

/** By how much answers were early or late against even distances between the first and the last of them. */
function unevennessMs(row: readonly Answered[]): number {
  const firstMs = row[0]?.receivedAtMs ?? 0;
  const stepMs = ((row[row.length - 1]?.receivedAtMs ?? 0) - firstMs) / Math.max(1, row.length - 1);
  const offMs = row.map(({ receivedAtMs }, index) => receivedAtMs - firstMs - index * stepMs);
  return Math.max(...offMs) - Math.min(...offMs);
}

/** Cut wherever one does not belong to the one before. */
function rowsOf<Item>(items: readonly Item[], belongs: (before: Item, item: Item) => boolean): Item[][] {
  const rows: Item[][] = [];
  for (const item of items) {
    const row = rows[rows.length - 1];
    const before = row?.[row.length - 1];
    if (row !== undefined && before !== undefined && belongs(before, item)) row.push(item);
    else rows.push([item]);
  }
  return rows;
}

/** Late by so much at most, going by all that was rejected at once: some answers are later than any that was seen. */
function slackOf(requests: readonly Answered[]): number {
  return Math.max(LEAST_SLACK_MS, LATEST_RATIO * Math.max(...requests.filter(isRejected).map(tookMs)));
}

/** While those that were admitted are under way one more is rejected, and right after their answers it is not. */
function* askConcurrency(
  host: InFlightHost,
  capacity: Range,
  quickMs: number,
  slowMs: number,
  wayMs: number,
): Steps<InFlightFinding | null> {
  const [, most] = capacity;
  let isHeld = false;
  let again: readonly Answered[] = [];
  for (let tries = 0, isLost = true; isLost && tries < MOST_RETRIES; tries += 1) {
    const before = host.requests.length;
    yield { kind: 'launch', count: most };
    yield { kind: 'sleep', untilMs: host.nowMs + LATE_SHARE * slowMs };
    const late = yield* together(host, 1);
    const held = host.requests.slice(before, before + most);
    again = yield* together(host, most + EXCESS);
    isHeld = held.every(isAdmitted) && late.every(isRejected) && again.filter(isAdmitted).length === most;
    isLost = [...held, ...late, ...again].some(({ outcome }) => outcome === 'lost');
  }
  const fresh = yield* whole(host, most + 1, 0);
  // None of a volley was answered before the last of it came.
  const isTogether = spreadMs(fresh, wayMs) < quickMs;
  const isOne = capacity[0] === capacity[1] && isTogether;
  const round = foretoldOf(fresh, most);
  if (!isHeld && !isOne) return null;
  return {
    algorithm: 'concurrency',
    capacityRange: isTogether ? capacity : [1, most],
    refillPerMsRange: null,
    isExact: isHeld && isOne && round.holds,
    reason: !isOne
      ? 'volleys were admitted to different numbers'
      : !isHeld
        ? 'what is under way was not seen to count until its answer came'
        : round.holds
          ? null
          : 'the foretold volley came out differently',
    foretold: round,
    refutes: again.find(isAdmitted)?.number ?? host.requests.length,
    because: `of ${most} under way one more was rejected until they were answered, and right then all ${most} were admitted again`,
  };
}

function foretoldOf(volley: readonly Answered[], capacity: number): Foretold {
  const admitted = volley.filter(isAdmitted).length;
  return {
    against: ['windows', 'buckets'],
    // Of requests sent together the server may take any first, so only their number is foretold.
    round: volley.map(({ number, outcome }) => ({ number, predicted: 'either' as const, seen: outcome ?? 'lost' })),
    holds: admitted === capacity && volley.length > capacity && volley.every(({ outcome }) => outcome !== 'lost'),
  };
}

/** The requests of a volley were decided within this span. */
function spreadMs(volley: readonly Answered[], wayMs: number): number {
  const sentAtMs = volley.map((request) => request.sentAtMs);
  return Math.max(...sentAtMs) - Math.min(...sentAtMs) + wayMs;
}

function* together(host: InFlightHost, count: number): Steps<Answered[]> {
  const before = host.requests.length;
  yield { kind: 'launch', count };
  yield { kind: 'settle' };
  return host.requests.slice(before);
}

/** A volley of which no answer got lost, if there is one in a few tries. */
function* whole(host: InFlightHost, count: number, restMs: number): Steps<Answered[]> {
  for (let tries = 0; ; tries += 1) {
    const volley = yield* together(host, count);
    if (tries >= MOST_RETRIES || volley.every(({ outcome }) => outcome !== 'lost')) return volley;
    if (restMs > 0) yield { kind: 'sleep', untilMs: host.nowMs + restMs };
  }
}

function isRejected({ outcome }: Answered): boolean {
  return outcome === 'rejected';
}

function isAdmitted({ outcome }: Answered): boolean {
  return outcome === 'admitted';
}

function tookMs({ sentAtMs, receivedAtMs }: Answered): number {
  return receivedAtMs - sentAtMs;
}
