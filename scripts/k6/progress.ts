import type { Host } from '../lib/host.ts';

/** Between two lines where standard error is no terminal: a CI log stays short and is still seen to live. */
const PLAIN_EVERY_MS = 10_000;
const TERMINAL_EVERY_MS = 100;

export interface Progress {
  /** Shows `text` (one line), if it is time for it. */
  update(text: string): void;
  /** Ends the updating line. */
  done(): void;
}

/** Shows how a long piece of work goes on: one line that is rewritten on a terminal, else a line every ten seconds. */
export function startProgress(host: Pick<Host, 'err' | 'isTerminal' | 'now'>): Progress {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let isLineOpen = false;
  return {
    update(text) {
      const nowMs = host.now().getTime();
      if (nowMs - shownAtMs < (host.isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS)) return;
      shownAtMs = nowMs;
      host.err(host.isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
      isLineOpen = host.isTerminal;
    },
    done() {
      if (isLineOpen) host.err('\n');
      isLineOpen = false;
    },
  };
}

/** "12.3 MB". */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
