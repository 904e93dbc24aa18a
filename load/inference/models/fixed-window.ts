/**
 * Fixed windows: at most N admitted requests a window. From the first request, a window begins with the first request
 * that is admitted after the last one ended; on a grid, windows follow each other whether or not requests come.
 */
import type { Range } from '../engine.ts';
import { type Log, unsettled, type Volley } from '../log.ts';
import { type Contracted, contractLength, contractToGrid, Grid } from './grid.ts';
import {
  type Box,
  boundByFirstBurst,
  boundByVolley,
  CapacityBounds,
  type Explanation,
  high,
  lookAt,
  low,
  type Model,
  phaseAfter,
  windowMs,
} from './model.ts';

/** A window: ranges of the moments of its first request, and of its end. */
interface Window {
  readonly startMs: Range;
  /** Whatever is admitted and was sent since then belongs to this window or to a later one. */
  readonly sureSinceMs: number;
  readonly endMs: Range;
}

export type Prolonging = 'nothing' | 'rejected' | 'every';

const FIRST_REQUEST: Record<Prolonging, { name: string; title: string }> = {
  nothing: { name: 'fixed-window/first-request', title: 'fixed window from the first request' },
  rejected: {
    name: 'fixed-window/prolonged-by-rejected',
    title: 'fixed window from the first request, begun anew by each rejected request',
  },
  every: { name: 'fixed-window/prolonged-by-every', title: 'window that ends only after a silence of its length' },
};

/** Windows from the first request; what pushes their end back to a whole length from then on is `prolongedBy`. */
export function fixedWindowFirstRequest(prolongedBy: Prolonging): Model {
  return {
    ...FIRST_REQUEST[prolongedBy],
    algorithm: 'fixed-window',
    anchor: 'first-request',
    countsRejected: prolongedBy !== 'nothing',
    parameters: [windowMs],
    start: (bounds) => [bounds.windowMs],
    contract: (box, log) => (prolongedBy === 'nothing' ? contractLength(box, log) : contractSilence(box, log)),
    explain(box, capacity, log) {
      let windows = walk(box, capacity[1], log, prolongedBy);
      let bounds = boundsFrom(windows, box, prolongedBy, capacity, log);
      if (!bounds.isContradiction && bounds.most < capacity[1]) {
        // Which request began which window is known better when windows are known to be smaller.
        windows = walk(box, bounds.most, log, prolongedBy);
        bounds = boundsFrom(windows, box, prolongedBy, bounds.range, log);
      }
      const { contradiction, culprits, range } = bounds;
      const longestMs = prolongedBy === 'nothing' ? high(box, 0) : Number.POSITIVE_INFINITY;
      return {
        contradiction,
        culprits,
        capacity: range,
        quota: (fromMs, toMs) => quotaIn(windows, range, longestMs, log, fromMs, toMs),
      };
    },
  };
}

/** A silence of the length of a window ends it; so no window is longer than the silence before a return. */
function contractSilence(box: Box, log: Log): Contracted {
  const [first, ...rest] = box;
  if (first === undefined) return { box, contradiction: null };
  const [lengthLow] = first;
  let [, lengthHigh] = first;
  for (const { afterMs, byMs, number } of log.turns.returns) {
    lengthHigh = Math.min(lengthHigh, byMs - afterMs);
    if (lengthLow > lengthHigh) return { box: null, contradiction: number };
  }
  return { box: [[lengthLow, lengthHigh], ...rest], contradiction: null };
}

function isRecovery(volley: Volley): boolean {
  return volley.isAfterRejection && volley.admitted > 0;
}

function walk(box: Box, capacityHigh: number, log: Log, prolongedBy: Prolonging): Window[] {
  const windowLowMs = low(box, 0);
  const windowHighMs = high(box, 0);
  const windows: Window[] = [];
  const { volleys } = log;
  // Every window is over a whole length after what began it or put its end off.
  const { takenByMs, decidedByMs } = log.turns;
  const usedByMs = prolongedBy === 'nothing' ? takenByMs : decidedByMs;
  // A window that had rejected was over, so this volley surely began a new one; as does the first one of all.
  let at = log.isFresh ? 0 : volleys.findIndex(isRecovery);
  let startMs: Range | null = null;
  const first = volleys[at];
  const admitted = at < 0 ? undefined : volleys.slice(at).find(({ admitted }) => admitted > 0);
  if (first !== undefined && admitted !== undefined) startMs = [first.sentAtMs, admitted.firstAdmittedByMs];
  let sureSinceMs = first?.sentAtMs ?? 0;
  while (startMs !== null) {
    const [startLowMs, startHighMs]: Range = startMs;
    let endLowMs = startLowMs + windowLowMs;
    let endHighMs = startHighMs + windowHighMs;
    /** What is sent and admitted from here on belongs to a later window: this one cannot hold more. */
    let fullByMs = Number.POSITIVE_INFINITY;
    let nextLowMs = Number.POSITIVE_INFINITY;
    let nextHighMs = Number.POSITIVE_INFINITY;
    let nextAt = -1;
    for (let index = at; index < volleys.length; index += 1) {
      const volley = volleys[index];
      if (volley === undefined) break;
      const isOver = volley.sentAtMs >= (usedByMs[index - 1] ?? 0) + windowHighMs;
      if (index > at && (isRecovery(volley) || (volley.admitted > 0 && isOver))) {
        // Whatever was uncertain before, here a window begins.
        nextHighMs = Math.min(nextHighMs, volley.firstAdmittedByMs);
        if (nextAt < 0) {
          nextAt = index;
          nextLowMs = volley.sentAtMs;
          fullByMs = Math.min(fullByMs, volley.sentAtMs);
        }
        break;
      }
      const open = unsettled(volley);
      const mayStart = volley.admitted > 0 || open.count > 0;
      const byMs = Math.max(volley.admittedByMs, open.byMs);
      if (volley.admitted > 0 && (volley.sentAtMs >= endHighMs || volley.sentAtMs >= fullByMs)) {
        nextHighMs = Math.min(nextHighMs, volley.firstAdmittedByMs);
      }
      if (mayStart && byMs >= endLowMs && index > at) {
        if (nextAt < 0) nextAt = index;
        nextLowMs = Math.min(nextLowMs, Math.max(endLowMs, volley.sentAtMs));
      }
      if (nextHighMs < Number.POSITIVE_INFINITY) break;
      if (prolongedBy !== 'nothing') {
        const prolongsLate = Math.max(
          volley.lastRejectedByMs,
          open.byMs,
          prolongedBy === 'every' ? volley.admittedByMs : Number.NEGATIVE_INFINITY,
        );
        if (volley.sentAtMs <= endHighMs && prolongsLate > Number.NEGATIVE_INFINITY) {
          endHighMs = Math.max(endHighMs, Math.min(prolongsLate, endHighMs) + windowHighMs);
        }
        if (volley.sentAtMs >= startHighMs) {
          if (volley.rejected > 0 && volley.rejectedByMs <= endLowMs) {
            endLowMs = Math.max(endLowMs, volley.rejectedSentAtMs + windowLowMs);
          }
          if (prolongedBy === 'every' && volley.admitted > 0 && volley.firstAdmittedByMs <= endLowMs) {
            endLowMs = Math.max(endLowMs, volley.sentAtMs + windowLowMs);
          }
        }
      }
      if (volley.admitted > 0 && fullByMs === Number.POSITIVE_INFINITY) {
        if (log.surelyAdmitted(sureSinceMs, volley.admittedByMs) >= capacityHigh) fullByMs = volley.admittedByMs;
      }
    }
    endHighMs = Math.min(endHighMs, nextHighMs);
    windows.push({ startMs: [startLowMs, startHighMs], sureSinceMs, endMs: [endLowMs, endHighMs] });
    startMs = nextAt < 0 ? null : [Math.min(nextLowMs, nextHighMs), nextHighMs];
    sureSinceMs = Math.min(nextHighMs, endHighMs, fullByMs);
    at = nextAt;
  }
  return windows;
}

/** Capacities with which these windows explain everything. */
function boundsFrom(
  windows: readonly Window[],
  box: Box,
  prolongedBy: Prolonging,
  capacity: Range,
  log: Log,
): CapacityBounds {
  const bounds = new CapacityBounds(capacity);
  boundByFirstBurst(bounds, low(box, 0), log);
  for (const { sureSinceMs, endMs } of windows) {
    const surely = log.surelyAdmitted(sureSinceMs, endMs[0]);
    const by = surely > bounds.least ? lastAdmittedBy(log, endMs[0]) : undefined;
    if (by !== undefined) bounds.atLeast(surely, by);
  }
  const beganMs = windows[0]?.startMs[1] ?? Number.POSITIVE_INFINITY;
  let from = 0;
  for (const volley of log.volleys) {
    if (volley.admitted > 0) boundByVolley(bounds, volley, low(box, 0), 2);
    if (volley.rejected === 0 || volley.rejectedSentAtMs < beganMs) continue;
    while (from + 1 < windows.length && (windows[from]?.endMs[1] ?? 0) < volley.rejectedSentAtMs) from += 1;
    // Wherever the window lies: no more than its length ago there was what began it, or prolonged it.
    const sinceMs = volley.rejectedSentAtMs - high(box, 0);
    if (sinceMs >= log.knownSinceMs) {
      const recently = log.possiblyAdmitted(sinceMs, volley.rejectedByMs);
      if (prolongedBy === 'nothing') bounds.atMost(recently, volley);
      else if (recently + log.possiblyRejected(sinceMs, volley.rejectedByMs) <= 1) bounds.atMost(0, volley);
    }
    bounds.atMost(mostBefore(windows, from, log, volley), volley);
    if (bounds.isContradiction) break;
  }
  return bounds;
}

/** The last volley of which something was admitted by then. */
function lastAdmittedBy(log: Log, ms: number): Volley | undefined {
  return log.volleys.findLast(({ admitted, admittedByMs }) => admitted > 0 && admittedByMs <= ms);
}

/** Most requests that a window can have admitted before it rejected one of this volley. */
function mostBefore(windows: readonly Window[], from: number, log: Log, volley: Volley): number {
  let most = 0;
  for (let index = from; index < windows.length; index += 1) {
    const window = windows[index];
    if (window === undefined || window.startMs[0] > volley.rejectedByMs) break;
    if (window.endMs[1] < volley.rejectedSentAtMs) continue;
    most = Math.max(most, log.possiblyAdmitted(window.startMs[0], Math.min(volley.rejectedByMs, window.endMs[1])));
  }
  return most;
}

function quotaIn(
  windows: readonly Window[],
  capacity: Range,
  longestMs: number,
  log: Log,
  fromMs: number,
  toMs: number,
): Range {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  const last = windows[windows.length - 1];
  if (last === undefined) return [0, capacity[1]];
  const rejectedAtMs = log.lastRejection?.rejectedSentAtMs ?? Number.NEGATIVE_INFINITY;
  // A window that rejected is full until its end.
  if (rejectedAtMs >= last.startMs[1] && fromMs >= rejectedAtMs && toMs < last.endMs[0]) return [0, 0];
  for (const [index, { startMs, sureSinceMs, endMs }] of windows.entries()) {
    const nextHighMs = windows[index + 1]?.startMs[1] ?? Number.POSITIVE_INFINITY;
    // In a window that a request of these would begin, or one that is still under way has begun.
    if (toMs >= endMs[0] && fromMs <= nextHighMs) {
      const sinceMs = Math.max(endMs[0], fromMs - longestMs);
      least = Math.min(least, capacity[0] - log.possiblyAdmitted(sinceMs, toMs));
      most = Math.max(most, capacity[1]);
    }
    if (endMs[1] <= fromMs || startMs[0] > toMs) continue;
    // Whenever it began: no longer ago than its length.
    const sinceMs = Math.max(startMs[0], fromMs - longestMs);
    least = Math.min(least, capacity[0] - log.possiblyAdmitted(sinceMs, Math.min(toMs, endMs[1])));
    most = Math.max(most, capacity[1] - log.surelyAdmitted(sureSinceMs, Math.min(toMs, endMs[0])));
  }
  // Before the first window that is known.
  if (least === Number.POSITIVE_INFINITY) return [0, capacity[1]];
  return [Math.max(0, Math.min(least, most)), Math.max(0, most)];
}

/** Windows on a grid: aligned to a clock, or to the start of a server. */
export const fixedWindowGrid: Model = {
  name: 'fixed-window/clock',
  title: 'fixed window aligned to a clock',
  algorithm: 'fixed-window',
  anchor: 'clock',
  countsRejected: null,
  parameters: [windowMs, phaseAfter(0)],
  start: (bounds) => [bounds.windowMs, bounds.boundaryMs],
  contract: (box, log) => contractToGrid(box, 0, 1, log),
  explain(box, capacity, log, suspects, since): Explanation {
    const grid = new Grid(box, 0, 1);
    const { contradiction, culprits, range } = gridBounds(grid, box, capacity, log, suspects, since);
    return {
      contradiction,
      culprits,
      capacity: range,
      quota(fromMs, toMs) {
        const rejection = log.lastRejection;
        // A window that rejected is full until its end.
        if (
          rejection !== null &&
          fromMs >= rejection.rejectedSentAtMs &&
          grid.first(rejection.rejectedSentAtMs) === grid.last(toMs)
        ) {
          return [0, 0];
        }
        let least = Number.POSITIVE_INFINITY;
        let most = 0;
        for (let k = grid.first(fromMs); k <= grid.last(toMs); k += 1) {
          const startMs = grid.startMs(k);
          const endMs = grid.startMs(k + 1);
          least = Math.min(least, range[0] - log.possiblyAdmitted(startMs[0], Math.min(toMs, endMs[1])));
          most = Math.max(
            most,
            range[1] - log.surelyAdmitted(grid.sureSinceMs(k, log.turns), Math.min(toMs, endMs[0])),
          );
        }
        return [Math.max(0, Math.min(least, most)), Math.max(0, most)];
      },
    };
  },
};

/** A request that may lie in more windows than this is not worth counting through. */
const MANY_WINDOWS = 6;

function gridBounds(
  grid: Grid,
  box: Box,
  capacity: Range,
  log: Log,
  suspects: readonly Volley[],
  since: number,
): CapacityBounds {
  const bounds = new CapacityBounds(capacity);
  boundByFirstBurst(bounds, low(box, 0), log);
  const windowHighMs = high(box, 0);
  const look = (volley: Volley): void => {
    if (volley.rejected > 0) {
      const { rejectedSentAtMs, rejectedByMs } = volley;
      // Wherever the window lies, it is no longer than this.
      if (rejectedSentAtMs - windowHighMs >= log.knownSinceMs) {
        bounds.atMost(log.possiblyAdmitted(rejectedSentAtMs - windowHighMs, rejectedByMs), volley);
      }
      bounds.atMost(mostInGrid(grid, log, volley), volley);
    }
    if (volley.admitted > 0) {
      boundByVolley(bounds, volley, low(box, 0), 2);
      const k = grid.last(volley.admittedByMs);
      if (volley.admittedByMs <= grid.startMs(k + 1)[0]) {
        bounds.atLeast(log.surelyAdmitted(grid.sureSinceMs(k, log.turns), volley.admittedByMs), volley);
      }
    }
  };
  lookAt(look, bounds, suspects, log, since, false);
  return bounds;
}

function mostInGrid(grid: Grid, log: Log, { rejectedSentAtMs, rejectedByMs }: Volley): number {
  const first = grid.first(rejectedSentAtMs);
  const last = grid.last(rejectedByMs);
  if (last - first > MANY_WINDOWS) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let k = first; k <= last; k += 1) {
    const startMs = grid.startMs(k)[0];
    if (startMs < log.knownSinceMs) return Number.POSITIVE_INFINITY;
    most = Math.max(most, log.possiblyAdmitted(startMs, Math.min(rejectedByMs, grid.startMs(k + 1)[1])));
  }
  return most;
}
