/** What hypotheses have in common, and how well their numbers are known. */

import type { Range } from './engine.ts';
import { isNarrow, WIDTH_MS } from './lab.ts';
import { isPenalised } from './models/penalty.ts';
import type { Hypothesis } from './paving.ts';

export const BUCKET = 'token-bucket';
/** A length that is known to this factor only is not worth planning with. */
export const WIDE = 1.5;
/** A window that is known to this factor is narrow enough by the end of one more round, which may as well be the proof. */
const PROVABLE = 1.12;

/** With room for one request. */
const SAME_IF_ONE = ['fixed-window/first-request', 'sliding-log', 'token-bucket'];

export function isLog(model: Hypothesis['model'] | undefined): boolean {
  return model?.algorithm === 'sliding-log';
}

export function isEqual(a: Range | null, b: Range | null): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}

/** Rejected requests put the end of the window off. */
export function isProlonged({ model }: Hypothesis): boolean {
  return (
    model.algorithm === 'fixed-window' &&
    !isPenalised(model) &&
    model.anchor === 'first-request' &&
    model.countsRejected === true
  );
}

/**
 * With room for one request, a fixed window, a log and a bucket are one and the same; and a bucket that gets one token
 * at a time does what one that is refilled continuously does, a little earlier or later.
 */
export function isSame(a: Hypothesis, b: Hypothesis): boolean {
  if (a === b) return true;
  const buckets = ['token-bucket', 'token-bucket/one-by-one'];
  if ([a, b].every(({ model }) => buckets.includes(model.name))) return true;
  const isOne = ({ model, range }: { model: Hypothesis['model']; range: Range | null }): boolean =>
    range?.[1] === 1 && SAME_IF_ONE.some((name) => model.name === name || model.name.startsWith(`${name}/penalty`));
  const isSamePenalty =
    isPenalised(a.model) === isPenalised(b.model) && a.model.countsRejected === b.model.countsRejected;
  if (
    isSamePenalty &&
    [a, b].every((hypothesis) => isOne({ model: hypothesis.model, range: hypothesis.range('capacity') }))
  ) {
    return true;
  }
  return [a, b].every((hypothesis) => isProlonged(hypothesis) && hypothesis.range('capacity')?.[1] === 1);
}

/** By the end of one more round it will be precise: what that round shows can be foretold. */
export function isProvable(hypothesis: Hypothesis): boolean {
  if (isPrecise(hypothesis)) return true;
  const capacity = hypothesis.range('capacity');
  const windowMs = hypothesis.range('windowMs');
  if (capacity === null || windowMs === null || isProlonged(hypothesis)) return false;
  return capacity[0] === capacity[1] && windowMs[1] < PROVABLE * windowMs[0];
}

/** Capacity is one number, and window, refill and penalty are as narrow as `exact` promises. */
export function isPrecise(hypothesis: Hypothesis): boolean {
  const capacity = hypothesis.range('capacity');
  if (capacity === null || capacity[0] !== capacity[1]) return false;
  const windowMs = hypothesis.range('windowMs');
  if (windowMs !== null && !isNarrow(windowMs, WIDTH_MS)) return false;
  const ban = hypothesis.range('banMs');
  if (ban !== null && !(isPenalised(hypothesis.model) && isNarrow(ban, WIDTH_MS))) return false;
  const refill = hypothesis.range('refillPerMs');
  if (refill !== null && !isNarrow(refill, 0)) return false;
  const interval = hypothesis.range('intervalMs');
  if (interval !== null && !isNarrow(interval, WIDTH_MS)) return false;
  const perStep = hypothesis.range('perStep');
  return perStep === null || perStep[0] === perStep[1];
}
