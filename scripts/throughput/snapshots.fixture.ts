import { bucketOfNative } from '../../load/measurement/histogram.ts';
import { type Counted, keyOf, type Snapshot } from './snapshots.ts';

/** The bucket in which 10 ms lie. */
const BUCKET = bucketOfNative(Math.ceil(Math.log2(0.01) * 8));

/** A snapshot with so many answers of each status so far, all after the warm-up and of 10 ms, and other counts. */
export function snapshotWith(
  atMs: number,
  byStatus: Readonly<Record<string, number>>,
  others: { readonly dropped?: number; readonly warmUp?: Readonly<Record<string, number>> } = {},
): Snapshot {
  const rows: [Counted, number][] = [...Object.entries(byStatus), ...Object.entries(others.warmUp ?? {})].map(
    ([status]) => [
      { kind: 'answer', status, bucket: BUCKET },
      (byStatus[status] ?? 0) + (others.warmUp?.[status] ?? 0),
    ],
  );
  for (const [status, count] of Object.entries(byStatus))
    rows.push([{ kind: 'measured-answer', status, bucket: BUCKET }, count]);
  if (others.dropped !== undefined) rows.push([{ kind: 'dropped' }, others.dropped]);
  return { atMs, counts: new Map(rows.map(([counted, count]) => [keyOf(counted), count])) };
}
