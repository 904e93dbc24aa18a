import type { Behaviour, Workshop } from './behaviour.ts';

/** A server that differs from the reference in one way. */
export interface Variant {
  readonly id: string;
  readonly optionalEcho?: 'object';
  make(workshop: Workshop): Behaviour;
}

export function variantNamed(id: string): Variant {
  throw new Error(`no variant ${id}`);
}
