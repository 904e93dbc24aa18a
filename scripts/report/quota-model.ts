import type { LimitsResult, ObservationRow } from '../results/results.ts';
import { type Tier, tierFigure } from './limits-model.ts';

/**
 * The quota that was left over time, replayed from the limit in limits.json; what the finder sampled of its own model
 * where a replay lacks something. A replay draws what the numbers of the result mean, and proves nothing.
 */

/** A line through points in the order of time; a step is two points at one time. */
export interface QuotaLine {
  /** "10 requests per 1 s"; "" where it is the only one. */
  readonly label: string;
  readonly points: readonly QuotaPoint[];
}

export type QuotaPoint = readonly [atSeconds: number, remaining: number];

/** Answers that may be against the quota drawn: those on their way when it came back, and a first burst after others' use. */
const MOST_UNLIKE = 0.15;

/** One line a tier; [] where the limit is not known well enough for a quota that the answers agree with. */
export function quotaLines(limits: LimitsResult): QuotaLine[] {
  const lines = supposedLines(limits);
  return unlikeRatio(lines, limits.evidence.observations) > MOST_UNLIKE ? [] : lines;
}

/** Share of the answers that came otherwise than the lines say: accepted with nothing left, or rejected with something. */
function unlikeRatio(lines: readonly QuotaLine[], rows: readonly ObservationRow[]): number {
  const judged = rows.filter(
    (row) => row[6] === 'primary' && row[5] === 'valid' && (row[4] === 'admitted' || row[4] === 'rejected'),
  );
  if (lines.length === 0 || judged.length === 0) return 0;
  const spans = lines.map(({ points }) => spansOver(points));
  const unlike = judged.filter((row) => {
    const left = spans.map((span) => span(row[1], row[2]));
    return row[4] === 'admitted' ? left.some(({ most }) => most < 0.9) : left.every(({ least }) => least >= 1.1);
  });
  return unlike.length / judged.length;
}

/** What a line says of the time in which a request was on its way: the server decided somewhere in it. */
function spansOver(points: readonly QuotaPoint[]): (from: number, to: number) => { least: number; most: number } {
  const times = points.map(([atSeconds]) => atSeconds);
  const valueAt = (atSeconds: number): number => {
    const next = firstNotBefore(times, atSeconds);
    const [before, after] = [points[next - 1] ?? points[next], points[next] ?? points[next - 1]];
    if (before === undefined || after === undefined) return 0;
    const share = after[0] > before[0] ? Math.min(1, (atSeconds - before[0]) / (after[0] - before[0])) : 0;
    return before[1] + share * (after[1] - before[1]);
  };
  return (from, to) => {
    let [least, most] = [valueAt(from), valueAt(to)].sort((a, b) => a - b) as [number, number];
    for (let index = firstNotBefore(times, from); (times[index] ?? Number.POSITIVE_INFINITY) <= to; index += 1) {
      least = Math.min(least, points[index]?.[1] ?? least);
      most = Math.max(most, points[index]?.[1] ?? most);
    }
    return { least, most };
  };
}

/** Index of the first of ascending `times` that is not before `atSeconds`; their number where all are. */
function firstNotBefore(times: readonly number[], atSeconds: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < atSeconds) low = middle + 1;
    else high = middle;
  }
  return low;
}

function supposedLines(limits: LimitsResult): QuotaLine[] {
  const tiers = limits.limits;
  // Of an algorithm that is not decided there is only a range, which is as good as no quota.
  if (tiers.some(({ algorithm }) => algorithm === 'unknown')) return [];
  const sampled = limits.evidence.quota.map(({ atSeconds, remaining }): QuotaPoint => [atSeconds, remaining]);
  const replayed = tiers.map((tier) => replay(tier, limits));
  if (replayed.length > 0 && replayed.every((points) => points !== null))
    return replayed.map((points, index) => {
      const tier = tiers[index];
      const { figure, unit } = tier === undefined ? { figure: '', unit: '' } : tierFigure(tier);
      return { label: tiers.length > 1 ? `${figure} ${unit}` : '', points: points ?? [] };
    });
  return sampled.length > 0 ? [{ label: '', points: asDrawn(sampled, tiers) }] : [];
}

const RISING: ReadonlySet<string> = new Set(['token-bucket', 'leaky-queue', 'sliding-counter']);

/** Samples of a quota that comes back in steps hold until the next one; of others they lie on a line. */
function asDrawn(points: readonly QuotaPoint[], tiers: readonly Tier[]): readonly QuotaPoint[] {
  const isRising = tiers.every((tier) => RISING.has(tier.algorithm) && tier.refillIntervalSeconds === null);
  return isRising ? points : asSteps(points);
}

function asSteps(points: readonly QuotaPoint[]): QuotaPoint[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    return before === undefined || before[1] === point[1] ? [point] : [[point[0], before[1]] as const, point];
  });
}

/** The points of one tier over the whole run; null where something that it needs is not known. */
function replay(tier: Tier, limits: LimitsResult): QuotaPoint[] | null {
  const rows = limits.evidence.observations;
  const end = rows.reduce((latest, row) => Math.max(latest, row[1]), 0);
  const { algorithm, capacity, windowSeconds: window, refillPerSecond: refill } = tier;
  // Bans, and windows that rejected requests prolong, depend on more than the result tells.
  if (limits.penaltySeconds !== null || (algorithm === 'fixed-window' && tier.countsRejected === true)) return null;
  if (algorithm === 'concurrency') return concurrency(rows, capacity);
  const times = rows.filter((row) => isCounted(row, tier, limits)).map((row) => row[1]);
  times.sort((a, b) => a - b);
  if (algorithm === 'token-bucket' || algorithm === 'leaky-queue')
    return refill === null ? null : bucket(times, capacity, refill, tier.refillIntervalSeconds, end);
  if (window === null || window <= 0) return null;
  if (algorithm === 'sliding-log') return slidingLog(times, capacity, window, end);
  if (algorithm === 'fixed-window')
    return fixedWindow(times, capacity, window, tier.anchor === 'clock' ? phaseOf(rows, capacity, window) : null, end);
  if (algorithm === 'sliding-counter')
    return slidingCounter(
      times,
      capacity,
      window,
      tier.anchor === 'clock' ? phaseOf(rows, capacity, window) : (times[0] ?? 0),
      end,
    );
  return null;
}

function isCounted(row: ObservationRow, tier: Tier, limits: LimitsResult): boolean {
  const [, , , , outcome, kind, identity] = row;
  if (identity !== 'primary') return false;
  if (outcome === 'rejected') return tier.countsRejected === true;
  if (kind === 'invalid') return limits.countsInvalid === true;
  if (kind === 'unauthorized') return limits.countsUnauthorized === true;
  return outcome === 'admitted';
}

/** Windows one after another from `phase`; null: each begins with the first request after the one before. */
function fixedWindow(
  times: readonly number[],
  capacity: number,
  window: number,
  phase: number | null,
  end: number,
): QuotaPoint[] {
  const points: QuotaPoint[] = [[0, capacity]];
  let closesAt = Number.NEGATIVE_INFINITY;
  let left = capacity;
  const close = () => {
    if (left < capacity && closesAt <= end) points.push([closesAt, left], [closesAt, capacity]);
    left = capacity;
  };
  for (const at of times) {
    if (at >= closesAt) {
      close();
      closesAt = phase === null ? at + window : phase + (Math.floor((at - phase) / window) + 1) * window;
    }
    points.push([at, left]);
    left = Math.max(0, left - 1);
    points.push([at, left]);
  }
  close();
  return points;
}

/** Each request leaves the log a window after it came. */
function slidingLog(times: readonly number[], capacity: number, window: number, end: number): QuotaPoint[] {
  const leaves = times.map((at) => at + window).filter((at) => at <= end);
  const events = [...times.map((at) => [at, 1] as const), ...leaves.map((at) => [at, -1] as const)];
  return counted(events, capacity);
}

/** Requests in flight, from sending to the answer. */
function concurrency(rows: readonly ObservationRow[], capacity: number): QuotaPoint[] {
  const admitted = rows.filter((row) => row[4] === 'admitted' && row[6] === 'primary');
  return counted(
    admitted.flatMap((row) => [[row[1], 1] as const, [row[2], -1] as const]),
    capacity,
  );
}

/** A quota that each event uses up or gives back. */
function counted(events: readonly (readonly [at: number, used: number])[], capacity: number): QuotaPoint[] {
  let used = 0;
  const points: QuotaPoint[] = [[0, capacity]];
  const remaining = () => Math.max(0, capacity - used);
  for (const [at, change] of events.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    points.push([at, remaining()]);
    used += change;
    points.push([at, remaining()]);
  }
  return points;
}

/** Tokens that come back all the time, or in steps of `interval` from the first request. */
function bucket(
  times: readonly number[],
  capacity: number,
  refillPerSecond: number,
  interval: number | null,
  end: number,
): QuotaPoint[] {
  const points: QuotaPoint[] = [[0, capacity]];
  const start = times[0] ?? 0;
  let tokens = capacity;
  let at = start;
  const moveTo = (to: number) => {
    if (interval !== null && interval > 0) {
      let next = start + (Math.floor((at - start) / interval + 1e-9) + 1) * interval;
      while (next <= to && tokens < capacity) {
        points.push([next, tokens]);
        tokens = Math.min(capacity, tokens + refillPerSecond * interval);
        points.push([next, tokens]);
        next += interval;
      }
    } else {
      const fullAt = at + (capacity - tokens) / refillPerSecond;
      if (tokens < capacity && fullAt < to) points.push([fullAt, capacity]);
      tokens = Math.min(capacity, tokens + (to - at) * refillPerSecond);
    }
    points.push([to, tokens]);
    at = to;
  };
  for (const time of times) {
    moveTo(time);
    tokens = Math.max(0, tokens - 1);
    points.push([time, tokens]);
  }
  if (end > at) moveTo(end);
  return points;
}

/** The count of this window, and of the one before the share that still overlaps. */
function slidingCounter(
  times: readonly number[],
  capacity: number,
  window: number,
  phase: number,
  end: number,
): QuotaPoint[] {
  const points: QuotaPoint[] = [[0, capacity]];
  let index = Math.floor(((times[0] ?? 0) - phase) / window);
  let [before, current] = [0, 0];
  const remaining = (at: number) =>
    Math.max(0, capacity - current - before * Math.max(0, 1 - (at - phase) / window + index));
  const moveTo = (to: number) => {
    while (phase + (index + 1) * window <= to && (before > 0 || current > 0)) {
      index += 1;
      points.push([phase + index * window, remaining(phase + index * window)]);
      [before, current] = [current, 0];
      points.push([phase + index * window, remaining(phase + index * window)]);
    }
    index = Math.max(index, Math.floor((to - phase) / window));
    points.push([to, remaining(to)]);
  };
  for (const at of times) {
    moveTo(at);
    current += 1;
    points.push([at, remaining(at)]);
  }
  moveTo(end);
  return points;
}

/** Returns of quota that are looked at, and where in each a window is tried. */
const MAX_RETURNS = 20;
const TRIED_SHARES = [1, 0.75, 0.5, 0.25, 0.01];

/** When windows on the clock begin, s: such that the fewest answers are against it. limits.json does not say it. */
function phaseOf(rows: readonly ObservationRow[], capacity: number, window: number): number {
  const own = rows.filter((row) => row[6] === 'primary' && (row[4] === 'admitted' || row[4] === 'rejected'));
  // A window began between a rejection and the admission after it: the closer the two, the better it is known when.
  const candidates = own
    .flatMap((row, index) => {
      const before = own[index - 1];
      const isReturn = before?.[4] === 'rejected' && row[4] === 'admitted';
      return isReturn ? [{ from: before[1], to: row[1] }] : [];
    })
    .sort((a, b) => a.to - a.from - (b.to - b.from))
    .slice(0, MAX_RETURNS)
    .flatMap(({ from, to }) => TRIED_SHARES.map((share) => from + (to - from) * share));
  let [best, fewest] = [0, Number.POSITIVE_INFINITY];
  for (const phase of candidates) {
    let [wrong, index, used] = [0, Number.NEGATIVE_INFINITY, 0];
    for (const row of own) {
      const now = Math.floor((row[1] - phase) / window + 1e-9);
      if (now !== index) [index, used] = [now, 0];
      const isAdmitted = row[4] === 'admitted';
      if (isAdmitted !== used < capacity) wrong += 1;
      if (isAdmitted) used += 1;
    }
    if (wrong < fewest) [best, fewest] = [phase, wrong];
  }
  return best;
}
