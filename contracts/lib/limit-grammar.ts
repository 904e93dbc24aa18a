/**
 * The one grammar for limits, in `--expect` and `--limit`:
 *
 *     L    = part ("+" part)*             every part must hold at once (tiers)
 *     part = N "/" T                      e.g. 120/60s: N requests in T, algorithm not said
 *          | algorithm ":" N "/" T        e.g. sliding-log:20/5s
 *          | "bucket:" B "@" R "/s"       e.g. bucket:20@5/s: burst of B, refilled with R a second
 *     T    = number ("ms" | "s" | "m" | "h")
 */

export const WINDOW_ALGORITHMS = ['fixed-window', 'sliding-log', 'sliding-counter'] as const;
export type WindowAlgorithm = (typeof WINDOW_ALGORITHMS)[number];

export type LimitPart =
  | {
      readonly kind: 'window';
      readonly algorithm: WindowAlgorithm | null;
      readonly requests: number;
      readonly windowSeconds: number;
    }
  | { readonly kind: 'bucket'; readonly burst: number; readonly refillPerSecond: number };

const SECONDS_PER_UNIT: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const NUMBER = String.raw`\d+(?:\.\d+)?`;
const WINDOW = new RegExp(`^(?:([a-z-]+):)?(\\d+)/(${NUMBER})?(ms|s|m|h)$`);
const BUCKET = new RegExp(`^(?:token-)?bucket:(\\d+)@(${NUMBER})/s$`);

/** Thrown for a text that is no limit; `message` says what is wrong with it. */
export class LimitSyntaxError extends Error {
  override readonly name = 'LimitSyntaxError';
}

/** Parses L; throws LimitSyntaxError. Windows and refill rates are positive; N and B are whole and may be 0. */
export function parseLimit(text: string): LimitPart[] {
  return text.split('+').map((part) => parsePart(part.trim(), text));
}

function parsePart(part: string, whole: string): LimitPart {
  const bucket = BUCKET.exec(part);
  if (bucket) {
    const refillPerSecond = Number(bucket[2]);
    if (!(refillPerSecond > 0)) throw new LimitSyntaxError(`"${part}" refills nothing`);
    return { kind: 'bucket', burst: Number(bucket[1]), refillPerSecond };
  }
  const window = WINDOW.exec(part);
  if (!window) {
    throw new LimitSyntaxError(
      `"${part}"${part === whole ? '' : ` in "${whole}"`} is no limit such as 120/60s, sliding-log:20/5s or bucket:20@5/s`,
    );
  }
  const [, algorithm, requests, count, unit] = window;
  if (algorithm !== undefined && !(WINDOW_ALGORITHMS as readonly string[]).includes(algorithm)) {
    throw new LimitSyntaxError(`"${algorithm}" is no algorithm; known are ${WINDOW_ALGORITHMS.join(', ')} and bucket`);
  }
  const windowSeconds = Number(count ?? 1) * (SECONDS_PER_UNIT[unit ?? 's'] ?? 1);
  if (!(windowSeconds > 0)) throw new LimitSyntaxError(`"${part}" has a window of no length`);
  return {
    kind: 'window',
    algorithm: (algorithm as WindowAlgorithm | undefined) ?? null,
    requests: Number(requests),
    windowSeconds,
  };
}

/** The text that `parseLimit` reads back. */
export function formatLimit(parts: readonly LimitPart[]): string {
  return parts
    .map((part) =>
      part.kind === 'bucket'
        ? `bucket:${part.burst}@${part.refillPerSecond}/s`
        : `${part.algorithm === null ? '' : `${part.algorithm}:`}${part.requests}/${part.windowSeconds}s`,
    )
    .join('+');
}
