import { bucketOfNative } from '../../load/measurement/histogram.ts';
import {
  BROKEN_RULE,
  DETAIL_TAG,
  DROPPED,
  DURATION,
  decodeDetail,
  MEASURED,
  ON_THE_WAY,
  PHASE_TAG,
  STOPPED,
  VIOLATIONS,
} from '../../load/measurement/metric-names.ts';
import type { PushedSeries } from './remote-write.ts';

/** From what k6 pushes to what a load counts. Pure. */

/** Something that is counted in a load. */
export type Counted =
  /** Requests by status ("0": no answer) and bucket of their latency; those after the warm-up a second time. */
  | { readonly kind: 'answer' | 'measured-answer'; readonly status: string; readonly bucket: number }
  | { readonly kind: 'rule'; readonly rule: string }
  | { readonly kind: 'dropped' | 'violations' };

/** A Counted as a key. */
export type CountKey = string;

export function keyOf(counted: Counted): CountKey {
  return JSON.stringify(counted);
}
export function countedOf(key: CountKey): Counted {
  const known = countedByKey.get(key);
  if (known !== undefined) return known;
  const counted = JSON.parse(key) as Counted;
  countedByKey.set(key, counted);
  return counted;
}
/** There are as many as statuses times buckets, and rules; each is asked for in each second. */
const countedByKey = new Map<CountKey, Counted>();

/** What was known at a moment: the counts that rose since the one before, from the start of the run on. */
export interface Snapshot {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly counts: ReadonlyMap<CountKey, number>;
}

/** Takes pushes one after the other, and keeps what each changed. */
export function snapshotTaker(): {
  take(series: readonly PushedSeries[]): void;
  snapshots(): readonly Snapshot[];
  /** Users that k6 had made at most; null where nothing told. */
  mostUsers(): number | null;
} {
  const snapshots: Snapshot[] = [];
  /** Several series may count into the same: they differ in tags that do not matter here. */
  const ofSeries = new Map<string, number>();
  const totals = new Map<CountKey, number>();
  let users: number | null = null;
  return {
    take(pushed) {
      let atMs = 0;
      const counts = new Map<CountKey, number>();
      const count = (seriesKey: string, counted: Counted, value: number) => {
        const key = keyOf(counted);
        const rise = value - (ofSeries.get(`${seriesKey} ${key}`) ?? 0);
        if (rise <= 0) return;
        ofSeries.set(`${seriesKey} ${key}`, value);
        totals.set(key, (totals.get(key) ?? 0) + rise);
        counts.set(key, totals.get(key) ?? 0);
      };
      for (const series of pushed) {
        const { labels, value, histogram } = series;
        const name = labels['__name__'] ?? '';
        const seriesKey = JSON.stringify(labels);
        if (value !== null && Number.isFinite(value) && name === 'k6_vus_max') users = Math.max(users ?? 0, value);
        if (Number.isFinite(value ?? 0)) atMs = Math.max(atMs, series.atMs);
        const status =
          name === `k6_${DURATION}_seconds` && labels[PHASE_TAG] !== ON_THE_WAY
            ? (labels['status'] ?? '0')
            : name === `k6_${STOPPED}_seconds`
              ? (labels[DETAIL_TAG] ?? '0')
              : null;
        if (histogram !== null && status !== null) {
          for (const [n, times] of histogram) {
            const bucket = bucketOfNative(n);
            count(`${seriesKey} ${n}`, { kind: 'answer', status, bucket }, times);
            if (labels[PHASE_TAG] === MEASURED)
              count(`${seriesKey} ${n}`, { kind: 'measured-answer', status, bucket }, times);
          }
        } else if (histogram !== null && name === `k6_${BROKEN_RULE}`) {
          const rule = decodeDetail(labels[DETAIL_TAG] ?? '');
          for (const [n, times] of histogram) count(`${seriesKey} ${n}`, { kind: 'rule', rule }, times);
        } else if (value !== null && Number.isFinite(value)) {
          if (name === `k6_${DROPPED}_total`) count(seriesKey, { kind: 'dropped' }, value);
          if (name === `k6_${VIOLATIONS}_total`) count(seriesKey, { kind: 'violations' }, value);
        }
      }
      if (counts.size > 0) snapshots.push({ atMs: atMs || (snapshots.at(-1)?.atMs ?? 0), counts });
    },
    snapshots: () => snapshots,
    mostUsers: () => users,
  };
}
