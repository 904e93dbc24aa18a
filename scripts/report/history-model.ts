import type { History, PastRun } from '../results/history.ts';
import { formatCount, formatDecimal, formatMs, formatRate } from './numbers.ts';

/** Past runs of the same subject, made fit to be drawn. */

/** Points of a drawn trend. */
const MAX_DRAWN = 60;

export interface HistoryModel {
  readonly subject: string;
  /** Of this subject, oldest first; at most as many as are drawn. */
  readonly runs: readonly PastRun[];
  /** Index of the run that the page is about, in `runs`; null where it is not among them. */
  readonly current: number | null;
  /** Runs of this subject that are older than those drawn. */
  readonly older: number;
  /** Runs of other subjects in the same file. */
  readonly others: number;
}

/** What the history tells of the subject of `run`, or of its newest run where there is none; null without a run. */
export function historyModel(history: History, run: PastRun | null): HistoryModel | null {
  const subject = run?.subject ?? history.runs.at(-1)?.subject;
  if (subject === undefined) return null;
  const same = history.runs.filter((one) => one.subject === subject);
  const runs = same.slice(-MAX_DRAWN);
  const current = run === null ? -1 : runs.findIndex(({ startedAt }) => startedAt === run.startedAt);
  return {
    subject,
    runs,
    current: current === -1 ? null : current,
    older: same.length - runs.length,
    others: history.runs.length - same.length,
  };
}

/** A figure whose trend is drawn. */
export interface Trend {
  readonly name: string;
  readonly kind: string;
  /** A value a run; null: not measured then. */
  readonly values: readonly (number | null)[];
  readonly format: (value: number) => string;
}

/** The figures that at least two runs measured. */
export function trends(runs: readonly PastRun[]): Trend[] {
  const load = (of: (load: NonNullable<PastRun['throughput']>) => number | null) =>
    runs.map(({ throughput }) => (throughput?.valid ? of(throughput) : null));
  const all: readonly Trend[] = [
    {
      name: 'cases that break the contract',
      kind: 'failed',
      values: runs.map(({ contract }) => contract?.broken ?? null),
      format: formatCount,
    },
    {
      name: 'coverage of the contract',
      kind: 'accepted',
      values: runs.map(({ contract }) => contract?.coveragePercent ?? null),
      format: (value) => `${formatDecimal(value, 1)} %`,
    },
    {
      name: 'capacity of the limit',
      kind: 'quota',
      values: runs.map(({ limits }) => limits?.capacity ?? null),
      format: formatCount,
    },
    {
      name: 'accepted requests/s',
      kind: 'accepted',
      values: load(({ acceptedPerSecond }) => acceptedPerSecond),
      format: formatRate,
    },
    { name: 'p95 latency', kind: 'p95', values: load(({ p95 }) => p95), format: formatMs },
    { name: 'p99 latency', kind: 'p99', values: load(({ p99 }) => p99), format: formatMs },
  ];
  return all.filter(({ values }) => values.filter((value) => value !== null).length >= 2);
}

/** What a value is to be seen against: "run before 4 ms · median 3.6 ms"; "" where there is none before. */
export function againstText({ values, format }: Trend, current: number): string {
  const earlier = values.slice(0, current).filter((value) => value !== null);
  const before = earlier.at(-1);
  if (before === undefined) return '';
  const sorted = earlier.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? before;
  return `run before ${format(before)}${earlier.length > 2 ? ` · median ${format(median)}` : ''}`;
}
