import type { FaultRow } from './fault-row.ts';
import { INPUT_ROWS } from './input-rows.ts';
import { MACHINE_ROWS } from './machine-rows.ts';
import { NETWORK_ROWS } from './network-rows.ts';
import { SIGNAL_ROWS } from './signal-rows.ts';

/** Every fault that is tried. */
export const FAULT_ROWS: readonly FaultRow[] = [...NETWORK_ROWS, ...SIGNAL_ROWS, ...MACHINE_ROWS, ...INPUT_ROWS];
