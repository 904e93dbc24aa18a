/**
 * Sliding log: a request is admitted when fewer than N are in the log of the last window. Each admitted request is
 * entered in the log; with `countsRejected`, each rejected one as well.
 */
import type { Log, Volley } from '../log.ts';
import { contractLength } from './grid.ts';
import { type Box, boundByVolley, CapacityBounds, high, lookAt, low, type Model, windowMs } from './model.ts';

/** An entry that is exactly as old as the window is out of the log. */
const OPEN_MS = 1e-6;

export function slidingLog(countsRejected: boolean): Model {
  return {
    name: countsRejected ? 'sliding-log/counts-rejected' : 'sliding-log',
    title: countsRejected ? 'sliding log that counts rejected requests' : 'sliding log',
    algorithm: 'sliding-log',
    anchor: null,
    countsRejected,
    parameters: [windowMs],
    start: (bounds) => [bounds.windowMs],
    ...(countsRejected ? {} : { contract: (box: Box, log: Log) => contractLength(box, log) }),
    explain(box, capacity, log, suspects, since) {
      const windowLowMs = low(box, 0) - OPEN_MS;
      const windowHighMs = high(box, 0);
      /** At most so many entries count against a request decided within these moments. */
      const mostEntries = (fromMs: number, toMs: number): number =>
        fromMs - windowHighMs < log.knownSinceMs
          ? Number.POSITIVE_INFINITY
          : log.possiblyAdmitted(fromMs - windowHighMs, toMs) +
            (countsRejected ? log.possiblyRejected(fromMs - windowHighMs, toMs) : 0);
      const bounds = new CapacityBounds(capacity);
      const look = (volley: Volley): void => {
        if (volley.admitted > 0) {
          // The latest of them saw all the others, and what was surely rejected before the volley.
          const since = volley.admittedByMs - windowLowMs;
          const entries =
            log.surelyAdmitted(since, volley.admittedByMs) +
            (countsRejected ? log.surelyRejected(since, volley.sentAtMs) : 0);
          bounds.atLeast(entries, volley);
          boundByVolley(bounds, volley, windowLowMs, 1);
        }
        if (volley.rejected > 0) {
          const own = countsRejected ? 1 : 0;
          bounds.atMost(mostEntries(volley.rejectedSentAtMs, volley.rejectedByMs) - own, volley);
        }
      };
      lookAt(look, bounds, suspects, log, since, countsRejected);
      const { contradiction, culprits, range } = bounds;
      return {
        contradiction,
        culprits,
        capacity: range,
        quota(fromMs, toMs) {
          const least =
            log.surelyAdmitted(toMs - windowLowMs, fromMs) +
            (countsRejected ? log.surelyRejected(toMs - windowLowMs, fromMs) : 0);
          return [Math.max(0, range[0] - mostEntries(fromMs, toMs)), Math.max(0, range[1] - least)];
        },
      };
    },
  };
}
