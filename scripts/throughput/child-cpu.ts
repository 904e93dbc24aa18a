import { readFileSync } from 'node:fs';

/** Clock ticks a second: USER_HZ, which is 100 on every Linux. */
const TICKS_PER_SECOND = 100;

/**
 * Processor time, s, that the ended children of this process have taken, to 10 ms; null where the system does not tell
 * (it is Linux's /proc). The difference of two readings is that of the children that ended between them.
 */
export function endedChildrenCpuSeconds(): number | null {
  try {
    // The second field is the name in brackets, and may hold anything; cutime and cstime are fields 16 and 17 (proc(5)).
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const seconds = (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
    return Number.isFinite(seconds) ? seconds : null;
  } catch {
    return null;
  }
}
