/**
 * A sliding-window counter whose windows turn over when a request comes: they follow each other from the first request
 * on, and begin anew with the request after a whole window without any (the rates of HAProxy's stick tables). Each row
 * of windows is a log of its own for a counter on a grid, whose first window begins with the first request of the row
 * and has none before it.
 */
import type { Range } from '../engine.ts';
import { type Log, unsettled, type Volley } from '../log.ts';
import { type Box, type Explanation, high, low, type Model, windowMs } from './model.ts';
import { rounding, slidingCounter } from './sliding-counter.ts';

/** Volleys `from` to `to` (exclusive) of the log: windows that follow each other; where they began is known, or is not. */
interface Row {
  readonly from: number;
  readonly to: number;
  readonly beganMs: Range | null;
}

const inner = slidingCounter(true);
/** The clock of a stick table's windows only knows even milliseconds. */
const EVEN_MS = 1;

/** By then something of this volley was decided. */
function firstDecidedByMs({ firstAdmittedByMs, rejectedByMs }: Volley): number {
  return Math.min(firstAdmittedByMs, rejectedByMs);
}

/** By then all of it was; Infinity: something is still under way. */
function lastDecidedByMs(volley: Volley): number {
  const { admittedByMs, lastRejectedByMs } = volley;
  return Math.max(admittedByMs, lastRejectedByMs, unsettled(volley).byMs);
}

function rowsOf(box: Box, log: Log): Row[] {
  const length: Range = [low(box, 0), high(box, 0)];
  const rows: Row[] = [];
  const { volleys } = log;
  let from = 0;
  let beganMs: Range | null = null;
  /** By then everything before was decided, and some of it not before that moment. */
  let latestMs: Range = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, volley] of volleys.entries()) {
    if (volley.size === 0) continue;
    const first = firstDecidedByMs(volley);
    const begins: Range | null = first < Number.POSITIVE_INFINITY ? [volley.sentAtMs - EVEN_MS, first] : null;
    if (latestMs[1] === Number.NEGATIVE_INFINITY) beganMs = log.isFresh ? begins : null;
    else {
      const [earliest, surely] = newRowMs(beganMs, latestMs, length);
      if (volley.sentAtMs >= surely) {
        rows.push({ from, to: index, beganMs });
        from = index;
        beganMs = begins;
      } else if (first >= earliest) {
        // Who knows whether it began a new row: nothing is said until one surely begins.
        rows.push({ from, to: index, beganMs });
        from = index;
        beganMs = null;
      }
    }
    latestMs = [Math.max(latestMs[0], volley.sentAtMs), Math.max(latestMs[1], lastDecidedByMs(volley))];
  }
  rows.push({ from, to: volleys.length, beganMs });
  return rows;
}

/** A request begins a new row not before the first of these moments, and surely from the second one on. */
function newRowMs(beganMs: Range | null, latestMs: Range, [least, most]: Range): Range {
  const anyhow: Range = [latestMs[0] + least, latestMs[1] + 2 * most];
  if (beganMs === null || latestMs[1] === Number.POSITIVE_INFINITY) return anyhow;
  // In the window after the one that the latest request was in there is none.
  const windows = (sinceMs: number, long: number): number => Math.max(0, Math.floor(sinceMs / long));
  const fewest = windows(latestMs[0] - beganMs[1], most);
  const mostWindows = windows(latestMs[1] - beganMs[0], least);
  return [
    Math.max(anyhow[0], beganMs[0] + (fewest + 2) * least),
    Math.min(anyhow[1], beganMs[1] + (mostWindows + 2) * most),
  ];
}

/** Rows that are over do not change; the last one does. */
const excerpts = new WeakMap<Log, Map<string, Log>>();

function excerptOf(log: Log, { from, to }: Row): Log {
  const byRow = excerpts.get(log) ?? new Map<string, Log>();
  excerpts.set(log, byRow);
  const key = `${from}-${to}-${to > log.settledVolleys ? log.revision : ''}`;
  const known = byRow.get(key);
  if (known !== undefined) return known;
  const excerpt = log.excerpt(log.volleys.slice(from, to), true, 'as it was');
  byRow.set(key, excerpt);
  return excerpt;
}

export const lazyCounter: Model = {
  name: 'sliding-counter/lazy/counts-rejected',
  title: 'sliding-window counter from the first request that counts rejected requests',
  algorithm: 'sliding-counter',
  anchor: 'first-request',
  countsRejected: true,
  parameters: [windowMs, rounding],
  start: (bounds) => [bounds.windowMs, [0, 2]],
  explain(box, capacity, log, _suspects, since): Explanation {
    const rows = rowsOf(box, log);
    const [length = [0, 0], rounded = [0, 2]] = box;
    const last = rows[rows.length - 1];
    let range = capacity;
    let ofLast: Explanation | null = null;
    for (const row of rows) {
      if (row.beganMs === null || row.from >= row.to || (row !== last && row.to <= since)) continue;
      const explanation = inner.explain([length, row.beganMs, rounded], range, excerptOf(log, row), [], 0);
      if (explanation.contradiction !== null) return { ...explanation, culprits: [] };
      range = explanation.capacity;
      if (row === last) ofLast = explanation;
    }
    return {
      contradiction: null,
      culprits: [],
      capacity: range,
      quota(fromMs, toMs): Range {
        if (last === undefined || last.from >= last.to) return [0, range[1]];
        let latestMs: Range = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
        for (const volley of log.volleys) {
          if (volley.size === 0) continue;
          latestMs = [Math.max(latestMs[0], volley.sentAtMs), Math.max(latestMs[1], lastDecidedByMs(volley))];
        }
        const [earliest, surely] = newRowMs(last.beganMs, latestMs, [low(box, 0), high(box, 0)]);
        if (fromMs >= surely) return range;
        const [least, most] = ofLast?.quota(fromMs, toMs) ?? [0, range[1]];
        return toMs < earliest ? [least, most] : [Math.min(least, range[0]), range[1]];
      },
    };
  },
};
