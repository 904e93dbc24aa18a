/**
 * A ban: the first rejection shuts everything out for a fixed time, however long the window was. Nothing is said of the
 * length of the window, so that this model is never narrow enough to be proved; it stands as a rival to windows, and
 * says how long a penalty is.
 */
import type { Range } from '../engine.ts';
import type { Log, Volley } from '../log.ts';
import { boundByVolley, CapacityBounds, high, low, type Model, SHORTEST_WINDOW_MS } from './model.ts';

/** From the first rejection to the first admitted request after it. */
interface Drought {
  readonly first: Volley;
  /** The latest rejection of it. */
  last: Volley;
  /** The volley that ended it; null: it lasts. */
  endedBy: Volley | null;
}

function droughtsOf(log: Log): Drought[] {
  const droughts: Drought[] = [];
  let current: Drought | null = null;
  for (const [index, volley] of log.volleys.entries()) {
    if (current !== null && volley.admitted > 0 && volley.sentAtMs >= current.last.lastRejectedByMs) {
      current.endedBy = volley;
      current = null;
    }
    if (volley.rejected === 0) continue;
    if (current !== null) current.last = volley;
    // What was under way before the run may have begun earlier.
    else if (index > 0) {
      current = { first: volley, last: volley, endedBy: null };
      droughts.push(current);
    }
  }
  return droughts;
}

export const ban: Model = {
  name: 'fixed-window/ban',
  title: 'a ban from the first rejected request',
  algorithm: 'fixed-window',
  anchor: 'first-request',
  countsRejected: null,
  parameters: [{ name: 'banMs', isWhole: false, weight: 0, finest: 1 }],
  start: ({ windowMs }) => [windowMs],
  explain(box, capacity, log) {
    const bounds = new CapacityBounds(capacity);
    const droughts = droughtsOf(log);
    for (const { first, last, endedBy } of droughts) {
      const leastMs = last.rejectedSentAtMs - first.rejectedByMs;
      if (leastMs > high(box, 0)) bounds.atMost(0, last);
      if (endedBy !== null && endedBy.admittedByMs - first.sentAtMs < low(box, 0)) {
        bounds.atLeast(Number.POSITIVE_INFINITY, endedBy);
      }
    }
    for (const [index, { first }] of droughts.entries()) {
      boundByVolley(bounds, first, SHORTEST_WINDOW_MS, 2);
      // What was admitted after a ban was so in new windows, the last of which was used up when the next ban began.
      const since = droughts[index - 1]?.endedBy;
      if (since) bounds.atMost(log.possiblyAdmitted(since.sentAtMs, first.rejectedByMs), first);
    }
    const current = droughts[droughts.length - 1];
    const { contradiction, culprits, range } = bounds;
    return {
      contradiction,
      culprits,
      capacity: range,
      quota(fromMs, toMs): Range {
        if (current === undefined || current.endedBy !== null) return [0, range[1]];
        if (toMs < current.first.sentAtMs + low(box, 0)) return [0, 0];
        return [fromMs > current.first.rejectedByMs + high(box, 0) ? 1 : 0, range[1]];
      },
    };
  },
};
