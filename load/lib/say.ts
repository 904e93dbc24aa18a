import { LINE_MARKER } from './line-marker.ts';

/**
 * What a k6 script says to `assay`: one JSON object a line behind a marker, which `assay` reads while k6 runs and which
 * a plain `k6 run` does not show. `assay` sets ASSAY_LINES=1 to ask for them.
 */

/** Whether `assay` listens, so that plain, readable lines would be in the way. */
export const isHeard: boolean = __ENV['ASSAY_LINES'] === '1';

/** Says one object; nothing where nobody listens. Costs 20 µs. */
export function say(line: object): void {
  if (isHeard) console.log(LINE_MARKER + JSON.stringify(line));
}
