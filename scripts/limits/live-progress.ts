import type { Progress } from '../../load/inference/engine.ts';
import { secondsText } from '../../load/lib/verdict-text.ts';
import { startProgress } from '../k6/progress.ts';
import type { Host } from '../lib/host.ts';

/** A terminal has at least so many columns; a longer line would wrap and could not be rewritten. */
const MAX_COLUMNS = 79;
const TICK_MS = 250;

export interface LiveProgress {
  take(progress: Progress): void;
  done(): void;
}

/** Where standard error is no terminal, a line this often, and one for each new phase. */
const PLAIN_EVERY_MS = 10_000;

/** Shows phase, what is known and the time left: on a terminal one line that is rewritten and counts down. */
export function startLiveProgress(host: Pick<Host, 'err' | 'isTerminal' | 'now'>): LiveProgress {
  const line = startProgress(host);
  let last: { readonly progress: Progress; readonly atMs: number } | null = null;
  let plainAtMs = 0;
  let plainText = '';
  const show = () => {
    if (last === null) return;
    const nowMs = host.now().getTime();
    const text = progressText(last.progress, (nowMs - last.atMs) / 1000);
    if (host.isTerminal) line.update(text.slice(0, MAX_COLUMNS));
    else if (nowMs - plainAtMs >= PLAIN_EVERY_MS && text !== plainText) {
      plainAtMs = nowMs;
      plainText = text;
      host.err(`${text}\n`);
    }
  };
  const ticker = setInterval(show, TICK_MS);
  return {
    take(progress) {
      if (progress.phase !== last?.progress.phase) plainAtMs = Number.NEGATIVE_INFINITY;
      last = { progress, atMs: host.now().getTime() };
      show();
    },
    done() {
      clearInterval(ticker);
      line.done();
    },
  };
}

/** "recovery: 120 accepted, then 429; 121 requests, about 12 s left"; `ago`: s since the progress was said. */
export function progressText(progress: Progress, ago: number): string {
  const secondsLeft = Math.round((progress.secondsLeft ?? 0) - ago);
  const left = secondsLeft > 0 ? `, about ${secondsText(secondsLeft)} left` : '';
  return `${progress.phase}: ${progress.known}; ${progress.requests} requests${left}`;
}
