import { AUTH_DEFECTS } from './defects/auth.ts';
import { ENVELOPE_DEFECTS } from './defects/envelope.ts';
import { LIMIT_DEFECTS } from './defects/limit.ts';
import { SHAPE_DEFECTS } from './defects/shape.ts';
import { STATUS_DEFECTS } from './defects/status.ts';
import { TRANSPORT_DEFECTS } from './defects/transport.ts';
import { VALIDATION_DEFECTS } from './defects/validation.ts';
import { VALUE_DEFECTS } from './defects/values.ts';
import { VARIATIONS } from './defects/variations.ts';
import type { Defect, Variant } from './variants.ts';

/** Every defect, by group. Which of them a contract can have at all, `isIn` says. */
export const DEFECTS: readonly Defect[] = [
  ...SHAPE_DEFECTS,
  ...VALUE_DEFECTS,
  ...STATUS_DEFECTS,
  ...AUTH_DEFECTS,
  ...ENVELOPE_DEFECTS,
  ...VALIDATION_DEFECTS,
  ...LIMIT_DEFECTS,
  ...TRANSPORT_DEFECTS,
];

export { VARIATIONS };

/** The defect or variation of this id. Throws RangeError for an unknown one. */
export function variantNamed(id: string): Variant {
  const variant = [...DEFECTS, ...VARIATIONS].find((one) => one.id === id);
  if (variant === undefined) throw new RangeError(`there is no defect or variation ${id}`);
  return variant;
}
