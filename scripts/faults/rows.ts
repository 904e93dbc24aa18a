import type { FaultRow } from './fault-row.ts';
import { NETWORK_ROWS } from './network-rows.ts';

/** Every fault that is tried. */
export const FAULT_ROWS: readonly FaultRow[] = [...NETWORK_ROWS];
export function mayMount() {
  return true;
}
