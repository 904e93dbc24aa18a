import { askOnLoopback, serveOnLoopback } from './loopback-service.ts';

/**
 * The pace of all workers together: one request each `intervalMs`, nobody before a hold ends. The main process keeps
 * it and tells each worker over loopback how long to wait for its turn; without it (a user's own Playwright
 * configuration) a worker keeps a pace of its own, slower by the number of workers.
 */
export interface Pace {
  /** How long to wait before the next request, ms; takes the place in the queue. */
  turn(): Promise<number>;
  /** Nobody sends for so long: a 429 said so. */
  hold(milliseconds: number): Promise<void>;
  /** A test begins or ends; @limit tests wait until theirs is the only one. */
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Tests that are running, and how long ago the last request had its turn (null: there was none). */
  state(): Promise<PaceState>;
  /** A case ended: with a hang or a lost connection, for which reason, or (null) with an answer. */
  report(lost: string | null): Promise<void>;
}

export interface PaceState {
  readonly running: number;
  readonly idleMs: number | null;
  /** Hangs and lost connections of all workers together: in a row, and in all. */
  readonly lost: { readonly inARow: number; readonly inAll: number; readonly reason: string };
}

/** A pace in this process. `nowMs` is any clock that does not run backwards. */
export function localPace(intervalMs: number, nowMs: () => number): Pace {
  let nextAtMs = 0;
  let heldUntilMs = 0;
  let lastAtMs: number | null = null;
  let running = 0;
  let lost = { inARow: 0, inAll: 0, reason: '' };
  return {
    async turn() {
      const now = nowMs();
      const at = Math.max(now, nextAtMs, heldUntilMs);
      nextAtMs = at + intervalMs;
      lastAtMs = Math.max(lastAtMs ?? 0, at);
      return at - now;
    },
    async hold(milliseconds) {
      heldUntilMs = Math.max(heldUntilMs, nowMs() + milliseconds);
    },
    async begin() {
      running += 1;
    },
    async end() {
      running = Math.max(0, running - 1);
    },
    async state() {
      return { running, idleMs: lastAtMs === null ? null : Math.max(0, nowMs() - lastAtMs), lost };
    },
    async report(reason) {
      lost = reason === null ? { ...lost, inARow: 0 } : { inARow: lost.inARow + 1, inAll: lost.inAll + 1, reason };
    },
  };
}

/** Serves a pace on loopback for the workers. */
export function servePace(pace: Pace): Promise<{ url: string; close(): Promise<void> }> {
  return serveOnLoopback(async (path, query): Promise<unknown> => {
    if (path === '/turn') return pace.turn();
    if (path === '/hold') return pace.hold(Number(query.get('ms')));
    if (path === '/begin') return pace.begin();
    if (path === '/end') return pace.end();
    if (path === '/report') return pace.report(query.get('lost'));
    return pace.state();
  });
}

/** The pace that another process serves. */
export function remotePace(url: string): Pace {
  const ask = (path: string) => askOnLoopback(`${url}${path}`);
  return {
    turn: async () => (await ask('/turn')) as number,
    hold: async (milliseconds) => void (await ask(`/hold?ms=${Math.ceil(milliseconds)}`)),
    begin: async () => void (await ask('/begin')),
    end: async () => void (await ask('/end')),
    state: async () => (await ask('/state')) as PaceState,
    report: async (lost) => void (await ask(lost === null ? '/report' : `/report?lost=${encodeURIComponent(lost)}`)),
  };
}

/**
 * Time between two requests, ms, that keeps a documented limit with a margin of 5 % for clocks and delays; none on
 * loopback. `shards` machines share the limit.
 */
export function paceIntervalMs(
  limit: { readonly requests: number; readonly windowSeconds: number } | null,
  isLoopback: boolean,
  shards: number,
): number {
  if (limit === null || isLoopback) return 0;
  return limit.requests === 0
    ? limit.windowSeconds * 1000
    : (limit.windowSeconds * 1000 * 1.05 * shards) / limit.requests;
}
