import { DETAIL_TAG, decodeDetail } from '../../load/measurement/metric-names.ts';

/**
 * Reads what k6's web-dashboard output records: JSON lines of what was known at each tick, and at the end. Counters
 * are cumulative. Pure.
 */

/** All counters at one moment. */
export interface Snapshot {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Counter → its value so far; those without a sample are missing. */
  readonly counts: ReadonlyMap<string, number>;
  /** Counter → detail (a status, a rule) → its value so far. */
  readonly countsByDetail: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const DETAILED = new RegExp(`^(.+)\\{${DETAIL_TAG}:(.*)\\}$`);

/** A record that was cut in the middle of a line (k6 was killed) is read up to there. */
export function parseRecord(text: string): Snapshot[] {
  const types = new Map<string, string>();
  let names: string[] = [];
  const snapshots: Snapshot[] = [];
  for (const line of text.split('\n')) {
    const event = parseEvent(line);
    if (event === null) continue;
    if (event.name === 'metric') {
      for (const [metric, { type }] of Object.entries(event.data as Record<string, { type: string }>)) {
        types.set(metric, type);
      }
      // The values of later events are in this order (Go sorts by bytes; all names are ASCII).
      names = [...types.keys()].sort((left, right) => (left < right ? -1 : 1));
    } else if (event.name === 'cumulative') {
      snapshots.push(snapshotOf(names, types, event.data as (number[] | null)[]));
    }
  }
  return snapshots;
}

function parseEvent(line: string): { name: string; data: unknown } | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('event' in value) || !('data' in value)) return null;
    return { name: String(value.event), data: value.data };
  } catch {
    return null;
  }
}

function snapshotOf(
  names: readonly string[],
  types: ReadonlyMap<string, string>,
  values: (number[] | null)[],
): Snapshot {
  let atMs = 0;
  const counts = new Map<string, number>();
  const countsByDetail = new Map<string, Map<string, number>>();
  for (const [index, name] of names.entries()) {
    const value = values[index]?.[0];
    if (value === undefined) continue;
    if (name === 'time') atMs = value;
    if (types.get(name) !== 'counter') continue;
    const [, metric, detail] = DETAILED.exec(name) ?? [];
    if (metric === undefined || detail === undefined) counts.set(name, value);
    else {
      const details = countsByDetail.get(metric) ?? new Map<string, number>();
      countsByDetail.set(metric, details.set(decodeDetail(detail), value));
    }
  }
  return { atMs, counts, countsByDetail };
}
