/** How long a short window is used up again and again, on the look-out for a second limit behind it. */

const WINDOWS = 12;
/** Longer windows would take too long. */
const SHORT_MS = 2300;
const MOST_REQUESTS = 1500;

/** So many windows, of so many requests each, that are looked at every `restMs`; 0: it would cost too much. */
export function enduredWindows(requests: number, restMs: number): number {
  return restMs <= SHORT_MS && requests * WINDOWS <= MOST_REQUESTS ? WINDOWS : 0;
}
