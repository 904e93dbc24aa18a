/**
 * Exact arithmetic on the decimals that JSON numbers stand for: 0.3 is a multiple of 0.1 here, though the quotient of
 * the two floats is 2.9999999999999996.
 */
export interface Decimal {
  /** The number is digits × 10^exponent. */
  readonly digits: bigint;
  readonly exponent: number;
}

/** The decimal that the shortest text of a finite float stands for. */
export function toDecimal(value: number): Decimal {
  const [mantissa = '0', power = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length };
}

function digitsAt(value: Decimal, exponent: number): bigint {
  return value.digits * 10n ** BigInt(value.exponent - exponent);
}

function commonExponent(...values: readonly Decimal[]): number {
  return Math.min(...values.map((value) => value.exponent));
}

/** Is `value` a whole multiple of `step`, exactly? `step` is not 0. */
export function isMultipleOf(value: number, step: number): boolean {
  const [left, right] = [toDecimal(value), toDecimal(step)];
  const exponent = commonExponent(left, right);
  return digitsAt(left, exponent) % digitsAt(right, exponent) === 0n;
}

/** The smallest positive decimal that is a multiple of each of `steps` (positive, at least one). */
export function leastCommonMultiple(steps: readonly number[]): Decimal {
  const decimals = steps.map(toDecimal);
  const exponent = commonExponent(...decimals);
  const digits = decimals
    .map((decimal) => digitsAt(decimal, exponent))
    .reduce((left, right) => (left / greatestCommonDivisor(left, right)) * right);
  return { digits, exponent };
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** The float nearest to times × step. */
export function multiple(step: Decimal, times: bigint): number {
  return Number(`${step.digits * times}e${step.exponent}`);
}

/** The largest k with k × step ≤ value. */
export function floorQuotient(value: number, step: Decimal): bigint {
  const decimal = toDecimal(value);
  const exponent = commonExponent(decimal, step);
  const [left, right] = [digitsAt(decimal, exponent), digitsAt(step, exponent)];
  const quotient = left / right;
  return left % right !== 0n && left < 0n ? quotient - 1n : quotient;
}
