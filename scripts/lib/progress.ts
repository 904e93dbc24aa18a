import { secondsText } from '../../load/lib/verdict-text.ts';
import type { Host } from './host.ts';

/** How far a long piece of work is. */
export interface Status {
  /** What is done now, such as "contract" or "first burst". */
  readonly phase: string;
  /** How much of it, such as "84 of 155 tests". */
  readonly says: string;
  /** Null or left out: nobody knows. */
  readonly secondsLeft?: number | null;
}

export interface Progress {
  update(status: Status): void;
  /** Ends it; on a terminal the line goes away. */
  done(): void;
}

/** What a host needs to have for it. */
export type ProgressHost = Pick<Host, 'err' | 'isTerminal' | 'isQuiet' | 'now'>;

/** Begins a line that is rewritten; the real host puts other output above it. */
export const REWRITE = '\r\x1b[2K';
/** A terminal has at least so many columns; a longer line would wrap and could not be rewritten. */
const MAX_COLUMNS = 79;
const TICK_MS = 250;
/** Between two lines where standard error is no terminal: a CI log stays short and is still seen to live. */
const PLAIN_EVERY_MS = 10_000;

/**
 * Shows on standard error how a long piece of work goes on: on a terminal one line that is rewritten and counts down,
 * else a line for each new phase and every ten seconds.
 */
export function startProgress(host: ProgressHost): Progress {
  if (host.isQuiet === true) return { update() {}, done() {} };
  let last: { readonly status: Status; readonly atMs: number } | null = null;
  let shown = '';
  let plainAtMs = Number.NEGATIVE_INFINITY;
  const show = () => {
    if (last === null) return;
    const nowMs = host.now().getTime();
    const text = statusText(last.status, (nowMs - last.atMs) / 1000);
    if (text === shown) return;
    if (host.isTerminal) host.err(`${REWRITE}${text.slice(0, MAX_COLUMNS)}`);
    else if (Math.abs(nowMs - plainAtMs) >= PLAIN_EVERY_MS) {
      plainAtMs = nowMs;
      host.err(`${text}\n`);
    } else return;
    shown = text;
  };
  let ticker: NodeJS.Timeout | null = null;
  return {
    update(status) {
      const isNewPhase = status.phase !== last?.status.phase;
      last = { status, atMs: host.now().getTime() };
      ticker ??= setInterval(show, TICK_MS);
      if (isNewPhase) plainAtMs = Number.NEGATIVE_INFINITY;
      // On a terminal the ticker shows what comes between.
      if (isNewPhase || !host.isTerminal) show();
    },
    done() {
      if (ticker !== null) clearInterval(ticker);
      ticker = null;
      if (host.isTerminal && shown !== '') host.err(REWRITE);
      last = null;
    },
  };
}

/** "recovery: 120 accepted, then 429; about 12 s left"; `agoSeconds`: since the status was said. */
export function statusText({ phase, says, secondsLeft }: Status, agoSeconds: number): string {
  const left = Math.round((secondsLeft ?? 0) - agoSeconds);
  return `${phase}: ${says}${left > 0 ? `, about ${secondsText(left)} left` : ''}`;
}

/** A guess from less of the whole would be one about the start. */
const LEAST_SHARE = 0.05;

/** Seconds that the rest will take if it goes on like this; null while too little is done to say. */
export function secondsLeftAt(done: number, total: number, elapsedSeconds: number): number | null {
  return done <= 0 || done < total * LEAST_SHARE ? null : (elapsedSeconds / done) * Math.max(0, total - done);
}
