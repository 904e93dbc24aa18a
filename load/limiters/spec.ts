/**
 * The limiters that `assay serve --limit` can be told to use: a superset of the limit grammar of `--expect`.
 *
 *     spec   = "none" | part ("+" part)* (";" option)*
 *     part   = base ("," option)*
 *     base   = N "/" T | algorithm ":" N "/" T | "bucket:" B "@" R "/s" (the grammar of --expect)
 *            | "gcra:" B "@" R "/s" | "queue:" Q "@" R "/s" (Q may wait) | "concurrency:" N
 *     option of a part: anchor=first-request|clock|server-start · counts-rejected · prolonged-by=rejected|every ·
 *                       rounding=down|up|nearest|none · step=T
 *     option of all:    ban=T · ban-prolonged · status=CODE · slow=T · shed=SHARE · tick=T · in-turn · servers=N
 *
 * N/T without an algorithm is a fixed window from the first request.
 */
import { roundRobin, unlimited, withBan, withCoarseClock, withRejection, withShedding } from './behaviours.ts';
import { concurrencyLimit } from './concurrency.ts';
import { fixedWindow } from './fixed-window.ts';
import { gcra } from './gcra.ts';
import { leakyQueue } from './leaky-queue.ts';
import type { Anchor, Limiter, Random } from './limiter.ts';
import { slidingCounter } from './sliding-counter.ts';
import { slidingLog } from './sliding-log.ts';
import { tiers } from './tiers.ts';
import { tokenBucket } from './token-bucket.ts';

/** A part of the limit grammar of `--expect`, as its parser gives it. */
export type GrammarPart =
  | {
      readonly kind: 'window';
      readonly algorithm: 'fixed-window' | 'sliding-log' | 'sliding-counter' | null;
      readonly requests: number;
      readonly windowSeconds: number;
    }
  | { readonly kind: 'bucket'; readonly burst: number; readonly refillPerSecond: number };

export interface SpecContext {
  /** The parser of the grammar of `--expect`, for the base of a part; throws on a text that is none. */
  readonly parseLimit: (text: string) => readonly GrammarPart[];
  /** Time of the limiter's clock when the server starts. */
  readonly startMs: number;
  readonly random: Random;
}

/** Thrown for a text that names no limiter; `message` says what is wrong with it. */
export class LimiterSpecError extends Error {
  override readonly name = 'LimiterSpecError';
}

const MS_PER_UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

type Options = ReadonlyMap<string, string>;

/** Makes the limiter that `text` names; throws LimiterSpecError, or what `parseLimit` throws. */
export function parseLimiterSpec(text: string, context: SpecContext): Limiter {
  const [body = '', ...rest] = text.trim().split(';');
  const options = parseOptions(rest, ['ban', 'ban-prolonged', 'status', 'slow', 'shed', 'tick', 'in-turn', 'servers']);
  const makeServer = (): Limiter => {
    const parts = body.trim() === 'none' ? [unlimited] : body.split('+').map((part) => parsePart(part.trim(), context));
    const [only] = parts;
    return only !== undefined && parts.length === 1
      ? only
      : tiers(parts, options.has('in-turn') ? 'in-turn' : 'together');
  };
  const servers = numberOf(options, 'servers') ?? 1;
  let limiter = servers > 1 ? roundRobin(Array.from({ length: servers }, makeServer)) : makeServer();
  const tickMs = durationOf(options, 'tick');
  if (tickMs !== null) limiter = withCoarseClock(limiter, tickMs);
  const banMs = durationOf(options, 'ban');
  if (banMs !== null) limiter = withBan(limiter, banMs, options.has('ban-prolonged'));
  const shed = numberOf(options, 'shed');
  if (shed !== null) limiter = withShedding(limiter, shed, context.random);
  const status = numberOf(options, 'status');
  const slowMs = durationOf(options, 'slow');
  if (status === null && slowMs === null) return limiter;
  return withRejection(limiter, {
    ...(status === null ? {} : { status }),
    ...(slowMs === null ? {} : { delayMs: slowMs }),
  });
}

function parsePart(text: string, context: SpecContext): Limiter {
  const [base = '', ...rest] = text.split(',').map((piece) => piece.trim());
  const options = parseOptions(rest, ['anchor', 'counts-rejected', 'prolonged-by', 'rounding', 'step']);
  const concurrency = /^concurrency:(\d+)$/.exec(base);
  if (concurrency) return concurrencyLimit({ capacity: Number(concurrency[1]) });
  const flow = /^(gcra|queue):(\d+)@(\d+(?:\.\d+)?)\/s$/.exec(base);
  if (flow) {
    const ratePerSecond = Number(flow[3]);
    if (!(ratePerSecond > 0)) throw new LimiterSpecError(`"${base}" has no rate`);
    return flow[1] === 'queue'
      ? leakyQueue({ ratePerSecond, queue: Number(flow[2]) })
      : gcra({ emissionIntervalMs: 1000 / ratePerSecond, burst: Math.max(1, Number(flow[2])) });
  }
  const [part] = context.parseLimit(base);
  if (part === undefined) throw new LimiterSpecError(`"${base}" is no limit`);
  const anchor = anchorOf(options, context);
  if (part.kind === 'bucket') {
    const intervalMs = durationOf(options, 'step');
    return tokenBucket({
      burst: part.burst,
      refillPerSecond: part.refillPerSecond,
      ...(intervalMs === null ? {} : { step: { intervalMs, anchor } }),
    });
  }
  const capacity = part.requests;
  const windowMs = part.windowSeconds * 1000;
  const countsRejected = options.has('counts-rejected');
  switch (part.algorithm) {
    case 'sliding-log':
      return slidingLog({ capacity, windowMs, countsRejected });
    case 'sliding-counter':
      return slidingCounter({
        capacity,
        windowMs,
        countsRejected,
        rounding: choice(options, 'rounding', ['none', 'down', 'up', 'nearest'] as const),
        anchor: options.has('anchor') ? anchor : { kind: 'grid', originMs: 0 },
      });
    default:
      return fixedWindow({
        capacity,
        windowMs,
        anchor,
        prolongedBy: choice(options, 'prolonged-by', ['nothing', 'rejected', 'every'] as const),
      });
  }
}

function anchorOf(options: Options, { startMs }: SpecContext): Anchor {
  const anchor = choice(options, 'anchor', ['first-request', 'clock', 'server-start'] as const);
  if (anchor === 'first-request') return { kind: 'first-request' };
  return { kind: 'grid', originMs: anchor === 'clock' ? 0 : startMs };
}

function parseOptions(texts: readonly string[], known: readonly string[]): Options {
  const options = new Map<string, string>();
  for (const text of texts) {
    const [name = '', value = ''] = text.trim().split('=');
    if (!known.includes(name)) throw new LimiterSpecError(`"${name}" is no option here; known are ${known.join(', ')}`);
    options.set(name, value);
  }
  return options;
}

function choice<const Value extends string>(
  options: Options,
  name: string,
  values: readonly [Value, ...Value[]],
): Value {
  const text = options.get(name);
  if (text === undefined) return values[0];
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw new LimiterSpecError(`${name}=${text}: must be one of ${values.join(', ')}`);
  return value;
}

function numberOf(options: Options, name: string): number | null {
  const text = options.get(name);
  if (text === undefined) return null;
  if (!/^\d+(\.\d+)?$/.test(text)) throw new LimiterSpecError(`${name}=${text}: must be a number`);
  return Number(text);
}

function durationOf(options: Options, name: string): number | null {
  const text = options.get(name);
  if (text === undefined) return null;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const ms = match ? Number(match[1]) * (MS_PER_UNIT[match[2] ?? ''] ?? 0) : 0;
  if (!(ms > 0)) throw new LimiterSpecError(`${name}=${text}: must be a time such as 200ms or 2s`);
  return ms;
}
