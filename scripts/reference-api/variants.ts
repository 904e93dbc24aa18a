import type { Contract } from '../../contracts/lib/contract.ts';
import type { Behaviour, Workshop } from './behaviour.ts';

/** A server that differs from the reference in one way, made anew (with its memory) for each server. */
export interface Variant {
  readonly id: string;
  /** What it does, as a clause: "sends the id as a text". */
  readonly title: string;
  make(workshop: Workshop): Behaviour;
  /** Whether the contract has what it takes, such as a limit or an echo. Absent: every contract has. */
  isIn?(contract: Contract): boolean;
}

export const DEFECT_GROUPS = [
  'shape',
  'values',
  'status',
  'auth',
  'envelope',
  'validation',
  'limit',
  'transport',
] as const;
export type DefectGroup = (typeof DEFECT_GROUPS)[number];

/** A variant that breaks a promise to clients. */
export interface Defect extends Variant {
  readonly group: DefectGroup;
  /** The promise that it breaks. */
  readonly breaks: string;
  /** What must be there to notice it: a limiter in the server, or a test that belongs to the one contract alone. */
  readonly needs?: 'limiter' | 'own-spec';
}

/** A variant that breaks no promise: a suite that flags it cries wolf. */
export interface Variation extends Variant {
  /** Why it breaks none. */
  readonly because: string;
}
