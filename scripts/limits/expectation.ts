import type { LimitPart } from '../../contracts/lib/limit-grammar.ts';
import { formatLimit } from '../../contracts/lib/limit-grammar.ts';
import type { FoundLimit, LimitsVerdict, Range } from '../../load/inference/engine.ts';
import { numberText, rangeText } from '../../load/lib/verdict-text.ts';

/** Holds an expected limit against what was found. Pure. */

export interface Comparison {
  /** null: undecided; the expectation lies within what is still possible. */
  readonly agrees: boolean | null;
  /** Each difference, and each thing that is undecided, in words. */
  readonly differences: readonly string[];
}

/** A request that was surely accepted between these two times, ms. */
export interface Admission {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/**
 * Without an algorithm, only N and T are compared. The expectation agrees when it lies in the ranges of an exact
 * verdict; within the ranges of a bounded one it is undecided. A tier of which nothing was found differs when more
 * was admitted than it would let through, and is undecided when the requests sent could not have shown it.
 */
export function compareWithExpectation(
  expected: readonly LimitPart[],
  verdict: LimitsVerdict,
  admissions: readonly Admission[],
): Comparison {
  if (verdict.verdict === 'inconclusive') {
    return { agrees: null, differences: [`nothing certain was found: ${verdict.reason ?? verdict.summary}`] };
  }
  const isProven = verdict.verdict === 'exact';
  const { missing, extra, findings } = bestAssignment(expected, verdict.limits, isProven);
  for (const part of missing) findings.push(missingPart(part, admissions));
  for (const limit of extra) findings.push({ state: 'differs', words: `not expected, but found: ${limitText(limit)}` });
  const differs = findings.filter((finding) => finding.state === 'differs');
  const undecided = findings.filter((finding) => finding.state === 'undecided');
  return {
    agrees: differs.length > 0 ? false : undecided.length > 0 ? null : true,
    differences: [...differs, ...undecided].map((finding) => finding.words),
  };
}

interface Finding {
  readonly state: 'differs' | 'undecided';
  readonly words: string;
}

interface Assignment {
  readonly missing: readonly LimitPart[];
  readonly extra: readonly FoundLimit[];
  readonly findings: Finding[];
}

/** The pairing of expected and found tiers with the fewest differences; there are few tiers, so all are tried. */
function bestAssignment(parts: readonly LimitPart[], limits: readonly FoundLimit[], isProven: boolean): Assignment {
  const [part, ...rest] = parts;
  if (part === undefined) return { missing: [], extra: limits, findings: [] };
  if (limits.length === 0) return { missing: parts, extra: [], findings: [] };
  const options = limits.map((limit, index): Assignment => {
    const others = bestAssignment(rest, limits.toSpliced(index, 1), isProven);
    return { ...others, findings: [...comparePart(part, limit, isProven), ...others.findings] };
  });
  if (parts.length > limits.length) {
    const others = bestAssignment(rest, limits, isProven);
    options.push({ ...others, missing: [part, ...others.missing] });
  }
  return options.reduce((best, option) => (weight(option) < weight(best) ? option : best));
}

function weight({ findings }: Assignment): number {
  return findings.reduce((sum, { state }) => sum + (state === 'differs' ? 1 : 0.01), 0);
}

/** What keeps `part` from being `limit`; [] if nothing does. */
function comparePart(part: LimitPart, limit: FoundLimit, isProven: boolean): Finding[] {
  const within = (value: number, range: Range | null, what: string, unit: string): Finding[] => {
    if (range === null)
      return [{ state: 'undecided', words: `expected ${what} ${numberText(value)}${unit}, not found out` }];
    const words = `expected ${what} ${numberText(value)}${unit}, found ${rangeText(range)}${unit}`;
    if (value < range[0] || value > range[1]) return [{ state: 'differs', words }];
    return isProven || range[0] === range[1] ? [] : [{ state: 'undecided', words }];
  };
  const burst = part.kind === 'bucket' ? part.burst : part.requests;
  const capacity = within(burst, limit.capacityRange, part.kind === 'bucket' ? 'a burst of' : 'a limit of', '');
  // Nothing gets through either way, so no window and no refill can be seen.
  if (burst === 0 && limit.capacityRange[1] === 0) return [];
  const proof: Finding[] = isProven
    ? []
    : [{ state: 'undecided', words: `${formatLimit([part])} is possible, not proven` }];

  if (part.kind === 'bucket') {
    if (limit.algorithm === 'token-bucket') {
      return settled(
        [...capacity, ...within(part.refillPerSecond, limit.refillPerSecondRange, 'a refill of', '/s')],
        proof,
      );
    }
    if (limit.algorithm === 'unknown') return settled([...capacity, ...unknownAlgorithm('token-bucket')], proof);
    return [
      { state: 'differs', words: `expected a token bucket, found ${limitText(limit)}` },
      ...onlyDiffering(capacity),
    ];
  }
  if (limit.algorithm === 'concurrency') {
    return [{ state: 'differs', words: `expected ${formatLimit([part])}, found ${limitText(limit)}` }];
  }
  const algorithm: Finding[] =
    part.algorithm === null || part.algorithm === limit.algorithm
      ? []
      : limit.algorithm === 'unknown'
        ? unknownAlgorithm(part.algorithm)
        : [{ state: 'differs', words: `expected ${part.algorithm}, found ${limit.algorithm}` }];
  const isBucket = limit.algorithm === 'token-bucket' || limit.algorithm === 'leaky-queue';
  const time = isBucket
    ? within(part.requests / part.windowSeconds, limit.refillPerSecondRange, 'a refill of', '/s')
    : limit.windowSecondsRange === null && limit.refillPerSecondRange !== null
      ? []
      : within(part.windowSeconds, limit.windowSecondsRange, 'a window of', ' s');
  return settled([...algorithm, ...capacity, ...time], proof);
}

function unknownAlgorithm(expected: string): Finding[] {
  return [{ state: 'undecided', words: `expected ${expected}, the algorithm was not found out` }];
}

function onlyDiffering(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.state === 'differs');
}

/** Where nothing speaks against an expectation, that is still no proof of it. */
function settled(findings: Finding[], proof: readonly Finding[]): Finding[] {
  return findings.length > 0 ? findings : [...proof];
}

function missingPart(part: LimitPart, admissions: readonly Admission[]): Finding {
  const limit = formatLimit([part]);
  const tooMany = admissionsBeyond(part, admissions);
  if (tooMany === null) {
    return { state: 'undecided', words: `nothing was found of ${limit}, and too few requests were sent to exclude it` };
  }
  return {
    state: 'differs',
    words: `expected ${limit}, but ${tooMany.count} requests were accepted in ${numberText(tooMany.seconds)} s`,
  };
}

/**
 * Requests that no limiter of this kind would have admitted in so short a time; null if there are none. In any T a log
 * admits N; a window that may begin anywhere, or a counter, 2 N (the end of one and the start of the next); a bucket,
 * in any time t, B + R·t.
 */
export function admissionsBeyond(
  part: LimitPart,
  admissions: readonly Admission[],
): { count: number; seconds: number } | null {
  const sorted = [...admissions].sort((a, b) => a.sentAtMs - b.sentAtMs);
  // Answered by then, all those up to this one: later than some were, so that a span is never taken for too short.
  let answeredByMs = 0;
  const answered = sorted.map(({ receivedAtMs }) => {
    answeredByMs = Math.max(answeredByMs, receivedAtMs);
    return answeredByMs;
  });
  const spanSeconds = (from: number, to: number) => ((answered[to] ?? 0) - (sorted[from]?.sentAtMs ?? 0)) / 1000;
  if (part.kind === 'window') {
    const most = part.algorithm === 'sliding-log' ? part.requests : 2 * part.requests;
    for (let from = 0; from + most < sorted.length; from += 1) {
      const seconds = spanSeconds(from, from + most);
      if (seconds < part.windowSeconds) return { count: most + 1, seconds };
    }
    return null;
  }
  // count > B + R·span, with count = to − from + 1: the best `from` for each `to` maximizes R·sent(from) − from.
  let best = 0;
  for (const [to] of sorted.entries()) {
    const gain = (index: number) => (part.refillPerSecond * (sorted[index]?.sentAtMs ?? 0)) / 1000 - index;
    if (gain(to) > gain(best)) best = to;
    const count = to - best + 1;
    const seconds = spanSeconds(best, to);
    if (count > part.burst + part.refillPerSecond * seconds + 1e-9) return { count, seconds };
  }
  return null;
}

function limitText(limit: FoundLimit): string {
  if (limit.algorithm === 'concurrency') return `at most ${rangeText(limit.capacityRange)} requests in flight at once`;
  const name = limit.algorithm === 'unknown' ? '' : ` (${limit.algorithm})`;
  if (limit.refillPerSecondRange !== null) {
    return `a burst of ${rangeText(limit.capacityRange)}, refilled at ${rangeText(limit.refillPerSecondRange)}/s${name}`;
  }
  const time = limit.windowSecondsRange === null ? '' : ` per ${rangeText(limit.windowSecondsRange)} s`;
  return `${rangeText(limit.capacityRange)} requests${time}${name}`;
}
