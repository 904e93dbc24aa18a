import { ExitCode } from '../../contracts/lib/user-error.ts';
import type { FaultRow } from './fault-row.ts';
import { FILE_ROWS } from './file-rows.ts';
import { INPUT_ROWS } from './input-rows.ts';
import { MACHINE_ROWS } from './machine-rows.ts';
import { NETWORK_ROWS } from './network-rows.ts';
import { SIGNAL_ROWS } from './signal-rows.ts';

/** Every fault that is tried. */
export const FAULT_ROWS: readonly FaultRow[] = [
  ...NETWORK_ROWS,
  ...SIGNAL_ROWS,
  ...MACHINE_ROWS,
  ...INPUT_ROWS,
  ...FILE_ROWS,
];

/** Commands that need neither Playwright nor k6. */
const LIGHT: readonly string[] = [
  ...['serve', 'generate', 'diff', 'drift', 'report', 'doctor', 'compare', 'merge'],
  ...['import', 'new', 'init', 'ledger', 'schema', 'completion'],
];

/** Over in a second or so: the command does not come to start Playwright or k6. */
export function isQuick({ args: [command = ''], fault, codes, mounts }: FaultRow): boolean {
  if (mounts === true) return false;
  return LIGHT.includes(command) || codes.every((code) => code === ExitCode.Usage) || fault.endsWith('from the start');
}
